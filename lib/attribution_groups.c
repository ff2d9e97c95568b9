// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the counter of a group. Return: false when the folder is no group with a memory controller. */
static bool read_charged(struct attribution_build *build, struct mcg_attr_group *group)
{
	const char *file = build->tree->version == 1 ? "memory.usage_in_bytes" : "memory.current";
	struct mcg_error err = { .status = MCG_OK };
	char text[32];
	ssize_t size;
	int fd = mcg_group_open(build->tree, group->path, file, O_RDONLY, &err);

	if (fd < 0)
		return err.status == MCG_NOT_PERMITTED;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size > 0) {
		text[size] = '\0';
		group->charged = strtoull(text, NULL, 10);
		group->has_charged = true;
	}
	return true;
}

static int add_group(const char *path, uint64_t id, void *data)
{
	struct attribution_build *build = data;
	struct mcg_attribution *result = build->result;
	struct mcg_attr_group group = { .id = id, .parent = MCG_GROUP_NONE, .path = strdup(path) };

	if (!group.path || !VEC_ROOM(result->groups, result->nr_groups + 1, build->room_groups)) {
		free(group.path);
		return mcg_fail(build->err, MCG_FAILED, NULL, "out of memory");
	}
	/* The root counts all, but v2 gives it no file. */
	if (read_charged(build, &group) || !strcmp(path, "/"))
		result->groups[result->nr_groups++] = group;
	else
		free(group.path);
	return 0;
}

/* Orders a group before its subtree, and that before the next group: '/' comes before any other character. */
static int by_path(const void *one, const void *other)
{
	const unsigned char *a = (const unsigned char *)((const struct mcg_attr_group *)one)->path;
	const unsigned char *b = (const unsigned char *)((const struct mcg_attr_group *)other)->path;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (!*a || !*b)
		return !!*a - !!*b;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return *a < *b ? -1 : 1;
}

static const struct mcg_attr_group *find_group(const struct attribution_build *build, char *path)
{
	const struct mcg_attr_group wanted = { .path = path };

	return bsearch(&wanted, build->result->groups, build->nr_known, sizeof(wanted), by_path);
}

/* The group at @path, or the nearest one above. @path is changed. */
static uint32_t group_of_path(const struct attribution_build *build, char *path)
{
	for (;;) {
		const struct mcg_attr_group *group = find_group(build, path);
		char *slash = strrchr(path, '/');

		if (group)
			return group - build->result->groups;
		if (!slash || !path[1])
			return 0;
		slash[slash == path] = '\0';
	}
}

static int link_groups(struct attribution_build *build)
{
	struct mcg_attribution *result = build->result;

	build->nr_known = result->nr_groups;
	for (size_t i = 0; i < result->nr_groups; i++) {
		struct mcg_attr_group *group = &result->groups[i];
		uint64_t *index = hmap_at(&build->group_by_id, group->id, 0, NULL);
		char *parent = strdup(group->path);

		if (!index || !parent) {
			free(parent);
			return mcg_fail(build->err, MCG_FAILED, NULL, "out of memory");
		}
		*index = i;
		if (i) {
			strrchr(parent, '/')[strrchr(parent, '/') == parent] = '\0';
			group->parent = group_of_path(build, parent);
		}
		free(parent);
	}
	return 0;
}

int groups_read(struct attribution_build *build)
{
	build->outside = MCG_GROUP_NONE;
	build->result->v1 = build->tree->version == 1;
	if (mcg_group_walk(build->tree, add_group, build, build->err))
		return -1;
	qsort(build->result->groups, build->result->nr_groups, sizeof(*build->result->groups),
	      by_path);
	return link_groups(build);
}

uint32_t group_outside(struct attribution_build *build)
{
	struct mcg_attribution *result = build->result;

	if (build->outside == MCG_GROUP_NONE) {
		if (!VEC_ROOM(result->groups, result->nr_groups + 1, build->room_groups)) {
			build->oom = true;
			return 0;
		}
		build->outside = result->nr_groups;
		result->groups[result->nr_groups++] =
			(struct mcg_attr_group){ .parent = MCG_GROUP_NONE };
	}
	return build->outside;
}

uint32_t group_of_id(struct attribution_build *build, uint64_t id)
{
	const uint64_t *index = hmap_get(&build->group_by_id, id, 0);

	return index ? *index : group_outside(build);
}

void group_count(struct attribution_build *build, uint32_t group, uint64_t processes)
{
	for (; group != MCG_GROUP_NONE; group = build->result->groups[group].parent)
		build->result->groups[group].processes += processes;
}

int group_of_process(struct attribution_build *build, pid_t pid, uint32_t *group)
{
	struct mcg_error err = { .status = MCG_OK };
	char *path;

	if (!mcg_group_of_pid(build->tree, pid, &path, &err)) {
		*group = group_of_path(build, path);
		free(path);
		return 0;
	}
	if (err.status != MCG_NOT_PERMITTED)
		return -ENOENT;
	*group = group_outside(build);
	return 0;
}
