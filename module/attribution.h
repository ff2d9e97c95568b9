/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attribution: who pays for the memory that is present, and who maps it. What the rest of the module may ask of it.
 *
 * Each page frame is looked at once, in order, so that every page counts once, and a place to go on from is a number that
 * nobody has to keep alive. What is found is collected in a table of bounded size: so many pages of an object, charged to
 * this group and mapped by that set of groups. When the table is full, or some time has passed, it is handed over and begun
 * anew: its sums are to be added up by who asks.
 *
 * Which groups map a page is told by its count of mappings: where as many mappings of the object cover a page as it is mapped
 * by, all of them map it. Only otherwise are page tables looked at, and then those of the pages beside it, too, which have mostly been
 * mapped with it. So the cost hardly depends on how many processes map it.
 *
 * No lock is held for long: while the mappings of an object are listed, at most 4,096 of them, a folio's and that of the list (0.8
 * million instructions for 4,000, Linux 6.12); and while one folio's page tables are looked at (1,100 for each mapping there).
 */
#ifndef MEMCGCTL_ATTRIBUTION_H
#define MEMCGCTL_ATTRIBUTION_H

#include <linux/types.h>

#include "uapi/memcgctl.h"

/**
 * struct attribution_object - what pages are of
 * @kind: &enum memcgctl_object_kind
 * @dev: of a file, as its mappings show it in /proc/PID/maps
 * @ino: likewise
 * @generation: tells files with the same @dev and @ino apart
 * @size: its length in bytes
 * @name: its path as seen by the caller, or a word for it; NULL when that is not known
 * @inside: the path is the one inside of its filesystem
 */
struct attribution_object {
	u8 kind;
	dev_t dev;
	u64 ino;
	u32 generation;
	u64 size;
	const char *name;
	bool inside;
};

/**
 * struct attribution_found - a table
 * @nr_groups: entries of @group
 * @group: groups; others name them by their place in here
 * @nr_members: entries of @member
 * @member: of each set in turn how many groups it has, and then those, ascending; others name a set by where it begins
 * @nr_objects: how many attribution_object() has
 * @nr_cells: entries of @cell
 * @cell: how many pages there are of each combination
 */
struct attribution_found {
	u32 nr_groups;
	const struct memcgctl_group *group;
	u32 nr_members;
	const u32 *member;
	u32 nr_objects;
	u32 nr_cells;
	const struct memcgctl_cell *cell;
};

/**
 * struct attribution_filter - which pages are meant; all of it at once
 * @owner: just those charged to the group with this id itself; 0: to any
 * @subtree: just those that the group with this id and those below it are charged with or map; 0: any. Where it cannot be told who
 *	maps them they are among them
 * @cache: just those in there, which the caller keeps; NULL: any
 * @min_size: files that can have no more than fewer bytes in memory are not told apart
 *
 * With @owner or @cache, files that nobody maps are told apart, too.
 */
struct attribution_filter {
	u64 owner;
	u64 subtree;
	const struct address_space *cache;
	u64 min_size;
};

struct attribution;

struct attribution *attribution_begin(const struct attribution_filter *filter);
bool attribution_step(struct attribution *scan);
void attribution_found(const struct attribution *scan, struct attribution_found *found);
void attribution_object(const struct attribution *scan, u32 index, struct attribution_object *object);
void attribution_end(struct attribution *scan);
const char *attribution_unavailable(void);
void attribution_init(void);

#endif
