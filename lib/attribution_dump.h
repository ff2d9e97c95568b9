/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The module's backend: attribution as the module finds it, page frame by page frame.
 */
#ifndef MCG_ATTRIBUTION_DUMP_H
#define MCG_ATTRIBUTION_DUMP_H

#include "attribution.h"
#include "error.h"
#include "group.h"

/**
 * mcg_attribution_dump() - ask the module who pays and who maps
 * @tree: the hierarchy of the memory controller, and /proc for the number of processes
 * @query: what is asked
 * @out: the result; to be freed with mcg_attribution_free(). Unlike from /proc, @present of a file is all that is in memory of it
 *
 * Return: 0, or -1 with @err set (%MCG_NOT_PERMITTED without CAP_SYS_ADMIN).
 */
int mcg_attribution_dump(struct mcg_module *module, const struct mcg_tree *tree,
			 const struct mcg_attr_query *query, struct mcg_attribution **out,
			 struct mcg_error *err);

#endif
