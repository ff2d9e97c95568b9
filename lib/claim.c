// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim.h"

#include <errno.h>
#include <stdio.h>
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

static const char *const pin_names[] = {
	[MEMCGCTL_PIN_KERNEL] = "kernel",	  [MEMCGCTL_PIN_PERCPU] = "percpu",
	[MEMCGCTL_PIN_SOCKETS] = "sockets",	  [MEMCGCTL_PIN_SWAP] = "swap",
	[MEMCGCTL_PIN_GROUPS] = "groups",	  [MEMCGCTL_PIN_CONTROLLER] = "controller",
	[MEMCGCTL_PIN_REFERENCES] = "references",
};

_Static_assert(sizeof(pin_names) / sizeof(pin_names[0]) == MEMCGCTL_PIN_MAX + 1, "a pin has no name");

const char *mcg_pin_name(enum memcgctl_pin pin)
{
	return pin <= MEMCGCTL_PIN_MAX ? pin_names[pin] : NULL;
}

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

static int decode_pin(const struct nlattr *nest, struct mcg_receipt *receipt)
{
	static const uint8_t types[MEMCGCTL_PIN_ATTR_MAX + 1] = {
		[MEMCGCTL_PIN_KIND] = MNL_TYPE_U8,
		[MEMCGCTL_PIN_AMOUNT] = MNL_TYPE_U64,
		[MEMCGCTL_PIN_NAME] = MNL_TYPE_NUL_STRING,
	};
	const struct nlattr *tb[MEMCGCTL_PIN_ATTR_MAX + 1];
	struct mcg_pin *pin = &receipt->pin[receipt->n_pins];

	if (mcg_attr_parse_nested(nest, types, MEMCGCTL_PIN_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_PIN_KIND] || !tb[MEMCGCTL_PIN_AMOUNT])
		return bad_message();
	/* Of a kind that a newer module knows one cannot say more. */
	if (receipt->n_pins == MCG_PINS || mnl_attr_get_u8(tb[MEMCGCTL_PIN_KIND]) > MEMCGCTL_PIN_MAX)
		return 0;
	*pin = (struct mcg_pin){ .kind = mnl_attr_get_u8(tb[MEMCGCTL_PIN_KIND]),
				 .amount = mcg_attr_u64(tb[MEMCGCTL_PIN_AMOUNT], 0) };
	if (tb[MEMCGCTL_PIN_NAME])
		snprintf(pin->name, sizeof(pin->name), "%s", mnl_attr_get_str(tb[MEMCGCTL_PIN_NAME]));
	receipt->n_pins++;
	return 0;
}

static void add_owner(struct mcg_receipt *receipt, const struct mcg_owner *owner)
{
	unsigned int i = 0;

	while (i < receipt->n_owners && receipt->owner[i].id != owner->id)
		i++;
	if (i == receipt->n_owners) {
		if (i == MCG_OWNERS)
			return;
		receipt->owner[receipt->n_owners++] = (struct mcg_owner){ .id = owner->id };
	}
	receipt->owner[i].size += owner->size;
	receipt->owner[i].dead |= owner->dead;
}

