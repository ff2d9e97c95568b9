// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: the objects of a group and who maps them, and the groups of one object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top_private.h"
#include "top_scan.h"
#include "vec.h"

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strcmp(top, "/") || (!strncmp(path, top, len) && (!path[len] || path[len] == '/'));
}

static bool is_subject(const struct top *top, uint32_t group)
{
	const char *path = group < top->found->nr_groups ? top->found->groups[group].path : NULL;

	return path && is_below(path, top->subject);
}

/* What groups below the subject have of an object; groups that share it each count it, but no more than there is. */
static uint64_t part_of(const struct top *top, const struct mcg_attr_part *part, size_t n,
			uint64_t present)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (is_subject(top, part[i].group))
			sum += part[i].bytes;
	return sum < present ? sum : present;
}

static uint64_t file_key(const struct mcg_attr_file *file)
{
	return (uint64_t)file->dev_major << 32 | file->dev_minor;
}

static int more_first(const void *a, const void *b)
{
	const struct top_row *left = a, *right = b;

	for (int i = 0; i < TOP_COLUMNS; i++) {
		uint64_t x = left->figure[i] == MCG_FIGURE_UNKNOWN ? 0 : left->figure[i];
		uint64_t y = right->figure[i] == MCG_FIGURE_UNKNOWN ? 0 : right->figure[i];

		if (x != y)
			return (x < y) - (x > y);
	}
	return strcmp(left->label, right->label);
}

/* Without page frame numbers nobody knows who pays. */
static bool owners_known(const struct top *top)
{
	return !top->found->gaps.no_frames && !top->found->gaps.no_owners;
}

static int add_object(struct top *top, const struct mcg_attr_file *file)
{
	struct top_list *list = &top->list[TOP_OBJECTS];
	uint64_t charged = part_of(top, file->owners, file->nr_owners, file->present);
	uint64_t mapped = part_of(top, file->mappers, file->nr_mappers, file->present);
	struct top_row *row;

	if ((!charged && !mapped) || !top_matches(list, file->name))
		return 0;
	row = top_list_add(list);
	if (!row)
		return -1;
	row->label = file->name;
	row->key = file_key(file);
	row->key2 = file->ino;
	row->file = file;
	row->figure[TOP_CHARGED] = owners_known(top) ? charged : MCG_FIGURE_UNKNOWN;
	row->figure[TOP_MAPPED] = mapped;
	row->figure[TOP_PRESENT] = file->present;
	row->figure[TOP_SHARED] = file->shared;
	return 0;
}

/* Adds a group that is no part of the tree of the view of groups. */
static struct top_row *add_group(struct top *top, struct top_list *list, uint32_t group)
{
	struct top_row *row = top_list_add(list);

	if (!row)
		return NULL;
	row->label = mcg_attr_group_name(top->found, group);
	row->path = group < top->found->nr_groups ? top->found->groups[group].path : NULL;
	/* Groups have an id of 64 bits, and so have files; a device's number leaves the highest bit alone. */
	row->key = UINT64_MAX;
	row->key2 = group < top->found->nr_groups ? top->found->groups[group].id : group;
	for (int i = 0; i < TOP_COLUMNS; i++)
		row->figure[i] = MCG_FIGURE_UNKNOWN;
	return row;
}

/* Which other groups map the objects that are listed, and how much of them. */
static int add_mappers(struct top *top)
{
	struct top_list *list = &top->list[TOP_OBJECTS];
	uint64_t *mapped = calloc(top->found->nr_groups + 1, sizeof(*mapped));
	size_t objects = list->n, first;
	struct top_row *heading;
	bool any = false;
	int ret = 0;

	if (!mapped)
		return -1;
	for (size_t i = 0; i < objects; i++) {
		const struct mcg_attr_file *file = list->row[i].file;

		for (size_t j = 0; j < file->nr_mappers; j++) {
			uint32_t group = file->mappers[j].group;

			if (group >= top->found->nr_groups || is_subject(top, group))
				continue;
			mapped[group] += file->mappers[j].bytes;
			any = true;
		}
	}
	heading = any ? top_list_add(list) : NULL;
	if (heading) {
		heading->heading = true;
		heading->label = "groups that map them, too";
	}
	first = list->n;
	for (uint32_t g = 0; heading && g < top->found->nr_groups && !ret; g++) {
		struct top_row *row = mapped[g] ? add_group(top, list, g) : NULL;

		ret = mapped[g] && !row ? -1 : 0;
		if (row)
			row->figure[TOP_MAPPED] = mapped[g];
	}
	if (list->n > first)
		qsort(&list->row[first], list->n - first, sizeof(*list->row), more_first);
	free(mapped);
	return any && !heading ? -1 : ret;
}

