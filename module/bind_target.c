// SPDX-License-Identifier: GPL-2.0-only
/* Bindings: who pays, and who inherits. */
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
 * Context: SRCU reader, or bind_lock.
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

/* Weights are few: 64 targets at most, and most often one or two. */
static const struct bind_target *target_at(const struct binding *binding, pgoff_t index)
{
	const struct bind_target *target = binding->target;
	u32 turn;

	if (binding->targets > 1) {
		turn = index % binding->weights;
		while (turn >= target->below)
			target++;
	}
	return target;
}

/** bind_is_turn() - whether a page's turn is that of a target; @index as of bind_target_for() */
bool bind_is_turn(const struct binding *binding, const struct bind_target *target, pgoff_t index)
{
	return target_at(binding, index) == target;
}

/**
 * bind_target_for() - which target pays for a page
 * @binding: found in an SRCU section that lasts
 * @index: page index; of a large folio divided by its pages
 *
 * Return: a living group with a css reference, or NULL: whoever would without a binding.
 */
struct mem_cgroup *bind_target_for(struct binding *binding, pgoff_t index)
{
	struct mem_cgroup *memcg = READ_ONCE(target_at(binding, index)->memcg);

	if (!memcg || likely(css_tryget_online(&memcg->css)))
		return memcg;
	/* It is going, and bind_work has yet to come. */
	return bind_heir(binding, memcg);
}

static bool is_dying(struct mem_cgroup *memcg)
{
	return memcg && css_is_dying(&memcg->css);
}

/**
 * bind_retarget() - put heirs in the place of targets that are going
 * @binding: lives
 *
 * Who has gone is kept, as &struct bind_target.gone, until bind_bury().
 *
 * Context: bind_lock. Return: whether there was one.
 */
bool bind_retarget(struct binding *binding)
{
	struct bind_target *target;
	bool any = false;

	for (target = binding->target; target < binding->target + binding->targets; target++) {
		if (!is_dying(target->memcg) || target->gone)
			continue;
		target->gone = target->memcg;
		WRITE_ONCE(target->memcg, bind_heir(binding, target->gone));
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
 * bind_bury() - what targets that have gone paid for goes to their heirs
 * @binding: after bind_retarget() and synchronize_srcu()
 *
 * Context: bind_lock; may sleep.
 */
void bind_bury(struct binding *binding)
{
	struct bind_target *target;

	for (target = binding->target; target < binding->target + binding->targets; target++) {
		if (!target->gone)
			continue;
		bind_move(binding, target);
		css_put(&target->gone->css);
		target->gone = NULL;
	}
	if (binding->heir_gone)
		css_put(&binding->heir_gone->css);
	binding->heir_gone = NULL;
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
	unsigned int i;

	for (i = 0; i < binding->targets; i++)
		if (binding->target[i].memcg)
			css_put(&binding->target[i].memcg->css);
	if (binding->heir)
		css_put(&binding->heir->css);
}
