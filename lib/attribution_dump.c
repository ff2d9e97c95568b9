// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_dump.h"

#include <errno.h>

#include "attribution_decode.h"
#include "attribution_places.h"
#include "genl.h"
#include "memcgctl.h"

/* Never called: such a dump does not change under who reads it. */
static void restart(void *data)
{
	(void)data;
}

struct reading {
	struct attribution_decoder decoder;
	const struct mcg_attr_query *query;
};

static void ask(struct nlmsghdr *request, void *data)
{
	const struct mcg_attr_query *query = ((const struct reading *)data)->query;

	if (query->owner)
		mnl_attr_put_u64(request, MEMCGCTL_ATTRIBUTION_OWNER, query->owner);
	if (query->subtree)
		mnl_attr_put_u64(request, MEMCGCTL_ATTRIBUTION_SUBTREE, query->subtree);
	if (query->one_file)
		mnl_attr_put_u32(request, MEMCGCTL_ATTRIBUTION_FD, query->fd);
	if (query->min_size)
		mnl_attr_put_u64(request, MEMCGCTL_ATTRIBUTION_MIN_SIZE, query->min_size);
}

static int on_message(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;

	return decode_message(message, &reading->decoder);
}

int mcg_attribution_dump(struct mcg_module *module, const struct mcg_tree *tree,
			 const struct mcg_attr_query *query, struct mcg_attribution **out,
			 struct mcg_error *err)
{
	struct attribution_build build;
	struct reading reading = { .query = query };
	int ret = -1;

	if (!build_begin(&build, tree, err)) {
		build.result->backend = "module";
		if (decode_begin(&reading.decoder, &build))
			mcg_fail_errno(err, errno, NULL, "cannot read the module's answer");
		else
			ret = mcg_genl_dump(module, MEMCGCTL_CMD_ATTRIBUTION, ask, on_message,
					    restart, &reading, err);
		decode_end(&reading.decoder);
	}
	if (!ret && (query->owner || query->one_file))
		ret = places_find(build.result, tree->proc, err);
	return build_end(&build, ret, out);
}
