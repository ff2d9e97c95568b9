/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests that the library would not send: one at a time, in one buffer. Whatever fails here ends the program with 2. */
#ifndef RAW_H
#define RAW_H

#include <errno.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi/memcgctl.h"

static char raw_buf[32768] __attribute__((aligned(8)));
static uint16_t raw_family;

static inline void raw_die(const char *what)
{
	perror(what);
	exit(2);
}

static inline void raw_put(uint16_t type, const void *data, uint16_t len)
{
	struct nlmsghdr *header = (void *)raw_buf;
	struct nlattr attr = { .nla_len = sizeof(attr) + len, .nla_type = type };

	memcpy(raw_buf + header->nlmsg_len, &attr, sizeof(attr));
	memcpy(raw_buf + header->nlmsg_len + sizeof(attr), data, len);
	header->nlmsg_len += NLA_ALIGN(attr.nla_len);
}

/* What is put until raw_nest_end() stands inside an attribute. Return: for that. */
static inline struct nlattr *raw_nest(uint16_t type)
{
	struct nlattr *nest = (void *)(raw_buf + ((struct nlmsghdr *)raw_buf)->nlmsg_len);

	raw_put(type | NLA_F_NESTED, NULL, 0);
	return nest;
}

static inline void raw_nest_end(struct nlattr *nest)
{
	nest->nla_len = raw_buf + ((struct nlmsghdr *)raw_buf)->nlmsg_len - (char *)nest;
}

static inline void raw_begin_type(uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	memset(raw_buf, 0, sizeof(raw_buf));
	*(struct nlmsghdr *)raw_buf = (struct nlmsghdr){
		.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN,
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | flags,
	};
	memcpy(raw_buf + NLMSG_HDRLEN, &genl, sizeof(genl));
}

static inline void raw_begin(uint8_t cmd, uint16_t flags)
{
	raw_begin_type(raw_family, cmd, flags);
}

static inline ssize_t raw_receive(int socket)
{
	ssize_t len = recv(socket, raw_buf, sizeof(raw_buf), 0);

	if (len < (ssize_t)(NLMSG_HDRLEN + GENL_HDRLEN))
		raw_die("recv");
	return len;
}

/* Sends what is in the buffer, and has the answer there. */
static inline ssize_t raw_ask(int socket)
{
	if (send(socket, raw_buf, ((struct nlmsghdr *)raw_buf)->nlmsg_len, 0) < 0)
		raw_die("send");
	return raw_receive(socket);
}

static inline const void *raw_find_at(size_t at, size_t len, uint16_t type)
{
	for (; at + sizeof(struct nlattr) <= len;) {
		const struct nlattr *attr = (const void *)(raw_buf + at);

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr + 1;
		at += NLA_ALIGN(attr->nla_len) + !attr->nla_len;
	}
	return NULL;
}

/* The value of an attribute of the answer, or NULL. */
static inline const void *raw_find(size_t len, uint16_t type)
{
	return raw_find_at(NLMSG_HDRLEN + GENL_HDRLEN, len, type);
}

/* Whether the answer is an error, which is printed with the module's words. */
static inline bool raw_error(size_t len)
{
	const struct nlmsghdr *header = (const void *)raw_buf;
	const struct nlmsgerr *error = NLMSG_DATA(header);
	const char *text;

	if (header->nlmsg_type != NLMSG_ERROR || !error->error)
		return false;
	/* The request's header comes back, and then what is said of it. */
	text = raw_find_at(NLMSG_HDRLEN + sizeof(*error), len, NLMSGERR_ATTR_MSG);
	printf("%s: %s\n", strerrorname_np(-error->error), text ? text : "");
	return true;
}

/* Return: a socket to the module. */
static inline int raw_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), one = 1;
	const uint16_t *family;

	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)))
		raw_die("socket");
	raw_begin_type(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	raw_put(CTRL_ATTR_FAMILY_NAME, MEMCGCTL_GENL_NAME, sizeof(MEMCGCTL_GENL_NAME));
	family = raw_find(raw_ask(fd), CTRL_ATTR_FAMILY_ID);
	if (!family)
		raw_die("the module is not loaded");
	raw_family = *family;
	return fd;
}

#endif
