/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The differences between kernels. Everything else reads as if written for the newest one.
 * What a macro of the kernel's headers can tell is asked here; what only the text of a header can
 * tell is asked by compat/probe.mk.
 */
#ifndef MEMCGCTL_COMPAT_H
#define MEMCGCTL_COMPAT_H

#ifndef CONFIG_X86_64
#error "memcgctl knows x86-64 only: how a hooked function is entered past its ftrace call is in compat.h"
#endif

#include <linux/cgroup.h>
#include <linux/ftrace.h>
#include <linux/memcontrol.h>
#include <linux/static_call.h>

#include "proto.h"

/* Length of the call that ftrace patches in; a function's own text begins behind it. */
#define COMPAT_FTRACE_INSN_SIZE MCOUNT_INSN_SIZE

/* Up to 6.1 struct ftrace_regs shows its pt_regs; later they are behind arch_ftrace_regs(). */
#ifdef arch_ftrace_regs
#define compat_ftrace_regs(fregs) (&arch_ftrace_regs(fregs)->regs)
#else
#define compat_ftrace_regs(fregs) (&(fregs)->regs)
#endif

/* The n-th integer argument of the hooked function, inside a hook's handler. */
static __always_inline unsigned long compat_hook_arg(struct ftrace_regs *fregs, unsigned int n)
{
	const struct pt_regs *regs = compat_ftrace_regs(fregs);

	switch (n) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->cx;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}

/* The n-th argument of those that are on the stack, the seventh of all being number 0. */
static __always_inline unsigned long compat_hook_stack_arg(struct ftrace_regs *fregs, unsigned int n)
{
	const unsigned long *stack = (const unsigned long *)compat_ftrace_regs(fregs)->sp;

	/* On top is where the function returns to. */
	return stack[1 + n];
}

/* Let the hooked function continue at @ip. */
static __always_inline void compat_hook_redirect(struct ftrace_regs *fregs, unsigned long ip)
{
	compat_ftrace_regs(fregs)->ip = ip;
}

/* Let a function call @stub at its entry; up to 6.3 the name without "multi" was another, older interface. */
static inline int compat_direct_register(struct ftrace_ops *ops, unsigned long stub)
{
#ifdef COMPAT_DIRECT_MULTI
	int err = register_ftrace_direct_multi(ops, stub);

	/* When it is refused it leaves these behind, and then refuses every further try. */
	if (err) {
		ops->func = NULL;
		ops->trampoline = 0;
	}
	return err;
#else
	return register_ftrace_direct(ops, stub);
#endif
}

static inline void compat_direct_unregister(struct ftrace_ops *ops, unsigned long stub)
{
#ifdef COMPAT_DIRECT_MULTI
	unregister_ftrace_direct_multi(ops, stub);
#else
	unregister_ftrace_direct(ops, stub, false);
#endif
}

/* What runs at return to user mode for a task that charged too much; 7.x has an inline around it. */
#ifdef COMPAT_HANDLE_OVER_HIGH_INNER
#define compat_handle_over_high __mem_cgroup_handle_over_high
#define COMPAT_HANDLE_OVER_HIGH "__mem_cgroup_handle_over_high"
#else
#define compat_handle_over_high mem_cgroup_handle_over_high
#define COMPAT_HANDLE_OVER_HIGH "mem_cgroup_handle_over_high"
#endif

/* A charge that must not even spin on a lock: from 6.15 on there are such. */
#ifndef COMPAT_ALLOW_SPINNING
static inline bool gfpflags_allow_spinning(const gfp_t gfp)
{
	return true;
}
#endif

#endif
