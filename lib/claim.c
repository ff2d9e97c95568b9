// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim.h"

#include <errno.h>
#include <string.h>

#include "error.h"
#include "genl.h"

static const char *const skip_names[] = {
	[MEMCGCTL_SKIP_TARGET] = "target",
	[MEMCGCTL_SKIP_PINNED] = "pinned",
	[MEMCGCTL_SKIP_WRITEBACK] = "writeback",
	[MEMCGCTL_SKIP_ISOLATED] = "isolated",
	[MEMCGCTL_SKIP_LOCKED] = "locked",
	[MEMCGCTL_SKIP_BROKEN] = "broken",
	[MEMCGCTL_SKIP_HUGETLB] = "hugetlb",
	[MEMCGCTL_SKIP_KSM] = "ksm",
	[MEMCGCTL_SKIP_DEVICE] = "device",
	[MEMCGCTL_SKIP_SWAPPED] = "swapped",
	[MEMCGCTL_SKIP_LIMIT] = "limit",
	[MEMCGCTL_SKIP_LARGE] = "large",
	[MEMCGCTL_SKIP_KIND] = "kind",
	[MEMCGCTL_SKIP_SHARED] = "shared",
	[MEMCGCTL_SKIP_PERMISSION] = "permission",
	[MEMCGCTL_SKIP_UNCHARGED] = "uncharged",
	[MEMCGCTL_SKIP_OTHER] = "other",
};

_Static_assert(sizeof(skip_names) / sizeof(skip_names[0]) == MEMCGCTL_SKIP_MAX + 1,
	       "a reason has no name");

const char *mcg_skip_name(enum memcgctl_skip skip)
{
	return skip <= MEMCGCTL_SKIP_MAX ? skip_names[skip] : NULL;
}

static int bad_message(void)
{
	errno = EBADMSG;
	return -1;
}

static int decode_skipped(const struct nlattr *nest, struct mcg_receipt *receipt)
{
	static const uint8_t types[MEMCGCTL_SKIPPED_ATTR_MAX + 1] = {
		[MEMCGCTL_SKIPPED_REASON] = MNL_TYPE_U8,
		[MEMCGCTL_SKIPPED_SIZE] = MNL_TYPE_U64,
	};
	const struct nlattr *tb[MEMCGCTL_SKIPPED_ATTR_MAX + 1];
	unsigned int reason;

	if (mcg_attr_parse_nested(nest, types, MEMCGCTL_SKIPPED_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_SKIPPED_REASON] || !tb[MEMCGCTL_SKIPPED_SIZE])
		return bad_message();
	reason = mnl_attr_get_u8(tb[MEMCGCTL_SKIPPED_REASON]);
	/* A reason of a newer module still has to add up. */
	if (reason > MEMCGCTL_SKIP_MAX)
		reason = MEMCGCTL_SKIP_OTHER;
	if (__builtin_add_overflow(receipt->skipped[reason],
				   mcg_attr_u64(tb[MEMCGCTL_SKIPPED_SIZE], 0),
				   &receipt->skipped[reason]))
		return bad_message();
	return 0;
}

static bool adds_up(const struct mcg_receipt *receipt)
{
	uint64_t sum = receipt->moved;

	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (i != MEMCGCTL_SKIP_SWAPPED &&
		    __builtin_add_overflow(sum, receipt->skipped[i], &sum))
			return false;
	return sum == receipt->present;
}

int mcg_claim_decode(const struct nlmsghdr *message, struct mcg_receipt *receipt, uint64_t *cursor)
{
	static const uint8_t types[MEMCGCTL_CLAIM_ATTR_MAX + 1] = {
		[MEMCGCTL_CLAIM_CURSOR] = MNL_TYPE_U64,
		[MEMCGCTL_CLAIM_PRESENT] = MNL_TYPE_U64,
		[MEMCGCTL_CLAIM_MOVED] = MNL_TYPE_U64,
		[MEMCGCTL_CLAIM_SKIPPED] = MNL_TYPE_NESTED,
	};
	const struct nlattr *tb[MEMCGCTL_CLAIM_ATTR_MAX + 1], *attr;

	memset(receipt, 0, sizeof(*receipt));
	if (mcg_attr_parse(message, types, MEMCGCTL_CLAIM_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_CLAIM_CURSOR] || !tb[MEMCGCTL_CLAIM_PRESENT] || !tb[MEMCGCTL_CLAIM_MOVED])
		return bad_message();
	*cursor = mcg_attr_u64(tb[MEMCGCTL_CLAIM_CURSOR], 0);
	receipt->present = mcg_attr_u64(tb[MEMCGCTL_CLAIM_PRESENT], 0);
	receipt->moved = mcg_attr_u64(tb[MEMCGCTL_CLAIM_MOVED], 0);
	mcg_attr_for_each(attr, message)
		if (mnl_attr_get_type(attr) == MEMCGCTL_CLAIM_SKIPPED && decode_skipped(attr, receipt))
			return -1;
	return adds_up(receipt) ? 0 : bad_message();
}

uint64_t mcg_receipt_incomplete(const struct mcg_receipt *receipt)
{
	uint64_t sum = 0;

	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (i != MEMCGCTL_SKIP_TARGET)
			sum += receipt->skipped[i];
	return sum;
}

struct step {
	struct mcg_receipt receipt;
	uint64_t cursor;
	bool seen;
};

static int on_receipt(const struct nlmsghdr *message, void *data)
{
	struct step *step = data;

	step->seen = true;
	return mcg_claim_decode(message, &step->receipt, &step->cursor);
}

int mcg_claim_step(struct mcg_module *module, struct mcg_claim *claim, struct mcg_receipt *sum,
		   struct mcg_error *err)
{
	struct nlmsghdr *request = mcg_genl_begin(module, MEMCGCTL_CMD_CLAIM);
	struct step step = { .seen = false };

	if (claim->pidfd >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_CLAIM_PIDFD, claim->pidfd);
	if (claim->fd >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_CLAIM_FD, claim->fd);
	mnl_attr_put_u64(request, MEMCGCTL_CLAIM_START, claim->start);
	mnl_attr_put_u64(request, MEMCGCTL_CLAIM_END, claim->end);
	mnl_attr_put_u32(request, MEMCGCTL_CLAIM_TARGET_FD, claim->target);
	if (claim->ancestor >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_CLAIM_ANCESTOR_FD, claim->ancestor);
	if (mcg_genl_call(module, request, on_receipt, &step, NULL, err))
		return -1;
	/* A cursor that stands still would make a client loop for ever. */
	if (!step.seen || step.cursor <= claim->start || step.cursor > claim->end)
		return mcg_fail(err, MCG_FAILED, NULL, "the module's reply makes no sense");
	claim->start = step.cursor;
	sum->present += step.receipt.present;
	sum->moved += step.receipt.moved;
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		sum->skipped[i] += step.receipt.skipped[i];
	return step.cursor != claim->end;
}
