/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of large private folios that wait to be split under pressure, one for each group: up to 6.x a plain list
 * in struct mem_cgroup, later a list_lru. The owner of a folio says in which queue it is, so it is taken
 * off before the owner changes. Only for a locked folio with no unexplained reference: who splits takes one for each
 * folio before it takes it off its queue without the queue's lock.
 *
 * - compat_split_prepare(): the group has a queue now; may sleep; false when it cannot be made, or is not found;
 * - compat_split_has_queue(): a folio of this size may be in one;
 * - compat_split_unqueue(): take it off the queue of its owner, if it is in it; the group by RCU;
 * - compat_split_requeue(): put it into the queue of its new owner.
 */
#ifndef MEMCGCTL_COMPAT_SPLIT_H
#define MEMCGCTL_COMPAT_SPLIT_H

#include <linux/huge_mm.h>
#include <linux/list_lru.h>
#include <linux/memcontrol.h>

#ifdef COMPAT_SPLIT_QUEUE

#ifndef COMPAT_SPLIT_PAGE
#define compat_split_list(folio) (&(folio)->_deferred_list)
#define compat_split_queue_it(call, folio)                                                         \
	call(deferred_split_folio)(folio, folio_test_partially_mapped(folio))
#else
#define compat_split_list(folio) page_deferred_list(&(folio)->page)
#define compat_split_queue_it(call, folio) call(deferred_split_huge_page)(&(folio)->page)
#endif

#define compat_split_prepare(call, address, memcg) true

static inline bool compat_split_take(struct deferred_split *queue, struct list_head *item)
{
	unsigned long flags;
	bool queued;

	spin_lock_irqsave(&queue->split_queue_lock, flags);
	queued = !list_empty(item);
	if (queued) {
		list_del_init(item);
		queue->split_queue_len--;
	}
	spin_unlock_irqrestore(&queue->split_queue_lock, flags);
	return queued;
}

#define compat_split_unqueue(call, folio, memcg)                                                   \
	compat_split_take(&(memcg)->deferred_split_queue, compat_split_list(folio))

static inline void compat_split_put(struct deferred_split *queue, struct list_head *item)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->split_queue_lock, flags);
	if (list_empty(item)) {
		list_add_tail(item, &queue->split_queue);
		queue->split_queue_len++;
	}
	spin_unlock_irqrestore(&queue->split_queue_lock, flags);
}

/* The kernel's own function also lets the shrinker know, but leaves out what is on its way to swap. */
#define compat_split_requeue(call, folio, memcg)                                                   \
	do {                                                                                       \
		compat_split_queue_it(call, folio);                                                \
		compat_split_put(&(memcg)->deferred_split_queue, compat_split_list(folio));        \
	} while (0)

#else

#define compat_split_list(folio) (&(folio)->_deferred_list)

static struct list_lru *compat_split_lru;

#define compat_split_prepare(call, address, memcg)                                                 \
	((compat_split_lru || (compat_split_lru = (void *)address("deferred_split_lru"))) &&       \
	 !call(memcg_list_lru_alloc)(memcg, compat_split_lru, GFP_KERNEL))

/* Its locks are taken with interrupts off, which these functions leave to the caller. */
static inline bool compat_split_take(struct folio *folio, struct mem_cgroup *memcg)
{
	unsigned long flags;
	bool queued;

	local_irq_save(flags);
	queued = list_lru_del(compat_split_lru, compat_split_list(folio), folio_nid(folio), memcg);
	local_irq_restore(flags);
	return queued;
}

#define compat_split_unqueue(call, folio, memcg) compat_split_take(folio, memcg)

static inline void compat_split_put(struct folio *folio, struct mem_cgroup *memcg)
{
	unsigned long flags;

	local_irq_save(flags);
	list_lru_add(compat_split_lru, compat_split_list(folio), folio_nid(folio), memcg);
	local_irq_restore(flags);
}

#define compat_split_requeue(call, folio, memcg) compat_split_put(folio, memcg)

#endif

/* The smallest have no room for it. */
static inline bool compat_split_has_queue(struct folio *folio)
{
#ifndef COMPAT_SPLIT_PAGE
	return folio_order(folio) > 1 && folio_test_large_rmappable(folio);
#else
	return folio_test_pmd_mappable(folio);
#endif
}

#endif
