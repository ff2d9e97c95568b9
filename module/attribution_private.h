/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of attribution: attribution.c goes through the page frames, attribution_table.c keeps what was found, attribution_map.c
 * knows who maps what. */
#ifndef MEMCGCTL_ATTRIBUTION_PRIVATE_H
#define MEMCGCTL_ATTRIBUTION_PRIVATE_H

#include <linux/mm.h>

#include "attribution.h"
#include "compat/charge.h"

/* How much a table holds. All of it takes some 2.5 MiB. */
#define GROUPS_MAX 8192
#define MEMBERS_MAX 131072
#define SETS_MAX 16384
#define OBJECTS_MAX 4096
#define COVERS_MAX 16384
#define PARTS_MAX 32768
#define CELLS_MAX 32768
#define NAMES_MAX (512 * 1024)

/* What one folio adds at most, but for a huge page whose pages are all mapped in different ways: a table with less room is full. */
#define MEMBERS_SPARE 32768
#define PARTS_SPARE 8192

/* Mappings of one object that are sorted; where there are more, page tables tell for each page. */
#define SPANS_MAX 4096

/* Pages of a huge page. */
#define FOLIO_PAGES HPAGE_PMD_NR

/* Who maps which page of one folio, before it is known which do so together. */
#define PAIRS_MAX 65536
#define PAIR_GROUP_BITS 13

/* So many pages of a file beside each other are looked at in one go in each page table, in which a process often has all or none. */
#define NEAR 32
/* Of how many pages what that told is kept. */
#define NEAR_MAX 4096

/* Part of an object that the same mappings cover. */
struct part {
	pgoff_t first;
	pgoff_t last;
	u32 mappings;
	u32 set;
};

/*
 * Who may map the pages of one address space, or of private memory that came from one mapping.
 * @key: its address, which is only compared
 * @ino, @dev: of a file: the address may be another's meanwhile
 * @parts: in ascending order; what is in between is covered by none
 * @doubtful: too many mappings, or sets of groups, so page tables tell
 * @known: it has been filled in
 */
struct cover {
	unsigned long key;
	unsigned long ino;
	dev_t dev;
	u32 object;
	u32 first_part;
	u32 nr_parts;
	bool doubtful;
	bool known;
};

struct object {
	dev_t dev;
	u64 ino;
	u64 size;
	u32 generation;
	u32 name;
	u8 kind;
	bool inside;
};

/* A mapping. */
struct span {
	pgoff_t first;
	pgoff_t last;
	u32 group;
};

/* Places of entries by their hash; 0 is none, since there each entry counts from 1. */
struct index {
	u32 *slot;
	u32 mask;
};

struct table {
	u32 nr_groups, nr_sets, nr_members, nr_objects, nr_covers, nr_parts, nr_cells, nr_names;
	/* There was no room for a group, which is none in its place. */
	bool lost_group;
	struct memcgctl_group *group;
	/* Id of the group whose pages are counted, and which groups are that or below it; 0: all pages are, and this is not told. */
	u64 subtree;
	bool *inside;
	/* Which groups have been met since table_unmark(): those with this number. */
	u32 *mark;
	u32 mark_now;
	u32 *set;
	u32 *member;
	struct object *object;
	struct cover *cover;
	struct part *part;
	struct memcgctl_cell *cell;
	char *name;
	struct index groups, sets, covers, cells;
};

/*
 * What the last page said of itself that was looked at, and what came of that: a page that says the same counts the same, and is not
 * touched otherwise.
 * @mapping, @owner: raw; NULL: no page is like it
 * @mappings: by how many it is mapped
 * @first, @last: indexes of pages that this holds for
 */
struct alike {
	const void *mapping;
	compat_owner_t owner;
	u32 mappings;
	pgoff_t first;
	pgoff_t last;
	u32 object;
	u32 group;
	u32 set;
};

/*
 * What page tables that have a page of a file have of the pages beside it, by index.
 * @own: which are the folio's own pages, one bit each; 0: what is beside it is not looked at
 * @pfn: the folio's own, or what the first of them has there; 0: none has any
 * @mappings: how many have the same
 * @last: which of these pages the last one had
 * @times: how many in a row had just those, which are not in @mappings yet
 * @found: of each group, which ones its processes have; 0 but for those that are listed
 * @group: these, @nr_groups
 */
struct beside {
	u32 own;
	unsigned long pfn[NEAR];
	u32 mappings[NEAR];
	u32 last;
	u32 times;
	u32 *found;
	u32 *group;
	u32 nr_groups;
};

/*
 * What the page tables of one page of a file told of another beside it.
 * @mapping: raw; NULL: nothing
 * @mappings: how many map both; where it is mapped by as many, that is all of them
 * @set: their groups
 */
struct near {
	unsigned long pfn;
	const void *mapping;
	pgoff_t index;
	u32 mappings;
	u32 set;
};

struct attribution {
	struct table table;
	/* The number from which on processes are yet to be counted; 0: they have been. */
	int pid;
	unsigned long pfn;
	struct attribution_filter filter;
	/* The one that was met last; the next page is often of the same. */
	struct cover *cover;
	struct alike alike;
	/* For attribution_map.c. */
	struct span *span;
	u32 nr_spans;
	u32 *ids;
	pgoff_t *bound;
	u32 *pair;
	u32 nr_pairs;
	bool too_many_pairs;
	/* Entries of page tables that map the folio at hand and have not been met. */
	long unseen;
	u32 page_set[FOLIO_PAGES];
	struct beside beside;
	/* By frame. */
	struct near *near;
	/* Of the object that was added last, whose name is yet to be found, and its filesystem; references, or NULL. */
	struct inode *unnamed;
	struct super_block *unnamed_sb;
	char *path;
};

/* attribution_table.c */
int table_alloc(struct table *table);
void table_free(struct table *table);
void table_clear(struct table *table);
bool table_is_full(const struct table *table);
u32 table_group(struct table *table, u64 id, u64 living);
u32 table_memcg(struct table *table, struct mem_cgroup *memcg);
int table_compare(const void *a, const void *b);
u32 table_set(struct table *table, u32 *members, u32 count);
u32 table_name(struct table *table, const char *name);
struct cover *table_cover(struct table *table, unsigned long key, unsigned long ino, dev_t dev);
void table_count(struct table *table, u32 object, u32 owner, u32 set, u32 pages);

/* attribution_map.c */
void map_spans(struct attribution *scan, struct folio *folio, struct cover *cover);
void map_name(struct attribution *scan, struct cover *cover);
void map_cut(struct attribution *scan, struct cover *cover);
const struct part *map_part(const struct attribution *scan, const struct cover *cover, pgoff_t index);
void map_walk(struct attribution *scan, struct folio *folio);
void map_sets(struct attribution *scan, struct folio *folio);
bool map_near(const struct attribution *scan, struct folio *folio, u32 *set);
void map_forget(struct attribution *scan);

/* Forgets which groups are marked. */
static inline void table_unmark(struct table *table)
{
	table->mark_now++;
}

/* Return: whether the group, by its place, was not marked yet. */
static inline bool table_mark(struct table *table, u32 group)
{
	bool fresh = table->mark[group] != table->mark_now;

	table->mark[group] = table->mark_now;
	return fresh;
}

/* A page of hugetlbfs, or a larger one than a process maps as one, is mapped as a whole or not at all. */
static inline unsigned long map_units(struct folio *folio)
{
	unsigned long nr = folio_nr_pages(folio);

	return folio_test_hugetlb(folio) || nr > FOLIO_PAGES ? 1 : nr;
}

#endif
