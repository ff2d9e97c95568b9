// SPDX-License-Identifier: GPL-2.0-only
/* What the module says, decoded as it should be. Needs no module. */
#include "unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>

#include "bind.h"
#include "charged.h"
#include "claim.h"
#include "dead.h"
#include "event.h"
#include "genl.h"
#include "genl_fixture.h"
#include "kmem.h"
#include "status.h"

static void decodes_bindings(void **state)
{
	struct nlmsghdr *m = bind_message();
	struct mcg_binding binding;

	(void)state;
	assert_int_equal(mcg_bind_decode(m, &binding), 0);
	assert_int_equal(binding.id, 9);
	assert_int_equal(binding.kind, MEMCGCTL_BIND_FILE);
	assert_string_equal(binding.name, "/dev/shm/x");
	assert_int_equal(binding.dev, 5 << 20 | 3);
	assert_int_equal(binding.ino, 77);
	assert_int_equal(binding.pid, 0);
	assert_int_equal(binding.start, 4096);
	assert_true(binding.end == MEMCGCTL_SIZE_MAX);
	assert_int_equal(binding.n_targets, 2);
	assert_int_equal(binding.target[0].id, 11);
	assert_string_equal(binding.target[0].path, "/a");
	assert_int_equal(binding.target[0].weight, 3);
	assert_int_equal(binding.target[1].id, 0);
	assert_null(binding.target[1].path);
	assert_int_equal(binding.target[1].weight, 1);
	assert_int_equal(binding.on_death, MEMCGCTL_ON_DEATH_GROUP);
	assert_int_equal(binding.heir.id, 13);
	assert_string_equal(binding.heir.path, "/heir");
	assert_int_equal(binding.on_full, MEMCGCTL_ON_FULL_FAIL);
	assert_string_equal(binding.follow, "/a*");
	assert_int_equal(binding.redirected, 8192);
	assert_int_equal(binding.fell_back, 12288);
	mcg_binding_free(&binding);

	/* The least there is: a filesystem, and what does without its defaults. */
	m = start(buf, MEMCGCTL_CMD_BIND);
	mnl_attr_put_u32(m, MEMCGCTL_BIND_ID, 1);
	mnl_attr_put_u8(m, MEMCGCTL_BIND_KIND, MEMCGCTL_BIND_MOUNT);
	assert_int_equal(mcg_bind_decode(m, &binding), -1);
	assert_int_equal(errno, EBADMSG);
	mcg_binding_free(&binding);
	put_target(m, MEMCGCTL_BIND_TARGET, 11, "/a", 0);
	assert_int_equal(mcg_bind_decode(m, &binding), 0);
	assert_int_equal(binding.on_death, MEMCGCTL_ON_DEATH_PARENT);
	assert_int_equal(binding.on_full, MEMCGCTL_ON_FULL_FAULTER);
	assert_null(binding.follow);
	assert_int_equal(binding.heir.id, 0);
	mcg_binding_free(&binding);
}

static void refuses_wrong_bindings(void **state)
{
	static const struct {
		uint16_t type;
		uint8_t value;
	} wrong[] = {
		{ MEMCGCTL_BIND_KIND, MEMCGCTL_BIND_KIND_MAX + 1 },
		{ MEMCGCTL_BIND_ON_DEATH, MEMCGCTL_ON_DEATH_MAX + 1 },
		{ MEMCGCTL_BIND_ON_FULL, MEMCGCTL_ON_FULL_MAX + 1 },
	};
	struct mcg_binding binding;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct nlmsghdr *m = bind_message();

		mnl_attr_put_u8(m, wrong[i].type, wrong[i].value);
		assert_int_equal(mcg_bind_decode(m, &binding), -1);
		assert_int_equal(errno, EBADMSG);
		mcg_binding_free(&binding);
	}
	assert_null(mcg_bind_kind_name(MEMCGCTL_BIND_KIND_MAX + 1));
	assert_null(mcg_on_death_name(MEMCGCTL_ON_DEATH_MAX + 1));
	assert_null(mcg_on_full_name(MEMCGCTL_ON_FULL_MAX + 1));
}

