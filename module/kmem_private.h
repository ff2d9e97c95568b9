/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits on the kernel memory of a group, inside: kmem.c sets them and counts, kmem_charge.c is in the
 * way of every charge, kmem_breach.c decides what happens at the limit.
 *
 * Counting is exact by this order of things. A charge is granted by the kernel first; then it is
 * reserved in our counters, and from there until the kernel has accounted it in its statistic the
 * CPU is not preempted. An uncharge is accounted by the kernel first, and taken off our counters in
 * the same stretch without preemption. So
 *
 * - our usage is never below the kernel's;
 * - under stop_machine() no charge is between the two, hence the kernel's statistic is the usage,
 *   and the levels of a path may be changed;
 * - a charge that was granted before a limit (or the module) was there to reserve it is recognised
 *   when it is accounted, since it left no mark on its CPU, and is then charged.
 */
#ifndef MEMCGCTL_KMEM_PRIVATE_H
#define MEMCGCTL_KMEM_PRIVATE_H

#include "core/counter.h"
#include "core/group.h"
#include "kmem.h"

/**
 * struct kmem_group - the limit of one group
 * @group: what it is the limit of, and its end
 * @counter: pages; the parent is that of the nearest ancestor with a limit
 * @mode: &enum memcgctl_kmem_mode
 * @fault_forced: pages forced by page faults since the usage was last within the limit, or an OOM kill
 * @futile_until: jiffies until which a page fault need not try to shrink
 * @silent_until: jiffies until which no OOM kill is tried, since there was no victim
 * @refused: allocations that met the limit and were not forced
 * @failed: those of them that failed
 * @shrunk: pages freed by shrinking
 * @throttled: times a task was
 * @oom_kills: for this limit
 * @no_victim: times there was none to kill
 * @forced: allocations that went through although they met the limit; the counter has their pages
 * @told: what the listeners know of, by kind of event; of the worker that sends them
 */
struct kmem_group {
	struct group group;
	struct counter counter;
	u8 mode;
	atomic_long_t fault_forced;
	unsigned long futile_until;
	unsigned long silent_until;
	atomic_long_t refused;
	atomic_long_t failed;
	atomic_long_t shrunk;
	atomic_long_t throttled;
	atomic_long_t oom_kills;
	atomic_long_t no_victim;
	atomic_long_t forced;
	unsigned long told[MEMCGCTL_EVENT_MAX + 1];
};

static inline struct kmem_group *kmem_of_group(struct group *group)
{
	return container_of(group, struct kmem_group, group);
}

static inline struct kmem_group *kmem_of_counter(struct counter *counter)
{
	return container_of(counter, struct kmem_group, counter);
}

extern struct group_table kmem_table;

/** kmem_nearest() - the limit that a charge to @memcg meets first, or NULL; preemption off, or RCU reader */
static __always_inline struct kmem_group *kmem_nearest(struct mem_cgroup *memcg)
{
	struct group *group = group_nearest(&kmem_table, memcg);

	return group ? kmem_of_group(group) : NULL;
}

/* kmem.c */
void kmem_tell(bool may_spin);

/**
 * struct charger - a function that charges kernel memory; compat/stubs.S knows the layout
 * @start: address
 * @length: of its text; 0 when the kernel has no such function
 */
struct charger {
	unsigned long start;
	unsigned long length;
};

/* kmem_charge.c, for compat/stubs.S; and what is there */
extern struct charger kmem_chargers[3];
extern const unsigned int kmem_account_index;
int kmem_try_charge(struct mem_cgroup *memcg, gfp_t gfp, unsigned int nr);
void kmem_account(struct mem_cgroup *memcg, int idx, int val);
void kmem_try_charge_stub(void);
void kmem_account_stub(void);

/* kmem_charge.c */
const char *kmem_charge_init(void);
int kmem_charge_hooks_get(struct mem_cgroup *memcg);
void kmem_charge_hooks_put(void);
bool kmem_reserve(struct mem_cgroup *memcg, unsigned int nr, struct counter **over);
void kmem_reserve_forced(struct mem_cgroup *memcg, unsigned int nr);

/* kmem_breach.c */
#define KMEM_SHRINK_STEPS 4
const char *kmem_breach_init(void);
int kmem_breach(struct mem_cgroup *memcg, gfp_t gfp, unsigned int nr, struct kmem_group *kmem);
void kmem_soft_breach(struct kmem_group *kmem, gfp_t gfp, unsigned int nr);
void kmem_user_return(void);
long kmem_shrink(struct kmem_group *kmem, gfp_t gfp, long nr, unsigned int *step);
int kmem_shrink_series(struct kmem_group *kmem, unsigned long time);

#endif
