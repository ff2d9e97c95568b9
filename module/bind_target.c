// SPDX-License-Identifier: GPL-2.0-only
/* Bindings: who pays, and who inherits. */
#include <linux/slab.h>

#include "bind_private.h"
#include "core/group.h"

/* A group that lives, with a reference. */
static bool get_living(struct mem_cgroup *memcg)
{
	return memcg && css_tryget_online(&memcg->css);
}

/**
 * bind_heir() - who pays instead of a target that is going
 * @binding: of the target
 * @memcg: the target; the caller keeps it
 *
 * Context: SRCU reader, or bind_work; in an RCU section or with a reference of @memcg.
 * Return: a group with a reference, or NULL: nobody, which is whoever touches the object.
 */
struct mem_cgroup *bind_heir(const struct binding *binding, struct mem_cgroup *memcg)
{
	struct mem_cgroup *heir = READ_ONCE(binding->heir);

	if (binding->on_death == MEMCGCTL_ON_DEATH_FAULTER)
		return NULL;
	if (get_living(heir))
		return heir;
	/* An ancestor lives for as long as its descendants' references do; only the root has no parent. */
	for (memcg = parent_mem_cgroup(memcg); memcg; memcg = parent_mem_cgroup(memcg)) {
		if (!parent_mem_cgroup(memcg))
			break;
		if (get_living(memcg))
			return memcg;
	}
	return NULL;
}

/*
 * Whose turn it is at an index of a file or a range. The unit is the largest folio there so far, so that those of all
 * sizes are shared out alike, and what is forgotten and read again goes to where it was. Weights are few: 64 targets
 * at most, and most often one or two.
 */
static struct bind_target *turn_of(struct binding *binding, pgoff_t index)
{
	struct bind_target *target = binding->target;
	u32 turn = (index >> READ_ONCE(binding->order)) % binding->weights;

	while (turn >= target->below)
		target++;
	return target;
}

/*
 * Which target has got the least so far, by its weight: indexes of many files, most of them small, say nothing. Two that
 * charge at the same time may choose the same; the next ones make up for it.
 */
static struct bind_target *least_charged(struct binding *binding)
{
	struct bind_target *target = binding->target, *least = target;
	struct bind_target *end = target + binding->targets;

	while (++target < end)
		if ((u64)atomic_long_read(&target->charged) * least->weight <
		    (u64)atomic_long_read(&least->charged) * target->weight)
			least = target;
	return least;
}

/** bind_choose() - see bind_target_for() */
struct bind_target *bind_choose(struct binding *binding, pgoff_t index, unsigned int order)
{
	if (binding->kind == MEMCGCTL_BIND_MOUNT)
		return least_charged(binding);
	if (order > READ_ONCE(binding->order))
		WRITE_ONCE(binding->order, order);
	return turn_of(binding, index);
}

/**
 * bind_may_be_of() - whether a folio that a target's group is charged with may have been charged through the binding
 * @binding: of the target
 * @target: whose
 * @index: of any of its pages
 * @order: its order
 */
bool bind_may_be_of(struct binding *binding, const struct bind_target *target, pgoff_t index,
		    unsigned int order)
{
	/* By another unit it may have been another's turn. */
	return binding->kind == MEMCGCTL_BIND_MOUNT || order || READ_ONCE(binding->order) ||
	       turn_of(binding, index) == target;
}

static bool is_dying(struct mem_cgroup *memcg)
{
	return memcg && css_is_dying(&memcg->css);
}

static bool retarget(struct binding *binding)
{
	struct bind_target *target;
	struct bind_former *former;
	bool any = false;

	for (target = binding->target; target < binding->target + binding->targets; target++) {
		if (!is_dying(target->memcg) || target->gone)
			continue;
		target->gone = target->memcg;
		WRITE_ONCE(target->memcg, bind_heir(binding, target->gone));
		any = true;
	}
	list_for_each_entry(former, &binding->former, list) {
		if (!is_dying(former->memcg) || former->gone)
			continue;
		former->gone = true;
		former->heir = bind_heir(binding, former->memcg);
		any = true;
	}
	if (is_dying(binding->heir) && !binding->heir_gone) {
		binding->heir_gone = binding->heir;
		WRITE_ONCE(binding->heir, NULL);
		any = true;
	}
	return any;
}

