// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: what is charged to each group, live. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "size.h"
#include "text.h"
#include "top_private.h"

#define INTERVAL 2.0
/* Deeper than the kernel lets groups be. */
#define DEPTH_MAX 1000000

static struct {
	long iterations;
	double delay;
	const char *order;
	long depth;
} opt = { .delay = INTERVAL, .depth = DEPTH_MAX };

static const struct poptOption options[] = {
	{ "iterations", 'n', POPT_ARG_LONG, &opt.iterations, 0,
	  "end after N reports (default 1 where the output is no terminal)", "N" },
	{ "delay", 'd', POPT_ARG_DOUBLE, &opt.delay, 0, "seconds between two reports (default 2)",
	  "SEC" },
	{ "order", '\0', POPT_ARG_STRING, &opt.order, 0, "sort by this (default charged)",
	  "charged|anon|file|kernel|swap|limit|rate|path" },
	{ "depth", '\0', POPT_ARG_LONG, &opt.depth, 0, "leave out groups below this depth", "N" },
	POPT_TABLEEND,
};

static const struct mcg_column human_columns[] = {
	{ "group", "GROUP", MCG_TEXT, NULL }, { "charged", "CHARGED", MCG_SIZE, "-" },
	{ "change", "RATE", MCG_TEXT, "-" },  { "anon", "ANON", MCG_SIZE, "-" },
	{ "file", "FILE", MCG_SIZE, "-" },    { "kernel", "KERNEL", MCG_SIZE, "-" },
	{ "swap", "SWAP", MCG_SIZE, "-" },    { "limit", "LIMIT", MCG_TEXT, "-" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static const struct mcg_column columns[] = {
	{ "group", "GROUP", MCG_TEXT, NULL },	{ "id", "ID", MCG_COUNT, "" },
	{ "charged", "CHARGED", MCG_SIZE, "" }, { "rate", "RATE", MCG_COUNT, "" },
	{ "anon", "ANON", MCG_SIZE, "" },	{ "file", "FILE", MCG_SIZE, "" },
	{ "kernel", "KERNEL", MCG_SIZE, "" },	{ "swap", "SWAP", MCG_SIZE, "" },
	{ "limit", "LIMIT", MCG_SIZE, "" },	{ NULL, NULL, MCG_TEXT, NULL },
};

double top_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

void top_say(struct top *top, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(top->message, sizeof(top->message), fmt, ap);
	va_end(ap);
}

static int no_memory(struct context *ctx)
{
	return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot write the result");
}

static json_t *figure_json(const struct mcg_sample *group, enum mcg_figure figure)
{
	uint64_t value = group->figure[figure];

	return value == MCG_FIGURE_UNKNOWN ? json_null() : mcg_size_json(value);
}

/* For people "no limit" and "unknown" are two words; for programs a limit that is not there is null. */
static json_t *limit_json(struct context *ctx, const struct mcg_sample *group)
{
	char text[MCG_SIZE_TEXT];

	if (ctx->out.format != MCG_HUMAN || group->figure[MCG_FIGURE_LIMIT] == MCG_FIGURE_UNKNOWN)
		return figure_json(group, MCG_FIGURE_LIMIT);
	return json_string(mcg_size_format(group->figure[MCG_FIGURE_LIMIT], ctx->out.bytes, text));
}

static json_int_t whole(double rate)
{
	return rate < 0 ? -(json_int_t)(0.5 - rate) : (json_int_t)(rate + 0.5);
}

static json_t *make_row(struct context *ctx, const struct mcg_sample *group)
{
	char text[MCG_SIZE_TEXT];
	json_t *row = json_pack(
		"{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "group", mcg_text_json(group->path),
		"id", (json_int_t)group->id, "charged", figure_json(group, MCG_FIGURE_CHARGED),
		"rate", isnan(group->rate) ? json_null() : json_integer(whole(group->rate)), "anon",
		figure_json(group, MCG_FIGURE_ANON), "file", figure_json(group, MCG_FIGURE_FILE),
		"kernel", figure_json(group, MCG_FIGURE_KERNEL), "swap",
		figure_json(group, MCG_FIGURE_SWAP), "limit", limit_json(ctx, group));

	if (row && ctx->out.format == MCG_HUMAN)
		json_object_set_new(row, "change",
				    json_string(top_rate_format(group->rate, ctx->out.bytes, text)));
	return row;
}

/* All groups, once; no terminal, so nobody scrolls. */
static int write_plain(struct top *top)
{
	struct context *ctx = top->ctx;
	struct top_list *list = &top->list[TOP_GROUPS];
	json_t *rows = json_array();
	int ret = 0;

	for (size_t i = 0; i < list->n && !ret; i++) {
		mcg_sample_detail(top->sampler, list->row[i].group);
		ret = json_array_append_new(rows, make_row(ctx, list->row[i].group));
	}
	if (ret)
		no_memory(ctx);
	else
		ret = mcg_rows_write(&ctx->out, "groups",
				     ctx->out.format == MCG_HUMAN ? human_columns : columns, rows,
				     &ctx->err);
	json_decref(rows);
	return ret;
}

int top_rows_build(struct top *top)
{
	return top_groups_build(top) || top_files_build(top) ? -1 : 0;
}

int top_refresh(struct top *top)
{
	if (mcg_sampler_read(top->sampler, &top->ctx->err))
		return -1;
	return top_rows_build(top) ? no_memory(top->ctx) : 0;
}

static int run_plain(struct top *top)
{
	struct context *ctx = top->ctx;
	struct timespec pause = { .tv_sec = opt.delay };

	pause.tv_nsec = (opt.delay - pause.tv_sec) * 1e9;
	top->flat = true;
	catch_signals();
	if (ctx->out.format == MCG_HUMAN)
		ctx->out.header = false;
	ctx->out.compact = opt.iterations > 1;
	for (long i = 0; i < (opt.iterations ? opt.iterations : 1) && !interrupted; i++) {
		if (i) {
			nanosleep(&pause, NULL);
			if (interrupted)
				break;
			/* An empty line parts two reports; CSV needs none. */
			if (ctx->out.format == MCG_HUMAN)
				fputc('\n', ctx->out.file);
			else
				ctx->out.header = false;
		}
		if (top_refresh(top) || write_plain(top))
			return -1;
		if (fflush(ctx->out.file))
			return mcg_fail_errno(&ctx->err, errno, NULL, "cannot write the result");
	}
	return 0;
}

static int check_options(struct context *ctx, struct top *top)
{
	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "no argument is expected");
	if (opt.iterations < 0)
		return usage_error(ctx, "--iterations", "not a number from 1 on");
	if (opt.depth < 0)
		return usage_error(ctx, "--depth", "not a number from 0 on");
	if (watch_check(ctx, "--delay", opt.delay))
		return -1;
	if (opt.order && top_sort_find(opt.order, &top->sort))
		return usage_error(ctx, opt.order, "nothing to sort by");
	top->depth = opt.depth < DEPTH_MAX ? opt.depth : DEPTH_MAX;
	top->interval = opt.delay;
	top->left = opt.iterations ? opt.iterations : -1;
	top->raw = ctx->out.bytes;
	return 0;
}

static void release(struct top *top)
{
	mcg_sampler_close(top->sampler);
	mcg_attribution_free(top->found);
	free(top->subject);
	free(top->file_name);
	for (int i = 0; i <= TOP_FILE; i++)
		free(top->list[i].row);
	mcg_tree_close(&top->tree);
}

static int run_top(struct context *ctx)
{
	struct top top = { .ctx = ctx };
	bool live = ctx->out.format == MCG_HUMAN && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
	int ret = -1;

	if (check_options(ctx, &top) || mcg_tree_open(&top.tree, &ctx->err))
		return -1;
	top.sampler = mcg_sampler_open(&top.tree, 0, &ctx->err);
	if (top.sampler && live)
		ret = top_refresh(&top) ? -1 : top_live(&top);
	else if (top.sampler)
		ret = run_plain(&top);
	release(&top);
	return ret;
}

static const struct command command_top = {
	.name = "top",
	.summary = "watch what is charged to each group, and change who pays",
	.usage = "[-n N] [-d SEC] [--order FIGURE] [--depth N]",
	.options = options,
	.run = run_top,
};
COMMAND(top);
