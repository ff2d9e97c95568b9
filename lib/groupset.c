// SPDX-License-Identifier: LGPL-2.1-or-later
#include "groupset.h"

#include <stdlib.h>
#include <string.h>

#include "vec.h"

const uint32_t *groupset_members(const struct groupsets *table, uint32_t set, uint32_t *count)
{
	if (set == GROUPSET_EMPTY || set >= table->nr_sets) {
		*count = 0;
		return NULL;
	}
	*count = table->sets[set].count;
	return table->members + table->sets[set].first;
}

/*
 * The new set's members are the last @count of @members; they stay there only if no other set has
 * them.
 */
static uint32_t intern(struct groupsets *table, size_t first, uint32_t count)
{
	uint64_t hash = count;

	for (uint32_t i = 0; i < count; i++)
		hash = hmap_mix(hash + table->members[first + i]);
	/* A different set with the same hash moves on to the next key. */
	for (uint64_t probe = 0;; probe++) {
		bool fresh;
		uint64_t *known = hmap_at(&table->by_content, hash, probe, &fresh);
		const struct groupset_span *span;

		if (!known)
			return UINT32_MAX;
		if (fresh) {
			*known = table->nr_sets;
			table->sets[table->nr_sets++] =
				(struct groupset_span){ .first = first, .count = count };
			table->nr_members = first + count;
			return *known;
		}
		span = &table->sets[*known];
		if (span->count == count &&
		    !memcmp(table->members + span->first, table->members + first,
			    count * sizeof(*table->members)))
			return *known;
	}
}

static uint32_t make(struct groupsets *table, uint32_t set, uint32_t group)
{
	uint32_t count, n = 0;
	const uint32_t *old = groupset_members(table, set, &count);
	size_t first = table->nr_members;
	uint32_t *new;

	if (!VEC_ROOM(table->members, table->nr_members + count + 1, table->room_members) ||
	    !VEC_ROOM(table->sets, table->nr_sets + 2, table->room_sets))
		return UINT32_MAX;
	if (!table->nr_sets)
		table->sets[table->nr_sets++] = (struct groupset_span){ 0 };
	old = groupset_members(table, set, &count);
	new = table->members + first;
	while (n < count && old[n] < group) {
		new[n] = old[n];
		n++;
	}
	if (n < count && old[n] == group)
		return set;
	new[n] = group;
	if (n < count)
		memcpy(new + n + 1, old + n, (count - n) * sizeof(*new));
	return intern(table, first, count + 1);
}

uint32_t groupset_with(struct groupsets *table, uint32_t set, uint32_t group)
{
	bool fresh;
	uint64_t *known = hmap_at(&table->with, set, group, &fresh);
	uint32_t result;

	if (!known) {
		table->oom = true;
		return set;
	}
	if (!fresh)
		return *known;
	result = make(table, set, group);
	if (result == UINT32_MAX) {
		table->oom = true;
		result = set;
	}
	*known = result;
	return result;
}

uint32_t groupset_union(struct groupsets *table, uint32_t one, uint32_t other)
{
	uint32_t count;

	if (one == other || other == GROUPSET_EMPTY)
		return one;
	groupset_members(table, other, &count);
	for (uint32_t i = 0; i < count; i++) {
		/* Looked up anew each time: making a set may move all of them. */
		const uint32_t *members = groupset_members(table, other, &count);

		one = groupset_with(table, one, members[i]);
	}
	return one;
}

void groupset_free(struct groupsets *table)
{
	free(table->members);
	free(table->sets);
	hmap_free(&table->by_content);
	hmap_free(&table->with);
	*table = (struct groupsets){ 0 };
}
