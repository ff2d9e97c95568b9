// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ranges.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfs_internal.h"
#include "size.h"

void mcg_ranges_free(struct mcg_ranges *ranges)
{
	free(ranges->range);
	memset(ranges, 0, sizeof(*ranges));
}

static bool is_named(const struct map_line *line, const char *name)
{
	static const char deleted[] = " (deleted)";
	char *own = maps_name(line);
	size_t len = strlen(name);
	bool is;

	/* Without memory there is no such mapping; what comes next fails for the same reason. */
	is = own && !strncmp(own, name, len) && (!own[len] || !strcmp(own + len, deleted));
	free(own);
	return is;
}

static bool same_file(const struct mcg_range *range, const struct map_line *line)
{
	return range->file.ino == line->ino && range->file.dev_major == line->dev_major &&
	       range->file.dev_minor == line->dev_minor && range->shared == line->shared;
}

static int add(struct mcg_ranges *ranges, const struct map_line *line)
{
	struct mcg_range *last = ranges->n ? &ranges->range[ranges->n - 1] : NULL;

	if (last && last->end == line->start && same_file(last, line)) {
		last->end = line->end;
		return 0;
	}
	if (!VEC_ROOM(ranges->range, ranges->n + 1, ranges->room))
		return -1;
	ranges->range[ranges->n++] = (struct mcg_range){
		.start = line->start,
		.end = line->end,
		.shared = line->shared,
		.file = { line->dev_major, line->dev_minor, line->ino },
	};
	return 0;
}

int mcg_ranges_named(const struct mcg_tree *tree, pid_t pid, const char *name,
		     struct mcg_ranges *ranges, struct mcg_error *err)
{
	char path[512], who[32];
	struct text text = { 0 };
	struct map_line line;
	uint64_t below = 0;
	size_t used, before = ranges->n;
	ssize_t size;
	int ret = 0;

	snprintf(who, sizeof(who), "process %d", (int)pid);
	snprintf(path, sizeof(path), "%s/%d/maps", tree->proc, (int)pid);
	size = text_read(&text, AT_FDCWD, path);
	for (ssize_t at = 0; at < size && !ret; at += used) {
		/* A process that changes its mappings meanwhile can make the kernel list one twice. */
		if (!maps_line(text.bytes + at, size - at, &line, &used) || line.start < below)
			continue;
		below = line.end;
		/* What is above (vsyscall) is no memory of the process. */
		if (line.end <= INT64_MAX && (!name || is_named(&line, name)))
			ret = add(ranges, &line);
	}
	free(text.bytes);
	if (size == -ENOENT || size == -ESRCH)
		return mcg_fail(err, MCG_NOT_FOUND, who, "no such process");
	if (size < 0)
		return mcg_fail_errno(err, -size, who, "cannot read its mappings");
	if (ret)
		return mcg_fail(err, MCG_FAILED, NULL, "out of memory");
	if (ranges->n == before)
		return mcg_fail(err, MCG_NOT_FOUND, name ? name : who,
				name ? "the process has no mapping of that name"
				     : "the process has no memory");
	return 0;
}
