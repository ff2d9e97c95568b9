// SPDX-License-Identifier: LGPL-2.1-or-later
#include "genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Static_assert(MCG_GENL_HDRLEN == GENL_HDRLEN, "genl.h may not include the kernel's header");

/* The kernel fills dump datagrams up to 32 KiB when the reader offers that much. */
#define RECEIVE_SIZE 32768
/* The longest is a binding with all the targets it may have. */
#define REQUEST_SIZE 4096
/* A list that changes this often under us is reported as an error rather than chased forever. */
#define DUMP_TRIES 16

struct mcg_module {
	struct mnl_socket *socket;
	unsigned int seq;
	uint16_t family;
	/* Multicast group "events"; 0 when the module has none. */
	uint32_t events;
	char request[REQUEST_SIZE] __attribute__((aligned(8)));
	char receive[RECEIVE_SIZE] __attribute__((aligned(8)));
};

struct parse {
	const uint8_t *types;
	unsigned int max;
	const struct nlattr **tb;
};

static int parse_attr(const struct nlattr *attr, void *data)
{
	const struct parse *parse = data;
	unsigned int type = mnl_attr_get_type(attr);

	if (!type || type > parse->max || parse->types[type] == MNL_TYPE_UNSPEC)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, parse->types[type]) < 0) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	parse->tb[type] = attr;
	return MNL_CB_OK;
}

int mcg_attr_parse(const struct nlmsghdr *message, const uint8_t *types, unsigned int max,
		   const struct nlattr **tb)
{
	struct parse parse = { types, max, tb };

	memset(tb, 0, (max + 1) * sizeof(*tb));
	return mnl_attr_parse(message, GENL_HDRLEN, parse_attr, &parse) < 0 ? -1 : 0;
}

int mcg_attr_parse_nested(const struct nlattr *nest, const uint8_t *types, unsigned int max,
			  const struct nlattr **tb)
{
	struct parse parse = { types, max, tb };

	memset(tb, 0, (max + 1) * sizeof(*tb));
	return mnl_attr_parse_nested(nest, parse_attr, &parse) < 0 ? -1 : 0;
}

uint64_t mcg_attr_u64(const struct nlattr *attr, uint64_t absent)
{
	return attr ? mnl_attr_get_u64(attr) : absent;
}

int mcg_attr_dup(const struct nlattr *attr, char **text)
{
	if (!attr)
		return 0;
	free(*text);
	*text = strdup(mnl_attr_get_str(attr));
	return *text ? 0 : -1;
}

/* Keeps the kernel's words, which follow @offset bytes of payload. */
static void take_extack(struct mcg_exchange *exchange, const struct nlmsghdr *message, size_t offset)
{
	static const uint8_t types[NLMSGERR_ATTR_MAX + 1] = { [NLMSGERR_ATTR_MSG] =
								      MNL_TYPE_NUL_STRING };
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1] = { NULL };
	struct parse parse = { types, NLMSGERR_ATTR_MAX, tb };

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) || offset > mnl_nlmsg_get_payload_len(message))
		return;
	mnl_attr_parse(message, offset, parse_attr, &parse);
	if (tb[NLMSGERR_ATTR_MSG])
		snprintf(exchange->extack, sizeof(exchange->extack), "%s",
			 mnl_attr_get_str(tb[NLMSGERR_ATTR_MSG]));
}

/* Ends the exchange with the kernel's status: 0, or a negative errno. */
static int end(int status)
{
	if (!status)
		return MNL_CB_STOP;
	errno = status < 0 && status > -4096 ? -status : EBADMSG;
	return MNL_CB_ERROR;
}

static int on_error(const struct nlmsghdr *message, void *data)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
	size_t offset = sizeof(*error);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*error))
		return end(-EBADMSG);
	if (!(message->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len > sizeof(error->msg))
		offset += MNL_ALIGN((size_t)error->msg.nlmsg_len - sizeof(error->msg));
	take_extack(data, message, offset);
	return end(error->error);
}

static int on_done(const struct nlmsghdr *message, void *data)
{
	int status;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(status))
		return end(-EBADMSG);
	memcpy(&status, mnl_nlmsg_get_payload(message), sizeof(status));
	take_extack(data, message, MNL_ALIGN(sizeof(status)));
	return end(status);
}

static int on_message(const struct nlmsghdr *message, void *data)
{
	const struct mcg_exchange *exchange = data;
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != exchange->type ||
	    mnl_nlmsg_get_payload_len(message) < GENL_HDRLEN ||
	    (exchange->command && genl->cmd != exchange->command))
		return end(-EBADMSG);
	if (exchange->reply && exchange->reply(message, exchange->data))
		return MNL_CB_ERROR;
	return MNL_CB_OK;
}

/*
 * Whether the datagram is whole messages and nothing else. libmnl takes a length above 2 GiB for a
 * negative one, goes past the end, and leaves a message that is cut without a word.
 */
