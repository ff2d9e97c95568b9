/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command show, inside: show.c drives and writes groups, show_kinds.c kinds of memory, show_files.c files, show_matrix.c who pays for
 * whom, show_one.c one file or process.
 */
#ifndef CMD_SHOW_PRIVATE_H
#define CMD_SHOW_PRIVATE_H

#include "attribution.h"
#include "command.h"
#include "group.h"
#include "orphans.h"
#include "stat.h"

/**
 * struct selection - what the arguments and options ask for
 * @groups: these and what is below them; none: all
 * @path: a file or process, instead
 * @pid: of the process
 * @min: smallest figure that is shown
 * @depth: of groups below the root; deeper ones are left out
 * @all: files of one group only, too; of the matrix, what groups pay for themselves
 */
struct selection {
	struct mcg_groups groups;
	const char *path;
	pid_t pid;
	uint64_t min;
	size_t depth;
	bool all;
};

/* show.c */
bool is_selected(const struct selection *selection, const char *path);
/* The path of a group; null for what has none. */
json_t *group_json(const struct mcg_attribution *found, uint32_t group);
/* Adds "state" to an object about a group that tells apart what has no path. */
void add_state(json_t *object, const char *key, const struct mcg_attribution *found, uint32_t group);

/*
 * Writes rows, which are given up; NULL: no memory. In JSON, they are the member @name, and @more, unless it is NULL, the member
 * @more_name.
 */
int show_write(struct context *ctx, const struct mcg_attribution *found, const char *name,
	       const struct mcg_column *columns, json_t *rows, const char *more_name, json_t *more);

/* show_kinds.c */
struct kinds {
	const struct mcg_tree *tree;
	struct mcg_orphans orphans;
	bool has_orphans;
};

/* Members of a row, by &enum mcg_kind, and what is orphaned; ends with NULL. */
extern const char *const kind_names[];
/* Finds orphans, where the module is there and can be asked. */
void kinds_begin(struct kinds *kinds, const struct mcg_tree *tree,
		 const struct mcg_attribution *found);
/* Adds the kinds of one group to its row; null for what is not known. Return: 0, or -1: no memory. */
int kinds_add(const struct kinds *kinds, const char *path, json_t *row);
void kinds_end(struct kinds *kinds);

/* show_one.c */
/* Return: 1 when the argument means a process, which is selected; 0 when not; -1 with the error set. */
int pid_argument(struct context *ctx, const char *arg, struct selection *selection);
/* Return: 0 with @query filled in, whose fd is to be closed; or -1. */
int ask_one(struct context *ctx, const struct mcg_tree *tree, const struct selection *selection,
	    struct mcg_attr_query *query);
int show_one(struct context *ctx, const struct mcg_attribution *found,
	     const struct selection *selection, const struct mcg_attr_query *query);

/* show_files.c */
extern const struct mcg_column file_columns[], part_columns[];
json_t *files_json(struct context *ctx, const struct mcg_attribution *found,
		   const struct selection *selection);
json_t *file_row(struct context *ctx, const struct mcg_attribution *found,
		 const struct mcg_attr_file *file);
/* One file's groups: what each pays for, and what each maps. */
json_t *file_parts(const struct mcg_attribution *found, const struct mcg_attr_file *file);

/* show_matrix.c */
extern const struct mcg_column matrix_columns[];
json_t *matrix_json(struct context *ctx, const struct mcg_attribution *found,
		    const struct selection *selection);

#endif
