// SPDX-License-Identifier: GPL-2.0-only
/* The hierarchical strict page counter; see counter.h. */
#include "counter.h"

/**
 * counter_init() - make a level
 * @c: the level; nobody else sees it yet
 * @parent: the next level up, or NULL
 * @usage: pages charged already
 *
 * It begins without a limit, and strict.
 */
void counter_init(struct counter *c, struct counter *parent, long usage)
{
	c->limit = COUNTER_MAX;
	c->strict = true;
	c->parent = parent;
	atomic_long_set(&c->forced, 0);
	atomic_long_set(&c->breaches, 0);
	counter_set_usage(c, usage);
}

/**
 * counter_set_usage() - set the baseline at the end of an activation
 * @c: the level
 * @usage: pages, exact
 *
 * The caller sees to it that no charge is in flight (stop_machine()): this overwrites. The peak
 * begins anew, since one from before the baseline means nothing.
 */
void counter_set_usage(struct counter *c, long usage)
{
	atomic_long_set(&c->usage, usage);
	atomic_long_set(&c->peak, usage);
}

/*
 * A peak behind the usage lasts until the charge that made it gets here; two charges that raise it
 * at once both end with the higher one. One load and a compare when there is no new peak.
 */
static inline void raise_peak(struct counter *c, long usage)
{
	long peak = atomic_long_read(&c->peak);

	while (usage > peak && !atomic_long_try_cmpxchg(&c->peak, &peak, usage))
		;
}

/*
 * Charge one level. The limit is compared with the very value that is then written, in one
 * cmpxchg: two tries can never both take the last page. @breach is of the round that succeeded.
 */
static inline bool charge_level(struct counter *c, long nr, bool *breach)
{
	long old = atomic_long_read(&c->usage);
	long new;

	do {
		new = old + nr;
		*breach = new > READ_ONCE(c->limit);
		if (unlikely(*breach) && READ_ONCE(c->strict))
			return false;
	} while (!atomic_long_try_cmpxchg(&c->usage, &old, new));

	raise_peak(c, new);
	return true;
}

/*
 * Count the breaches of a charge that is through at every level, bit n of @passed for the n-th
 * level from @c; return the lowest. Not on the way up: a try that is refused further up and
 * repeated would count each time.
 */
static struct counter *count_breaches(struct counter *c, unsigned long passed)
{
	struct counter *lowest = NULL;

	for (; passed; c = c->parent, passed >>= 1) {
		if (!(passed & 1))
			continue;
		if (!lowest)
			lowest = c;
		atomic_long_inc(&c->breaches);
	}
	return lowest;
}

/**
 * counter_try_charge() - charge a level and all its ancestors, or none
 * @c: the lowest level
 * @nr: pages, more than 0
 * @over: out. When refused: the strict level that refused. When charged: the lowest level whose
 *        limit this charge passed, not being strict, or NULL. Ancestors of it may be past theirs
 *        too: counter_over() tells.
 *
 * Spurious refusal: a try that an ancestor refuses holds its pages in the levels below until it has
 * taken them back. Another try that meets them there may be refused although it alone would fit.
 * It errs to that side only, so the limit holds. The pages in question are those of the tries in
 * flight, which run with interrupts off: at most one per CPU and context (task, softirq, interrupt,
 * NMI) times its @nr, for the few instructions to the undo. It takes an ancestor that is full, and
 * a caller that shrinks and repeats does not meet the same one again.
 *
 * Breaches are counted and reported for the first 64 levels of a path.
 *
 * Return: true when charged.
 */
bool counter_try_charge(struct counter *c, long nr, struct counter **over)
{
	unsigned long passed = 0, bit = 1;
	struct counter *level, *undo;
	bool breach;

	for (level = c; level; level = level->parent, bit <<= 1) {
		if (!charge_level(level, nr, &breach))
			goto refused;
		if (unlikely(breach))
			passed |= bit;
	}
	*over = unlikely(passed) ? count_breaches(c, passed) : NULL;
	return true;

refused:
	for (undo = c; undo != level; undo = undo->parent)
		atomic_long_sub(nr, &undo->usage);
	*over = level;
	return false;
}

/**
 * counter_charge() - charge a level and all its ancestors, limit or not
 * @c: the lowest level
 * @nr: pages, more than 0
 *
 * Of @nr, each level counts as forced only what lies past its own limit. Seen from outside, usage
 * and peak may be ahead of forced by the charges that are between the two additions: one per CPU
 * and context.
 */
void counter_charge(struct counter *c, long nr)
{
	for (; c; c = c->parent) {
		long usage = atomic_long_add_return(nr, &c->usage);
		long over = usage - READ_ONCE(c->limit);

		if (unlikely(over > 0)) {
			atomic_long_add(over < nr ? over : nr, &c->forced);
			atomic_long_inc(&c->breaches);
		}
		raise_peak(c, usage);
	}
}

/**
 * counter_uncharge() - take pages off a level and all its ancestors
 * @c: the lowest level
 * @nr: pages
 *
 * The usage may go below zero while a level is being activated; that is no error.
 */
void counter_uncharge(struct counter *c, long nr)
{
	for (; c; c = c->parent)
		atomic_long_sub(nr, &c->usage);
}

/**
 * counter_set_limit() - change the limit
 * @c: the level
 * @limit: pages, or COUNTER_MAX
 *
 * A try in flight that has read the old limit may still land, up to the old limit; a try that
 * begins after the return goes by the new one. Tries run inside RCU read sections, so that after a
 * synchronize_rcu() only forced charges can raise a usage that is past the new limit.
 *
 * Return: the old limit.
 */
long counter_set_limit(struct counter *c, long limit)
{
	return xchg(&c->limit, limit);
}

/**
 * counter_set_strict() - refuse tries that would pass the limit, or let them through
 * @c: the level
 * @strict: refuse
 *
 * A try in flight may still go by the old value, as with counter_set_limit().
 */
void counter_set_strict(struct counter *c, bool strict)
{
	WRITE_ONCE(c->strict, strict);
}
