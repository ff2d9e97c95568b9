// SPDX-License-Identifier: GPL-2.0-only
/* Bindings: scopes, and the charges that are made inside them; bind_private.h has the order of things. */
#include <linux/sched/mm.h>

#include "bind_private.h"
#include "compat/bind.h"
#include "core/sym.h"

struct scopes bind_scopes[1 << BIND_SCOPE_BITS];

DEFINE_STATIC_CALL_NULL(bind_charge_original, __mem_cgroup_charge);
DEFINE_STATIC_CALL_NULL(bind_swapin_original, mem_cgroup_swapin_charge_folio);

static struct hook charge_hook, swapin_hook;

/** bind_open_beside() - see bind_scope_open() */
void bind_open_beside(struct scopes *of, struct bind_scope *scope)
{
	scope->beside = true;
	spin_lock(&of->lock);
	hlist_add_head(&scope->node, &of->others);
	spin_unlock(&of->lock);
}

/** bind_close_beside() - see bind_scope_close() */
void bind_close_beside(struct scopes *of, struct bind_scope *scope)
{
	spin_lock(&of->lock);
	hlist_del(&scope->node);
	spin_unlock(&of->lock);
}

/* The binding of a scope that something is charged in. */
static struct binding *binding_of(struct bind_scope *scope)
{
	if (scope->binding || !scope->late)
		return scope->binding;
	scope->srcu = bind_reader_enter();
	scope->binding = bind_find(scope->mm, scope->index);
	if (!scope->binding)
		bind_reader_leave(scope->srcu);
	return scope->binding;
}

static noinline struct bind_scope *innermost_beside(struct scopes *of)
{
	struct bind_scope *scope;

	spin_lock(&of->lock);
	hlist_for_each_entry(scope, &of->others, node)
		if (scope->task == current)
			break;
	spin_unlock(&of->lock);
	return scope;
}

/* The innermost scope of this task, or NULL. It is the task's own, so it stays. */
static struct bind_scope *innermost(void)
{
	struct scopes *of = bind_scopes_of_task();

	/* Those among the others were opened before: later ones are where the first of its own is. */
	return likely(READ_ONCE(of->task) == current) ? of->own : innermost_beside(of);
}

/*
 * Charge the target as the task itself would be by a remote charge, but without what would overrun its limit or
 * kill in it: somebody else can pay.
 */
static int charge_target(struct bind_scope *scope, struct mem_cgroup *memcg, struct folio *folio,
			 gfp_t gfp)
{
	struct mem_cgroup *active = current->active_memcg;
	int err;

	gfp &= ~(__GFP_NOFAIL | __GFP_HIGH | __GFP_NORETRY | __GFP_RETRY_MAYFAIL);
	gfp |= scope->binding->on_full == MEMCGCTL_ON_FULL_FAIL && !scope->optional
		       ? __GFP_RETRY_MAYFAIL
		       : __GFP_NORETRY;
	current->active_memcg = memcg;
	err = static_call(bind_charge_original)(folio, NULL, gfp);
	current->active_memcg = active;
	return err;
}

/**
 * bind_scope_forget() - what was charged last in a scope was for nothing: it is freed again
 *
 * A scope of a file makes one folio. When it charges another, there was no place for the first. (A page fault may bring one in
 * from swap, and copy it.)
 */
void bind_scope_forget(struct bind_scope *scope)
{
	if (scope->charged)
		bind_charged(scope->charged, -(long)scope->pages);
	scope->charged = NULL;
}

/* A target is going, and bind_work has yet to come. */
static noinline int charge_heir(struct bind_scope *scope, struct mem_cgroup *memcg,
				struct folio *folio, gfp_t gfp)
{
	struct mem_cgroup *heir;
	int err;

	rcu_read_lock();
	heir = bind_heir(scope->binding, memcg);
	rcu_read_unlock();
	if (!heir)
		return 1;
	err = charge_target(scope, heir, folio, gfp);
	css_put(&heir->css);
	return err;
}

/* 0: a target was charged. 1: nobody is meant to be. Else a target had no room. */
static int charge_bound(struct bind_scope *scope, struct folio *folio, gfp_t gfp)
{
	struct bind_target *target;
	struct mem_cgroup *memcg;
	int err;

	target = bind_target_for(scope->binding, scope->index, folio_order(folio));
	/* The binding's reference stays for as long as the section of the reader does. */
	memcg = READ_ONCE(target->memcg);
	if (!memcg)
		return 1;
	if (likely(!css_is_dying(&memcg->css)))
		err = charge_target(scope, memcg, folio, gfp);
	else
		err = charge_heir(scope, memcg, folio, gfp);
	if (err)
		return err;
	bind_charged(target, folio_nr_pages(folio));
	if (scope->late)
		return 0;
	if (unlikely(scope->charged))
		bind_scope_forget(scope);
	scope->charged = target;
	scope->pages = folio_nr_pages(folio);
	return 0;
}

static bool applies(struct bind_scope *scope, const struct folio *folio, const struct mm_struct *mm)
{
	return scope && (!scope->folio || scope->folio == folio) &&
	       (!scope->mm || scope->mm == mm) && binding_of(scope);
}

