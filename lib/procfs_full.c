// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which mapping of a process has all of its pages, without a look at any of them: /proc/PID/statm says how many pages that are not
 * anonymous the process maps. They are all in its mappings; so when those of all its other mappings and all that the one could
 * have add up to it, the one has them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "procfs_internal.h"

/* statm is exact from then on: before, what CPUs have not added up yet is left out. */
#define EXACT_MAJOR 6
#define EXACT_MINOR 18

/* Below this its page tables are read in no time. */
#define WORTH_PAGES 128

void full_open(struct scan *scan)
{
	unsigned int major, minor;

	scan->statm_exact = !scan->query->no_shortcut &&
			    text_read(&scan->text, scan->proc_fd, "sys/kernel/osrelease") > 0 &&
			    sscanf(scan->text.bytes, "%u.%u", &major, &minor) == 2 &&
			    (major > EXACT_MAJOR || (major == EXACT_MAJOR && minor >= EXACT_MINOR));
}

/* How many pages of files and shared memory the process maps, as the kernel counts them. */
static bool read_counter(struct scan *scan, const struct process *process, uint64_t *pages)
{
	char path[PROCESS_PATH_SIZE];

	process_path(process, "statm", path);
	return text_read(&scan->text, scan->proc_fd, path) > 0 &&
	       sscanf(scan->text.bytes, "%*u %*u %" SCNu64, pages) == 1;
}

static struct mapping *largest_shared(struct mapping *mappings, size_t count)
{
	struct mapping *largest = NULL;

	for (size_t i = 0; i < count; i++) {
		if (mappings[i].shared && (!largest || mappings[i].pages > largest->pages))
			largest = &mappings[i];
	}
	return largest;
}

void full_find(struct scan *scan, const struct process *process, struct mapping *mappings,
	       size_t count, uint64_t others)
{
	struct mapping *largest = largest_shared(mappings, count);
	uint64_t counter;

	if (!scan->statm_exact || !largest || largest->pages < WORTH_PAGES ||
	    !read_counter(scan, process, &counter) || counter < largest->pages + others)
		return;
	/* To count so many others costs more than it saves. */
	if (counter - largest->pages > largest->pages)
		return;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = mappings[i].start + (mappings[i].pages << PAGE_SHIFT);

		if (&mappings[i] != largest &&
		    !pagemap_count(scan, process->pagemap, mappings[i].start, end, &others))
			return;
	}
	largest->full = counter == largest->pages + others;
}
