// SPDX-License-Identifier: GPL-2.0-only
/*
 * attribution [subtree GROUP | file FILE | min BYTES]: asks the module with that filter, and prints "files N", and of each
 * cell of the matrix "cell OWNER MAPPER BYTES". What a command leaves out of its output by itself is there.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution_dump.h"
#include "memcgctl.h"

int main(int argc, char **argv)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_attr_query query = { .fd = -1 };
	struct mcg_attribution *found;
	struct mcg_module *module;
	struct mcg_tree tree;

	module = mcg_module_open(&error);
	if (!module || mcg_tree_open(&tree, &error))
		errx(1, "%s", error.message);
	if (argc == 3 && !strcmp(argv[1], "subtree")) {
		if (mcg_group_id(&tree, argv[2], &query.subtree, &error))
			errx(1, "%s", error.message);
	} else if (argc == 3 && !strcmp(argv[1], "file")) {
		query.one_file = true;
		query.fd = open(argv[2], O_RDONLY);
	} else if (argc == 3 && !strcmp(argv[1], "min")) {
		query.min_size = strtoull(argv[2], NULL, 0);
	} else if (argc > 1) {
		errx(2, "usage: attribution [subtree GROUP | file FILE | min BYTES]");
	}
	if (mcg_attribution_dump(module, &tree, &query, &found, &error))
		errx(1, "%s", error.message);
	printf("files %zu\n", found->nr_files);
	for (size_t i = 0; i < found->nr_cells; i++)
		printf("cell %s %s %" PRIu64 "\n", mcg_attr_group_name(found, found->cells[i].owner),
		       mcg_attr_group_name(found, found->cells[i].mapper), found->cells[i].bytes);
	mcg_attribution_free(found);
	mcg_tree_close(&tree);
	mcg_module_close(module);
	return 0;
}
