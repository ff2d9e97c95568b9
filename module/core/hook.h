/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks: functions of the kernel that are redirected to ours, or watched, while somebody needs it.
 *
 * A hook is an ftrace_ops on one function, or on two that one handler watches. The handler runs at every entry, in the
 * context of the caller, and must stay short: it decides, and where it wants the call, sets the instruction
 * pointer to a replacement of the same type. The replacement reaches the original just behind its
 * ftrace call (hook_original()), so that no recursion guard is needed and stack traces stay good.
 *
 * A hook on one of the hottest paths has a stub instead, which the function calls itself: compat/stubs.S.
 * Only one stub may be on a function, and no live patch; tracers and kprobes may.
 *
 * Registered by the first user and removed by the last, hence nothing when idle. PERMANENT: writing
 * 0 to sysctl kernel.ftrace_enabled is refused while a hook lives, instead of silently losing it. (Not for a
 * stub: some kernels drop its flags. Whoever has one also has another hook.)
 *
 * Removal: a task may be inside a replacement, even asleep there. hook_put() returns when nobody is:
 * remove the redirect (ftrace waits for those on the way in, with RCU tasks), wait until the count of
 * hook_enter() and hook_exit() is zero. Those on the way out are waited for by the removal of the next hook, or
 * at the latest before the code goes.
 */
#ifndef MEMCGCTL_CORE_HOOK_H
#define MEMCGCTL_CORE_HOOK_H

#include "../compat/compat.h"

/**
 * struct hook - one hook
 * @name: the kernel function
 * @also: another one with the same @handler, or NULL
 * @handler: see above; notrace
 * @stub: or NULL; instead of @handler
 * @redirects: whether @handler or @stub changes the instruction pointer
 * @unlisted: lives for an instant only, so hook_for_each() leaves it out
 * @ops: filled by hook_prepare()
 * @address: entry of the function, which is the handler's ip; 0 until hook_prepare()
 * @also_address: the same of @also, or 0
 * @users: hook_get() minus hook_put()
 * @inside: per CPU, tasks that entered the replacement there minus those that left it there
 * @list: all prepared hooks, for hook_for_each()
 */
struct hook {
	const char *name;
	const char *also;
	ftrace_func_t handler;
	void (*stub)(void);
	bool redirects;
	bool unlisted;
	/* private: */
	struct ftrace_ops ops;
	unsigned long address;
	unsigned long also_address;
	unsigned int users;
	long __percpu *inside;
	struct list_head list;
};

int hook_prepare(struct hook *hook);
unsigned long hook_original(const struct hook *hook);
int hook_get(struct hook *hook);
void hook_put(struct hook *hook);
void hook_free_all(void);
void hook_for_each(void (*fn)(const struct hook *hook, void *arg), void *arg);

/** hook_enter() - to be called first by a replacement that may sleep */
static __always_inline void hook_enter(struct hook *hook)
{
	this_cpu_inc(*hook->inside);
}

/** hook_exit() - to be called last by a replacement that called hook_enter() */
static __always_inline void hook_exit(struct hook *hook)
{
	this_cpu_dec(*hook->inside);
}

#endif
