/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims, inside: claim.c goes through a request window by window, claim_range.c looks into page tables and
 * claim_file.c into the page cache, claim_scan.c at page frames.
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
 *
 * A group or a filesystem as a whole is gone through by page frame instead (claim_scan.c), in the same three passes over some
 * folios at a time; then comes what else keeps a group that is gone (claim_dead.c).
 */
#ifndef MEMCGCTL_CLAIM_PRIVATE_H
#define MEMCGCTL_CLAIM_PRIVATE_H

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "claim.h"
#include "core/charge.h"

#define CLAIM_WINDOW 512

/* The cursor of a scan is the address of a page frame; from here on it is about swap space. */
#define CLAIM_CURSOR_SWAP BIT_ULL(62)

/**
 * struct claim_scan - folios that are being moved; each with a reference
 * @nr: how many
 * @pages: of all of them together
 */
struct claim_scan {
	unsigned int nr;
	unsigned long pages;
	struct folio *folio[CLAIM_WINDOW];
};

/**
 * struct claim - a request under way
 * @charge: to the target
 * @receipt: so far
 * @flags: &enum memcgctl_claim_flags
 * @at_most: see &struct claim_request
 * @owners: see &struct claim_request
 * @scan: of a group or a filesystem as a whole, else NULL
 * @sb: the filesystem
 * @mm: see &struct claim_request
 * @admin: see &struct claim_request
 * @anon: see &struct claim_request
 * @mapping: page cache behind the window, or NULL
 * @file: keeps @mapping; a reference when it came from a mapping of @mm
 * @cache_kind: CHARGE_MOVED, or why @mapping is left alone
 * @start: first address of the window, or offset in the file
 * @window: how long the window may be, in pages
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
 * @hole: the window before had nothing
 * @moving: not the first pass
 * @last: what may pass counts as well
 * @retry: some may pass
 * @writeback: and is under writeback
 * @drained: the lists of recent pages were emptied for this request
 */
struct claim {
	struct charge charge;
	struct claim_receipt *receipt;
	u32 flags;
	u64 at_most;
	struct claim_owners *owners;
	struct claim_scan *scan;
	struct super_block *sb;
	struct mm_struct *mm;
	bool admin;
	bool anon;
	struct address_space *mapping;
	struct file *file;
	int cache_kind;
	u64 start;
	unsigned long window;
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
	bool hole;
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
void claim_drain_lists(struct claim *claim);

/** claim_pages_left() - how many pages may still be moved */
static inline unsigned long claim_pages_left(const struct claim *claim)
{
	return (claim->at_most - claim->receipt->moved) >> PAGE_SHIFT;
}

/**
 * claim_no_folio() - the kind of what no folio, and so no owner, is behind: when a claim is of one owner, it is none of his; of
 * several claims that share an object the first is about it
 */
static inline int claim_no_folio(const struct claim *claim, int kind)
{
	return claim->charge.from || claim->charge.share.from ? CHARGE_FOREIGN : kind;
}

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

/* claim_scan.c */
bool claim_scan_step(struct claim *claim, u64 *cursor);

/* claim_dead.c */
void claim_dead_init(void);
bool claim_dead_step(struct claim *claim, u64 *cursor);
void claim_pins(struct mem_cgroup *from, struct claim_receipt *receipt);

#endif
