/* SPDX-License-Identifier: GPL-2.0-only */
/* Who pays for and maps what, found in the background. */
#ifndef CMD_TOP_SCAN_H
#define CMD_TOP_SCAN_H

#include "attribution.h"
#include "error.h"
#include "group.h"

struct scan;

/* scan_start() - begin. Return: NULL when that is not possible. */
struct scan *scan_start(const struct mcg_tree *tree);
/* scan_ready() - whether it is done; until then, how far it is (@all is 0 while it is not known). */
bool scan_ready(const struct scan *scan, size_t *done, size_t *all);
/*
 * scan_take() - take the result, waiting for it if need be; the scan is freed. Return: 0 with @found, or -1 with @err
 * set.
 */
int scan_take(struct scan *scan, struct mcg_attribution **found, struct mcg_error *err);

#endif
