// SPDX-License-Identifier: GPL-2.0-only
#include "binding.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "common.h"
#include "size.h"
#include "text.h"

/* Work that takes longer says how far it is, this often. */
#define PROGRESS_SECONDS 1

static const struct mcg_column columns[] = {
	{ "id", "ID", MCG_COUNT, "-" },
	{ "kind", NULL, MCG_TEXT, "-" },
	{ "object", "OBJECT", MCG_TEXT, "-" },
	{ "name", NULL, MCG_TEXT, "" },
	{ "pid", NULL, MCG_COUNT, "" },
	{ "dev", NULL, MCG_TEXT, "" },
	{ "ino", NULL, MCG_COUNT, "" },
	{ "start", NULL, MCG_COUNT, "" },
	{ "end", NULL, MCG_COUNT, "max" },
	{ "targets", "TARGETS", MCG_TEXT, "-" },
	{ "redirected", "REDIRECTED", MCG_SIZE, "-" },
	{ "present", "PRESENT", MCG_SIZE, "-" },
	{ "fell_back", "FELL-BACK", MCG_SIZE, "-" },
	{ "on_death", "ON-DEATH", MCG_TEXT, "-" },
	{ "on_full", "ON-FULL", MCG_TEXT, "-" },
	{ "follow", "FOLLOW", MCG_TEXT, "-" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static int no_memory(struct context *ctx)
{
	return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot write the result");
}

/* Takes a string over. */
static json_t *text_json(char *text)
{
	json_t *json = mcg_text_json(text);

	free(text);
	return json;
}

/* What is bound, in one cell: as it is named on the command line. */
static char *object_text(const struct mcg_binding *binding)
{
	const char *name = binding->name ? binding->name : "?";
	char *text;
	int n;

	if (binding->kind == MEMCGCTL_BIND_MOUNT)
		n = asprintf(&text, "mount %s", name);
	else if (binding->kind == MEMCGCTL_BIND_RANGE)
		n = asprintf(&text, "process %" PRIu32 " (%s) %" PRIx64 "-%" PRIx64, binding->pid,
			     name, binding->start, binding->end);
	else if (binding->end != MEMCGCTL_SIZE_MAX)
		n = asprintf(&text, "%s:%" PRIu64 "+%" PRIu64, name, binding->start,
			     binding->end - binding->start);
	else if (binding->start)
		n = asprintf(&text, "%s:%" PRIu64 "+max", name, binding->start);
	else
		n = asprintf(&text, "%s", name);
	return n < 0 ? NULL : text;
}

/* A group that is gone is none; one out of sight is a question. */
static const char *target_path(const struct mcg_binding_target *target)
{
	if (target->path)
		return target->path;
	return target->id ? "?" : "-";
}

/* GROUP=WEIGHT for a table; for programs the parts of it. */
static json_t *target_json(const struct mcg_binding_target *target, size_t n, bool parts)
{
	char *text;

	if (parts)
		return json_pack("{s:o, s:o, s:I}", "group", mcg_text_json(target->path), "id",
				 target->id ? json_integer(target->id) : json_null(), "weight",
				 (json_int_t)target->weight);
	if (n == 1)
		return mcg_text_json(target_path(target));
	if (asprintf(&text, "%s=%" PRIu32, target_path(target), target->weight) < 0)
		return NULL;
	return text_json(text);
}

static json_t *targets_json(const struct mcg_binding *binding, bool parts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < binding->n_targets; i++)
		json_array_append_new(array,
				      target_json(&binding->target[i], binding->n_targets, parts));
	return array;
}

static json_t *device_json(uint64_t dev)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ":%" PRIu64, dev >> 20, dev & 0xfffff);
	return json_string(text);
}

/* @present: bytes; %MEMCGCTL_SIZE_MAX when nobody can tell */
static json_t *make_row(const struct mcg_binding *binding, uint64_t present, bool parts)
{
	bool range = binding->kind == MEMCGCTL_BIND_RANGE;
	bool file = binding->kind == MEMCGCTL_BIND_FILE;
	const char *on_death = binding->on_death == MEMCGCTL_ON_DEATH_GROUP
				       ? target_path(&binding->heir)
				       : mcg_on_death_name(binding->on_death);

	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:I, s:o, "
			 "s:s, s:o}",
			 "id", (json_int_t)binding->id, "kind", mcg_bind_kind_name(binding->kind),
			 "object", text_json(object_text(binding)), "name",
			 mcg_text_json(binding->name), "pid",
			 range && binding->pid ? json_integer(binding->pid) : json_null(), "dev",
			 range ? json_null() : device_json(binding->dev), "ino",
			 file ? json_integer(binding->ino) : json_null(), "start",
			 file || range ? json_integer(binding->start) : json_null(), "end",
			 file || range ? mcg_size_json(binding->end) : json_null(), "targets",
			 targets_json(binding, parts), "redirected",
			 (json_int_t)binding->redirected, "present", mcg_size_json(present),
			 "fell_back", (json_int_t)binding->fell_back, "on_death",
			 mcg_text_json(on_death), "on_full", mcg_on_full_name(binding->on_full),
			 "follow", mcg_text_json(binding->follow));
}

