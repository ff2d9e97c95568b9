/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The protocol's part about attribution; included by memcgctl.h. */
#ifndef _UAPI_MEMCGCTL_ATTRIBUTION_H
#define _UAPI_MEMCGCTL_ATTRIBUTION_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* Places in a table of %MEMCGCTL_CMD_ATTRIBUTION that mean the same in all of them. */
#define MEMCGCTL_GROUP_NONE 0 /* no group is charged */
#define MEMCGCTL_SET_EMPTY 0  /* nobody maps it */
#define MEMCGCTL_SET_UNKNOWN                                                                       \
	1 /* somebody does; it could not be told who, since the pages were in use at that moment */

/**
 * enum memcgctl_object_kind - what pages are of
 * @MEMCGCTL_OBJECT_ANON: private memory, whosever. Of this and the next three there is one object each, with their value as its place
 * @MEMCGCTL_OBJECT_CACHE: page cache of files that nobody maps
 * @MEMCGCTL_OBJECT_TMPFS: the same of tmpfs, memfds and shared memory segments
 * @MEMCGCTL_OBJECT_OTHER: of no file at this moment: being truncated or swapped out
 * @MEMCGCTL_OBJECT_FILE: a file that is mapped
 * @MEMCGCTL_OBJECT_SHMEM: one of tmpfs, a memfd, a shared memory segment
 * @MEMCGCTL_OBJECT_BLOCK: a block device: what a filesystem keeps there about its files, and what was read from it directly
 */
enum memcgctl_object_kind {
	MEMCGCTL_OBJECT_ANON,
	MEMCGCTL_OBJECT_CACHE,
	MEMCGCTL_OBJECT_TMPFS,
	MEMCGCTL_OBJECT_OTHER,
	MEMCGCTL_OBJECT_FILE,
	MEMCGCTL_OBJECT_SHMEM,
	MEMCGCTL_OBJECT_BLOCK,
	__MEMCGCTL_OBJECT_AFTER_LAST,
	MEMCGCTL_OBJECT_MAX = __MEMCGCTL_OBJECT_AFTER_LAST - 1,
};

/**
 * struct memcgctl_group - a group that pays or maps
 * @id: see the beginning
 * @living: the same; of one that is gone, the id of the nearest above it that is not
 * @processes: those of it itself that have memory; of each group some in one table and some in another, to be added up
 */
struct memcgctl_group {
	uint64_t id;
	uint64_t living;
	uint64_t processes;
};

/**
 * struct memcgctl_cell - so many pages of one object that one group pays for and the same groups map
 * @object: place in the table's objects: first those that are no file, in the order of &enum memcgctl_object_kind, then as they come
 * @owner: place of a group; %MEMCGCTL_GROUP_NONE
 * @set: where a set begins among the table's sets; %MEMCGCTL_SET_EMPTY, %MEMCGCTL_SET_UNKNOWN
 * @pages: of the size of the machine's smallest
 */
struct memcgctl_cell {
	uint32_t object;
	uint32_t owner;
	uint32_t set;
	uint32_t pages;
};

/**
 * enum memcgctl_attribution_attr - attributes of %MEMCGCTL_CMD_ATTRIBUTION; what several messages have is one after the other
 * @MEMCGCTL_ATTRIBUTION_PAD: alignment
 * @MEMCGCTL_ATTRIBUTION_GROUPS: array of &struct memcgctl_group; the first is none
 * @MEMCGCTL_ATTRIBUTION_SETS: array of u32: of each set how many groups it has, and then their places, ascending
 * @MEMCGCTL_ATTRIBUTION_OBJECT: nested, one per file: &enum memcgctl_object_attr
 * @MEMCGCTL_ATTRIBUTION_CELLS: array of &struct memcgctl_cell
 * @MEMCGCTL_ATTRIBUTION_END: flag: the table is complete
 * @MEMCGCTL_ATTRIBUTION_OWNER: u64, request: just what is charged to the group with that id itself, alive or gone; then each file
 *	is an object, also those that nobody maps
 * @MEMCGCTL_ATTRIBUTION_SUBTREE: u64, request: just what the group with that id or one below it is charged with or maps; where it
 *	cannot be told who maps it, that, too
 * @MEMCGCTL_ATTRIBUTION_FD: u32, request: just the pages of the file that the caller has open as that descriptor; it is an object,
 *	also when nobody maps it
 * @MEMCGCTL_ATTRIBUTION_MIN_SIZE: u64, request: files that can have no more than fewer bytes in memory, by their length, are no
 *	objects of their own
 *
 * Several requests of this kind go together: just what is meant by all of them. Errors: EPERM without CAP_SYS_ADMIN in the initial
 * user namespace, ENOENT for an id of no group, EBADF, EINVAL for a descriptor of no regular file, EOPNOTSUPP, ENOMEM.
 */
enum memcgctl_attribution_attr {
	MEMCGCTL_ATTRIBUTION_PAD,
	MEMCGCTL_ATTRIBUTION_GROUPS,
	MEMCGCTL_ATTRIBUTION_SETS,
	MEMCGCTL_ATTRIBUTION_OBJECT,
	MEMCGCTL_ATTRIBUTION_CELLS,
	MEMCGCTL_ATTRIBUTION_END,
	MEMCGCTL_ATTRIBUTION_OWNER,
	MEMCGCTL_ATTRIBUTION_SUBTREE,
	MEMCGCTL_ATTRIBUTION_FD,
	MEMCGCTL_ATTRIBUTION_MIN_SIZE,
	__MEMCGCTL_ATTRIBUTION_AFTER_LAST,
	MEMCGCTL_ATTRIBUTION_MAX = __MEMCGCTL_ATTRIBUTION_AFTER_LAST - 1,
};

/**
 * enum memcgctl_object_attr - a file
 * @MEMCGCTL_OBJECT_PAD: alignment
 * @MEMCGCTL_OBJECT_KIND: u8, &enum memcgctl_object_kind
 * @MEMCGCTL_OBJECT_DEV: u64, its device (major << 20 | minor), as /proc/PID/maps shows it; of a block device its own number
 * @MEMCGCTL_OBJECT_INO: u64, its inode, likewise
 * @MEMCGCTL_OBJECT_GENERATION: u32, tells files with the same device and inode apart, as System V segments of two IPC namespaces are
 * @MEMCGCTL_OBJECT_SIZE: u64, its length in bytes
 * @MEMCGCTL_OBJECT_NAME: string, its path as the caller would see it; absent when it could not be told
 * @MEMCGCTL_OBJECT_INSIDE: flag: nobody maps it, so the path is the one inside of its filesystem
 */
enum memcgctl_object_attr {
	MEMCGCTL_OBJECT_PAD,
	MEMCGCTL_OBJECT_KIND,
	MEMCGCTL_OBJECT_DEV,
	MEMCGCTL_OBJECT_INO,
	MEMCGCTL_OBJECT_GENERATION,
	MEMCGCTL_OBJECT_SIZE,
	MEMCGCTL_OBJECT_NAME,
	MEMCGCTL_OBJECT_INSIDE,
	__MEMCGCTL_OBJECT_ATTR_AFTER_LAST,
	MEMCGCTL_OBJECT_ATTR_MAX = __MEMCGCTL_OBJECT_ATTR_AFTER_LAST - 1,
};

#endif /* _UAPI_MEMCGCTL_ATTRIBUTION_H */
