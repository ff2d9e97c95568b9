// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution.h"

#include <stdlib.h>

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
	free(attribution);
}
