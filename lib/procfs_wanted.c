// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procfs_internal.h"

static uint64_t file_key(const struct map_line *line)
{
	return (uint64_t)line->dev_major << 32 | line->dev_minor;
}

bool is_wanted_line(const struct scan *scan, const struct map_line *line)
{
	const struct mcg_attr_query *query = scan->query;

	if (query->one_file)
		return line->ino == query->ino && line->dev_major == query->dev_major &&
		       line->dev_minor == query->dev_minor;
	/* Private memory may be shared with any process, by fork. */
	return !query->pid || !line->ino || hmap_get(&scan->wanted_files, file_key(line), line->ino);
}

void count_pages(struct scan *scan, uint32_t file, uint32_t set, uint32_t owner, uint64_t pages)
{
	build_add(scan->build, FILE_ALL, set, owner, pages);
	if (file != FILE_ALL)
		build_add(scan->build, file, set, owner, pages);
	if (!scan->query->pid)
		return;
	build_add(scan->build, WANTED_ALL, set, owner, pages);
	if (file == FILE_ALL)
		build_add(scan->build, WANTED_PRIVATE, set, owner, pages);
}

static void want_frame(struct scan *scan, uint64_t pfn)
{
	size_t old = scan->room_wanted;

	if (!VEC_ROOM(scan->wanted, pfn / 64 + 1, scan->room_wanted)) {
		scan->build->oom = true;
		return;
	}
	memset(scan->wanted + old, 0, (scan->room_wanted - old) * sizeof(*scan->wanted));
	scan->wanted[pfn / 64] |= UINT64_C(1) << (pfn % 64);
}

/* Return: whether frame numbers are told. */
static bool want_pages(struct scan *scan, int pagemap, const struct map_line *line)
{
	uint64_t entries[HUGE_HOLE_PAGES], address = line->start;

	while (address < line->end && !scan->build->oom) {
		uint64_t left, count;

		if (line->end - address > HUGE_HOLE_PAGES << PAGE_SHIFT)
			address = pagemap_next(scan, pagemap, address, line->end);
		left = (line->end - address) >> PAGE_SHIFT;
		count = left < HUGE_HOLE_PAGES ? left : HUGE_HOLE_PAGES;
		if (!count)
			break;
		pagemap_read(scan, pagemap, address, entries, count);
		for (size_t i = 0; i < count; i++) {
			if (!(entries[i] & PM_PRESENT))
				continue;
			if (!(entries[i] & PM_PFN_MASK))
				return false;
			want_frame(scan, entries[i] & PM_PFN_MASK);
		}
		address += count << PAGE_SHIFT;
	}
	return true;
}

static int want_mappings(struct scan *scan, int pagemap, size_t size)
{
	struct map_line line;
	size_t used;

	for (size_t at = 0; at < size; at += used) {
		if (!maps_line(scan->text.bytes + at, size - at, &line, &used) || line.end > INT64_MAX)
			continue;
		if (line.ino && !hmap_at(&scan->wanted_files, file_key(&line), line.ino, NULL))
			scan->build->oom = true;
		/* That it is left out is told when the process is read with the others. */
		if (pagemap_too_large(scan, pagemap, line.start, line.end))
			continue;
		if (!want_pages(scan, pagemap, &line))
			return mcg_fail(scan->build->err, MCG_NOT_PERMITTED, NULL,
					"who pays for a process is told with CAP_SYS_ADMIN only");
	}
	return 0;
}

static void add_parts(struct scan *scan)
{
	static const char *const names[WANTED_FILES] = { "(all of it)", "(private memory)" };

	for (size_t i = 0; i < WANTED_FILES; i++) {
		struct mcg_attr_file file = { .name = strdup(names[i]) };

		build_file(scan->build, &file);
	}
}

int wanted_read(struct scan *scan)
{
	char path[32], text[24];
	ssize_t size;
	int pagemap, ret;

	if (!scan->query->pid)
		return 0;
	add_parts(scan);
	snprintf(text, sizeof(text), "pid:%d", (int)scan->query->pid);
	snprintf(path, sizeof(path), "%d/maps", (int)scan->query->pid);
	size = text_read(&scan->text, scan->proc_fd, path);
	if (size == -ENOENT || size == -ESRCH)
		return mcg_fail(scan->build->err, MCG_NOT_FOUND, text, "no such process");
	if (size < 0)
		return mcg_fail_errno(scan->build->err, -size, text, "cannot read its mappings");
	if (!size)
		return mcg_fail(scan->build->err, MCG_FAILED, text,
				"a thread of the kernel, or a process that has ended");
	snprintf(path, sizeof(path), "%d/pagemap", (int)scan->query->pid);
	pagemap = openat(scan->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		return mcg_fail_errno(scan->build->err, errno, text, "cannot read its page tables");
	ret = want_mappings(scan, pagemap, size);
	close(pagemap);
	return ret;
}

void wanted_free(struct scan *scan)
{
	hmap_free(&scan->wanted_files);
	free(scan->wanted);
}
