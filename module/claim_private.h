/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims, inside: claim.c goes through a request window by window, claim_range.c looks into page tables and
 * claim_file.c into the page cache; claim_folio.c moves a folio that no page table was needed to find.
 *
 * A window is at most CLAIM_WINDOW pages, and ends at a multiple of that (of the index, where there is a file), so that
 * a large folio, which is no larger and lies at a multiple of its size, is in one window. Three passes go over it,
 * each page table first, then page cache:
 *
 * 1. survey: each page that is present is entered in the receipt, or becomes a candidate; those of a large folio
 *    only when all of its pages are seen in the window, since it is moved as a whole;
 * 2. then, with no lock held, the target is charged for all candidates at once; and the candidates are moved, or
 *    entered with the reason that kept them;
 * 3. those whose reason may pass are tried once more, after the lists of recent pages that each CPU keeps
 *    were emptied, since a page on such a list can neither be isolated nor has all its references explained.
 *
 * A candidate that is gone by then was not present. Between the passes all may change: so what is moved are folios
 * that are found then, and may be moved then, all of whose pages in the window are candidates; which makes the
 * receipt true.
 */
#ifndef MEMCGCTL_CLAIM_PRIVATE_H
#define MEMCGCTL_CLAIM_PRIVATE_H

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "claim.h"
#include "core/charge.h"

#define CLAIM_WINDOW 512

/**
 * struct claim - a request under way
 * @charge: to the target
 * @receipt: so far
 * @mm: see &struct claim_request
 * @flags: see &struct claim_request
 * @admin: see &struct claim_request
 * @mapping: page cache behind the window, or NULL
 * @file: keeps @mapping; a reference when it came from a mapping of @mm
 * @cache_kind: CHARGE_MOVED, or why @mapping is left alone
 * @start: first address of the window, or offset in the file
 * @pages: length of the window
 * @first: index in @mapping of the window's first page
 * @seen: pages of the window of which it is known what they are
 * @private: of these, private memory: what is in page cache there is not seen through this range
 * @todo: candidates
 * @large: candidates of a large folio of which not all has been seen
 * @run: large folio of private memory whose pages the survey is seeing one by one, or NULL
 * @run_kind: its kind
 * @run_page: page of the window where it begins
 * @run_next: page of it that is next
 * @table_kind: as @cache_kind, of the mapping that the walk is in
 * @held: folio that the walk stopped at, with a reference
 * @held_page: page of the window where it begins
 * @moving: not the first pass
 * @last: what may pass counts as well
 * @retry: some may pass
 * @writeback: and is under writeback
 * @drained: the lists of recent pages were emptied for this request
 */
struct claim {
	struct charge charge;
	struct claim_receipt *receipt;
	struct mm_struct *mm;
	u32 flags;
	bool admin;
	struct address_space *mapping;
	struct file *file;
	int cache_kind;
	u64 start;
	unsigned long pages;
	pgoff_t first;
	DECLARE_BITMAP(seen, CLAIM_WINDOW);
	DECLARE_BITMAP(private, CLAIM_WINDOW);
	DECLARE_BITMAP(todo, CLAIM_WINDOW);
	DECLARE_BITMAP(large, CLAIM_WINDOW);
	const struct folio *run;
	int run_kind;
	unsigned long run_page;
	unsigned long run_next;
	int table_kind;
	struct folio *held;
	unsigned long held_page;
	bool moving;
	bool last;
	bool retry;
	bool writeback;
	bool drained;
};

/* claim.c */
void claim_enter(struct claim *claim, int result, unsigned long pages);
void claim_surveyed(struct claim *claim, unsigned long page, unsigned long pages, int kind);
void claim_tried(struct claim *claim, unsigned long page, unsigned long pages, int result);
bool claim_has(const struct claim *claim, struct folio *folio, long page);
bool claim_permitted(struct file *file);

/* claim_folio.c */
int claim_folio_locked(struct claim *claim, struct folio *folio);
int claim_folio_move(struct claim *claim, struct folio *folio);

/* claim_advice.c */
int claim_advise(struct mm_struct *mm, unsigned long start, unsigned long len);

/* claim_range.c */
int claim_range_window(struct claim *claim, u64 end);
int claim_range_move(struct claim *claim);

/* claim_file.c */
u64 claim_file_next(struct claim *claim, u64 start, u64 end);
void claim_file_survey(struct claim *claim);
void claim_file_move(struct claim *claim);
bool claim_is_hugetlb_file(const struct file *file);
void claim_hugetlb_file(struct claim *claim, const struct file *file, u64 start, u64 end);

#endif
