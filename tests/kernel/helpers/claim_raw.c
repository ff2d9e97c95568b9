// SPDX-License-Identifier: GPL-2.0-only
/*
 * claim_raw NAME=NUMBER…: one claim request with exactly these attributes, which the command would not send.
 * NAME: pidfd (the number of a process, which is opened), fd, start, end, flags, target, ancestor (descriptors).
 * Prints "present BYTES moved BYTES", or the error and the module's text, and exits with 1.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uapi/memcgctl.h"

static char buf[16384] __attribute__((aligned(8)));

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void put(uint16_t type, const void *data, uint16_t len)
{
	struct nlmsghdr *header = (void *)buf;
	struct nlattr attr = { .nla_len = sizeof(attr) + len, .nla_type = type };

	memcpy(buf + header->nlmsg_len, &attr, sizeof(attr));
	memcpy(buf + header->nlmsg_len + sizeof(attr), data, len);
	header->nlmsg_len += NLA_ALIGN(attr.nla_len);
}

static void begin(uint16_t type, uint8_t cmd)
{
	struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	memset(buf, 0, sizeof(buf));
	*(struct nlmsghdr *)buf = (struct nlmsghdr){
		.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN,
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	memcpy(buf + NLMSG_HDRLEN, &genl, sizeof(genl));
}

static void put_argument(char *text)
{
	char *value = strchr(text, '=');
	uint64_t number = value ? strtoull(value + 1, NULL, 0) : 0;
	uint32_t fd = number;

	if (!strncmp(text, "pidfd=", 6)) {
		fd = syscall(SYS_pidfd_open, (pid_t)number, 0);
		put(MEMCGCTL_CLAIM_PIDFD, &fd, sizeof(fd));
	} else if (!strncmp(text, "fd=", 3)) {
		put(MEMCGCTL_CLAIM_FD, &fd, sizeof(fd));
	} else if (!strncmp(text, "target=", 7)) {
		put(MEMCGCTL_CLAIM_TARGET_FD, &fd, sizeof(fd));
	} else if (!strncmp(text, "ancestor=", 9)) {
		put(MEMCGCTL_CLAIM_ANCESTOR_FD, &fd, sizeof(fd));
	} else if (!strncmp(text, "start=", 6)) {
		put(MEMCGCTL_CLAIM_START, &number, sizeof(number));
	} else if (!strncmp(text, "flags=", 6)) {
		put(MEMCGCTL_CLAIM_FLAGS, &fd, sizeof(fd));
	} else if (!strncmp(text, "end=", 4)) {
		put(MEMCGCTL_CLAIM_END, &number, sizeof(number));
	} else {
		fprintf(stderr, "claim_raw: what is %s?\n", text);
		exit(2);
	}
}

/* Sends what is in the buffer, and has the answer there. */
static ssize_t ask(int socket)
{
	ssize_t len;

	if (send(socket, buf, ((struct nlmsghdr *)buf)->nlmsg_len, 0) < 0)
		die("send");
	len = recv(socket, buf, sizeof(buf), 0);
	if (len < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN))
		die("recv");
	return len;
}

static const void *find(size_t at, size_t len, uint16_t type)
{
	for (; at + sizeof(struct nlattr) <= len;) {
		const struct nlattr *attr = (const void *)(buf + at);

		if (attr->nla_type == type)
			return attr + 1;
		at += NLA_ALIGN(attr->nla_len) + !attr->nla_len;
	}
	return NULL;
}

static int show(size_t len)
{
	const struct nlmsghdr *header = (const void *)buf;
	const struct nlmsgerr *error = NLMSG_DATA(header);
	const char *text;
	uint64_t present, moved;

	if (header->nlmsg_type == NLMSG_ERROR) {
		/* The request's header comes back, and then what is said of it. */
		text = find(NLMSG_HDRLEN + sizeof(*error), len, NLMSGERR_ATTR_MSG);
		printf("%s: %s\n", strerrorname_np(-error->error), text ? text : "");
		return 1;
	}
	memcpy(&present, find(NLMSG_HDRLEN + GENL_HDRLEN, len, MEMCGCTL_CLAIM_PRESENT),
	       sizeof(present));
	memcpy(&moved, find(NLMSG_HDRLEN + GENL_HDRLEN, len, MEMCGCTL_CLAIM_MOVED), sizeof(moved));
	printf("present %ju moved %ju\n", (uintmax_t)present, (uintmax_t)moved);
	return 0;
}

int main(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), one = 1;
	const uint16_t *family;

	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)))
		die("socket");
	begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(CTRL_ATTR_FAMILY_NAME, MEMCGCTL_GENL_NAME, sizeof(MEMCGCTL_GENL_NAME));
	family = find(NLMSG_HDRLEN + GENL_HDRLEN, ask(fd), CTRL_ATTR_FAMILY_ID);
	if (!family)
		die("the module is not loaded");
	begin(*family, MEMCGCTL_CMD_CLAIM);
	for (int i = 1; i < argc; i++)
		put_argument(argv[i]);
	return show(ask(fd));
}
