// SPDX-License-Identifier: LGPL-2.1-or-later
#include "event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "genl.h"

static const char *const event_names[] = {
	[MEMCGCTL_EVENT_KMEM_BREACH] = "kmem-breach",
	[MEMCGCTL_EVENT_KMEM_FORCED] = "kmem-forced",
	[MEMCGCTL_EVENT_KMEM_OOM] = "kmem-oom",
};

_Static_assert(sizeof(event_names) / sizeof(event_names[0]) == MEMCGCTL_EVENT_MAX + 1,
	       "a kind of event has no name");

const char *mcg_event_name(enum memcgctl_event kind)
{
	return kind <= MEMCGCTL_EVENT_MAX ? event_names[kind] : NULL;
}

int mcg_event_decode(const struct nlmsghdr *message, struct mcg_event *event)
{
	static const uint8_t types[MEMCGCTL_EVENT_ATTR_MAX + 1] = {
		[MEMCGCTL_EVENT_KIND] = MNL_TYPE_U8,	     [MEMCGCTL_EVENT_ID] = MNL_TYPE_U64,
		[MEMCGCTL_EVENT_PATH] = MNL_TYPE_NUL_STRING, [MEMCGCTL_EVENT_COUNT] = MNL_TYPE_U64,
		[MEMCGCTL_EVENT_USAGE] = MNL_TYPE_U64,	     [MEMCGCTL_EVENT_LIMIT] = MNL_TYPE_U64,
	};
	const struct nlattr *tb[MEMCGCTL_EVENT_ATTR_MAX + 1];

	memset(event, 0, sizeof(*event));
	if (mcg_attr_parse(message, types, MEMCGCTL_EVENT_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_EVENT_KIND] || !tb[MEMCGCTL_EVENT_ID]) {
		errno = EBADMSG;
		return -1;
	}
	event->kind = mnl_attr_get_u8(tb[MEMCGCTL_EVENT_KIND]);
	event->id = mcg_attr_u64(tb[MEMCGCTL_EVENT_ID], 0);
	event->count = mcg_attr_u64(tb[MEMCGCTL_EVENT_COUNT], 1);
	event->usage = mcg_attr_u64(tb[MEMCGCTL_EVENT_USAGE], 0);
	event->limit = mcg_attr_u64(tb[MEMCGCTL_EVENT_LIMIT], MEMCGCTL_SIZE_MAX);
	return mcg_attr_dup(tb[MEMCGCTL_EVENT_PATH], &event->path);
}

void mcg_event_free(struct mcg_event *event)
{
	free(event->path);
	memset(event, 0, sizeof(*event));
}

int mcg_event_listen(struct mcg_module *module, struct mcg_error *err)
{
	/* Joining works in any network namespace, but events are told in the first only. */
	if (mcg_genl_call(module, mcg_genl_begin(module, MEMCGCTL_CMD_EVENT), NULL, NULL, NULL, err))
		return -1;
	return mcg_genl_join(module, MEMCGCTL_MCGRP_EVENTS, err);
}

static int on_event(const struct nlmsghdr *message, void *data)
{
	/* The kernel sends one notification per datagram; of several the last would count. */
	mcg_event_free(data);
	return mcg_event_decode(message, data);
}

int mcg_event_wait(struct mcg_module *module, struct mcg_event *event, struct mcg_error *err)
{
	int ret;

	memset(event, 0, sizeof(*event));
	ret = mcg_genl_wait(module, MEMCGCTL_CMD_EVENT, on_event, event, err);
	if (ret <= 0)
		mcg_event_free(event);
	return ret;
}
