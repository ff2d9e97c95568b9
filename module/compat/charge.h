/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who owns a folio, and how its owner is changed.
 *
 * The owner is what folio->memcg_data holds: a group up to 6.x, a per-node object of a group (which follows the
 * group's memory to the parent when the group goes) in 7.x. Either way a folio holds one reference on it. A file per
 * generation has:
 *
 * - compat_owner_of_group(): what a folio of a node that is charged to the group holds, with one reference, or 0 when
 *   there is none; the caller has a reference on the group;
 * - compat_owner_group(): the group that pays now; RCU reader;
 * - compat_owner_after(): the group that pays for what was charged to one that has gone, itself or its parent;
 * - compat_owner_is_root(): nothing is charged for its folios;
 * - compat_owner_get(), compat_owner_put_many(): references; any context;
 * - COMPAT_PAGES_HOLD_GROUP: whether each folio holds a reference on the group itself, also when that is gone;
 * - compat_mod_lruvec_state(): change a statistic of a group and its node; @call is sym_call.
 */
#ifndef MEMCGCTL_COMPAT_CHARGE_H
#define MEMCGCTL_COMPAT_CHARGE_H

#include <linux/memcontrol.h>
#include <linux/mmzone.h>

/* memcg_data, or 0 for none. */
typedef unsigned long compat_owner_t;

#ifdef COMPAT_OWNER_OBJCG
#include "charge-objcg.h"
#else
#include "charge-memcg.h"
#endif

static inline compat_owner_t compat_owner(const struct folio *folio)
{
	return READ_ONCE(folio->memcg_data);
}

/* The folio is locked and isolated, and its mapcount stable: nobody else looks at the owner or changes it. */
static inline void compat_set_owner(struct folio *folio, compat_owner_t owner)
{
	WRITE_ONCE(folio->memcg_data, owner);
}

/* A node that came up after the group was made has no pgdat in the group's lruvec yet. */
static inline struct lruvec *compat_lruvec(struct mem_cgroup *memcg, int nid)
{
	struct lruvec *lruvec = &memcg->nodeinfo[nid]->lruvec;
	struct pglist_data *pgdat = NODE_DATA(nid);

	if (unlikely(lruvec->pgdat != pgdat))
		lruvec->pgdat = pgdat;
	return lruvec;
}

/* Entries of page tables that map a folio. */
#ifdef COMPAT_MAPCOUNT_PER_PAGE
static inline int compat_mapcount(struct folio *folio)
{
	long nr = folio_nr_pages(folio), i;
	int mapped = 0, whole;

	for (i = 0; i < nr; i++)
		mapped += atomic_read(&folio_page(folio, i)->_mapcount) + 1;
	if (!folio_test_large(folio))
		return mapped;
	/* One that maps it as a whole counts in each page of a file's; in private memory all such count for one there. */
	whole = folio_entire_mapcount(folio);
	mapped -= nr * (folio_test_anon(folio) ? folio_test_double_map(folio) : whole);
	return mapped + whole;
}
#else
#define compat_mapcount(folio) folio_mapcount(folio)
#endif

/*
 * A folio of private memory is mapped by more than one process. From 6.15 on the kernel knows; before, each page of it
 * has a count, and a huge page that is mapped as one is mapped once by each.
 */
#ifdef COMPAT_MAYBE_SHARED
#define compat_mapped_shared(folio) folio_maybe_mapped_shared(folio)
#else
static inline bool compat_mapped_shared(struct folio *folio)
{
	long nr = folio_nr_pages(folio), i;
	int mapped = compat_mapcount(folio);

	if (mapped < 2 || !folio_test_large(folio))
		return mapped > 1;
	if (folio_entire_mapcount(folio) || mapped > nr)
		return true;
	for (i = 0; i < nr; i++)
		if (atomic_read(&folio_page(folio, i)->_mapcount) > 0)
			return true;
	return false;
}
#endif

/* How entries are taken away for a moment; up to 6.2 each is flushed by itself. */
#ifdef COMPAT_MIGRATE_FLUSHES
#define COMPAT_MIGRATE_FLAGS TTU_SYNC
#else
#define COMPAT_MIGRATE_FLAGS (TTU_SYNC | TTU_BATCH_FLUSH)
#endif

/* Where page tables of a mapping may map a folio. DEFINE_FOLIO_VMA_WALK() calls what 6.1 does not export. */
#define COMPAT_VMA_WALK(folio, mapping, addr)                                                      \
	{                                                                                          \
		.pfn = folio_pfn(folio), .nr_pages = folio_nr_pages(folio),                        \
		.pgoff = (folio)->index, .vma = (mapping), .address = (addr),                      \
	}

/* What a callback that locks a folio's anon_vma is given. */
#ifdef COMPAT_RMAP_CONST
typedef const struct folio compat_rmap_folio_t;
#else
typedef struct folio compat_rmap_folio_t;
#endif

/* Whether the folio was taken off its LRU list: 0 for yes up to 6.2. */
#ifdef COMPAT_ISOLATE_INT
#define compat_isolate_lru(call, folio) (!call(folio_isolate_lru)(folio))
#else
#define compat_isolate_lru(call, folio) call(folio_isolate_lru)(folio)
#endif

#endif
