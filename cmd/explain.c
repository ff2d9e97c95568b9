// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl explain: why a group is charged with what it is, and what would change that. */
#include <stdlib.h>

#include "attribution.h"
#include "common.h"
#include "explanation.h"
#include "gaps.h"
#include "procfs.h"
#include "text.h"

static struct {
	int procfs;
} opt;

static const struct poptOption options[] = {
	{ "procfs", '\0', POPT_ARG_NONE, &opt.procfs, 0,
	  "ask /proc even where the module is loaded", NULL },
	POPT_TABLEEND,
};

static const struct mcg_column columns[] = {
	{ "figure", "FIGURE", MCG_TEXT, NULL },
	{ "bytes", "BYTES", MCG_SIZE, "" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

/* By their names in JSON and CSV. */
static const char *const figure_names[EXPLAIN_FIGURES] = {
	[EXPLAIN_CHARGED] = "charged",	 [EXPLAIN_OWN] = "own",
	[EXPLAIN_LENT] = "lent",	 [EXPLAIN_FOREIGN] = "foreign",
	[EXPLAIN_UNMAPPED] = "unmapped", [EXPLAIN_KERNEL] = "kernel",
	[EXPLAIN_SOCKETS] = "sockets",	 [EXPLAIN_BORROWED] = "borrowed",
	[EXPLAIN_SWAP] = "swap",	 [EXPLAIN_ORPHANED] = "orphaned",
};

static json_t *size_or_null(uint64_t size)
{
	return size == MCG_EXPLAIN_UNKNOWN ? json_null() : mcg_size_json(size);
}

static json_t *limits_json(const struct mcg_explanation *explanation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < explanation->n_limits; i++)
		json_array_append_new(list, json_pack("{s:o, s:s, s:I, s:I}", "group",
						      mcg_text_json(explanation->limit[i].path),
						      "what", explanation->limit[i].what, "limit",
						      (json_int_t)explanation->limit[i].limit, "usage",
						      (json_int_t)explanation->limit[i].usage));
	return list;
}

static json_t *advices_json(const struct mcg_attribution *found,
			    const struct mcg_explanation *explanation)
{
	json_t *list = json_array();

	for (size_t i = 0; i < explanation->n_advices; i++) {
		char *command = explanation_command(found, &explanation->advice[i]);

		json_array_append_new(list, json_pack("{s:o, s:I}", "command",
						      mcg_text_json(command), "change",
						      (json_int_t)explanation->advice[i].change));
		free(command);
	}
	return list;
}

/* For programs: every figure by its name. */
static int write_figures(struct context *ctx, const struct mcg_attribution *found,
			 const struct mcg_explanation *explanation)
{
	uint64_t figure[EXPLAIN_FIGURES];
	json_t *rows = json_array(), *figures = json_object();
	int ret;

	explanation_figures(found, explanation, figure);
	for (int i = 0; i < EXPLAIN_FIGURES; i++) {
		json_object_set_new(figures, figure_names[i], size_or_null(figure[i]));
		json_array_append_new(rows, json_pack("{s:s, s:o}", "figure", figure_names[i],
						      "bytes", size_or_null(figure[i])));
	}
	if (ctx->out.format == MCG_JSON)
		ret = mcg_json_write(
			&ctx->out,
			json_pack("{s:s, s:o, s:o, s:O, s:o, s:o}", "backend", found->backend,
				  "incomplete", gaps_json(&found->gaps), "group",
				  mcg_text_json(found->groups[explanation->group].path), "figures",
				  figures, "limits", limits_json(explanation), "advice",
				  advices_json(found, explanation)),
			&ctx->err);
	else
		ret = mcg_table_write(&ctx->out, columns, rows, &ctx->err);
	json_decref(rows);
	json_decref(figures);
	return ret;
}

static int write_result(struct context *ctx, const struct mcg_attribution *found,
			const struct mcg_explanation *explanation)
{
	int ret = 0;

	if (ctx->out.format == MCG_HUMAN)
		explanation_write(&ctx->out, found, explanation);
	else
		ret = write_figures(ctx, found, explanation);
	if (ctx->out.format != MCG_JSON)
		print_gaps("explain", &found->gaps);
	return ret;
}

static int run(struct context *ctx)
{
	const struct mcg_attr_query query = { .one_file = false };
	struct mcg_explanation explanation = { .n_limits = 0 };
	struct mcg_attribution *found = NULL;
	struct mcg_tree tree;
	char *path = NULL;
	int ret = -1;

	if (ctx->n_args != 1)
		return usage_error(ctx, NULL, "give one group");
	if (open_tree_v2(ctx, &tree))
		return -1;
	if (!mcg_group_resolve(&tree, ctx->args[0], &path, &ctx->err) &&
	    !mcg_attribution_find(&tree, &query, opt.procfs, &found, &ctx->err) &&
	    !mcg_explain(&tree, path, found, &explanation, &ctx->err)) {
		if (!opt.procfs)
			mcg_explain_orphans(&tree, path, &explanation);
		ret = write_result(ctx, found, &explanation);
	}
	mcg_explanation_free(&explanation);
	mcg_attribution_free(found);
	mcg_tree_close(&tree);
	free(path);
	return ret;
}

static const struct command command_explain = {
	.name = "explain",
	.summary = "why a group is charged with what it is, and what would change that",
	.usage = "[--procfs] GROUP",
	.options = options,
	.args = "g",
	.run = run,
};

COMMAND(explain);
