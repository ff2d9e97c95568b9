/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Orphans: memory charged to a group, of an object that no live process of that group maps or has open, and that another group
 * maps or that is shared memory (tmpfs, memfd, System V). Plain page cache is never one.
 */
#ifndef MCG_ORPHANS_H
#define MCG_ORPHANS_H

#include "group.h"

/**
 * struct mcg_orphan - what one group is charged with of one object
 * @fd: the object, to be claimed from; shared by the orphans of one object
 * @name: of the object, as the kernel writes it: any bytes
 * @owner: id of the group
 * @path: of the group; NULL when it is gone
 * @size: bytes
 */
struct mcg_orphan {
	int fd;
	char *name;
	uint64_t owner;
	char *path;
	uint64_t size;
};

struct mcg_orphans {
	struct mcg_orphan *orphan;
	size_t n;
	size_t room;
	int *fd;
	size_t n_fds;
	size_t room_fds;
};

/**
 * mcg_orphans_find() - look at all that is mapped or open, at each tmpfs of each mount namespace, and at all System V segments
 * of the caller's IPC namespace
 * @claim: the target; what else it says is not looked at
 * @orphans: filled in; release with mcg_orphans_free(), also after a failure
 *
 * Needs CAP_SYS_ADMIN. What is in use by a group below the owner is not an orphan: that is how what several groups share is
 * charged to their parent. Return: 0, or -1 with @err set.
 */
int mcg_orphans_find(const struct mcg_tree *tree, struct mcg_module *module,
		     const struct mcg_claim *claim, struct mcg_orphans *orphans,
		     struct mcg_error *err);

/**
 * mcg_orphans_list() - the same, for who claims nothing
 * @path: some group but the root
 *
 * Return: 0; or -1 with @err set: the module is not there, the caller may not ask it, or @path is the root.
 */
int mcg_orphans_list(const struct mcg_tree *tree, const char *path, struct mcg_orphans *orphans,
		     struct mcg_error *err);

/* mcg_orphans_within() - what is charged of all of them to a group and those below it, in bytes */
uint64_t mcg_orphans_within(const struct mcg_orphans *orphans, const char *path);

void mcg_orphans_free(struct mcg_orphans *orphans);

#endif