static int build_objects(struct top *top)
{
	struct top_list *list = &top->list[TOP_OBJECTS];

	for (size_t i = 0; i < top->found->nr_files; i++)
		if (add_object(top, &top->found->files[i]))
			return -1;
	if (list->n)
		qsort(list->row, list->n, sizeof(*list->row), more_first);
	return add_mappers(top);
}

const struct mcg_attr_file *top_file(const struct top *top)
{
	for (size_t i = 0; top->found && i < top->found->nr_files; i++)
		if (file_key(&top->found->files[i]) == top->file_dev &&
		    top->found->files[i].ino == top->file_ino)
			return &top->found->files[i];
	return NULL;
}

/* The row of a group in the view of one object. */
static struct top_row *part_row(struct top *top, uint32_t group)
{
	struct top_list *list = &top->list[TOP_FILE];
	const char *label = mcg_attr_group_name(top->found, group);
	struct top_row *row;

	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->row[i].label, label))
			return &list->row[i];
	row = add_group(top, list, group);
	if (row) {
		row->figure[TOP_CHARGED] = owners_known(top) ? 0 : MCG_FIGURE_UNKNOWN;
		row->figure[TOP_MAPPED] = 0;
	}
	return row;
}

static int build_file(struct top *top)
{
	const struct mcg_attr_file *file = top_file(top);
	struct top_list *list = &top->list[TOP_FILE];
	struct top_row *row;

	for (size_t i = 0; file && i < file->nr_owners && owners_known(top); i++) {
		row = part_row(top, file->owners[i].group);
		if (!row)
			return -1;
		row->figure[TOP_CHARGED] = file->owners[i].bytes;
	}
	for (size_t i = 0; file && i < file->nr_mappers; i++) {
		row = part_row(top, file->mappers[i].group);
		if (!row)
			return -1;
		row->figure[TOP_MAPPED] = file->mappers[i].bytes;
	}
	if (list->n)
		qsort(list->row, list->n, sizeof(*list->row), more_first);
	return 0;
}

int top_files_build(struct top *top)
{
	int ret;

	top->list[TOP_OBJECTS].n = top->list[TOP_FILE].n = 0;
	if (!top->found || top->view == TOP_GROUPS)
		return 0;
	ret = build_objects(top);
	if (!ret && top->view == TOP_FILE)
		ret = build_file(top);
	top_list_place(&top->list[TOP_OBJECTS]);
	top_list_place(&top->list[TOP_FILE]);
	return ret;
}

void top_scan(struct top *top)
{
	if (!top->scan)
		top->scan = scan_start(&top->tree);
	if (!top->scan)
		top_say(top, "cannot look at the processes");
}

int top_scan_look(struct top *top)
{
	struct mcg_attribution *found;
	struct mcg_error err;
	size_t done, all;

	if (!top->scan)
		return 0;
	if (!scan_ready(top->scan, &done, &all)) {
		if (all)
			snprintf(top->scanning, sizeof(top->scanning), "%zu of %zu mappings", done,
				 all);
		else
			snprintf(top->scanning, sizeof(top->scanning), "%zu processes", done);
		return 0;
	}
	if (scan_take(top->scan, &found, &err)) {
		top_say(top, "%s", err.message);
	} else {
		mcg_attribution_free(top->found);
		top->found = found;
		top->found_at = top_now();
		if (found->gaps.processes || found->gaps.hidden || found->gaps.no_frames)
			top_say(top, "incomplete: not all processes may be read%s",
				owners_known(top) ? "" : ", and who pays is not known");
	}
	top->scan = NULL;
	return top_files_build(top);
}

void top_open(struct top *top)
{
	struct top_list *list = &top->list[top->view];
	const struct top_row *row = list->n ? &list->row[list->at] : NULL;
	struct top_list *next = &top->list[top->view + 1];
	char *name;

	if (!row || row->heading)
		return;
	name = strdup(row->file ? row->file->name : row->path ? row->path : "");
	if (!name)
		return;
	if (top->view == TOP_OBJECTS && row->file) {
		free(top->file_name);
		top->file_name = name;
		top->file_dev = file_key(row->file);
		top->file_ino = row->file->ino;
		top->view = TOP_FILE;
	} else if (row->path && !row->file) {
		/* A group, wherever it was found. */
		free(top->subject);
		top->subject = name;
		top->view = TOP_OBJECTS;
		next = &top->list[TOP_OBJECTS];
		top_scan(top);
	} else {
		free(name);
		return;
	}
	next->at = next->first = 0;
	next->chosen = false;
	next->filter[0] = '\0';
	if (top_files_build(top))
		top_say(top, "out of memory");
}
