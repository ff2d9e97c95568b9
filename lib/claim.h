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

/**
 * mcg_claim_send() - one step of a claim
 * @request: complete
 * @cursor: where this step begins, and on success where the next one must
 * @end: of the whole claim
 * @sum: what this step did is added
 *
 * Return: 1 when there is more to do, 0 when done, -1 with @err set.
 */
int mcg_claim_send(struct mcg_module *module, struct nlmsghdr *request, uint64_t *cursor,
		   uint64_t end, struct mcg_receipt *sum, struct mcg_error *err);

/*
 * mcg_receipt_incomplete() - bytes that stayed with others: skipped, and not the target's already.
 */
uint64_t mcg_receipt_incomplete(const struct mcg_receipt *receipt);

#endif
