/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a group's state, exactly once.
 *
 * The state of a group lives from its first policy until the first of: the group goes offline, its
 * last policy is cleared, the module is unloaded. Each of the three calls lifecycle_mark_dead(), and
 * they may do so at once. A call in flight (one that shrinks, or sleeps for another reason) keeps
 * the state with lifecycle_tryget() and lets go with lifecycle_put(). Short calls need neither:
 * they stay inside the RCU read section in which they looked the state up.
 *
 * There is one base reference, for "has a policy"; only the caller who sets DEAD drops it. Whoever
 * drops the last reference, killer or call in flight, runs the release.
 *
 * The winner takes the state out of the lookup before it drops that reference, so no lookup finds a
 * dead one for long. The release puts what the state holds (the css) and frees the memory, but only
 * after an RCU grace period. It runs in the context of the last put, so it must not sleep.
 */
#ifndef MEMCGCTL_CORE_LIFECYCLE_H
#define MEMCGCTL_CORE_LIFECYCLE_H

#include <linux/bitops.h>
#include <linux/refcount.h>
#include <linux/types.h>

#define LIFECYCLE_DEAD 0 /* bit of lifecycle.flags */

/**
 * struct lifecycle - to be embedded in the state
 * @refs: one for "has a policy", one for each call in flight
 * @flags: LIFECYCLE_DEAD
 * @release: called once, by the last put
 */
struct lifecycle {
	refcount_t refs;
	unsigned long flags;
	void (*release)(struct lifecycle *lc);
};

/** lifecycle_init() - begin, with the base reference; to be done before the state can be found. */
static inline void lifecycle_init(struct lifecycle *lc, void (*release)(struct lifecycle *lc))
{
	refcount_set(&lc->refs, 1);
	lc->flags = 0;
	lc->release = release;
}

/** lifecycle_is_dead() - whether the end has begun; calls in flight should finish soon. */
static inline bool lifecycle_is_dead(const struct lifecycle *lc)
{
	return test_bit(LIFECYCLE_DEAD, &lc->flags);
}

/**
 * lifecycle_tryget() - keep the state beyond the RCU read section
 * @lc: found by lookup, inside an RCU read section that still lasts
 *
 * DEAD is looked at first, or a stream of calls that overlap could hold a dead group for ever.
 * A kill between the look and the increment is harmless: the reference counts, or the count is
 * zero already and stays so.
 *
 * Return: true with a reference, to be dropped with lifecycle_put().
 */
static inline bool lifecycle_tryget(struct lifecycle *lc)
{
	return !lifecycle_is_dead(lc) && refcount_inc_not_zero(&lc->refs);
}

/** lifecycle_put() - drop a reference; the last one releases. */
static inline void lifecycle_put(struct lifecycle *lc)
{
	if (refcount_dec_and_test(&lc->refs))
		lc->release(lc);
}

/**
 * lifecycle_mark_dead() - begin the end
 * @lc: found by lookup, inside an RCU read section that still lasts: a second killer may otherwise
 *      find the memory gone
 *
 * Return: true for the one caller who began it, and who now takes the state out of the lookup and
 * then drops the base reference with lifecycle_put().
 */
static inline bool lifecycle_mark_dead(struct lifecycle *lc)
{
	return !test_and_set_bit(LIFECYCLE_DEAD, &lc->flags);
}

#endif
