// SPDX-License-Identifier: GPL-2.0-only
/* Moving the charge of folios to another group; see charge.h. */
#include <linux/backing-dev.h>
#include <linux/page_counter.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/swap.h>

#include "../compat/split.h"
#include "btf.h"
#include "charge.h"
#include "sym.h"

/*
 * What reclaim is asked for at once when the target is at a limit. The kernel charges in this unit, too,
 * so that a charge of just as much leaves nothing in a CPU's stock.
 */
#define RECLAIM_UNIT MEMCG_CHARGE_BATCH

/* Folios are put back when they have so many pages: it takes a grace period, for one as for many. */
#define ISOLATED_MAX 8192

/* Our reference, and that of being isolated. */
#define OWN_REFERENCES 2

/* NR_SHMEM_PMDMAPPED and NR_FILE_PMDMAPPED are the node's alone. */
static const enum node_stat_item stat_items[CHARGE_STATS] = {
	[CHARGE_ANON_MAPPED] = NR_ANON_MAPPED,
	[CHARGE_FILE_PAGES] = NR_FILE_PAGES,
	[CHARGE_FILE_MAPPED] = NR_FILE_MAPPED,
	[CHARGE_FILE_DIRTY] = NR_FILE_DIRTY,
	[CHARGE_SHMEM] = NR_SHMEM,
	[CHARGE_SWAPCACHE] = NR_SWAPCACHE,
	[CHARGE_ANON_THPS] = NR_ANON_THPS,
	[CHARGE_FILE_THPS] = NR_FILE_THPS,
	[CHARGE_SHMEM_THPS] = NR_SHMEM_THPS,
};

/** charge_begin() - nothing is charged yet; sleeps */
void charge_begin(struct charge *charge, struct mem_cgroup *to)
{
	*charge = (struct charge){ .to = to, .node = NUMA_NO_NODE };
	charge->queues = compat_split_prepare(sym_call, sym_address, to);
	INIT_LIST_HEAD(&charge->isolated);
}

/* What the root has is not counted. */
static bool is_counted(const struct charge *charge)
{
	return parent_mem_cgroup(charge->to);
}

static bool take(struct charge *charge, unsigned int nr)
{
	struct page_counter *over;

	if (!sym_call(page_counter_try_charge)(&charge->to->memory, nr, &over))
		return false;
	charge->reserved += nr;
	return true;
}

/*
 * One unit with the target's own reclaim, and without its OOM killer. Throttling for memory.high would
 * happen in there; it is left to the return to user mode, since a request holds a lock others wait for.
 */
static bool take_by_reclaim(struct charge *charge)
{
	unsigned int over_high = current->memcg_nr_pages_over_high;
	int err;

	/* What is on no list cannot be reclaimed. */
	charge_put_back(charge);
	current->memcg_nr_pages_over_high = 0;
	err = sym_call(try_charge_memcg)(charge->to, GFP_KERNEL | __GFP_NORETRY, RECLAIM_UNIT);
	current->memcg_nr_pages_over_high += over_high;
	if (!err)
		charge->reserved += RECLAIM_UNIT;
	return !err;
}

/**
 * charge_reserve() - charge the target ahead
 * @charge: begun
 * @nr: pages wanted in reserve
 *
 * Goes to the limit exactly: where the target (or an ancestor) has no room for all, it is asked to reclaim, once
 * in vain and then no more; the rest is filled up page by page.
 *
 * The root, as the heir of a group below it, has room for all.
 *
 * Context: sleeps, and may reclaim; no lock held, not even a folio's (reclaim may enter a file system).
 * Return: pages in reserve; may be more or less than wanted.
 */
unsigned int charge_reserve(struct charge *charge, unsigned int nr)
{
	unsigned int unit;

	if (!is_counted(charge))
		charge->reserved = max(charge->reserved, nr);
	while (charge->reserved < nr && !take(charge, nr - charge->reserved)) {
		if (charge->full || !take_by_reclaim(charge)) {
			charge->full = true;
			break;
		}
	}
	for (unit = rounddown_pow_of_two(nr | 1); unit; unit >>= 1)
		while (charge->reserved + unit <= nr && take(charge, unit))
			;
	return charge->reserved;
}

