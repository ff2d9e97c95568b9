// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "procfs_internal.h"

/* Page table entries between two that are wanted: reading so many more is cheaper than another call. */
#define NEAR_PAGES 64

/* From so many pages on it is cheaper to ask the kernel which of them are not present than to read their entries. */
#define SCAN_PAGES 128

static uint64_t address_of(const struct scan *scan, const struct mapping *mapping, size_t i)
{
	return mapping->start + ((scan->chunk->first + i - mapping->first) << PAGE_SHIFT);
}

static uint32_t group_alone(struct scan *scan, const struct mapping *mapping)
{
	return groupset_with(&scan->build->sets, GROUPSET_EMPTY,
			     scan->processes[mapping->process].group);
}

/* Notes that @mapping maps page @i of the chunk as @entry says; @alone is the set of its group. */
static void see_page(struct scan *scan, const struct mapping *mapping, uint32_t alone, size_t i,
		     uint64_t entry)
{
	struct chunk *chunk = scan->chunk;
	uint32_t group = scan->processes[mapping->process].group;
	uint64_t pfn = entry & PM_PFN_MASK;

	if (!(entry & PM_PRESENT))
		return;
	if (!(entry & PM_FILE)) {
		/* A private copy. In a shared mapping it is a device's memory or the zero page. */
		if (!mapping->shared)
			share_private(scan, group, entry);
		return;
	}
	if (chunk->maps[i] && chunk->pfn[i] != pfn) {
		/* Not every inode number stands for one file (drivers, subvolumes), and files change. */
		share_later(scan, chunk->file, pfn, alone);
		return;
	}
	chunk->pfn[i] = pfn;
	chunk->set[i] =
		chunk->maps[i] ? groupset_with(&scan->build->sets, chunk->set[i], group) : alone;
	chunk->maps[i]++;
}

/* What the page tables of a mapping say of pages @from to @to of the chunk that are not complete. */
static void see_pages(struct scan *scan, const struct mapping *mapping, size_t from, size_t to)
{
	struct chunk *chunk = scan->chunk;
	uint32_t alone = group_alone(scan, mapping);

	for (size_t i = from; i < to; i++)
		if (!chunk->complete[i])
			see_page(scan, mapping, alone, i, chunk->entries[i]);
}

static void read_some(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	uint64_t *entries = scan->chunk->entries + from;
	uint64_t address = address_of(scan, mapping, from);
	uint64_t end = address + ((uint64_t)(to - from) << PAGE_SHIFT);
	int fd = process_pagemap(scan, &scan->processes[mapping->process]);

	if (to - from > HUGE_HOLE_PAGES && address >= mapping->present_from)
		mapping->present_from = pagemap_next(
			scan, fd, address, mapping->start + (mapping->pages << PAGE_SHIFT));
	if (fd < 0 || mapping->present_from >= end)
		memset(entries, 0, (to - from) * sizeof(*entries));
	else
		pagemap_read(scan, fd, address, entries, to - from);
}

/* Reads the entries of pages @from to @to of the chunk, which @mapping covers. */
static void read_entries(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	for (; to - from > READ_PAGES; from += READ_PAGES)
		read_some(scan, mapping, from, from + READ_PAGES);
	read_some(scan, mapping, from, to);
}

/* Whether entries that were read have a page that is known to be of the chunk's file: then all that @mapping maps is. */
static bool is_same_file(const struct scan *scan, const struct mapping *mapping, size_t from,
			 size_t to)
{
	const uint64_t bits = PM_PRESENT | PM_FILE;
	const struct chunk *chunk = scan->chunk;

	if (mapping->same_file == chunk->same_file)
		return true;
	for (size_t i = from; i < to && !chunk->mixed; i++)
		if (chunk->maps[i] &&
		    (chunk->entries[i] & (bits | PM_PFN_MASK)) == (bits | chunk->pfn[i]))
			return true;
	return false;
}

/* Reads the page tables for all of it. */
static void see_entries(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	read_entries(scan, mapping, from, to);
	if (is_same_file(scan, mapping, from, to))
		mapping->same_file = scan->chunk->same_file;
	else
		scan->chunk->mixed = true;
	see_pages(scan, mapping, from, to);
}

/* Reads one entry, of a page that was seen. */
static bool knows_file(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	struct chunk *chunk = scan->chunk;
	size_t i = from;

	if (mapping->same_file == chunk->same_file)
		return true;
	while (i < to && !chunk->maps[i])
		i++;
	if (i == to)
		return false;
	read_entries(scan, mapping, i, i + 1);
	if (is_same_file(scan, mapping, i, i + 1))
		mapping->same_file = chunk->same_file;
	return mapping->same_file == chunk->same_file;
}

