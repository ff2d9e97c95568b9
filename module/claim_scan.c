// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims of a whole group or filesystem: all page frames are looked at.
 *
 * There is no list of what is charged to a group that one could go through: its LRU lists change all the time, and of some
 * memory they know nothing. Nor can one go on in the middle of the list of a filesystem's inodes without holding
 * one of them. A page frame is a place to go on from that nobody needs to keep. Looking at one that is none of the
 * claim's costs a few nanoseconds.
 */
#include <linux/mm.h>

#include "claim_private.h"
#include "core/sym.h"

/* Looked at between two looks at the clock. */
#define SCAN_FRAMES 8192

/* Keeps the reference when the folio is a candidate. */
static bool survey_folio(struct claim *claim, struct folio *folio)
{
	unsigned long pages = folio_nr_pages(folio);
	int kind;

	if (claim->sb && !charge_in_filesystem(folio, claim->sb))
		return false;
	kind = charge_kind(&claim->charge, folio);
	if (kind != CHARGE_MOVED && !charge_may_pass(kind)) {
		claim_enter(claim, kind, pages);
		return false;
	}
	/* No more may be moved than that. */
	if (pages > claim_pages_left(claim) - claim->scan->pages) {
		claim_enter(claim, MEMCGCTL_SKIP_LARGE, pages);
		return false;
	}
	if (claim->flags & MEMCGCTL_CLAIM_DRY_RUN) {
		claim_enter(claim, kind, pages);
		return false;
	}
	claim->scan->folio[claim->scan->nr++] = folio;
	claim->scan->pages += pages;
	return true;
}

/* True when it is settled what became of the folio. */
static bool move_folio(struct claim *claim, struct folio *folio)
{
	unsigned long pages;
	int result;

	/* Freed, but for this reference. */
	if (folio_ref_count(folio) == 1)
		return true;
	result = charge_found(&claim->charge, folio, &pages);
	if (charge_may_pass(result) && !claim->last)
		return false;
	claim_enter(claim, result, pages);
	return true;
}

static void move_candidates(struct claim *claim)
{
	struct claim_scan *scan = claim->scan;
	unsigned int i, left = 0;

	if (!scan->nr)
		return;
	charge_reserve(&claim->charge, scan->pages);
	scan->pages = 0;
	for (i = 0; i < scan->nr; i++) {
		if (move_folio(claim, scan->folio[i])) {
			folio_put(scan->folio[i]);
		} else {
			scan->pages += folio_nr_pages(scan->folio[i]);
			scan->folio[left++] = scan->folio[i];
		}
		cond_resched();
	}
	scan->nr = left;
	charge_settle(&claim->charge);
}

/**
 * claim_scan_step() - some page frames more
 * @claim: with scan; sb or charge.from says what is meant
 * @cursor: in and out: address of the next frame
 *
 * Context: sleeps; no lock held. Return: whether there are more.
 */
bool claim_scan_step(struct claim *claim, u64 *cursor)
{
	unsigned long pfn = *cursor >> PAGE_SHIFT, last = charge_frames_end();
	unsigned long stop = min(last, pfn + SCAN_FRAMES);
	struct folio *folio;

	claim->last = false;
	while (pfn < stop && claim->scan->pages < CLAIM_WINDOW &&
	       claim->scan->pages < claim_pages_left(claim)) {
		folio = charge_frame(&claim->charge, &pfn);
		if (folio && !survey_folio(claim, folio))
			folio_put(folio);
	}
	move_candidates(claim);
	if (claim->scan->nr) {
		charge_put_back(&claim->charge);
		claim_drain_lists(claim);
		claim->last = true;
		move_candidates(claim);
	}
	*cursor = (u64)pfn << PAGE_SHIFT;
	return pfn < last;
}
