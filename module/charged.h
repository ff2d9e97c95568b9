/* SPDX-License-Identifier: GPL-2.0-only */
/* What every group is charged with, at once: a thousand files of memory.current cost more than all that a view does with them. */
#ifndef MEMCGCTL_CHARGED_H
#define MEMCGCTL_CHARGED_H

#include <linux/memcontrol.h>

#include "uapi/memcgctl.h"

/**
 * struct charged_cursor - where to go on; zeroed to begin
 * @at: the group that was looked at last; one reference, or NULL
 * @done: there are no more
 */
struct charged_cursor {
	struct cgroup_subsys_state *at;
	bool done;
};

u32 charged_next(struct charged_cursor *cursor, void *out, u32 room);
void charged_end(struct charged_cursor *cursor);

#endif
