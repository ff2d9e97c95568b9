// SPDX-License-Identifier: GPL-2.0-only
/* Bindings: making, finding, listing, ending. bind_private.h says how the parts go together. */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "bind_private.h"
#include "core/advice.h"
#include "core/charge.h"
#include "core/group.h"

/* So many bindings of one user who is not the administrator. */
#define PER_USER (MEMCGCTL_BINDINGS / 16)

DEFINE_MUTEX(bind_lock);
DEFINE_SPINLOCK(bind_table_lock);
DEFINE_SRCU(bind_srcu);

/* All that have not ended, by id; and those that are found, by object. Changed under bind_table_lock. */
DEFINE_XARRAY(bind_all);
DEFINE_HASHTABLE(bind_objects, BIND_OBJECT_BITS);
static LIST_HEAD(ended);
static u32 last_id;
/* That are not freed yet. */
static atomic_t alive = ATOMIC_INIT(0);

static const char *unavailable;

static void bind_fn(struct work_struct *work);
static DECLARE_WORK(bind_work, bind_fn);

/** bind_put() - end of a reference; any context */
void bind_put(struct binding *binding)
{
	if (!refcount_dec_and_test(&binding->refs))
		return;
	put_pid(binding->pid);
	kfree(binding->name);
	kfree(binding->follow);
	kfree(binding);
	atomic_dec(&alive);
}

static void end_locked(struct binding *binding)
{
	lockdep_assert_held(&bind_table_lock);
	if (binding->dead)
		return;
	binding->dead = true;
	hash_del_rcu(&binding->by_object);
	if (binding->id)
		xa_erase(&bind_all, binding->id);
	list_add_tail(&binding->ended, &ended);
	queue_work(group_wq, &bind_work);
}

/** bind_ended() - a binding or its object comes to its end; the first call does it, and bind_work the rest; may not sleep */
void bind_ended(struct binding *binding)
{
	spin_lock(&bind_table_lock);
	end_locked(binding);
	spin_unlock(&bind_table_lock);
}

static void hooks_put(const struct binding *binding)
{
	struct bind_class *class = binding->class;

	lockdep_assert_held(&bind_lock);
	if (binding->follow)
		bind_follow_put();
	if (--class->live)
		return;
	class->unhook();
	group_hooks_put();
}

static int class_get(struct bind_class *class, struct netlink_ext_ack *extack)
{
	int err;

	if (class->live++)
		return 0;
	err = group_hooks_get();
	if (err) {
		/* It redirects nothing, so whatever it meets is no other redirect. */
		NL_SET_ERR_MSG(extack, "ftrace refused a hook: is kernel.ftrace_enabled 0?");
	} else {
		err = class->hook(extack);
		if (err)
			group_hooks_put();
	}
	if (err)
		class->live--;
	return err;
}

static int hooks_get(const struct binding *binding, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&bind_lock);
	err = binding->follow ? bind_follow_get(extack) : 0;
	if (err)
		return err;
	err = class_get(binding->class, extack);
	if (err && binding->follow)
		bind_follow_put();
	return err;
}

/*
 * Targets that have gone: their heirs pay from now on, and for what was charged before. That may take its time, so no
 * lock is held: a binding is taken apart by nobody else.
 */
static void inherit(void)
{
	struct binding *binding;
	bool any = false;
	unsigned long id;

	xa_for_each(&bind_all, id, binding)
		any |= bind_retarget(binding);
	if (!any)
		return;
	synchronize_srcu(&bind_srcu);
	xa_for_each(&bind_all, id, binding)
		bind_bury(binding);
}

static void take_apart(struct list_head *list)
{
	struct binding *binding, *next;

	if (list_empty(list))
		return;
	synchronize_srcu(&bind_srcu);
	list_for_each_entry_safe(binding, next, list, ended) {
		binding->class->detach(binding);
		bind_targets_put(binding);
		mutex_lock(&bind_lock);
		hooks_put(binding);
		mutex_unlock(&bind_lock);
		bind_put(binding);
		cond_resched();
	}
}

static void bind_fn(struct work_struct *work)
{
	LIST_HEAD(list);

	inherit();
	spin_lock(&bind_table_lock);
	list_splice_init(&ended, &list);
	spin_unlock(&bind_table_lock);
	take_apart(&list);
}

