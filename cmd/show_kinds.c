// SPDX-License-Identifier: GPL-2.0-only
/* show --kinds: what kinds of memory each group is charged with. */
#include <string.h>

#include "show_private.h"
#include "size.h"

const char *const kind_names[] = {
	[MCG_KIND_ANON] = "anon", [MCG_KIND_SHMEM] = "shmem",
	[MCG_KIND_FILE] = "file", [MCG_KIND_KERNEL] = "kernel",
	[MCG_KIND_SOCK] = "sock", [MCG_KIND_SWAP] = "swap",
	[MCG_KINDS] = "orphaned", NULL,
};

void kinds_begin(struct kinds *kinds, const struct mcg_tree *tree, const struct mcg_attribution *found)
{
	struct mcg_error none = { .status = MCG_OK };
	const char *path = NULL;

	*kinds = (struct kinds){ .tree = tree };
	for (size_t i = 0; i < found->nr_groups && !path; i++)
		if (found->groups[i].path && strcmp(found->groups[i].path, "/"))
			path = found->groups[i].path;
	if (path)
		kinds->has_orphans = !mcg_orphans_list(tree, path, &kinds->orphans, &none);
}

int kinds_add(const struct kinds *kinds, const char *path, json_t *row)
{
	uint64_t figure[MCG_KINDS + 1];

	for (int i = 0; i <= MCG_KINDS; i++)
		figure[i] = MCG_KIND_UNKNOWN;
	if (path)
		mcg_kinds_read(kinds->tree, path, figure);
	/* The root is no group that memory is orphaned in: all use it. */
	if (path && strcmp(path, "/") && kinds->has_orphans)
		figure[MCG_KINDS] = mcg_orphans_within(&kinds->orphans, path);
	for (int i = 0; i <= MCG_KINDS; i++)
		if (json_object_set_new(row, kind_names[i],
					figure[i] == MCG_KIND_UNKNOWN ? json_null()
								      : mcg_size_json(figure[i])))
			return -1;
	return 0;
}

void kinds_end(struct kinds *kinds)
{
	mcg_orphans_free(&kinds->orphans);
}
