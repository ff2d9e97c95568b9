/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving the charge of folios to another group.
 *
 * A batch goes: charge_begin(); any number of { charge_reserve() with no lock held; charge_folio() for
 * some folios; charge_settle() with no lock held }; charge_end(). The target is charged before a folio
 * moves and its old group is uncharged after, so that no page is ever charged to nobody; and what was
 * reserved in vain goes back at the end, so that none stays charged twice.
 *
 * While a folio moves nothing else may count it. What keeps others off:
 *
 * - the folio lock: truncation, migration, swap, a split, and a first mapping (0 -> 1) need it;
 * - being off the LRU list: reclaim and the aging need it there;
 * - a page-table lock under which the number of its mapped pages cannot change: of any entry that maps a small folio,
 *   or all of a large one (a huge page: while that entry is there all pages are mapped, whatever others do); else of all
 *   its entries, which then must lie in one page table (charge_maps_all());
 * - a reference count that is fully explained: who has taken away its last mapping or ended its writeback
 *   but has yet to count that holds a reference, and so does who splits it from the queue of deferred splits;
 * - the lock of its mapping's index, where becoming dirty is counted; becoming clean needs the folio lock.
 *
 * What remains: a folio becomes dirty by a flag first, and is counted when the lock of the index is had. In between, the
 * index still says clean, and it is left alone. But when writing it was given up earlier (all its buffers were
 * clean by themselves) the index has kept an old mark, and then the page tables' lock of somebody else may hide
 * that instant: file_dirty is then off by this folio in both groups, until it is written.
 *
 * Statistics, references and the charge of the old group are carried over for a run of folios with the same
 * owner and node at once. In between, a statistic may be off by what is under way; the sum never is.
 */
#ifndef MEMCGCTL_CORE_CHARGE_H
#define MEMCGCTL_CORE_CHARGE_H

#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/rmap.h>

#include "../compat/compat.h"
#include "../compat/charge.h"
#include "../uapi/memcgctl.h"

/* The low bits of memcg_data: not a user's page, but kernel memory that is mapped to one. */
#define CHARGE_OWNER_FLAGS 7UL

/* The statistics of a folio that move with it; those of the LRU lists move when it is put back. */
enum charge_stat {
	CHARGE_ANON_MAPPED,
	CHARGE_FILE_PAGES,
	CHARGE_FILE_MAPPED,
	CHARGE_FILE_DIRTY,
	CHARGE_SHMEM,
	CHARGE_SWAPCACHE,
	CHARGE_ANON_THPS,
	CHARGE_FILE_THPS,
	CHARGE_SHMEM_THPS,
	CHARGE_STATS,
};

/**
 * struct charge_share - some of the folios of an object, by their index: those of a large one's size count as one
 * @from: of as many consecutive indexes as @all the first one that is meant
 * @below: one past the last
 * @all: how many indexes take turns; 0: all are meant
 * @files: the object has many files, each of which begins at another turn
 */
struct charge_share {
	u32 from;
	u32 below;
	u32 all;
	bool files;
};

/**
 * struct charge - charges on their way to one group
 * @to: the target; the caller has a css reference
 * @shared: private memory that processes share by fork is moved, too; set by the caller after charge_begin()
 * @from: the group whose folios are meant, and no others; the caller has a css reference; or NULL for all
 * @share: which folios are meant, and no others; set by the caller after charge_begin()
 * @reserved: pages charged to @to that no folio has taken yet
 * @full: @to has no room, and reclaim freed none
 * @node: the node of @owner and @run
 * @owner: what a folio on @node is given as its owner; one reference
 * @run_owner: whom the folios of the run were taken from; @run references, one per folio
 * @run: folios moved and not settled yet
 * @run_pages: those of their pages that are charged to both groups
 * @queues: @to has a queue of deferred splits
 * @stats: their statistics, in pages
 * @isolated: folios to be put back on an LRU list, moved or not; each with the reference of its isolation
 * @isolated_pages: theirs
 */
struct charge {
	struct mem_cgroup *to;
	bool shared;
	struct mem_cgroup *from;
	struct charge_share share;
	unsigned int reserved;
	bool full;
	/* private: */
	int node;
	compat_owner_t owner;
	compat_owner_t run_owner;
	unsigned int run;
	unsigned int run_pages;
	bool queues;
	int stats[CHARGE_STATS];
	struct list_head isolated;
	unsigned long isolated_pages;
};

