// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl unbind: end a binding. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "memcgctl.h"
#include "size.h"

/* Return: 1 when it ended, 0 when it was gone already, -1 on error. */
static int end_one(struct context *ctx, struct mcg_module *module, uint32_t id, json_t *ended)
{
	char subject[16];

	if (!mcg_unbind(module, id, &ctx->err)) {
		json_array_append_new(ended, json_integer(id));
		return 1;
	}
	if (ctx->err.errnum == ENOENT)
		return 0;
	snprintf(subject, sizeof(subject), "%" PRIu32, id);
	return mcg_subject(&ctx->err, subject);
}

static int end_all(struct context *ctx, struct mcg_module *module, json_t *ended)
{
	struct mcg_binding_list list;
	int ret = 0;

	if (mcg_bind_list(module, &list, &ctx->err))
		return -1;
	for (size_t i = 0; ret >= 0 && i < list.n; i++)
		ret = end_one(ctx, module, list.entry[i].id, ended);
	mcg_bind_list_free(&list);
	if (ret < 0) {
		if (json_array_size(ended))
			ctx->err.status = MCG_PARTLY;
		return -1;
	}
	memset(&ctx->err, 0, sizeof(ctx->err));
	return 0;
}

static int write_ended(struct context *ctx, json_t *ended)
{
	static const struct mcg_column columns[] = {
		{ "id", "ENDED", MCG_COUNT, NULL },
		{ NULL, NULL, MCG_TEXT, NULL },
	};
	json_t *rows = json_array();
	int ret = 0;

	for (size_t i = 0; i < json_array_size(ended); i++)
		json_array_append_new(rows, json_pack("{s:O}", "id", json_array_get(ended, i)));
	/* Nothing to say about nothing; a program wants to hear it. */
	if (json_array_size(rows) || ctx->out.format != MCG_HUMAN)
		ret = mcg_rows_write(&ctx->out, "unbound", columns, rows, &ctx->err);
	json_decref(rows);
	return ret;
}

static int run_unbind(struct context *ctx)
{
	struct mcg_module *module;
	uint64_t id = 0;
	json_t *ended;
	int ret;

	if (ctx->n_args != 1)
		return usage_error(ctx, ctx->n_args ? ctx->args[1] : NULL,
				   "give the id of one binding, or all");
	if (strcmp(ctx->args[0], "all") && (mcg_number_parse(ctx->args[0], UINT32_MAX, &id) || !id))
		return usage_error(ctx, ctx->args[0], "not the id of a binding");
	module = mcg_module_open(&ctx->err);
	if (!module)
		return -1;
	ended = json_array();
	if (!id)
		ret = end_all(ctx, module, ended);
	else if (!(ret = end_one(ctx, module, id, ended)))
		ret = mcg_fail(&ctx->err, MCG_NOT_FOUND, ctx->args[0], "no such binding");
	else if (ret > 0)
		ret = 0;
	if ((json_array_size(ended) || !ret) && write_ended(ctx, ended))
		ret = -1;
	json_decref(ended);
	mcg_module_close(module);
	return ret;
}

static const struct command command_unbind = {
	.name = "unbind",
	.summary = "end a binding; what it has charged stays where it is",
	.usage = "ID|all",
	.words = "all",
	.flags = COMMAND_NEEDS_MODULE,
	.run = run_unbind,
};
COMMAND(unbind);
