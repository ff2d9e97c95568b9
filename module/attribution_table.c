// SPDX-License-Identifier: GPL-2.0-only
/* Attribution: the table of what was found, of bounded size. */
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "attribution_private.h"
#include "core/group.h"

static int index_alloc(struct index *index, u32 entries)
{
	u32 slots = roundup_pow_of_two(2 * entries);

	index->slot = kvcalloc(slots, sizeof(*index->slot), GFP_KERNEL_ACCOUNT);
	index->mask = slots - 1;
	return index->slot ? 0 : -ENOMEM;
}

static void index_clear(struct index *index)
{
	memset(index->slot, 0, (index->mask + 1) * sizeof(*index->slot));
}

/* The slot of the entry for which @same holds, or a free one; there always is one. */
#define index_find(index, hash, at, same)                                                          \
	({                                                                                         \
		u32 *__slot, __i = (hash);                                                         \
		for (;; __i++) {                                                                   \
			__slot = &(index)->slot[__i & (index)->mask];                              \
			(at) = *__slot - 1;                                                        \
			if (!*__slot || (same))                                                    \
				break;                                                             \
		}                                                                                  \
		__slot;                                                                            \
	})

#define ALLOC(array, n) ((array) = kvmalloc_array(n, sizeof(*(array)), GFP_KERNEL_ACCOUNT))

/* table_alloc() - what fails is freed by table_free(), too */
int table_alloc(struct table *table)
{
	if (!ALLOC(table->group, GROUPS_MAX) || !ALLOC(table->inside, GROUPS_MAX) ||
	    !ALLOC(table->mark, GROUPS_MAX) || !ALLOC(table->set, SETS_MAX) ||
	    !ALLOC(table->member, MEMBERS_MAX) || !ALLOC(table->object, OBJECTS_MAX) ||
	    !ALLOC(table->cover, COVERS_MAX) || !ALLOC(table->part, PARTS_MAX) ||
	    !ALLOC(table->cell, CELLS_MAX) || !ALLOC(table->name, NAMES_MAX) ||
	    index_alloc(&table->groups, GROUPS_MAX) || index_alloc(&table->sets, SETS_MAX) ||
	    index_alloc(&table->covers, COVERS_MAX) || index_alloc(&table->cells, CELLS_MAX))
		return -ENOMEM;
	table_clear(table);
	return 0;
}

void table_free(struct table *table)
{
	kvfree(table->group);
	kvfree(table->inside);
	kvfree(table->mark);
	kvfree(table->set);
	kvfree(table->member);
	kvfree(table->object);
	kvfree(table->cover);
	kvfree(table->part);
	kvfree(table->cell);
	kvfree(table->name);
	kvfree(table->groups.slot);
	kvfree(table->sets.slot);
	kvfree(table->covers.slot);
	kvfree(table->cells.slot);
}

/* The entries that every table has: groups and sets that are none, and objects for what is of no file. */
void table_clear(struct table *table)
{
	int kind;

	index_clear(&table->groups);
	index_clear(&table->sets);
	index_clear(&table->covers);
	index_clear(&table->cells);
	memset(table->mark, 0, GROUPS_MAX * sizeof(*table->mark));
	table->mark_now = 0;
	table->nr_covers = table->nr_parts = table->nr_cells = 0;
	table->nr_sets = 0;
	table->nr_groups = 0;
	table_group(table, 0, 0);
	/* The empty set, and the one that is not known. */
	table->member[MEMCGCTL_SET_EMPTY] = 0;
	table->member[MEMCGCTL_SET_UNKNOWN] = 0;
	table->nr_members = MEMCGCTL_SET_UNKNOWN + 1;
	table->name[0] = '\0';
	table->nr_names = 1;
	for (kind = 0; kind < MEMCGCTL_OBJECT_FILE; kind++)
		table->object[kind] = (struct object){ .kind = kind };
	table->nr_objects = MEMCGCTL_OBJECT_FILE;
}

/* table_is_full() - whether the next folio might find no room */
bool table_is_full(const struct table *table)
{
	return table->nr_groups > GROUPS_MAX / 2 || table->nr_sets > SETS_MAX / 2 ||
	       table->nr_members > MEMBERS_MAX - MEMBERS_SPARE || table->nr_objects == OBJECTS_MAX ||
	       table->nr_covers == COVERS_MAX || table->nr_parts > PARTS_MAX - PARTS_SPARE ||
	       table->nr_cells > CELLS_MAX - FOLIO_PAGES || table->nr_names > NAMES_MAX - PATH_MAX;
}

/* table_group() - the place of a group by ids; that of none when there are too many */
u32 table_group(struct table *table, u64 id, u64 living)
{
	u32 at, *slot;

	slot = index_find(&table->groups, jhash_2words(id, id >> 32, 0), at,
			  table->group[at].id == id);
	if (*slot)
		return at;
	if (table->nr_groups == GROUPS_MAX) {
		table->lost_group = true;
		return MEMCGCTL_GROUP_NONE;
	}
	at = table->nr_groups++;
	table->group[at] = (struct memcgctl_group){ .id = id, .living = living };
	table->inside[at] = false;
	*slot = at + 1;
	return at;
}

