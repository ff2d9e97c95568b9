/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: what features tell listeners. The sender is set by the netlink layer; features know only this. */
#ifndef MEMCGCTL_CORE_EVENT_H
#define MEMCGCTL_CORE_EVENT_H

#include <linux/types.h>

#include "../uapi/memcgctl.h"

struct mem_cgroup;

/**
 * struct event - one notification; see &enum memcgctl_event_attr
 * @kind: what
 * @memcg: whose
 * @count: how many since the last one of this kind for this group
 * @usage: bytes
 * @limit: bytes
 */
struct event {
	enum memcgctl_event kind;
	struct mem_cgroup *memcg;
	u64 count;
	u64 usage;
	u64 limit;
};

/** event_send - deliver to the listeners, if any; may sleep; set before any feature is started */
extern void (*event_send)(const struct event *event);

#endif