static void decodes_dead_groups(void **state)
{
	struct nlmsghdr *m = dead_message(NULL);
	struct mcg_dead dead;

	(void)state;
	assert_int_equal(mcg_dead_decode(m, &dead), 0);
	assert_int_equal(dead.id, 21);
	assert_string_equal(dead.path, "/a/gone");
	assert_int_equal(dead.living_id, 20);
	assert_string_equal(dead.living_path, "/a");
	assert_true(dead.memory);
	assert_false(dead.off);
	assert_int_equal(dead.anon, 100 + MEMCGCTL_DEAD_ANON);
	assert_int_equal(dead.file, 100 + MEMCGCTL_DEAD_FILE);
	assert_int_equal(dead.shmem, 100 + MEMCGCTL_DEAD_SHMEM);
	assert_int_equal(dead.swap, 100 + MEMCGCTL_DEAD_SWAP);
	assert_int_equal(dead.sockets, 100 + MEMCGCTL_DEAD_SOCKETS);
	assert_int_equal(dead.groups, 100 + MEMCGCTL_DEAD_GROUPS);
	assert_int_equal(dead.references, 100 + MEMCGCTL_DEAD_REFERENCES);
	assert_int_equal(mcg_dead_charged(&dead), dead.anon + dead.file + dead.shmem);
	assert_int_equal(dead.n_controllers, 0);
	mcg_dead_free(&dead);

	m = dead_message("pids");
	mnl_attr_put(m, MEMCGCTL_DEAD_OFF, 0, NULL);
	assert_int_equal(mcg_dead_decode(m, &dead), 0);
	assert_false(dead.memory);
	assert_true(dead.off);
	assert_int_equal(mcg_dead_charged(&dead), 0);
	assert_int_equal(dead.n_controllers, 1);
	assert_string_equal(dead.controller[0], "pids");
	mcg_dead_free(&dead);

	/* Without an id it is no group; a name must end. */
	m = start(buf, MEMCGCTL_CMD_DEAD);
	assert_int_equal(mcg_dead_decode(m, &dead), -1);
	assert_int_equal(errno, EBADMSG);
	mcg_dead_free(&dead);
	mnl_attr_put_u64(m, MEMCGCTL_DEAD_ID, 1);
	mnl_attr_put(m, MEMCGCTL_DEAD_CONTROLLER, 4, "pids");
	assert_int_equal(mcg_dead_decode(m, &dead), -1);
	mcg_dead_free(&dead);
}

static void add_up(uint64_t id, uint64_t bytes, void *data)
{
	uint64_t *sum = data;

	sum[0] += id;
	sum[1] += bytes;
}

static void decodes_charged(void **state)
{
	uint64_t sum[2] = { 0 };
	struct mcg_charged_visit visit = { add_up, sum };

	(void)state;
	assert_int_equal(mcg_charged_decode(charged_message(0), &visit), 0);
	assert_int_equal(sum[0], 0);
	assert_int_equal(mcg_charged_decode(charged_message(48), &visit), 0);
	assert_int_equal(sum[0], 7);
	assert_int_equal(sum[1], 700);
	/* Part of a group is none. */
	assert_int_equal(mcg_charged_decode(charged_message(47), &visit), 0);
	assert_int_equal(sum[0], 10);
}

static void decodes_kmem(void **state)
{
	struct nlmsghdr *m = kmem_message();
	struct mcg_kmem kmem;

	(void)state;
	assert_int_equal(mcg_kmem_decode(m, &kmem), 0);
	assert_int_equal(kmem.id, 42);
	assert_string_equal(kmem.path, "/web");
	assert_int_equal(kmem.limit, 8 << 20);
	assert_int_equal(kmem.mode, MEMCGCTL_KMEM_SHRINK);
	assert_int_equal(kmem.usage, 1 << 20);
	assert_int_equal(kmem.peak, 2 << 20);
	assert_int_equal(kmem.effective, 4 << 20);
	assert_string_equal(kmem.effective_path, "/");
	assert_int_equal(kmem.breaches, 100 + MEMCGCTL_KMEM_BREACHES);
	assert_int_equal(kmem.failed, 100 + MEMCGCTL_KMEM_FAILED);
	assert_int_equal(kmem.forced, 100 + MEMCGCTL_KMEM_FORCED);
	assert_int_equal(kmem.shrunk, 100 + MEMCGCTL_KMEM_SHRUNK);
	assert_int_equal(kmem.throttled, 100 + MEMCGCTL_KMEM_THROTTLED);
	assert_int_equal(kmem.oom_kills, 100 + MEMCGCTL_KMEM_OOM_KILLS);
	assert_int_equal(kmem.no_victim, 100 + MEMCGCTL_KMEM_NO_VICTIM);
	mcg_kmem_free(&kmem);

	/* A cleared limit: nothing but usage and limit. */
	m = start(buf, MEMCGCTL_CMD_KMEM_SET);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_LIMIT, MEMCGCTL_SIZE_MAX);
	assert_int_equal(mcg_kmem_decode(m, &kmem), -1);
	assert_int_equal(errno, EBADMSG);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_USAGE, 5);
	assert_int_equal(mcg_kmem_decode(m, &kmem), 0);
	assert_true(kmem.effective == MEMCGCTL_SIZE_MAX);
	mnl_attr_put_u8(m, MEMCGCTL_KMEM_MODE, MEMCGCTL_KMEM_MODE_MAX + 1);
	assert_int_equal(mcg_kmem_decode(m, &kmem), -1);
	assert_int_equal(errno, EBADMSG);
	assert_null(mcg_kmem_mode_name(MEMCGCTL_KMEM_MODE_MAX + 1));
}

