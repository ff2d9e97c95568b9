/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every backend fills, and how it becomes the result: attribution_groups.c knows cgroupfs, attribution_result.c adds up.
 */
#ifndef MCG_ATTRIBUTION_BUILD_H
#define MCG_ATTRIBUTION_BUILD_H

#include <sys/types.h>

#include "attribution.h"
#include "error.h"
#include "group.h"
#include "groupset.h"
#include "hmap.h"
#include "vec.h"

#define PAGE_SHIFT 12
#define PAGE_BYTES (UINT64_C(1) << PAGE_SHIFT)

/* The file of what is counted in the figures of groups: every page once. Files have numbers from 1 on. */
#define FILE_ALL 0

/**
 * struct attribution_build - a result under way
 * @result: its groups are there from build_groups() on, its files as they are added
 * @nr_known: groups that have a path
 * @outside: the group that stands for what is not seen; made when needed
 * @sets: of groups that map the same pages
 * @tally: (number of a file << 32 | set, owner) -> pages
 * @oom: memory was short: there is no result
 */
struct attribution_build {
	const struct mcg_tree *tree;
	struct mcg_error *err;
	struct mcg_attribution *result;
	struct hmap group_by_id;
	size_t nr_known;
	uint32_t outside;
	size_t room_groups;
	size_t room_files;
	struct groupsets sets;
	struct hmap tally;
	bool oom;
};

/* build_begin() - an empty one, with all groups there are. Return: 0, or -1 with @err set; build_end() in any case */
int build_begin(struct attribution_build *build, const struct mcg_tree *tree, struct mcg_error *err);

/**
 * build_end() - make the result of it, and give up the rest
 * @ret: 0, or that it failed: no result
 *
 * Return: 0 with @out set, or -1 with the error set.
 */
int build_end(struct attribution_build *build, int ret, struct mcg_attribution **out);

/* build_file() - one more file; its name becomes the result's. Return: its number, 0 without memory */
uint32_t build_file(struct attribution_build *build, struct mcg_attr_file *file);

/* build_add() - so many pages more of a file, or of all, that these groups map and the owner pays for */
void build_add(struct attribution_build *build, uint32_t file, uint32_t set, uint32_t owner,
	       uint64_t pages);

/* attribution_groups.c */
int groups_read(struct attribution_build *build);
/* The group that stands for what cannot be seen from here. */
uint32_t group_outside(struct attribution_build *build);
uint32_t group_of_id(struct attribution_build *build, uint64_t id);
/* Adds processes of the group itself, to it and those above it. */
void group_count(struct attribution_build *build, uint32_t group, uint64_t processes);
/* The group charged for what a process does. Return: -ENOENT when the process is gone. */
int group_of_process(struct attribution_build *build, pid_t pid, uint32_t *group);

#endif
