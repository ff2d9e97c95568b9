// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits on the kernel memory of a group: setting, ending, showing. kmem_private.h says how the parts
 * go together.
 */
#include <linux/cgroup.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>

#include "core/btf.h"
#include "core/event.h"
#include "core/hook.h"
#include "core/sym.h"
#include "kmem_private.h"

/* A request holds a lock that every user of generic netlink needs: the caller asks again for more. */
#define SHRINK_TIME (HZ / 10)
/* Events of one kind and group are merged for this long. */
#define EVENT_TIME (HZ / 10)

static void kmem_ended(struct group *group);
static void kmem_free(struct group *group);

struct group_table kmem_table = GROUP_TABLE_INIT(kmem_table, kmem_ended, kmem_free);

/* Held while a limit begins or ends. Before cgroup_mutex; never taken in a charge or at offline. */
static DEFINE_MUTEX(kmem_lock);
static bool hooked;
static const char *unavailable;

/* Offsets of what the kernel's exact count is made of, in its private structs. */
static int state_offset, pending_offset, cpu_state_offset, cpu_prev_offset;
static int kmem_index;

/* cgroup_mutex */
static struct mutex *cgroup_lock_ptr;

static void idle_fn(struct work_struct *work);
static DECLARE_WORK(idle_work, idle_fn);
static void event_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(event_work, event_fn);

static long long_at(const void *base, int offset)
{
	return READ_ONCE(((const long *)(base + offset))[kmem_index]);
}

/*
 * Exact kernel memory of a subtree, in pages: what is flushed to its root, and what is still under way to
 * there. Under stop_machine() and cgroup_mutex, so that nothing moves: without the latter a css that
 * is being released may be out of the tree with its last changes not yet flushed.
 */
static long exact_usage(struct mem_cgroup *root)
{
	struct cgroup_subsys_state *css;
	struct mem_cgroup *memcg;
	long sum = long_at(root->vmstats, state_offset);
	int cpu;

	rcu_read_lock();
	css_for_each_descendant_pre(css, &root->css) {
		memcg = mem_cgroup_from_css(css);
		sum += long_at(memcg->vmstats, pending_offset);
		for_each_possible_cpu(cpu) {
			const char *statc =
				per_cpu_ptr((const char __percpu *)memcg->vmstats_percpu, cpu);

			sum += long_at(statc, cpu_state_offset) - long_at(statc, cpu_prev_offset);
		}
	}
	rcu_read_unlock();
	return sum;
}

static bool below(struct mem_cgroup *memcg, struct mem_cgroup *ancestor)
{
	return memcg != ancestor && cgroup_is_descendant(memcg->css.cgroup, ancestor->css.cgroup);
}

/* Put a new limit in its place, between its nearest ancestor and its nearest descendants. */
static int begin_stopped(void *arg)
{
	struct kmem_group *new = arg, *other;
	struct mem_cgroup *memcg = new->group.memcg;
	struct group *group;
	unsigned long cursor = 0;

	if (css_is_dying(&memcg->css))
		return -ENODEV;
	other = kmem_nearest(memcg);
	new->counter.parent = other ? &other->counter : NULL;
	counter_set_usage(&new->counter, exact_usage(memcg));
	while ((group = group_next(&kmem_table, &cursor))) {
		other = kmem_of_group(group);
		if (other->counter.parent == new->counter.parent && below(group->memcg, memcg))
			other->counter.parent = &new->counter;
	}
	group_publish(&new->group);
	return 0;
}

/* Take a limit out of the paths of its descendants. */
static int end_stopped(void *arg)
{
	struct kmem_group *old = arg;
	unsigned long cursor = 0;
	struct group *group;

	while ((group = group_next(&kmem_table, &cursor))) {
		struct kmem_group *other = kmem_of_group(group);

		if (other->counter.parent == &old->counter)
			other->counter.parent = old->counter.parent;
	}
	group_end(&old->group);
	return 0;
}

static int stopped(int (*fn)(void *), struct kmem_group *kmem)
{
	int err;

	mutex_lock(cgroup_lock_ptr);
	err = stop_machine(fn, kmem, NULL);
	mutex_unlock(cgroup_lock_ptr);
	return err;
}

/* Nothing lives when the last limit has ended. */
static void unhook_if_idle(void)
{
	lockdep_assert_held(&kmem_lock);
	if (!hooked || atomic_read(&kmem_table.count))
		return;
	kmem_charge_hooks_put();
	group_hooks_put();
	hooked = false;
}

