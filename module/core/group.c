// SPDX-License-Identifier: GPL-2.0-only
/* Groups with a policy, and groups named by descriptors; see group.h. */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>

#include "btf.h"
#include "group.h"
#include "hook.h"
#include "sym.h"

/* Added to at module load, removed from at unload: no hook lives then, so no lock is needed. */
static LIST_HEAD(tables);
static LIST_HEAD(watches);

struct workqueue_struct *group_wq;

struct group_slots group_no_slots;

/* The css goes offline: end its state in every table, before the kernel reparents its memory. */
static void notrace offline_handler(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct cgroup_subsys_state *css = (void *)compat_hook_arg(fregs, 0);
	struct mem_cgroup *memcg = mem_cgroup_from_css(css);
	struct group_watch *watch;
	struct group_table *table;
	struct group *group;

	list_for_each_entry(watch, &watches, list)
		watch->offline(memcg);
	rcu_read_lock();
	list_for_each_entry(table, &tables, list) {
		group = group_own(table, memcg);
		if (group)
			group_end(group);
	}
	rcu_read_unlock();
}

static struct hook offline_hook = {
	.name = "mem_cgroup_css_offline",
	.handler = offline_handler,
};

/** group_init() - at module load */
int group_init(void)
{
	int err = hook_prepare(&offline_hook);

	if (err)
		return err;
	group_wq = alloc_workqueue("memcgctl", WQ_UNBOUND, 0);
	return group_wq ? 0 : -ENOMEM;
}

/** group_unavailable() - NULL, or why no feature can keep state for a group in this kernel */
const char *group_unavailable(void)
{
	return btf_mismatch(offline_hook.name);
}

/** group_exit() - at module exit: waits until every state that has ended is freed */
void group_exit(void)
{
	rcu_barrier();
	destroy_workqueue(group_wq);
}

/** group_table_add() - make a table known to the offline hook; at module load */
void group_table_add(struct group_table *table)
{
	list_add(&table->list, &tables);
}

static void free_slots(struct group_slots *slots)
{
	if (slots != &group_no_slots)
		kvfree_rcu(slots, rcu);
}

/** group_table_remove() - at module exit; the table is empty and no hook lives */
void group_table_remove(struct group_table *table)
{
	list_del(&table->list);
	WARN_ON(atomic_read(&table->count));
	free_slots(rcu_replace_pointer(table->slots, &group_no_slots, true));
}

/** group_watch_add() - at module load */
void group_watch_add(struct group_watch *watch)
{
	list_add(&watch->list, &watches);
}

/** group_watch_remove() - at module exit; no hook lives */
void group_watch_remove(struct group_watch *watch)
{
	list_del(&watch->list);
}

/** group_hooks_get() - to be held while a table has entries; see hook_get() */
int group_hooks_get(void)
{
	return hook_get(&offline_hook);
}

/** group_hooks_put() - see hook_put() */
void group_hooks_put(void)
{
	hook_put(&offline_hook);
}

static void free_work(struct work_struct *work)
{
	struct group *group = container_of(to_rcu_work(work), struct group, free);

	css_put(&group->memcg->css);
	group->table->free(group);
}

/* The last reference is gone; any context. Readers may still hold what they looked up. */
static void group_release(struct lifecycle *life)
{
	struct group *group = container_of(life, struct group, life);

	INIT_RCU_WORK(&group->free, free_work);
	queue_rcu_work(group_wq, &group->free);
}

/**
 * group_new() - prepare a state
 * @group: embedded in memory of the feature's
 * @table: the feature's
 * @memcg: a css reference comes with it
 */
void group_new(struct group *group, struct group_table *table, struct mem_cgroup *memcg)
{
	group->table = table;
	group->memcg = memcg;
	lifecycle_init(&group->life, group_release);
}

