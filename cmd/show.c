// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcgctl show: who pays for memory, and who maps it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "gaps.h"
#include "show_private.h"
#include "size.h"
#include "text.h"

static struct {
	int files;
	int matrix;
	int kinds;
	int all;
	const char *sort;
	char *min;
	long depth;
	double watch;
	int full;
	int procfs;
} option = { .depth = LONG_MAX, .watch = WATCH_OFF };

static const struct poptOption options[] = {
	{ "files", '\0', POPT_ARG_NONE, &option.files, 0,
	  "show files and who pays for and maps them", NULL },
	{ "matrix", '\0', POPT_ARG_NONE, &option.matrix, 0,
	  "show which group pays for what which group maps", NULL },
	{ "kinds", '\0', POPT_ARG_NONE, &option.kinds, 0,
	  "show what kinds of memory groups are charged with", NULL },
	{ "all", '\0', POPT_ARG_NONE, &option.all, 0,
	  "with --files or --matrix: also what one group pays for and maps", NULL },
	{ "sort", '\0', POPT_ARG_STRING, &option.sort, 0, "largest first, by this figure",
	  "charged|mapped|shared|share|lent|borrowed|processes|present|size|anon|shmem|file|kernel|sock|swap|orphaned" },
	{ "min", '\0', POPT_ARG_STRING, &option.min, 0, "leave out what is smaller", "SIZE" },
	{ "depth", '\0', POPT_ARG_LONG, &option.depth, 0, "leave out groups below this depth", "N" },
	{ "watch", '\0', POPT_ARG_DOUBLE, &option.watch, 0, "show again every SEC seconds", "SEC" },
	{ "full", '\0', POPT_ARG_NONE, &option.full, 0,
	  "show paths of groups, not their short names", NULL },
	{ "procfs", '\0', POPT_ARG_NONE, &option.procfs, 0,
	  "ask /proc even where the module is loaded", NULL },
	POPT_TABLEEND,
};

