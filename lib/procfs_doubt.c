// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "procfs_internal.h"

static void doubt(struct scan *scan, uint64_t pfn)
{
	if (!hmap_at(&scan->doubted, pfn, 0, NULL))
		scan->build->oom = true;
}

static bool has_room(struct scan *scan, uint64_t end)
{
	size_t old = scan->room_by_count;

	if (!VEC_ROOM(scan->by_count, (end + 63) / 64, scan->room_by_count)) {
		scan->build->oom = true;
		return false;
	}
	memset(scan->by_count + old, 0, (scan->room_by_count - old) * sizeof(*scan->by_count));
	return true;
}

void doubt_note(struct scan *scan, uint64_t pfn, uint64_t pages)
{
	uint64_t end = pfn + pages;

	if (!pages || !has_room(scan, end))
		return;
	for (; pfn < end; pfn = (pfn | 63) + 1) {
		uint64_t word = pfn / 64, frames = UINT64_MAX << (pfn % 64), again;

		if (end / 64 == word)
			frames &= (UINT64_C(1) << (end % 64)) - 1;
		again = scan->by_count[word] & frames;
		for (; again; again &= again - 1)
			doubt(scan, word * 64 + __builtin_ctzll(again));
		scan->by_count[word] |= frames;
	}
}

static bool is_noted(const struct scan *scan, uint64_t pfn)
{
	return pfn / 64 < scan->room_by_count && scan->by_count[pfn / 64] >> (pfn % 64) & 1;
}

bool doubt_end(struct scan *scan)
{
	for (size_t i = 0; i < scan->nr_join; i++) {
		if (is_noted(scan, scan->join[i].pfn))
			doubt(scan, scan->join[i].pfn);
	}
	if (scan->by_count)
		memset(scan->by_count, 0, scan->room_by_count * sizeof(*scan->by_count));
	return scan->doubted.used;
}

void doubt_free(struct scan *scan)
{
	free(scan->by_count);
	hmap_free(&scan->doubted);
}
