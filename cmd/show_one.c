// SPDX-License-Identifier: GPL-2.0-only
/* show FILE, show pid:N: who pays for one file or process, and who maps it. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "procfs.h"
#include "show_private.h"
#include "size.h"

int pid_argument(struct context *ctx, const char *arg, struct selection *selection)
{
	uint64_t pid;

	if (strncmp(arg, "pid:", 4))
		return 0;
	if (mcg_number_parse(arg + 4, INT_MAX, &pid) || !pid)
		return usage_error(ctx, arg, "not a process id");
	selection->pid = pid;
	selection->path = arg;
	selection->all = true;
	return 1;
}

/* Opened so that the module can be asked, if that is permitted. */
int ask_one(struct context *ctx, const struct mcg_tree *tree, const struct selection *selection,
	    struct mcg_attr_query *query)
{
	query->pid = selection->pid;
	if (selection->pid)
		return 0;
	if (procfs_identify(tree, selection->path, query, &ctx->err))
		return -1;
	query->fd = open(selection->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return 0;
}

/* Of a process, the one that stands for all of its pages. */
static const struct mcg_attr_file *one_of(const struct mcg_attribution *found,
					  const struct mcg_attr_query *query)
{
	/* The module has told of no other. */
	if (query->pid || !strcmp(found->backend, "module"))
		return found->nr_files ? &found->files[0] : NULL;
	for (size_t i = 0; i < found->nr_files; i++) {
		if (found->files[i].ino == query->ino &&
		    found->files[i].dev_major == query->dev_major &&
		    found->files[i].dev_minor == query->dev_minor)
			return &found->files[i];
	}
	return NULL;
}

static int nothing_there(struct context *ctx, const struct mcg_attribution *found,
			 const struct selection *selection)
{
	if (selection->pid || !strcmp(found->backend, "module"))
		return mcg_fail(&ctx->err, MCG_FAILED, selection->path, "nothing of it is in memory");
	mcg_fail(&ctx->err, MCG_FAILED, selection->path, "no process that can be read maps it");
	return mcg_hint(&ctx->err, "/proc does not tell who pays for pages that nobody maps");
}

int show_one(struct context *ctx, const struct mcg_attribution *found,
	     const struct selection *selection, const struct mcg_attr_query *query)
{
	const struct mcg_attr_file *one = one_of(found, query);
	json_t *more = NULL;

	if (!one || !one->present)
		return nothing_there(ctx, found, selection);
	if (ctx->out.format == MCG_JSON)
		more = selection->pid ? files_json(ctx, found, selection) : file_row(ctx, found, one);
	return show_write(ctx, found, "groups", part_columns, file_parts(found, one),
			  selection->pid ? "files" : "file", more);
}