/**
 * bind_retarget() - put heirs in the place of targets that are going
 * @binding: not taken apart
 *
 * Who has gone is kept, as &struct bind_target.gone, until bind_bury().
 *
 * Context: bind_work. Return: whether there was one.
 */
bool bind_retarget(struct binding *binding)
{
	bool any;

	spin_lock(&bind_table_lock);
	any = retarget(binding);
	spin_unlock(&bind_table_lock);
	return any;
}

static void put(struct mem_cgroup *memcg)
{
	if (memcg)
		css_put(&memcg->css);
}

static void bury_target(struct binding *binding, struct bind_target *target)
{
	struct mem_cgroup *heir;

	/* It may follow a pattern meanwhile. */
	spin_lock(&bind_table_lock);
	heir = target->memcg;
	if (heir)
		css_get(&heir->css);
	spin_unlock(&bind_table_lock);
	bind_move(binding, target, target->gone, heir);
	put(heir);
	put(target->gone);
	target->gone = NULL;
}

static struct bind_former *take_former(struct binding *binding)
{
	struct bind_former *former;

	spin_lock(&bind_table_lock);
	list_for_each_entry(former, &binding->former, list) {
		if (former->gone) {
			list_del(&former->list);
			spin_unlock(&bind_table_lock);
			return former;
		}
	}
	spin_unlock(&bind_table_lock);
	return NULL;
}

/**
 * bind_bury() - what targets that have gone paid for goes to their heirs
 * @binding: after bind_retarget() and synchronize_srcu()
 *
 * Context: bind_work; may sleep.
 */
void bind_bury(struct binding *binding)
{
	struct bind_target *target;
	struct bind_former *former;

	for (target = binding->target; target < binding->target + binding->targets; target++)
		if (target->gone)
			bury_target(binding, target);
	while ((former = take_former(binding))) {
		bind_move(binding, binding->target, former->memcg, former->heir);
		put(former->memcg);
		put(former->heir);
		kfree(former);
	}
	put(binding->heir_gone);
	binding->heir_gone = NULL;
}

/* A former target holds a reference of its own, until a grace period after it has gone. */
static bool is_former(const struct binding *binding, const struct mem_cgroup *memcg)
{
	const struct bind_former *former;

	list_for_each_entry(former, &binding->former, list)
		if (former->memcg == memcg && !former->gone)
			return true;
	return false;
}

/**
 * bind_replace() - another group pays from now on instead of the first target
 * @binding: lives
 * @memcg: lives
 *
 * What the one before was charged with stays there, and is inherited when that goes. Readers may still charge it, with no
 * reference but the binding's. Without memory to remember it, it goes on paying.
 *
 * Context: bind_table_lock.
 */
void bind_replace(struct binding *binding, struct mem_cgroup *memcg)
{
	struct mem_cgroup *before = binding->target->memcg;
	struct bind_former *former;

	lockdep_assert_held(&bind_table_lock);
	/* It may have paid before, as an heir. */
	if (before && !is_former(binding, before)) {
		former = kzalloc(sizeof(*former), GFP_ATOMIC);
		if (!former)
			return;
		former->memcg = before;
		list_add(&former->list, &binding->former);
		before = NULL;
	}
	css_get(&memcg->css);
	WRITE_ONCE(binding->target->memcg, memcg);
	put(before);
}

/** bind_targets_set() - take over the targets of a request, and references of our own; nobody looks yet */
void bind_targets_set(struct binding *binding, const struct bind_request *request)
{
	struct bind_target *target = binding->target;
	unsigned int i;

	for (i = 0; i < request->targets; i++, target++) {
		css_get(&request->shares[i].memcg->css);
		target->memcg = request->shares[i].memcg;
		target->weight = request->shares[i].weight;
		binding->weights += target->weight;
		target->below = binding->weights;
	}
	binding->targets = request->targets;
	if (request->heir)
		css_get(&request->heir->css);
	binding->heir = request->heir;
}

/** bind_targets_put() - end of the references; nobody looks any more */
void bind_targets_put(struct binding *binding)
{
	struct bind_former *former, *next;
	unsigned int i;

	for (i = 0; i < binding->targets; i++) {
		put(binding->target[i].memcg);
		put(binding->target[i].gone);
	}
	put(binding->heir);
	put(binding->heir_gone);
	list_for_each_entry_safe(former, next, &binding->former, list) {
		put(former->memcg);
		put(former->heir);
		kfree(former);
	}
}
