// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_build.h"

#include <stdlib.h>
#include <string.h>

int build_begin(struct attribution_build *build, const struct mcg_tree *tree, struct mcg_error *err)
{
	*build = (struct attribution_build){
		.tree = tree,
		.err = err,
		.result = calloc(1, sizeof(*build->result)),
	};
	if (!build->result)
		return mcg_fail(err, MCG_FAILED, NULL, "out of memory");
	return groups_read(build);
}

uint32_t build_file(struct attribution_build *build, struct mcg_attr_file *file)
{
	struct mcg_attribution *result = build->result;

	if (!file->name || !VEC_ROOM(result->files, result->nr_files + 1, build->room_files)) {
		free(file->name);
		build->oom = true;
		return 0;
	}
	result->files[result->nr_files++] = *file;
	return result->nr_files;
}

void build_add(struct attribution_build *build, uint32_t file, uint32_t set, uint32_t owner,
	       uint64_t pages)
{
	uint64_t *sum = hmap_at(&build->tally, (uint64_t)file << 32 | set, owner, NULL);

	if (sum)
		*sum += pages;
	else
		build->oom = true;
}

/* Shares are summed in 1/4096 byte, as the kernel does for PSS, so that division loses nothing that adds up. */
#define SHARE_SHIFT 12

struct totals {
	uint32_t *members_below; /* members of the set at hand in each group's subtree */
	bool *pays;		 /* the owner of the pages at hand is in the group's subtree */
	uint64_t *share;
};

/* What one group and those above it map of the pages at hand; those that have had it are passed over. */
static void add_to_path(struct mcg_attr_group *groups, struct totals *totals, uint32_t g,
			uint32_t count, bool known, uint64_t bytes)
{
	for (; g != MCG_GROUP_NONE && totals->members_below[g]; g = groups[g].parent) {
		groups[g].mapped += bytes;
		if (totals->members_below[g] < count)
			groups[g].shared += bytes;
		if (totals->pays[g])
			*(totals->members_below[g] < count ? &groups[g].lent : &groups[g].own) +=
				bytes;
		if (known && !totals->pays[g])
			groups[g].borrowed += bytes;
		totals->members_below[g] = 0;
	}
}

/* One set's pages, in the figures of its members and of all groups above them. */
static void add_to_groups(struct attribution_build *build, struct totals *totals, uint32_t set,
			  uint32_t owner, uint64_t pages)
{
	struct mcg_attr_group *groups = build->result->groups;
	bool known = owner != MCG_GROUP_NONE && owner != MCG_GROUP_UNREAD;
	uint32_t count;
	const uint32_t *members = groupset_members(&build->sets, set, &count);
	uint64_t bytes = pages << PAGE_SHIFT;

	for (uint32_t g = owner; known && g != MCG_GROUP_NONE; g = groups[g].parent)
		totals->pays[g] = true;
	for (uint32_t i = 0; i < count; i++) {
		totals->share[members[i]] += (bytes << SHARE_SHIFT) / count;
		for (uint32_t g = members[i]; g != MCG_GROUP_NONE; g = groups[g].parent)
			totals->members_below[g]++;
	}
	/* What is lent to others, and not used: nobody in the subtree is among them. */
	for (uint32_t g = owner; known && count && g != MCG_GROUP_NONE; g = groups[g].parent)
		groups[g].foreign += totals->members_below[g] ? 0 : bytes;
	for (uint32_t i = 0; i < count; i++)
		add_to_path(groups, totals, members[i], count, known, bytes);
	for (uint32_t g = owner; known && g != MCG_GROUP_NONE; g = groups[g].parent)
		totals->pays[g] = false;
}

static int add_part(struct mcg_attr_part **parts, size_t *count, size_t *room, uint32_t group,
		    uint64_t bytes)
{
	for (size_t i = 0; i < *count; i++) {
		if ((*parts)[i].group == group) {
			(*parts)[i].bytes += bytes;
			return 0;
		}
	}
	if (!VEC_ROOM(*parts, *count + 1, *room))
		return -1;
	(*parts)[(*count)++] = (struct mcg_attr_part){ .group = group, .bytes = bytes };
	return 0;
}

struct rooms {
	size_t owners;
	size_t mappers;
};

static int add_to_file(struct attribution_build *build, struct mcg_attr_file *file,
		       struct rooms *rooms, uint32_t set, uint32_t owner, uint64_t bytes)
{
	uint32_t count;
	const uint32_t *members = groupset_members(&build->sets, set, &count);
	bool foreign = owner != MCG_GROUP_NONE && owner != MCG_GROUP_UNREAD;

	for (uint32_t i = 0; i < count; i++) {
		if (members[i] == owner)
			foreign = false;
		if (add_part(&file->mappers, &file->nr_mappers, &rooms->mappers, members[i], bytes))
			return -1;
	}
	file->present += bytes;
	if (count > 1)
		file->shared += bytes;
	if (foreign)
		file->foreign += bytes;
	return add_part(&file->owners, &file->nr_owners, &rooms->owners, owner, bytes);
}

static int larger_first(const void *one, const void *other)
{
	const struct mcg_attr_part *a = one, *b = other;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return (a->group > b->group) - (a->group < b->group);
}

