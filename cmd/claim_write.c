// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl claim: the receipt. */
#include <stdlib.h>

#include "claim_private.h"
#include "receipt.h"
#include "size.h"
#include "text.h"

static int add_row(json_t *rows, const char *result, const char *reason, uint64_t bytes)
{
	return json_array_append_new(rows, json_pack("{s:s, s:s?, s:I}", "result", result, "reason",
						     reason, "bytes", (json_int_t)bytes));
}

static const char *pin_word(const struct mcg_pin *pin)
{
	return pin->name[0] ? pin->name : mcg_pin_name(pin->kind);
}

static int write_csv(struct context *ctx, const struct job *job, bool dry_run)
{
	static const struct mcg_column columns[] = {
		{ "result", "RESULT", MCG_TEXT, NULL },
		{ "reason", "REASON", MCG_TEXT, "" },
		{ "bytes", "BYTES", MCG_SIZE, NULL },
		{ NULL, NULL, MCG_TEXT, NULL },
	};
	const struct mcg_receipt *receipt = &job->receipt;
	json_t *rows = json_array();
	int ret;

	add_row(rows, "present", NULL, receipt->present);
	add_row(rows, "moved", NULL, receipt->moved);
	if (receipt->swap_moved)
		add_row(rows, "swap-moved", NULL, receipt->swap_moved);
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (receipt->skipped[i])
			add_row(rows, "skipped", mcg_skip_name(i), receipt->skipped[i]);
	for (unsigned int i = 0; i < receipt->n_pins; i++)
		add_row(rows, "stays", pin_word(&receipt->pin[i]), receipt->pin[i].amount);
	if (dry_run && receipt->room != MEMCGCTL_SIZE_MAX)
		add_row(rows, "room", NULL, receipt->room);
	ret = mcg_table_write(&ctx->out, columns, rows, &ctx->err);
	json_decref(rows);
	return ret;
}

static json_t *pins_json(const struct mcg_receipt *receipt)
{
	json_t *pins = json_array();

	for (unsigned int i = 0; i < receipt->n_pins; i++) {
		const struct mcg_pin *pin = &receipt->pin[i];

		json_array_append_new(pins, json_pack("{s:s, s:o, s:I}", "kind",
						      mcg_pin_name(pin->kind), "name",
						      mcg_text_json(pin->name[0] ? pin->name : NULL),
						      "amount", (json_int_t)pin->amount));
	}
	return pins;
}

static json_t *orphans_json(const struct job *job)
{
	json_t *orphans = json_array();

	for (size_t i = 0; i < job->orphans.n; i++) {
		const struct mcg_orphan *orphan = &job->orphans.orphan[i];

		json_array_append_new(orphans, json_pack("{s:o, s:o, s:I, s:I}", "name",
							 mcg_text_json(orphan->name), "owner",
							 mcg_text_json(orphan->path), "owner_id",
							 (json_int_t)orphan->owner, "size",
							 (json_int_t)orphan->size));
	}
	return orphans;
}

static int write_json(struct context *ctx, const struct job *job, bool dry_run)
{
	const struct mcg_receipt *receipt = &job->receipt;
	json_t *skipped = json_object(), *room = json_null();

	/* All reasons, so that a program finds the same members each time. */
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		json_object_set_new(skipped, mcg_skip_name(i), json_integer(receipt->skipped[i]));
	if (receipt->room != MEMCGCTL_SIZE_MAX)
		room = json_integer(receipt->room);
	return mcg_json_write(
		&ctx->out,
		json_pack("{s:{s:o, s:b, s:b, s:I, s:I, s:I, s:o, s:o, s:b, s:o, s:o}}", "claim",
			  "target", mcg_text_json(job->target.path), "complete", job->complete,
			  "dry_run", dry_run, "present", (json_int_t)receipt->present, "moved",
			  (json_int_t)receipt->moved, "swap_moved", (json_int_t)receipt->swap_moved,
			  "skipped", skipped, "room", room, "from_dead", receipt->from_dead,
			  "stays", pins_json(receipt), "orphans", orphans_json(job)),
		&ctx->err);
}

static void write_orphans(struct context *ctx, const struct job *job)
{
	for (size_t i = 0; i < job->orphans.n; i++) {
		const struct mcg_orphan *orphan = &job->orphans.orphan[i];
		char *name = mcg_text_escape(orphan->name, NULL);
		char *path = orphan->path ? mcg_text_escape(orphan->path, NULL) : NULL;
		char size[MCG_SIZE_TEXT];

		fprintf(ctx->out.file, "orphan: %s of %s, charged to ",
			mcg_size_format(orphan->size, ctx->out.bytes, size), name ? name : "?");
		if (orphan->path)
			fprintf(ctx->out.file, "%s\n", path ? path : "?");
		else
			fprintf(ctx->out.file, "id:%ju, which is gone\n", (uintmax_t)orphan->owner);
		free(name);
		free(path);
	}
}

static int write_human(struct context *ctx, const struct job *job, bool dry_run)
{
	write_orphans(ctx, job);
	receipt_write(&ctx->out, &job->receipt, job->target.path, dry_run);
	return 0;
}

/** claim_write() - write what was done, or would be. Return: 0, or -1 with the error set. */
int claim_write(struct context *ctx, const struct job *job, bool dry_run)
{
	if (ctx->out.format == MCG_JSON)
		return write_json(ctx, job, dry_run);
	if (ctx->out.format == MCG_CSV)
		return write_csv(ctx, job, dry_run);
	return write_human(ctx, job, dry_run);
}