enum owned {
	OWNED_BY_NONE,
	OWNED_BY_KERNEL,
	OWNED_BY_TARGET,
	OWNED_BY_OTHER,
};

/* Whoever holds the folio's lock may change its owner right now, and the old one then ends after a grace period. */
static enum owned owned_by(const struct folio *folio, const struct mem_cgroup *target)
{
	enum owned owned = OWNED_BY_OTHER;
	compat_owner_t owner;

	rcu_read_lock();
	owner = compat_owner(folio);
	if (owner & CHARGE_OWNER_FLAGS)
		owned = OWNED_BY_KERNEL;
	else if (!owner || compat_owner_is_root(owner))
		owned = OWNED_BY_NONE;
	else if (compat_owner_group(owner) == target)
		owned = OWNED_BY_TARGET;
	rcu_read_unlock();
	return owned;
}

/**
 * charge_owner() - the group that a folio is charged to
 * @folio: referenced
 *
 * Context: RCU reader. Return: the group, which may be gone; NULL when it is none, the root, or the folio is kernel memory.
 */
struct mem_cgroup *charge_owner(const struct folio *folio)
{
	compat_owner_t owner = compat_owner(folio);
	struct mem_cgroup *memcg;

	if (!owner || owner & CHARGE_OWNER_FLAGS)
		return NULL;
	memcg = compat_owner_group(owner);
	return parent_mem_cgroup(memcg) ? memcg : NULL;
}

/**
 * charge_means() - whether a folio is user memory that is charged to whom the charge is about
 * @charge: begun
 * @folio: any, even without a reference: then the answer is a guess
 */
bool charge_means(const struct charge *charge, const struct folio *folio)
{
	compat_owner_t owner;
	bool means;

	/* The folio's reference on its owner, and then RCU, keep what is looked at. */
	rcu_read_lock();
	owner = compat_owner(folio);
	means = owner && !(owner & CHARGE_OWNER_FLAGS) &&
		(!charge->from || compat_owner_group(owner) == charge->from);
	rcu_read_unlock();
	return means;
}

/*
 * Small folios take the turns at which a binding charges them. Large ones do so in units of their own size. Of many files, not all
 * begin with the same turn.
 */
static bool in_share(const struct charge_share *share, struct folio *folio)
{
	unsigned long place = folio->index / folio_nr_pages(folio);
	const struct inode *inode;
	u32 turn;

	if (share->files) {
		rcu_read_lock();
		inode = charge_inode(folio);
		place += inode ? inode->i_ino : 0;
		rcu_read_unlock();
	}
	turn = place % share->all;
	return turn >= share->from && turn < share->below;
}

/**
 * charge_kind() - whether folios like this one are moved
 * @charge: begun
 * @folio: referenced, or mapped by an entry whose page-table lock is held
 *
 * Return: an &enum memcgctl_skip, CHARGE_FOREIGN, or CHARGE_MOVED when it might be moved.
 */
int charge_kind(const struct charge *charge, struct folio *folio)
{
	if (charge->from && !charge_means(charge, folio))
		return CHARGE_FOREIGN;
	if (charge->share.all && !in_share(&charge->share, folio))
		return CHARGE_FOREIGN;
	if (folio_is_zone_device(folio))
		return MEMCGCTL_SKIP_DEVICE;
	if (folio_test_hugetlb(folio))
		return MEMCGCTL_SKIP_HUGETLB;
	if (folio_test_hwpoison(folio) ||
	    (folio_test_large(folio) && folio_test_has_hwpoisoned(folio)))
		return MEMCGCTL_SKIP_BROKEN;
	switch (owned_by(folio, charge->to)) {
	case OWNED_BY_NONE:
		return MEMCGCTL_SKIP_UNCHARGED;
	case OWNED_BY_TARGET:
		return MEMCGCTL_SKIP_TARGET;
	case OWNED_BY_KERNEL:
		return MEMCGCTL_SKIP_KIND;
	case OWNED_BY_OTHER:
		break;
	}
	if (folio_test_ksm(folio))
		return MEMCGCTL_SKIP_KSM;
	if (folio_test_anon(folio) && !charge->shared && compat_mapped_shared(folio))
		return MEMCGCTL_SKIP_SHARED;
	return CHARGE_MOVED;
}

