/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who pays and who maps: the result that every backend fills in, so that a command cannot tell them apart.
 *
 * A page is mapped by a group when a page table of one of its processes points to it. A group's
 * figures are those of its subtree, as memory.current is.
 */
#ifndef MCG_ATTRIBUTION_H
#define MCG_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In place of the index of a group. */
#define MCG_GROUP_NONE UINT32_MAX	  /* no group is charged */
#define MCG_GROUP_UNREAD (UINT32_MAX - 1) /* it was not asked, or could not be read */

/**
 * struct mcg_attr_group - one group; sizes in bytes
 * @id: inode of the group's folder; 0 for the group that stands for all that cannot be seen from here
 * @path: below the mount, "/" for the root; NULL for what cannot be seen from here
 * @parent: index, or %MCG_GROUP_NONE
 * @has_charged: @charged is known (the root of v2 has no such counter)
 * @charged: what the kernel counts against the group
 * @mapped: distinct pages in memory that processes of the subtree map
 * @shared: those of @mapped that a process outside of the subtree maps, too
 * @share: proportional share: every page divided equally among the groups whose own processes map it (not
 *	the groups above them), summed over the subtree. The shares of all groups without a parent add up to all mapped pages
 * @own: those of @mapped that are charged to the subtree, and nobody else maps
 * @lent: those of @shared that are charged to the subtree: others use what it pays for
 * @borrowed: those of @mapped that are charged to a group outside of the subtree: it uses what others pay for
 * @foreign: charged to the subtree, and only processes outside of it map it
 * @processes: processes in the subtree that have memory and, from /proc, could be read
 */
struct mcg_attr_group {
	uint64_t id;
	char *path;
	uint32_t parent;
	bool has_charged;
	uint64_t charged;
	uint64_t mapped;
	uint64_t shared;
	uint64_t share;
	uint64_t own;
	uint64_t lent;
	uint64_t borrowed;
	uint64_t foreign;
	uint64_t processes;
};

/* A group's part of a file. @group may be %MCG_GROUP_NONE or %MCG_GROUP_UNREAD in a list of owners. */
struct mcg_attr_part {
	uint32_t group;
	uint64_t bytes;
};

/**
 * struct mcg_attr_file - a file, memfd or shared memory segment
 * @kind: &enum memcgctl_object_kind where the backend knows it
 * @inside: @name is the path inside of its filesystem, which is mounted nowhere here
 * @name: the kernel's name for it: any bytes
 * @has_size: @size could be read
 * @present: bytes in memory that this backend found; from /proc, those that some process maps
 * @shared: of @present, bytes that more than one group maps
 * @foreign: of @present, bytes whose owner does not map them
 * @owners: parts of @present by group charged, largest first
 * @mappers: what each group maps of it, largest first; they overlap where groups share
 */
struct mcg_attr_file {
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
	uint8_t kind;
	bool inside;
	char *name;
	bool has_size;
	uint64_t size;
	uint64_t present;
	uint64_t shared;
	uint64_t foreign;
	struct mcg_attr_part *owners;
	size_t nr_owners;
	struct mcg_attr_part *mappers;
	size_t nr_mappers;
};

/**
 * struct mcg_attr_cell - what one group pays for and one group maps
 * @owner: %MCG_GROUP_NONE where nobody is charged, %MCG_GROUP_UNREAD where that is not known
 * @mapper: %MCG_GROUP_NONE for what nobody maps, which /proc does not show
 * @bytes: charged to @owner itself and mapped by processes of @mapper itself, not of groups below them; cells of one owner
 *	overlap where several groups map the same
 */
struct mcg_attr_cell {
	uint32_t owner;
	uint32_t mapper;
	uint64_t bytes;
};

/**
 * struct mcg_attr_gaps - what could not be seen
 * @processes: processes that may not be read
 * @hidden: /proc hides processes of other users (hidepid), or those outside of this PID namespace
 * @no_frames: no page frame numbers: no owners, and memory shared by fork is counted for each process
 * @no_owners: no kpagecgroup
 * @no_counts: no kpagecount: the zero page cannot be told from memory
 * @ranges: mappings too large to be walked on this kernel
 * @busy: bytes of which it could not be told who maps them, since they were in use at that moment
 */
struct mcg_attr_gaps {
	uint64_t processes;
	bool hidden;
	bool no_frames;
	bool no_owners;
	bool no_counts;
	uint64_t ranges;
	uint64_t busy;
};

/**
 * struct mcg_attribution - the result
 * @backend: who has filled it in: "module" or "procfs"
 * @groups: ordered so that a group comes before its subtree, and its subtree before the next group
 * @files: ordered by device and inode; every file that a process maps
 * @cells: the matrix owner x mapper without its empty cells, largest first
 * @v1: the memory controller is on cgroup v1
 */
struct mcg_attribution {
	const char *backend;
	struct mcg_attr_group *groups;
	size_t nr_groups;
	struct mcg_attr_file *files;
	size_t nr_files;
	struct mcg_attr_cell *cells;
	size_t nr_cells;
	struct mcg_attr_gaps gaps;
	bool v1;
};

/**
 * struct mcg_attr_query - what is asked; nothing in it: all
 * @one_file: just the file @dev_major:@dev_minor, @ino, as mappings show it; the groups' figures are then about it
 * @fd: the same file, open: with @one_file; -1 where it could not be opened: then the module is not asked
 * @owner: just what is charged to the group with this id itself, alive or gone: @files are then all files of which anything is, also
 *	those that nobody maps. Only the module can tell
 * @subtree: figures of other groups than that with this id and those below it, and of files, are not wanted, and may be wrong
 * @min_size: files of which less is in memory are not wanted, and may be missing
 * @pid: just the pages that this process maps: the first of @files then stands for all of them, the second for those that are of no
 *	file. Only /proc can tell, and page frame numbers are needed; 0: not
 * @no_shortcut: look at every page table entry instead of trusting counts; the result is the same (for tests, of /proc)
 * @progress: called now and then by who asks /proc, with processes and files done and to do; may be NULL
 */
struct mcg_attr_query {
	bool one_file;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
	int fd;
	uint64_t owner;
	uint64_t subtree;
	uint64_t min_size;
	pid_t pid;
	bool no_shortcut;
	void (*progress)(void *arg, size_t done, size_t all);
	void *progress_arg;
};

struct mcg_error;
struct mcg_tree;

/**
 * mcg_attribution_find() - ask the module; where it is not there, or the caller not permitted, /proc has to do
 * @procfs: ask /proc in any case
 * @out: to be freed with mcg_attribution_free()
 *
 * Return: 0, or -1 with @err set.
 */
int mcg_attribution_find(const struct mcg_tree *tree, const struct mcg_attr_query *query,
			 bool procfs, struct mcg_attribution **out, struct mcg_error *err);

/* mcg_attr_group_name() - the path of a group, or a word in brackets where it has none; @group may be one of none */
const char *mcg_attr_group_name(const struct mcg_attribution *attribution, uint32_t group);

/* mcg_attr_is_within() - whether a group is @top or below it; what is no group is in none */
bool mcg_attr_is_within(const struct mcg_attribution *attribution, uint32_t group, uint32_t top);

void mcg_attribution_free(struct mcg_attribution *attribution);

#endif
