// SPDX-License-Identifier: GPL-2.0-only
/* Claims: what is in the page cache of a file. */
#include <linux/dax.h>
#include <linux/hugetlb.h>
#include <linux/magic.h>
#include <linux/shmem_fs.h>
#include <linux/xarray.h>

#include "claim_private.h"
#include "compat/file.h"
#include "core/group.h"
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

static void count_owner(struct claim_owners *owners, const struct folio *folio, unsigned long pages)
{
	struct mem_cgroup *memcg;
	unsigned int i;
	u64 id;

	rcu_read_lock();
	memcg = charge_owner(folio);
	if (memcg) {
		id = group_id(memcg);
		for (i = 0; i < owners->nr && owners->owner[i].id != id; i++)
			;
		if (i == owners->nr && i < ARRAY_SIZE(owners->owner)) {
			owners->owner[i] = (struct claim_owner){
				.id = id,
				.dead = css_is_dying(&memcg->css),
			};
			owners->nr++;
		}
		if (i < owners->nr)
			owners->owner[i].size += (u64)pages << PAGE_SHIFT;
	}
	rcu_read_unlock();
}

/*
 * A large folio is a candidate when all of it is in the window, and seen there, by page tables or here: a private
 * copy hides a page of it.
 */
static void survey_folio(struct claim *claim, struct folio *folio)
{
	unsigned long nr = folio_nr_pages(folio), begin, end, next;
	long first = folio->index - claim->first;
	int kind = charge_kind(&claim->charge, folio);

	begin = max(first, 0L);
	end = min_t(unsigned long, first + nr, claim->pages);
	if (kind == CHARGE_MOVED)
		kind = claim->cache_kind;
	if (claim->owners)
		count_owner(claim->owners, folio, end - begin);
	if (find_next_bit(claim->seen, end, begin) >= end) {
		claim_surveyed(claim, begin, end - begin, kind);
	} else {
		for (next = begin; next < end; next++)
			if (!test_bit(next, claim->seen))
				claim_surveyed(claim, next, 1, kind);
	}
	if (nr == 1)
		return;
	if (claim_has(claim, folio, first) && find_next_bit(claim->private, end, begin) >= end)
		bitmap_clear(claim->large, begin, nr);
	else
		for (next = begin; next < end; next++)
			if (!test_bit(next, claim->private))
				set_bit(next, claim->large);
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
			survey_folio(claim, folio);
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

/* A folio that was at @page of the window. Return: the page behind it. */
static unsigned long move_folio(struct claim *claim, struct folio *folio, unsigned long page)
{
	int result = MEMCGCTL_SKIP_LOCKED;
	unsigned long nr = 1;
	long first;

	if (!folio_trylock(folio)) {
		claim_tried(claim, page, 1, result);
		return page + 1;
	}
	/* Taken out or replaced meanwhile: the next pass looks again. */
	if (folio->mapping == claim->mapping) {
		first = folio->index - claim->first;
		result = MEMCGCTL_SKIP_LARGE;
		if (claim_has(claim, folio, first)) {
			page = first;
			nr = folio_nr_pages(folio);
			result = charge_found_locked(&claim->charge, folio);
		}
	}
	folio_unlock(folio);
	claim_tried(claim, page, nr, result);
	return page + nr;
}

static unsigned long move_page(struct claim *claim, unsigned long page)
{
	struct folio *folio = get_entry(claim->mapping, claim->first + page);

	if (folio && !xa_is_value(folio)) {
		page = move_folio(claim, folio, page);
		folio_put(folio);
		return page;
	}
	if (folio && shmem_mapping(claim->mapping))
		claim_tried(claim, page, 1, MEMCGCTL_SKIP_SWAPPED);
	return page + 1;
}

/** claim_file_move() - later passes: the candidates that page tables do not show */
void claim_file_move(struct claim *claim)
{
	unsigned long page = 0;

	for (;;) {
		page = find_next_bit(claim->todo, claim->pages, page);
		if (page >= claim->pages)
			break;
		page = test_bit(page, claim->private) ? page + 1 : move_page(claim, page);
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
