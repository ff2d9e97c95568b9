// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mappers.h"

#include <stdlib.h>
#include <string.h>

#include "procfs.h"

static bool is_meant(const struct mcg_mapped *mapped, const struct mcg_attr_file *file)
{
	if (mapped->device)
		return file->dev_major == mapped->dev_major && file->dev_minor == mapped->dev_minor;
	for (size_t i = 0; i < mapped->n_files; i++)
		if (file->ino == mapped->file[i].ino && file->dev_major == mapped->file[i].dev_major &&
		    file->dev_minor == mapped->file[i].dev_minor)
			return true;
	return false;
}

/* Makes *@common the common ancestor of what it was (NULL for nothing yet) and of @path. */
static int join(char **common, const char *path, struct mcg_error *err)
{
	char *joined = *common ? mcg_group_common(*common, path) : strdup(path);

	if (!joined)
		return mcg_fail(err, MCG_FAILED, NULL, "out of memory");
	free(*common);
	*common = joined;
	return 0;
}

static int join_file(const struct mcg_attribution *seen, const struct mcg_attr_file *file,
		     char **common, struct mcg_error *err)
{
	for (size_t i = 0; i < file->nr_mappers; i++) {
		const char *path = seen->groups[file->mappers[i].group].path;

		if (!path)
			return mcg_fail(err, MCG_FAILED, "common",
					"a group that cannot be seen from here maps it");
		if (join(common, path, err))
			return -1;
	}
	return 0;
}

static int join_all(const struct mcg_attribution *seen, const struct mcg_mapped *mapped,
		    char **common, struct mcg_error *err)
{
	if (seen->gaps.processes || seen->gaps.hidden) {
		mcg_fail(err, MCG_NOT_PERMITTED, "common", "some processes may not be looked at");
		return mcg_hint(err, "name the group");
	}
	if (mapped->group && join(common, mapped->group, err))
		return -1;
	for (size_t i = 0; i < seen->nr_files; i++)
		if (is_meant(mapped, &seen->files[i]) && join_file(seen, &seen->files[i], common, err))
			return -1;
	if (!*common)
		return mcg_fail(err, MCG_FAILED, "common", "no process maps any of it");
	if (!strcmp(*common, "/"))
		return mcg_fail(err, MCG_FAILED, "common",
				"the nearest common ancestor of all that map it is the root group, /");
	return 0;
}

int mcg_mappers_common(const struct mcg_tree *tree, const struct mcg_mapped *mapped, char **path,
		       struct mcg_error *err)
{
	struct mcg_attr_query query = { .one_file = mapped->n_files == 1 && !mapped->device };
	struct mcg_attribution *seen;
	char *common = NULL;
	int ret;

	if (query.one_file) {
		query.dev_major = mapped->file[0].dev_major;
		query.dev_minor = mapped->file[0].dev_minor;
		query.ino = mapped->file[0].ino;
	}
	if (procfs_attribution(tree, &query, &seen, err))
		return -1;
	ret = join_all(seen, mapped, &common, err);
	mcg_attribution_free(seen);
	if (ret)
		free(common);
	else
		*path = common;
	return ret;
}
