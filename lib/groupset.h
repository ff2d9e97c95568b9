/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets of groups, each stored once: millions of pages are mapped by few different sets, so a page
 * carries the number of its set.
 */
#ifndef MCG_GROUPSET_H
#define MCG_GROUPSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmap.h"

/* The set without members, in every table. */
#define GROUPSET_EMPTY 0

/**
 * struct groupsets - the table; all zero is an empty one
 * @oom: memory ran out at some point, and what was returned since then is wrong
 */
struct groupsets {
	uint32_t *members; /* of all sets, one after the other, each ascending */
	size_t nr_members;
	size_t room_members;
	struct groupset_span {
		size_t first;
		uint32_t count;
	} * sets;
	size_t nr_sets;
	size_t room_sets;
	struct hmap by_content;
	struct hmap with; /* (set, group) -> set */
	bool oom;
};

/* groupset_with() - the set that has the members of @set, and @group. */
uint32_t groupset_with(struct groupsets *table, uint32_t set, uint32_t group);

/* groupset_union() - the set of the members of both. */
uint32_t groupset_union(struct groupsets *table, uint32_t one, uint32_t other);

/**
 * groupset_members() - look into a set
 * @count: how many members
 *
 * Return: the members, ascending; valid until a set is made.
 */
const uint32_t *groupset_members(const struct groupsets *table, uint32_t set, uint32_t *count);

void groupset_free(struct groupsets *table);

#endif
