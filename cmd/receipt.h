/* SPDX-License-Identifier: GPL-2.0-only */
/* The receipt of a claim, for people. */
#ifndef CMD_RECEIPT_H
#define CMD_RECEIPT_H

#include "memcgctl.h"
#include "table.h"

/* receipt_write() - write what was moved to a group, or would be, what was not and why, and what stays. */
void receipt_write(const struct mcg_output *out, const struct mcg_receipt *receipt,
		   const char *target_path, bool dry_run);

#endif