static const struct mcg_column group_columns[] = {
	{ "label", "GROUP", MCG_TEXT, NULL },
	{ "charged", "CHARGED", MCG_SIZE, "-" },
	{ "mapped", "MAPPED", MCG_SIZE, NULL },
	{ "shared", "SHARED", MCG_SIZE, NULL },
	{ "share", "SHARE", MCG_SIZE, NULL },
	{ "lent", "LENT", MCG_SIZE, "-" },
	{ "borrowed", "BORROWED", MCG_SIZE, "-" },
	{ "processes", "PROCESSES", MCG_COUNT, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static const struct mcg_column kind_columns[] = {
	{ "label", "GROUP", MCG_TEXT, NULL },	   { "charged", "CHARGED", MCG_SIZE, "-" },
	{ "anon", "ANON", MCG_SIZE, "-" },	   { "shmem", "SHMEM", MCG_SIZE, "-" },
	{ "file", "FILE", MCG_SIZE, "-" },	   { "kernel", "KERNEL", MCG_SIZE, "-" },
	{ "sock", "SOCK", MCG_SIZE, "-" },	   { "swap", "SWAP", MCG_SIZE, "-" },
	{ "orphaned", "ORPHANED", MCG_SIZE, "-" }, { NULL, NULL, MCG_TEXT, NULL },
};

/* clang-format off */
#define CSV_COLUMNS \
	{ "group", "", MCG_TEXT, "(outside)" }, \
	{ "id", "", MCG_COUNT, "" }, \
	{ "charged", "", MCG_SIZE, "" }, \
	{ "mapped", "", MCG_SIZE, NULL }, \
	{ "shared", "", MCG_SIZE, NULL }, \
	{ "share", "", MCG_SIZE, NULL }, \
	{ "own", "", MCG_SIZE, "" }, \
	{ "lent", "", MCG_SIZE, "" }, \
	{ "borrowed", "", MCG_SIZE, "" }, \
	{ "foreign", "", MCG_SIZE, "" }, \
	{ "processes", "", MCG_COUNT, NULL }
/* clang-format on */

static const struct mcg_column csv_columns[] = {
	CSV_COLUMNS,
	{ NULL, NULL, MCG_TEXT, NULL },
};

static const struct mcg_column csv_kind_columns[] = {
	CSV_COLUMNS,
	{ "anon", "", MCG_SIZE, "" },
	{ "shmem", "", MCG_SIZE, "" },
	{ "file", "", MCG_SIZE, "" },
	{ "kernel", "", MCG_SIZE, "" },
	{ "sock", "", MCG_SIZE, "" },
	{ "swap", "", MCG_SIZE, "" },
	{ "orphaned", "", MCG_SIZE, "" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

/* Of groups, in tables for people and for programs, without kinds and with them. */
static const struct mcg_column *const columns[2][2] = {
	{ group_columns, csv_columns },
	{ kind_columns, csv_kind_columns },
};

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strcmp(top, "/") || (!strncmp(path, top, len) && (!path[len] || path[len] == '/'));
}

bool is_selected(const struct selection *selection, const char *path)
{
	if (!selection->groups.n)
		return true;
	for (size_t i = 0; path && i < selection->groups.n; i++) {
		if (is_below(path, selection->groups.path[i]))
			return true;
	}
	return false;
}

json_t *group_json(const struct mcg_attribution *found, uint32_t group)
{
	return mcg_text_json(group < found->nr_groups ? found->groups[group].path : NULL);
}

void add_state(json_t *object, const char *key, const struct mcg_attribution *found, uint32_t group)
{
	if (group == MCG_GROUP_NONE)
		json_object_set_new(object, key, json_string("uncharged"));
	else if (group == MCG_GROUP_UNREAD)
		json_object_set_new(object, key, json_string("unknown"));
	else if (!found->groups[group].path)
		json_object_set_new(object, key, json_string("outside"));
}

static int no_memory(struct context *ctx)
{
	return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot write the result");
}

/* In the order of the tree: the last part of the path, set in below the parent. Otherwise the whole path. */
static json_t *label_json(const struct mcg_attribution *found, uint32_t group, int depth)
{
	const char *path = mcg_attr_group_name(found, group), *name = strrchr(path, '/');
	char *text, buf[MCG_GROUP_SHORT];
	json_t *json;

	if (!depth || option.full)
		return mcg_text_json(path);
	if (asprintf(&text, "%*s%s", 2 * depth, "", mcg_group_short(name + 1, buf, sizeof(buf))) < 0)
		return NULL;
	json = mcg_text_json(text);
	free(text);
	return json;
}

/* Who pays for what is only known by page frames. */
static json_t *owner_figure(const struct mcg_attribution *found, uint64_t figure)
{
	return found->gaps.no_frames || found->gaps.no_owners ? json_null() : json_integer(figure);
}

/* @kinds: or NULL, not to be shown */
static json_t *group_row(struct context *ctx, const struct mcg_attribution *found, uint32_t index,
			 int depth, const struct kinds *kinds)
{
	const struct mcg_attr_group *group = &found->groups[index];
	json_t *row = json_pack(
		"{s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I}", "group",
		group_json(found, index), "id", group->id ? json_integer(group->id) : json_null(),
		"charged", group->has_charged ? mcg_size_json(group->charged) : json_null(),
		"mapped", (json_int_t)group->mapped, "shared", (json_int_t)group->shared, "share",
		(json_int_t)group->share, "own", owner_figure(found, group->own), "lent",
		owner_figure(found, group->lent), "borrowed", owner_figure(found, group->borrowed),
		"foreign", owner_figure(found, group->foreign), "processes",
		(json_int_t)group->processes);

	if (row && ctx->out.format == MCG_HUMAN &&
	    json_object_set_new(row, "label", label_json(found, index, depth))) {
		json_decref(row);
		return NULL;
	}
	if (row && kinds && kinds_add(kinds, group->path, row)) {
		json_decref(row);
		return NULL;
	}
	return row;
}

/* 0 for the root, and for what has no path. */
static size_t depth_of(const struct mcg_attr_group *group)
{
	size_t depth = 0;

	for (const char *c = group->path; c && c[1]; c++)
		depth += *c == '/';
	return depth;
}

static json_t *groups_json(struct context *ctx, const struct mcg_attribution *found,
			   const struct selection *selection, const struct kinds *kinds)
{
	/* How deep a group is in the tree that is shown, from 1; 0 is not shown. */
	int *depth = calloc(found->nr_groups + 1, sizeof(*depth));
	json_t *rows = json_array();

	for (size_t i = 0; depth && rows && i < found->nr_groups; i++) {
		const struct mcg_attr_group *group = &found->groups[i];
		uint64_t size = group->charged > group->mapped ? group->charged : group->mapped;

		if (!is_selected(selection, group->path) || (!group->path && !group->mapped) ||
		    depth_of(group) > selection->depth)
			continue;
		/* The root has no figure of its own on v2, but is the top of the tree. */
		if (size < selection->min && group->parent != MCG_GROUP_NONE)
			continue;
		depth[i] = 1;
		if (group->parent != MCG_GROUP_NONE && !option.sort)
			depth[i] += depth[group->parent];
		if (json_array_append_new(rows, group_row(ctx, found, i, depth[i] - 1, kinds))) {
			json_decref(rows);
			rows = NULL;
		}
	}
	free(depth);
	return rows;
}

static int larger_first(const void *one, const void *other)
{
	json_int_t a = json_integer_value(json_object_get(*(json_t *const *)one, option.sort));
	json_int_t b = json_integer_value(json_object_get(*(json_t *const *)other, option.sort));

	return (a < b) - (a > b);
}

static json_t *sorted(json_t *rows)
{
	size_t count = json_array_size(rows), i;
	json_t **list = calloc(count + 1, sizeof(json_t *)), *row, *result = json_array();

	if (!list || !result) {
		free(list);
		json_decref(result);
		json_decref(rows);
		return NULL;
	}
	json_array_foreach(rows, i, row)
		list[i] = row;
	qsort(list, count, sizeof(json_t *), larger_first);
	for (i = 0; i < count; i++)
		json_array_append(result, list[i]);
	free(list);
	json_decref(rows);
	return result;
}

/* The terminal learns what a scan of more than a second is doing. */
static void progress(void *arg, size_t done, size_t all)
{
	struct timespec *last = arg, now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!last->tv_sec)
		*last = now;
	if (now.tv_sec - last->tv_sec < 1 + (now.tv_nsec < last->tv_nsec))
		return;
	*last = now;
	if (all)
		fprintf(stderr, "\rmemcgctl: show: %zu of %zu mappings\033[K\r", done, all);
	else
		fprintf(stderr, "\rmemcgctl: show: %zu processes\033[K\r", done);
}

int show_write(struct context *ctx, const struct mcg_attribution *found, const char *name,
	       const struct mcg_column *columns, json_t *rows, const char *more_name, json_t *more)
{
	json_t *document;

	if (rows && option.sort)
		rows = sorted(rows);
	if (!rows) {
		json_decref(more);
		return no_memory(ctx);
	}
	if (ctx->out.format != MCG_JSON) {
		int ret = mcg_table_write(&ctx->out, columns, rows, &ctx->err);

		json_decref(rows);
		json_decref(more);
		print_gaps("show", &found->gaps);
		return ret;
	}
	document = json_pack("{s:s, s:i, s:o, s:o}", "backend", found->backend, "cgroup",
			     found->v1 ? 1 : 2, "incomplete", gaps_json(&found->gaps), name, rows);
	if (more && document)
		json_object_set_new(document, more_name, more);
	return mcg_json_write(&ctx->out, document, &ctx->err);
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names;
}

static int check_sort(struct context *ctx)
{
	static const char *const group_keys[] = { "charged", "mapped",	 "shared",    "share",
						  "lent",    "borrowed", "processes", NULL };
	static const char *const file_keys[] = { "size", "present", "shared", NULL };

	if (option.matrix && option.sort)
		return usage_error(ctx, "--sort", "not with --matrix, which has one figure");
	if (option.sort && !is_one_of(option.sort, option.files ? file_keys : group_keys) &&
	    !(option.kinds && is_one_of(option.sort, kind_names)))
		return usage_error(ctx, option.sort, "not a figure to sort by");
	if (option.files && !option.sort)
		option.sort = "present";
	return 0;
}

static int check_options(struct context *ctx, struct selection *selection)
{
	if (option.min && mcg_size_parse(option.min, 0, &selection->min, &ctx->err))
		return -1;
	if (option.files && option.matrix)
		return usage_error(ctx, "--matrix", "not with --files");
	if (option.all && !option.files && !option.matrix)
		return usage_error(ctx, "--all", "needs --files or --matrix");
	if (option.kinds && (option.files || option.matrix))
		return usage_error(ctx, "--kinds", "not with --files or --matrix");
	if (option.depth != LONG_MAX && (option.files || option.matrix))
		return usage_error(ctx, "--depth", "not with --files or --matrix");
	if (option.depth < 0)
		return usage_error(ctx, "--depth", "not a number from 0 on");
	if (!isnan(option.watch) && watch_check(ctx, "--watch", option.watch))
		return -1;
	selection->all = option.all;
	selection->depth = option.depth;
	return check_sort(ctx);
}

static int check_process(struct context *ctx, const char *arg)
{
	if (ctx->n_args > 1)
		return usage_error(ctx, arg, "a process is shown alone");
	if (option.matrix || option.kinds || option.depth != LONG_MAX ||
	    (!option.files && (option.min || option.sort)))
		return usage_error(ctx, arg,
				   "of the options just those of --files go with a process");
	return 0;
}

static int add_argument(struct context *ctx, const struct mcg_tree *tree, const char *arg,
			struct selection *selection)
{
	struct stat st;
	int is_pid = pid_argument(ctx, arg, selection);

	if (is_pid < 0)
		return -1;
	if (is_pid)
		return check_process(ctx, arg);
	if (!mcg_group_expand(tree, arg, &selection->groups, &ctx->err))
		return 0;
	if (ctx->err.status != MCG_NOT_FOUND || stat(arg, &st))
		return -1;
	if (S_ISDIR(st.st_mode))
		return -1;
	if (ctx->n_args > 1)
		return usage_error(ctx, arg, "a file is shown alone");
	if (option.files || option.matrix || option.kinds || option.min || option.sort ||
	    option.depth != LONG_MAX)
		return usage_error(ctx, arg, "options do not go with a file");
	ctx->err = (struct mcg_error){ .status = MCG_OK };
	selection->path = arg;
	return 0;
}

/**
 * struct report - what is shown, once or again and again
 * @query: what is asked
 * @progress: when the terminal was told last
 */
struct report {
	struct mcg_tree tree;
	struct selection selection;
	struct mcg_attr_query query;
	struct timespec progress;
};

static int show_groups(struct context *ctx, const struct report *report,
		       const struct mcg_attribution *found)
{
	struct kinds kinds;
	json_t *rows;

	if (option.kinds)
		kinds_begin(&kinds, &report->tree, found);
	rows = groups_json(ctx, found, &report->selection, option.kinds ? &kinds : NULL);
	if (option.kinds)
		kinds_end(&kinds);
	return show_write(ctx, found, "groups", columns[option.kinds][ctx->out.format == MCG_CSV],
			  rows, NULL, NULL);
}

static int show(struct context *ctx, void *data)
{
	struct report *report = data;
	const struct selection *selection = &report->selection;
	struct mcg_attribution *found;
	int ret;

	report->progress = (struct timespec){ 0 };
	if (mcg_attribution_find(&report->tree, &report->query, option.procfs, &found, &ctx->err))
		return -1;
	if (report->query.progress)
		fputs("\033[K", stderr);
	if (selection->path && !option.files)
		ret = show_one(ctx, found, selection, &report->query);
	else if (option.files)
		ret = show_write(ctx, found, "files", file_columns,
				 files_json(ctx, found, selection), NULL, NULL);
	else if (option.matrix)
		ret = show_write(ctx, found, "matrix", matrix_columns,
				 matrix_json(ctx, found, selection), NULL, NULL);
	else
		ret = show_groups(ctx, report, found);
	mcg_attribution_free(found);
	return ret;
}

/* The nearest group above all that are shown. Return: 0, or -1: no memory. */
static int ask_subtree(struct context *ctx, struct report *report)
{
	const struct mcg_groups *groups = &report->selection.groups;
	char *top = groups->n ? strdup(groups->path[0]) : NULL, *common;
	struct mcg_error ignored;
	int ret = 0;

	for (size_t i = 1; top && i < groups->n; i++) {
		common = mcg_group_common(top, groups->path[i]);
		free(top);
		top = common;
	}
	if (groups->n && !top)
		ret = no_memory(ctx);
	/* One that goes meanwhile is no filter. */
	if (top && strcmp(top, "/") &&
	    mcg_group_id(&report->tree, top, &report->query.subtree, &ignored))
		report->query.subtree = 0;
	free(top);
	return ret;
}

/* What need not be found. */
static int ask(struct context *ctx, struct report *report)
{
	if (report->selection.path)
		return ask_one(ctx, &report->tree, &report->selection, &report->query);
	if (option.files) {
		report->query.min_size = report->selection.min;
		return 0;
	}
	report->query.min_size = UINT64_MAX;
	return ask_subtree(ctx, report);
}

static int run(struct context *ctx)
{
	struct report report = { .query = { .fd = -1 } };
	struct selection *selection = &report.selection;
	int ret = 0;

	if (check_options(ctx, selection) || mcg_tree_open(&report.tree, &ctx->err))
		return -1;
	if (isatty(STDERR_FILENO)) {
		report.query.progress = progress;
		report.query.progress_arg = &report.progress;
	}
	for (int i = 0; i < ctx->n_args && !ret; i++)
		ret = add_argument(ctx, &report.tree, ctx->args[i], selection);
	if (!ret)
		ret = ask(ctx, &report);
	if (!ret)
		ret = watch(ctx, option.watch, show, &report);
	if (report.query.fd >= 0)
		close(report.query.fd);
	mcg_groups_free(&selection->groups);
	mcg_tree_close(&report.tree);
	return ret;
}

static const struct command command_show = {
	.name = "show",
	.summary = "who pays for memory, and who maps it",
	.usage = "[--files | --matrix | --kinds] [--all] [--sort FIGURE] [--min SIZE] [--depth N] [--full] [--watch SEC] [GROUP… | FILE | pid:N]",
	.options = options,
	.args = "g",
	.run = run,
};

COMMAND(show);
