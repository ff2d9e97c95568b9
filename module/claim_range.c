// SPDX-License-Identifier: GPL-2.0-only
/* Claims: what the page tables of a process show. */
#include <linux/hugetlb.h>
#include <linux/mmap_lock.h>
#include <linux/pagewalk.h>

#include "claim_private.h"
#include "compat/leaf.h"
#include "core/sym.h"

static unsigned long page_of(const struct claim *claim, unsigned long addr)
{
	return (addr - claim->start) >> PAGE_SHIFT;
}

/* Something that has no owner behind it, in several pages; those that were candidates when surveyed are no longer. */
static void found_other(struct mm_walk *walk, unsigned long addr, unsigned long end, int kind)
{
	struct claim *claim = walk->private;
	unsigned long page = page_of(claim, addr), last = page_of(claim, end);

	kind = claim_no_folio(claim, kind);
	if (!claim->moving) {
		claim_surveyed(claim, page, last - page, kind);
		return;
	}
	for_each_set_bit_from(page, claim->todo, last)
		claim_tried(claim, page, 1, kind);
}

/* Page cache of a mapping may have to be left alone, where the process's own copies are not. */
static int kind_of_folio(struct claim *claim, struct folio *folio)
{
	int kind = charge_kind(&claim->charge, folio);

	if (folio_test_anon(folio))
		return kind;
	if (claim->anon)
		return CHARGE_FOREIGN;
	return kind == CHARGE_MOVED ? claim->table_kind : kind;
}

static int pud_entry(pud_t *pud, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pud_t entry = READ_ONCE(*pud);

	/* Only device memory has them outside of hugetlb. */
	if (!pud_none(entry) && (!pud_present(entry) || pud_leaf(entry))) {
		found_other(walk, addr, next, MEMCGCTL_SKIP_DEVICE);
		walk->action = ACTION_CONTINUE;
	}
	return 0;
}

/* The entry whose lock is held keeps the folio, and keeps it mapped. */
static int move_mapped(struct claim *claim, struct folio *folio)
{
	int result;

	folio_get(folio);
	if (folio_trylock(folio)) {
		result = charge_folio(&claim->charge, folio);
		folio_unlock(folio);
	} else {
		result = MEMCGCTL_SKIP_LOCKED;
	}
	folio_put(folio);
	return result;
}

/* A huge page that is mapped as one, of which the window may have a part. */
static void found_huge(struct claim *claim, struct folio *folio, unsigned long page, unsigned long end)
{
	int kind = kind_of_folio(claim, folio);

	if (!claim->moving) {
		claim_surveyed(claim, page, end - page, kind);
		if (folio_test_anon(folio))
			bitmap_set(claim->private, page, end - page);
		if (end - page < folio_nr_pages(folio))
			bitmap_set(claim->large, page, end - page);
	} else if (claim_has(claim, folio, page)) {
		if (kind == CHARGE_MOVED)
			kind = move_mapped(claim, folio);
		claim_tried(claim, page, end - page, kind);
	} else {
		/* It has become huge since. */
		for_each_set_bit_from(page, claim->todo, end)
			claim_tried(claim, page, 1, MEMCGCTL_SKIP_LARGE);
	}
}

static int pmd_entry(pmd_t *pmd, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct claim *claim = walk->private;
	pmd_t entry = READ_ONCE(*pmd);
	spinlock_t *lock;

	if (pmd_none(entry) || (pmd_present(entry) && !pmd_leaf(entry)))
		return 0;
	lock = pmd_lock(walk->mm, pmd);
	entry = *pmd;
	walk->action = ACTION_CONTINUE;
	if (pmd_none(entry) || (pmd_present(entry) && !pmd_leaf(entry)))
		walk->action = ACTION_AGAIN;
	else if (!pmd_present(entry))
		/* On its way elsewhere. */
		found_other(walk, addr, next, MEMCGCTL_SKIP_ISOLATED);
	else if (walk->vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP))
		found_other(walk, addr, next, MEMCGCTL_SKIP_DEVICE);
	else
		found_huge(claim, page_folio(pmd_page(entry)), page_of(claim, addr),
			   page_of(claim, next));
	spin_unlock(lock);
	return 0;
}