static void idle_fn(struct work_struct *work)
{
	mutex_lock(&kmem_lock);
	unhook_if_idle();
	mutex_unlock(&kmem_lock);
}

/* In any context, the offline of the group among them. */
static void kmem_ended(struct group *group)
{
	if (!atomic_read(&kmem_table.count))
		queue_work(group_wq, &idle_work);
}

static void kmem_free(struct group *group)
{
	kfree(kmem_of_group(group));
}

static int hook(struct mem_cgroup *memcg, struct netlink_ext_ack *extack)
{
	int err;

	if (hooked)
		return 0;
	err = group_hooks_get();
	if (err) {
		/* It redirects nothing, so whatever it meets is no other redirect. */
		NL_SET_ERR_MSG(extack, "ftrace refused a hook: is kernel.ftrace_enabled 0?");
		return err;
	}
	err = kmem_charge_hooks_get(memcg);
	if (err)
		group_hooks_put();
	if (err == -EBUSY)
		NL_SET_ERR_MSG(
			extack,
			"a live patch or another redirect holds a function that charges kernel memory");
	else if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(extack,
			       "this kernel accounts kernel memory in a way that is not known here");
	else if (err == -ENOMEM)
		NL_SET_ERR_MSG(
			extack,
			"no memory, or the group is so full that not even a page can be charged to it");
	else if (err)
		NL_SET_ERR_MSG(extack, "ftrace refused a redirect");
	hooked = !err;
	return err;
}

static int begin(struct mem_cgroup *memcg, struct netlink_ext_ack *extack)
{
	struct kmem_group *kmem;
	int err;

	kmem = kzalloc(sizeof(*kmem), GFP_KERNEL);
	if (!kmem)
		return -ENOMEM;
	css_get(&memcg->css);
	group_new(&kmem->group, &kmem_table, memcg);
	counter_init(&kmem->counter, NULL, 0);
	kmem->futile_until = kmem->silent_until = jiffies;

	err = group_reserve(&kmem->group);
	if (err)
		goto free;
	err = hook(memcg, extack);
	if (err)
		goto free;
	err = stopped(begin_stopped, kmem);
	if (err) {
		NL_SET_ERR_MSG(extack, "the group is being removed");
		goto unhook;
	}
	return 0;

unhook:
	unhook_if_idle();
free:
	css_put(&memcg->css);
	kfree(kmem);
	return err;
}

/* The group's own limit, kept; or NULL. */
static struct kmem_group *kmem_get_own(struct mem_cgroup *memcg)
{
	struct group *group;

	rcu_read_lock();
	group = group_own(&kmem_table, memcg);
	if (group && !lifecycle_tryget(&group->life))
		group = NULL;
	rcu_read_unlock();
	return group ? kmem_of_group(group) : NULL;
}

static int end(struct mem_cgroup *memcg)
{
	struct kmem_group *kmem = kmem_get_own(memcg);

	if (!kmem)
		return 0;
	stopped(end_stopped, kmem);
	lifecycle_put(&kmem->group.life);
	unhook_if_idle();
	return 0;
}

/**
 * kmem_limit_set() - set, change or end the limit of a group
 * @memcg: a group of cgroup v2, not the root; the caller has a css reference and may write its memory.max
 * @limit: bytes, rounded down to a page; MEMCGCTL_SIZE_MAX ends it
 * @mode: what happens at a breach
 * @extack: says why not
 *
 * Context: may sleep for a grace period and stops the machine for an instant when the limit is new.
 * Return: 0; -ENODEV, -EBUSY, -ENOMEM, -EOPNOTSUPP: nothing changed; -EINTR: set, but not shrunk to.
 */
int kmem_limit_set(struct mem_cgroup *memcg, u64 limit, enum memcgctl_kmem_mode mode,
		   struct netlink_ext_ack *extack)
{
	struct kmem_group *kmem;
	int err = 0;

