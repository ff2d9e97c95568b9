// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the way of every charge and uncharge of kernel memory; kmem_private.h has the order of things.
 *
 * Between the reservation and the kernel's accounting the CPU stays with us: kmem_reserve() returns with
 * preemption off, and kmem_account() turns it on again. In between the kernel runs only the few
 * instructions from the return of try_charge_memcg() to its caller's call of __mod_memcg_state();
 * there is no branch away from that once the charge was granted. What may come in between is an
 * interrupt that charges, too; the marks form a stack, so the innermost charge is the one accounted next.
 */
#include <linux/percpu.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "core/btf.h"
#include "core/hook.h"
#include "core/sym.h"
#include "kmem_private.h"

/* A task, a softirq, an interrupt, an NMI: no more charges can be open on one CPU. */
#define MARKS_MAX 4
/* Half a page each: enough that some do not come out of what the CPU has in stock. */
#define REHEARSAL_OBJECTS 16

/**
 * struct marks - reserved charges on this CPU that the kernel has yet to account
 * @depth: how many
 * @memcg: whose; NULL above the top
 */
struct marks {
	unsigned int depth;
	struct mem_cgroup *memcg[MARKS_MAX];
};

static DEFINE_PER_CPU(struct marks, marks);

DEFINE_STATIC_CALL_NULL(kmem_try_charge_original, try_charge_memcg);
DEFINE_STATIC_CALL_NULL(kmem_account_original, __mod_memcg_state);
DEFINE_STATIC_CALL_NULL(kmem_over_high_original, compat_handle_over_high);

static struct hook try_charge_hook, account_hook, over_high_hook;

/*
 * Push and pop are ordered for an interrupt that does both in the middle of either: it must find
 * either this mark whole or none, never one that is not its own.
 */
static __always_inline void mark(struct mem_cgroup *memcg)
{
	struct marks *m = this_cpu_ptr(&marks);
	unsigned int top = m->depth;

	WRITE_ONCE(m->depth, top + 1);
	barrier();
	WRITE_ONCE(m->memcg[top], memcg);
}

static __always_inline bool unmark(struct mem_cgroup *memcg)
{
	struct marks *m = this_cpu_ptr(&marks);
	unsigned int depth = m->depth;

	if (!depth || m->memcg[depth - 1] != memcg)
		return false;
	WRITE_ONCE(m->memcg[depth - 1], NULL);
	barrier();
	WRITE_ONCE(m->depth, depth - 1);
	return true;
}

static __always_inline bool may_mark(void)
{
	return likely(this_cpu_read(marks.depth) < MARKS_MAX);
}

/* kmem_reserve(), for the path that every charge takes. */
static __always_inline bool reserve(struct mem_cgroup *memcg, unsigned int nr, struct counter **over)
{
	struct kmem_group *kmem;

	*over = NULL;
	preempt_disable();
	kmem = kmem_nearest(memcg);
	if (!kmem) {
		preempt_enable();
		return true;
	}
	if (may_mark() && counter_try_charge(&kmem->counter, nr, over)) {
		mark(memcg);
		return true;
	}
	if (!*over)
		*over = &kmem->counter;
	return false;
}

/**
 * kmem_reserve() - reserve a charge that the kernel has granted
 * @memcg: to be charged
 * @nr: pages
 * @over: out: see counter_try_charge(); NULL when there is no limit on the way
 *
 * Return: true when reserved or when there is nothing to reserve. Preemption then stays off until the
 * kernel has accounted it, except where no limit is on the way.
 */
bool kmem_reserve(struct mem_cgroup *memcg, unsigned int nr, struct counter **over)
{
	return reserve(memcg, nr, over);
}

/** kmem_reserve_forced() - the same without asking the limits; nothing is left to the accounting */
void kmem_reserve_forced(struct mem_cgroup *memcg, unsigned int nr)
{
	struct kmem_group *kmem;

	preempt_disable();
	kmem = kmem_nearest(memcg);
	if (kmem && may_mark()) {
		counter_charge(&kmem->counter, nr);
		mark(memcg);
		return;
	}
	/* Unmarked, it is charged when it is accounted. */
	preempt_enable();
}

