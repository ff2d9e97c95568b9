// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "procfs_internal.h"

/* Frames that are further apart than this are read by separate calls. */
#define MAX_GAP 8

/* Frames whose flags are read at once to find the head of a folio: the largest folio that is charged. */
#define HEAD_BLOCK 512

/*
 * PAGEMAP_SCAN (Linux 6.7) where the C library's headers are older; as in the kernel's <linux/fs.h>.
 */
#ifndef PAGEMAP_SCAN
#define PAGEMAP_SCAN _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_FILE (1 << 2)
#define PAGE_IS_PRESENT (1 << 3)

struct page_region {
	uint64_t start;
	uint64_t end;
	uint64_t categories;
};

struct pm_scan_arg {
	uint64_t size;
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	uint64_t vec;
	uint64_t vec_len;
	uint64_t max_pages;
	uint64_t category_inverted;
	uint64_t category_mask;
	uint64_t category_anyof_mask;
	uint64_t return_mask;
};
#endif

static int open_kpage(const struct scan *scan, const char *name)
{
	return openat(scan->proc_fd, name, O_RDONLY | O_CLOEXEC);
}

int pages_open(struct scan *scan)
{
	scan->kpagecount = open_kpage(scan, "kpagecount");
	scan->kpagecgroup = open_kpage(scan, "kpagecgroup");
	scan->kpageflags = open_kpage(scan, "kpageflags");
	scan->window = calloc(CHUNK_PAGES, sizeof(*scan->window));
	scan->head_flags = calloc(HEAD_BLOCK, sizeof(*scan->head_flags));
	scan->head_block = UINT64_MAX;
	scan->build->result->gaps.no_counts = scan->kpagecount < 0;
	scan->build->result->gaps.no_owners = scan->kpagecgroup < 0;
	if (!scan->window || !scan->head_flags)
		return mcg_fail(scan->build->err, MCG_FAILED, NULL, "out of memory");
	return 0;
}

void pages_close(struct scan *scan)
{
	if (scan->kpagecount >= 0)
		close(scan->kpagecount);
	if (scan->kpagecgroup >= 0)
		close(scan->kpagecgroup);
	if (scan->kpageflags >= 0)
		close(scan->kpageflags);
	free(scan->stretches);
	free(scan->window);
	free(scan->head_flags);
}

static void read_numbers(int fd, uint64_t at, uint64_t *numbers, size_t count)
{
	size_t size = count * sizeof(*numbers), done = 0;

	while (fd >= 0 && done < size) {
		ssize_t got =
			pread(fd, (char *)numbers + done, size - done, at * sizeof(*numbers) + done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += got;
	}
	done -= done % sizeof(*numbers);
	memset((char *)numbers + done, 0, size - done);
}

void pagemap_read(struct scan *scan, int fd, uint64_t address, uint64_t *entries, size_t count)
{
	read_numbers(fd, address >> PAGE_SHIFT, entries, count);
	for (size_t i = 0; i < count && !scan->frames_known; i++) {
		if (entries[i] & PM_PRESENT) {
			/* Frame 0 belongs to the firmware: it stands for "not permitted". */
			scan->build->result->gaps.no_frames = !(entries[i] & PM_PFN_MASK);
			scan->frames_known = true;
		}
	}
}

static int scan_present(int fd, uint64_t address, uint64_t end, uint64_t *found)
{
	struct page_region region = { 0 };
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = address,
		.end = end,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT,
		/* One page is enough to know where the next one is. */
		.max_pages = 1,
	};
	int n = ioctl(fd, PAGEMAP_SCAN, &arg);

	if (n >= 0)
		*found = n ? region.start : end;
	return n;
}

uint64_t pagemap_next(struct scan *scan, int fd, uint64_t address, uint64_t end)
{
	uint64_t found;

	if (fd < 0)
		return end;
	if (scan->no_pagemap_scan)
		return address;
	if (scan_present(fd, address, end, &found) >= 0)
		return found;
	if (errno == ENOTTY || errno == EINVAL)
		scan->no_pagemap_scan = true;
	return address;
}

