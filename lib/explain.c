// SPDX-License-Identifier: LGPL-2.1-or-later
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "explain_internal.h"
#include "memcgctl.h"
#include "orphans.h"
#include "size.h"
#include "vec.h"

static int add_limit(struct mcg_explanation *out, const char *path, const char *what,
		     uint64_t limit, uint64_t usage)
{
	struct mcg_limit *new;

	if (limit == MCG_SIZE_MAX || limit == MCG_EXPLAIN_UNKNOWN || usage == MCG_EXPLAIN_UNKNOWN)
		return 0;
	if (!VEC_ROOM(out->limit, out->n_limits + 1, out->room_limits))
		return -1;
	new = &out->limit[out->n_limits];
	*new = (struct mcg_limit){ strdup(path), what, limit, usage };
	if (!new->path)
		return -1;
	out->n_limits++;
	return 0;
}

static uint64_t room(const struct mcg_limit *limit)
{
	return limit->limit > limit->usage ? limit->limit - limit->usage : 0;
}

static int less_room_first(const void *one, const void *other)
{
	uint64_t a = room(one), b = room(other);

	return (a > b) - (a < b);
}

/* kmem limits are the module's; without it there are none. */
static int find_kmem_limits(const struct mcg_attribution *found, struct mcg_explanation *out)
{
	struct mcg_error none = { .status = MCG_OK };
	struct mcg_module *module = mcg_module_open(&none);
	struct mcg_kmem_list list = { 0 };
	int ret = 0;

	if (module && mcg_kmem_list(module, &list, &none))
		list.n = 0;
	for (uint32_t g = out->group; g != MCG_GROUP_NONE; g = found->groups[g].parent) {
		for (size_t i = 0; i < list.n && !ret; i++) {
			if (list.entry[i].id == found->groups[g].id)
				ret = add_limit(out, found->groups[g].path, "kmem",
						list.entry[i].limit, list.entry[i].usage);
		}
	}
	mcg_kmem_list_free(&list);
	mcg_module_close(module);
	return ret;
}

static int find_limits(const struct mcg_tree *tree, const struct mcg_attribution *found,
		       struct mcg_explanation *out)
{
	static const char *const files[] = { "memory.max", "memory.high" };
	int ret = find_kmem_limits(found, out);

	for (uint32_t g = out->group; g != MCG_GROUP_NONE; g = found->groups[g].parent) {
		const char *path = found->groups[g].path;
		uint64_t usage = mcg_counter_read(tree, path, "memory.current");

		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !ret; i++)
			ret = add_limit(out, path, files[i], mcg_counter_read(tree, path, files[i]),
					usage);
	}
	if (out->n_limits)
		qsort(out->limit, out->n_limits, sizeof(*out->limit), less_room_first);
	return ret;
}

int mcg_explain(const struct mcg_tree *tree, const char *path, const struct mcg_attribution *found,
		struct mcg_explanation *out, struct mcg_error *err)
{
	const struct mcg_attr_group *group = NULL;

	*out = (struct mcg_explanation){ .unmapped = MCG_EXPLAIN_UNKNOWN,
					 .orphaned = MCG_EXPLAIN_UNKNOWN };
	for (size_t i = 0; i < found->nr_groups && !group; i++) {
		if (found->groups[i].path && !strcmp(found->groups[i].path, path))
			group = &found->groups[i];
	}
	if (!group)
		return mcg_fail(err, MCG_NOT_FOUND, path, "no such group");
	out->group = group - found->groups;
	out->charged = mcg_counter_read(tree, path, "memory.current");
	mcg_kinds_read(tree, path, out->kind);
	if (!found->gaps.no_frames && !found->gaps.no_owners &&
	    out->kind[MCG_KIND_ANON] != MCG_EXPLAIN_UNKNOWN &&
	    out->kind[MCG_KIND_FILE] != MCG_EXPLAIN_UNKNOWN) {
		uint64_t all = out->kind[MCG_KIND_ANON] + out->kind[MCG_KIND_FILE];
		uint64_t mapped = group->own + group->lent + group->foreign;

		out->unmapped = all > mapped ? all - mapped : 0;
	}
	if (find_limits(tree, found, out) || explain_advise(tree, found, out))
		return mcg_fail(err, MCG_FAILED, NULL, "out of memory");
	return 0;
}

void mcg_explanation_free(struct mcg_explanation *explanation)
{
	for (size_t i = 0; i < explanation->n_limits; i++)
		free(explanation->limit[i].path);
	free(explanation->limit);
	for (size_t i = 0; i < explanation->n_advices; i++)
		free(explanation->advice[i].way);
}

void mcg_explain_orphans(const struct mcg_tree *tree, const char *path,
			 struct mcg_explanation *explanation)
{
	struct mcg_error none = { .status = MCG_OK };
	struct mcg_orphans orphans;

	if (!mcg_orphans_list(tree, path, &orphans, &none))
		explanation->orphaned = mcg_orphans_within(&orphans, path);
	mcg_orphans_free(&orphans);
}