static int hugetlb_entry(pte_t *ptep, unsigned long mask, unsigned long addr, unsigned long next,
			 struct mm_walk *walk)
{
	if (pte_present(ptep_get(ptep)))
		found_other(walk, addr, next, MEMCGCTL_SKIP_HUGETLB);
	return 0;
}

static int of_leaf(pte_t pte)
{
	switch (compat_leaf(pte)) {
	case COMPAT_LEAF_SWAP:
		return MEMCGCTL_SKIP_SWAPPED;
	case COMPAT_LEAF_MIGRATION:
		return MEMCGCTL_SKIP_ISOLATED;
	case COMPAT_LEAF_DEVICE:
		return MEMCGCTL_SKIP_DEVICE;
	case COMPAT_LEAF_BROKEN:
		return MEMCGCTL_SKIP_BROKEN;
	default:
		return MEMCGCTL_SKIP_OTHER;
	}
}

/* One page of a large folio of private memory; the last makes it whole, when all have come in their order. */
static void see_part(struct claim *claim, struct folio *folio, unsigned long nr, unsigned long page)
{
	if (!nr) {
		claim->run = folio;
		claim->run_page = page;
		claim->run_next = 0;
	}
	if (claim->run != folio || claim->run_next != nr || claim->run_page + nr != page)
		claim->run = NULL;
	set_bit(page, claim->large);
	if (!claim->run || ++claim->run_next < folio_nr_pages(folio))
		return;
	bitmap_clear(claim->large, claim->run_page, claim->run_next);
	claim->run = NULL;
}

static void survey_folio(struct claim *claim, struct folio *folio, unsigned long nr,
			 unsigned long page)
{
	/* To look for who shares a large one costs something for each of its pages. */
	int kind = claim->run == folio ? claim->run_kind : kind_of_folio(claim, folio);

	claim_surveyed(claim, page, 1, kind);
	if (folio_test_anon(folio))
		set_bit(page, claim->private);
	if (!folio_test_large(folio))
		return;
	claim->run_kind = kind;
	if (folio_test_anon(folio))
		see_part(claim, folio, nr, page);
	else
		/* The page cache will tell whether all of it is there. */
		set_bit(page, claim->large);
}

/* A large folio that entries of one page table map. Return: whether the walk must stop, since it is mapped elsewhere, too. */
static bool move_large(struct claim *claim, struct folio *folio, pte_t *ptep, unsigned long addr,
		       unsigned long page)
{
	long first = (long)page - (pte_pfn(ptep_get(ptep)) - folio_pfn(folio));

	if (!claim_has(claim, folio, first)) {
		claim_tried(claim, page, 1, MEMCGCTL_SKIP_LARGE);
		return false;
	}
	if (charge_maps_all(folio, ptep, addr)) {
		claim_tried(claim, first, folio_nr_pages(folio), move_mapped(claim, folio));
		return false;
	}
	folio_get(folio);
	claim->held = folio;
	claim->held_page = first;
	return true;
}

static bool move_page(struct claim *claim, struct folio *folio, pte_t *ptep, unsigned long addr,
		      unsigned long page)
{
	int kind = kind_of_folio(claim, folio);

	if (kind == CHARGE_MOVED && folio_test_large(folio))
		return move_large(claim, folio, ptep, addr, page);
	if (kind == CHARGE_MOVED)
		kind = move_mapped(claim, folio);
	claim_tried(claim, page, 1, kind);
	return false;
}

static int found_page(struct mm_walk *walk, unsigned long addr, pte_t *ptep)
{
	struct claim *claim = walk->private;
	struct page *found = sym_call(vm_normal_page)(walk->vma, addr, ptep_get(ptep));
	unsigned long page = page_of(claim, addr);
	struct folio *folio;

	/* The zero page, or memory that the kernel has no page for. */
	if (!found) {
		found_other(walk, addr, addr + PAGE_SIZE,
			    walk->vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP | VM_IO)
				    ? MEMCGCTL_SKIP_DEVICE
				    : MEMCGCTL_SKIP_UNCHARGED);
		return 0;
	}
	folio = page_folio(found);
	if (claim->moving)
		return move_page(claim, folio, ptep, addr, page);
	survey_folio(claim, folio, page_to_pfn(found) - folio_pfn(folio), page);
	return 0;
}