uint64_t pagemap_holes(struct scan *scan, int fd, uint64_t address, uint64_t end,
		       struct hole *holes, size_t *nr_holes)
{
	struct page_region regions[MAX_HOLES];
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = address,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = MAX_HOLES,
		.category_mask = PAGE_IS_PRESENT,
		.category_inverted = PAGE_IS_PRESENT,
	};
	int n;

	*nr_holes = 0;
	if (fd < 0 || scan->no_pagemap_scan)
		return address;
	n = ioctl(fd, PAGEMAP_SCAN, &arg);
	if (n < 0) {
		scan->no_pagemap_scan |= errno == ENOTTY || errno == EINVAL;
		return address;
	}
	for (*nr_holes = 0; *nr_holes < (size_t)n; ++*nr_holes)
		holes[*nr_holes] = (struct hole){ .start = regions[*nr_holes].start,
						  .end = regions[*nr_holes].end };
	return arg.walk_end;
}

bool pagemap_count(struct scan *scan, int fd, uint64_t address, uint64_t end, uint64_t *pages)
{
	struct page_region regions[MAX_HOLES];
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = address,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = MAX_HOLES,
		.category_mask = PAGE_IS_PRESENT | PAGE_IS_FILE,
		.return_mask = PAGE_IS_PRESENT,
	};

	for (; arg.start < end; arg.start = arg.walk_end) {
		int n = scan->no_pagemap_scan ? -1 : ioctl(fd, PAGEMAP_SCAN, &arg);

		if (n < 0 || arg.walk_end <= arg.start)
			return false;
		for (int i = 0; i < n; i++)
			*pages += (regions[i].end - regions[i].start) >> PAGE_SHIFT;
	}
	return true;
}

/*
 * Larger mappings are not walked where the kernel cannot skip their holes: a sparse terabyte would
 * cost seconds, and the tools that make such mappings (sanitizers) make twenty of them.
 */
#define MAX_WALK (UINT64_C(1) << 40)

bool pagemap_too_large(struct scan *scan, int fd, uint64_t address, uint64_t end)
{
	if (end - address <= MAX_WALK)
		return false;
	pagemap_next(scan, fd, address, end);
	return scan->no_pagemap_scan;
}

/* Bits of a digit where there are many. */
#define DIGIT_BITS 11

/* Radix sort by frame number, some bits at a time, from the lowest to the highest that are in use. */
void frames_sort(struct frame *frames, struct frame *spare, size_t count)
{
	struct frame *from = frames, *to = spare;
	/* Of many frames larger digits pay. */
	unsigned int bits = count < 4096 ? 8 : DIGIT_BITS;
	uint64_t all = 0, digit = (UINT64_C(1) << bits) - 1;
	bool sorted = true;

	for (size_t i = 0; i < count; i++) {
		all |= frames[i].pfn;
		sorted &= !i || frames[i - 1].pfn <= frames[i].pfn;
	}
	for (unsigned int shift = 0; !sorted && shift < 64 && all >> shift; shift += bits) {
		size_t place[1 << DIGIT_BITS], sum = 0;
		struct frame *swap = from;

		memset(place, 0, (digit + 1) * sizeof(*place));
		for (size_t i = 0; i < count; i++)
			place[(from[i].pfn >> shift) & digit]++;
		for (size_t i = 0; i <= digit; i++) {
			size_t here = place[i];

			place[i] = sum;
			sum += here;
		}
		for (size_t i = 0; i < count; i++)
			to[place[(from[i].pfn >> shift) & digit]++] = from[i];
		from = to;
		to = swap;
	}
	if (from != frames)
		memcpy(frames, from, count * sizeof(*frames));
}

size_t frames_add(struct frame *frames, size_t count, uint64_t pfn, uint32_t at)
{
	struct frame *last = count ? &frames[count - 1] : NULL;
	bool next = last && at == last->at + (last->down ? 1 : last->pages);

	if (next && !last->down && pfn == last->pfn + last->pages)
		last->pages++;
	else if (next && (last->down || last->pages == 1) && pfn == last->pfn - 1)
		*last = (struct frame){ .pfn = pfn, .at = at, .pages = last->pages + 1, .down = 1 };
	else
		frames[count++] = (struct frame){ .pfn = pfn, .at = at, .pages = 1 };
	return count;
}

size_t frames_of_entries(struct frame *frames, const uint64_t *entries, size_t count)
{
	const uint64_t wanted = PM_PRESENT | PM_FILE, told = wanted | PM_PFN_MASK;
	size_t nr_frames = 0, pages;

	for (size_t i = 0; i < count; i += pages) {
		uint64_t first = entries[i] & told;
		bool down;

		pages = 1;
		if ((first & wanted) != wanted)
			continue;
		while (i + pages < count && (entries[i + pages] & told) == first + pages)
			pages++;
		down = pages == 1;
		while (down && i + pages < count && (entries[i + pages] & told) == first - pages)
			pages++;
		down = pages > 1 && down;
		frames[nr_frames++] = (struct frame){
			.pfn = (first & PM_PFN_MASK) - (down ? pages - 1 : 0),
			.at = i + (down ? pages - 1 : 0),
			.pages = pages,
			.down = down,
		};
	}
	return nr_frames;
}

