// SPDX-License-Identifier: GPL-2.0-only
/*
 * claim_raw NAME=NUMBER…: one claim request with exactly these attributes, which the command would not send.
 * NAME: pidfd (the number of a process, which is opened), fd, start, end, flags, target, ancestor (descriptors).
 * Prints "present BYTES moved BYTES", or the error and the module's text, and exits with 1.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "raw.h"

static void put_argument(char *text)
{
	char *value = strchr(text, '=');
	uint64_t number = value ? strtoull(value + 1, NULL, 0) : 0;
	uint32_t fd = number;

	if (!strncmp(text, "pidfd=", 6)) {
		fd = syscall(SYS_pidfd_open, (pid_t)number, 0);
		raw_put(MEMCGCTL_CLAIM_PIDFD, &fd, sizeof(fd));
	} else if (!strncmp(text, "fd=", 3)) {
		raw_put(MEMCGCTL_CLAIM_FD, &fd, sizeof(fd));
	} else if (!strncmp(text, "target=", 7)) {
		raw_put(MEMCGCTL_CLAIM_TARGET_FD, &fd, sizeof(fd));
	} else if (!strncmp(text, "ancestor=", 9)) {
		raw_put(MEMCGCTL_CLAIM_ANCESTOR_FD, &fd, sizeof(fd));
	} else if (!strncmp(text, "start=", 6)) {
		raw_put(MEMCGCTL_CLAIM_START, &number, sizeof(number));
	} else if (!strncmp(text, "flags=", 6)) {
		raw_put(MEMCGCTL_CLAIM_FLAGS, &fd, sizeof(fd));
	} else if (!strncmp(text, "end=", 4)) {
		raw_put(MEMCGCTL_CLAIM_END, &number, sizeof(number));
	} else {
		fprintf(stderr, "claim_raw: what is %s?\n", text);
		exit(2);
	}
}

static int show(size_t len)
{
	uint64_t present, moved;

	if (raw_error(len))
		return 1;
	memcpy(&present, raw_find(len, MEMCGCTL_CLAIM_PRESENT), sizeof(present));
	memcpy(&moved, raw_find(len, MEMCGCTL_CLAIM_MOVED), sizeof(moved));
	printf("present %ju moved %ju\n", (uintmax_t)present, (uintmax_t)moved);
	return 0;
}

int main(int argc, char **argv)
{
	int fd = raw_open();

	raw_begin(MEMCGCTL_CMD_CLAIM, 0);
	for (int i = 1; i < argc; i++)
		put_argument(argv[i]);
	return show(raw_ask(fd));
}