static void set_slot(struct group *group, struct group *value)
{
	struct group_table *table = group->table;
	struct group_slots *slots;
	unsigned long flags;

	spin_lock_irqsave(&table->lock, flags);
	slots = rcu_dereference_protected(table->slots, lockdep_is_held(&table->lock));
	/* Readers look at what is behind it. */
	smp_store_release(&slots->slot[group->memcg->css.id], value);
	spin_unlock_irqrestore(&table->lock, flags);
}

/**
 * group_reserve() - make room in the table, so that group_publish() cannot fail
 *
 * Context: may sleep; the feature lets one in at a time. Return: 0 or -ENOMEM.
 */
int group_reserve(struct group *group)
{
	struct group_table *table = group->table;
	struct group_slots *old = rcu_dereference_protected(table->slots, true), *new;
	unsigned int id = group->memcg->css.id, size;
	unsigned long flags;

	if (id < old->size)
		return 0;
	size = roundup_pow_of_two(id + 1);
	new = kvzalloc(struct_size(new, slot, size), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->size = size;
	/* Others may end meanwhile. */
	spin_lock_irqsave(&table->lock, flags);
	memcpy(new->slot, old->slot, old->size * sizeof(old->slot[0]));
	rcu_assign_pointer(table->slots, new);
	spin_unlock_irqrestore(&table->lock, flags);
	free_slots(old);
	return 0;
}

/** group_publish() - let lookups find a reserved state; any context; the feature keeps two from meeting */
void group_publish(struct group *group)
{
	set_slot(group, group);
	atomic_inc(&group->table->count);
}

/**
 * group_next() - the states one by one
 * @table: the feature's
 * @cursor: 0 to begin; goes on from there, whatever came and went meanwhile
 *
 * Context: RCU reader. Return: the next state, or NULL after the last.
 */
struct group *group_next(struct group_table *table, unsigned long *cursor)
{
	const struct group_slots *slots = rcu_dereference_raw(table->slots);
	struct group *group = NULL;

	while (!group && *cursor < slots->size)
		group = READ_ONCE(slots->slot[(*cursor)++]);
	return group;
}

/**
 * group_end() - take a state out of its table and drop its base reference
 * @group: found by lookup inside an RCU read section that still lasts
 *
 * Return: true for the one caller who ended it; the others find it ended.
 */
bool group_end(struct group *group)
{
	struct group_table *table = group->table;

	if (!lifecycle_mark_dead(&group->life))
		return false;
	set_slot(group, NULL);
	atomic_dec(&table->count);
	table->ended(group);
	lifecycle_put(&group->life);
	return true;
}

/* The caller opened the file itself, and has lost no right since. */
static bool opened_by_caller(const struct file *file)
{
	const struct cred *opener = file->f_cred, *caller = current_cred();

	return uid_eq(opener->fsuid, caller->fsuid) && opener->user_ns == caller->user_ns &&
	       cap_issubset(opener->cap_effective, caller->cap_effective);
}

static struct mem_cgroup *group_from_file(struct file *file, const char *name, bool write,
					  bool admin, struct netlink_ext_ack *extack)
{
	struct dentry *dentry = file->f_path.dentry;
	struct cgroup_subsys_state *css;

	/* Neither a file nor a group is ever renamed in cgroup v2, so the name is stable. */
	if (dentry->d_sb->s_magic != CGROUP2_SUPER_MAGIC || strcmp(dentry->d_name.name, name)) {
		NL_SET_ERR_MSG(extack,
			       "the descriptor is not of the right file of a cgroup v2 group");
		return ERR_PTR(-EINVAL);
	}
	if (write && !(file->f_mode & FMODE_WRITE)) {
		NL_SET_ERR_MSG(extack, "the descriptor is not open for writing");
		return ERR_PTR(-EPERM);
	}
	if (!admin && !opened_by_caller(file)) {
		NL_SET_ERR_MSG(extack, "the descriptor was opened with other credentials");
		return ERR_PTR(-EPERM);
	}
	css = sym_call(css_tryget_online_from_dir)(dentry->d_parent, &memory_cgrp_subsys);
	if (IS_ERR(css)) {
		NL_SET_ERR_MSG(extack, "the group is gone, or has no memory controller");
		return ERR_PTR(-ENODEV);
	}
	if (!admin && !group_visible(mem_cgroup_from_css(css), current->nsproxy->cgroup_ns)) {
		css_put(css);
		NL_SET_ERR_MSG(extack, "the group is outside the caller's cgroup namespace");
		return ERR_PTR(-EPERM);
	}
	return mem_cgroup_from_css(css);
}

/**
 * group_from_fd() - the group that a descriptor of the caller's names
 * @fd: descriptor of a cgroupfs file
 * @file: the name that file must have
 * @write: it must be open for writing
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace; the descriptor may come from anybody
 * @extack: says why not
 *
 * Context: the caller's task; may sleep.
 * Return: the group, with a css reference to be put by the caller; or -EBADF, -EINVAL, -EPERM, -ENODEV.
 */
struct mem_cgroup *group_from_fd(int fd, const char *file, bool write, bool admin,
				 struct netlink_ext_ack *extack)
{
	struct mem_cgroup *memcg;
	struct file *f = fget(fd);

	if (!f) {
		NL_SET_ERR_MSG(extack, "not an open descriptor");
		return ERR_PTR(-EBADF);
	}
	memcg = group_from_file(f, file, write, admin, extack);
	fput(f);
	return memcg;
}

/** group_get_own() - the group that the caller's memory is charged to, with a css reference, or NULL: it is the root */
struct mem_cgroup *group_get_own(void)
{
	struct mem_cgroup *memcg = mem_cgroup_from_css(task_get_css(current, memory_cgrp_id));

	if (parent_mem_cgroup(memcg))
		return memcg;
	css_put(&memcg->css);
	return NULL;
}

/** group_is_own() - whether it is the group that the caller's memory is charged to */
bool group_is_own(struct mem_cgroup *memcg)
{
	bool own;

	rcu_read_lock();
	own = task_css(current, memory_cgrp_id) == &memcg->css;
	rcu_read_unlock();
	return own;
}

/* The nearest group of which both the caller's and @memcg are descendants, or are it. RCU reader. */
static struct cgroup *common_with_caller(struct mem_cgroup *memcg)
{
	struct cgroup *own = task_dfl_cgroup(current), *target = memcg->css.cgroup;
	int level = min(own->level, target->level);

	while (cgroup_ancestor(own, level) != cgroup_ancestor(target, level))
		level--;
	return cgroup_ancestor(own, level);
}

static int check_ancestor(struct mem_cgroup *target, int fd, struct netlink_ext_ack *extack)
{
	struct mem_cgroup *memcg;
	bool common;

	if (fd < 0) {
		NL_SET_ERR_MSG(
			extack,
			"the right to charge the group is missing: write on cgroup.procs of the common ancestor");
		return -EPERM;
	}
	memcg = group_from_fd(fd, "cgroup.procs", true, false, extack);
	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	rcu_read_lock();
	common = memcg->css.cgroup == common_with_caller(target);
	rcu_read_unlock();
	css_put(&memcg->css);
	if (!common) {
		NL_SET_ERR_MSG(extack,
			       "not the nearest common ancestor of the caller's group and the target");
		return -EPERM;
	}
	return 0;
}

/**
 * group_target_from_fd() - a group that the caller may charge
 * @fd: descriptor of its cgroup.procs, open for writing
 * @ancestor_fd: the same of the nearest common ancestor of the caller's group and the target, or -1; not needed with
 *	@admin, nor when the target is the caller's own group, where reading is enough for @fd, too
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace
 * @extack: says why not
 *
 * This is what moving a task there needs. Nothing is charged to the root group.
 *
 * Context, return: see group_from_fd().
 */
struct mem_cgroup *group_target_from_fd(int fd, int ancestor_fd, bool admin,
					struct netlink_ext_ack *extack)
{
	struct mem_cgroup *memcg = group_from_fd(fd, "cgroup.procs", false, admin, extack), *writable;
	int err = 0;

	if (IS_ERR(memcg))
		return memcg;
	if (!parent_mem_cgroup(memcg)) {
		NL_SET_ERR_MSG(extack, "nothing is charged to the root group");
		err = -EPERM;
	} else if (!group_is_own(memcg)) {
		writable = group_from_fd(fd, "cgroup.procs", true, admin, extack);
		/* Another thread may have put another file behind the descriptor. */
		err = PTR_ERR_OR_ZERO(writable);
		if (!err) {
			css_put(&memcg->css);
			memcg = writable;
			err = !parent_mem_cgroup(memcg) ? -EPERM : 0;
		}
		if (!err && !admin)
			err = check_ancestor(memcg, ancestor_fd, extack);
	}
	if (err) {
		css_put(&memcg->css);
		return ERR_PTR(err);
	}
	return memcg;
}

/**
 * group_other_controllers() - what other controllers still have of a group that is gone
 * @id: the group's
 * @found: called for each of them; RCU reader; may be NULL
 * @arg: for @found
 *
 * The group has forgotten them; they are still in their controllers' trees.
 *
 * Context: may sleep. Return: whether there is any.
 */
bool group_other_controllers(u64 id, void (*found)(struct cgroup_subsys_state *css, void *arg),
			     void *arg)
{
	struct cgroup_subsys_state *root, *css;
	bool any = false;
	int i;

	for (i = 0; i < CGROUP_SUBSYS_COUNT; i++) {
		if (i == memory_cgrp_id)
			continue;
		rcu_read_lock();
		root = rcu_dereference(cgrp_dfl_root.cgrp.subsys[i]);
		if (root) {
			css_for_each_descendant_pre(css, root) {
				if (cgroup_id(css->cgroup) != id)
					continue;
				any = true;
				if (found)
					found(css, arg);
			}
		}
		rcu_read_unlock();
		cond_resched();
	}
	return any;
}

/**
 * group_from_id() - a group by its id, alive or gone
 * @id: see group_id()
 * @extack: says why not
 *
 * As long as its memory keeps it, a group is in the tree of the memory controller.
 *
 * Context: may sleep. Return: the group, with a css reference to be put by the caller; or -ENOENT.
 */
struct mem_cgroup *group_from_id(u64 id, struct netlink_ext_ack *extack)
{
	struct cgroup_subsys_state *root, *css;

	rcu_read_lock();
	root = rcu_dereference(cgrp_dfl_root.cgrp.subsys[memory_cgrp_id]);
	css_for_each_descendant_pre(css, root) {
		if (cgroup_id(css->cgroup) == id && css_tryget(css)) {
			rcu_read_unlock();
			return mem_cgroup_from_css(css);
		}
	}
	rcu_read_unlock();
	if (group_other_controllers(id, NULL, NULL))
		NL_SET_ERR_MSG(extack,
			       "the group has no memory; what is left of it is another controller's");
	else
		NL_SET_ERR_MSG(extack, "no group, alive or gone, has that id");
	return ERR_PTR(-ENOENT);
}

/** group_visible() - whether the group is the root of the cgroup namespace, or below it */
bool group_visible(struct mem_cgroup *memcg, struct cgroup_namespace *ns)
{
	return cgroup_is_descendant(memcg->css.cgroup, ns->root_cset->dfl_cgrp);
}

/**
 * group_path() - path of a group as seen from a cgroup namespace
 *
 * Return: length, or a negative errno (-E2BIG, -ENAMETOOLONG when it does not fit). From 6.12 on kernfs clips what does
 * not fit and tells the length of that, so one that fills the buffer is taken not to fit.
 */
int group_path(struct cgroup *cgroup, struct cgroup_namespace *ns, char *buf, size_t size)
{
	int len = cgroup_path_ns(cgroup, buf, size, ns);

	return len >= (int)size - 1 ? -ENAMETOOLONG : len;
}
