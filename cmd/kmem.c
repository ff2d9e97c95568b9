// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl kmem: limits on kernel memory. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common.h"
#include "group.h"
#include "kmem.h"
#include "limit.h"
#include "memcgctl.h"
#include "size.h"
#include "text.h"

static struct {
	const char *mode;
	double watch;
	int events;
} opt = { .watch = WATCH_OFF };

static const struct poptOption options[] = {
	{ "mode", '\0', POPT_ARG_STRING, &opt.mode, 0,
	  "what a limit does at a breach (default enforce)", "observe|shrink|enforce" },
	{ "watch", '\0', POPT_ARG_DOUBLE, &opt.watch, 0, "report again every SEC seconds", "SEC" },
	{ "events", '\0', POPT_ARG_NONE, &opt.events, 0,
	  "write events as they come, until interrupted", NULL },
	POPT_TABLEEND,
};

static const struct mcg_column columns[] = {
	{ "group", "GROUP", MCG_TEXT, "?" },
	{ "id", NULL, MCG_COUNT, "-" },
	{ "usage", "USAGE", MCG_SIZE, "-" },
	{ "limit", "LIMIT", MCG_SIZE, "max" },
	{ "effective", "EFFECTIVE", MCG_SIZE, "max" },
	{ "effective_group", "SET-BY", MCG_TEXT, "-" },
	{ "peak", "PEAK", MCG_SIZE, "-" },
	{ "mode", "MODE", MCG_TEXT, "-" },
	{ "breaches", "BREACHES", MCG_COUNT, "-" },
	{ "failed", "FAILED", MCG_COUNT, "-" },
	{ "forced", "FORCED", MCG_SIZE, "-" },
	{ "shrunk", "SHRUNK", MCG_SIZE, "-" },
	{ "throttled", "THROTTLED", MCG_COUNT, "-" },
	{ "oom_kills", NULL, MCG_COUNT, "-" },
	{ "no_victim", NULL, MCG_COUNT, "-" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static int no_memory(struct context *ctx)
{
	return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot write the result");
}

static json_t *make_row(const struct mcg_kmem *kmem, const char *path)
{
	const char *by = kmem->effective == MEMCGCTL_SIZE_MAX ? NULL : kmem->effective_path;

	return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "group", mcg_text_json(path), "id", (json_int_t)kmem->id, "usage",
			 (json_int_t)kmem->usage, "limit", mcg_size_json(kmem->limit), "effective",
			 mcg_size_json(kmem->effective), "effective_group", mcg_text_json(by),
			 "peak", (json_int_t)kmem->peak, "mode", mcg_kmem_mode_name(kmem->mode),
			 "breaches", (json_int_t)kmem->breaches, "failed", (json_int_t)kmem->failed,
			 "forced", (json_int_t)kmem->forced, "shrunk", (json_int_t)kmem->shrunk,
			 "throttled", (json_int_t)kmem->throttled, "oom_kills",
			 (json_int_t)kmem->oom_kills, "no_victim", (json_int_t)kmem->no_victim);
}

/* A group stands before those below it. */
static int by_path(const void *a, const void *b)
{
	const struct mcg_kmem *left = a, *right = b;

	return strcmp(left->path ? left->path : "", right->path ? right->path : "");
}

static int list_rows(struct context *ctx, struct mcg_module *module, json_t *rows)
{
	struct mcg_kmem_list list;
	int ret = 0;

	if (mcg_kmem_list(module, &list, &ctx->err))
		return -1;
	/* The module keeps no order. */
	if (list.n)
		qsort(list.entry, list.n, sizeof(*list.entry), by_path);
	for (size_t i = 0; i < list.n && !ret; i++)
		ret = json_array_append_new(rows, make_row(&list.entry[i], list.entry[i].path));
	mcg_kmem_list_free(&list);
	return ret ? no_memory(ctx) : 0;
}

/* Return: 1 with the group's own entry, 0 when it has none, -1 on error. */
static int get_entry(struct context *ctx, struct mcg_module *module, const struct mcg_tree *tree,
		     const char *path, struct mcg_kmem *kmem)
{
	int ret, fd;

	fd = limit_open(ctx, tree, path, O_RDONLY);
	/* The root of the hierarchy has none; that of a cgroup namespace may have one. */
	if (fd < 0)
		return strcmp(path, "/") ? -1 : 0;
	ret = mcg_kmem_get(module, fd, kmem, &ctx->err);
	close(fd);
	if (!ret)
		return 1;
	return ctx->err.errnum == ENOENT ? 0 : mcg_subject(&ctx->err, path);
}

/* The line `kernel` of memory.stat: what the group is charged, whether it has a limit or not. */
static int kernel_usage(struct context *ctx, const struct mcg_tree *tree, const char *path,
			uint64_t *usage)
{
	int fd = mcg_group_open(tree, path, "memory.stat", O_RDONLY, &ctx->err);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[128];
	int found = 0;

	if (!file)
		return -1;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "kernel %" SCNu64, usage) == 1;
	fclose(file);
	if (!found)
		return mcg_fail(&ctx->err, MCG_FAILED, path, "memory.stat has no line \"kernel\"");
	return 0;
}

