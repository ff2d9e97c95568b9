// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "procfs_internal.h"

/* More pages in one file than mappings can cover on x86-64. */
#define NO_PAGE UINT64_MAX

/* Pages of a huge page. */
#define HUGE_PAGES 512

int share_open(struct scan *scan)
{
	scan->chunk = malloc(sizeof(*scan->chunk));
	if (!scan->chunk)
		return mcg_fail(scan->build->err, MCG_FAILED, NULL, "out of memory");
	scan->chunk->same_file = 0;
	return 0;
}

void share_close(struct scan *scan)
{
	free(scan->chunk);
	free(scan->join);
}

void share_later(struct scan *scan, uint32_t file, uint64_t pfn, uint32_t set)
{
	if (!VEC_ROOM(scan->join, scan->nr_join + 1, scan->room_join)) {
		scan->build->oom = true;
		return;
	}
	scan->join[scan->nr_join++] = (struct frame){ .pfn = pfn, .set = set, .file = file };
}

static bool owners_known(const struct scan *scan)
{
	return !scan->build->result->gaps.no_owners && !scan->build->result->gaps.no_frames;
}

static uint32_t owner_index(struct scan *scan, uint64_t id)
{
	if (!owners_known(scan))
		return MCG_GROUP_UNREAD;
	return id ? group_of_id(scan->build, id) : MCG_GROUP_NONE;
}

void share_private(struct scan *scan, uint32_t group, uint64_t entry)
{
	uint32_t set = groupset_with(&scan->build->sets, GROUPSET_EMPTY, group);

	if (scan->build->result->gaps.no_frames || ((entry & PM_EXCLUSIVE) && !owners_known(scan)))
		build_add(scan->build, FILE_ALL, set, MCG_GROUP_UNREAD, 1);
	else
		share_later(scan, FILE_ALL, entry & PM_PFN_MASK, set);
}

/*
 * Whether the entry may be one of a huge page that is mapped as a whole. Linux 6.1 then says of all its pages what is true
 * of the first one: exclusive, although a child that has a copy of that one may map the others.
 */
static bool may_be_huge(uint64_t address, uint64_t entry)
{
	return !(((address >> PAGE_SHIFT) ^ entry) % HUGE_PAGES);
}

/* Pages of the same mappers and owner, one after the other. */
struct alike {
	uint32_t file;
	uint32_t set;
	uint64_t owner;
	uint64_t pages;
};

static void count_alike(struct scan *scan, struct alike *alike)
{
	if (alike->pages)
		count_pages(scan, alike->file, alike->set, owner_index(scan, alike->owner),
			    alike->pages);
	alike->pages = 0;
}

static void count_page(struct scan *scan, struct alike *alike, uint32_t set, uint64_t owner)
{
	if (alike->set != set || alike->owner != owner) {
		count_alike(scan, alike);
		alike->set = set;
		alike->owner = owner;
	}
	alike->pages++;
}

/* All pages of the frames have these mappers. */
static void count_frames(struct scan *scan, struct alike *alike, uint32_t set,
			 const struct frame *frame)
{
	const uint64_t *owners = scan->chunk->owners + frame_lowest(frame);

	for (size_t from = 0, to; from < frame->pages; from = to) {
		for (to = from + 1; to < frame->pages && owners[to] == owners[from];)
			to++;
		count_page(scan, alike, set, owners[from]);
		alike->pages += to - from - 1;
	}
}

static void sort_frames(struct scan *scan)
{
	frames_sort(scan->chunk->frames, scan->chunk->spare, scan->chunk->nr_frames);
	frames_stretch(scan, scan->chunk->frames, scan->chunk->nr_frames);
}

/* Who pays for the pages of the frames. */
static void read_owners(struct scan *scan, size_t pages)
{
	struct chunk *chunk = scan->chunk;

	if (owners_known(scan))
		frames_owners(scan, chunk->frames, chunk->nr_frames, chunk->owners);
	else
		memset(chunk->owners, 0, pages * sizeof(*chunk->owners));
}

/* What is called exclusive and is not is joined, and taken out of the chunk. */
static void doubt_exclusive(struct scan *scan, uint32_t set)
{
	struct chunk *chunk = scan->chunk;

	sort_frames(scan);
	frames_lookup(scan, scan->kpagecount, chunk->frames, chunk->nr_frames, chunk->counts);
	for (size_t n = 0; n < chunk->nr_frames; n++) {
		const struct frame *frame = &chunk->frames[n];

		for (size_t i = 0; i < frame->pages; i++) {
			size_t at = frame_at(frame, i);

			if (chunk->counts[at] <= 1)
				continue;
			share_later(scan, FILE_ALL, frame->pfn + i, set);
			chunk->entries[at] = 0;
		}
	}
}

