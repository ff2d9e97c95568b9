// SPDX-License-Identifier: GPL-2.0-only
#include "genl_fixture.h"

#include <linux/genetlink.h>

#include "memcgctl.h"

char buf[4096] __attribute__((aligned(8)));

struct nlmsghdr *start(void *where, uint8_t command)
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

struct nlmsghdr *kmem_message(void)
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

struct nlmsghdr *claim_message(uint64_t present, uint64_t moved)
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

struct nlmsghdr *status_message(void)
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

struct nlmsghdr *event_message(void)
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

void put_target(struct nlmsghdr *m, uint16_t type, uint64_t id, const char *path, uint32_t weight)
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

struct nlmsghdr *bind_message(void)
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

struct nlmsghdr *charged_message(size_t size)
{
	static const struct memcgctl_charged groups[] = { { 1, 100 }, { 2, 200 }, { 4, 400 } };
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_CHARGED);

	if (size)
		mnl_attr_put(m, MEMCGCTL_CHARGED_GROUPS, size, groups);
	return m;
}

struct nlmsghdr *dead_message(const char *controller)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_DEAD);

	mnl_attr_put_u64(m, MEMCGCTL_DEAD_ID, 21);
	mnl_attr_put_strz(m, MEMCGCTL_DEAD_PATH, "/a/gone");
	mnl_attr_put_u64(m, MEMCGCTL_DEAD_LIVING_ID, 20);
	mnl_attr_put_strz(m, MEMCGCTL_DEAD_LIVING_PATH, "/a");
	if (controller) {
		mnl_attr_put_strz(m, MEMCGCTL_DEAD_CONTROLLER, controller);
		return m;
	}
	for (uint16_t type = MEMCGCTL_DEAD_ANON; type <= MEMCGCTL_DEAD_REFERENCES; type++)
		mnl_attr_put_u64(m, type, 100 + type);
	return m;
}