static void refuses_wrong_types(void **state)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_KMEM_GET);
	struct mcg_kmem kmem;

	(void)state;
	mnl_attr_put_u32(m, MEMCGCTL_KMEM_LIMIT, 1);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_USAGE, 1);
	assert_int_equal(mcg_kmem_decode(m, &kmem), -1);
	assert_int_equal(errno, EBADMSG);
	m = kmem_message();
	/* A string without its end. */
	mnl_attr_put(m, MEMCGCTL_KMEM_EFFECTIVE_PATH, 3, "abc");
	assert_int_equal(mcg_kmem_decode(m, &kmem), -1);
	assert_int_equal(errno, EBADMSG);
}

static void decodes_receipts(void **state)
{
	struct mcg_receipt receipt;
	uint64_t cursor;

	(void)state;
	assert_int_equal(
		mcg_claim_decode(claim_message(4096 + 12288 + 65536, 65536), &receipt, &cursor), 0);
	assert_int_equal(cursor, 0x9000);
	assert_int_equal(receipt.moved, 65536);
	assert_int_equal(receipt.skipped[MEMCGCTL_SKIP_PINNED], 4096);
	assert_int_equal(receipt.skipped[MEMCGCTL_SKIP_SWAPPED], 8192);
	/* A reason this version does not know. */
	assert_int_equal(receipt.skipped[MEMCGCTL_SKIP_OTHER], 12288);
	assert_int_equal(mcg_receipt_incomplete(&receipt), 4096 + 8192 + 12288);
	receipt.skipped[MEMCGCTL_SKIP_TARGET] = 1 << 20;
	assert_int_equal(mcg_receipt_incomplete(&receipt), 4096 + 8192 + 12288);

	/* What does not add up is no receipt. */
	assert_int_equal(mcg_claim_decode(claim_message(4096 + 12288 + 65536 + 1, 65536), &receipt,
					  &cursor),
			 -1);
	assert_int_equal(
		mcg_claim_decode(claim_message(4096, UINT64_MAX - 12287), &receipt, &cursor), -1);
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		assert_non_null(mcg_skip_name(i));
	assert_null(mcg_skip_name(MEMCGCTL_SKIP_MAX + 1));
}

static void decodes_what_is_left(void **state)
{
	struct mcg_receipt receipt, sum = { .n_pins = 0 };
	uint64_t cursor;

	(void)state;
	assert_int_equal(
		mcg_claim_decode(claim_message(4096 + 12288 + 65536, 65536), &receipt, &cursor), 0);
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

static void decodes_status(void **state)
{
	struct mcg_health health;

	(void)state;
	assert_int_equal(mcg_health_decode(status_message(), &health), 0);
	assert_string_equal(health.version, "1.2");
	assert_int_equal(health.n_features, 2);
	assert_string_equal(health.feature[0].name, "kmem");
	assert_null(health.feature[0].reason);
	assert_string_equal(health.feature[1].reason, "no symbol");
	assert_int_equal(health.n_hooks, 1);
	assert_string_equal(health.hook[0].name, "a_function");
	assert_true(health.hook[0].live);
	assert_int_equal(health.groups, 3);
	mcg_health_free(&health);
	assert_int_equal(mcg_health_decode(start(buf, MEMCGCTL_CMD_STATUS), &health), -1);
	mcg_health_free(&health);
}

static void decodes_events(void **state)
{
	struct mcg_event event;

	(void)state;
	assert_int_equal(mcg_event_decode(event_message(), &event), 0);
	assert_int_equal(event.kind, MEMCGCTL_EVENT_KMEM_OOM);
	assert_string_equal(mcg_event_name(event.kind), "kmem-oom");
	assert_string_equal(event.path, "/x");
	assert_int_equal(event.count, 6);
	assert_true(event.limit == MEMCGCTL_SIZE_MAX);
	mcg_event_free(&event);
	assert_null(mcg_event_name(MEMCGCTL_EVENT_MAX + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_bindings),	cmocka_unit_test(refuses_wrong_bindings),
		cmocka_unit_test(decodes_dead_groups),	cmocka_unit_test(decodes_kmem),
		cmocka_unit_test(refuses_wrong_types),	cmocka_unit_test(decodes_receipts),
		cmocka_unit_test(decodes_what_is_left), cmocka_unit_test(decodes_status),
		cmocka_unit_test(decodes_events),	cmocka_unit_test(decodes_charged),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