/* A group without a limit of its own: what it uses, and which ancestor limits it. */
static json_t *inherited_row(struct context *ctx, struct mcg_module *module,
			     const struct mcg_tree *tree, const char *path)
{
	struct mcg_kmem above = { .id = 0 };
	char *ancestor = strdup(path);
	json_t *row = NULL;
	uint64_t usage, id;
	int found = 0;

	if (!ancestor) {
		no_memory(ctx);
		return NULL;
	}
	while (!found && strcmp(ancestor, "/")) {
		char *slash = strrchr(ancestor, '/');

		slash[slash == ancestor] = '\0';
		found = get_entry(ctx, module, tree, ancestor, &above);
	}
	/* What the last question left, when no ancestor has a limit. */
	if (!found)
		above.effective = MEMCGCTL_SIZE_MAX;
	if (found >= 0 && !kernel_usage(ctx, tree, path, &usage) &&
	    !mcg_group_id(tree, path, &id, &ctx->err)) {
		row = json_pack("{s:o, s:I, s:I, s:n, s:o, s:o}", "group", mcg_text_json(path),
				"id", (json_int_t)id, "usage", (json_int_t)usage, "limit",
				"effective", mcg_size_json(above.effective), "effective_group",
				mcg_text_json(above.effective_path));
		for (const struct mcg_column *c = columns; row && c->key; c++)
			if (!json_object_get(row, c->key))
				json_object_set_new(row, c->key, json_null());
	}
	mcg_kmem_free(&above);
	free(ancestor);
	return row;
}

static int group_rows(struct context *ctx, struct mcg_module *module, const struct mcg_tree *tree,
		      const struct mcg_groups *groups, json_t *rows)
{
	for (size_t i = 0; i < groups->n; i++) {
		struct mcg_kmem kmem = { .id = 0 };
		int ret = get_entry(ctx, module, tree, groups->path[i], &kmem);
		json_t *row;

		if (ret < 0)
			return -1;
		row = ret ? make_row(&kmem, groups->path[i])
			  : inherited_row(ctx, module, tree, groups->path[i]);
		mcg_kmem_free(&kmem);
		if (json_array_append_new(rows, row))
			return ctx->err.status == MCG_OK ? no_memory(ctx) : -1;
	}
	return 0;
}

struct table {
	struct mcg_module *module;
	struct mcg_tree tree;
	struct mcg_groups groups;
};

static int report(struct context *ctx, void *data)
{
	struct table *table = data;
	json_t *rows = json_array();
	int ret;

	/* That a group has no limit of its own was no error. */
	memset(&ctx->err, 0, sizeof(ctx->err));
	if (ctx->n_args)
		ret = group_rows(ctx, table->module, &table->tree, &table->groups, rows);
	else
		ret = list_rows(ctx, table->module, rows);
	if (!ret)
		ret = mcg_rows_write(&ctx->out, "kmem", columns, rows, &ctx->err);
	json_decref(rows);
	return ret;
}

static int expand(struct context *ctx, const struct mcg_tree *tree, const char **names, int n,
		  struct mcg_groups *groups)
{
	for (int i = 0; i < n; i++)
		if (mcg_group_expand(tree, names[i], groups, &ctx->err))
			return -1;
	return 0;
}

