// SPDX-License-Identifier: GPL-2.0-only
/* What the module says of whole groups and of owners, decoded. The rest of a receipt is in genl_test.c. */
#include "unit.h"

#include <linux/genetlink.h>

#include "claim.h"
#include "genl.h"

static char buf[4096] __attribute__((aligned(8)));

/* What only the claims of groups, and those that ask for owners, are answered. */
static struct nlmsghdr *claim_message(void)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(m, sizeof(*genl));
	struct nlattr *nest;

	genl->cmd = MEMCGCTL_CMD_CLAIM;
	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_CURSOR, 0x9000);
	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_PRESENT, 65536);
	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_MOVED, 65536);
	nest = mnl_attr_nest_start(m, MEMCGCTL_CLAIM_SKIPPED);
	mnl_attr_put_u8(m, MEMCGCTL_SKIPPED_REASON, MEMCGCTL_SKIP_SWAPPED);
	mnl_attr_put_u64(m, MEMCGCTL_SKIPPED_SIZE, 8192);
	mnl_attr_nest_end(m, nest);

	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_ROOM, 1 << 20);
	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_SWAP_MOVED, 16384);
	mnl_attr_put(m, MEMCGCTL_CLAIM_DEAD, 0, NULL);
	nest = mnl_attr_nest_start(m, MEMCGCTL_CLAIM_PIN);
	mnl_attr_put_u8(m, MEMCGCTL_PIN_KIND, MEMCGCTL_PIN_CONTROLLER);
	mnl_attr_put_u64(m, MEMCGCTL_PIN_AMOUNT, 1);
	mnl_attr_put_strz(m, MEMCGCTL_PIN_NAME, "io");
	mnl_attr_nest_end(m, nest);
	/* Of a newer module. */
	nest = mnl_attr_nest_start(m, MEMCGCTL_CLAIM_PIN);
	mnl_attr_put_u8(m, MEMCGCTL_PIN_KIND, MEMCGCTL_PIN_MAX + 1);
	mnl_attr_put_u64(m, MEMCGCTL_PIN_AMOUNT, 1);
	mnl_attr_nest_end(m, nest);
	for (int i = 0; i < 2; i++) {
		nest = mnl_attr_nest_start(m, MEMCGCTL_CLAIM_OWNER);
		mnl_attr_put_u64(m, MEMCGCTL_OWNER_ID, 7);
		mnl_attr_put_u64(m, MEMCGCTL_OWNER_SIZE, 4096);
		if (i)
			mnl_attr_put(m, MEMCGCTL_OWNER_DEAD, 0, NULL);
		mnl_attr_nest_end(m, nest);
	}
	return m;
}

static void decodes_what_is_left(void **state)
{
	struct mcg_receipt receipt, sum = { .n_pins = 0 };
	uint64_t cursor;

	(void)state;
	assert_int_equal(mcg_claim_decode(claim_message(), &receipt, &cursor), 0);
	assert_int_equal(receipt.room, 1 << 20);
	assert_int_equal(receipt.swap_moved, 16384);
	assert_true(receipt.from_dead);
	assert_int_equal(receipt.n_pins, 1);
	assert_int_equal(receipt.pin[0].kind, MEMCGCTL_PIN_CONTROLLER);
	assert_string_equal(receipt.pin[0].name, "io");
	/* The parts of one owner are one. */
	assert_int_equal(receipt.n_owners, 1);
	assert_int_equal(receipt.owner[0].id, 7);
	assert_int_equal(receipt.owner[0].size, 8192);
	assert_true(receipt.owner[0].dead);

	mcg_receipt_add(&sum, &receipt);
	mcg_receipt_add(&sum, &receipt);
	assert_int_equal(sum.moved, 2 * 65536);
	assert_int_equal(sum.skipped[MEMCGCTL_SKIP_SWAPPED], 2 * 8192);
	assert_int_equal(sum.room, 1 << 20);
	assert_int_equal(sum.n_pins, 2);
	assert_int_equal(sum.owner[0].size, 2 * 8192);
	for (int i = 0; i < 20; i++)
		mcg_receipt_add(&sum, &receipt);
	assert_int_equal(sum.n_pins, MCG_PINS);
	for (int i = 0; i <= MEMCGCTL_PIN_MAX; i++)
		assert_non_null(mcg_pin_name(i));
	assert_null(mcg_pin_name(MEMCGCTL_PIN_MAX + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
