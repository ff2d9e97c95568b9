// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution.h"

#include <stdlib.h>

#include "attribution_dump.h"
#include "memcgctl.h"
#include "procfs.h"

void mcg_attribution_free(struct mcg_attribution *attribution)
{
	if (!attribution)
		return;
	for (size_t i = 0; i < attribution->nr_groups; i++)
		free(attribution->groups[i].path);
	for (size_t i = 0; i < attribution->nr_files; i++) {
		free(attribution->files[i].name);
		free(attribution->files[i].owners);
		free(attribution->files[i].mappers);
	}
	free(attribution->groups);
	free(attribution->files);
	free(attribution->cells);
	free(attribution);
}

const char *mcg_attr_group_name(const struct mcg_attribution *attribution, uint32_t group)
{
	if (group == MCG_GROUP_NONE)
		return "(nobody)";
	if (group == MCG_GROUP_UNREAD)
		return "(unknown)";
	return attribution->groups[group].path ? attribution->groups[group].path : "(outside)";
}

bool mcg_attr_is_within(const struct mcg_attribution *found, uint32_t group, uint32_t top)
{
	for (; group < found->nr_groups; group = found->groups[group].parent) {
		if (group == top)
			return true;
	}
	return false;
}

int mcg_attribution_find(const struct mcg_tree *tree, const struct mcg_attr_query *query,
			 bool procfs, struct mcg_attribution **out, struct mcg_error *err)
{
	struct mcg_error none = { .status = MCG_OK };
	struct mcg_module *module = NULL;
	int ret = -1;

	if (!(query->one_file && query->fd < 0) && !query->pid && !procfs && tree->version == 2)
		module = mcg_module_open(&none);
	if (module)
		ret = mcg_attribution_dump(module, tree, query, out, &none);
	mcg_module_close(module);
	return ret ? procfs_attribution(tree, query, out, err) : 0;
}
