// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module says, decoded from bytes: as it should be, cut short, and random. Needs no
 * module.
 */
#include "unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>

#include "bind.h"
#include "claim.h"
#include "event.h"
#include "genl.h"
#include "kmem.h"
#include "status.h"

#define TYPE 0x21
#define SEQ 7
#define PORT 4711

static char buf[4096] __attribute__((aligned(8)));

static struct nlmsghdr *start(void *where, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(where);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(message, sizeof(*genl));

	message->nlmsg_type = TYPE;
	message->nlmsg_seq = SEQ;
	message->nlmsg_pid = PORT;
	genl->cmd = command;
	genl->version = MEMCGCTL_GENL_VERSION;
	return message;
}

static struct nlmsghdr *kmem_message(void)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_KMEM_GET);

	mnl_attr_put_u64(m, MEMCGCTL_KMEM_ID, 42);
	mnl_attr_put_strz(m, MEMCGCTL_KMEM_PATH, "/web");
	mnl_attr_put(m, MEMCGCTL_KMEM_PAD, 0, NULL);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_LIMIT, 8 << 20);
	mnl_attr_put_u8(m, MEMCGCTL_KMEM_MODE, MEMCGCTL_KMEM_SHRINK);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_USAGE, 1 << 20);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_PEAK, 2 << 20);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_EFFECTIVE, 4 << 20);
	mnl_attr_put_u64(m, MEMCGCTL_KMEM_EFFECTIVE_ID, 1);
	mnl_attr_put_strz(m, MEMCGCTL_KMEM_EFFECTIVE_PATH, "/");
	for (int a = MEMCGCTL_KMEM_BREACHES; a <= MEMCGCTL_KMEM_NO_VICTIM; a++)
		mnl_attr_put_u64(m, a, 100 + a);
	/* Of a newer module. */
	mnl_attr_put_u32(m, MEMCGCTL_KMEM_ATTR_MAX + 5, 9);
	return m;
}

/* What only the claims of groups, and those that ask for owners, are answered. */
static void put_rest_of_claim(struct nlmsghdr *m)
{
	struct nlattr *nest;

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
}

static struct nlmsghdr *claim_message(uint64_t present, uint64_t moved)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_CLAIM);
	static const struct {
		uint8_t reason;
		uint64_t size;
	} skipped[] = {
		{ MEMCGCTL_SKIP_PINNED, 4096 },
		{ MEMCGCTL_SKIP_SWAPPED, 8192 },
		{ MEMCGCTL_SKIP_MAX + 3, 12288 },
	};

	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_CURSOR, 0x9000);
	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_PRESENT, present);
	mnl_attr_put_u64(m, MEMCGCTL_CLAIM_MOVED, moved);
	for (size_t i = 0; i < 3; i++) {
		struct nlattr *nest = mnl_attr_nest_start(m, MEMCGCTL_CLAIM_SKIPPED);

		mnl_attr_put_u8(m, MEMCGCTL_SKIPPED_REASON, skipped[i].reason);
		mnl_attr_put_u64(m, MEMCGCTL_SKIPPED_SIZE, skipped[i].size);
		mnl_attr_nest_end(m, nest);
	}
	put_rest_of_claim(m);
	return m;
}

static struct nlmsghdr *status_message(void)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_STATUS);
	struct nlattr *nest;

	mnl_attr_put_strz(m, MEMCGCTL_STATUS_VERSION, "1.2");
	nest = mnl_attr_nest_start(m, MEMCGCTL_STATUS_FEATURE);
	mnl_attr_put_strz(m, MEMCGCTL_FEATURE_NAME, "kmem");
	mnl_attr_nest_end(m, nest);
	nest = mnl_attr_nest_start(m, MEMCGCTL_STATUS_FEATURE);
	mnl_attr_put_strz(m, MEMCGCTL_FEATURE_NAME, "claim");
	mnl_attr_put_strz(m, MEMCGCTL_FEATURE_REASON, "no symbol");
	mnl_attr_nest_end(m, nest);
	nest = mnl_attr_nest_start(m, MEMCGCTL_STATUS_HOOK);
	mnl_attr_put_strz(m, MEMCGCTL_HOOK_NAME, "a_function");
	mnl_attr_put_u8(m, MEMCGCTL_HOOK_LIVE, 1);
	mnl_attr_nest_end(m, nest);
	mnl_attr_put_u32(m, MEMCGCTL_STATUS_GROUPS, 3);
	return m;
}

static struct nlmsghdr *event_message(void)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_EVENT);

	mnl_attr_put_u8(m, MEMCGCTL_EVENT_KIND, MEMCGCTL_EVENT_KMEM_OOM);
	mnl_attr_put_u64(m, MEMCGCTL_EVENT_ID, 5);
	mnl_attr_put_strz(m, MEMCGCTL_EVENT_PATH, "/x");
	mnl_attr_put_u64(m, MEMCGCTL_EVENT_COUNT, 6);
	mnl_attr_put_u64(m, MEMCGCTL_EVENT_USAGE, 7);
	mnl_attr_put_u64(m, MEMCGCTL_EVENT_LIMIT, MEMCGCTL_SIZE_MAX);
	return m;
}

