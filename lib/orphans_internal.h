/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the search for orphans. orphans.c decides, orphans_users.c finds objects and who uses them. */
#ifndef MCG_ORPHANS_INTERNAL_H
#define MCG_ORPHANS_INTERNAL_H

#include "orphans.h"
#include "procfs_internal.h"

/**
 * struct object - a file that somebody maps or has open
 * @dev: as stat(2) of the file, or its mapping, shows it
 * @kind: as of a mapping: tells apart what has the same device and inode
 * @mappers: set of the groups that map it
 * @users: set of the groups that map it or have it open
 * @way: a path that leads to it
 * @name: the kernel's name for it
 */
struct object {
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
	uint32_t kind;
	uint32_t mappers;
	uint32_t users;
	char *way;
	char *name;
};

/**
 * struct hunt - the search under way
 * @group: paths, which sets name by their index
 * @by_file: (device and kind, inode) -> index of @object
 * @shmem: devices of shared memory
 * @namespaces: mount namespaces seen: a process in each
 */
struct hunt {
	const struct mcg_tree *tree;
	struct mcg_error *err;
	char **group;
	size_t n_groups;
	size_t room_groups;
	struct groupsets sets;
	struct object *object;
	size_t n_objects;
	size_t room_objects;
	struct hmap by_file;
	struct hmap shmem;
	struct hmap namespaces;
	struct text text;
	bool oom;
};

/* orphans_users.c */

/* hunt_users() - all that processes map or have open. Return: 0, or -1 with the error set. */
int hunt_users(struct hunt *hunt);
/* hunt_object() - the object of a file; a new one when nobody is known to use it. Return: NULL without memory. */
struct object *hunt_object(struct hunt *hunt, uint32_t dev_major, uint32_t dev_minor, uint64_t ino,
			   uint32_t kind, bool *fresh);
void hunt_free(struct hunt *hunt);

#endif