static int pte_entry(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct claim *claim = walk->private;
	unsigned long page = page_of(claim, addr);
	pte_t pte = ptep_get(ptep);

	if (pte_none(pte) || (claim->moving && !test_bit(page, claim->todo)))
		return 0;
	if (pte_present(pte))
		return found_page(walk, addr, ptep);
	if (compat_leaf(pte) != COMPAT_LEAF_NONE)
		found_other(walk, addr, next, of_leaf(pte));
	return 0;
}

/*
 * What a mapping allows with its page cache: the process could have claimed by a descriptor what it may write, and
 * the caller what is his.
 */
static int kind_of_cache(const struct claim *claim, struct vm_area_struct *vma)
{
	unsigned long shared_writable = VM_MAYSHARE | VM_MAYWRITE;

	if (!vma->vm_file)
		return CHARGE_MOVED;
	if (claim->flags & MEMCGCTL_CLAIM_WHOLE_PROCESS && !(vma->vm_flags & VM_MAYSHARE))
		return MEMCGCTL_SKIP_SHARED;
	if (claim->admin || (vma->vm_flags & shared_writable) == shared_writable)
		return CHARGE_MOVED;
	return claim_permitted(vma->vm_file) ? CHARGE_MOVED : MEMCGCTL_SKIP_PERMISSION;
}

/* Device memory, too, which the walk leaves out by itself; and the mapping may be another one than was surveyed. */
static int test_walk(unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct claim *claim = walk->private;

	claim->table_kind = kind_of_cache(claim, walk->vma);
	return 0;
}

static int test_find(unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return 0;
}

static const struct mm_walk_ops walk_ops = { .pud_entry = pud_entry,
					     .pmd_entry = pmd_entry,
					     .pte_entry = pte_entry,
					     .hugetlb_entry = hugetlb_entry,
					     .test_walk = test_walk,
					     COMPAT_WALK_LOCK };

static void walk_window(struct claim *claim, unsigned long page)
{
	if (page < claim->pages)
		sym_call(walk_page_range)(claim->mm, claim->start + (page << PAGE_SHIFT),
					  claim->start + (claim->pages << PAGE_SHIFT), &walk_ops,
					  claim);
}

/* Where the page tables begin to have something; what follows may be nothing still. */
static int find_pmd(pmd_t *pmd, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct claim *claim = walk->private;

	if (pmd_none(READ_ONCE(*pmd)))
		return 0;
	claim->start = addr;
	return 1;
}

static int find_pud(pud_t *pud, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct claim *claim = walk->private;
	pud_t entry = READ_ONCE(*pud);

	if (pud_none(entry) || (pud_present(entry) && !pud_leaf(entry)))
		return 0;
	claim->start = addr;
	return 1;
}

static int find_hugetlb(pte_t *ptep, unsigned long mask, unsigned long addr, unsigned long next,
			struct mm_walk *walk)
{
	struct claim *claim = walk->private;

	claim->start = addr;
	return 1;
}

static const struct mm_walk_ops find_ops = { .pud_entry = find_pud,
					     .pmd_entry = find_pmd,
					     .hugetlb_entry = find_hugetlb,
					     .test_walk = test_find,
					     COMPAT_WALK_LOCK };

/*
 * Go over what is reserved and was never used, of which there may be terabytes, up to @end, except where the page
 * cache has something. Sets start.
 */
static void skip_hole(struct claim *claim, struct vm_area_struct *vma, u64 end)
{
	unsigned long from = claim->start, index;
	pgoff_t first = vma->vm_pgoff + ((from - vma->vm_start) >> PAGE_SHIFT);
	u64 cached;

	claim->start = end;
	sym_call(walk_page_range)(claim->mm, from, end, &find_ops, claim);
	if (!claim->mapping || claim->start == from)
		return;
	index = first;
	if (xa_find(&claim->mapping->i_pages, &index,
		    first + ((claim->start - from) >> PAGE_SHIFT) - 1, XA_PRESENT)) {
		cached = from + ((u64)(max(index, first) - first) << PAGE_SHIFT);
		claim->start = min(claim->start, cached);
	}
}

