// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl status: is the module there, and what works on this kernel. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "command.h"
#include "group.h"
#include "memcgctl.h"
#include "text.h"

/* All that is reported; what is not known stays NULL or 0. */
struct report {
	struct utsname kernel;
	struct mcg_tree tree;
	struct mcg_health health;
	bool loaded;
};

static const struct mcg_column columns[] = {
	{ "kind", "KIND", MCG_TEXT, "" },   { "name", "NAME", MCG_TEXT, "" },
	{ "state", "STATE", MCG_TEXT, "" }, { "detail", "DETAIL", MCG_TEXT, "" },
	{ NULL, NULL, MCG_TEXT, NULL },
};

static json_t *cgroup_json(const struct mcg_tree *tree)
{
	if (!tree->mount)
		return json_null();
	return json_pack("{s:o, s:i}", "mount", mcg_text_json(tree->mount), "version", tree->version);
}

static int write_json(struct context *ctx, const struct report *report)
{
	const struct mcg_health *health = &report->health;
	json_t *features = json_array(), *hooks = json_array();

	for (size_t i = 0; i < health->n_features; i++)
		json_array_append_new(features,
				      json_pack("{s:o, s:b, s:o}", "name",
						mcg_text_json(health->feature[i].name), "available",
						!health->feature[i].reason, "reason",
						mcg_text_json(health->feature[i].reason)));
	for (size_t i = 0; i < health->n_hooks; i++)
		json_array_append_new(hooks, json_pack("{s:o, s:b}", "name",
						       mcg_text_json(health->hook[i].name), "live",
						       health->hook[i].live));
	return mcg_json_write(&ctx->out,
			      json_pack("{s:{s:s, s:o, s:{s:b, s:o, s:i}, s:o, s:o, s:I}}",
					"status", "kernel", report->kernel.release, "cgroup",
					cgroup_json(&report->tree), "module", "loaded",
					report->loaded, "version", mcg_text_json(health->version),
					"protocol", MEMCGCTL_GENL_VERSION, "features", features,
					"hooks", hooks, "groups", (json_int_t)health->groups),
			      &ctx->err);
}

static void add(json_t *rows, const char *kind, const char *name, const char *state,
		const char *detail)
{
	json_array_append_new(rows, json_pack("{s:s, s:o, s:s, s:o}", "kind", kind, "name",
					      mcg_text_json(name), "state", state, "detail",
					      mcg_text_json(detail)));
}

static int write_table(struct context *ctx, const struct report *report)
{
	const struct mcg_health *health = &report->health;
	json_t *rows = json_array();
	char groups[32];
	int ret;

	add(rows, "kernel", "linux", report->kernel.release, NULL);
	add(rows, "cgroup", "memory",
	    !report->tree.mount		? "missing"
	    : report->tree.version == 2 ? "v2"
					: "v1",
	    report->tree.mount);
	add(rows, "module", "memcgctl", report->loaded ? "loaded" : "missing", health->version);
	for (size_t i = 0; i < health->n_features; i++)
		add(rows, "feature", health->feature[i].name,
		    health->feature[i].reason ? "unavailable" : "available",
		    health->feature[i].reason);
	for (size_t i = 0; i < health->n_hooks; i++)
		add(rows, "hook", health->hook[i].name, health->hook[i].live ? "live" : "idle", NULL);
	if (report->loaded) {
		snprintf(groups, sizeof(groups), "%" PRIu32, health->groups);
		add(rows, "groups", "with a policy", groups,
		    health->groups ? "their limits end when the module is unloaded" : NULL);
	}
	ret = mcg_table_write(&ctx->out, columns, rows, &ctx->err);
	json_decref(rows);
	return ret;
}

static int run_status(struct context *ctx)
{
	struct mcg_error no_tree, no_module = { .status = MCG_OK };
	struct report report = { .loaded = false };
	struct mcg_module *module;
	int ret;

	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "no argument expected");
	uname(&report.kernel);
	/* Neither a missing hierarchy nor a missing module keeps the rest from being told. */
	if (mcg_tree_open(&report.tree, &no_tree))
		memset(&report.tree, 0, sizeof(report.tree));
	module = mcg_module_open(&no_module);
	if (module && !mcg_health_get(module, &report.health, &no_module))
		report.loaded = true;
	mcg_module_close(module);
	ret = ctx->out.format == MCG_JSON ? write_json(ctx, &report) : write_table(ctx, &report);
	if (!ret && !report.loaded) {
		ctx->err = no_module;
		ret = -1;
	}
	mcg_health_free(&report.health);
	mcg_tree_close(&report.tree);
	return ret;
}

static const struct command command_status = {
	.name = "status",
	.summary = "show whether the module is loaded, and what works on this kernel",
	.usage = "",
	.run = run_status,
};
COMMAND(status);
