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

/* Several pages that are not candidates; those that were when surveyed are no longer. */
static void found_large(struct mm_walk *walk, unsigned long addr, unsigned long end, int kind)
{
	struct claim *claim = walk->private;
	unsigned long page = page_of(claim, addr), last = page_of(claim, end);

	if (!claim->moving) {
		claim_surveyed(claim, page, last - page, kind);
		return;
	}
	for_each_set_bit_from(page, claim->todo, last)
		claim_tried(claim, page, kind);
}

static int pud_entry(pud_t *pud, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pud_t entry = READ_ONCE(*pud);

	/* Only device memory has them outside of hugetlb. */
	if (!pud_none(entry) && (!pud_present(entry) || pud_leaf(entry))) {
		found_large(walk, addr, next,
			    claim_no_folio(walk->private, MEMCGCTL_SKIP_DEVICE));
		walk->action = ACTION_CONTINUE;
	}
	return 0;
}

/* A huge page (or one on its way elsewhere), under its lock. */
static int kind_of_pmd(struct claim *claim, struct vm_area_struct *vma, pmd_t pmd)
{
	int kind;

	if (!pmd_present(pmd))
		return claim_no_folio(claim, MEMCGCTL_SKIP_LARGE);
	if (vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP))
		return claim_no_folio(claim, MEMCGCTL_SKIP_DEVICE);
	kind = charge_kind(&claim->charge, page_folio(pmd_page(pmd)));
	return kind == CHARGE_MOVED || charge_may_pass(kind) ? MEMCGCTL_SKIP_LARGE : kind;
}

static int pmd_entry(pmd_t *pmd, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pmd_t entry = READ_ONCE(*pmd);
	spinlock_t *lock;

	if (pmd_none(entry) || (pmd_present(entry) && !pmd_leaf(entry)))
		return 0;
	lock = pmd_lock(walk->mm, pmd);
	entry = *pmd;
	if (pmd_none(entry) || (pmd_present(entry) && !pmd_leaf(entry))) {
		walk->action = ACTION_AGAIN;
	} else {
		found_large(walk, addr, next, kind_of_pmd(walk->private, walk->vma, entry));
		walk->action = ACTION_CONTINUE;
	}
	spin_unlock(lock);
	return 0;
}

static int hugetlb_entry(pte_t *ptep, unsigned long mask, unsigned long addr, unsigned long next,
			 struct mm_walk *walk)
{
	if (pte_present(ptep_get(ptep)))
		found_large(walk, addr, next,
			    claim_no_folio(walk->private, MEMCGCTL_SKIP_HUGETLB));
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
	default:
		return MEMCGCTL_SKIP_OTHER;
	}
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

static int of_page(struct mm_walk *walk, unsigned long addr, pte_t pte)
{
	struct claim *claim = walk->private;
	struct page *page = sym_call(vm_normal_page)(walk->vma, addr, pte);
	int kind;

	/* The zero page, or memory that the kernel has no page for. */
	if (!page)
		return claim_no_folio(claim, walk->vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP | VM_IO)
						     ? MEMCGCTL_SKIP_DEVICE
						     : MEMCGCTL_SKIP_UNCHARGED);
	kind = charge_kind(&claim->charge, page_folio(page));
	return claim->moving && kind == CHARGE_MOVED ? move_mapped(claim, page_folio(page)) : kind;
}

static int pte_entry(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	struct claim *claim = walk->private;
	unsigned long page = page_of(claim, addr);
	pte_t pte = ptep_get(ptep);
	int result;

	if (pte_none(pte) || (claim->moving && !test_bit(page, claim->todo)))
		return 0;
	if (!pte_present(pte) && compat_leaf(pte) == COMPAT_LEAF_NONE)
		return 0;
	result = pte_present(pte) ? of_page(walk, addr, pte) : claim_no_folio(claim, of_leaf(pte));
	if (claim->moving)
		claim_tried(claim, page, result);
	else
		claim_surveyed(claim, page, 1, result);
	return 0;
}

/* Device memory, too, which the walk leaves out by itself. */
static int test_walk(unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return 0;
}

static const struct mm_walk_ops walk_ops = { .pud_entry = pud_entry,
					     .pmd_entry = pmd_entry,
					     .pte_entry = pte_entry,
					     .hugetlb_entry = hugetlb_entry,
					     .test_walk = test_walk,
					     COMPAT_WALK_LOCK };

static void walk_window(struct claim *claim, bool moving)
{
	claim->moving = moving;
	sym_call(walk_page_range)(claim->mm, claim->start,
				  claim->start + (claim->pages << PAGE_SHIFT), &walk_ops, claim);
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
					     .test_walk = test_walk,
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

/**
 * claim_range_window() - first pass: find the next window and survey its page tables
 * @claim: start is where to look from
 * @end: address where to stop
 *
 * A window does not cross a mapping's end, so that one file is behind all of it. Sets start, pages (0 when there is
 * nothing up to start), first, mapping and file, the latter with a reference.
 *
 * Return: 0, or -EINTR.
 */
int claim_range_window(struct claim *claim, u64 end)
{
	struct vm_area_struct *vma;

	claim->pages = 0;
	if (mmap_read_lock_killable(claim->mm))
		return -EINTR;
	vma = find_vma(claim->mm, claim->start);
	if (!vma || vma->vm_start >= end) {
		claim->start = end;
		goto unlock;
	}
	end = min_t(u64, end, vma->vm_end);
	claim->start = max_t(u64, claim->start, vma->vm_start);
	if (vma->vm_file && !is_vm_hugetlb_page(vma)) {
		claim->file = get_file(vma->vm_file);
		claim->mapping = claim->file->f_mapping;
	}
	skip_hole(claim, vma, end);
	if (claim->start < end) {
		claim->pages = min_t(u64, (end - claim->start) >> PAGE_SHIFT, claim->window);
		claim->first = vma->vm_pgoff + ((claim->start - vma->vm_start) >> PAGE_SHIFT);
		walk_window(claim, false);
	}
unlock:
	mmap_read_unlock(claim->mm);
	return 0;
}

/** claim_range_move() - later passes: the candidates that page tables show; 0, or -EINTR */
int claim_range_move(struct claim *claim)
{
	if (mmap_read_lock_killable(claim->mm))
		return -EINTR;
	walk_window(claim, true);
	mmap_read_unlock(claim->mm);
	return 0;
}