/* The old group is charged no longer for what has moved. Any context. */
static void uncharge_run(struct charge *charge)
{
	if (!charge->run_pages)
		return;
	rcu_read_lock();
	sym_call(page_counter_uncharge)(&compat_owner_group(charge->run_owner)->memory,
					charge->run_pages);
	rcu_read_unlock();
	charge->run_pages = 0;
}

/* Hand over what the run has collected. Any context. */
static void settle_run(struct charge *charge)
{
	struct mem_cgroup *from, *to;
	int i;

	uncharge_run(charge);
	if (!charge->run)
		return;
	/* RCU keeps an owner's group while that is handed to the parent. */
	rcu_read_lock();
	from = compat_owner_group(charge->run_owner);
	to = compat_owner_group(charge->owner);
	for (i = 0; i < CHARGE_STATS; i++) {
		if (!charge->stats[i])
			continue;
		compat_mod_lruvec_state(sym_call, compat_lruvec(from, charge->node), stat_items[i],
					-charge->stats[i]);
		compat_mod_lruvec_state(sym_call, compat_lruvec(to, charge->node), stat_items[i],
					charge->stats[i]);
		charge->stats[i] = 0;
	}
	rcu_read_unlock();
	compat_owner_put_many(charge->run_owner, charge->run);
	charge->run = 0;
}

static void drop_owner(struct charge *charge)
{
	settle_run(charge);
	if (charge->owner)
		compat_owner_put_many(charge->owner, 1);
	charge->owner = 0;
}

/* Make the run one of folios of @owner on @node. */
static bool join_run(struct charge *charge, compat_owner_t owner, int node)
{
	if (charge->run && charge->run_owner != owner)
		settle_run(charge);
	if (!charge->owner || charge->node != node) {
		drop_owner(charge);
		charge->owner = compat_owner_of_group(charge->to, node);
		charge->node = node;
	}
	charge->run_owner = owner;
	return charge->owner;
}

/*
 * Mapped by page tables, cached, and our own: nobody else has a reference. The count of mappings is read
 * on both sides of the references, so that a mapping that comes or goes in between is no excuse for another's.
 */
static bool fully_referenced(struct folio *folio)
{
	int mapped = compat_mapcount(folio), nr = folio_nr_pages(folio);
	int expected = mapped + OWN_REFERENCES;
	int references;

	if (folio_test_swapcache(folio))
		expected += nr;
	if (!folio_test_anon(folio))
		expected += (folio->mapping ? nr : 0) + folio_test_private(folio) +
			    folio_test_private_2(folio);
	smp_rmb();
	references = folio_ref_count(folio);
	smp_rmb();
	return references == expected && compat_mapcount(folio) == mapped;
}

/**
 * charge_maps_all() - whether one page table has all mappings of a large folio
 * @folio: referenced
 * @ptep: a present entry that maps a page of it; the lock of its page table is held
 * @addr: address which that entry translates
 *
 * Each page is looked for where it would be if all were mapped in order; one that is mapped elsewhere is missed.
 */
bool charge_maps_all(struct folio *folio, pte_t *ptep, unsigned long addr)
{
	long nr = folio_nr_pages(folio), page = pte_pfn(ptep_get(ptep)) - folio_pfn(folio);
	long entry = pte_index(addr), i = max(-page, -entry);
	long end = min(nr - page, PTRS_PER_PTE - entry);
	int found = 0;
	pte_t pte;

	for (; i < end; i++) {
		pte = ptep_get(ptep + i);
		found += pte_present(pte) && pte_pfn(pte) == folio_pfn(folio) + page + i;
	}
	return found == compat_mapcount(folio);
}

/* So many pages are counted as mapped; see the top of charge.h for why this stays so. */
static int mapped_pages(struct folio *folio)
{
	int mapped = compat_mapcount(folio);

	if (!folio_test_large(folio))
		return mapped > 0;
	if (mapped && (folio_entire_mapcount(folio) || IS_ENABLED(CONFIG_NO_PAGE_MAPCOUNT)))
		return folio_nr_pages(folio);
	return mapped;
}

