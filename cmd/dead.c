// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl dead: groups that were removed and are still there. */
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "dead_private.h"
#include "size.h"
#include "text.h"

static struct {
	const char *why;
	const char *to;
	int dry_run;
} opt;

static const struct poptOption options[] = {
	{ "why", '\0', POPT_ARG_STRING, &opt.why, 0,
	  "of one dead group: what keeps it, file by file, and what would free it", "ID" },
	{ "to", '\0', POPT_ARG_STRING, &opt.to, 0,
	  "drain: the group that pays from now on (default: the nearest living one above)", "GROUP" },
	{ "dry-run", '\0', POPT_ARG_NONE, &opt.dry_run, 0, "drain: move nothing, say what would be",
	  NULL },
	POPT_TABLEEND,
};

static const struct mcg_column columns[] = {
	{ "id", "ID", MCG_COUNT, NULL },	 { "path", "PATH", MCG_TEXT, "?" },
	{ "charged", "CHARGED", MCG_SIZE, "-" }, { "anon", "ANON", MCG_SIZE, "-" },
	{ "file", "FILE", MCG_SIZE, "-" },	 { "shmem", "SHMEM", MCG_SIZE, "-" },
	{ "swap", "SWAP", MCG_SIZE, "-" },	 { "sockets", "SOCKETS", MCG_SIZE, "-" },
	{ "living", NULL, MCG_TEXT, "-" },	 { "memory_controller", NULL, MCG_COUNT, NULL },
	{ "kept_by", "KEPT-BY", MCG_TEXT, "-" }, { NULL, NULL, MCG_TEXT, NULL },
};

int dead_id(struct context *ctx, const char *text, uint64_t *id)
{
	const char *number = strncmp(text, "id:", 3) ? text : text + 3;

	if (mcg_number_parse(number, UINT64_MAX, id) || !*id)
		return usage_error(ctx, text, "not the id of a group");
	return 0;
}

const char *dead_name(const struct mcg_dead *dead)
{
	return dead->path ? dead->path : "?";
}

const struct mcg_dead *dead_find(const struct mcg_dead_list *list, uint64_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].id == id)
			return &list->entry[i];
	return NULL;
}

json_t *dead_keepers(const struct mcg_dead *dead)
{
	const struct {
		const char *name;
		uint64_t amount;
	} keepers[] = {
		{ "memory", mcg_dead_charged(dead) }, { "swap", dead->swap },
		{ "sockets", dead->sockets },	      { "groups", dead->groups },
		{ "references", dead->references },
	};
	json_t *words = json_array();

	for (size_t i = 0; i < sizeof(keepers) / sizeof(*keepers); i++)
		if (keepers[i].amount)
			json_array_append_new(words, json_string(keepers[i].name));
	for (size_t i = 0; i < dead->n_controllers; i++)
		json_array_append_new(words, mcg_text_json(dead->controller[i]));
	return words;
}

static json_t *row_of(const struct mcg_dead *dead)
{
	return json_pack("{s:I, s:o, s:o, s:i, s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "id", (json_int_t)dead->id, "path", mcg_text_json(dead->path), "living",
			 mcg_text_json(dead->living_path), "memory_controller", dead->memory, "off",
			 dead->off, "kept_by", dead_keepers(dead), "charged",
			 (json_int_t)mcg_dead_charged(dead), "anon", (json_int_t)dead->anon, "file",
			 (json_int_t)dead->file, "shmem", (json_int_t)dead->shmem, "swap",
			 (json_int_t)dead->swap, "sockets", (json_int_t)dead->sockets, "groups",
			 (json_int_t)dead->groups, "references", (json_int_t)dead->references);
}

/* Most memory first, and of as much by path. */
static int by_charge(const void *a, const void *b)
{
	const struct mcg_dead *left = a, *right = b;
	uint64_t one = mcg_dead_charged(left) + left->swap;
	uint64_t other = mcg_dead_charged(right) + right->swap;

	if (one != other)
		return one < other ? 1 : -1;
	return strcmp(dead_name(left), dead_name(right));
}

static int list(struct context *ctx, struct mcg_module *module)
{
	struct mcg_dead_list found;
	struct mcg_tree tree;
	json_t *rows;
	int ret;

	/* On v1 the module has nothing to tell. */
	if (open_tree_v2(ctx, &tree))
		return -1;
	mcg_tree_close(&tree);
	rows = json_array();
	ret = mcg_dead_list(module, &found, &ctx->err);
	if (!ret) {
		if (found.n)
			qsort(found.entry, found.n, sizeof(*found.entry), by_charge);
		for (size_t i = 0; i < found.n; i++)
			json_array_append_new(rows, row_of(&found.entry[i]));
		ret = mcg_rows_write(&ctx->out, "dead", columns, rows, &ctx->err);
		mcg_dead_list_free(&found);
	}
	json_decref(rows);
	return ret;
}

/* Before the module is asked: what the arguments ask for. */
static int check(struct context *ctx)
{
	bool drain = ctx->n_args && !strcmp(ctx->args[0], "drain");

	if (ctx->n_args && !drain)
		return usage_error(ctx, ctx->args[0], "not a thing to do with dead groups");
	if (ctx->n_args > 2)
		return usage_error(ctx, ctx->args[2], "give the id of one group, or all");
	if (drain && opt.why)
		return usage_error(ctx, "--why", "says what keeps a group, and drains none");
	if (!drain && (opt.to || opt.dry_run))
		return usage_error(ctx, opt.to ? "--to" : "--dry-run", "is for drain");
	return 0;
}

static int run(struct context *ctx)
{
	struct mcg_module *module;
	uint64_t id;
	int ret;

	if (check(ctx) || (opt.why && dead_id(ctx, opt.why, &id)))
		return -1;
	if (ctx->n_args == 2 && strcmp(ctx->args[1], "all") && dead_id(ctx, ctx->args[1], &id))
		return -1;
	module = mcg_module_open(&ctx->err);
	if (!module)
		return -1;
	if (opt.why)
		ret = dead_why(ctx, module, opt.why);
	else if (ctx->n_args)
		ret = dead_drain(ctx, module, ctx->n_args == 2 ? ctx->args[1] : "all", opt.to,
				 opt.dry_run);
	else
		ret = list(ctx, module);
	mcg_module_close(module);
	return ret;
}

static const struct command command_dead = {
	.name = "dead",
	.summary = "groups that were removed and still hold memory, and draining them",
	.usage = "[--why ID | drain [--to GROUP] [--dry-run] [ID|all]]",
	.options = options,
	.words = "drain",
	.flags = COMMAND_NEEDS_MODULE,
	.run = run,
};

COMMAND(dead);