/* What is left in the chunk are pages that only one process maps. */
static void add_exclusive(struct scan *scan, uint32_t set, size_t pages)
{
	struct alike alike = { .file = FILE_ALL, .set = set };
	struct chunk *chunk = scan->chunk;

	chunk->nr_frames = 0;
	for (size_t i = 0; i < pages; i++) {
		uint64_t pfn = chunk->entries[i] & PM_PFN_MASK;

		if ((chunk->entries[i] & PM_PRESENT) && is_wanted(scan, pfn))
			chunk->nr_frames = frames_add(chunk->frames, chunk->nr_frames, pfn, i);
	}
	sort_frames(scan);
	read_owners(scan, pages);
	for (size_t n = 0; n < chunk->nr_frames; n++) {
		const struct frame *frame = &chunk->frames[n];

		for (size_t i = 0; i < frame->pages; i++)
			count_page(scan, &alike, set, chunk->owners[frame_at(frame, i)]);
	}
	count_alike(scan, &alike);
}

size_t share_anonymous(struct scan *scan, int fd, uint32_t group, uint64_t address, size_t pages)
{
	struct chunk *chunk = scan->chunk;
	uint32_t set = groupset_with(&scan->build->sets, GROUPSET_EMPTY, group);
	size_t others = 0;

	chunk->nr_frames = 0;
	pagemap_read(scan, fd, address, chunk->entries, pages);
	for (size_t i = 0; i < pages; i++) {
		uint64_t entry = chunk->entries[i];

		/* What is no anonymous page here is the kernel's: vdso, vvar. */
		if (!(entry & PM_PRESENT) || (entry & PM_FILE)) {
			others += !!(entry & PM_PRESENT);
			chunk->entries[i] = 0;
		} else if (!(entry & PM_EXCLUSIVE) || scan->build->result->gaps.no_frames) {
			share_private(scan, group, entry);
			chunk->entries[i] = 0;
		} else if (scan->kpagecount >= 0 &&
			   may_be_huge(address + (i << PAGE_SHIFT), entry & PM_PFN_MASK)) {
			chunk->nr_frames =
				frames_add(chunk->frames, chunk->nr_frames, entry & PM_PFN_MASK, i);
		}
	}
	doubt_exclusive(scan, set);
	add_exclusive(scan, set, pages);
	return others;
}

/* Puts the pages that were seen, and what is complete, in order of their frames. */
static void sort_seen(struct scan *scan)
{
	struct chunk *chunk = scan->chunk;

	chunk->nr_frames = 0;
	for (size_t i = 0; i < chunk->pages; i++) {
		if (chunk->maps[i] || chunk->complete[i])
			chunk->nr_frames =
				frames_add(chunk->frames, chunk->nr_frames, chunk->pfn[i], i);
	}
	sort_frames(scan);
}

/* Whether all pages of the frames are mapped so often, and none is doubted. */
static bool is_whole(const struct scan *scan, const struct frame *frame, uint64_t covering)
{
	const uint64_t *counts = scan->chunk->counts + frame_lowest(frame);
	uint64_t differs = scan->doubted.used;

	for (size_t i = 0; i < frame->pages; i++)
		differs |= counts[i] ^ covering;
	return !differs;
}

static void complete_some(struct scan *scan, const struct frame *frame, uint64_t covering)
{
	struct chunk *chunk = scan->chunk;
	size_t from = 0, i;

	for (i = 0; i < frame->pages; i++) {
		size_t at = frame_at(frame, i);

		if (chunk->counts[at] == covering && !is_doubted(scan, frame->pfn + i)) {
			chunk->complete[at] = true;
			continue;
		}
		doubt_note(scan, frame->pfn + from, i - from);
		from = i + 1;
	}
	doubt_note(scan, frame->pfn + from, i - from);
}

/*
 * A page that the kernel counts as mapped as often as mappings cover it is mapped by all of them, unless somebody else's
 * mapping stands in the count for one of ours. Somebody else is a process that is not seen: then this is not
 * asked; or another file with the same pages (two overlays of one file): then that page is met again there, and that it was
 * decided here by its count is noted, and gives it away. Such a page is left to share_join() in a second pass.
 */