static int decode_owner(const struct nlattr *nest, struct mcg_receipt *receipt)
{
	static const uint8_t types[MEMCGCTL_OWNER_ATTR_MAX + 1] = {
		[MEMCGCTL_OWNER_ID] = MNL_TYPE_U64,
		[MEMCGCTL_OWNER_SIZE] = MNL_TYPE_U64,
		[MEMCGCTL_OWNER_DEAD] = MNL_TYPE_FLAG,
	};
	const struct nlattr *tb[MEMCGCTL_OWNER_ATTR_MAX + 1];
	struct mcg_owner owner;

	if (mcg_attr_parse_nested(nest, types, MEMCGCTL_OWNER_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_OWNER_ID] || !tb[MEMCGCTL_OWNER_SIZE])
		return bad_message();
	owner = (struct mcg_owner){ mcg_attr_u64(tb[MEMCGCTL_OWNER_ID], 0),
				    mcg_attr_u64(tb[MEMCGCTL_OWNER_SIZE], 0),
				    tb[MEMCGCTL_OWNER_DEAD] };
	add_owner(receipt, &owner);
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
		[MEMCGCTL_CLAIM_ROOM] = MNL_TYPE_U64,
		[MEMCGCTL_CLAIM_SKIPPED] = MNL_TYPE_NESTED,
		[MEMCGCTL_CLAIM_SWAP_MOVED] = MNL_TYPE_U64,
		[MEMCGCTL_CLAIM_PIN] = MNL_TYPE_NESTED,
		[MEMCGCTL_CLAIM_OWNER] = MNL_TYPE_NESTED,
		[MEMCGCTL_CLAIM_DEAD] = MNL_TYPE_FLAG,
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
	receipt->swap_moved = mcg_attr_u64(tb[MEMCGCTL_CLAIM_SWAP_MOVED], 0);
	receipt->room = mcg_attr_u64(tb[MEMCGCTL_CLAIM_ROOM], MEMCGCTL_SIZE_MAX);
	receipt->from_dead = tb[MEMCGCTL_CLAIM_DEAD];
	mcg_attr_for_each(attr, message) {
		if (mnl_attr_get_type(attr) == MEMCGCTL_CLAIM_SKIPPED && decode_skipped(attr, receipt))
			return -1;
		if (mnl_attr_get_type(attr) == MEMCGCTL_CLAIM_PIN && decode_pin(attr, receipt))
			return -1;
		if (mnl_attr_get_type(attr) == MEMCGCTL_CLAIM_OWNER && decode_owner(attr, receipt))
			return -1;
	}
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

static void put_fd(struct nlmsghdr *request, uint16_t attr, int fd)
{
	if (fd >= 0)
		mnl_attr_put_u32(request, attr, fd);
}

void mcg_receipt_add(struct mcg_receipt *sum, const struct mcg_receipt *part)
{
	sum->present += part->present;
	sum->moved += part->moved;
	sum->swap_moved += part->swap_moved;
	sum->room = part->room;
	sum->from_dead |= part->from_dead;
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		sum->skipped[i] += part->skipped[i];
	for (unsigned int i = 0; i < part->n_pins && sum->n_pins < MCG_PINS; i++)
		sum->pin[sum->n_pins++] = part->pin[i];
	for (unsigned int i = 0; i < part->n_owners; i++)
		add_owner(sum, &part->owner[i]);
}

/* All of the group was drained by the step before, after which nothing was left of it to be asked about. */
static bool drained(const struct mcg_claim *claim, const struct mcg_error *err)
{
	return claim->from_id && claim->start && err->errnum == ENOENT;
}

int mcg_claim_step(struct mcg_module *module, struct mcg_claim *claim, struct mcg_receipt *sum,
		   struct mcg_error *err)
{
	struct nlmsghdr *request = mcg_genl_begin(module, MEMCGCTL_CMD_CLAIM);
	struct step step = { .seen = false };

	put_fd(request, MEMCGCTL_CLAIM_PIDFD, claim->pidfd);
	put_fd(request, MEMCGCTL_CLAIM_FD, claim->fd);
	put_fd(request, MEMCGCTL_CLAIM_MOUNT_FD, claim->mount);
	put_fd(request, MEMCGCTL_CLAIM_FROM_FD, claim->from);
	if (claim->bind_id)
		mnl_attr_put_u32(request, MEMCGCTL_CLAIM_BIND_ID, claim->bind_id);
	if (claim->from_id)
		mnl_attr_put_u64(request, MEMCGCTL_CLAIM_FROM_ID, claim->from_id);
	mnl_attr_put_u64(request, MEMCGCTL_CLAIM_START, claim->start);
	mnl_attr_put_u64(request, MEMCGCTL_CLAIM_END, claim->end);
	if (claim->flags)
		mnl_attr_put_u32(request, MEMCGCTL_CLAIM_FLAGS, claim->flags);
	if (claim->at_most != MEMCGCTL_SIZE_MAX)
		mnl_attr_put_u64(request, MEMCGCTL_CLAIM_AT_MOST, claim->at_most);
	put_fd(request, MEMCGCTL_CLAIM_TARGET_FD, claim->target);
	put_fd(request, MEMCGCTL_CLAIM_ANCESTOR_FD, claim->ancestor);
	if (mcg_genl_call(module, request, on_receipt, &step, NULL, err)) {
		if (!drained(claim, err))
			return -1;
		memset(err, 0, sizeof(*err));
		sum->from_dead = true;
		claim->start = claim->end;
		return 0;
	}
	/* A cursor that stands still would make a client loop for ever. */
	if (!step.seen || step.cursor <= claim->start || step.cursor > claim->end ||
	    step.receipt.moved > claim->at_most)
		return mcg_fail(err, MCG_FAILED, NULL, "the module's reply makes no sense");
	claim->start = step.cursor;
	if (claim->at_most != MEMCGCTL_SIZE_MAX)
		claim->at_most -= step.receipt.moved;
	mcg_receipt_add(sum, &step.receipt);
	return step.cursor != claim->end && claim->at_most;
}
