// SPDX-License-Identifier: GPL-2.0-only
/* Claims: one folio, wherever it was found. */
#include <linux/rmap.h>

#include "claim_private.h"
#include "core/sym.h"

struct mapped {
	struct charge *charge;
	int result;
};

/* Under the page-table lock of the first entry that is found to map it. */
static bool move_mapped(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = {
		.pfn = folio_pfn(folio),
		.nr_pages = folio_nr_pages(folio),
		.pgoff = folio->index,
		.vma = vma,
		.address = addr,
	};
	struct mapped *mapped = arg;
	bool found = false;

	/* A page is mapped once there; the second call gives the lock back. */
	while (sym_call(page_vma_mapped_walk)(&pvmw)) {
		mapped->result = charge_folio(mapped->charge, folio);
		found = true;
	}
	return !found;
}

/* Without an address space that is held, only this keeps the anon_vma that is to be locked. */
static struct anon_vma *lock_anon(compat_rmap_folio_t *folio, struct rmap_walk_control *rwc)
{
	return sym_call(folio_lock_anon_vma_read)(folio, rwc);
}

/**
 * claim_folio_locked() - move a folio whose lock is held, and no page-table lock
 * @claim: with a reserve
 * @folio: with one reference of the caller's
 *
 * Context: sleeps. Return: see claim_folio_move().
 */
int claim_folio_locked(struct claim *claim, struct folio *folio)
{
	/* What maps it is on the way in or out, unless it is found. */
	struct mapped mapped = { &claim->charge, MEMCGCTL_SKIP_PINNED };
	struct rmap_walk_control rwc = {
		.arg = &mapped,
		.rmap_one = move_mapped,
		.anon_lock = lock_anon,
	};
	int kind = charge_kind(&claim->charge, folio);

	if (kind != CHARGE_MOVED)
		return kind;
	if (!folio_mapped(folio))
		return charge_folio(&claim->charge, folio);
	sym_call(rmap_walk)(folio, &rwc);
	return mapped.result;
}

/**
 * claim_folio_move() - move a folio that was found without a page table or a file's range
 * @claim: with charge begun, and a page of reserve for each page of the folio (charge_reserve()); the caller
 *	settles (charge_settle()) after some folios and before the next reserve
 * @folio: with one reference of the caller's, which it puts after this; not locked
 *
 * Takes any folio: what is not moved has its reason. Nothing is entered in the receipt.
 *
 * Context: sleeps; no lock held. Return: CHARGE_MOVED, or an &enum memcgctl_skip; see charge_may_pass().
 */
int claim_folio_move(struct claim *claim, struct folio *folio)
{
	int kind = charge_kind(&claim->charge, folio);
	int result;

	if (kind != CHARGE_MOVED)
		return kind;
	if (!folio_trylock(folio))
		return MEMCGCTL_SKIP_LOCKED;
	result = claim_folio_locked(claim, folio);
	folio_unlock(folio);
	return result;
}
