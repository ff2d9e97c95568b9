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
	uint64_t *share;
};

/* One set's pages, in the figures of its members and of all groups above them. */
static void add_to_groups(struct attribution_build *build, struct totals *totals, uint32_t set,
			  uint64_t pages)
{
	struct mcg_attr_group *groups = build->result->groups;
	uint32_t count;
	const uint32_t *members = groupset_members(&build->sets, set, &count);
	uint64_t bytes = pages << PAGE_SHIFT;

	for (uint32_t i = 0; i < count; i++) {
		totals->share[members[i]] += (bytes << SHARE_SHIFT) / count;
		for (uint32_t g = members[i]; g != MCG_GROUP_NONE; g = groups[g].parent)
			totals->members_below[g]++;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t g = members[i];

		for (; g != MCG_GROUP_NONE && totals->members_below[g]; g = groups[g].parent) {
			groups[g].mapped += bytes;
			if (totals->members_below[g] < count)
				groups[g].shared += bytes;
			totals->members_below[g] = 0;
		}
	}
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
		.share = calloc(result->nr_groups + 1, sizeof(*totals.share)),
	};
	int ret = totals.members_below && totals.share ? 0 : -1;

	for (size_t i = 0; i < build->tally.slots && !ret; i++) {
		const struct hmap_entry *entry = &build->tally.entries[i];

		if (entry->used && !(entry->a >> 32))
			add_to_groups(build, &totals, (uint32_t)entry->a, entry->value);
	}
	/* A group stands before its subtree, so from the end upwards every sum is complete when it is passed on. */
	for (size_t g = result->nr_groups; g-- > 0 && !ret;) {
		if (result->groups[g].parent != MCG_GROUP_NONE)
			totals.share[result->groups[g].parent] += totals.share[g];
		result->groups[g].share =
			(totals.share[g] + (UINT64_C(1) << (SHARE_SHIFT - 1))) >> SHARE_SHIFT;
	}
	free(totals.members_below);
	free(totals.share);
	return ret;
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

	if (build->oom || build->sets.oom || fill_groups(build) || fill_files(build))
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
