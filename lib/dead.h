/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dead groups: removed, and still there because something of theirs is. */
#ifndef MCG_DEAD_H
#define MCG_DEAD_H

#include "memcgctl.h"

struct nlmsghdr;

/**
 * struct mcg_dead - one dead group; sizes in bytes, of the group itself and not of those below it
 * @path: when it was removed; NULL when it is not known
 * @living_id: the nearest group above it that is not gone
 * @living_path: its path
 * @memory: the memory controller keeps it; otherwise all that follows but @controller is 0
 * @off: the group itself is there; a controller was turned off for it
 * @groups: dead groups right below it
 * @references: what none of the other figures explains
 * @controller: names of other controllers that keep it
 */
struct mcg_dead {
	uint64_t id;
	char *path;
	uint64_t living_id;
	char *living_path;
	bool memory;
	bool off;
	uint64_t anon;
	uint64_t file;
	uint64_t shmem;
	uint64_t swap;
	uint64_t sockets;
	uint64_t groups;
	uint64_t references;
	char **controller;
	size_t n_controllers;
};

struct mcg_dead_list {
	struct mcg_dead *entry;
	size_t n, room;
};

/**
 * mcg_dead_list() - all dead groups; those of the memory controller first, a group before those below it
 * @list: overwritten; release with mcg_dead_list_free()
 *
 * Return: 0, or -1 with @err set (%MCG_NOT_PERMITTED without CAP_SYS_ADMIN).
 */
int mcg_dead_list(struct mcg_module *module, struct mcg_dead_list *list, struct mcg_error *err);
void mcg_dead_list_free(struct mcg_dead_list *list);

/* mcg_dead_charged() - memory that is charged to it */
uint64_t mcg_dead_charged(const struct mcg_dead *dead);

/* mcg_dead_is_kept() - whether something that is known keeps it; otherwise it is about to go */
bool mcg_dead_is_kept(const struct mcg_dead *dead);

/**
 * mcg_dead_decode() - read one message: what one controller has of one group
 * @dead: overwritten; to be released with mcg_dead_free(), also after a failure
 *
 * Return: 0, or -1 with errno set.
 */
int mcg_dead_decode(const struct nlmsghdr *message, struct mcg_dead *dead);
void mcg_dead_free(struct mcg_dead *dead);

#endif
