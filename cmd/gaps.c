// SPDX-License-Identifier: GPL-2.0-only
#include "gaps.h"

#include <inttypes.h>
#include <stdio.h>

struct gap {
	const char *what;
	bool found;
	uint64_t count;
	const char *means;
};

enum { NR_GAPS = 7 };

static void list_gaps(const struct mcg_attr_gaps *gaps, struct gap list[NR_GAPS])
{
	bool frames = !gaps->no_frames;

	list[0] = (struct gap){ "processes", gaps->processes, gaps->processes,
				"processes that may not be read" };
	list[1] = (struct gap){ "hidden", gaps->hidden, 0,
				"other users' or namespaces' processes are hidden" };
	list[2] = (struct gap){
		"frames", gaps->no_frames, 0,
		"no page frame numbers (CAP_SYS_ADMIN), so no owners, and shares are estimates"
	};
	list[3] = (struct gap){ "owners", frames && gaps->no_owners, 0,
				"no /proc/kpagecgroup, so no owners" };
	list[4] = (struct gap){ "counts", frames && gaps->no_counts, 0, "no /proc/kpagecount" };
	list[5] = (struct gap){ "ranges", gaps->ranges, gaps->ranges, "mappings too large to walk" };
	list[6] = (struct gap){ "busy", gaps->busy, gaps->busy,
				"bytes in use at that moment, so not told who maps them" };
}

json_t *gaps_json(const struct mcg_attr_gaps *gaps)
{
	struct gap list[NR_GAPS];
	json_t *array = json_array();

	list_gaps(gaps, list);
	for (size_t i = 0; array && i < NR_GAPS; i++) {
		if (list[i].found)
			json_array_append_new(
				array,
				json_pack("{s:s, s:o, s:s}", "what", list[i].what, "count",
					  list[i].count ? json_integer(list[i].count) : json_null(),
					  "means", list[i].means));
	}
	return array;
}

void print_gaps(const char *command, const struct mcg_attr_gaps *gaps)
{
	struct gap list[NR_GAPS];
	bool some = false;

	list_gaps(gaps, list);
	for (size_t i = 0; i < NR_GAPS; i++) {
		if (!list[i].found)
			continue;
		if (some)
			fputs("; ", stderr);
		else
			fprintf(stderr, "memcgctl: %s: incomplete: ", command);
		fputs(list[i].means, stderr);
		if (list[i].count)
			fprintf(stderr, ": %" PRIu64, list[i].count);
		some = true;
	}
	if (some)
		fputc('\n', stderr);
}
