/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hierarchical, lock-free, strict counter of pages.
 *
 * It differs from the kernel's page_counter in one promise: a try at a strict level never takes the
 * usage past the limit, not even for an instant. page_counter adds first and takes back after a
 * look at the limit, so its usage and its peak show pages that nobody was granted.
 *
 * Nothing here sleeps or takes a lock: every function may be called from any context, with
 * interrupts off, and from where an interrupt or an NMI came in between. What the functions need
 * is that the counters of the whole path to the root stay in memory during the call (an RCU read
 * section, or a reference), and that no @parent changes while a charge is in flight: a level is put
 * in or taken out of a path under stop_machine() or before the first charge. A level that was taken
 * out keeps its @parent, which may go next: a call in flight that holds such a level must not follow
 * the pointer, unless it has seen the level in its path within the same RCU read section.
 */
#ifndef MEMCGCTL_CORE_COUNTER_H
#define MEMCGCTL_CORE_COUNTER_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/types.h>
#include <asm/page.h>

/* No limit. Twice this value and the value in bytes both fit a long, so that no sum overflows. */
#define COUNTER_MAX ((long)(LONG_MAX / PAGE_SIZE))

/**
 * struct counter - one level
 * @usage: pages charged here and below. Negative for a moment while a level is being activated:
 *         uncharges of older pages come before counter_set_usage() has put them in.
 * @limit: pages; COUNTER_MAX is no limit. A limit below the usage only lets the usage fall.
 * @strict: a try that would pass @limit is refused (enforce); else it is let through and reported
 *          (observe, shrink).
 * @parent: the next level up, or NULL.
 * @peak: the highest value @usage ever took, pages of a try that an ancestor then refused included.
 * @forced: pages that counter_charge() put past @limit, ever; it does not fall.
 * @breaches: charges that landed past @limit. Refused tries are left to the caller, who alone
 *            knows whether a try is a new allocation or the same one again after shrinking.
 *
 * What a charge always touches comes first, and fits one cache line with room to spare.
 */
struct counter {
	atomic_long_t usage;
	long limit;
	bool strict;
	struct counter *parent;
	atomic_long_t peak;
	atomic_long_t forced;
	atomic_long_t breaches;
};

void counter_init(struct counter *c, struct counter *parent, long usage);
void counter_set_usage(struct counter *c, long usage);
bool counter_try_charge(struct counter *c, long nr, struct counter **over);
void counter_charge(struct counter *c, long nr);
void counter_uncharge(struct counter *c, long nr);
long counter_set_limit(struct counter *c, long limit);
void counter_set_strict(struct counter *c, bool strict);

/** counter_usage() - pages charged now; never negative, whatever an activation shows meanwhile. */
static inline long counter_usage(struct counter *c)
{
	long usage = atomic_long_read(&c->usage);

	return usage > 0 ? usage : 0;
}

/** counter_over() - pages by which the usage is past the limit now, or 0. */
static inline long counter_over(struct counter *c)
{
	long over = atomic_long_read(&c->usage) - READ_ONCE(c->limit);

	return over > 0 ? over : 0;
}

#endif
