// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_dump.h"

#include <errno.h>

#include "attribution_decode.h"
#include "genl.h"
#include "memcgctl.h"
#include "procfs.h"

/* Never called: such a dump does not change under who reads it. */
static void restart(void *data)
{
	(void)data;
}

int mcg_attribution_dump(struct mcg_module *module, const struct mcg_tree *tree,
			 struct mcg_attribution **out, struct mcg_error *err)
{
	struct attribution_build build;
	struct attribution_decoder decoder;
	int ret = -1;

	if (!build_begin(&build, tree, err) && !procfs_processes(&build)) {
		build.result->backend = "module";
		if (decode_begin(&decoder, &build))
			mcg_fail_errno(err, errno, NULL, "cannot read the module's answer");
		else
			ret = mcg_genl_dump(module, MEMCGCTL_CMD_ATTRIBUTION, decode_message,
					    restart, &decoder, err);
		decode_end(&decoder);
	}
	return build_end(&build, ret, out);
}