static int fill_files(struct attribution_build *build)
{
	struct mcg_attribution *result = build->result;
	struct rooms *rooms = calloc(result->nr_files + 1, sizeof(*rooms));
	int ret = rooms ? 0 : -1;

	for (size_t i = 0; i < build->tally.slots && !ret; i++) {
		const struct hmap_entry *entry = &build->tally.entries[i];
		uint64_t file = entry->a >> 32;

		if (entry->used && file)
			ret = add_to_file(build, &result->files[file - 1], &rooms[file - 1],
					  (uint32_t)entry->a, entry->b, entry->value << PAGE_SHIFT);
	}
	free(rooms);
	for (size_t i = 0; i < result->nr_files; i++) {
		struct mcg_attr_file *file = &result->files[i];

		if (file->nr_owners)
			qsort(file->owners, file->nr_owners, sizeof(*file->owners), larger_first);
		if (file->nr_mappers)
			qsort(file->mappers, file->nr_mappers, sizeof(*file->mappers), larger_first);
	}
	return ret;
}

static int fill_groups(struct attribution_build *build)
{
	struct mcg_attribution *result = build->result;
	struct totals totals = {
		.members_below = calloc(result->nr_groups + 1, sizeof(*totals.members_below)),
		.pays = calloc(result->nr_groups + 1, sizeof(*totals.pays)),
		.share = calloc(result->nr_groups + 1, sizeof(*totals.share)),
	};
	int ret = totals.members_below && totals.pays && totals.share ? 0 : -1;

	for (size_t i = 0; i < build->tally.slots && !ret; i++) {
		const struct hmap_entry *entry = &build->tally.entries[i];

		if (entry->used && !(entry->a >> 32))
			add_to_groups(build, &totals, (uint32_t)entry->a, entry->b, entry->value);
	}
	/* A group stands before its subtree, so from the end upwards every sum is complete when it is passed on. */
	for (size_t g = result->nr_groups; g-- > 0 && !ret;) {
		if (result->groups[g].parent != MCG_GROUP_NONE)
			totals.share[result->groups[g].parent] += totals.share[g];
		result->groups[g].share =
			(totals.share[g] + (UINT64_C(1) << (SHARE_SHIFT - 1))) >> SHARE_SHIFT;
	}
	free(totals.members_below);
	free(totals.pays);
	free(totals.share);
	return ret;
}

/* One more cell, or more in it. */
static int add_cell(struct hmap *cells, uint32_t owner, uint32_t mapper, uint64_t bytes)
{
	uint64_t *sum = hmap_at(cells, owner, mapper, NULL);

	if (!sum)
		return -1;
	*sum += bytes;
	return 0;
}

static int find_cells(struct attribution_build *build, struct hmap *cells)
{
	int ret = 0;

	for (size_t i = 0; i < build->tally.slots && !ret; i++) {
		const struct hmap_entry *entry = &build->tally.entries[i];
		uint64_t bytes = entry->value << PAGE_SHIFT;
		const uint32_t *members;
		uint32_t count;

		if (!entry->used || entry->a >> 32 != FILE_ALL)
			continue;
		members = groupset_members(&build->sets, (uint32_t)entry->a, &count);
		if (!count)
			ret = add_cell(cells, entry->b, MCG_GROUP_NONE, bytes);
		for (uint32_t m = 0; m < count && !ret; m++)
			ret = add_cell(cells, entry->b, members[m], bytes);
	}
	return ret;
}

static int larger_cell_first(const void *one, const void *other)
{
	const struct mcg_attr_cell *a = one, *b = other;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	return (a->mapper > b->mapper) - (a->mapper < b->mapper);
}

static int fill_cells(struct attribution_build *build)
{
	struct mcg_attribution *result = build->result;
	struct hmap cells = { 0 };
	int ret = find_cells(build, &cells);

	result->cells = calloc(cells.used + 1, sizeof(*result->cells));
	for (size_t i = 0; i < cells.slots && !ret && result->cells; i++) {
		const struct hmap_entry *entry = &cells.entries[i];

		if (entry->used)
			result->cells[result->nr_cells++] = (struct mcg_attr_cell){
				.owner = entry->a,
				.mapper = entry->b,
				.bytes = entry->value,
			};
	}
	hmap_free(&cells);
	if (ret || !result->cells)
		return -1;
	qsort(result->cells, result->nr_cells, sizeof(*result->cells), larger_cell_first);
	return 0;
}

static int by_file(const void *one, const void *other)
{
	const struct mcg_attr_file *a = one, *b = other;

	if (a->dev_major != b->dev_major)
		return a->dev_major < b->dev_major ? -1 : 1;
	if (a->dev_minor != b->dev_minor)
		return a->dev_minor < b->dev_minor ? -1 : 1;
	return (a->ino > b->ino) - (a->ino < b->ino);
}

static int fill(struct attribution_build *build)
{
	struct mcg_attribution *result = build->result;

	if (build->oom || build->sets.oom || fill_groups(build) || fill_files(build) ||
	    fill_cells(build))
		return mcg_fail(build->err, MCG_FAILED, NULL, "out of memory");
	if (result->nr_files)
		qsort(result->files, result->nr_files, sizeof(*result->files), by_file);
	return 0;
}

int build_end(struct attribution_build *build, int ret, struct mcg_attribution **out)
{
	if (!ret)
		ret = fill(build);
	if (ret)
		mcg_attribution_free(build->result);
	else
		*out = build->result;
	hmap_free(&build->group_by_id);
	hmap_free(&build->tally);
	groupset_free(&build->sets);
	return ret;
}