/* Replaces __mem_cgroup_charge() of a task that may have a scope. */
static int bind_charge(struct folio *folio, struct mm_struct *mm, gfp_t gfp)
{
	struct bind_scope *scope;
	int err = 1;

	hook_enter(&charge_hook);
	scope = innermost();
	if (applies(scope, folio, mm))
		err = charge_bound(scope, folio, gfp);
	if (err < 0) {
		if (scope->optional) {
			err = -ENOMEM;
		} else if (scope->binding->on_full == MEMCGCTL_ON_FULL_FAIL) {
			/* Of a large folio: the next attempt is a small one, which is counted. */
			scope->refused = !folio_test_large(folio);
			err = -ENOSPC;
		} else {
			bind_fell_back(scope->binding, folio_nr_pages(folio));
			err = 1;
		}
	}
	if (err > 0)
		err = static_call(bind_charge_original)(folio, mm, gfp);
	hook_exit(&charge_hook);
	return err;
}

/**
 * bind_charge_anew() - charge the target instead of who was just charged
 * @scope: the innermost of this task
 * @folio: private memory that nobody else knows yet, charged for the scope's address space
 *
 * Context: may sleep.
 */
void bind_charge_anew(struct bind_scope *scope, struct folio *folio)
{
	if (!binding_of(scope) || !folio_memcg(folio))
		return;
	sym_call(__mem_cgroup_uncharge)(folio);
	if (bind_charge(folio, scope->mm, GFP_KERNEL))
		/* It was charged a moment ago, and must be to somebody. */
		static_call(bind_charge_original)(folio, scope->mm, GFP_KERNEL | __GFP_NOFAIL);
}

/* A page that was read ahead because its neighbour in swap was wanted may be anybody's. */
static bool is_swapped_at(const struct bind_scope *scope, swp_entry_t entry, unsigned long nr)
{
	unsigned int order;
	swp_entry_t there;
	void *value;

	if (scope->late)
		return bind_range_is_swapped_at(scope, entry, nr);
	if (!scope->object)
		return false;
	value = xa_load(&scope->object->i_pages, scope->index);
	order = xa_get_order(&scope->object->i_pages, scope->index);
	if (!xa_is_value(value))
		return false;
	there = radix_to_swp_entry(value);
	return swp_type(there) == swp_type(entry) &&
	       swp_offset(there) >> order == swp_offset(entry) >> order;
}

/*
 * Replaces mem_cgroup_swapin_charge_folio() of a task that may have a scope: a page that comes back is charged to
 * the target, and not to the group that had it when it went. Without room there it is to whom it was.
 */
static int bind_swapin(COMPAT_SWAPIN_PARAMS)
{
	struct bind_scope *scope;
	bool optional;
	int err = 1;

	hook_enter(&swapin_hook);
	scope = innermost();
	if (scope && is_swapped_at(scope, compat_swapin_entry(), folio_nr_pages(folio)) &&
	    binding_of(scope)) {
		optional = scope->optional;
		scope->optional = true;
		err = charge_bound(scope, folio, gfp);
		scope->optional = optional;
		if (err < 0)
			bind_fell_back(scope->binding, folio_nr_pages(folio));
	}
	if (err)
		err = static_call(bind_swapin_original)(COMPAT_SWAPIN_ARGS);
	hook_exit(&swapin_hook);
	return err;
}

static void notrace charge_handler(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (unlikely(bind_in_scope()))
		compat_hook_redirect(fregs, (unsigned long)bind_charge);
}

static void notrace swapin_handler(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (bind_in_scope())
		compat_hook_redirect(fregs, (unsigned long)bind_swapin);
}

static struct hook charge_hook = {
	.name = "__mem_cgroup_charge",
	.handler = charge_handler,
	.redirects = true,
};

static struct hook swapin_hook = {
	.name = "mem_cgroup_swapin_charge_folio",
	.handler = swapin_handler,
	.redirects = true,
};

/** bind_charge_hooks_get() - to be held while scopes may be opened; see hook_get() */
int bind_charge_hooks_get(void)
{
	int err = hook_get(&charge_hook);

	if (err)
		return err;
	err = hook_get(&swapin_hook);
	if (err)
		hook_put(&charge_hook);
	return err;
}

/** bind_charge_hooks_put() - when no scope can be opened any more; see hook_put() */
void bind_charge_hooks_put(void)
{
	hook_put(&swapin_hook);
	hook_put(&charge_hook);
}

/** bind_charge_init() - at module load. Return: NULL, or why this kernel's charges cannot be redirected. */
const char *bind_charge_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bind_scopes); i++)
		spin_lock_init(&bind_scopes[i].lock);
	if (hook_prepare(&charge_hook))
		return "__mem_cgroup_charge was not found";
	if (hook_prepare(&swapin_hook))
		return "mem_cgroup_swapin_charge_folio was not found";
	static_call_update(bind_charge_original,
			   (typeof(&__mem_cgroup_charge))hook_original(&charge_hook));
	static_call_update(bind_swapin_original,
			   (typeof(&mem_cgroup_swapin_charge_folio))hook_original(&swapin_hook));
	return NULL;
}