static void count(struct charge *charge, struct folio *folio, bool dirty)
{
	int nr = folio_nr_pages(folio);
	bool huge = folio_test_pmd_mappable(folio);

	if (folio_test_anon(folio)) {
		charge->stats[CHARGE_ANON_MAPPED] += mapped_pages(folio);
		if (huge && folio_entire_mapcount(folio))
			charge->stats[CHARGE_ANON_THPS] += nr;
	} else if (folio->mapping) {
		charge->stats[CHARGE_FILE_PAGES] += nr;
		charge->stats[CHARGE_FILE_MAPPED] += mapped_pages(folio);
		charge->stats[CHARGE_FILE_DIRTY] += dirty ? nr : 0;
		if (folio_test_swapbacked(folio)) {
			charge->stats[CHARGE_SHMEM] += nr;
			charge->stats[CHARGE_SHMEM_THPS] += huge ? nr : 0;
		} else {
			charge->stats[CHARGE_FILE_THPS] += huge ? nr : 0;
		}
	}
	if (folio_test_swapcache(folio))
		charge->stats[CHARGE_SWAPCACHE] += nr;
}

static void change_owner(struct charge *charge, struct folio *folio, bool dirty)
{
	count(charge, folio, dirty);
	compat_owner_get(charge->owner);
	compat_set_owner(folio, charge->owner);
	charge->run++;
	charge->run_pages += folio_nr_pages(folio);
	charge->reserved -= folio_nr_pages(folio);
}

/* Page cache that is written back: while the index is locked nobody counts it as dirty. */
static bool change_owner_of_cache(struct charge *charge, struct folio *folio)
{
	struct xarray *index = &folio->mapping->i_pages;
	bool dirty, marked;
	unsigned long flags;

	xa_lock_irqsave(index, flags);
	dirty = folio_test_dirty(folio);
	marked = xa_get_mark(index, folio->index, PAGECACHE_TAG_DIRTY);
	/* A mark without the flag is an old one; the flag without the mark is not counted yet. */
	if (!dirty || marked)
		change_owner(charge, folio, dirty);
	xa_unlock_irqrestore(index, flags);
	return !dirty || marked;
}

/* A large folio may wait to be split, in a queue of its group's. */
static int change_owner_of_queued(struct charge *charge, struct folio *folio)
{
	struct mem_cgroup *from;
	bool queued;

	if (!charge->queues)
		return MEMCGCTL_SKIP_LARGE;
	rcu_read_lock();
	from = compat_owner_group(compat_owner(folio));
	queued = compat_split_unqueue(sym_call, folio, from);
	rcu_read_unlock();
	change_owner(charge, folio, false);
	rcu_read_lock();
	if (queued)
		compat_split_requeue(sym_call, folio, compat_owner_group(charge->owner));
	rcu_read_unlock();
	return CHARGE_MOVED;
}

/**
 * charge_folio() - move the charge of one folio
 * @charge: with a page in reserve for each of the folio, else the answer is MEMCGCTL_SKIP_LIMIT
 * @folio: locked; the caller has one reference of its own; and, when it is mapped, holds a page-table lock that
 *	keeps the number of its mapped pages; see the top of this file's header
 *
 * Context: does not sleep. The folio is off its LRU list until charge_put_back().
 * Return: CHARGE_MOVED, or why not: an &enum memcgctl_skip; see charge_may_pass().
 */
int charge_folio(struct charge *charge, struct folio *folio)
{
	int kind = charge_kind(charge, folio);

	if (kind != CHARGE_MOVED)
		return kind;
	if (charge->reserved < folio_nr_pages(folio))
		return MEMCGCTL_SKIP_LIMIT;
	if (folio_test_writeback(folio))
		return MEMCGCTL_SKIP_WRITEBACK;
	if (!compat_isolate_lru(sym_call, folio))
		return MEMCGCTL_SKIP_ISOLATED;
	list_add(&folio->lru, &charge->isolated);
	charge->isolated_pages += folio_nr_pages(folio);
	if (!fully_referenced(folio))
		return MEMCGCTL_SKIP_PINNED;
	if (!join_run(charge, compat_owner(folio), folio_nid(folio)))
		return MEMCGCTL_SKIP_OTHER;
	/*
	 * Its copy on swap is charged to the old group, which would pay for the folio again when it comes back from
	 * there. One that some process still needs stays.
	 */
	if (folio_test_swapcache(folio))
		sym_call(folio_free_swap)(folio);
	if (folio_test_anon(folio) && compat_split_has_queue(folio))
		return change_owner_of_queued(charge, folio);
	if (!folio_test_anon(folio) && folio->mapping && mapping_can_writeback(folio->mapping))
		return change_owner_of_cache(charge, folio) ? CHARGE_MOVED : MEMCGCTL_SKIP_PINNED;
	change_owner(charge, folio, false);
	return CHARGE_MOVED;
}