static int show_table(struct context *ctx)
{
	struct table table = { .module = NULL };
	int ret = -1;

	if (opt.mode)
		return usage_error(ctx, "--mode", "only with \"kmem limit\"");
	if (!isnan(opt.watch) && watch_check(ctx, "--watch", opt.watch))
		return -1;
	if (ctx->n_args && open_tree_v2(ctx, &table.tree))
		return -1;
	if (!expand(ctx, &table.tree, ctx->args, ctx->n_args, &table.groups)) {
		table.module = mcg_module_open(&ctx->err);
		if (table.module)
			ret = watch(ctx, opt.watch, report, &table);
	}
	mcg_module_close(table.module);
	mcg_groups_free(&table.groups);
	mcg_tree_close(&table.tree);
	return ret;
}

struct limit {
	uint64_t size;
	enum memcgctl_kmem_mode mode;
	struct mcg_groups groups;
	int *fd;
};

static int parse_limit(struct context *ctx, struct limit *limit)
{
	limit->mode = MEMCGCTL_KMEM_ENFORCE;
	if (ctx->n_args < 3)
		return usage_error(ctx, NULL, "kmem limit needs a group and a size");
	if (!isnan(opt.watch))
		return usage_error(ctx, "--watch", "not with \"kmem limit\"");
	if (mcg_size_parse(ctx->args[ctx->n_args - 1], 0, &limit->size, &ctx->err))
		return -1;
	if (opt.mode && mcg_kmem_mode_parse(opt.mode, &limit->mode))
		return usage_error(ctx, opt.mode, "no such mode");
	if (opt.mode && limit->size == MCG_SIZE_MAX)
		return usage_error(ctx, "--mode", "\"max\" takes a limit away, and has no mode");
	return 0;
}

/*
 * Opens memory.max of every group before the first limit is set: a name or a permission that fails
 * changes nothing.
 */
static int open_groups(struct context *ctx, const struct mcg_tree *tree, struct limit *limit)
{
	limit->fd = malloc(limit->groups.n * sizeof(*limit->fd));
	if (!limit->fd)
		return no_memory(ctx);
	for (size_t i = 0; i < limit->groups.n; i++)
		limit->fd[i] = -1;
	for (size_t i = 0; i < limit->groups.n; i++) {
		limit->fd[i] = limit_open(ctx, tree, limit->groups.path[i], O_WRONLY);
		if (limit->fd[i] < 0)
			return -1;
	}
	return 0;
}

/* What became of one group: a line for people, or a row. */
static int report_limit(struct context *ctx, struct mcg_module *module, const struct mcg_tree *tree,
			const char *path, struct mcg_kmem *kmem, json_t *rows)
{
	bool cleared = kmem->limit == MEMCGCTL_SIZE_MAX;
	json_t *row;

	if (ctx->out.format == MCG_HUMAN) {
		if (cleared && kernel_usage(ctx, tree, path, &kmem->usage))
			return -1;
		limit_write(&ctx->out, kmem, path);
		return 0;
	}
	row = cleared ? inherited_row(ctx, module, tree, path) : make_row(kmem, path);
	if (json_array_append_new(rows, row))
		return ctx->err.status == MCG_OK ? no_memory(ctx) : -1;
	return 0;
}

static int set_limits(struct context *ctx, struct mcg_module *module, const struct mcg_tree *tree,
		      const struct limit *limit)
{
	json_t *rows = json_array();
	int ret = 0;

	for (size_t i = 0; i < limit->groups.n && !ret; i++) {
		const char *path = limit->groups.path[i];
		struct mcg_kmem kmem;

		ret = mcg_kmem_set(module, limit->fd[i], limit->size, limit->mode, &kmem, &ctx->err);
		if (ret) {
			mcg_subject(&ctx->err, path);
			if (i)
				ctx->err.status = MCG_PARTLY;
			break;
		}
		ret = report_limit(ctx, module, tree, path, &kmem, rows);
		mcg_kmem_free(&kmem);
	}
	if (ctx->out.format != MCG_HUMAN && json_array_size(rows) &&
	    mcg_rows_write(&ctx->out, "kmem", columns, rows, &ctx->err))
		ret = -1;
	json_decref(rows);
	return ret;
}

