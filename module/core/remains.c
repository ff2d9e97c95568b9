// SPDX-License-Identifier: GPL-2.0-only
#include "remains.h"

#include <linux/nodemask.h>
#include <linux/page_counter.h>

#include "../compat/drain.h"
#include "charge.h"
#include "sym.h"

static const char *unavailable;

/* The statistics that are asked for. */
enum {
	STATE_ANON,
	STATE_FILE,
	STATE_SHMEM,
	STATE_SOCKETS,
	STATE_KERNEL,
	STATE_PERCPU,
	STATES,
};

static const int state_items[STATES] = {
	[STATE_ANON] = NR_ANON_MAPPED, [STATE_FILE] = NR_FILE_PAGES,
	[STATE_SHMEM] = NR_SHMEM,      [STATE_SOCKETS] = MEMCG_SOCK,
	[STATE_KERNEL] = MEMCG_KMEM,   [STATE_PERCPU] = MEMCG_PERCPU_B,
};

/* What is charged to a group and its subtree, less that of its children. */
struct own {
	long state[STATES];
	long swap;
	unsigned long dead_children;
};

static void add(struct own *own, struct mem_cgroup *memcg, int sign)
{
	int i;

	for (i = 0; i < STATES; i++)
		own->state[i] += sign * (long)sym_call(memcg_page_state)(memcg, state_items[i]);
	own->swap += sign * (long)page_counter_read(&memcg->swap);
}

static void own_of(struct mem_cgroup *memcg, struct own *own)
{
	struct cgroup_subsys_state *css;

	*own = (struct own){};
	add(own, memcg, 1);
	rcu_read_lock();
	for (css = sym_call(css_next_child)(NULL, &memcg->css); css;
	     css = sym_call(css_next_child)(css, &memcg->css)) {
		add(own, mem_cgroup_from_css(css), -1);
		own->dead_children += css_is_dying(css);
	}
	rcu_read_unlock();
}

static u64 bytes(long pages)
{
	return pages > 0 ? (u64)pages << PAGE_SHIFT : 0;
}

/* What is on the group's lists: the two kinds of them count for themselves. */
static unsigned long pages_on(struct mem_cgroup_per_node *node, int zone)
{
	unsigned long pages = 0;
	int i;

	for_each_lru(i) pages += READ_ONCE(node->lru_zone_size[zone][i]);
#ifdef CONFIG_LRU_GEN
	for (i = 0; i < MAX_NR_GENS * ANON_AND_FILE; i++)
		pages += READ_ONCE(
			node->lruvec.lrugen.nr_pages[i / ANON_AND_FILE][i % ANON_AND_FILE][zone]);
#endif
	return pages;
}

static unsigned long pages_of(struct mem_cgroup *memcg)
{
	unsigned long pages = 0;
	int nid, zone;

	for_each_node_state(nid, N_MEMORY)
		for (zone = 0; zone < MAX_NR_ZONES; zone++)
			pages += pages_on(memcg->nodeinfo[nid], zone);
	return pages;
}

/*
 * What is known of the references on a group that is gone: the caller's, one of each group below it, one of all its swap space
 * together, and where pages hold any, one of each (of a large folio just one, so that fewer may be left).
 */
static u64 unexplained(struct mem_cgroup *memcg, const struct own *own, unsigned long pages)
{
	long count = atomic_long_read(&memcg->css.refcnt.data->count);

	count -= 1 + own->dead_children + (own->swap > 0);
	if (COMPAT_PAGES_HOLD_GROUP)
		count -= pages;
	return max(count, 0L);
}

/**
 * remains_of() - what a group still has
 * @memcg: with one reference of the caller's
 * @remains: filled in; what is a statistic is as old as the last remains_flush()
 *
 * Context: RCU is enough.
 */
void remains_of(struct mem_cgroup *memcg, struct remains *remains)
{
	unsigned long pages = pages_of(memcg);
	struct own own;

	own_of(memcg, &own);
	*remains = (struct remains){
		.swap = bytes(own.swap),
		.sockets = bytes(own.state[STATE_SOCKETS]),
		.groups = own.dead_children,
	};
	/* Where pages go to the parent with the kernel memory, their statistics stay behind, too. */
	if (pages) {
		remains->anon = bytes(own.state[STATE_ANON]);
		remains->shmem = bytes(own.state[STATE_SHMEM]);
		remains->file = bytes(own.state[STATE_FILE] - own.state[STATE_SHMEM]);
	}
	if (css_is_dying(&memcg->css)) {
		remains->references = unexplained(memcg, &own, pages);
		return;
	}
	remains->kernel = bytes(own.state[STATE_KERNEL]);
	remains->percpu = max(own.state[STATE_PERCPU], 0L);
}

/** remains_swap() - swap space of the group itself, in bytes */
u64 remains_swap(struct mem_cgroup *memcg)
{
	struct own own;

	own_of(memcg, &own);
	return bytes(own.swap);
}

/** remains_flush() - bring the statistics of a group and its subtree up to date; may sleep */
void remains_flush(struct mem_cgroup *memcg)
{
	if (!sym_missing(SYM_DRAIN))
		compat_flush(sym_call, memcg);
}

/** remains_unavailable() - NULL, or why it is not known in this kernel what keeps a group */
const char *remains_unavailable(void)
{
	return unavailable;
}

/** remains_init() - at module load */
void remains_init(void)
{
	unavailable = charge_unavailable() ?: sym_missing(SYM_DRAIN);
}