/* Replaces try_charge_memcg() where kernel memory is charged. All that is on its stack is a pointer. */
__no_stack_protector int kmem_try_charge(struct mem_cgroup *memcg, gfp_t gfp, unsigned int nr)
{
	struct counter *over;
	int err;

	hook_enter(&try_charge_hook);
	err = static_call(kmem_try_charge_original)(memcg, gfp, nr);
	if (!err) {
		if (likely(reserve(memcg, nr, &over))) {
			if (unlikely(over))
				kmem_soft_breach(kmem_of_counter(over), gfp, nr);
		} else {
			err = kmem_breach(memcg, gfp, nr, kmem_of_counter(over));
			if (err)
				sym_call(page_counter_uncharge)(&memcg->memory, nr);
		}
	}
	hook_exit(&try_charge_hook);
	return err;
}

/* Replaces __mod_memcg_state() for kernel memory. */
void kmem_account(struct mem_cgroup *memcg, int idx, int val)
{
	struct kmem_group *kmem;

	preempt_disable();
	static_call(kmem_account_original)(memcg, idx, val);
	if (val > 0 && unmark(memcg)) {
		/* The one that kmem_reserve() left off. */
		preempt_enable();
	} else {
		kmem = kmem_nearest(memcg);
		if (kmem && val > 0)
			counter_charge(&kmem->counter, val);
		else if (kmem)
			counter_uncharge(&kmem->counter, -val);
	}
	preempt_enable();
}

/* Replaces mem_cgroup_handle_over_high() at the return to user mode. */
static void kmem_over_high(gfp_t gfp)
{
	bool marked;

	hook_enter(&over_high_hook);
	/* 6.1 calls it whatever the task returns for, such as a file that it has closed. */
	marked = current->memcg_nr_pages_over_high;
	static_call(kmem_over_high_original)(gfp);
	if (marked)
		kmem_user_return();
	hook_exit(&over_high_hook);
}

/* The functions that charge kernel memory; which of them are inlined into which differs. */
static const char *const charger_names[] = {
	"obj_cgroup_charge",
	"__memcg_kmem_charge_page",
	"obj_cgroup_charge_pages",
};

/* Where they are; a length of 0: not there. */
struct charger kmem_chargers[3];
static_assert(sizeof(struct charger) == 16 && ARRAY_SIZE(charger_names) == ARRAY_SIZE(kmem_chargers));

const unsigned int kmem_account_index = MEMCG_KMEM;

static unsigned long try_charge_start, try_charge_end;

static bool notrace charges_kmem(unsigned long parent_ip)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(kmem_chargers); i++)
		if (parent_ip - kmem_chargers[i].start < kmem_chargers[i].length)
			return true;
	return false;
}

static void notrace over_high_handler(unsigned long ip, unsigned long parent_ip,
				      struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	/* try_charge_memcg() calls it, too, under any lock; only the return to user mode is ours. */
	if (parent_ip - try_charge_start >= try_charge_end - try_charge_start)
		compat_hook_redirect(fregs, (unsigned long)kmem_over_high);
}

static struct hook try_charge_hook = {
	.name = "try_charge_memcg",
	.stub = kmem_try_charge_stub,
	.redirects = true,
};
static struct hook account_hook = {
	.name = "__mod_memcg_state",
	.stub = kmem_account_stub,
	.redirects = true,
};
static struct hook over_high_hook = {
	.name = COMPAT_HANDLE_OVER_HIGH,
	.handler = over_high_handler,
	.redirects = true,
};

/*
 * A charge that is granted and never accounted would leave preemption off. So before the first charge is
 * reserved, this watches a few of our own, both ways of charging, and counts: each must come by both hooks.
 */
static struct {
	struct task_struct *task;
	unsigned int granted;
	unsigned int accounted;
} rehearsal;

static void notrace rehearsal_handler(unsigned long ip, unsigned long parent_ip,
				      struct ftrace_ops *ops, struct ftrace_regs *fregs);

static struct hook rehearsal_hook = {
	.name = "try_charge_memcg",
	.also = "__mod_memcg_state",
	.handler = rehearsal_handler,
	.unlisted = true,
};

static void notrace rehearsal_handler(unsigned long ip, unsigned long parent_ip,
				      struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (READ_ONCE(rehearsal.task) != current || !in_task())
		return;
	if (ip == rehearsal_hook.also_address)
		rehearsal.accounted += compat_hook_arg(fregs, 1) == MEMCG_KMEM &&
				       (int)compat_hook_arg(fregs, 2) > 0;
	else
		rehearsal.granted += charges_kmem(parent_ip);
}