static bool is_below(struct mem_cgroup *memcg, u64 id)
{
	while (memcg && group_id(memcg) != id)
		memcg = parent_mem_cgroup(memcg);
	return memcg;
}

/* table_memcg() - the place of a group, or that of none; RCU reader */
u32 table_memcg(struct table *table, struct mem_cgroup *memcg)
{
	struct mem_cgroup *living = memcg;
	u32 at, before = table->nr_groups;

	if (!memcg)
		return MEMCGCTL_GROUP_NONE;
	while (css_is_dying(&living->css) && parent_mem_cgroup(living))
		living = parent_mem_cgroup(living);
	at = table_group(table, group_id(memcg), group_id(living));
	if (table->subtree && table->nr_groups != before)
		table->inside[at] = is_below(memcg, table->subtree);
	return at;
}

/* table_compare() - two u32, for sort() */
int table_compare(const void *a, const void *b)
{
	u32 one = *(const u32 *)a, other = *(const u32 *)b;

	return (one > other) - (one < other);
}

/**
 * table_set() - the set with these groups
 * @members: in any order and more than once; is changed
 *
 * Return: where it begins among all members; MEMCGCTL_SET_UNKNOWN when there is no room.
 */
u32 table_set(struct table *table, u32 *members, u32 count)
{
	u32 at, i, n = 0, *slot, begin;

	table_unmark(table);
	for (i = 0; i < count; i++)
		if (table_mark(table, members[i]))
			members[n++] = members[i];
	if (!n)
		return MEMCGCTL_SET_EMPTY;
	sort(members, n, sizeof(*members), table_compare, NULL);
	slot = index_find(&table->sets, jhash2(members, n, 0), at,
			  table->member[table->set[at]] == n &&
				  !memcmp(&table->member[table->set[at] + 1], members,
					  n * sizeof(*members)));
	if (*slot)
		return table->set[at];
	if (table->nr_sets == SETS_MAX || table->nr_members + n + 1 > MEMBERS_MAX)
		return MEMCGCTL_SET_UNKNOWN;
	begin = table->nr_members;
	table->member[begin] = n;
	memcpy(&table->member[begin + 1], members, n * sizeof(*members));
	table->nr_members += n + 1;
	table->set[table->nr_sets++] = begin;
	*slot = table->nr_sets;
	return begin;
}

/* table_name() - keep a copy of a name. Return: where it begins; the empty one when there is no room. */
u32 table_name(struct table *table, const char *name)
{
	size_t size = strlen(name) + 1;
	u32 at = table->nr_names;

	if (size > NAMES_MAX - at)
		return 0;
	memcpy(&table->name[at], name, size);
	table->nr_names += size;
	return at;
}

/**
 * table_cover() - what is known of who may map an object; not yet known when it is new: the caller fills it in
 *
 * Return: NULL when there is no room.
 */
struct cover *table_cover(struct table *table, unsigned long key, unsigned long ino, dev_t dev)
{
	struct cover *cover;
	u32 at, *slot;

	slot = index_find(&table->covers, jhash_2words(key, key >> 32, dev), at,
			  table->cover[at].key == key && table->cover[at].ino == ino &&
				  table->cover[at].dev == dev);
	if (*slot)
		return &table->cover[at];
	if (table->nr_covers == COVERS_MAX)
		return NULL;
	cover = &table->cover[table->nr_covers++];
	*cover = (struct cover){ .key = key, .ino = ino, .dev = dev };
	*slot = table->nr_covers;
	return cover;
}

static bool is_counted(const struct table *table, u32 owner, u32 set)
{
	const u32 *members = &table->member[set];
	u32 i;

	if (!table->subtree || table->inside[owner] || set == MEMCGCTL_SET_UNKNOWN)
		return true;
	for (i = 1; i <= members[0]; i++)
		if (table->inside[members[i]])
			return true;
	return false;
}

/* table_count() - so many pages more, if they are meant; table_is_full() sees to it that there is room */
void table_count(struct table *table, u32 object, u32 owner, u32 set, u32 pages)
{
	u32 at, *slot;

	if (!is_counted(table, owner, set))
		return;
	slot = index_find(&table->cells, jhash_3words(object, owner, set, 0), at,
			  table->cell[at].object == object && table->cell[at].owner == owner &&
				  table->cell[at].set == set);
	if (!*slot) {
		if (WARN_ON_ONCE(table->nr_cells == CELLS_MAX))
			return;
		at = table->nr_cells++;
		table->cell[at] = (struct memcgctl_cell){ object, owner, set, 0 };
		*slot = at + 1;
	}
	table->cell[at].pages += pages;
}