	if (unavailable) {
		/* A text that stays, as NL_SET_ERR_MSG() would have it. */
		if (extack)
			extack->_msg = unavailable;
		return -EOPNOTSUPP;
	}
	if (mutex_lock_interruptible(&kmem_lock))
		return -EINTR;
	if (limit == MEMCGCTL_SIZE_MAX) {
		err = end(memcg);
		mutex_unlock(&kmem_lock);
		return err;
	}
	kmem = kmem_get_own(memcg);
	if (!kmem) {
		err = begin(memcg, extack);
		kmem = err ? NULL : kmem_get_own(memcg);
	}
	if (kmem) {
		WRITE_ONCE(kmem->mode, mode);
		counter_set_strict(&kmem->counter, mode == MEMCGCTL_KMEM_ENFORCE);
		counter_set_limit(&kmem->counter, min_t(u64, limit >> PAGE_SHIFT, COUNTER_MAX));
	} else if (!err) {
		err = -ENODEV;
		NL_SET_ERR_MSG(extack, "the group is being removed");
	}
	mutex_unlock(&kmem_lock);

	if (kmem) {
		if (mode != MEMCGCTL_KMEM_OBSERVE)
			err = kmem_shrink_series(kmem, SHRINK_TIME);
		lifecycle_put(&kmem->group.life);
	}
	return err;
}

static u64 pages(long nr)
{
	return nr >= COUNTER_MAX ? MEMCGCTL_SIZE_MAX : (u64)nr << PAGE_SHIFT;
}

static u64 count(atomic_long_t *v)
{
	return atomic_long_read(v);
}

static u64 breaches(struct kmem_group *kmem)
{
	return count(&kmem->counter.breaches) + count(&kmem->refused);
}

/* Inside an RCU read section, which keeps the path. */
static void fill_entry(struct kmem_group *kmem, struct kmem_entry *entry)
{
	struct counter *c = &kmem->counter, *level, *lowest = c;

	for (level = c; level; level = level->parent)
		if (READ_ONCE(level->limit) < READ_ONCE(lowest->limit))
			lowest = level;
	entry->memcg = kmem->group.memcg;
	entry->effective_memcg = kmem_of_counter(lowest)->group.memcg;
	entry->limit = pages(READ_ONCE(c->limit));
	entry->effective = pages(READ_ONCE(lowest->limit));
	entry->usage = pages(counter_usage(c));
	entry->peak = pages(atomic_long_read(&c->peak));
	entry->mode = READ_ONCE(kmem->mode);
	entry->breaches = breaches(kmem);
	entry->failed = count(&kmem->failed);
	entry->forced = pages(atomic_long_read(&c->forced));
	entry->shrunk = pages(atomic_long_read(&kmem->shrunk));
	entry->throttled = count(&kmem->throttled);
	entry->oom_kills = count(&kmem->oom_kills);
	entry->no_victim = count(&kmem->no_victim);
}

/**
 * kmem_limit_get() - the limit of a group
 * @memcg: the group
 * @entry: out; to be ended with kmem_entry_put()
 *
 * Return: 0, or -ENOENT when the group has none of its own.
 */
int kmem_limit_get(struct mem_cgroup *memcg, struct kmem_entry *entry)
{
	struct group *group;
	int err = -ENOENT;

	rcu_read_lock();
	group = group_own(&kmem_table, memcg);
	if (group && css_tryget(&memcg->css)) {
		fill_entry(kmem_of_group(group), entry);
		err = 0;
	}
	rcu_read_unlock();
	return err;
}

/**
 * kmem_limit_next() - the limits one by one
 * @cursor: 0 to begin; goes on from there, whatever came and went meanwhile
 * @entry: out; to be ended with kmem_entry_put()
 *
 * Return: false after the last.
 */
bool kmem_limit_next(unsigned long *cursor, struct kmem_entry *entry)
{
	struct group *group;

	rcu_read_lock();
	while ((group = group_next(&kmem_table, cursor))) {
		if (css_tryget(&group->memcg->css)) {
			fill_entry(kmem_of_group(group), entry);
			break;
		}
	}
	rcu_read_unlock();
	return group;
}

/** kmem_entry_put() - end of the use of an entry */
void kmem_entry_put(struct kmem_entry *entry)
{
	css_put(&entry->memcg->css);
}

/**
 * kmem_tell() - the counts of some limit have changed, which is to be told to the listeners
 * @may_spin: false even in NMI; the next to call it tells of this, too
 */
void kmem_tell(bool may_spin)
{
	if (may_spin)
		queue_delayed_work(group_wq, &event_work, EVENT_TIME);
}

