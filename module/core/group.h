/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Groups: the state that a feature keeps for a group with a policy of its own.
 *
 * A feature has one table. State exists only for groups with a policy; a descendant finds the nearest
 * ancestor that has one by lookup, and holds neither state nor reference. The state takes one
 * reference on the group's css when it is made and puts it when it ends, whatever was charged
 * meanwhile: objects that outlive the group are reparented by the kernel, and their uncharges find
 * the parent. So a policy makes no zombie.
 *
 * When the group goes offline its state is taken out of the table, in a hook that lives while any
 * table has an entry. Lookups are RCU readers; preemption or interrupts off is enough.
 *
 * A lookup climbs from group to group, in the way of every charge, so each CPU keeps the answers to
 * its last questions. An answer is for a css serial number, which is never used again, and for a
 * generation of the table, which every change ends: so no answer has to be taken back.
 */
#ifndef MEMCGCTL_CORE_GROUP_H
#define MEMCGCTL_CORE_GROUP_H

#include <linux/memcontrol.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "lifecycle.h"

struct group;

#define GROUP_ANSWERS 16

/**
 * struct group_answer - an answer of group_nearest() on this CPU
 * @serial: of the css asked for; 0 while the rest is being written
 * @generation: of the table when it was asked
 * @group: the answer, perhaps NULL
 */
struct group_answer {
	u64 serial;
	unsigned long generation;
	struct group *group;
};

/** struct group_answers - by the last bits of the serial number */
struct group_answers {
	struct group_answer slot[GROUP_ANSWERS];
};

/**
 * struct group_table - all groups with a policy of one feature
 * @groups: css id to &struct group
 * @count: number of entries
 * @generation: number of changes
 * @answers: of lookups
 * @ended: called when an entry has been taken out, by whatever end; atomic context
 * @free: called when nobody can see the entry any more; frees the memory around it; may sleep
 */
struct group_table {
	struct xarray groups;
	atomic_t count;
	atomic_long_t generation;
	struct group_answers __percpu *answers;
	void (*ended)(struct group *group);
	void (*free)(struct group *group);
	struct list_head list;
};

#define GROUP_TABLE_INIT(name, of_answers, on_end, on_free) { \
	.groups = XARRAY_INIT((name).groups, XA_FLAGS_LOCK_IRQ), \
	.count = ATOMIC_INIT(0), .generation = ATOMIC_LONG_INIT(0), .answers = of_answers, \
	.ended = on_end, .free = on_free, .list = LIST_HEAD_INIT((name).list) }

/**
 * struct group - to be embedded in a feature's state of a group
 * @table: the feature's table
 * @memcg: the group; one css reference
 * @life: its end, exactly once
 * @free: defers the free by an RCU grace period, to a context that may sleep
 */
struct group {
	struct group_table *table;
	struct mem_cgroup *memcg;
	struct lifecycle life;
	struct rcu_work free;
};

/* For work of the features, too; drained by group_exit(). */
extern struct workqueue_struct *group_wq;

int group_init(void);
void group_exit(void);
void group_table_add(struct group_table *table);
void group_table_remove(struct group_table *table);
int group_hooks_get(void);
void group_hooks_put(void);

void group_new(struct group *group, struct group_table *table, struct mem_cgroup *memcg);
int group_reserve(struct group *group);
void group_unreserve(struct group *group);
void group_publish(struct group *group);
bool group_end(struct group *group);

struct mem_cgroup *group_from_fd(int fd, const char *file, bool write, bool admin,
				 struct netlink_ext_ack *extack);
bool group_is_own(struct mem_cgroup *memcg);
struct mem_cgroup *group_target_from_fd(int fd, int ancestor_fd, bool admin,
					struct netlink_ext_ack *extack);
bool group_visible(struct mem_cgroup *memcg, struct cgroup_namespace *ns);
int group_path(struct mem_cgroup *memcg, struct cgroup_namespace *ns, char *buf, size_t size);

/** group_id() - inode number of the group's cgroupfs directory */
static inline u64 group_id(struct mem_cgroup *memcg)
{
	return cgroup_id(memcg->css.cgroup);
}

/** group_own() - the group's own state, or NULL; RCU reader */
static __always_inline struct group *group_own(struct group_table *table, struct mem_cgroup *memcg)
{
	return xa_load(&table->groups, memcg->css.id);
}

struct group *group_find_nearest(struct group_table *table, struct mem_cgroup *memcg);

/**
 * group_nearest() - state of the group or of its nearest ancestor that has one, or NULL; preemption off
 *
 * An interrupt may come in between and write another answer into the slot. It then has another serial
 * number, which the second look finds, or is newer: the generation is read first, so it is at most
 * older than the answer that goes with it.
 */
static __always_inline struct group *group_nearest(struct group_table *table, struct mem_cgroup *memcg)
{
	const u64 serial = memcg->css.serial_nr;
	const struct group_answer *answer = this_cpu_ptr(table->answers)->slot + serial % GROUP_ANSWERS;

	if (likely(READ_ONCE(answer->serial) == serial)) {
		unsigned long generation = READ_ONCE(answer->generation);
		struct group *group = READ_ONCE(answer->group);

		if (likely(READ_ONCE(answer->serial) == serial &&
			   generation == atomic_long_read(&table->generation)))
			return group;
	}
	return group_find_nearest(table, memcg);
}

#endif
