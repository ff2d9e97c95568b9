/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the sampler: sample.c reads counters, sample_tree.c knows which groups there are. */
#ifndef MCG_SAMPLE_INTERNAL_H
#define MCG_SAMPLE_INTERNAL_H

#include "hmap.h"
#include "sample.h"

/* Which folder a watch is on. */
struct watch {
	int id;
	struct mcg_sample *group;
};

/**
 * struct mcg_sampler - several readings of one tree
 * @module: a connection, while the module is there and tells
 * @refused: it does not tell the caller
 * @by_id: places in @order
 * @root: the tree of groups; NULL before the first reading
 * @order: all groups, a group before those below it
 * @inotify: tells which folders changed; -1 when there is none
 * @watches: by id
 * @blind: some folder is not watched, so all are read each time
 * @total: descriptor of the root's cgroup.stat, or -1
 * @n_total: number of groups that it told before the last change was looked for
 * @max_fds: counter files that may be open
 * @n_details: of those that are, the ones of mcg_sample_detail()
 * @serial: number of the reading
 * @when: time of the reading, in seconds
 */
struct mcg_sampler {
	const struct mcg_tree *tree;
	struct mcg_module *module;
	bool refused;
	struct hmap by_id;
	struct mcg_sample *root;
	struct mcg_sample **order;
	size_t n;
	size_t room;
	int inotify;
	struct watch *watch;
	size_t n_watches;
	size_t room_watches;
	bool blind;
	int total;
	uint64_t n_total;
	size_t max_fds;
	size_t n_details;
	unsigned long serial;
	double when;
	struct mcg_sampler_cost cost;
};

/* sample.c */
void sample_close_files(struct mcg_sampler *sampler, struct mcg_sample *group);

/* sample_tree.c */

/* sample_tree_open() - begin to watch. */
void sample_tree_open(struct mcg_sampler *sampler);
void sample_tree_close(struct mcg_sampler *sampler);

/* sample_tree_update() - bring the groups up to date. Return: 0, or -1 with @err set. */
int sample_tree_update(struct mcg_sampler *sampler, struct mcg_error *err);

#endif
