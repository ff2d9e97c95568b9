// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: the rows of groups, as a tree or in one list. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "text.h"
#include "top_private.h"
#include "vec.h"

static const char *const sort_names[TOP_SORTS] = { "charged", "anon",  "file", "kernel",
						   "swap",    "limit", "rate", "path" };

int top_sort_find(const char *name, enum top_sort *sort)
{
	for (int i = 0; i < TOP_SORTS; i++) {
		if (!strcmp(name, sort_names[i])) {
			*sort = i;
			return 0;
		}
	}
	return -1;
}

const char *top_sort_name(enum top_sort sort)
{
	return sort_names[sort];
}

struct top_row *top_list_add(struct top_list *list)
{
	if (!VEC_ROOM(list->row, list->n + 1, list->room))
		return NULL;
	memset(&list->row[list->n], 0, sizeof(*list->row));
	return &list->row[list->n++];
}

bool top_list_place(struct top_list *list)
{
	size_t at;

	for (at = 0; at < list->n; at++)
		if (list->row[at].key == list->key && list->row[at].key2 == list->key2 &&
		    !list->row[at].heading)
			break;
	if (list->chosen && at < list->n) {
		list->at = at;
		return true;
	}
	/* Nobody chose the first one: it stays the first. What was chosen and is gone is followed by its place. */
	if (list->at >= list->n)
		list->at = list->n ? list->n - 1 : 0;
	while (list->at + 1 < list->n && list->row[list->at].heading)
		list->at++;
	if (list->n) {
		list->key = list->row[list->at].key;
		list->key2 = list->row[list->at].key2;
	}
	return !list->chosen;
}

bool top_matches(const struct top_list *list, const char *name)
{
	bool matches;
	char *safe;

	if (!list->filter[0])
		return true;
	/* As it is seen, for that is what one types. */
	safe = mcg_text_escape(name, NULL);
	matches = safe && strcasestr(safe, list->filter);
	free(safe);
	return matches;
}

/* What the user sorts by; the comparison of qsort(3) takes no argument. */
static enum top_sort sort_by;
static int sort_sign;

static double rate_of(const struct mcg_sample *group)
{
	return isnan(group->rate) ? 0 : group->rate;
}

/* A group without the figure comes last; "no limit" is no large limit. */
static uint64_t figure_of(const struct mcg_sample *group)
{
	uint64_t figure = group->figure[sort_by];

	return figure == MCG_FIGURE_UNKNOWN || figure == MCG_SIZE_MAX ? 0 : figure;
}

static int in_order(const void *a, const void *b)
{
	const struct mcg_sample *left = *(struct mcg_sample *const *)a;
	const struct mcg_sample *right = *(struct mcg_sample *const *)b;
	int order = 0;

	if (sort_by == TOP_SORT_RATE)
		order = (rate_of(left) < rate_of(right)) - (rate_of(left) > rate_of(right));
	else if (sort_by != TOP_SORT_PATH)
		order = (figure_of(left) < figure_of(right)) - (figure_of(left) > figure_of(right));
	else
		return sort_sign * strcmp(left->path, right->path);
	/* Rows that are equal stay where they are from one refresh to the next. */
	return order ? sort_sign * order : strcmp(left->path, right->path);
}

static void sort_groups(const struct top *top, struct mcg_sample **group, size_t n)
{
	sort_by = top->sort;
	sort_sign = top->reverse ? -1 : 1;
	if (n)
		qsort(group, n, sizeof(struct mcg_sample *), in_order);
}

static int add_group(struct top *top, struct mcg_sample *group, bool set_in)
{
	struct top_row *row = top_list_add(&top->list[TOP_GROUPS]);

	if (!row)
		return -1;
	row->group = group;
	row->key = group->id;
	row->path = group->path;
	row->label = set_in && group->parent ? group->name : group->path;
	row->depth = set_in ? group->depth : 0;
	return 0;
}

static int add_tree(struct top *top, struct mcg_sample *group)
{
	struct mcg_sample **child;
	int ret = add_group(top, group, true);

	if (ret || group->depth >= top->depth || !group->n_children)
		return ret;
	/* A copy: the sampler keeps its own order. */
	child = malloc(group->n_children * sizeof(struct mcg_sample *));
	if (!child)
		return -1;
	memcpy(child, group->child, group->n_children * sizeof(struct mcg_sample *));
	sort_groups(top, child, group->n_children);
	for (size_t i = 0; i < group->n_children && !ret; i++)
		ret = add_tree(top, child[i]);
	free(child);
	return ret;
}

static int add_flat(struct top *top, struct mcg_sample *const *all, size_t n)
{
	struct mcg_sample **group = malloc((n + 1) * sizeof(struct mcg_sample *));
	size_t found = 0;
	int ret = 0;

	if (!group)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (all[i]->depth <= top->depth && top_matches(&top->list[TOP_GROUPS], all[i]->path))
			group[found++] = all[i];
	sort_groups(top, group, found);
	for (size_t i = 0; i < found && !ret; i++)
		ret = add_group(top, group[i], false);
	free(group);
	return ret;
}

static int add_all(struct top *top)
{
	struct top_list *list = &top->list[TOP_GROUPS];
	struct mcg_sample *const *all;
	size_t n;

	all = mcg_sampler_groups(top->sampler, &n);
	list->n = 0;
	/* Sorting is by the figures of all, not only of those that are seen. */
	if (top->sort > TOP_SORT_CHARGED && top->sort <= TOP_SORT_LIMIT)
		for (size_t i = 0; i < n; i++)
			mcg_sample_detail(top->sampler, all[i]);
	if (!n)
		return 0;
	/* A filter tears the tree apart. */
	if (top->flat || list->filter[0])
		return add_flat(top, all, n);
	return add_tree(top, all[0]);
}

int top_groups_build(struct top *top)
{
	if (add_all(top))
		return -1;
	if (!top_list_place(&top->list[TOP_GROUPS]))
		top_say(top, "the selected group is gone");
	return 0;
}

size_t top_count_tagged(const struct top *top)
{
	struct mcg_sample *const *all;
	size_t n, tagged = 0;

	all = mcg_sampler_groups(top->sampler, &n);
	for (size_t i = 0; i < n; i++)
		tagged += all[i]->mark == TOP_TAGGED;
	return tagged;
}

char *top_rate_format(double rate, bool raw, char *text)
{
	char size[MCG_SIZE_TEXT];

	if (isnan(rate))
		return strcpy(text, "-");
	if (fabs(rate) < 0.5)
		return strcpy(text, "0");
	/* A counter of 64 bits cannot change by more than that; the sign takes a place of the text. */
	mcg_size_format(fabs(rate) < 1e18 ? (uint64_t)(fabs(rate) + 0.5) : (uint64_t)1e18, raw, size);
	snprintf(text, MCG_SIZE_TEXT, "%c%.*s", rate < 0 ? '-' : '+', MCG_SIZE_TEXT - 2, size);
	return text;
}