/**
 * charge_put_back() - hand over what was collected, and put the folios back on their lists
 *
 * To be called before what was not moved is tried again.
 *
 * Context: may sleep; no lock held.
 */
void charge_put_back(struct charge *charge)
{
	struct folio *folio, *next;

	settle_run(charge);
	if (list_empty(&charge->isolated))
		return;
	/*
	 * The aging looks into page tables for folios of one group: under the lock of the table it compares the
	 * owner, and then writes the generation of that group's lists into the folio if it is on a list. Who has
	 * seen the old owner must be done before it is.
	 */
	synchronize_rcu_expedited();
	/* On one CPU, since they wait on a list of that CPU's until it is drained. */
	migrate_disable();
	list_for_each_entry_safe(folio, next, &charge->isolated, lru) {
		list_del(&folio->lru);
		folio_add_lru(folio);
		folio_put(folio);
	}
	sym_call(lru_add_drain)();
	migrate_enable();
	charge->isolated_pages = 0;
}

/**
 * charge_settle() - uncharge who was charged before, and put folios back on their lists if they have become many
 *
 * To be called soon after charge_folio(), before the next charge_reserve().
 *
 * Context: may sleep; no lock held.
 */
void charge_settle(struct charge *charge)
{
	if (charge->isolated_pages < ISOLATED_MAX)
		uncharge_run(charge);
	else
		charge_put_back(charge);
}

/* Above memory.high nobody is throttled for what somebody else charges; the kernel's worker reclaims. */
static void reclaim_high(struct mem_cgroup *memcg)
{
	for (; memcg; memcg = parent_mem_cgroup(memcg))
		if (page_counter_read(&memcg->memory) > READ_ONCE(memcg->memory.high))
			schedule_work(&memcg->high_work);
}

/** charge_end() - put back, and give back what was reserved in vain; see charge_put_back() */
void charge_end(struct charge *charge)
{
	charge_put_back(charge);
	drop_owner(charge);
	if (charge->reserved && is_counted(charge))
		sym_call(page_counter_uncharge)(&charge->to->memory, charge->reserved);
	charge->reserved = 0;
	reclaim_high(charge->to);
}

/**
 * charge_room() - what a group can be charged with without reclaim
 * @memcg: the group
 *
 * Return: bytes up to the nearest limit on the way to the root, or MEMCGCTL_SIZE_MAX when there is none.
 */
u64 charge_room(struct mem_cgroup *memcg)
{
	struct page_counter *counter;
	unsigned long max, usage;
	u64 room = MEMCGCTL_SIZE_MAX;

	for (counter = &memcg->memory; counter; counter = counter->parent) {
		max = READ_ONCE(counter->max);
		usage = page_counter_read(counter);
		if (max != PAGE_COUNTER_MAX)
			room = min_t(u64, room, max > usage ? (u64)(max - usage) << PAGE_SHIFT : 0);
	}
	return room;
}

/** charge_unavailable() - NULL, or why this kernel's charges cannot be moved */
const char *charge_unavailable(void)
{
	static const char *const protos[] = { "try_charge_memcg", "folio_isolate_lru",
					      "try_to_unmap_flush", "folio_get_anon_vma",
					      "__put_anon_vma" };
	int i;

	if (mem_cgroup_disabled())
		return "the memory controller is off (cgroup_disable=memory)";
	if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
		return "the memory controller is on a v1 hierarchy";
	if (sym_missing(SYM_CLAIM))
		return sym_missing(SYM_CLAIM);
	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (btf_mismatch(protos[i]))
			return btf_mismatch(protos[i]);
	return NULL;
}
