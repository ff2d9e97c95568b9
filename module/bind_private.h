/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bindings, inside: bind.c has all bindings, bind_target.c knows who pays, bind_charge.c is in the way of charges,
 * bind_file.c in the way of files and filesystems, bind_range.c in that of private memory.
 *
 * A charge is redirected in two steps. A hook on what is about to charge for an object (a file's page cache, a page
 * fault) finds the binding and opens a scope: what it is for, on this task. A hook on the charge itself finds the
 * innermost scope of its task, and with it the size of the folio, and charges the target. So only the
 * folio is redirected, and not what else is allocated on the way; nor is anybody's own active_memcg taken for ours.
 *
 * Lifetimes. A binding is found by its object in a hash of pointers; an object that goes takes its bindings out
 * of it first. Readers, which are scopes, are in an SRCU section from before they look until what they charged for
 * is in its place. So one synchronize_srcu() after a binding or a target was taken out nothing is charged
 * through it any more, and nothing that was is still to be put in its place.
 *
 * That must not last for as long as a user likes: a hook opens no scope where the kernel may wait for one, as for
 * userfaultfd.
 *
 * Locks: bind_lock (a mutex, for making and for what needs hooks) before bind_table_lock (a spinlock, for the tables, and who
 * pays). Only bind_work takes bindings apart, so there they stay without a lock. Objects end, and groups, under locks of theirs, so there only the latter is taken, and the rest
 * is left to bind_work.
 */
#ifndef MEMCGCTL_BIND_PRIVATE_H
#define MEMCGCTL_BIND_PRIVATE_H

#include <linux/fsnotify_backend.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/srcu.h>

#include "bind.h"
#include "core/hook.h"

struct binding;
struct bind_target;

/**
 * struct bind_class - what bindings of one kind of object have in common
 * @hook: get the hooks; may sleep; 0 or a negative errno, and the reason in the extack
 * @unhook: put them
 * @prepare: say what the object is, and whether it can be bound: @object, @name and what of it is listed; 0 or a negative
 *	errno
 * @attach: tie a binding, which is found already, to its object: from now on the object's end ends it; 0 or
 *	a negative errno
 * @detach: untie it, after it has ended, by whoever's hand; may sleep
 * @hold: keep what a living binding's object is, in an atomic context; false when it is on its way out. What was taken has
 *	to be put all the same.
 * @live: bindings that have hooks; under bind_lock
 */
struct bind_class {
	int (*hook)(struct netlink_ext_ack *extack);
	void (*unhook)(void);
	int (*prepare)(struct binding *binding, const struct bind_request *request,
		       struct netlink_ext_ack *extack);
	int (*attach)(struct binding *binding, const struct bind_request *request,
		      struct netlink_ext_ack *extack);
	void (*detach)(struct binding *binding);
	bool (*hold)(const struct binding *binding, struct bind_held *held);
	unsigned int live;
};

extern struct bind_class bind_file_class;
extern struct bind_class bind_range_class;

/**
 * struct bind_target - one target
 * @memcg: who pays, with a css reference; a living group, one that is dying and about to be replaced, or NULL: nobody.
 *	Readers are in an SRCU section.
 * @gone: who paid before, with a css reference, until what it was charged with has moved; bind_work's
 * @below: the indexes, modulo the sum of all weights, that are below this and not of the target before
 * @weight: its share
 * @charged: pages that it was charged with
 */
struct bind_target {
	struct mem_cgroup *memcg;
	struct mem_cgroup *gone;
	u32 below;
	u32 weight;
	atomic_long_t charged;
};

/**
 * struct bind_former - who paid before the first target followed its pattern
 * @list: of the binding
 * @memcg: with a css reference
 * @gone: it was found to be going, and has
 * @heir: as of then, with a css reference, or NULL
 */
struct bind_former {
	struct list_head list;
	struct mem_cgroup *memcg;
	bool gone;
	struct mem_cgroup *heir;
};

/**
 * struct binding - a rule that sends future charges of an object to targets
 * @id: never used again
 * @kind: what is bound
 * @class: what to do with that
 * @object: the inode, superblock or address space
 * @by_object: in the hash of objects, until it has ended
 * @first: first page index of the object; of a range: of the address
 * @last: the last one
 * @mark: ties it to an inode or a superblock
 * @notifier: ties it to an address space
 * @tied: @attach has succeeded
 * @refs: one of the table, one of @mark when there is one
 * @ended: on the list of what bind_work is to take apart
 * @dead: nothing finds it any more; under bind_table_lock
 * @user: who made it
 * @name: see &struct bind_entry
 * @pid: see &struct bind_entry
 * @dev: see &struct bind_entry
 * @ino: see &struct bind_entry
 * @follow: see &struct bind_entry
 * @former: who paid before the first target followed; under bind_table_lock
 * @on_death: who inherits
 * @on_full: what happens when a target has no room
 * @heir: with a css reference, or NULL
 * @heir_gone: as &struct bind_target.gone
 * @fell_back: pages a target had no room for
 * @order: of the largest folio it has chosen a target for, when it has several
 * @weights: sum
 * @targets: number of @target
 * @target: who pays
 */
