// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcgctl show: who pays for memory, and who maps it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attribution.h"
#include "command.h"
#include "group.h"
#include "procfs.h"
#include "size.h"
#include "text.h"

/* Owners and mappers of one file that are listed in a table for people. */
#define PARTS_SHOWN 3

static struct {
	int files;
	int all;
	const char *sort;
	char *min;
	int procfs;
} option;

static const struct poptOption options[] = {
	{ "files", '\0', POPT_ARG_NONE, &option.files, 0,
	  "show files and who pays for and maps them", NULL },
	{ "all", '\0', POPT_ARG_NONE, &option.all, 0,
	  "with --files: also files that one group pays for and maps", NULL },
	{ "sort", '\0', POPT_ARG_STRING, &option.sort, 0, "largest first, by this figure",
	  "charged|mapped|shared|share|processes|present|size" },
	{ "min", '\0', POPT_ARG_STRING, &option.min, 0, "leave out what is smaller", "SIZE" },
	{ "procfs", '\0', POPT_ARG_NONE, &option.procfs, 0,
	  "ask /proc even where the module is loaded", NULL },
	POPT_TABLEEND,
};

static const struct mcg_column group_columns[] = {
	{ "label", "GROUP", MCG_TEXT, NULL },	{ "charged", "CHARGED", MCG_SIZE, "-" },
	{ "mapped", "MAPPED", MCG_SIZE, NULL }, { "shared", "SHARED", MCG_SIZE, NULL },
	{ "share", "SHARE", MCG_SIZE, NULL },	{ "processes", "PROCESSES", MCG_COUNT, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static const struct mcg_column csv_columns[] = {
	{ "group", "", MCG_TEXT, "(outside)" }, { "id", "", MCG_COUNT, "" },
	{ "charged", "", MCG_SIZE, "" },	{ "mapped", "", MCG_SIZE, NULL },
	{ "shared", "", MCG_SIZE, NULL },	{ "share", "", MCG_SIZE, NULL },
	{ "processes", "", MCG_COUNT, NULL },	{ NULL, NULL, MCG_TEXT, NULL },
};

static const struct mcg_column file_columns[] = {
	{ "file", "FILE", MCG_TEXT, NULL },	  { "device", NULL, MCG_TEXT, NULL },
	{ "inode", NULL, MCG_COUNT, NULL },	  { "size", "SIZE", MCG_SIZE, "-" },
	{ "present", "PRESENT", MCG_SIZE, NULL }, { "shared", "SHARED", MCG_SIZE, NULL },
	{ "owners", "OWNERS", MCG_TEXT, NULL },	  { "mappers", "MAPPERS", MCG_TEXT, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static const struct mcg_column part_columns[] = {
	{ "group", "GROUP", MCG_TEXT, NULL },
	{ "charged", "CHARGED", MCG_SIZE, NULL },
	{ "mapped", "MAPPED", MCG_SIZE, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

/**
 * struct selection - what the arguments ask for
 * @groups: these and what is below them; none: all
 * @path: a file, instead
 * @min: smallest figure that is shown
 */
struct selection {
	struct mcg_groups groups;
	const char *path;
	uint64_t min;
};

static int no_memory(struct context *ctx)
{
	return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot write the result");
}

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strcmp(top, "/") || (!strncmp(path, top, len) && (!path[len] || path[len] == '/'));
}

static bool is_selected(const struct selection *selection, const char *path)
{
	if (!selection->groups.n)
		return true;
	for (size_t i = 0; path && i < selection->groups.n; i++) {
		if (is_below(path, selection->groups.path[i]))
			return true;
	}
	return false;
}

static json_t *group_json(const struct mcg_attribution *found, uint32_t group)
{
	return mcg_text_json(group < found->nr_groups ? found->groups[group].path : NULL);
}

/* In the order of the tree: the last part of the path, set in below the parent. Otherwise the whole path. */
static json_t *label_json(const struct mcg_attribution *found, uint32_t group, int depth)
{
	const char *path = mcg_attr_group_name(found, group);
	char *text;
	json_t *json;

	if (!depth)
		return mcg_text_json(path);
	if (asprintf(&text, "%*s%s", 2 * depth, "", strrchr(path, '/') + 1) < 0)
		return NULL;
	json = mcg_text_json(text);
	free(text);
	return json;
}

static json_t *group_row(struct context *ctx, const struct mcg_attribution *found, uint32_t index,
			 int depth)
{
	const struct mcg_attr_group *group = &found->groups[index];
	json_t *row =
		json_pack("{s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "group", group_json(found, index),
			  "id", group->id ? json_integer(group->id) : json_null(), "charged",
			  group->has_charged ? mcg_size_json(group->charged) : json_null(), "mapped",
			  (json_int_t)group->mapped, "shared", (json_int_t)group->shared, "share",
			  (json_int_t)group->share, "processes", (json_int_t)group->processes);

	if (row && ctx->out.format == MCG_HUMAN &&
	    json_object_set_new(row, "label", label_json(found, index, depth))) {
		json_decref(row);
		return NULL;
	}
	return row;
}

static json_t *groups_json(struct context *ctx, const struct mcg_attribution *found,
			   const struct selection *selection)
{
	/* How deep a group is in the tree that is shown, from 1; 0 is not shown. */
	int *depth = calloc(found->nr_groups + 1, sizeof(*depth));
	json_t *rows = json_array();

	for (size_t i = 0; depth && rows && i < found->nr_groups; i++) {
		const struct mcg_attr_group *group = &found->groups[i];
		uint64_t size = group->charged > group->mapped ? group->charged : group->mapped;

		if (!is_selected(selection, group->path) || (!group->path && !group->mapped))
			continue;
		/* The root has no figure of its own on v2, but is the top of the tree. */
		if (size < selection->min && group->parent != MCG_GROUP_NONE)
			continue;
		depth[i] = 1;
		if (group->parent != MCG_GROUP_NONE && !option.sort)
			depth[i] += depth[group->parent];
		if (json_array_append_new(rows, group_row(ctx, found, i, depth[i] - 1))) {
			json_decref(rows);
			rows = NULL;
		}
	}
	free(depth);
	return rows;
}

/* "GROUP SIZE" as one string. */
static json_t *part_text(struct context *ctx, const struct mcg_attribution *found,
			 const struct mcg_attr_part *part)
{
	char size[MCG_SIZE_TEXT], *text;
	json_t *json;

	mcg_size_format(part->bytes, ctx->out.bytes || ctx->out.format == MCG_CSV, size);
	if (asprintf(&text, "%s %s", mcg_attr_group_name(found, part->group), size) < 0)
		return NULL;
	json = mcg_text_json(text);
	free(text);
	return json;
}

static json_t *part_object(const struct mcg_attribution *found, const struct mcg_attr_part *part)
{
	json_t *json = json_pack("{s:o, s:I}", "group", group_json(found, part->group), "bytes",
				 (json_int_t)part->bytes);

	/* Tells apart what has no path. */
	if (json && part->group == MCG_GROUP_NONE)
		json_object_set_new(json, "state", json_string("uncharged"));
	else if (json && part->group == MCG_GROUP_UNREAD)
		json_object_set_new(json, "state", json_string("unknown"));
	else if (json && !found->groups[part->group].path)
		json_object_set_new(json, "state", json_string("outside"));
	return json;
}

/* Objects in JSON, strings otherwise; on a terminal only so many as can be read at a glance. */
static json_t *parts_json(struct context *ctx, const struct mcg_attribution *found,
			  const struct mcg_attr_part *parts, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++) {
		json_t *item;

		if (ctx->out.format == MCG_JSON)
			item = part_object(found, &parts[i]);
		else if (ctx->out.format == MCG_CSV || i < PARTS_SHOWN || count == PARTS_SHOWN + 1)
			item = part_text(ctx, found, &parts[i]);
		else
			item = json_sprintf("+%zu more", count - i);
		if (json_array_append_new(list, item)) {
			json_decref(list);
			return NULL;
		}
		if (ctx->out.format == MCG_HUMAN && i == PARTS_SHOWN && count > PARTS_SHOWN + 1)
			break;
	}
	return list;
}

static json_t *file_row(struct context *ctx, const struct mcg_attribution *found,
			const struct mcg_attr_file *file)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:I, s:I, s:I, s:o, s:o}", "file",
			 mcg_text_json(file->name), "device",
			 json_sprintf("%u:%u", file->dev_major, file->dev_minor), "inode",
			 (json_int_t)file->ino, "size",
			 file->has_size ? mcg_size_json(file->size) : json_null(), "present",
			 (json_int_t)file->present, "shared", (json_int_t)file->shared, "foreign",
			 (json_int_t)file->foreign, "owners",
			 parts_json(ctx, found, file->owners, file->nr_owners), "mappers",
			 parts_json(ctx, found, file->mappers, file->nr_mappers));
}

static bool has_part(const struct mcg_attribution *found, const struct mcg_attr_part *parts,
		     size_t count, const struct selection *selection)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].group < found->nr_groups &&
		    is_selected(selection, found->groups[parts[i].group].path))
			return true;
	}
	return false;
}

