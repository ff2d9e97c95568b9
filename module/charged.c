// SPDX-License-Identifier: GPL-2.0-only
#include "charged.h"

/* Groups that are looked at in one go. */
#define STEPS 512

static bool is_told(struct cgroup_subsys_state *css)
{
	/* The root has no such counter, and one that is gone no folder. */
	return css->parent && css->flags & CSS_ONLINE;
}

/**
 * charged_next() - some more groups, in the order of the tree
 * @cursor: moved behind them
 * @out: room for @room of &struct memcgctl_charged, not necessarily aligned
 *
 * Groups that come and go meanwhile may be left out.
 *
 * Return: how many were filled in; there may be more, also after none.
 */
u32 charged_next(struct charged_cursor *cursor, void *out, u32 room)
{
	struct cgroup_subsys_state *root, *css;
	struct memcgctl_charged charged;
	u32 n = 0, steps = 0;

	rcu_read_lock();
	root = rcu_dereference(cgrp_dfl_root.cgrp.subsys[memory_cgrp_id]);
	css = root ? css_next_descendant_pre(cursor->at, root) : NULL;
	for (; css; css = css_next_descendant_pre(css, root)) {
		if (is_told(css)) {
			charged.id = cgroup_id(css->cgroup);
			charged.bytes = (u64)page_counter_read(&mem_cgroup_from_css(css)->memory)
					<< PAGE_SHIFT;
			memcpy(out + n * sizeof(charged), &charged, sizeof(charged));
			n++;
		}
		/* One that is about to be freed can be no place to go on from. */
		if ((n == room || ++steps >= STEPS) && css_tryget(css))
			break;
		if (n == room)
			n--;
	}
	rcu_read_unlock();
	charged_end(cursor);
	cursor->at = css;
	cursor->done = !css;
	return n;
}

/** charged_end() - at the end, or before */
void charged_end(struct charged_cursor *cursor)
{
	if (cursor->at)
		css_put(cursor->at);
	cursor->at = NULL;
}
