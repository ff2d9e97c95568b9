/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_CLAIM_H
#define MCG_CLAIM_H

#include "memcgctl.h"

struct nlmsghdr;

/**
 * mcg_claim_decode() - read the receipt of one request
 * @receipt: overwritten
 * @cursor: where to go on
 *
 * A receipt that does not add up is no receipt. Return: 0, or -1 with errno EBADMSG.
 */
int mcg_claim_decode(const struct nlmsghdr *message, struct mcg_receipt *receipt, uint64_t *cursor);

/* mcg_receipt_add() - add what another claim, or a part of one, found and did. */
void mcg_receipt_add(struct mcg_receipt *sum, const struct mcg_receipt *part);

/*
 * mcg_receipt_incomplete() - bytes that stayed with others: skipped, and not the target's already.
 */
uint64_t mcg_receipt_incomplete(const struct mcg_receipt *receipt);

#endif