static bool file_is_selected(const struct mcg_attribution *found, const struct mcg_attr_file *file,
			     const struct selection *selection)
{
	if (!file->present || file->present < selection->min)
		return false;
	if (!option.all && !file->shared && !file->foreign)
		return false;
	return !selection->groups.n || has_part(found, file->owners, file->nr_owners, selection) ||
	       has_part(found, file->mappers, file->nr_mappers, selection);
}

static json_t *files_json(struct context *ctx, const struct mcg_attribution *found,
			  const struct selection *selection)
{
	json_t *rows = json_array();

	for (size_t i = 0; rows && i < found->nr_files; i++) {
		if (file_is_selected(found, &found->files[i], selection) &&
		    json_array_append_new(rows, file_row(ctx, found, &found->files[i]))) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return rows;
}

/* One file's groups: what each pays for, and what each maps. */
static json_t *file_parts(const struct mcg_attribution *found, const struct mcg_attr_file *file)
{
	json_t *rows = json_array();
	size_t all = file->nr_mappers + file->nr_owners;

	for (size_t i = 0; rows && i < all; i++) {
		bool maps = i < file->nr_mappers;
		uint32_t group =
			maps ? file->mappers[i].group : file->owners[i - file->nr_mappers].group;
		uint64_t charged = 0;
		bool known = false;

		for (size_t j = 0; j < file->nr_owners; j++) {
			if (file->owners[j].group == group)
				charged = file->owners[j].bytes;
		}
		for (size_t j = 0; !maps && j < file->nr_mappers; j++)
			known |= file->mappers[j].group == group;
		if (known)
			continue;
		if (json_array_append_new(
			    rows, json_pack("{s:o, s:I, s:I}", "group",
					    mcg_text_json(mcg_attr_group_name(found, group)),
					    "charged", (json_int_t)charged, "mapped",
					    (json_int_t)(maps ? file->mappers[i].bytes : 0)))) {
			json_decref(rows);
			rows = NULL;
		}
	}
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

struct gap {
	const char *what;
	bool found;
	uint64_t count;
	const char *means;
};

enum { NR_GAPS = 7 };

static void list_gaps(const struct mcg_attr_gaps *gaps, struct gap list[NR_GAPS])
{
	bool frames = !gaps->no_frames;

	list[0] = (struct gap){ "processes", gaps->processes, gaps->processes,
				"processes that may not be read" };
	list[1] = (struct gap){ "hidden", gaps->hidden, 0,
				"other users' or namespaces' processes are hidden" };
	list[2] = (struct gap){
		"frames", gaps->no_frames, 0,
		"no page frame numbers (CAP_SYS_ADMIN), so no owners, and shares are estimates"
	};
	list[3] = (struct gap){ "owners", frames && gaps->no_owners, 0,
				"no /proc/kpagecgroup, so no owners" };
	list[4] = (struct gap){ "counts", frames && gaps->no_counts, 0, "no /proc/kpagecount" };
	list[5] = (struct gap){ "ranges", gaps->ranges, gaps->ranges, "mappings too large to walk" };
	list[6] = (struct gap){ "busy", gaps->busy, gaps->busy,
				"bytes in use at that moment, so not told who maps them" };
}

static json_t *gaps_json(const struct mcg_attr_gaps *gaps)
{
	struct gap list[NR_GAPS];
	json_t *array = json_array();

	list_gaps(gaps, list);
	for (size_t i = 0; array && i < NR_GAPS; i++) {
		if (list[i].found)
			json_array_append_new(
				array,
				json_pack("{s:s, s:o, s:s}", "what", list[i].what, "count",
					  list[i].count ? json_integer(list[i].count) : json_null(),
					  "means", list[i].means));
	}
	return array;
}

static void print_gaps(const struct mcg_attr_gaps *gaps)
{
	struct gap list[NR_GAPS];
	const char *between = "memcgctl: show: incomplete: ";

	list_gaps(gaps, list);
	for (size_t i = 0; i < NR_GAPS; i++) {
		if (!list[i].found)
			continue;
		fprintf(stderr, "%s%s", between, list[i].means);
		if (list[i].count)
			fprintf(stderr, ": %" PRIu64, list[i].count);
		between = "; ";
	}
	if (!strcmp(between, "; "))
		fputc('\n', stderr);
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

static int write_result(struct context *ctx, const struct mcg_attribution *found, const char *name,
			const struct mcg_column *columns, json_t *rows, json_t *more)
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
		print_gaps(&found->gaps);
		return ret;
	}
	document = json_pack("{s:s, s:i, s:o, s:o}", "backend", found->backend, "cgroup",
			     found->v1 ? 1 : 2, "incomplete", gaps_json(&found->gaps), name, rows);
	if (more && document)
		json_object_set_new(document, "file", more);
	return mcg_json_write(&ctx->out, document, &ctx->err);
}

static const struct mcg_attr_file *file_of(const struct mcg_attribution *found,
					   const struct procfs_query *query)
{
	for (size_t i = 0; i < found->nr_files; i++) {
		if (found->files[i].ino == query->ino &&
		    found->files[i].dev_major == query->dev_major &&
		    found->files[i].dev_minor == query->dev_minor)
			return &found->files[i];
	}
	return NULL;
}

static int show_file(struct context *ctx, const struct mcg_attribution *found,
		     const struct selection *selection, const struct procfs_query *query)
{
	const struct mcg_attr_file *file = file_of(found, query);

	if (!file || !file->present) {
		mcg_fail(&ctx->err, MCG_FAILED, selection->path,
			 "no process that can be read maps it");
		return mcg_hint(&ctx->err, "/proc does not tell who pays for pages that nobody maps");
	}
	return write_result(ctx, found, "groups", part_columns, file_parts(found, file),
			    ctx->out.format == MCG_JSON ? file_row(ctx, found, file) : NULL);
}

static int check_options(struct context *ctx, struct selection *selection)
{
	static const char *const group_keys[] = { "charged", "mapped",	  "shared",
						  "share",   "processes", NULL };
	static const char *const file_keys[] = { "size", "present", "shared", NULL };
	const char *const *keys = option.files ? file_keys : group_keys;

	if (option.min && mcg_size_parse(option.min, 0, &selection->min, &ctx->err))
		return -1;
	if (option.all && !option.files)
		return usage_error(ctx, "--all", "needs --files");
	while (option.sort && *keys && strcmp(*keys, option.sort))
		keys++;
	if (option.sort && !*keys)
		return usage_error(ctx, option.sort, "not a figure to sort by");
	if (option.files && !option.sort)
		option.sort = "present";
	return 0;
}

static int add_argument(struct context *ctx, const struct mcg_tree *tree, const char *arg,
			struct selection *selection)
{
	struct stat st;

	if (!mcg_group_expand(tree, arg, &selection->groups, &ctx->err))
		return 0;
	if (ctx->err.status != MCG_NOT_FOUND || stat(arg, &st))
		return -1;
	if (S_ISDIR(st.st_mode))
		return -1;
	if (ctx->n_args > 1)
		return usage_error(ctx, arg, "a file is shown alone");
	if (option.files || option.min || option.sort)
		return usage_error(ctx, arg, "options do not go with a file");
	ctx->err = (struct mcg_error){ .status = MCG_OK };
	selection->path = arg;
	return 0;
}

static int show(struct context *ctx, const struct mcg_tree *tree, struct selection *selection)
{
	struct timespec last = { 0 };
	struct procfs_query query = { 0 };
	struct mcg_attribution *found;
	int ret;

	if (selection->path && procfs_identify(tree, selection->path, &query, &ctx->err))
		return -1;
	if (isatty(STDERR_FILENO)) {
		query.progress = progress;
		query.progress_arg = &last;
	}
	if (mcg_attribution_find(tree, &query, option.procfs, &found, &ctx->err))
		return -1;
	if (query.progress)
		fputs("\033[K", stderr);
	if (selection->path)
		ret = show_file(ctx, found, selection, &query);
	else if (option.files)
		ret = write_result(ctx, found, "files", file_columns,
				   files_json(ctx, found, selection), NULL);
	else
		ret = write_result(ctx, found, "groups",
				   ctx->out.format == MCG_CSV ? csv_columns : group_columns,
				   groups_json(ctx, found, selection), NULL);
	mcg_attribution_free(found);
	return ret;
}

static int run(struct context *ctx)
{
	struct selection selection = { .min = 0 };
	struct mcg_tree tree;
	int ret;

	if (check_options(ctx, &selection) || mcg_tree_open(&tree, &ctx->err))
		return -1;
	ret = 0;
	for (int i = 0; i < ctx->n_args && !ret; i++)
		ret = add_argument(ctx, &tree, ctx->args[i], &selection);
	if (!ret)
		ret = show(ctx, &tree, &selection);
	mcg_groups_free(&selection.groups);
	mcg_tree_close(&tree);
	return ret;
}

static const struct command command_show = {
	.name = "show",
	.summary = "who pays for memory, and who maps it",
	.usage = "[--files [--all]] [--sort FIGURE] [--min SIZE] [GROUP… | FILE]",
	.options = options,
	.args = "g",
	.run = run,
};

COMMAND(show);