struct binding {
	u32 id;
	enum memcgctl_bind_kind kind;
	struct bind_class *class;
	const void *object;
	struct hlist_node by_object;
	pgoff_t first;
	pgoff_t last;
	struct fsnotify_mark mark;
	struct mmu_notifier notifier;
	bool tied;
	refcount_t refs;
	struct list_head ended;
	bool dead;
	kuid_t user;
	char *name;
	struct pid *pid;
	dev_t dev;
	u64 ino;
	char *follow;
	struct list_head former;
	enum memcgctl_on_death on_death;
	enum memcgctl_on_full on_full;
	struct mem_cgroup *heir;
	struct mem_cgroup *heir_gone;
	atomic_long_t fell_back;
	unsigned int order;
	u32 weights;
	unsigned int targets;
	struct bind_target target[];
};

/**
 * struct bind_scope - what this task is about to charge for; on its stack
 * @task: whose; NULL: none was opened
 * @outer: the task's scope that it is inside of, or NULL
 * @node: instead, among those of others, the innermost of a task first
 * @beside: it is @node
 * @binding: the binding, or NULL: an object without one, inside the scope of another
 * @object: a mapping whose swapped-out page at @index may be brought in, or NULL
 * @index: page index, as @first and @last of the binding
 * @folio: the one, or NULL: any
 * @mm: only charges for this address space, or NULL: any
 * @late: of @mm at @index: @binding is looked for, and the SRCU section begins, when something is charged
 * @optional: what charges does well without: when a target has no room it fails, and nobody else is charged
 * @refused: a target had no room, and our error was returned
 * @charged: the target that was charged last in it, unless it is @late; NULL: none
 * @pages: with so many
 * @srcu: reader
 */
struct bind_scope {
	struct task_struct *task;
	union {
		struct bind_scope *outer;
		struct hlist_node node;
	};
	bool beside;
	struct binding *binding;
	struct address_space *object;
	pgoff_t index;
	struct folio *folio;
	struct mm_struct *mm;
	bool late;
	bool optional;
	bool refused;
	struct bind_target *charged;
	unsigned long pages;
	int srcu;
};

#define BIND_SCOPE_BITS 9

/**
 * struct scopes - open scopes of the tasks whose hash this is
 * @task: who has @own, alone; NULL: nobody
 * @own: that task's scopes, the innermost first; nobody else looks, since a scope is on the stack of a task that goes on when
 *	it has closed it
 * @lock: for @others; also for reading
 * @others: scopes of tasks that came when @own was taken
 */
struct scopes {
	struct task_struct *task;
	struct bind_scope *own;
	spinlock_t lock;
	struct hlist_head others;
} ____cacheline_aligned_in_smp;

extern struct scopes bind_scopes[1 << BIND_SCOPE_BITS];

/* Those that are found, by object; changed under bind_table_lock. */
#define BIND_OBJECT_BITS 10
extern DECLARE_HASHTABLE(bind_objects, BIND_OBJECT_BITS);

/* All that have not ended, by id; changed under bind_table_lock. */
extern struct xarray bind_all;
extern struct mutex bind_lock;
extern spinlock_t bind_table_lock;
extern struct srcu_struct bind_srcu;

/* bind.c */
void bind_ended(struct binding *binding);
void bind_put(struct binding *binding);
void bind_for_each(void (*fn)(struct binding *binding, void *arg), void *arg);

/* bind_advice.c */
int bind_advise(struct mm_struct *mm, unsigned long start, unsigned long len);
int unbind_advise(struct mm_struct *mm, unsigned long start, unsigned long len);

/* bind_target.c */
bool bind_may_be_of(struct binding *binding, const struct bind_target *target, pgoff_t index,
		    unsigned int order);
struct bind_target *bind_choose(struct binding *binding, pgoff_t index, unsigned int order);
struct mem_cgroup *bind_heir(const struct binding *binding, struct mem_cgroup *memcg);
bool bind_retarget(struct binding *binding);
void bind_bury(struct binding *binding);
void bind_replace(struct binding *binding, struct mem_cgroup *memcg);
void bind_targets_set(struct binding *binding, const struct bind_request *request);
void bind_targets_put(struct binding *binding);

