/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a group still has, and what of it keeps the group when it is gone.
 *
 * A group's counters are those of its whole subtree, so what is its own is what is left when those of its children are taken
 * away. Kernel memory goes to the parent when a group is removed, while the counters of it that stay behind never change again:
 * it is told of living groups only.
 */
#ifndef MEMCGCTL_CORE_REMAINS_H
#define MEMCGCTL_CORE_REMAINS_H

#include <linux/memcontrol.h>

/**
 * struct remains - in bytes, but for the last two; of the group itself and not of those below it
 * @anon: private memory
 * @file: page cache, but for @shmem
 * @shmem: of tmpfs, memfds and shared memory segments
 * @swap: swap space
 * @sockets: buffers of sockets
 * @kernel: other kernel memory; 0 of a group that is gone
 * @percpu: of that, for each CPU
 * @groups: groups below it that are gone, too, and kept by something
 * @references: on a group that is gone that none of the above explains
 */
struct remains {
	u64 anon;
	u64 file;
	u64 shmem;
	u64 swap;
	u64 sockets;
	u64 kernel;
	u64 percpu;
	u64 groups;
	u64 references;
};

void remains_init(void);
const char *remains_unavailable(void);
void remains_flush(struct mem_cgroup *memcg);
void remains_of(struct mem_cgroup *memcg, struct remains *remains);
u64 remains_swap(struct mem_cgroup *memcg);

#endif