static void put_target(struct nlmsghdr *m, uint16_t type, uint64_t id, const char *path,
		       uint32_t weight)
{
	struct nlattr *nest = mnl_attr_nest_start(m, type);

	if (id)
		mnl_attr_put_u64(m, MEMCGCTL_TARGET_ID, id);
	if (path)
		mnl_attr_put_strz(m, MEMCGCTL_TARGET_PATH, path);
	if (weight)
		mnl_attr_put_u32(m, MEMCGCTL_TARGET_WEIGHT, weight);
	mnl_attr_nest_end(m, nest);
}

static struct nlmsghdr *bind_message(void)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_BIND);

	mnl_attr_put_u32(m, MEMCGCTL_BIND_ID, 9);
	mnl_attr_put_u8(m, MEMCGCTL_BIND_KIND, MEMCGCTL_BIND_FILE);
	mnl_attr_put_strz(m, MEMCGCTL_BIND_NAME, "/dev/shm/x");
	mnl_attr_put_u64(m, MEMCGCTL_BIND_DEV, 5 << 20 | 3);
	mnl_attr_put_u64(m, MEMCGCTL_BIND_INO, 77);
	mnl_attr_put_u64(m, MEMCGCTL_BIND_START, 4096);
	mnl_attr_put_u64(m, MEMCGCTL_BIND_END, MEMCGCTL_SIZE_MAX);
	put_target(m, MEMCGCTL_BIND_TARGET, 11, "/a", 3);
	mnl_attr_put_u8(m, MEMCGCTL_BIND_ON_DEATH, MEMCGCTL_ON_DEATH_GROUP);
	put_target(m, MEMCGCTL_BIND_HEIR, 13, "/heir", 0);
	put_target(m, MEMCGCTL_BIND_TARGET, 0, NULL, 0);
	mnl_attr_put_u8(m, MEMCGCTL_BIND_ON_FULL, MEMCGCTL_ON_FULL_FAIL);
	mnl_attr_put_strz(m, MEMCGCTL_BIND_FOLLOW, "/a*");
	mnl_attr_put_u64(m, MEMCGCTL_BIND_REDIRECTED, 8192);
	mnl_attr_put_u64(m, MEMCGCTL_BIND_FELL_BACK, 12288);
	/* Of a newer module. */
	mnl_attr_put_u32(m, MEMCGCTL_BIND_ATTR_MAX + 5, 9);
	return m;
}

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

static int count(const struct nlmsghdr *message, void *data)
{
	(void)message;
	++*(int *)data;
	return 0;
}

static struct mcg_exchange exchange_for(int *counter)
{
	return (struct mcg_exchange){
		.seq = SEQ, .portid = PORT, .type = TYPE, .reply = count, .data = counter
	};
}

/*
 * An acknowledgement or error as the kernel sends it, with the request in it or not, and words or
 * none.
 */
static size_t put_error(void *where, int error, bool capped, const char *words)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(where);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(m, sizeof(*e));

	m->nlmsg_type = NLMSG_ERROR;
	m->nlmsg_seq = SEQ;
	m->nlmsg_pid = PORT;
	m->nlmsg_flags = capped ? NLM_F_CAPPED : 0;
	e->error = error;
	e->msg.nlmsg_len = sizeof(e->msg) + 20;
	if (!capped)
		memset(mnl_nlmsg_put_extra_header(m, 20), 0xff, 20);
	if (words) {
		m->nlmsg_flags |= NLM_F_ACK_TLVS;
		mnl_attr_put_u32(m, NLMSGERR_ATTR_OFFS, 16);
		mnl_attr_put_strz(m, NLMSGERR_ATTR_MSG, words);
	}
	return m->nlmsg_len;
}

static void reads_exchanges(void **state)
{
	struct nlmsghdr *m = kmem_message(), *done;
	int n = 0, minus = -EBUSY;
	struct mcg_exchange x = exchange_for(&n);

	(void)state;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), 1);
	assert_int_equal(n, 1);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, 0, true, NULL)), 0);

	/* The end of a dump, good and bad. */
	done = mnl_nlmsg_put_header(buf);
	done->nlmsg_type = NLMSG_DONE;
	done->nlmsg_seq = SEQ;
	assert_int_equal(mcg_genl_read(&x, buf, done->nlmsg_len), -1);
	assert_int_equal(errno, EBADMSG);
	memcpy(mnl_nlmsg_put_extra_header(done, sizeof(minus)), &minus, sizeof(minus));
	assert_int_equal(mcg_genl_read(&x, buf, done->nlmsg_len), -1);
	assert_int_equal(errno, EBUSY);
	done->nlmsg_flags = NLM_F_ACK_TLVS;
	mnl_attr_put_strz(done, NLMSGERR_ATTR_MSG, "in the middle");
	assert_int_equal(mcg_genl_read(&x, buf, done->nlmsg_len), -1);
	assert_string_equal(x.extack, "in the middle");
}

