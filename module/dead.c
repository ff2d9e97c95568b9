// SPDX-License-Identifier: GPL-2.0-only
/* Dead groups: a walk through the trees of the controllers. */
#include "dead.h"

#include <linux/sched.h>

/* Groups between two looks at whether somebody else needs the CPU. */
#define STEPS 256

static int controller_of(int turn)
{
	if (turn == 0)
		return memory_cgrp_id;
	return turn <= memory_cgrp_id ? turn - 1 : turn;
}

/* The next group that is gone, or after some steps any other, with a reference; NULL: the end of the controller's tree. */
static struct cgroup_subsys_state *walk(int controller, struct cgroup_subsys_state *at)
{
	struct cgroup_subsys_state *root, *css = NULL;
	int steps = 0;

	rcu_read_lock();
	root = rcu_dereference(cgrp_dfl_root.cgrp.subsys[controller]);
	if (root)
		css = css_next_descendant_pre(at, root);
	for (; css; css = css_next_descendant_pre(css, root))
		if ((css_is_dying(css) || ++steps >= STEPS) && css_tryget(css))
			break;
	rcu_read_unlock();
	return css;
}

static void describe(struct dead_entry *entry, struct cgroup_subsys_state *css, int controller)
{
	struct cgroup_subsys_state *living = css->parent;

	/* The root never is. */
	while (css_is_dying(living))
		living = living->parent;
	*entry = (struct dead_entry){
		.css = css,
		.off = css->cgroup->self.flags & CSS_ONLINE,
		.living = living->cgroup,
	};
	if (controller == memory_cgrp_id)
		remains_of(mem_cgroup_from_css(css), &entry->remains);
	else
		entry->controller = css->ss->name;
}

static void move_on(struct dead_cursor *cursor, struct cgroup_subsys_state *at)
{
	if (cursor->at)
		css_put(cursor->at);
	cursor->at = at;
}

/**
 * dead_next() - the next group that is gone for some controller
 * @cursor: its reference keeps the place; not moved past what was found: dead_go_on()
 * @entry: filled in
 *
 * Groups that go while this goes on may be left out.
 *
 * Context: may sleep. Return: false at the end.
 */
bool dead_next(struct dead_cursor *cursor, struct dead_entry *entry)
{
	struct cgroup_subsys_state *css;

	for (; cursor->turn < CGROUP_SUBSYS_COUNT; cursor->turn++) {
		int controller = controller_of(cursor->turn);

		while ((css = walk(controller, cursor->at))) {
			if (css_is_dying(css)) {
				describe(entry, css, controller);
				return true;
			}
			move_on(cursor, css);
			cond_resched();
		}
		move_on(cursor, NULL);
	}
	return false;
}

/** dead_go_on() - done with an entry: the next one is wanted */
void dead_go_on(struct dead_cursor *cursor, struct dead_entry *entry)
{
	move_on(cursor, entry->css);
}

/** dead_put() - not done with it: dead_next() will find it again */
void dead_put(struct dead_entry *entry)
{
	css_put(entry->css);
}

/** dead_end() - at the end, or before */
void dead_end(struct dead_cursor *cursor)
{
	move_on(cursor, NULL);
}

/** dead_begin() - bring the statistics of all groups up to date, before the first dead_next(); may sleep */
void dead_begin(void)
{
	struct cgroup_subsys_state *root;

	rcu_read_lock();
	root = rcu_dereference(cgrp_dfl_root.cgrp.subsys[memory_cgrp_id]);
	rcu_read_unlock();
	/* That of the root is never freed. */
	if (root)
		remains_flush(mem_cgroup_from_css(root));
}

/** dead_unavailable() - NULL, or why dead groups are not listed in this kernel */
const char *dead_unavailable(void)
{
	return remains_unavailable();
}
