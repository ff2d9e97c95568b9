// SPDX-License-Identifier: GPL-2.0-only
/* show --matrix: which group pays for what which group maps. */
#include <stdlib.h>

#include "show_private.h"
#include "size.h"
#include "text.h"

const struct mcg_column matrix_columns[] = {
	{ "owner", "OWNER", MCG_TEXT, NULL },
	{ "mapper", "MAPPER", MCG_TEXT, NULL },
	{ "bytes", "BYTES", MCG_SIZE, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

/* For a program a group without a path is null, and a member of its own says why. */
static json_t *cell_row(struct context *ctx, const struct mcg_attribution *found,
			const struct mcg_attr_cell *cell)
{
	bool names = ctx->out.format != MCG_JSON;
	json_t *row = json_pack("{s:o, s:o, s:I}", "owner",
				names ? mcg_text_json(mcg_attr_group_name(found, cell->owner))
				      : group_json(found, cell->owner),
				"mapper",
				names ? mcg_text_json(mcg_attr_group_name(found, cell->mapper))
				      : group_json(found, cell->mapper),
				"bytes", (json_int_t)cell->bytes);

	if (row && !names) {
		add_state(row, "owner_state", found, cell->owner);
		if (cell->mapper == MCG_GROUP_NONE)
			json_object_set_new(row, "mapper_state", json_string("unmapped"));
		else
			add_state(row, "mapper_state", found, cell->mapper);
	}
	return row;
}

static bool cell_is_selected(const struct mcg_attribution *found, const struct mcg_attr_cell *cell,
			     const struct selection *selection)
{
	uint32_t nr = found->nr_groups;

	if (cell->bytes < selection->min)
		return false;
	if (!selection->all && (cell->owner == cell->mapper || cell->mapper == MCG_GROUP_NONE))
		return false;
	return !selection->groups.n ||
	       (cell->owner < nr && is_selected(selection, found->groups[cell->owner].path)) ||
	       (cell->mapper < nr && is_selected(selection, found->groups[cell->mapper].path));
}

json_t *matrix_json(struct context *ctx, const struct mcg_attribution *found,
		    const struct selection *selection)
{
	json_t *rows = json_array();

	for (size_t i = 0; rows && i < found->nr_cells; i++) {
		if (cell_is_selected(found, &found->cells[i], selection) &&
		    json_array_append_new(rows, cell_row(ctx, found, &found->cells[i]))) {
			json_decref(rows);
			return NULL;
		}
	}
	return rows;
}
