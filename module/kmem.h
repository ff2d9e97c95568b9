/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits on the kernel memory of a group: what the rest of the module may ask of them. */
#ifndef MEMCGCTL_KMEM_H
#define MEMCGCTL_KMEM_H

#include <linux/memcontrol.h>
#include <linux/netlink.h>

#include "uapi/memcgctl.h"

/**
 * struct kmem_entry - a limit and what became of it; the members are those of &enum memcgctl_kmem_attr
 * @memcg: the group, with a css reference while the entry is in use
 * @effective_memcg: the group that sets the effective limit; stays while @memcg does
 */
struct kmem_entry {
	struct mem_cgroup *memcg;
	struct mem_cgroup *effective_memcg;
	u64 limit;
	u64 usage;
	u64 peak;
	u64 effective;
	u64 breaches;
	u64 failed;
	u64 forced;
	u64 shrunk;
	u64 throttled;
	u64 oom_kills;
	u64 no_victim;
	enum memcgctl_kmem_mode mode;
};

int kmem_init(void);
void kmem_exit(void);
const char *kmem_unavailable(void);
u32 kmem_groups(void);

int kmem_limit_set(struct mem_cgroup *memcg, u64 limit, enum memcgctl_kmem_mode mode,
		   struct netlink_ext_ack *extack);
int kmem_limit_get(struct mem_cgroup *memcg, struct kmem_entry *entry);
bool kmem_limit_next(unsigned long *cursor, struct kmem_entry *entry);
void kmem_entry_put(struct kmem_entry *entry);

#endif
