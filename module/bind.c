// SPDX-License-Identifier: GPL-2.0-only
/* Bindings: making, finding, listing, ending. bind_private.h says how the parts go together. */
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "bind_private.h"
#include "core/advice.h"
#include "core/charge.h"
#include "core/group.h"

#define OBJECT_BITS 10
/* So many bindings of one user who is not the administrator. */
#define PER_USER (MEMCGCTL_BINDINGS / 16)

DEFINE_MUTEX(bind_lock);
DEFINE_SPINLOCK(bind_table_lock);
DEFINE_SRCU(bind_srcu);

/* All that have not ended, by id; and those that are found, by object. Changed under bind_table_lock. */
static DEFINE_XARRAY(bindings);
static DEFINE_HASHTABLE(objects, OBJECT_BITS);
static LIST_HEAD(ended);
static u32 last_id;
/* That are not freed yet. */
static atomic_t alive = ATOMIC_INIT(0);

static const char *unavailable;

static void bind_fn(struct work_struct *work);
static DECLARE_WORK(bind_work, bind_fn);

/**
 * bind_find() - the binding of an object
 * @object: the inode, superblock or address space
 * @index: page index there
 *
 * Context: SRCU reader of bind_srcu, for as long as the binding is used. Return: the binding, or NULL.
 */
struct binding *bind_find(const void *object, pgoff_t index)
{
	struct binding *binding;

	hash_for_each_possible_rcu(
		objects, binding, by_object, (unsigned long)object,
		srcu_read_lock_held(&bind_srcu)) if (binding->object == object &&
						     index >= binding->first &&
						     index <= binding->last) return binding;
	return NULL;
}

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

/** bind_ended() - a binding or its object comes to its end; the first call does it, and bind_work the rest; any context */
void bind_ended(struct binding *binding)
{
	spin_lock(&bind_table_lock);
	if (!binding->dead) {
		binding->dead = true;
		hash_del_rcu(&binding->by_object);
		if (binding->id)
			xa_erase(&bindings, binding->id);
		list_add_tail(&binding->ended, &ended);
		queue_work(group_wq, &bind_work);
	}
	spin_unlock(&bind_table_lock);
}

static void class_put(struct bind_class *class)
{
	lockdep_assert_held(&bind_lock);
	if (--class->live)
		return;
	class->unhook();
	group_hooks_put();
}

static int class_get(struct bind_class *class, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&bind_lock);
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

/* Targets that have gone: their heirs pay from now on, and for what was charged before. */
static void follow_deaths(void)
{
	struct binding *binding;
	bool any = false;
	unsigned long id;

	/* One that ends meanwhile stays, since only we take it apart. */
	xa_for_each(&bindings, id, binding)
		any |= bind_retarget(binding);
	if (!any)
		return;
	synchronize_srcu(&bind_srcu);
	xa_for_each(&bindings, id, binding)
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
		class_put(binding->class);
		bind_put(binding);
		cond_resched();
	}
}

static void bind_fn(struct work_struct *work)
{
	LIST_HEAD(list);

	mutex_lock(&bind_lock);
	follow_deaths();
	spin_lock(&bind_table_lock);
	list_splice_init(&ended, &list);
	spin_unlock(&bind_table_lock);
	take_apart(&list);
	mutex_unlock(&bind_lock);
}

/* Any group goes. Under cgroup_mutex. */
static void group_gone(struct mem_cgroup *memcg)
{
	if (!xa_empty(&bindings))
		queue_work(group_wq, &bind_work);
}

static struct group_watch watch = { .offline = group_gone };

static int check_count(const struct bind_request *request, struct netlink_ext_ack *extack)
{
	unsigned int all = 0, own = 0;
	struct binding *binding;
	unsigned long id;

	xa_for_each(&bindings, id, binding) {
		all++;
		own += uid_eq(binding->user, current_fsuid());
	}
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
	return binding;
}