/* Charge a page and some objects to @memcg, and free them. Return: false when any of them was refused. */
static bool rehearse_in(struct mem_cgroup *memcg)
{
	/* A group that is full gets no OOM kill for this. */
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN;
	struct mem_cgroup *old = set_active_memcg(memcg);
	void *objects[REHEARSAL_OBJECTS];
	struct page *page;
	bool whole;
	int i;

	page = alloc_page(gfp);
	whole = page;
	for (i = 0; i < REHEARSAL_OBJECTS; i++) {
		objects[i] = kmalloc(PAGE_SIZE / 2, gfp);
		whole &= !!objects[i];
	}
	while (i--)
		kfree(objects[i]);
	if (page)
		__free_page(page);
	set_active_memcg(old);
	return whole;
}

/* When it returns 0 it has waited with RCU tasks. */
static int rehearse(struct mem_cgroup *memcg)
{
	static bool passed;
	bool whole;
	int err;

	if (passed) {
		synchronize_rcu_tasks();
		return 0;
	}
	err = hook_get(&rehearsal_hook);
	if (err)
		return err;
	rehearsal.granted = rehearsal.accounted = 0;
	WRITE_ONCE(rehearsal.task, current);
	whole = rehearse_in(memcg);
	WRITE_ONCE(rehearsal.task, NULL);
	hook_put(&rehearsal_hook);
	passed = whole && rehearsal.granted > 1 && rehearsal.granted == rehearsal.accounted;
	if (passed)
		return 0;
	return whole ? -EOPNOTSUPP : -ENOMEM;
}

/**
 * kmem_charge_init() - find what is hooked
 *
 * Return: NULL, or the reason why this kernel cannot have kmem limits.
 */
const char *kmem_charge_init(void)
{
	unsigned long end;
	int i, found = 0;

	if (btf_mismatch("try_charge_memcg"))
		return btf_mismatch("try_charge_memcg");
	if (btf_mismatch("__mod_memcg_state"))
		return btf_mismatch("__mod_memcg_state");
	for (i = 0; i < ARRAY_SIZE(kmem_chargers); i++) {
		if (!sym_range(charger_names[i], &kmem_chargers[i].start, &end))
			continue;
		kmem_chargers[i].length = end - kmem_chargers[i].start;
		found++;
	}
	if (!found || !sym_range("try_charge_memcg", &try_charge_start, &try_charge_end))
		return "no function that charges kernel memory was found";
	if (hook_prepare(&try_charge_hook) || hook_prepare(&account_hook) ||
	    hook_prepare(&over_high_hook) || hook_prepare(&rehearsal_hook))
		return "a function that charges kernel memory cannot be hooked";
	static_call_update(kmem_try_charge_original,
			   (typeof(&try_charge_memcg))hook_original(&try_charge_hook));
	static_call_update(kmem_account_original,
			   (typeof(&__mod_memcg_state))hook_original(&account_hook));
	static_call_update(kmem_over_high_original,
			   (typeof(&compat_handle_over_high))hook_original(&over_high_hook));
	return NULL;
}

/**
 * kmem_charge_hooks_get() - begin to reserve and to account
 * @memcg: a group; a few pages are charged to it for an instant
 *
 * The accounting first: a reservation leaves preemption off until it comes by. A task may have passed the
 * entry of the accounting before it was hooked, and be preempted there: RCU tasks waits for it.
 *
 * Context: may sleep. Return: 0; -EOPNOTSUPP: in this kernel charges are not accounted where we look; -ENOMEM: the
 * group has no room for the few pages; or a negative errno of hook_get().
 */
int kmem_charge_hooks_get(struct mem_cgroup *memcg)
{
	int err;

	err = hook_get(&account_hook);
	if (err)
		return err;
	err = rehearse(memcg) ?: hook_get(&over_high_hook);
	if (err)
		goto put_account;
	err = hook_get(&try_charge_hook);
	if (err)
		goto put_over_high;
	return 0;

put_over_high:
	hook_put(&over_high_hook);
put_account:
	hook_put(&account_hook);
	return err;
}

/** kmem_charge_hooks_put() - the reverse, in the reverse order; waits until no charge is reserved */
void kmem_charge_hooks_put(void)
{
	hook_put(&try_charge_hook);
	/* Who has reserved has preemption off until it is accounted. */
	synchronize_rcu();
	hook_put(&over_high_hook);
	hook_put(&account_hook);
}