/* All of these pages are present in @mapping, and of the chunk's file: just frames that nobody told yet are read. */
static void add_present(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	struct chunk *chunk = scan->chunk;
	uint32_t group = scan->processes[mapping->process].group;
	uint32_t before = GROUPSET_EMPTY, with = group_alone(scan, mapping);
	size_t next;

	for (size_t i = from; i < to; i = next) {
		next = i + 1;
		if (chunk->complete[i])
			continue;
		if (!chunk->maps[i]) {
			while (next < to && !chunk->complete[next] && !chunk->maps[next])
				next++;
			read_entries(scan, mapping, i, next);
			see_pages(scan, mapping, i, next);
			continue;
		}
		if (chunk->set[i] != before) {
			before = chunk->set[i];
			with = groupset_with(&scan->build->sets, before, group);
		}
		chunk->set[i] = with;
		chunk->maps[i]++;
	}
}

/*
 * In a shared mapping of a regular file, that a page is present tells which one it is. The kernel says where none is present in a
 * tenth of the time it takes to write out the entries.
 * Return: up to which page this could be told.
 */
static size_t see_present(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	uint64_t end = address_of(scan, mapping, to), address, upto;
	struct hole holes[MAX_HOLES];
	size_t nr_holes, present_to;
	int fd = process_pagemap(scan, &scan->processes[mapping->process]);

	while (from < to) {
		address = address_of(scan, mapping, from);
		upto = pagemap_holes(scan, fd, address, end, holes, &nr_holes);
		if (upto <= address)
			break;
		for (size_t n = 0; n <= nr_holes; n++) {
			uint64_t present_end = n < nr_holes ? holes[n].start : upto;

			present_to = from + ((present_end - address) >> PAGE_SHIFT);
			if (present_to > from && !knows_file(scan, mapping, from, present_to))
				return from;
			add_present(scan, mapping, from, present_to);
			address = n < nr_holes ? holes[n].end : upto;
			from = present_to + ((address - present_end) >> PAGE_SHIFT);
		}
	}
	return from;
}

static void see_mapping(struct scan *scan, struct mapping *mapping, size_t from, size_t to)
{
	if (to - from >= SCAN_PAGES && mapping->shared && scan->regular_file &&
	    !scan->chunk->mixed && !scan->build->result->gaps.no_frames)
		from = see_present(scan, mapping, from, to);
	if (from < to)
		see_entries(scan, mapping, from, to);
}

/* Whether the first mapping, which was seen, has each of these pages: then they are what others of the file have. */
static bool first_has_all(const struct scan *scan, const struct mapping *first, size_t from, size_t to)
{
	if (!first->full || !scan->regular_file || scan->build->result->gaps.no_frames)
		return false;
	while (from < to && (scan->chunk->complete[from] || scan->chunk->maps[from]))
		from++;
	return from == to;
}

/* So many more mappings, of these groups, have each of these pages. */
static void add_full(struct scan *scan, size_t from, size_t to, uint32_t groups, uint32_t mappings)
{
	uint32_t before = GROUPSET_EMPTY, with = groups;
	struct chunk *chunk = scan->chunk;

	for (size_t i = from; i < to; i++) {
		if (chunk->complete[i])
			continue;
		if (chunk->set[i] != before) {
			before = chunk->set[i];
			with = groupset_union(&scan->build->sets, before, groups);
		}
		chunk->set[i] = with;
		chunk->maps[i] += mappings;
	}
}

/* What all mappings but the first have of these pages. */
static void see_others(struct scan *scan, struct mapping **active, size_t count, size_t from,
		       size_t to)
{
	bool all_known = first_has_all(scan, active[0], from, to);
	uint32_t groups = GROUPSET_EMPTY, full = 0;

	for (size_t m = 1; m < count; m++) {
		struct mapping *mapping = active[m];

		if (!all_known || !mapping->full || !knows_file(scan, mapping, from, to)) {
			see_mapping(scan, mapping, from, to);
			continue;
		}
		groups = groupset_with(&scan->build->sets, groups,
				       scan->processes[mapping->process].group);
		full++;
	}
	if (full)
		add_full(scan, from, to, groups, full);
}

void see_first(struct scan *scan, struct mapping *mapping)
{
	struct chunk *chunk = scan->chunk;

	read_entries(scan, mapping, 0, chunk->pages);
	chunk->mixed = false;
	/* What the others are held against: other than before unless this one is known to be of the same file. */
	if (!mapping->same_file || mapping->same_file != chunk->same_file)
		mapping->same_file = ++chunk->same_file;
}

void see_rest(struct scan *scan, struct mapping **active, size_t count)
{
	struct chunk *chunk = scan->chunk;
	size_t from, to;

	memset(chunk->maps, 0, chunk->pages * sizeof(*chunk->maps));
	for (size_t i = 0; i < chunk->pages; i++)
		chunk->pfn[i] = chunk->entries[i] & PM_PFN_MASK;
	see_pages(scan, active[0], 0, chunk->pages);
	for (from = 0; from < chunk->pages && count > 1; from = to) {
		to = from + 1;
		if (chunk->complete[from])
			continue;
		for (size_t i = to; i < chunk->pages && i - to < NEAR_PAGES; i++) {
			if (!chunk->complete[i])
				to = i + 1;
		}
		see_others(scan, active, count, from, to);
	}
}