/* Return: 1 with what is present of the object, 0 when the binding has gone meanwhile, -1 on error. */
static int count_present(struct context *ctx, struct mcg_module *module, uint32_t id,
			 uint64_t *present)
{
	struct mcg_receipt receipt = { .present = 0 };
	struct mcg_claim claim = MCG_CLAIM_INIT;
	int ret;

	claim.bind_id = id;
	claim.flags = MEMCGCTL_CLAIM_DRY_RUN;
	do
		ret = mcg_claim_step(module, &claim, &receipt, &ctx->err);
	while (ret > 0);
	*present = receipt.present;
	if (!ret)
		return 1;
	if (ctx->err.errnum == ENOENT || ctx->err.errnum == ESRCH)
		return 0;
	/* A kernel on which nothing can be claimed may have bindings; and a target may be about to make room for its heir. */
	*present = MEMCGCTL_SIZE_MAX;
	return ctx->err.errnum == EOPNOTSUPP || ctx->err.errnum == ENODEV ? 1 : -1;
}

int binding_list_write(struct context *ctx, struct mcg_module *module)
{
	bool parts = ctx->out.format == MCG_JSON;
	struct mcg_binding_list list;
	json_t *rows = json_array();
	uint64_t present;
	int ret;

	ret = mcg_bind_list(module, &list, &ctx->err);
	for (size_t i = 0; !ret && i < list.n; i++) {
		int there = count_present(ctx, module, list.entry[i].id, &present);

		if (there < 0)
			ret = -1;
		else if (there &&
			 json_array_append_new(rows, make_row(&list.entry[i], present, parts)))
			ret = no_memory(ctx);
	}
	if (!ret) {
		memset(&ctx->err, 0, sizeof(ctx->err));
		ret = mcg_rows_write(&ctx->out, "bindings", columns, rows, &ctx->err);
	}
	mcg_bind_list_free(&list);
	json_decref(rows);
	return ret;
}

static void say_progress(const struct mcg_receipt *receipt)
{
	char moved[MCG_SIZE_TEXT], seen[MCG_SIZE_TEXT];

	fprintf(stderr, "memcgctl: bind: moved %s of %s seen%s",
		mcg_size_format(receipt->moved, 0, moved), mcg_size_format(receipt->present, 0, seen),
		isatty(STDERR_FILENO) ? "\033[K\r" : "\n");
}

int binding_claim(struct context *ctx, struct mcg_module *module, uint32_t id,
		  struct binding_claim *claim)
{
	/* Errors are JSON on stderr then, and nothing else may be there. */
	bool quiet = ctx->out.format == MCG_JSON, said = false;
	time_t next = time(NULL) + PROGRESS_SECONDS + 1;
	struct mcg_claim step = MCG_CLAIM_INIT;
	int ret = 1;

	step.bind_id = id;
	memset(claim, 0, sizeof(*claim));
	while (ret > 0 && !interrupted) {
		ret = mcg_claim_step(module, &step, &claim->receipt, &ctx->err);
		if (ret > 0 && !quiet && time(NULL) >= next) {
			say_progress(&claim->receipt);
			said = true;
			next = time(NULL) + PROGRESS_SECONDS;
		}
	}
	if (said && isatty(STDERR_FILENO))
		fputs("\033[K", stderr);
	claim->complete = !ret;
	return ret < 0 ? -1 : 0;
}

bool binding_claim_incomplete(const struct binding_claim *claim)
{
	return mcg_receipt_incomplete(&claim->receipt);
}

static json_t *skipped_json(const struct mcg_receipt *receipt)
{
	json_t *skipped = json_object();

	/* All reasons, so that a program finds the same members each time. */
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		json_object_set_new(skipped, mcg_skip_name(i), json_integer(receipt->skipped[i]));
	return skipped;
}

static void write_human(struct context *ctx, uint32_t id, const struct mcg_receipt *receipt)
{
	char moved[MCG_SIZE_TEXT], size[MCG_SIZE_TEXT];

	fprintf(ctx->out.file, "%" PRIu32 "\n", id);
	if (!receipt)
		return;
	fprintf(ctx->out.file, "moved %s of %s present\n",
		mcg_size_format(receipt->moved, ctx->out.bytes, moved),
		mcg_size_format(receipt->present, ctx->out.bytes, size));
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (receipt->skipped[i])
			fprintf(ctx->out.file, "skipped %s: %s\n",
				mcg_size_format(receipt->skipped[i], ctx->out.bytes, size),
				i == MEMCGCTL_SKIP_TARGET ? "target (its own already)"
							  : mcg_skip_name(i));
}

int binding_made_write(struct context *ctx, uint32_t id, const struct binding_claim *claim)
{
	static const struct mcg_column made_columns[] = {
		{ "id", "ID", MCG_COUNT, NULL },
		{ "present", "PRESENT", MCG_SIZE, "" },
		{ "moved", "MOVED", MCG_SIZE, "" },
		{ NULL, NULL, MCG_TEXT, NULL },
	};
	const struct mcg_receipt *receipt = claim ? &claim->receipt : NULL;
	json_t *made, *rows;
	int ret = 0;

	if (ctx->out.format == MCG_HUMAN) {
		write_human(ctx, id, receipt);
		return 0;
	}
	made = json_pack("{s:I}", "id", (json_int_t)id);
	if (receipt)
		json_object_update_new(made, json_pack("{s:b, s:I, s:I, s:o}", "complete",
						       claim->complete, "present",
						       (json_int_t)receipt->present, "moved",
						       (json_int_t)receipt->moved, "skipped",
						       skipped_json(receipt)));
	if (ctx->out.format == MCG_JSON)
		return mcg_json_write(&ctx->out, json_pack("{s:o}", "binding", made), &ctx->err);
	rows = json_pack("[o]", made);
	ret = mcg_table_write(&ctx->out, made_columns, rows, &ctx->err);
	json_decref(rows);
	return ret;
}
