// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain_internal.h"
#include "ways.h"

/* Of so many files a way is looked for: some may have none. */
#define CANDIDATES 16

struct candidates {
	struct mcg_advice advice[CANDIDATES];
	size_t n;
};

/* A group that has charges which can be moved, and may get some: not the root. */
static bool may_pay(const struct mcg_attribution *found, uint32_t group)
{
	return group < found->nr_groups && found->groups[group].path && found->groups[group].path[1];
}

/*
 * What the groups inside have of a file, and the one outside that has most of it, if it has a path; parts of mappers overlap.
 */
static uint64_t inside(const struct mcg_attribution *found, const struct mcg_attr_part *parts,
		       size_t n, uint32_t top, uint32_t *outside)
{
	uint64_t bytes = 0;

	*outside = MCG_GROUP_NONE;
	for (size_t i = 0; i < n; i++) {
		uint32_t group = parts[i].group;

		if (mcg_attr_is_within(found, group, top))
			bytes += parts[i].bytes;
		else if (*outside == MCG_GROUP_NONE && may_pay(found, group))
			*outside = group;
	}
	return bytes;
}

/* Bytes of a file that are charged to some group, so that they can be charged to another. */
static uint64_t movable(const struct mcg_attribution *found, const struct mcg_attr_file *file)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < file->nr_owners; i++)
		bytes += may_pay(found, file->owners[i].group) ? file->owners[i].bytes : 0;
	return bytes;
}

/*
 * What belongs to others goes to them, what is used together is shared out, and what the group alone uses it pays for. Return:
 * false when there is nothing to be done about the file.
 */
static bool advise(const struct mcg_attribution *found, const struct mcg_attr_file *file,
		   uint32_t group, struct mcg_advice *advice)
{
	uint32_t mapper, owner;
	uint64_t maps = inside(found, file->mappers, file->nr_mappers, group, &mapper);
	uint64_t pays = inside(found, file->owners, file->nr_owners, group, &owner);
	uint64_t all = movable(found, file);

	*advice = (struct mcg_advice){ .file = file, .to = { group, MCG_GROUP_NONE } };
	if (!maps && pays && mapper != MCG_GROUP_NONE) {
		advice->to[0] = mapper;
		advice->change = -(int64_t)pays;
	} else if (maps && all && mapper != MCG_GROUP_NONE) {
		advice->bind = true;
		advice->to[1] = mapper;
		advice->change = (int64_t)(all / 2) - (int64_t)pays;
	} else if (maps && owner != MCG_GROUP_NONE) {
		advice->change = (int64_t)(all - pays);
	}
	return advice->change && may_pay(found, group);
}

/* Keeps the largest. */
static void add(struct candidates *candidates, const struct mcg_advice *advice)
{
	size_t at = candidates->n;

	while (at && llabs(candidates->advice[at - 1].change) < llabs(advice->change))
		at--;
	if (at == CANDIDATES)
		return;
	if (candidates->n < CANDIDATES)
		candidates->n++;
	memmove(&candidates->advice[at + 1], &candidates->advice[at],
		(candidates->n - at - 1) * sizeof(*advice));
	candidates->advice[at] = *advice;
}

static bool has_name(const struct mcg_attr_file *file)
{
	return file->name[0] == '/' && !access(file->name, F_OK);
}

/* What has no name is named by a mapping of it, if there is one. Return: 0, or -1: out of memory. */
static int find_ways(const struct mcg_tree *tree, struct candidates *candidates)
{
	struct mcg_way ways[CANDIDATES];
	struct mcg_advice *nameless[CANDIDATES];
	size_t n = 0;

	for (size_t i = 0; i < candidates->n; i++) {
		const struct mcg_attr_file *file = candidates->advice[i].file;

		if (has_name(file))
			continue;
		ways[n] = (struct mcg_way){ .dev_major = file->dev_major,
					    .dev_minor = file->dev_minor,
					    .ino = file->ino,
					    .name = file->name };
		nameless[n++] = &candidates->advice[i];
	}
	mcg_ways_find(tree->proc, ways, n);
	for (size_t i = 0; i < n; i++) {
		if (!ways[i].pid)
			nameless[i]->change = 0;
		else if (asprintf(&nameless[i]->way, "%s/%d/map_files/%" PRIx64 "-%" PRIx64,
				  tree->proc, (int)ways[i].pid, ways[i].start, ways[i].end) < 0) {
			nameless[i]->way = NULL;
			return -1;
		}
	}
	return 0;
}

int explain_advise(const struct mcg_tree *tree, const struct mcg_attribution *found,
		   struct mcg_explanation *out)
{
	struct candidates candidates = { .n = 0 };
	struct mcg_advice advice;
	int ret;

	for (size_t i = 0; i < found->nr_files; i++)
		if (advise(found, &found->files[i], out->group, &advice))
			add(&candidates, &advice);
	ret = find_ways(tree, &candidates);
	for (size_t i = 0; i < candidates.n; i++) {
		if (!ret && candidates.advice[i].change && out->n_advices < MCG_ADVICES)
			out->advice[out->n_advices++] = candidates.advice[i];
		else
			free(candidates.advice[i].way);
	}
	return ret;
}