/* The mapping behind @vma goes on as that does: the same file (or none) in sequence, with the same rights. */
static bool goes_on(const struct claim *claim, struct vm_area_struct *vma, struct vm_area_struct *next)
{
	if (!next || next->vm_start != vma->vm_end || next->vm_file != vma->vm_file ||
	    is_vm_hugetlb_page(next))
		return false;
	if (!vma->vm_file)
		return true;
	return next->vm_pgoff == vma->vm_pgoff + vma_pages(vma) &&
	       kind_of_cache(claim, next) == claim->cache_kind;
}

/* How far a window reaches that begins at start, in @vma. */
static unsigned long window_pages(const struct claim *claim, struct vm_area_struct *vma, u64 end)
{
	pgoff_t index = vma->vm_file ? claim->first : claim->start >> PAGE_SHIFT;
	struct vm_area_struct *next;

	end = min_t(u64, end,
		    claim->start + (min(claim->window, CLAIM_WINDOW - index % CLAIM_WINDOW)
				    << PAGE_SHIFT));
	while (vma->vm_end < end) {
		next = is_vm_hugetlb_page(vma) ? NULL : find_vma(claim->mm, vma->vm_end);
		if (!goes_on(claim, vma, next))
			return (vma->vm_end - claim->start) >> PAGE_SHIFT;
		vma = next;
	}
	return (end - claim->start) >> PAGE_SHIFT;
}

/**
 * claim_range_window() - first pass: find the next window and survey its page tables
 * @claim: start is where to look from
 * @end: address where to stop
 *
 * One file, or none, is behind all of a window. Sets start, pages (0 when there is nothing up to start), first,
 * cache_kind, mapping and file, the latter with a reference.
 *
 * Return: 0, or -EINTR.
 */
int claim_range_window(struct claim *claim, u64 end)
{
	struct vm_area_struct *vma;
	u64 vma_end;

	claim->pages = 0;
	if (mmap_read_lock_killable(claim->mm))
		return -EINTR;
	vma = find_vma(claim->mm, claim->start);
	if (!vma || vma->vm_start >= end) {
		claim->start = end;
		goto unlock;
	}
	vma_end = min_t(u64, end, vma->vm_end);
	claim->start = max_t(u64, claim->start, vma->vm_start);
	if (vma->vm_file && !claim->anon && !is_vm_hugetlb_page(vma)) {
		claim->file = get_file(vma->vm_file);
		claim->mapping = claim->file->f_mapping;
	}
	if (claim->hole)
		skip_hole(claim, vma, vma_end);
	if (claim->start < vma_end) {
		claim->first = vma->vm_pgoff + ((claim->start - vma->vm_start) >> PAGE_SHIFT);
		claim->cache_kind = kind_of_cache(claim, vma);
		claim->pages = window_pages(claim, vma, end);
		claim->moving = false;
		claim->run = NULL;
		walk_window(claim, 0);
	}
unlock:
	mmap_read_unlock(claim->mm);
	return 0;
}

/* The folio that the walk stopped at: it has a reference since, but what else it is has to be seen again. */
static void move_held(struct claim *claim)
{
	struct folio *folio = claim->held;
	unsigned long page = claim->held_page;

	if (!folio_trylock(folio)) {
		if (claim_has(claim, folio, page))
			claim_tried(claim, page, folio_nr_pages(folio), MEMCGCTL_SKIP_LOCKED);
	} else {
		if (claim_has(claim, folio, page))
			claim_tried(claim, page, folio_nr_pages(folio),
				    charge_found_locked(&claim->charge, folio));
		folio_unlock(folio);
	}
}

/** claim_range_move() - later passes: the candidates that page tables show; 0, or -EINTR */
int claim_range_move(struct claim *claim)
{
	unsigned long page = 0;

	if (mmap_read_lock_killable(claim->mm))
		return -EINTR;
	claim->moving = true;
	for (;;) {
		walk_window(claim, page);
		if (!claim->held)
			break;
		page = claim->held_page + folio_nr_pages(claim->held);
		move_held(claim);
		folio_put(claim->held);
		claim->held = NULL;
	}
	mmap_read_unlock(claim->mm);
	return 0;
}
