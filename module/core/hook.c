// SPDX-License-Identifier: GPL-2.0-only
/* Hooks on kernel functions; see hook.h. */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>

#include "hook.h"
#include "sym.h"

static DEFINE_MUTEX(hook_lock);
static LIST_HEAD(hooks);
/* Tasks may be on their way out of a replacement, behind hook_exit(). */
static bool leaving;

/* Where ftrace calls from in a function; 0: it cannot. */
static unsigned long entry_of(const char *name)
{
	unsigned long start = sym_address(name);

	return start ? sym_call(ftrace_location)(start) : 0;
}

/**
 * hook_prepare() - find the function of a hook
 * @hook: with name, handler and redirects set
 *
 * Context: module load; may sleep.
 * Return: 0, -ENOENT when the kernel has no such function or ftrace cannot reach it, or -ENOMEM.
 */
int hook_prepare(struct hook *hook)
{
	hook->address = entry_of(hook->name);
	hook->also_address = hook->also ? entry_of(hook->also) : 0;
	if (!hook->address || !hook->also != !hook->also_address)
		return -ENOENT;
	hook->inside = alloc_percpu(long);
	if (!hook->inside)
		return -ENOMEM;
	if (!hook->stub) {
		hook->ops.func = hook->handler;
		/* Not RECURSION, which asks for protection: no handler calls the one function its hook is on. */
		hook->ops.flags = FTRACE_OPS_FL_PERMANENT;
		if (hook->redirects)
			hook->ops.flags |= FTRACE_OPS_FL_IPMODIFY;
	}
	list_add_tail(&hook->list, &hooks);
	return 0;
}

/**
 * hook_original() - where a replacement enters the function it replaces
 * @hook: prepared
 *
 * To be bound to a static call.
 */
unsigned long hook_original(const struct hook *hook)
{
	return hook->address + COMPAT_FTRACE_INSN_SIZE;
}

static int set_filter(struct hook *hook, bool remove)
{
	int err = ftrace_set_filter_ip(&hook->ops, hook->address, remove, 0);

	if (!err && hook->also)
		err = ftrace_set_filter_ip(&hook->ops, hook->also_address, remove, 0);
	return err;
}

/**
 * hook_get() - become a user of a hook; the first one registers it
 * @hook: prepared
 *
 * Context: may sleep; takes cpus_read_lock, so never where a charge may wait for the caller.
 * Return: 0; -EBUSY when another redirect (a live patch) holds the function; another negative errno from
 * ftrace.
 */
int hook_get(struct hook *hook)
{
	int err = 0;

	mutex_lock(&hook_lock);
	if (!hook->users) {
		err = set_filter(hook, false);
		if (!err)
			err = hook->stub
				      ? compat_direct_register(&hook->ops, (unsigned long)hook->stub)
				      : register_ftrace_function(&hook->ops);
		if (err)
			set_filter(hook, true);
	}
	if (!err)
		hook->users++;
	mutex_unlock(&hook_lock);
	return err;
}

static long tasks_inside(const struct hook *hook)
{
	long sum = 0;
	int cpu;

	/* No one enters any more, so a late read only misses an exit: the sum is never too small. */
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(hook->inside, cpu));
	return sum;
}

/**
 * hook_put() - stop using a hook; the last user removes it, and waits until nobody is inside
 * @hook: prepared, with a user
 *
 * Waits as long as a task sleeps inside the replacement. A task may still be on its way out of it, between
 * hook_exit() and the return.
 *
 * Context: may sleep long; never under a lock that a charge may wait for.
 */
void hook_put(struct hook *hook)
{
	bool last;

	mutex_lock(&hook_lock);
	last = !--hook->users;
	if (last) {
		if (hook->stub)
			compat_direct_unregister(&hook->ops, (unsigned long)hook->stub);
		else
			unregister_ftrace_function(&hook->ops);
		set_filter(hook, true);
		/*
		 * Removal has waited with RCU tasks, as the ops of a module are DYNAMIC: for those in ftrace's trampoline,
		 * and so for those who were preempted between it and hook_enter(); and for who was leaving another.
		 */
		leaving |= hook->redirects;
	}
	mutex_unlock(&hook_lock);
	/* Without the lock: who is inside may need it, to get another hook. */
	while (last && hook->redirects && tasks_inside(hook))
		msleep(20);
}

/** hook_free_all() - undo every hook_prepare(), at module exit; no hook has a user */
void hook_free_all(void)
{
	struct hook *hook, *next;

	if (leaving)
		synchronize_rcu_tasks();
	list_for_each_entry_safe(hook, next, &hooks, list) {
		WARN_ON(hook->users);
		list_del(&hook->list);
		free_percpu(hook->inside);
	}
}

/** hook_for_each() - call @fn for every prepared hook that is listed */
void hook_for_each(void (*fn)(const struct hook *hook, void *arg), void *arg)
{
	struct hook *hook;

	mutex_lock(&hook_lock);
	list_for_each_entry(hook, &hooks, list)
		if (!hook->unlisted)
			fn(hook, arg);
	mutex_unlock(&hook_lock);
}