/** bind_for_each() - call @fn for every binding that has not ended; may not sleep */
void bind_for_each(void (*fn)(struct binding *binding, void *arg), void *arg)
{
	struct binding *binding;
	unsigned long id;

	spin_lock(&bind_table_lock);
	xa_for_each(&bind_all, id, binding)
		fn(binding, arg);
	spin_unlock(&bind_table_lock);
}

/* Any group goes. Under cgroup_mutex. */
static void group_gone(struct mem_cgroup *memcg)
{
	if (!xa_empty(&bind_all))
		queue_work(group_wq, &bind_work);
}

static struct group_watch watch = { .offline = group_gone };

static int check_count(const struct bind_request *request, struct netlink_ext_ack *extack)
{
	unsigned int all = 0, own = 0;
	struct binding *binding;
	unsigned long id;

	spin_lock(&bind_table_lock);
	xa_for_each(&bind_all, id, binding) {
		all++;
		own += uid_eq(binding->user, current_fsuid());
	}
	spin_unlock(&bind_table_lock);
	if (all < MEMCGCTL_BINDINGS && (request->admin || own < PER_USER))
		return 0;
	NL_SET_ERR_MSG(extack, "too many bindings");
	return -ENOSPC;
}

static struct binding *binding_new(const struct bind_request *request)
{
	struct binding *binding;

	binding = kzalloc(struct_size(binding, target, request->targets), GFP_KERNEL_ACCOUNT);
	if (!binding)
		return NULL;
	atomic_inc(&alive);
	refcount_set(&binding->refs, 1);
	INIT_LIST_HEAD(&binding->former);
	binding->kind = request->kind;
	binding->user = current_fsuid();
	binding->on_death = request->on_death;
	binding->on_full = request->on_full;
	binding->last = ULONG_MAX;
	if (request->kind != MEMCGCTL_BIND_MOUNT) {
		binding->first = request->start >> PAGE_SHIFT;
		if (request->end != MEMCGCTL_SIZE_MAX)
			binding->last = (request->end - 1) >> PAGE_SHIFT;
	}
	bind_targets_set(binding, request);
	if (!request->follow)
		return binding;
	binding->follow = kstrdup(request->follow, GFP_KERNEL_ACCOUNT);
	if (binding->follow)
		return binding;
	bind_targets_put(binding);
	bind_put(binding);
	return NULL;
}

/* Let it be found, unless another is there already. */
static int publish(struct binding *new)
{
	struct binding *other;
	int err = 0;

	spin_lock(&bind_table_lock);
	hash_for_each_possible(bind_objects, other, by_object, (unsigned long)new->object)
		if (other->object == new->object &&
		    other->first <= new->last &&new->first <= other->last)
			err = -EEXIST;
	if (!err)
		hash_add_rcu(bind_objects, &new->by_object, (unsigned long)new->object);
	spin_unlock(&bind_table_lock);
	return err;
}

/* Its id makes it be listed. By then its object may have ended. */
static int enlist(struct binding *binding, u32 id)
{
	int err = 0;

	spin_lock(&bind_table_lock);
	if (binding->dead) {
		err = -ESRCH;
	} else {
		binding->id = id;
		xa_store(&bind_all, id, binding, GFP_ATOMIC);
	}
	spin_unlock(&bind_table_lock);
	return err;
}

/* From here on whatever fails is an end like any other. */
static int make(struct binding *binding, const struct bind_request *request,
		struct netlink_ext_ack *extack)
{
	u32 id = last_id + 1;
	int err;

	err = xa_reserve(&bind_all, id, GFP_KERNEL);
	if (err)
		return err;
	err = binding->class->attach(binding, request, extack);
	if (!err)
		err = enlist(binding, id);
	if (err) {
		xa_release(&bind_all, id);
		return err;
	}
	last_id = id;
	/* A target may have begun to go before it could be noticed. */
	queue_work(group_wq, &bind_work);
	return 0;
}

static struct bind_class *class_of(const struct bind_request *request)
{
	return request->kind == MEMCGCTL_BIND_RANGE ? &bind_range_class : &bind_file_class;
}