static int set_limit(struct context *ctx)
{
	struct mcg_module *module = NULL;
	struct limit limit = { .fd = NULL };
	struct mcg_tree tree;
	int ret = -1;

	if (parse_limit(ctx, &limit) || open_tree_v2(ctx, &tree))
		return -1;
	if (!expand(ctx, &tree, ctx->args + 1, ctx->n_args - 2, &limit.groups) &&
	    !open_groups(ctx, &tree, &limit)) {
		module = mcg_module_open(&ctx->err);
		if (module)
			ret = set_limits(ctx, module, &tree, &limit);
	}
	for (size_t i = 0; limit.fd && i < limit.groups.n; i++)
		if (limit.fd[i] >= 0)
			close(limit.fd[i]);
	free(limit.fd);
	mcg_module_close(module);
	mcg_groups_free(&limit.groups);
	mcg_tree_close(&tree);
	return ret;
}

static const struct mcg_column event_columns[] = {
	{ "event", "EVENT", MCG_TEXT, "-" }, { "group", "GROUP", MCG_TEXT, "-" },
	{ "id", NULL, MCG_COUNT, "-" },	     { "count", "COUNT", MCG_COUNT, "-" },
	{ "usage", "USAGE", MCG_SIZE, "-" }, { "limit", "LIMIT", MCG_SIZE, "max" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static int write_event(struct context *ctx, const struct mcg_event *event)
{
	const char *name = event ? mcg_event_name(event->kind) : "lost";
	json_t *row, *rows;
	int ret;

	/* A newer module may know more kinds. */
	if (!name)
		return 0;
	if (event)
		row = json_pack("{s:s, s:o, s:I, s:I, s:I, s:o}", "event", name, "group",
				mcg_text_json(event->path), "id", (json_int_t)event->id, "count",
				(json_int_t)event->count, "usage", (json_int_t)event->usage,
				"limit", mcg_size_json(event->limit));
	else
		row = json_pack("{s:s}", "event", name);
	if (ctx->out.format == MCG_JSON)
		return mcg_json_write(&ctx->out, row, &ctx->err);
	rows = json_pack("[o]", row);
	ret = mcg_table_write(&ctx->out, event_columns, rows, &ctx->err);
	ctx->out.header = false;
	json_decref(rows);
	return ret;
}

static int follow_events(struct context *ctx)
{
	struct mcg_module *module;
	int ret = 0;

	if (ctx->n_args || opt.mode || !isnan(opt.watch))
		return usage_error(ctx, "--events", "takes no argument and no other option");
	module = mcg_module_open(&ctx->err);
	if (!module)
		return -1;
	ret = mcg_event_listen(module, &ctx->err);
	catch_signals();
	ctx->out.compact = true;
	/*
	 * People read the lines as they come; no width is known in advance, so there is no header
	 * either.
	 */
	ctx->out.header = ctx->out.format == MCG_CSV;
	while (!ret && !interrupted) {
		struct mcg_event event;

		ret = mcg_event_wait(module, &event, &ctx->err);
		if (ret > 0) {
			ret = write_event(ctx, &event);
			mcg_event_free(&event);
		} else if (ret < 0 && ctx->err.errnum == ENOBUFS) {
			ret = write_event(ctx, NULL);
		}
	}
	mcg_module_close(module);
	return ret;
}

static int run_kmem(struct context *ctx)
{
	if (opt.events)
		return follow_events(ctx);
	if (ctx->n_args && !strcmp(ctx->args[0], "limit"))
		return set_limit(ctx);
	return show_table(ctx);
}

static const struct command command_kmem = {
	.name = "kmem",
	.summary = "show or limit the kernel memory of groups",
	.usage = "[--watch SEC] [GROUP...]\n"
		 "limit [--mode observe|shrink|enforce] GROUP... SIZE|max\n"
		 "--events",
	.options = options,
	.words = "limit",
	.args = (const char[]){ ARG_GROUP, '\0' },
	.flags = COMMAND_NEEDS_MODULE,
	.run = run_kmem,
};
COMMAND(kmem);