static void reads_the_kernels_words(void **state)
{
	int n = 0;
	struct mcg_exchange x = exchange_for(&n);

	(void)state;
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, -EPERM, true, "because")), -1);
	assert_int_equal(errno, EPERM);
	assert_string_equal(x.extack, "because");
	x = exchange_for(&n);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, -EINVAL, false, "of the request")),
			 -1);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(x.extack, "of the request");
	x = exchange_for(&n);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, -ENOENT, false, NULL)), -1);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(x.extack, "");
	/* No error number that Linux knows. */
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, 5, true, NULL)), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(mcg_genl_read(&x, buf, put_error(buf, INT32_MIN, true, NULL)), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(n, 0);
}

static void refuses_what_is_not_for_it(void **state)
{
	int n = 0;
	struct mcg_exchange x = exchange_for(&n);
	struct nlmsghdr *m = kmem_message();

	(void)state;
	m->nlmsg_seq++;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	m = kmem_message();
	m->nlmsg_pid++;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	m = kmem_message();
	m->nlmsg_type++;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	assert_int_equal(errno, EBADMSG);
	m = kmem_message();
	m->nlmsg_flags |= NLM_F_DUMP_INTR;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	assert_int_equal(errno, EINTR);
	m = kmem_message();
	x.command = MEMCGCTL_CMD_EVENT;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	/* A message too short for its generic header. */
	x = exchange_for(&n);
	m = mnl_nlmsg_put_header(buf);
	m->nlmsg_type = TYPE;
	m->nlmsg_seq = SEQ;
	assert_int_equal(mcg_genl_read(&x, buf, m->nlmsg_len), -1);
	assert_int_equal(n, 0);
}

/* Runs every decoder over one message; the sanitizers watch. */
static int decode_all(const struct nlmsghdr *message, void *data)
{
	struct mcg_binding binding;
	struct mcg_receipt receipt;
	struct mcg_health health;
	struct mcg_event event;
	struct mcg_kmem kmem;
	uint64_t cursor;

	(void)data;
	mcg_bind_decode(message, &binding);
	mcg_binding_free(&binding);
	mcg_kmem_decode(message, &kmem);
	mcg_kmem_free(&kmem);
	mcg_claim_decode(message, &receipt, &cursor);
	mcg_health_decode(message, &health);
	mcg_health_free(&health);
	mcg_event_decode(message, &event);
	mcg_event_free(&event);
	return 0;
}

/*
 * Feeds a copy that ends at @len, so that a read beyond it is seen. libmnl takes the end of a
 * message rounded up to 4 bytes; the real buffer has that room.
 */
static void feed(const void *bytes, size_t len)
{
	struct mcg_exchange x = { .type = TYPE, .reply = decode_all };
	void *copy = calloc(1, MNL_ALIGN(len) + !len);

	memcpy(copy, bytes, len);
	mcg_genl_read(&x, copy, len);
	free(copy);
}

static size_t make_message(unsigned int kind)
{
	switch (kind % 6) {
	case 0:
		return kmem_message()->nlmsg_len;
	case 1:
		return claim_message(81920, 65536)->nlmsg_len;
	case 2:
		return status_message()->nlmsg_len;
	case 3:
		return event_message()->nlmsg_len;
	case 4:
		return bind_message()->nlmsg_len;
	default:
		return put_error(buf, -EPERM, kind & 2, "words");
	}
}

static void survives_truncation(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < 16; kind++) {
		size_t len = make_message(kind);

		for (size_t cut = 0; cut <= len; cut++) {
			make_message(kind);
			feed(buf, cut);
			/* Cut, and honest about it. */
			((struct nlmsghdr *)buf)->nlmsg_len = cut;
			feed(buf, cut);
		}
	}
}

static void survives_damage(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t len = make_message(next_random(&seed));
		unsigned int hits = 1 + next_random(&seed) % 8;

		while (hits--)
			buf[next_random(&seed) % len] = next_random(&seed);
		feed(buf, len);
	}
}

static void survives_noise(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		size_t len = next_random(&seed) % 256;
		struct nlmsghdr *m = (void *)buf;

		for (size_t c = 0; c < len; c++)
			buf[c] = next_random(&seed);
		/*
		 * Behind a plausible header half of the time, or hardly anything would be looked
		 * at.
		 */
		if (i % 2 && len >= sizeof(*m)) {
			m->nlmsg_len = len;
			m->nlmsg_type = i % 4 == 1 ? TYPE : next_random(&seed) % 4;
			m->nlmsg_flags = next_random(&seed) & ~NLM_F_DUMP_INTR;
		}
		feed(buf, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_bindings),
		cmocka_unit_test(refuses_wrong_bindings),
		cmocka_unit_test(decodes_kmem),
		cmocka_unit_test(refuses_wrong_types),
		cmocka_unit_test(decodes_receipts),
		cmocka_unit_test(decodes_what_is_left),
		cmocka_unit_test(decodes_status),
		cmocka_unit_test(decodes_events),
		cmocka_unit_test(reads_exchanges),
		cmocka_unit_test(reads_the_kernels_words),
		cmocka_unit_test(refuses_what_is_not_for_it),
		cmocka_unit_test(survives_truncation),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(survives_noise),
	};

	return cmocka_run_group_tests_name("genl", tests, NULL, NULL);
}
