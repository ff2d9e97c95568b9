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
 */
#ifndef MEMCGCTL_CORE_GROUP_H
#define MEMCGCTL_CORE_GROUP_H

#include <linux/memcontrol.h>
#include <linux/netlink.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "lifecycle.h"

struct group;

/**
 * struct group_slots - states by css id
 *
 * A plain array, since a lookup climbs to the root in the way of every charge: a few instructions a level,
 * where a tree would take a hundred. Ids are small, used anew, and never more than 65,535 live ones.
 */
struct group_slots {
	struct rcu_head rcu;
	unsigned int size;
	struct group *slot[];
};

/**
 * struct group_table - all groups with a policy of one feature
 * @lock: for changes; any context
 * @slots: replaced by a larger copy when an id does not fit
 * @count: number of entries
 * @ended: called when an entry has been taken out, by whatever end; atomic context
 * @free: called when nobody can see the entry any more; frees the memory around it; may sleep
 */
struct group_table {
	spinlock_t lock;
	struct group_slots __rcu *slots;
	atomic_t count;
	void (*ended)(struct group *group);
	void (*free)(struct group *group);
	struct list_head list;
};

extern struct group_slots group_no_slots;

#define GROUP_TABLE_INIT(name, on_end, on_free)                                                    \
	{                                                                                          \
		.lock = __SPIN_LOCK_UNLOCKED((name).lock),                                         \
		.slots = RCU_INITIALIZER(&group_no_slots), .count = ATOMIC_INIT(0),                \
		.ended = on_end, .free = on_free, .list = LIST_HEAD_INIT((name).list)              \
	}

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

/**
 * struct group_watch - who is told of every group that goes offline, while hooks are held
 * @offline: any group but the root; under cgroup_mutex, may not sleep
 */
struct group_watch {
	void (*offline)(struct mem_cgroup *memcg);
	struct list_head list;
};

/* For work of the features, too; drained by group_exit(). */
extern struct workqueue_struct *group_wq;

int group_init(void);
const char *group_unavailable(void);
void group_exit(void);
void group_table_add(struct group_table *table);
void group_table_remove(struct group_table *table);
void group_watch_add(struct group_watch *watch);
void group_watch_remove(struct group_watch *watch);
int group_hooks_get(void);
void group_hooks_put(void);

void group_new(struct group *group, struct group_table *table, struct mem_cgroup *memcg);
int group_reserve(struct group *group);
void group_publish(struct group *group);
bool group_end(struct group *group);
struct group *group_next(struct group_table *table, unsigned long *cursor);

struct mem_cgroup *group_from_fd(int fd, const char *file, bool write, bool admin,
				 struct netlink_ext_ack *extack);
struct mem_cgroup *group_get_own(void);
bool group_is_own(struct mem_cgroup *memcg);
struct mem_cgroup *group_target_from_fd(int fd, int ancestor_fd, bool admin,
					struct netlink_ext_ack *extack);
struct mem_cgroup *group_from_id(u64 id, struct netlink_ext_ack *extack);
bool group_other_controllers(u64 id, void (*found)(struct cgroup_subsys_state *css, void *arg),
			     void *arg);
bool group_visible(struct mem_cgroup *memcg, struct cgroup_namespace *ns);
int group_path(struct cgroup *cgroup, struct cgroup_namespace *ns, char *buf, size_t size);

/** group_id() - inode number of the group's cgroupfs directory */
static inline u64 group_id(struct mem_cgroup *memcg)
{
	return cgroup_id(memcg->css.cgroup);
}

static __always_inline struct group *group_slot(const struct group_slots *slots,
						struct mem_cgroup *memcg)
{
	unsigned int id = memcg->css.id;

	return id < slots->size ? READ_ONCE(slots->slot[id]) : NULL;
}

/** group_own() - the group's own state, or NULL; RCU reader */
static __always_inline struct group *group_own(struct group_table *table, struct mem_cgroup *memcg)
{
	return group_slot(rcu_dereference_raw(table->slots), memcg);
}

/** group_nearest() - state of the group or of its nearest ancestor that has one, or NULL; RCU reader */
static __always_inline struct group *group_nearest(struct group_table *table, struct mem_cgroup *memcg)
{
	const struct group_slots *slots = rcu_dereference_raw(table->slots);

	for (; memcg; memcg = parent_mem_cgroup(memcg)) {
		struct group *group = group_slot(slots, memcg);

		if (group)
			return group;
	}
	return NULL;
}

#endif
