// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl dead drain: dead groups let go of what can be claimed. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "dead_private.h"
#include "object.h"
#include "text.h"

/* A group that nothing keeps any more is gone a little later. */
#define WAITS 20
#define WAIT_NS 50000000

static const struct mcg_column columns[] = {
	{ "id", "ID", MCG_COUNT, NULL },	 { "path", "PATH", MCG_TEXT, "?" },
	{ "to", "TO", MCG_TEXT, "-" },		 { "moved", "MOVED", MCG_SIZE, "-" },
	{ "swap_moved", "SWAP", MCG_SIZE, "-" }, { "gone", NULL, MCG_TEXT, NULL },
	{ "left", "LEFT", MCG_TEXT, "-" },	 { "error", "ERROR", MCG_TEXT, "" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

/**
 * struct drained - one group, and what came of it
 * @error: why nothing, or not all, could be claimed; empty when there was no error
 */
struct drained {
	const struct mcg_dead *dead;
	char *to;
	struct mcg_receipt receipt;
	char error[sizeof(((struct mcg_error *)0)->message)];
};

struct drain {
	struct context *ctx;
	struct mcg_module *module;
	struct mcg_tree tree;
	const char *to;
	bool dry_run;
	struct drained *group;
	size_t n;
};

/* Nothing is charged to the root, so there must be one below it. */
static int target_of(struct drain *drain, const struct mcg_dead *dead, struct target *target)
{
	struct mcg_error *err = &drain->ctx->err;
	char id[32];

	if (drain->to)
		return open_target(drain->ctx, &drain->tree, drain->to, target);
	if (!dead->living_path) {
		snprintf(id, sizeof(id), "id:%" PRIu64, dead->living_id);
		return open_target(drain->ctx, &drain->tree, id, target);
	}
	if (!strcmp(dead->living_path, "/"))
		return mcg_fail(
			err, MCG_FAILED, NULL,
			"only the root is left above it, to which nothing is charged: give --to");
	target->path = strdup(dead->living_path);
	if (!target->path)
		return mcg_fail(err, MCG_FAILED, NULL, "out of memory");
	return open_target_path(drain->ctx, &drain->tree, target);
}

/* Return: 0, or -1. */
static int claim_all(struct drain *drain, struct drained *group, const struct target *target)
{
	struct mcg_error *err = &drain->ctx->err;
	struct mcg_claim claim = MCG_CLAIM_INIT;
	int ret;

	claim.from_id = group->dead->id;
	claim.target = target->fd;
	claim.ancestor = target->ancestor;
	if (drain->dry_run)
		claim.flags = MEMCGCTL_CLAIM_DRY_RUN;
	do
		ret = mcg_claim_step(drain->module, &claim, &group->receipt, err);
	while (ret > 0 && !interrupted);
	/* One that went meanwhile needs no draining. */
	return ret < 0 && err->errnum != ENOENT ? -1 : 0;
}

/* An error is about this group, and the others go on. */
static void drain_group(struct drain *drain, struct drained *group)
{
	struct mcg_error *err = &drain->ctx->err;
	struct target target = NO_TARGET;
	int ret;

	ret = target_of(drain, group->dead, &target);
	if (!ret) {
		group->to = strdup(target.path);
		ret = claim_all(drain, group, &target);
	}
	if (ret)
		snprintf(group->error, sizeof(group->error), "%s", err->message);
	memset(err, 0, sizeof(*err));
	close_target(&target);
}

/* A mistake in it is no trouble of a single group. */
static int check_target(struct drain *drain)
{
	struct target target = NO_TARGET;
	int ret = drain->to ? open_target(drain->ctx, &drain->tree, drain->to, &target) : 0;

	close_target(&target);
	return ret;
}

/* Whether a claim can do something for it. */
static bool has_something(const struct mcg_dead *dead)
{
	return mcg_dead_charged(dead) || dead->swap || dead->references;
}

static int choose(struct drain *drain, const struct mcg_dead_list *list, const char *which)
{
	uint64_t id = 0;

	if (strcmp(which, "all")) {
		if (dead_id(drain->ctx, which, &id))
			return -1;
		if (!dead_find(list, id))
			return mcg_fail(&drain->ctx->err, MCG_NOT_FOUND, which,
					"no dead group has that id");
	}
	drain->group = calloc(list->n + 1, sizeof(*drain->group));
	if (!drain->group)
		return mcg_fail(&drain->ctx->err, MCG_FAILED, NULL, "out of memory");
	/* Those below keep those above. */
	for (size_t i = list->n; i-- > 0;) {
		const struct mcg_dead *dead = &list->entry[i];

		if (id ? dead->id == id : dead->memory && has_something(dead))
			drain->group[drain->n++].dead = dead;
	}
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct mcg_dead *one = a, *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/* What is left of a group, in a list by id; there may be many of both. */
static const struct mcg_dead *left_of(const struct drained *group, const struct mcg_dead_list *after)
{
	return after->n ? bsearch(group->dead, after->entry, after->n, sizeof(*after->entry), by_id)
			: NULL;
}

/* Those that nothing keeps go soon. */
static bool all_settled(const struct drain *drain, const struct mcg_dead_list *after)
{
	for (size_t i = 0; i < drain->n; i++) {
		const struct mcg_dead *left = left_of(&drain->group[i], after);

		if (left && !drain->group[i].error[0] && !mcg_dead_is_kept(left))
			return false;
	}
	return true;
}

static int look_again(struct drain *drain, struct mcg_dead_list *after)
{
	const struct timespec wait = { .tv_nsec = WAIT_NS };

	for (int i = 0;; i++) {
		if (mcg_dead_list(drain->module, after, &drain->ctx->err))
			return -1;
		if (after->n)
			qsort(after->entry, after->n, sizeof(*after->entry), by_id);
		if (drain->dry_run || i == WAITS || all_settled(drain, after))
			return 0;
		mcg_dead_list_free(after);
		nanosleep(&wait, NULL);
	}
}

static json_t *row_of(const struct drained *group, const struct mcg_dead *after, bool dry_run)
{
	json_t *left = after ? dead_keepers(after) : json_array();

	if (after && !json_array_size(left) && !dry_run)
		json_array_append_new(left, json_string("unknown"));
	return json_pack("{s:I, s:o, s:o, s:I, s:I, s:b, s:o, s:o}", "id",
			 (json_int_t)group->dead->id, "path", mcg_text_json(group->dead->path),
			 "to", mcg_text_json(group->to), "moved", (json_int_t)group->receipt.moved,
			 "swap_moved", (json_int_t)group->receipt.swap_moved, "gone", !after, "left",
			 left, "error", group->error[0] ? mcg_text_json(group->error) : json_null());
}

static int write_drained(struct drain *drain, const struct mcg_dead_list *after)
{
	json_t *rows = json_array();
	bool partly = false;
	int ret;

	for (size_t i = 0; i < drain->n; i++) {
		const struct mcg_dead *left = left_of(&drain->group[i], after);

		json_array_append_new(rows, row_of(&drain->group[i], left, drain->dry_run));
		partly |= drain->group[i].error[0] || (left && !drain->dry_run);
	}
	ret = mcg_rows_write(&drain->ctx->out, "drained", columns, rows, &drain->ctx->err);
	json_decref(rows);
	/* The rows say what is left. */
	if (!ret && (partly || interrupted)) {
		drain->ctx->err.status = MCG_PARTLY;
		ret = -1;
	}
	return ret;
}

int dead_drain(struct context *ctx, struct mcg_module *module, const char *which, const char *to,
	       bool dry_run)
{
	struct drain drain = { .ctx = ctx, .module = module, .to = to, .dry_run = dry_run };
	struct mcg_dead_list before = { .n = 0 }, after = { .n = 0 };
	int ret = -1;

	if (open_tree_v2(ctx, &drain.tree))
		return -1;
	catch_signals();
	if (!check_target(&drain) && !mcg_dead_list(module, &before, &ctx->err) &&
	    !choose(&drain, &before, which)) {
		for (size_t i = 0; i < drain.n && !interrupted; i++)
			drain_group(&drain, &drain.group[i]);
		if (!look_again(&drain, &after))
			ret = write_drained(&drain, &after);
	}
	for (size_t i = 0; i < drain.n; i++)
		free(drain.group[i].to);
	free(drain.group);
	mcg_dead_list_free(&before);
	mcg_dead_list_free(&after);
	mcg_tree_close(&drain.tree);
	return ret;
}