/* The events of a kind since the limit began: what is sent is the rest of it, so that they add up to it. */
static u64 events(struct kmem_group *kmem, enum memcgctl_event kind)
{
	switch (kind) {
	case MEMCGCTL_EVENT_KMEM_BREACH:
		return breaches(kmem);
	case MEMCGCTL_EVENT_KMEM_FORCED:
		return count(&kmem->forced);
	default:
		return count(&kmem->oom_kills) + count(&kmem->no_victim);
	}
}

static void send_events(struct kmem_group *kmem)
{
	struct event event = { .memcg = kmem->group.memcg };

	for (event.kind = 0; event.kind <= MEMCGCTL_EVENT_MAX; event.kind++) {
		event.count = events(kmem, event.kind) - kmem->told[event.kind];
		if (!event.count)
			continue;
		kmem->told[event.kind] += event.count;
		event.usage = pages(counter_usage(&kmem->counter));
		event.limit = pages(READ_ONCE(kmem->counter.limit));
		event_send(&event);
	}
}

/* The next limit from *@cursor on, kept; or NULL. */
static struct kmem_group *kmem_get_next(unsigned long *cursor)
{
	struct group *group;

	rcu_read_lock();
	while ((group = group_next(&kmem_table, cursor))) {
		if (lifecycle_tryget(&group->life))
			break;
	}
	rcu_read_unlock();
	return group ? kmem_of_group(group) : NULL;
}

static void event_fn(struct work_struct *work)
{
	struct kmem_group *kmem;
	unsigned long cursor = 0;

	while ((kmem = kmem_get_next(&cursor))) {
		send_events(kmem);
		lifecycle_put(&kmem->group.life);
	}
}

/** kmem_groups() - number of groups with a kmem limit of their own */
u32 kmem_groups(void)
{
	return atomic_read(&kmem_table.count);
}

/** kmem_unavailable() - NULL, or why this kernel cannot have kmem limits */
const char *kmem_unavailable(void)
{
	return unavailable;
}

static const char *offsets_init(void)
{
	const u8 *index = (const u8 *)sym_address("mem_cgroup_stats_index");

	state_offset = btf_member_offset("memcg_vmstats", "state");
	pending_offset = btf_member_offset("memcg_vmstats", "state_pending");
	cpu_state_offset = btf_member_offset("memcg_vmstats_percpu", "state");
	cpu_prev_offset = btf_member_offset("memcg_vmstats_percpu", "state_prev");
	if (state_offset < 0 || pending_offset < 0 || cpu_state_offset < 0 || cpu_prev_offset < 0)
		return "the kernel's BTF does not have the statistics of a group";
	/* A table from the public numbers to the private ones came with 6.10. */
	kmem_index = index ? index[MEMCG_KMEM] : MEMCG_KMEM;
	cgroup_lock_ptr = (struct mutex *)sym_address("cgroup_mutex");
	if (!cgroup_lock_ptr)
		return "cgroup_mutex was not found";
	return NULL;
}

static const char *find_unavailable(void)
{
	static char no_symbol[64];
	const char *why;

	if (mem_cgroup_disabled())
		return "the memory controller is off (cgroup_disable=memory)";
	if (sym_missing(SYM_KMEM)) {
		scnprintf(no_symbol, sizeof(no_symbol), "this kernel has no symbol %s",
			  sym_missing(SYM_KMEM));
		return no_symbol;
	}
	if (sym_call(mem_cgroup_kmem_disabled)())
		return "kernel memory is not charged to groups (cgroup.memory=nokmem)";
	why = group_unavailable();
	if (!why)
		why = offsets_init();
	if (!why)
		why = kmem_charge_init();
	if (!why)
		why = kmem_breach_init();
	return why;
}

/** kmem_init() - at module load; a kernel that cannot have kmem limits is no error: kmem_unavailable() */
int kmem_init(void)
{
	unavailable = find_unavailable();
	group_table_add(&kmem_table);
	return 0;
}

static int end_all_stopped(void *arg)
{
	unsigned long cursor = 0;
	struct group *group;

	while ((group = group_next(&kmem_table, &cursor)))
		group_end(group);
	return 0;
}

/** kmem_exit() - at module exit: every limit ends, nobody is left in our code */
void kmem_exit(void)
{
	mutex_lock(&kmem_lock);
	if (kmem_groups())
		stopped(end_all_stopped, NULL);
	unhook_if_idle();
	mutex_unlock(&kmem_lock);
	cancel_work_sync(&idle_work);
	cancel_delayed_work_sync(&event_work);
	group_table_remove(&kmem_table);
}