static bool is_framed(const char *buf, size_t len)
{
	while (len) {
		struct nlmsghdr message;
		size_t next;

		if (len < sizeof(message))
			return false;
		memcpy(&message, buf, sizeof(message));
		if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > len)
			return false;
		next = MNL_ALIGN((size_t)message.nlmsg_len);
		if (next >= len)
			return true;
		buf += next;
		len -= next;
	}
	return true;
}

int mcg_genl_read(struct mcg_exchange *exchange, const void *buf, size_t len)
{
	mnl_cb_t control[NLMSG_MIN_TYPE] = { [NLMSG_ERROR] = on_error, [NLMSG_DONE] = on_done };

	if (!is_framed(buf, len))
		return end(-EBADMSG);
	return mnl_cb_run2(buf, len, exchange->seq, exchange->portid, on_message, exchange, control,
			   NLMSG_MIN_TYPE);
}

static int set_option(struct mnl_socket *socket, int option)
{
	int on = 1;

	return mnl_socket_setsockopt(socket, option, &on, sizeof(on));
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);

	if (!socket)
		return NULL;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    set_option(socket, NETLINK_EXT_ACK) || set_option(socket, NETLINK_CAP_ACK) ||
	    set_option(socket, NETLINK_GET_STRICT_CHK)) {
		int saved = errno;

		mnl_socket_close(socket);
		errno = saved;
		return NULL;
	}
	return socket;
}

static struct nlmsghdr *begin(struct mcg_module *module, uint16_t type, uint8_t command,
			      uint8_t version)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(module->request);
	struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(message, sizeof(*genl));

	/* 0 would mean "any" to the reader. */
	if (!++module->seq)
		module->seq = 1;
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->nlmsg_seq = module->seq;
	genl->cmd = command;
	genl->version = version;
	return message;
}

struct nlmsghdr *mcg_genl_begin(struct mcg_module *module, uint8_t command)
{
	return begin(module, module->family, command, MEMCGCTL_GENL_VERSION);
}

/*
 * Sends @request and reads until the exchange ends. The kernel answers before send returns, so a
 * signal while reading is no reason to give up: the answer says what was done. Return: 0, or -1
 * with errno set.
 */
static int exchange_messages(struct mcg_module *module, const struct nlmsghdr *request,
			     struct mcg_exchange *exchange)
{
	ssize_t len;
	int ret;

	exchange->seq = request->nlmsg_seq;
	exchange->portid = mnl_socket_get_portid(module->socket);
	do
		len = mnl_socket_sendto(module->socket, request, request->nlmsg_len);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -1;
	do {
		do
			len = mnl_socket_recvfrom(module->socket, module->receive,
						  sizeof(module->receive));
		while (len < 0 && errno == EINTR);
		if (len <= 0)
			return -1;
		ret = mcg_genl_read(exchange, module->receive, len);
	} while (ret > 0);
	return ret;
}

static int reply_error(const struct mcg_exchange *exchange, int errnum, const char *subject,
		       struct mcg_error *err)
{
	if (exchange->extack[0])
		mcg_fail(err, mcg_status_of_errno(errnum), subject, "%s", exchange->extack);
	else if (errnum == EBADMSG || errnum == EPROTO)
		mcg_fail(err, MCG_FAILED, subject, "the module's reply makes no sense");
	else
		mcg_fail(err, mcg_status_of_errno(errnum), subject, "%s", strerror(errnum));
	err->errnum = errnum;
	return -1;
}

/*
 * After an error the rest of a reply may still be in the socket; a new one cannot be confused by
 * it.
 */
static int renew_socket(struct mcg_module *module)
{
	struct mnl_socket *socket = open_socket();

	if (!socket)
		return -1;
	mnl_socket_close(module->socket);
	module->socket = socket;
	return 0;
}

int mcg_genl_call(struct mcg_module *module, struct nlmsghdr *request, mcg_reply_fn reply,
		  void *data, const char *subject, struct mcg_error *err)
{
	struct mcg_exchange exchange = {
		.type = request->nlmsg_type,
		.reply = reply,
		.data = data,
	};
	int errnum;

	if (!exchange_messages(module, request, &exchange))
		return 0;
	errnum = errno;
	reply_error(&exchange, errnum, subject, err);
	if (renew_socket(module))
		mcg_fail_errno(err, errno, subject, "cannot open a netlink socket");
	return -1;
}

int mcg_genl_dump(struct mcg_module *module, uint8_t command,
		  void (*ask)(struct nlmsghdr *request, void *data), mcg_reply_fn reply,
		  void (*restart)(void *data), void *data, struct mcg_error *err)
{
	for (int i = 0; i < DUMP_TRIES; i++) {
		struct nlmsghdr *request = mcg_genl_begin(module, command);
		struct mcg_exchange exchange = {
			.type = module->family,
			.reply = reply,
			.data = data,
		};
		int errnum;

		if (ask)
			ask(request, data);
		/* The end of a dump acknowledges it. */
		request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		if (!exchange_messages(module, request, &exchange))
			return 0;
		errnum = errno;
		restart(data);
		if (renew_socket(module))
			return mcg_fail_errno(err, errno, NULL, "cannot open a netlink socket");
		/* What libmnl makes of NLM_F_DUMP_INTR. */
		if (errnum != EINTR)
			return reply_error(&exchange, errnum, NULL, err);
	}
	return mcg_fail(err, MCG_FAILED, NULL, "the list changed while it was read, %d times",
			DUMP_TRIES);
}

