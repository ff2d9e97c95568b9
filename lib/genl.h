/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to the module and back. Only genl.c knows generic netlink; what is said in a message is
 * encoded and decoded in the file of its feature.
 */
#ifndef MCG_GENL_H
#define MCG_GENL_H

#include <libmnl/libmnl.h>

#include "error.h"

/*
 * Called for one message of the reply. Return: 0, or -1 with errno set (EBADMSG when it makes no
 * sense).
 */
typedef int (*mcg_reply_fn)(const struct nlmsghdr *message, void *data);

/**
 * mcg_genl_begin() - start a request
 * @command: &enum memcgctl_cmd
 *
 * Return: the request, to which attributes are added; it belongs to @module and lives until the
 * next request.
 */
struct nlmsghdr *mcg_genl_begin(struct mcg_module *module, uint8_t command);

/**
 * mcg_genl_call() - send a request and read its reply up to the acknowledgement
 * @request: of mcg_genl_begin()
 * @reply: called for each message of the reply; NULL when none is expected
 * @subject: what the request is about, for the error
 *
 * Return: 0, or -1 with the extack text of the kernel in @err.
 */
int mcg_genl_call(struct mcg_module *module, struct nlmsghdr *request, mcg_reply_fn reply,
		  void *data, const char *subject, struct mcg_error *err);

/**
 * mcg_genl_dump() - send a request for a list and read all of it
 * @ask: adds attributes to the request, or NULL
 * @restart: forget what was read so far: the list changed under the dump, which begins again
 *
 * Return: 0, or -1 with @err set.
 */
int mcg_genl_dump(struct mcg_module *module, uint8_t command,
		  void (*ask)(struct nlmsghdr *request, void *data), mcg_reply_fn reply,
		  void (*restart)(void *data), void *data, struct mcg_error *err);

/*
 * mcg_genl_join() - receive the notifications of a multicast group. Return: 0, or -1 with @err set.
 */
int mcg_genl_join(struct mcg_module *module, const char *group, struct mcg_error *err);

/**
 * mcg_genl_wait() - wait for notifications
 * Return: 1 after @reply was called for one datagram (perhaps for none of its messages); 0 when a
 * signal came; -1 on error.
 */
int mcg_genl_wait(struct mcg_module *module, uint8_t command, mcg_reply_fn reply, void *data,
		  struct mcg_error *err);

/**
 * struct mcg_exchange - what is expected in reply to one request
 * @seq: sequence number; 0 accepts any (notifications)
 * @portid: port the reply is sent to; 0 accepts any
 * @type: netlink type of the messages
 * @command: generic netlink command of the messages; 0 accepts any
 * @reply: called for each message
 * @data: for @reply
 * @extack: the kernel's words, when it gave any
 */
struct mcg_exchange {
	unsigned int seq;
	unsigned int portid;
	uint16_t type;
	uint8_t command;
	mcg_reply_fn reply;
	void *data;
	char extack[512];
};

/**
 * mcg_genl_read() - read one datagram; any bytes are safe
 * @buf: aligned to 4 bytes
 *
 * Return: 1 when more is to come, 0 at the end of the exchange, -1 with errno set.
 */
int mcg_genl_read(struct mcg_exchange *exchange, const void *buf, size_t len);

/**
 * mcg_attr_parse() - the attributes of a message, checked
 * @types: type of each known attribute
 * @tb: result, by attribute; NULL where absent; both have @max + 1 members
 *
 * Unknown attributes are left out: a newer module may tell more. Return: 0, or -1 with errno
 * EBADMSG.
 */
int mcg_attr_parse(const struct nlmsghdr *message, const uint8_t *types, unsigned int max,
		   const struct nlattr **tb);

/*
 * All attributes of a message that mcg_attr_parse() accepted, for those that may come several
 * times.
 */
#define MCG_GENL_HDRLEN MNL_ALIGN(4)
#define mcg_attr_for_each(attr, message) mnl_attr_for_each(attr, message, MCG_GENL_HDRLEN)

/* mcg_attr_parse_nested() - the same inside an attribute. */
int mcg_attr_parse_nested(const struct nlattr *nest, const uint8_t *types, unsigned int max,
			  const struct nlattr **tb);

/* mcg_attr_u64() - value of an attribute that may be absent. */
uint64_t mcg_attr_u64(const struct nlattr *attr, uint64_t absent);

/*
 * mcg_attr_dup() - copy of a string attribute into *@text, which stays NULL when it is absent.
 * Return: 0, or -1.
 */
int mcg_attr_dup(const struct nlattr *attr, char **text);

#endif
