// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl exec: run a command in a group. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "group.h"
#include "place.h"

static int create;

static const struct poptOption options[] = {
	{ "create", '\0', POPT_ARG_NONE, &create, 0, "create the group when it does not exist", NULL },
	POPT_TABLEEND,
};

static int find_or_create(struct context *ctx, const struct mcg_tree *tree, char **path,
			  char **created)
{
	*created = NULL;
	if (!create || ctx->args[0][0] != '/')
		return mcg_group_resolve(tree, ctx->args[0], path, &ctx->err);
	if (mcg_group_path(tree, ctx->args[0], path, &ctx->err))
		return -1;
	return mcg_place_create(tree, *path, created, &ctx->err);
}

/* Returns only when it failed, with an error set. */
static int become(struct context *ctx)
{
	execvp(ctx->args[1], (char *const *)ctx->args + 1);
	if (errno == ENOENT)
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, ctx->args[1], "no such command");
	return mcg_fail_errno(&ctx->err, errno, ctx->args[1], "cannot run the command");
}

static int run_exec(struct context *ctx)
{
	char *path = NULL, *created = NULL, *home = NULL;
	struct mcg_error ignored;
	struct mcg_tree tree;

	if (ctx->n_args < 2)
		return usage_error(ctx, NULL, "exec needs a group and a command");
	if (mcg_tree_open(&tree, &ctx->err))
		return -1;
	/*
	 * Where to go back to when the command cannot be run; outside the namespace there is no way
	 * back.
	 */
	if (mcg_group_of_pid(&tree, 0, &home, &ignored))
		home = NULL;
	if (!find_or_create(ctx, &tree, &path, &created) && !mcg_place_enter(&tree, path, &ctx->err)) {
		become(ctx);
		if (home)
			mcg_place_enter(&tree, home, &ignored);
	}
	if (created)
		mcg_place_remove(&tree, path, created, &ignored);
	free(created);
	free(home);
	free(path);
	mcg_tree_close(&tree);
	return -1;
}

static const struct command command_exec = {
	.name = "exec",
	.summary = "run a command in a group",
	.usage = "[--create] GROUP -- COMMAND [ARG...]",
	.options = options,
	.args = (const char[]){ ARG_GROUP, ARG_PROGRAM, '\0' },
	.run = run_exec,
};
COMMAND(exec);