/* charge_folio(): the folio's charge was moved. */
#define CHARGE_MOVED (MEMCGCTL_SKIP_MAX + 1)
/* It is none of those that are meant. */
#define CHARGE_FOREIGN (MEMCGCTL_SKIP_MAX + 2)

void charge_begin(struct charge *charge, struct mem_cgroup *to);
struct mem_cgroup *charge_owner(const struct folio *folio);
bool charge_means(const struct charge *charge, const struct folio *folio);
unsigned int charge_reserve(struct charge *charge, unsigned int nr);
int charge_kind(const struct charge *charge, struct folio *folio);
bool charge_maps_all(struct folio *folio, pte_t *ptep, unsigned long addr);
int charge_folio(struct charge *charge, struct folio *folio);
void charge_settle(struct charge *charge);
void charge_put_back(struct charge *charge);
void charge_end(struct charge *charge);
u64 charge_room(struct mem_cgroup *memcg);
const char *charge_unavailable(void);

/* found.c */
int charge_found_locked(struct charge *charge, struct folio *folio);
int charge_found(struct charge *charge, struct folio *folio, unsigned long *pages);
struct anon_vma *charge_lock_anon(compat_rmap_folio_t *folio, struct rmap_walk_control *rwc);
unsigned long charge_frames_end(void);
struct folio *charge_frame(const struct charge *charge, unsigned long *pfn);
bool charge_in_filesystem(struct folio *folio, const struct super_block *sb);

/**
 * charge_inode() - the inode of the file that a folio is page cache of, or NULL
 * @folio: referenced, so that it stays user memory: the word is an address space, marked private memory, or none
 *
 * Context: RCU reader: an inode that is evicted meanwhile ends after a grace period.
 */
static inline const struct inode *charge_inode(struct folio *folio)
{
	const struct address_space *mapping = NULL;

	if (!folio_test_anon(folio) && !folio_test_swapcache(folio))
		mapping = READ_ONCE(folio->mapping);
	return mapping ? mapping->host : NULL;
}

/*
 * How many frames from one on are free that was free a moment ago; 1 when that cannot be told. Without the zone's lock what a page
 * says of it is right as long as it stays free, which is looked at again.
 */
static inline unsigned long charge_free_frames(struct page *page)
{
	unsigned long order = READ_ONCE(page->private);

	smp_rmb();
	return order <= ilog2(MAX_ORDER_NR_PAGES) && PageBuddy(page) ? 1UL << order : 1;
}

/**
 * charge_frame_folio() - the folio that begins at a page frame, if it is meant
 * @pfn: in: the frame; out: the next one to look at
 * @is_meant: looks at a folio, which may be anything when it has no reference yet; a constant, so that it is inlined
 * @arg: for @is_meant
 *
 * Return: the folio with a reference, or NULL.
 */
static __always_inline struct folio *
charge_frame_folio(unsigned long *pfn, bool (*is_meant)(const struct folio *folio, const void *arg),
		   const void *arg)
{
	struct page *page = pfn_to_online_page(*pfn);
	unsigned long first = (*pfn)++;
	struct folio *folio;

	if (!page) {
		*pfn = round_up(*pfn, PAGES_PER_SUBSECTION);
		return NULL;
	}
	if (PageBuddy(page)) {
		*pfn = first + charge_free_frames(page);
		return NULL;
	}
	folio = page_folio(page);
	/* Nothing but user memory is touched, and most of it is somebody else's. */
	if (!is_meant(folio, arg) || !folio_try_get(folio))
		return NULL;
	/* Met at its first frame, and not at one of those that follow when it became larger meanwhile. */
	if (page_folio(page) == folio && folio_pfn(folio) == first && is_meant(folio, arg)) {
		*pfn = first + folio_nr_pages(folio);
		return folio;
	}
	folio_put(folio);
	return NULL;
}

/** charge_may_pass() - whether what kept a folio from moving may be over in an instant */
static inline bool charge_may_pass(int result)
{
	return result == MEMCGCTL_SKIP_LOCKED || result == MEMCGCTL_SKIP_ISOLATED ||
	       result == MEMCGCTL_SKIP_PINNED || result == MEMCGCTL_SKIP_WRITEBACK ||
	       result == MEMCGCTL_SKIP_OTHER;
}

#endif
