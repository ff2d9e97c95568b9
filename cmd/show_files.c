// SPDX-License-Identifier: GPL-2.0-only
/* show --files: who pays for files, and who maps them. */
#include <stdio.h>
#include <stdlib.h>

#include "show_private.h"
#include "size.h"
#include "text.h"

/* Owners and mappers of one file that are listed in a table for people. */
#define PARTS_SHOWN 3

const struct mcg_column file_columns[] = {
	{ "file", "FILE", MCG_TEXT, NULL },	  { "device", NULL, MCG_TEXT, NULL },
	{ "inode", NULL, MCG_COUNT, NULL },	  { "size", "SIZE", MCG_SIZE, "-" },
	{ "present", "PRESENT", MCG_SIZE, NULL }, { "shared", "SHARED", MCG_SIZE, NULL },
	{ "owners", "OWNERS", MCG_TEXT, NULL },	  { "mappers", "MAPPERS", MCG_TEXT, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

const struct mcg_column part_columns[] = {
	{ "group", "GROUP", MCG_TEXT, NULL },
	{ "charged", "CHARGED", MCG_SIZE, NULL },
	{ "mapped", "MAPPED", MCG_SIZE, NULL },
	{ NULL, NULL, MCG_TEXT, NULL },
};

/* "GROUP SIZE" as one string. */
static json_t *part_text(struct context *ctx, const struct mcg_attribution *found,
			 const struct mcg_attr_part *part)
{
	char size[MCG_SIZE_TEXT], *text;
	json_t *json;

	mcg_size_format(part->bytes, ctx->out.bytes || ctx->out.format == MCG_CSV, size);
	if (asprintf(&text, "%s %s", mcg_attr_group_name(found, part->group), size) < 0)
		return NULL;
	json = mcg_text_json(text);
	free(text);
	return json;
}

static json_t *part_object(const struct mcg_attribution *found, const struct mcg_attr_part *part)
{
	json_t *json = json_pack("{s:o, s:I}", "group", group_json(found, part->group), "bytes",
				 (json_int_t)part->bytes);

	if (json)
		add_state(json, "state", found, part->group);
	return json;
}

/* Objects in JSON, strings otherwise; on a terminal only so many as can be read at a glance. */
static json_t *parts_json(struct context *ctx, const struct mcg_attribution *found,
			  const struct mcg_attr_part *parts, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < count; i++) {
		json_t *item;

		if (ctx->out.format == MCG_JSON)
			item = part_object(found, &parts[i]);
		else if (ctx->out.format == MCG_CSV || i < PARTS_SHOWN || count == PARTS_SHOWN + 1)
			item = part_text(ctx, found, &parts[i]);
		else
			item = json_sprintf("+%zu more", count - i);
		if (json_array_append_new(list, item)) {
			json_decref(list);
			return NULL;
		}
		if (ctx->out.format == MCG_HUMAN && i == PARTS_SHOWN && count > PARTS_SHOWN + 1)
			break;
	}
	return list;
}

json_t *file_row(struct context *ctx, const struct mcg_attribution *found,
		 const struct mcg_attr_file *file)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:I, s:I, s:I, s:o, s:o}", "file",
			 mcg_text_json(file->name), "device",
			 json_sprintf("%u:%u", file->dev_major, file->dev_minor), "inode",
			 (json_int_t)file->ino, "size",
			 file->has_size ? mcg_size_json(file->size) : json_null(), "present",
			 (json_int_t)file->present, "shared", (json_int_t)file->shared, "foreign",
			 (json_int_t)file->foreign, "owners",
			 parts_json(ctx, found, file->owners, file->nr_owners), "mappers",
			 parts_json(ctx, found, file->mappers, file->nr_mappers));
}

static bool has_part(const struct mcg_attribution *found, const struct mcg_attr_part *parts,
		     size_t count, const struct selection *selection)
{
	for (size_t i = 0; i < count; i++) {
		if (parts[i].group < found->nr_groups &&
		    is_selected(selection, found->groups[parts[i].group].path))
			return true;
	}
	return false;
}

static bool file_is_selected(const struct mcg_attribution *found, const struct mcg_attr_file *file,
			     const struct selection *selection)
{
	if (!file->present || file->present < selection->min)
		return false;
	if (!selection->all && !file->shared && !file->foreign)
		return false;
	return !selection->groups.n || has_part(found, file->owners, file->nr_owners, selection) ||
	       has_part(found, file->mappers, file->nr_mappers, selection);
}

json_t *files_json(struct context *ctx, const struct mcg_attribution *found,
		   const struct selection *selection)
{
	json_t *rows = json_array();

	/* Of a process, the first stands for all. */
	for (size_t i = selection->pid ? 1 : 0; rows && i < found->nr_files; i++) {
		if (file_is_selected(found, &found->files[i], selection) &&
		    json_array_append_new(rows, file_row(ctx, found, &found->files[i]))) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return rows;
}

json_t *file_parts(const struct mcg_attribution *found, const struct mcg_attr_file *file)
{
	json_t *rows = json_array();
	size_t all = file->nr_mappers + file->nr_owners;

	for (size_t i = 0; rows && i < all; i++) {
		bool maps = i < file->nr_mappers;
		uint32_t group =
			maps ? file->mappers[i].group : file->owners[i - file->nr_mappers].group;
		uint64_t charged = 0;
		bool known = false;

		for (size_t j = 0; j < file->nr_owners; j++) {
			if (file->owners[j].group == group)
				charged = file->owners[j].bytes;
		}
		for (size_t j = 0; !maps && j < file->nr_mappers; j++)
			known |= file->mappers[j].group == group;
		if (known)
			continue;
		if (json_array_append_new(
			    rows, json_pack("{s:o, s:I, s:I}", "group",
					    mcg_text_json(mcg_attr_group_name(found, group)),
					    "charged", (json_int_t)charged, "mapped",
					    (json_int_t)(maps ? file->mappers[i].bytes : 0)))) {
			json_decref(rows);
			rows = NULL;
		}
	}
	return rows;
}
