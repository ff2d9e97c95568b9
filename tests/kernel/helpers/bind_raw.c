// SPDX-License-Identifier: GPL-2.0-only
/*
 * bind_raw NAME=VALUE…: one request about a binding with exactly these attributes, which the command would not send.
 * fd, mount: descriptors. pid: a process, which is opened. start, end. target=FD[,ANCESTOR[,WEIGHT]], heir likewise.
 * death, full: numbers. follow: a pattern. times: so many bindings, each a page further on; stops at the first error.
 * unbind=ID alone ends a binding, claim=ID alone claims what is present of one.
 * Prints the id of the (last) binding, "ended", or "present BYTES moved BYTES"; or the error and the module's text, and exits with 1.
 */
#include <sys/syscall.h>

#include "raw.h"

static uint64_t start, end = MEMCGCTL_SIZE_MAX;
static long times = 1;
static uint8_t command = MEMCGCTL_CMD_BIND;

static void put_u32(uint16_t type, uint32_t value)
{
	raw_put(type, &value, sizeof(value));
}

static void put_target(uint16_t type, char *text)
{
	static const uint16_t types[] = { MEMCGCTL_TARGET_FD, MEMCGCTL_TARGET_ANCESTOR_FD,
					  MEMCGCTL_TARGET_WEIGHT };
	struct nlattr *nest = raw_nest(type);

	for (int i = 0; i < 3 && text; i++) {
		put_u32(types[i], strtoul(text, &text, 0));
		text = *text == ',' ? text + 1 : NULL;
	}
	raw_nest_end(nest);
}

static void put_argument(char *text)
{
	char *value = strchr(text, '=');
	uint64_t number = value ? strtoull(++value, NULL, 0) : 0;
	uint8_t byte = number;

	if (!strncmp(text, "fd=", 3))
		put_u32(MEMCGCTL_BIND_FD, number);
	else if (!strncmp(text, "mount=", 6))
		put_u32(MEMCGCTL_BIND_MOUNT_FD, number);
	else if (!strncmp(text, "pid=", 4))
		put_u32(MEMCGCTL_BIND_PIDFD, syscall(SYS_pidfd_open, (pid_t)number, 0));
	else if (!strncmp(text, "target=", 7))
		put_target(MEMCGCTL_BIND_TARGET, value);
	else if (!strncmp(text, "heir=", 5))
		put_target(MEMCGCTL_BIND_HEIR, value);
	else if (!strncmp(text, "death=", 6))
		raw_put(MEMCGCTL_BIND_ON_DEATH, &byte, sizeof(byte));
	else if (!strncmp(text, "full=", 5))
		raw_put(MEMCGCTL_BIND_ON_FULL, &byte, sizeof(byte));
	else if (!strncmp(text, "follow=", 7))
		raw_put(MEMCGCTL_BIND_FOLLOW, value, strlen(value) + 1);
	else if (!strncmp(text, "unbind=", 7))
		put_u32(MEMCGCTL_BIND_ID, number);
	else if (!strncmp(text, "claim=", 6))
		put_u32(MEMCGCTL_CLAIM_BIND_ID, number);
	else if (strncmp(text, "start=", 6) && strncmp(text, "end=", 4) && strncmp(text, "times=", 6))
		raw_die(text);
}

/* What is not put as it comes. */
static void read_argument(const char *text)
{
	if (!strncmp(text, "start=", 6))
		start = strtoull(text + 6, NULL, 0);
	else if (!strncmp(text, "end=", 4))
		end = strtoull(text + 4, NULL, 0);
	else if (!strncmp(text, "times=", 6))
		times = strtol(text + 6, NULL, 0);
	else if (!strncmp(text, "unbind=", 7))
		command = MEMCGCTL_CMD_UNBIND;
	else if (!strncmp(text, "claim=", 6))
		command = MEMCGCTL_CMD_CLAIM;
}

static void request(int argc, char **argv, long n)
{
	uint64_t first = start + n * 4096, last = times == 1 ? end : first + 4096;
	bool mount = false;

	raw_begin(command, command == MEMCGCTL_CMD_UNBIND ? NLM_F_ACK : 0);
	for (int i = 1; i < argc; i++) {
		put_argument(argv[i]);
		mount |= !strncmp(argv[i], "mount=", 6);
	}
	if (command == MEMCGCTL_CMD_CLAIM) {
		raw_put(MEMCGCTL_CLAIM_START, &first, sizeof(first));
		raw_put(MEMCGCTL_CLAIM_END, &last, sizeof(last));
	} else if (command == MEMCGCTL_CMD_BIND && !mount) {
		raw_put(MEMCGCTL_BIND_START, &first, sizeof(first));
		raw_put(MEMCGCTL_BIND_END, &last, sizeof(last));
	}
}

static void show(size_t len)
{
	uint64_t present, moved;
	uint32_t id;

	if (command == MEMCGCTL_CMD_UNBIND) {
		puts("ended");
	} else if (command == MEMCGCTL_CMD_CLAIM) {
		memcpy(&present, raw_find(len, MEMCGCTL_CLAIM_PRESENT), sizeof(present));
		memcpy(&moved, raw_find(len, MEMCGCTL_CLAIM_MOVED), sizeof(moved));
		printf("present %ju moved %ju\n", (uintmax_t)present, (uintmax_t)moved);
	} else {
		memcpy(&id, raw_find(len, MEMCGCTL_BIND_ID), sizeof(id));
		printf("%u\n", id);
	}
}

int main(int argc, char **argv)
{
	int fd = raw_open();
	size_t len = 0;

	for (int i = 1; i < argc; i++)
		read_argument(argv[i]);
	for (long n = 0; n < times; n++) {
		request(argc, argv, n);
		len = raw_ask(fd);
		if (raw_error(len)) {
			if (times > 1)
				printf("after %ld\n", n);
			return 1;
		}
	}
	show(len);
	return 0;
}
