// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_noise SEED COUNT [FD…]: sends COUNT messages to the module's generic netlink family: whole ones of
 * random attributes, cut ones, and mere noise. Attributes hold the numbers of the given descriptors half of
 * the time, so that some requests go further than the parser. Every message must be answered, or
 * be refused by the kernel before it reaches the module. Prints how many were answered with success.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi/memcgctl.h"

#define MESSAGE_MAX 1024

static uint64_t seed;
static char **fds;
static int n_fds;

static uint64_t next(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dULL;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static size_t put(char *message, size_t at, uint16_t type, const void *data, uint16_t len)
{
	struct nlattr attr = { .nla_len = sizeof(attr) + len, .nla_type = type };

	memcpy(message + at, &attr, sizeof(attr));
	memcpy(message + at + sizeof(attr), data, len);
	memset(message + at + attr.nla_len, 0, NLA_ALIGN(attr.nla_len) - attr.nla_len);
	return at + NLA_ALIGN(attr.nla_len);
}

/* The number that the kernel gave the family. */
static uint16_t family_id(int socket)
{
	char buf[8192] __attribute__((aligned(8)));
	struct nlmsghdr *header = (void *)buf;
	struct genlmsghdr genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	ssize_t len;

	*header = (struct nlmsghdr){ .nlmsg_type = GENL_ID_CTRL, .nlmsg_flags = NLM_F_REQUEST };
	memcpy(buf + NLMSG_HDRLEN, &genl, sizeof(genl));
	header->nlmsg_len = put(buf, NLMSG_HDRLEN + GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME,
				MEMCGCTL_GENL_NAME, sizeof(MEMCGCTL_GENL_NAME));
	if (send(socket, buf, header->nlmsg_len, 0) < 0)
		die("send");
	len = recv(socket, buf, sizeof(buf), 0);
	if (len < 0)
		die("recv");
	for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + sizeof(struct nlattr) <= (size_t)len;) {
		struct nlattr attr;
		uint16_t id;

		memcpy(&attr, buf + at, sizeof(attr));
		memcpy(&id, buf + at + sizeof(attr), sizeof(id));
		if (header->nlmsg_type == GENL_ID_CTRL && attr.nla_type == CTRL_ATTR_FAMILY_ID)
			return id;
		at += NLA_ALIGN(attr.nla_len) + !attr.nla_len;
	}
	fprintf(stderr, "the module is not loaded\n");
	exit(3);
}

/* One attribute of a plausible size: a descriptor, a number, a page boundary, or bytes. */
static size_t put_random(char *message, size_t at)
{
	static const uint16_t sizes[] = { 0, 1, 2, 4, 4, 4, 8, 8, 8, 12, 40 };
	uint16_t type = next() % 20, len = sizes[next() % (sizeof(sizes) / sizeof(sizes[0]))];
	uint64_t value[5] = { next(), next(), next(), next(), next() };

	if (len == 4 && n_fds && next() % 2)
		value[0] = (uint32_t)atoi(fds[next() % n_fds]);
	else if (len == 8 && next() % 2)
		value[0] = next() % 2 ? MEMCGCTL_SIZE_MAX : (value[0] >> (next() % 64)) & ~4095ULL;
	if (!(next() % 16))
		type |= next() % 2 ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
	return put(message, at, type, value, len);
}

static size_t make(char *message, uint16_t family, uint32_t seq)
{
	struct nlmsghdr *header = (void *)message;
	struct genlmsghdr genl = { .cmd = next() % 8, .version = MEMCGCTL_GENL_VERSION };
	size_t len = NLMSG_HDRLEN + GENL_HDRLEN, attributes = next() % 8, damage;

	memcpy(message + NLMSG_HDRLEN, &genl, sizeof(genl));
	while (attributes--)
		len = put_random(message, len);
	*header = (struct nlmsghdr){
		.nlmsg_len = len,
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (next() % 8 ? 0 : NLM_F_DUMP),
		.nlmsg_seq = seq,
	};
	if (next() % 4 == 0) {
		for (damage = next() % 8; damage; damage--)
			message[NLMSG_HDRLEN + next() % (len - NLMSG_HDRLEN)] = next();
	}
	if (next() % 8 == 0) {
		/* Cut, and honest about it: below its header the kernel drops it without a word. */
		len = NLMSG_HDRLEN + next() % (len - NLMSG_HDRLEN + 1);
		header->nlmsg_len = len;
	}
	return len;
}

/* Reads until the answer to @seq ends. Return: 1 for success, 0 for an error. */
static int answer(int socket, uint32_t seq)
{
	char buf[65536] __attribute__((aligned(8)));

	for (;;) {
		struct pollfd wait = { .fd = socket, .events = POLLIN };
		struct nlmsghdr *header = (void *)buf;
		ssize_t len;

		if (poll(&wait, 1, 60000) != 1) {
			fprintf(stderr, "message %u was not answered\n", seq);
			exit(1);
		}
		len = recv(socket, buf, sizeof(buf), 0);
		if (len < 0)
			die("recv");
		for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
			if (header->nlmsg_seq != seq)
				continue;
			if (header->nlmsg_type == NLMSG_DONE)
				return 1;
			if (header->nlmsg_type == NLMSG_ERROR)
				return !((struct nlmsgerr *)NLMSG_DATA(header))->error;
		}
	}
}

int main(int argc, char **argv)
{
	int socket_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	char message[MESSAGE_MAX] __attribute__((aligned(8)));
	unsigned long count, successes = 0;
	uint16_t family;

	if (argc < 3)
		return 2;
	seed = strtoull(argv[1], NULL, 10) | 1;
	count = strtoul(argv[2], NULL, 10);
	fds = argv + 3;
	n_fds = argc - 3;
	if (socket_fd < 0)
		die("socket");
	family = family_id(socket_fd);
	for (uint32_t seq = 1; seq <= count; seq++) {
		size_t len = make(message, family, seq);

		if (send(socket_fd, message, len, 0) < 0)
			die("send");
		successes += answer(socket_fd, seq);
	}
	printf("%lu\n", successes);
	return 0;
}
