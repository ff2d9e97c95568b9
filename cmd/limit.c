// SPDX-License-Identifier: GPL-2.0-only
#include "limit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "text.h"

int limit_open(struct context *ctx, const struct mcg_tree *tree, const char *path, int flags)
{
	int fd = mcg_group_open(tree, path, "memory.max", flags, &ctx->err);

	if (fd >= 0 || ctx->err.errnum != ENOENT)
		return fd;
	if (!strcmp(path, "/"))
		return mcg_fail(&ctx->err, MCG_FAILED, path, "the root group is never limited");
	mcg_fail(&ctx->err, MCG_FAILED, path, "the memory controller is off in this group");
	return mcg_hint(&ctx->err, "write +memory to cgroup.subtree_control of its parent");
}

void limit_write(const struct mcg_output *out, const struct mcg_kmem *kmem, const char *path)
{
	char usage[MCG_SIZE_TEXT], size[MCG_SIZE_TEXT], *name = mcg_text_escape(path, NULL);

	mcg_size_format(kmem->usage, out->bytes, usage);
	mcg_size_format(kmem->limit, out->bytes, size);
	if (kmem->limit == MEMCGCTL_SIZE_MAX)
		fprintf(out->file, "%s: no kmem limit, usage %s\n", name, usage);
	else
		fprintf(out->file, "%s: kmem limit %s (%s), usage %s\n", name, size,
			mcg_kmem_mode_name(kmem->mode), usage);
	if (kmem->usage > kmem->limit) {
		mcg_size_format(kmem->usage - kmem->limit, out->bytes, size);
		fprintf(out->file, "%s: %s above the limit could not be freed\n", name, size);
	}
	free(name);
}