static void take_shortcut(struct scan *scan, uint32_t covering)
{
	struct chunk *chunk = scan->chunk;

	/* What the first mapping has of the file. */
	chunk->nr_frames = frames_of_entries(chunk->frames, chunk->entries, chunk->pages);
	sort_frames(scan);
	frames_lookup(scan, scan->kpagecount, chunk->frames, chunk->nr_frames, chunk->counts);
	for (size_t n = 0; n < chunk->nr_frames; n++) {
		struct frame *frame = &chunk->frames[n];

		frame->whole = is_whole(scan, frame, covering);
		if (frame->whole) {
			memset(chunk->complete + frame_lowest(frame), true, frame->pages);
			doubt_note(scan, frame->pfn, frame->pages);
		} else {
			complete_some(scan, frame, covering);
		}
	}
}

/* Whether the page may be mapped under another name, too. */
static bool is_elsewhere(struct scan *scan, uint64_t pfn, size_t at)
{
	const struct chunk *chunk = scan->chunk;

	if (!chunk->uncounted)
		return chunk->counts[at] != chunk->maps[at];
	if (is_doubted(scan, pfn))
		return true;
	doubt_note(scan, pfn, 1);
	return false;
}

/*
 * Counts the pages that were seen and sorted. One that is mapped more often than that is mapped under another name, too (another
 * overlay, say): it is joined with that by its frame.
 */
static void settle(struct scan *scan, uint32_t cover_set)
{
	struct chunk *chunk = scan->chunk;
	struct alike alike = { .file = chunk->file };
	bool frames = !scan->build->result->gaps.no_frames;

	/* Of what is complete it is known already. */
	if (frames && !chunk->uncounted && memchr(chunk->complete, false, chunk->pages))
		frames_lookup(scan, scan->kpagecount, chunk->frames, chunk->nr_frames, chunk->counts);
	read_owners(scan, chunk->pages);
	for (size_t n = 0; n < chunk->nr_frames; n++) {
		const struct frame *frame = &chunk->frames[n];

		if (frame->whole && !scan->query->pid) {
			count_frames(scan, &alike, cover_set, frame);
			continue;
		}
		for (size_t i = 0; i < frame->pages; i++) {
			uint64_t pfn = frame->pfn + i;
			size_t at = frame_at(frame, i);

			if (!is_wanted(scan, pfn))
				continue;
			if (chunk->complete[at])
				count_page(scan, &alike, cover_set, chunk->owners[at]);
			else if (frames && is_elsewhere(scan, pfn, at))
				share_later(scan, chunk->file, pfn, chunk->set[at]);
			else
				count_page(scan, &alike, chunk->set[at], chunk->owners[at]);
		}
	}
	count_alike(scan, &alike);
}

static bool all_full(const struct scan *scan, struct mapping **active, uint32_t count)
{
	if (!scan->regular_file)
		return false;
	for (uint32_t m = 0; m < count; m++) {
		if (!active[m]->full)
			return false;
	}
	return true;
}

static void share_chunk(struct scan *scan, struct mapping **active, uint32_t count, uint32_t cover_set)
{
	struct chunk *chunk = scan->chunk;

	memset(chunk->complete, 0, chunk->pages * sizeof(*chunk->complete));
	see_first(scan, active[0]);
	chunk->uncounted = all_full(scan, active, count);
	if (count > 1 && scan->trust_counts && !scan->build->result->gaps.no_frames &&
	    !chunk->uncounted)
		take_shortcut(scan, count);
	if (memchr(chunk->complete, false, chunk->pages)) {
		see_rest(scan, active, count);
		sort_seen(scan);
	}
	settle(scan, cover_set);
}

/* The first page from @page on that some mapping may have present. */
static uint64_t skip_hole(struct scan *scan, struct mapping **active, uint32_t count, uint64_t page,
			  uint64_t end)
{
	uint64_t nearest = end;

	for (uint32_t m = 0; m < count && nearest > page; m++) {
		struct mapping *mapping = active[m];
		uint64_t address = mapping->start + ((page - mapping->first) << PAGE_SHIFT);
		uint64_t last = mapping->start + (mapping->pages << PAGE_SHIFT);
		int fd = process_pagemap(scan, &scan->processes[mapping->process]);

		if (address >= mapping->present_from)
			mapping->present_from = pagemap_next(scan, fd, address, last);
		address = mapping->present_from < last ? mapping->present_from : last;
		if (((address - mapping->start) >> PAGE_SHIFT) + mapping->first < nearest)
			nearest = ((address - mapping->start) >> PAGE_SHIFT) + mapping->first;
	}
	return nearest > page ? nearest : page;
}

/* The first mapping is one that is full, if there is any: then it knows all pages that others of the file may have. */
static void put_full_first(struct mapping **active, uint32_t count)
{
	for (uint32_t m = 0; m < count; m++) {
		struct mapping *mapping = active[m];

		if (!mapping->full)
			continue;
		active[m] = active[0];
		active[0] = mapping;
		return;
	}
}