void frames_stretch(struct scan *scan, const struct frame *frames, size_t count)
{
	size_t begin = 0;

	scan->nr_stretches = 0;
	for (size_t i = 1; i <= count; i++) {
		/* Where frames are there twice, the gap wraps around and is far too large. */
		if (i < count &&
		    frames[i].pfn - (frames[i - 1].pfn + frames[i - 1].pages) <= MAX_GAP &&
		    frames[i].pfn + frames[i].pages - frames[begin].pfn <= CHUNK_PAGES)
			continue;
		if (!VEC_ROOM(scan->stretches, scan->nr_stretches + 1, scan->room_stretches)) {
			scan->build->oom = true;
			return;
		}
		scan->stretches[scan->nr_stretches++] = i;
		begin = i;
	}
}

static void put_values(const struct frame *frame, const uint64_t *from, uint64_t *values)
{
	if (!frame->down) {
		memcpy(values + frame->at, from, frame->pages * sizeof(*values));
		return;
	}
	values += frame->at;
	for (size_t i = 0; i < frame->pages; i++)
		*values-- = from[i];
}

void frames_lookup(struct scan *scan, int fd, const struct frame *frames, size_t count,
		   uint64_t *values)
{
	size_t i = 0;

	for (size_t n = 0; n < scan->nr_stretches; n++) {
		const struct frame *first = &frames[i], *last = &frames[scan->stretches[n] - 1];

		if (first == last && !first->down) {
			read_numbers(fd, first->pfn, values + first->at, first->pages);
			i++;
			continue;
		}
		read_numbers(fd, first->pfn, scan->window, last->pfn + last->pages - first->pfn);
		for (; i < scan->stretches[n]; i++)
			put_values(&frames[i], scan->window + (frames[i].pfn - first->pfn), values);
	}
	/* Out of memory. */
	for (; i < count; i++)
		for (size_t k = 0; k < frames[i].pages; k++)
			values[frame_at(&frames[i], k)] = 0;
}

/* The first frame of the folio that @pfn is a later frame of; @pfn itself if it is none. */
static uint64_t head_of(struct scan *scan, uint64_t pfn)
{
	uint64_t block = pfn / HEAD_BLOCK;
	size_t i = pfn % HEAD_BLOCK;

	if (scan->head_block != block) {
		read_numbers(scan->kpageflags, block * HEAD_BLOCK, scan->head_flags, HEAD_BLOCK);
		scan->head_block = block;
	}
	while (i && (scan->head_flags[i] & (UINT64_C(1) << KPF_COMPOUND_TAIL)))
		i--;
	return scan->head_flags[i] & (UINT64_C(1) << KPF_COMPOUND_HEAD) ? block * HEAD_BLOCK + i
									: pfn;
}

static bool all_known(const uint64_t *owners, size_t count)
{
	bool known = true;

	for (size_t i = 0; i < count; i++)
		known &= !!owners[i];
	return known;
}

/* Linux 6.1 names no owner for the later frames of a large folio: ask for its first one. */
void frames_owners(struct scan *scan, const struct frame *frames, size_t count, uint64_t *owners)
{
	uint64_t head = UINT64_MAX, head_owner = 0;

	frames_lookup(scan, scan->kpagecgroup, frames, count, owners);
	if (scan->kpageflags < 0)
		return;
	/* Flags may have changed since the last time. */
	scan->head_block = UINT64_MAX;
	for (size_t i = 0; i < count; i++) {
		if (all_known(owners + frame_lowest(&frames[i]), frames[i].pages))
			continue;
		for (size_t k = 0; k < frames[i].pages; k++) {
			uint64_t this;

			if (owners[frame_at(&frames[i], k)])
				continue;
			this = head_of(scan, frames[i].pfn + k);
			if (this == frames[i].pfn + k)
				continue;
			if (this != head)
				read_numbers(scan->kpagecgroup, this, &head_owner, 1);
			head = this;
			owners[frame_at(&frames[i], k)] = head_owner;
		}
	}
}