/* bind_charge.c */
const char *bind_charge_init(void);
int bind_charge_hooks_get(void);
void bind_charge_hooks_put(void);
void bind_open_beside(struct scopes *of, struct bind_scope *scope);
void bind_close_beside(struct scopes *of, struct bind_scope *scope);
void bind_scope_forget(struct bind_scope *scope);
void bind_charge_anew(struct bind_scope *scope, struct folio *folio);

/* bind_file.c */
const char *bind_file_init(void);
void bind_file_exit(void);
int bind_may_file(struct file *file, bool admin);

/* bind_move.c */
void bind_move(struct binding *binding, const struct bind_target *target, struct mem_cgroup *gone,
	       struct mem_cgroup *to);

/* bind_follow.c */
void bind_follow_init(void);
int bind_follow_get(struct netlink_ext_ack *extack);
void bind_follow_put(void);

/* bind_range.c */
const char *bind_range_init(void);
bool bind_range_is_swapped_at(const struct bind_scope *scope, swp_entry_t entry, unsigned long nr);

/**
 * bind_find() - the binding of an object
 * @object: the inode, superblock or address space
 * @index: page index there
 *
 * Context: SRCU reader of bind_srcu, for as long as the binding is used. Return: the binding, or NULL.
 */
static inline struct binding *bind_find(const void *object, pgoff_t index)
{
	struct binding *binding;

	hash_for_each_possible_rcu(bind_objects, binding, by_object, (unsigned long)object,
				   srcu_read_lock_held(&bind_srcu))
		if (binding->object == object && index >= binding->first && index <= binding->last)
			return binding;
	return NULL;
}

static __always_inline struct scopes *bind_scopes_of_task(void)
{
	return &bind_scopes[hash_ptr(current, BIND_SCOPE_BITS)];
}

/** bind_in_scope() - whether this task may have a scope open; any context, also a hook's handler */
static __always_inline bool bind_in_scope(void)
{
	struct scopes *of = bind_scopes_of_task();

	return (READ_ONCE(of->task) == current || !hlist_empty(&of->others)) && in_task();
}

/**
 * bind_scope_open() - what this task charges for from now on
 * @scope: on the caller's stack; the fields beside are as they are in an empty one, and may be set after
 * @binding: found in an SRCU section of @scope that lasts; or NULL
 * @index: page index
 */
static __always_inline void bind_scope_open(struct bind_scope *scope, struct binding *binding,
					    pgoff_t index)
{
	struct scopes *of = bind_scopes_of_task();
	struct task_struct *task = READ_ONCE(of->task);

	scope->task = current;
	scope->binding = binding;
	scope->index = index;
	scope->beside = false;
	/* The place is this task's from the first scope that is opened there to the last that is closed. */
	if (task != current && (task || cmpxchg(&of->task, NULL, current))) {
		bind_open_beside(of, scope);
		return;
	}
	scope->outer = of->own;
	of->own = scope;
}

/*
 * A reader whose section ends in another function, which is more than the static checker can follow: to it there is none.
 */
static inline int bind_reader_enter(void)
{
	int reader = srcu_read_lock(&bind_srcu);

	__release(&bind_srcu);
	return reader;
}

static inline void bind_reader_leave(int reader)
{
	__acquire(&bind_srcu);
	srcu_read_unlock(&bind_srcu, reader);
}

/** bind_scope_close() - what was opened last, if it was */
static __always_inline void bind_scope_close(struct bind_scope *scope)
{
	struct scopes *of = bind_scopes_of_task();

	if (!scope->task)
		return;
	if (unlikely(scope->beside)) {
		bind_close_beside(of, scope);
	} else {
		of->own = scope->outer;
		if (!scope->outer)
			smp_store_release(&of->task, NULL);
	}
	if (scope->late && scope->binding)
		bind_reader_leave(scope->srcu);
}

/**
 * bind_target_for() - which target pays for a page
 * @binding: found in an SRCU section that lasts
 * @index: page index
 * @order: of the folio
 */
static inline struct bind_target *bind_target_for(struct binding *binding, pgoff_t index,
						  unsigned int order)
{
	return binding->targets == 1 ? binding->target : bind_choose(binding, index, order);
}

/** bind_charged() - pages were charged to a target, or less than none: they were not needed */
static inline void bind_charged(struct bind_target *target, long pages)
{
	atomic_long_add(pages, &target->charged);
}

/** bind_fell_back() - a target had no room for pages */
static inline void bind_fell_back(struct binding *binding, unsigned long pages)
{
	atomic_long_add(pages, &binding->fell_back);
}

#endif
