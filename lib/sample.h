/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The counters of all groups, read again and again, at little cost: the module tells what all are charged with at once, or else
 * descriptors stay open from one reading to the next; the tree is walked once, and the costly files of a group are read only when
 * asked for.
 */
#ifndef MCG_SAMPLE_H
#define MCG_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "group.h"
#include "stat.h"

/* In place of a figure that the group does not have, or that could not be read. */
#define MCG_FIGURE_UNKNOWN MCG_KIND_UNKNOWN

/* What is counted, in bytes; of the group with all that is below it, as the kernel counts. */
enum mcg_figure {
	MCG_FIGURE_CHARGED, /* memory.current; known after each reading */
	/* The others are known after mcg_sample_detail(). */
	MCG_FIGURE_ANON,
	MCG_FIGURE_FILE, /* with shared memory */
	MCG_FIGURE_KERNEL,
	MCG_FIGURE_SWAP,
	MCG_FIGURE_LIMIT, /* memory.max; %MCG_SIZE_MAX for none */
	MCG_FIGURES,
};

/* Files whose descriptors are kept. */
enum mcg_sample_file {
	MCG_SAMPLE_CHARGED,
	MCG_SAMPLE_STAT,
	MCG_SAMPLE_SWAP,
	MCG_SAMPLE_MAX,
	MCG_SAMPLE_FILES
};

/**
 * struct mcg_sample - one group; it lives until the reading that finds it gone
 * @parent: NULL for the root
 * @child: @n_children groups, by id
 * @id: inode of its folder
 * @path: below the mount, "/" for the root
 * @name: the last part of @path
 * @depth: 0 for the root
 * @figure: by &enum mcg_figure
 * @rate: change of what is charged since the reading before, in bytes per second; NAN before there are two
 * @mark: the caller's own; 0 for a new group
 *
 * The other members belong to the sampler.
 */
struct mcg_sample {
	struct mcg_sample *parent;
	struct mcg_sample **child;
	size_t n_children;
	uint64_t id;
	char *path;
	const char *name;
	unsigned int depth;
	uint64_t figure[MCG_FIGURES];
	double rate;
	unsigned int mark;

	size_t room_children;
	int fd[MCG_SAMPLE_FILES];
	int watch;
	bool dirty;
	bool keep;
	uint64_t told;
	uint64_t before;
	unsigned long detailed;
};

/* Several readings of one tree; belongs to one thread. */
struct mcg_sampler;

/**
 * mcg_sampler_open() - begin
 * @tree: the hierarchy; must outlive the sampler
 * @max_fds: descriptors that may be kept open; 0 for all but a few of those that the process may have
 *
 * With 0 the process's limit of open files is raised as far as it goes: a child that is started later inherits that.
 * Return: the sampler, or NULL with @err set. There are no groups before the first reading.
 */
struct mcg_sampler *mcg_sampler_open(const struct mcg_tree *tree, size_t max_fds,
				     struct mcg_error *err);
void mcg_sampler_close(struct mcg_sampler *sampler);

/**
 * mcg_sampler_read() - read what is charged to each group
 *
 * Groups that came are there, groups that went are freed. Return: 0, or -1 with @err set: the tree itself cannot be
 * read, or no memory; what was known before is still there.
 */
int mcg_sampler_read(struct mcg_sampler *sampler, struct mcg_error *err);

/**
 * mcg_sampler_groups() - all groups of the last reading, a group before those below it
 * @n: how many
 *
 * Return: an array that is valid until the next reading.
 */
struct mcg_sample *const *mcg_sampler_groups(const struct mcg_sampler *sampler, size_t *n);

/**
 * mcg_sample_detail() - read the other figures of one group
 *
 * Once per reading; a second call does nothing. What cannot be read is unknown.
 */
void mcg_sample_detail(struct mcg_sampler *sampler, struct mcg_sample *group);

/**
 * struct mcg_sampler_cost - what the readings have cost so far, for tests and benchmarks
 * @scans: folders that were read
 * @opens: counter files that were opened
 * @open: counter files that are open now
 */
struct mcg_sampler_cost {
	unsigned long scans;
	unsigned long opens;
	size_t open;
};

struct mcg_sampler_cost mcg_sampler_cost(const struct mcg_sampler *sampler);

#endif
