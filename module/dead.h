/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dead groups: those that were removed and still are there for a controller, since something of theirs is. What the rest of the
 * module may ask of it.
 *
 * They are found in the trees of the controllers, so that it does not matter when they were removed. Each controller keeps a
 * group on its own.
 */
#ifndef MEMCGCTL_DEAD_H
#define MEMCGCTL_DEAD_H

#include <linux/cgroup.h>

#include "core/remains.h"

/**
 * struct dead_entry - a group that is gone for one controller
 * @css: what that controller has of it; one reference, to be given to dead_go_on() or dead_put()
 * @controller: its name; NULL: the memory controller
 * @off: the group itself is there; the controller was turned off for it
 * @living: the nearest group above it that is not gone for that controller
 * @remains: of the memory controller
 */
struct dead_entry {
	struct cgroup_subsys_state *css;
	const char *controller;
	bool off;
	struct cgroup *living;
	struct remains remains;
};

/**
 * struct dead_cursor - where to go on: first the memory controller, then the others; zeroed to begin
 * @turn: of which controller; the memory controller has the first
 * @at: what was looked at last; one reference, or NULL to begin with the controller
 */
struct dead_cursor {
	int turn;
	struct cgroup_subsys_state *at;
};

void dead_begin(void);
bool dead_next(struct dead_cursor *cursor, struct dead_entry *entry);
void dead_go_on(struct dead_cursor *cursor, struct dead_entry *entry);
void dead_put(struct dead_entry *entry);
void dead_end(struct dead_cursor *cursor);
const char *dead_unavailable(void);

#endif
