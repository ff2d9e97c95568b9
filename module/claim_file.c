// SPDX-License-Identifier: GPL-2.0-only
/* Claims: what is in the page cache of a file. */
#include <linux/dax.h>
#include <linux/hugetlb.h>
#include <linux/magic.h>
#include <linux/shmem_fs.h>
#include <linux/xarray.h>

#include "claim_private.h"
#include "compat/file.h"
#include "core/sym.h"

/**
 * claim_file_next() - where the first thing is in a file
 * @claim: with mapping
 * @start: first byte
 * @end: one past the last
 *
 * Return: offset, or @end.
 */
u64 claim_file_next(struct claim *claim, u64 start, u64 end)
{
	unsigned long index = start >> PAGE_SHIFT;

	if (!xa_find(&claim->mapping->i_pages, &index, (end - 1) >> PAGE_SHIFT, XA_PRESENT))
		return end;
	return max(start, (u64)index << PAGE_SHIFT);
}

/* Pages [@index, @index + @nr) of the file, as far as they are in the window and not known yet. */
static void surveyed(struct claim *claim, pgoff_t index, unsigned long nr, int kind)
{
	pgoff_t end = min(index + nr, claim->first + claim->pages);
	unsigned long page;

	for (index = max(index, claim->first); index < end; index++) {
		page = index - claim->first;
		if (!test_bit(page, claim->seen))
			claim_surveyed(claim, page, 1, kind);
	}
}

/* A value instead of a folio: of shmem a swap entry, of DAX its memory, else a shadow of what was there. */
static void survey_value(struct claim *claim, pgoff_t index)
{
	unsigned int order = xa_get_order(&claim->mapping->i_pages, index);

	index = round_down(index, 1UL << order);
	if (shmem_mapping(claim->mapping))
		surveyed(claim, index, 1UL << order, claim_no_folio(claim, MEMCGCTL_SKIP_SWAPPED));
	else if (dax_mapping(claim->mapping))
		surveyed(claim, index, 1UL << order, claim_no_folio(claim, MEMCGCTL_SKIP_DEVICE));
}

/** claim_file_survey() - first pass: what no page table has said */
void claim_file_survey(struct claim *claim)
{
	XA_STATE(xas, &claim->mapping->i_pages, claim->first);
	struct folio *folio;

	rcu_read_lock();
	xas_for_each(&xas, folio, claim->first + claim->pages - 1) {
		if (xas_retry(&xas, folio))
			continue;
		if (xa_is_value(folio)) {
			survey_value(claim, xas.xa_index);
			continue;
		}
		if (!folio_try_get(folio)) {
			xas_reset(&xas);
			continue;
		}
		if (unlikely(folio != xas_reload(&xas)))
			xas_reset(&xas);
		else
			surveyed(claim, folio->index, folio_nr_pages(folio),
				 charge_kind(&claim->charge, folio));
		folio_put(folio);
	}
	rcu_read_unlock();
}

/* The folio at @index with a reference, a value, or NULL. */
static struct folio *get_entry(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio;

	rcu_read_lock();
	for (;;) {
		folio = xa_load(&mapping->i_pages, index);
		if (!folio || xa_is_value(folio))
			break;
		/* Frozen for an instant, or just freed. */
		if (!folio_try_get(folio))
			continue;
		if (likely(folio == xa_load(&mapping->i_pages, index)))
			break;
		folio_put(folio);
	}
	rcu_read_unlock();
	return folio;
}

static void move_page(struct claim *claim, unsigned long page)
{
	struct folio *folio = get_entry(claim->mapping, claim->first + page);
	int result = MEMCGCTL_SKIP_LOCKED;

	if (!folio)
		return;
	if (xa_is_value(folio)) {
		if (shmem_mapping(claim->mapping))
			claim_tried(claim, page, MEMCGCTL_SKIP_SWAPPED);
		return;
	}
	if (folio_trylock(folio)) {
		/* Taken out or replaced meanwhile: the next pass looks again. */
		if (folio->mapping == claim->mapping)
			result = claim_folio_locked(claim, folio);
		folio_unlock(folio);
	}
	claim_tried(claim, page, result);
	folio_put(folio);
}

/** claim_file_move() - later passes: the candidates that page tables do not show */
void claim_file_move(struct claim *claim)
{
	unsigned long page;

	for_each_set_bit(page, claim->todo, claim->pages) {
		move_page(claim, page);
		cond_resched();
	}
}

/** claim_is_hugetlb_file() - whether a file is of huge pages that have a controller of their own */
bool claim_is_hugetlb_file(const struct file *file)
{
	return file_inode(file)->i_sb->s_magic == HUGETLBFS_MAGIC;
}

/** claim_hugetlb_file() - enter all huge pages of a file in [@start, @end) into the receipt as such */
void claim_hugetlb_file(struct claim *claim, const struct file *file, u64 start, u64 end)
{
	unsigned int shift = file_inode(file)->i_sb->s_blocksize_bits;
	/* What an index counts. */
	unsigned int unit = compat_hugetlb_index_shift(shift);
	struct xarray *pages = &file->f_mapping->i_pages;
	unsigned long index = start >> unit;
	u64 first, last;

	while (xa_find(pages, &index, (end - 1) >> unit, XA_PRESENT)) {
		first = round_down((u64)index << unit, 1ULL << shift);
		last = min(first + (1ULL << shift), end);
		claim_enter(claim, MEMCGCTL_SKIP_HUGETLB, (last - max(first, start)) >> PAGE_SHIFT);
		index = (first + (1ULL << shift)) >> unit;
		cond_resched();
	}
}
