/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a group is charged with what it is: its figures, the limits above it, and what would change that most.
 */
#ifndef MCG_EXPLAIN_H
#define MCG_EXPLAIN_H

#include "attribution.h"
#include "group.h"
#include "stat.h"

/* In place of a figure that the group does not have, or that could not be read. */
#define MCG_EXPLAIN_UNKNOWN MCG_KIND_UNKNOWN

/**
 * struct mcg_limit - a limit of the group or of one above it
 * @path: that group
 * @what: "memory.max", "memory.high" or "kmem"
 * @usage: what counts against it
 */
struct mcg_limit {
	char *path;
	const char *what;
	uint64_t limit;
	uint64_t usage;
};

/**
 * struct mcg_advice - one command that would change what the group is charged with
 * @file: that it is about
 * @way: a path that leads to it where its name does not; or NULL
 * @bind: a binding to both groups that claims what is present; otherwise a claim to the first
 * @to: groups, by their place in the attribution
 * @change: bytes more, or fewer, that the group would be charged with
 */
struct mcg_advice {
	const struct mcg_attr_file *file;
	char *way;
	bool bind;
	uint32_t to[2];
	int64_t change;
};

#define MCG_ADVICES 3

/**
 * struct mcg_explanation - all of it
 * @group: place of the group in the attribution
 * @charged: memory.current
 * @kind: by &enum mcg_kind
 * @unmapped: of anonymous memory and files, what no process maps: page cache, mostly
 * @orphaned: see mcg_explain_orphans()
 * @limit: least room first
 * @advice: largest change first; of files to which a path leads from here
 */
struct mcg_explanation {
	uint32_t group;
	uint64_t charged;
	uint64_t kind[MCG_KINDS];
	uint64_t unmapped;
	uint64_t orphaned;
	struct mcg_limit *limit;
	size_t n_limits, room_limits;
	struct mcg_advice advice[MCG_ADVICES];
	size_t n_advices;
};

/**
 * mcg_explain() - explain one group
 * @path: of the group
 * @found: who pays and who maps; the explanation refers to it
 * @out: filled in; release with mcg_explanation_free(), also after a failure
 *
 * Where the module is loaded its kmem limits are among the limits. Return: 0, or -1 with @err set.
 */
int mcg_explain(const struct mcg_tree *tree, const char *path, const struct mcg_attribution *found,
		struct mcg_explanation *out, struct mcg_error *err);

/*
 * mcg_explain_orphans() - fill in what the group and those below it pay for of objects that they do not use: neither map nor have
 * open, while others map them or they are shared memory; see orphans.h
 *
 * It takes longer than all the rest, the module, and CAP_SYS_ADMIN; otherwise it stays %MCG_EXPLAIN_UNKNOWN, as for the root.
 */
void mcg_explain_orphans(const struct mcg_tree *tree, const char *path,
			 struct mcg_explanation *explanation);

void mcg_explanation_free(struct mcg_explanation *explanation);

#endif