/* Pages @page to @end of the file are covered by the same @count mappings. */
static void share_interval(struct scan *scan, uint32_t file, struct mapping **active,
			   uint32_t count, uint64_t page, uint64_t end)
{
	uint32_t cover_set = GROUPSET_EMPTY;

	put_full_first(active, count);
	for (uint32_t m = 0; m < count; m++)
		cover_set = groupset_with(&scan->build->sets, cover_set,
					  scan->processes[active[m]->process].group);
	while (page < end && !scan->build->oom) {
		if (end - page > HUGE_HOLE_PAGES)
			page = skip_hole(scan, active, count, page, end);
		scan->chunk->file = file;
		scan->chunk->first = page;
		scan->chunk->pages = end - page < CHUNK_PAGES ? end - page : CHUNK_PAGES;
		if (scan->chunk->pages)
			share_chunk(scan, active, count, cover_set);
		page += scan->chunk->pages;
	}
}

void share_file(struct scan *scan, uint32_t file, struct mapping *mappings, size_t count)
{
	struct mapping **active = malloc(count * sizeof(*active));
	uint64_t page = 0, end;
	size_t nr_active = 0, next = 0;

	if (!active) {
		scan->build->oom = true;
		return;
	}
	while (next < count || nr_active) {
		size_t left = 0;

		if (!nr_active)
			page = mappings[next].first;
		while (next < count && mappings[next].first <= page)
			active[nr_active++] = &mappings[next++];
		end = next < count ? mappings[next].first : NO_PAGE;
		for (size_t m = 0; m < nr_active; m++) {
			if (active[m]->first + active[m]->pages < end)
				end = active[m]->first + active[m]->pages;
		}
		share_interval(scan, file, active, nr_active, page, end);
		page = end;
		for (size_t m = 0; m < nr_active; m++) {
			if (active[m]->first + active[m]->pages > page)
				active[left++] = active[m];
		}
		nr_active = left;
	}
	free(active);
}

/* Frames [@from, @to) of the join are one page. */
static void join_page(struct scan *scan, size_t from, size_t to, uint64_t count, uint64_t owner_id)
{
	uint32_t set = GROUPSET_EMPTY, owner, last_file = 0, before = 0;

	if (!is_wanted(scan, scan->join[from].pfn))
		return;
	for (size_t i = from; i < to; i++) {
		set = groupset_union(&scan->build->sets, set, scan->join[i].set);
		if (scan->join[i].file)
			last_file = scan->join[i].file;
	}
	/* The zero page, and device memory, are present without being counted as mapped. */
	if (!count && !last_file && !scan->build->result->gaps.no_counts)
		return;
	owner = owner_index(scan, owner_id);
	count_pages(scan, last_file, set, owner, 1);
	/* For the other files it is of: the sort is stable, and they were looked at in the order of their numbers. */
	for (size_t i = from; i < to; i++) {
		uint32_t file = scan->join[i].file;

		if (file && file != before && file != last_file)
			build_add(scan->build, file, set, owner, 1);
		before = file ? file : before;
	}
}

void share_join(struct scan *scan)
{
	struct frame *spare = malloc((scan->nr_join + 1) * sizeof(*spare));
	struct chunk *chunk = scan->chunk;
	size_t at = 0;

	if (!spare) {
		scan->build->oom = true;
		return;
	}
	frames_sort(scan->join, spare, scan->nr_join);
	free(spare);
	while (at < scan->nr_join) {
		size_t pages = 0, next = at, from = at;

		/* So many different frames at a time. */
		chunk->nr_frames = 0;
		for (; next < scan->nr_join; next++) {
			if (next > at && scan->join[next - 1].pfn == scan->join[next].pfn)
				continue;
			if (pages == CHUNK_PAGES)
				break;
			chunk->nr_frames = frames_add(chunk->frames, chunk->nr_frames,
						      scan->join[next].pfn, pages++);
		}
		frames_stretch(scan, chunk->frames, chunk->nr_frames);
		frames_lookup(scan, scan->kpagecount, chunk->frames, chunk->nr_frames, chunk->counts);
		frames_owners(scan, chunk->frames, chunk->nr_frames, chunk->owners);
		for (size_t i = 0; from < next; i++) {
			size_t to = from + 1;

			while (to < next && scan->join[to].pfn == scan->join[from].pfn)
				to++;
			join_page(scan, from, to, chunk->counts[i], chunk->owners[i]);
			from = to;
		}
		at = next;
	}
}