/* Let it be found, unless another is there already. */
static int publish(struct binding *new)
{
	struct binding *other;
	int err = 0;

	spin_lock(&bind_table_lock);
	hash_for_each_possible(objects, other, by_object, (unsigned long)new->object)
		if (other->object == new->object &&
		    other->first <= new->last &&new->first <= other->last)
			err = -EEXIST;
	if (!err)
		hash_add_rcu(objects, &new->by_object, (unsigned long)new->object);
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
		xa_store(&bindings, id, binding, GFP_ATOMIC);
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

	err = xa_reserve(&bindings, id, GFP_KERNEL);
	if (err)
		return err;
	err = binding->class->attach(binding, request, extack);
	if (!err)
		err = enlist(binding, id);
	if (err) {
		xa_release(&bindings, id);
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
		err = class_get(binding->class, extack);
	if (err)
		goto free;
	err = publish(binding);
	if (err) {
		NL_SET_ERR_MSG(extack, "the object, or part of it, is bound already");
		class_put(binding->class);
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
	binding = xa_load(&bindings, id);
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

static int fill_shares(struct bind_entry *entry, struct binding *binding)
{
	struct mem_cgroup *memcg;
	unsigned int i;
	int reader;

	entry->shares = kcalloc(binding->targets, sizeof(*entry->shares), GFP_KERNEL);
	if (!entry->shares)
		return -ENOMEM;
	entry->targets = binding->targets;
	reader = srcu_read_lock(&bind_srcu);
	for (i = 0; i < binding->targets; i++) {
		memcg = READ_ONCE(binding->target[i].memcg);
		if (memcg && css_tryget_online(&memcg->css))
			entry->shares[i].memcg = memcg;
		entry->shares[i].weight = binding->target[i].weight;
	}
	memcg = READ_ONCE(binding->heir);
	if (memcg && css_tryget_online(&memcg->css))
		entry->heir = memcg;
	srcu_read_unlock(&bind_srcu, reader);
	return 0;
}

/* Takes over a reference of the binding, also when it fails. */
static int fill_entry(struct bind_entry *entry, struct binding *binding)
{
	int err;

	*entry = (struct bind_entry){
		.id = binding->id,
		.kind = binding->kind,
		.name = binding->name,
		.pid = binding->pid,
		.dev = binding->dev,
		.ino = binding->ino,
		.start = (u64)binding->first << PAGE_SHIFT,
		.end = binding->last == ULONG_MAX ? MEMCGCTL_SIZE_MAX
						  : ((u64)binding->last + 1) << PAGE_SHIFT,
		.on_death = binding->on_death,
		.on_full = binding->on_full,
		.follow = binding->follow,
		.redirected = (u64)atomic_long_read(&binding->redirected) << PAGE_SHIFT,
		.fell_back = (u64)atomic_long_read(&binding->fell_back) << PAGE_SHIFT,
		.binding = binding,
	};
	err = fill_shares(entry, binding);
	if (err)
		bind_put(binding);
	return err;
}

/**
 * bind_next() - the bindings one by one, by id
 * @cursor: 0 to begin; goes on from there, whatever came and went meanwhile
 * @user: whose
 * @admin: everybody's
 * @entry: out; to be ended with bind_entry_put()
 *
 * Context: may sleep. Return: 1; 0 after the last; -ENOMEM.
 */
int bind_next(u32 *cursor, kuid_t user, bool admin, struct bind_entry *entry)
{
	struct binding *binding;
	unsigned long id = *cursor;
	int err;

	spin_lock(&bind_table_lock);
	xa_for_each_start(&bindings, id, binding, id + 1)
		if (admin || uid_eq(binding->user, user))
			break;
	if (binding)
		refcount_inc(&binding->refs);
	spin_unlock(&bind_table_lock);
	if (!binding)
		return 0;
	*cursor = binding->id;
	err = fill_entry(entry, binding);
	return err ?: 1;
}

/**
 * bind_get() - one binding, and its object
 * @id: whose
 * @admin: the caller may see those of others
 * @entry: out; to be ended with bind_entry_put()
 * @held: out; to be ended with bind_held_put()
 *
 * Context: may sleep. Return: 0; -ENOENT when there is none, it is not the caller's, or its object is going; -ENOMEM.
 */
int bind_get(u32 id, bool admin, struct bind_entry *entry, struct bind_held *held)
{
	struct binding *binding;
	bool lives = false;
	int err;

	memset(held, 0, sizeof(*held));
	spin_lock(&bind_table_lock);
	binding = xa_load(&bindings, id);
	if (binding && (admin || uid_eq(binding->user, current_fsuid()))) {
		refcount_inc(&binding->refs);
		lives = binding->class->hold(binding, held);
	} else {
		binding = NULL;
	}
	spin_unlock(&bind_table_lock);
	if (!binding)
		return -ENOENT;
	if (!lives) {
		bind_put(binding);
		bind_held_put(held);
		return -ENOENT;
	}
	err = fill_entry(entry, binding);
	if (err)
		bind_held_put(held);
	return err;
}

/** bind_held_put() - end of the use of an object; whoever is the last to use it ends it here */
void bind_held_put(struct bind_held *held)
{
	if (held->mm)
		mmput(held->mm);
	if (held->inode)
		iput(held->inode);
	if (held->sb)
		deactivate_super(held->sb);
}

/** bind_entry_put() - end of the use of an entry */
void bind_entry_put(struct bind_entry *entry)
{
	unsigned int i;

	for (i = 0; i < entry->targets; i++)
		if (entry->shares[i].memcg)
			css_put(&entry->shares[i].memcg->css);
	if (entry->heir)
		css_put(&entry->heir->css);
	kfree(entry->shares);
	bind_put(entry->binding);
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

	mutex_lock(&bind_lock);
	xa_for_each(&bindings, id, binding)
		bind_ended(binding);
	mutex_unlock(&bind_lock);
	flush_work(&bind_work);
	/* Whoever ends an object right now has yet to let its binding go. */
	while (atomic_read(&alive))
		msleep(20);
	cancel_work_sync(&bind_work);
	bind_file_exit();
	group_watch_remove(&watch);
	xa_destroy(&bindings);
}