static int make_locked(const struct bind_request *request, u32 *id, struct netlink_ext_ack *extack)
{
	struct binding *binding;
	int err;

	err = check_count(request, extack);
	if (err)
		return err;
	binding = binding_new(request);
	if (!binding)
		return -ENOMEM;
	binding->class = class_of(request);
	err = binding->class->prepare(binding, request, extack);
	if (!err)
		err = hooks_get(binding, extack);
	if (err)
		goto free;
	err = publish(binding);
	if (err) {
		NL_SET_ERR_MSG(extack, "the object, or part of it, is bound already");
		hooks_put(binding);
		goto free;
	}
	err = make(binding, request, extack);
	if (err)
		bind_ended(binding);
	else
		*id = binding->id;
	return err;

free:
	bind_targets_put(binding);
	bind_put(binding);
	return err;
}

/** bind_close() - end of bind_open_file(), bind_open_mount() or bind_open_process(), if any succeeded; may sleep */
void bind_close(struct bind_request *request)
{
	if (request->file)
		fput(request->file);
	if (request->process.mm)
		process_put(&request->process);
}

/**
 * bind_make() - make a binding
 * @request: what is bound to what; the caller may
 * @id: out
 * @extack: says why not
 *
 * Context: may sleep; registers hooks when it is the first.
 * Return: 0; -EEXIST, -ENOSPC, -ENOMEM, -EBUSY, -EINVAL, -ESRCH, -EINTR, -EOPNOTSUPP.
 */
int bind_make(const struct bind_request *request, u32 *id, struct netlink_ext_ack *extack)
{
	int err;

	if (unavailable) {
		NL_SET_ERR_MSG(extack,
			       "this kernel's charges cannot be redirected; the status says why");
		return -EOPNOTSUPP;
	}
	if (mutex_lock_interruptible(&bind_lock))
		return -EINTR;
	err = make_locked(request, id, extack);
	mutex_unlock(&bind_lock);
	return err;
}

/**
 * bind_end() - end a binding
 * @id: whose
 * @admin: the caller may end those of others
 *
 * What is left to do is done when somebody has time.
 *
 * Return: 0, or -ENOENT when there is none or it is not the caller's.
 */
int bind_end(u32 id, bool admin)
{
	struct binding *binding;
	int err = -ENOENT;

	spin_lock(&bind_table_lock);
	binding = xa_load(&bind_all, id);
	if (binding && (admin || uid_eq(binding->user, current_fsuid())))
		refcount_inc(&binding->refs);
	else
		binding = NULL;
	spin_unlock(&bind_table_lock);
	if (binding) {
		bind_ended(binding);
		bind_put(binding);
		err = 0;
	}
	return err;
}

/** bind_unavailable() - NULL, or why this kernel cannot have bindings */
const char *bind_unavailable(void)
{
	return unavailable;
}

/** bind_init() - at module load; a kernel that cannot do it is no error: bind_unavailable() */
void bind_init(void)
{
	unavailable = charge_unavailable();
	if (!unavailable)
		unavailable = group_unavailable();
	if (!unavailable)
		unavailable = bind_charge_init();
	if (!unavailable)
		unavailable = bind_file_init();
	if (!unavailable)
		unavailable = bind_range_init();
	if (!unavailable)
		bind_follow_init();
	group_watch_add(&watch);
	if (unavailable)
		return;
	advice_add(MADV_MEMCG_BIND, bind_advise);
	advice_add(MADV_MEMCG_UNBIND, unbind_advise);
}

/** bind_exit() - at module exit: every binding ends, nobody is left in our code */
void bind_exit(void)
{
	struct binding *binding;
	unsigned long id;

	spin_lock(&bind_table_lock);
	xa_for_each(&bind_all, id, binding)
		end_locked(binding);
	spin_unlock(&bind_table_lock);
	flush_work(&bind_work);
	/* Whoever ends an object right now has yet to let its binding go. */
	while (atomic_read(&alive))
		msleep(20);
	cancel_work_sync(&bind_work);
	bind_file_exit();
	group_watch_remove(&watch);
	xa_destroy(&bind_all);
}