static const uint8_t group_types[CTRL_ATTR_MCAST_GRP_MAX + 1] = {
	[CTRL_ATTR_MCAST_GRP_NAME] = MNL_TYPE_NUL_STRING,
	[CTRL_ATTR_MCAST_GRP_ID] = MNL_TYPE_U32,
};

static int take_groups(struct mcg_module *module, const struct nlattr *groups)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1], *group;

	mnl_attr_for_each_nested(group, groups) {
		if (mcg_attr_parse_nested(group, group_types, CTRL_ATTR_MCAST_GRP_MAX, tb))
			return -1;
		if (tb[CTRL_ATTR_MCAST_GRP_NAME] && tb[CTRL_ATTR_MCAST_GRP_ID] &&
		    !strcmp(mnl_attr_get_str(tb[CTRL_ATTR_MCAST_GRP_NAME]), MEMCGCTL_MCGRP_EVENTS))
			module->events = mnl_attr_get_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

struct family {
	struct mcg_module *module;
	uint32_t version;
};

static int on_family(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = MNL_TYPE_U16,
		[CTRL_ATTR_VERSION] = MNL_TYPE_U32,
		[CTRL_ATTR_MCAST_GROUPS] = MNL_TYPE_NESTED,
	};
	const struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct family *family = data;

	if (mcg_attr_parse(message, types, CTRL_ATTR_MAX, tb))
		return -1;
	if (!tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_VERSION]) {
		errno = EBADMSG;
		return -1;
	}
	family->module->family = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	family->version = mnl_attr_get_u32(tb[CTRL_ATTR_VERSION]);
	return tb[CTRL_ATTR_MCAST_GROUPS] ? take_groups(family->module, tb[CTRL_ATTR_MCAST_GROUPS])
					  : 0;
}

static int find_family(struct mcg_module *module, struct mcg_error *err)
{
	struct nlmsghdr *request = begin(module, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	struct family family = { .module = module };

	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, MEMCGCTL_GENL_NAME);
	if (mcg_genl_call(module, request, on_family, &family, NULL, err)) {
		if (err->errnum != ENOENT)
			return -1;
		mcg_fail(err, MCG_NO_MODULE, NULL, "module not loaded");
		return mcg_hint(err, "modprobe memcgctl");
	}
	if (family.version != MEMCGCTL_GENL_VERSION)
		return mcg_fail(err, MCG_FAILED, NULL,
				"the module speaks protocol %u, this program %u",
				(unsigned int)family.version, MEMCGCTL_GENL_VERSION);
	return 0;
}

struct mcg_module *mcg_module_open(struct mcg_error *err)
{
	struct mcg_module *module = calloc(1, sizeof(*module));

	if (!module) {
		mcg_fail_errno(err, ENOMEM, NULL, "cannot connect to the module");
		return NULL;
	}
	module->seq = time(NULL);
	module->socket = open_socket();
	if (!module->socket) {
		mcg_fail_errno(err, errno, NULL, "cannot open a netlink socket");
		free(module);
		return NULL;
	}
	if (find_family(module, err)) {
		mcg_module_close(module);
		return NULL;
	}
	return module;
}

void mcg_module_close(struct mcg_module *module)
{
	if (!module)
		return;
	mnl_socket_close(module->socket);
	free(module);
}

int mcg_genl_join(struct mcg_module *module, const char *group, struct mcg_error *err)
{
	if (!module->events)
		return mcg_fail(err, MCG_FAILED, group, "the module has no such multicast group");
	if (mnl_socket_setsockopt(module->socket, NETLINK_ADD_MEMBERSHIP, &module->events,
				  sizeof(module->events))) {
		mcg_fail_errno(err, errno, group, "cannot listen");
		if (err->status == MCG_NOT_PERMITTED)
			mcg_hint(err, "it needs CAP_SYS_ADMIN outside of containers");
		return -1;
	}
	return 0;
}

int mcg_genl_wait(struct mcg_module *module, uint8_t command, mcg_reply_fn reply, void *data,
		  struct mcg_error *err)
{
	struct mcg_exchange exchange = {
		.type = module->family,
		.command = command,
		.reply = reply,
		.data = data,
	};
	ssize_t len = mnl_socket_recvfrom(module->socket, module->receive, sizeof(module->receive));

	if (len < 0 && errno == EINTR)
		return 0;
	if (len < 0 && errno == ENOBUFS) {
		mcg_fail_errno(err, ENOBUFS, NULL, "events were lost");
		return -1;
	}
	if (len < 0)
		return mcg_fail_errno(err, errno, NULL, "cannot receive events");
	if (mcg_genl_read(&exchange, module->receive, len) < 0)
		return reply_error(&exchange, errno, NULL, err);
	return 1;
}
