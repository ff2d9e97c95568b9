// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counters of groups. A counter file that stays open costs one pread(2) a reading. */
#include "sample_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "charged.h"
#include "descriptors.h"
#include "memcgctl.h"
#include "size.h"
#include "stat.h"

/* Descriptors left to the rest of the process. */
#define SPARE_FDS 128
/* v1 has no word for "no limit" but the largest multiple of the page size. */
#define V1_NO_LIMIT (UINT64_C(1) << 62)

/* The files, by version of the hierarchy. */
static const char *const file_names[2][MCG_SAMPLE_FILES] = {
	{ "memory.usage_in_bytes", "memory.stat", NULL, "memory.limit_in_bytes" },
	{ "memory.current", "memory.stat", "memory.swap.current", "memory.max" },
};

/* Lines of memory.stat. */
static const struct mcg_stat_line stat_lines[2][4] = {
	{ { "total_rss", MCG_FIGURE_ANON },
	  { "total_cache", MCG_FIGURE_FILE },
	  { "total_swap", MCG_FIGURE_SWAP },
	  { NULL, MCG_FIGURES } },
	{ { "anon", MCG_FIGURE_ANON },
	  { "file", MCG_FIGURE_FILE },
	  { "kernel", MCG_FIGURE_KERNEL },
	  { NULL, MCG_FIGURES } },
};

void sample_close_files(struct mcg_sampler *sampler, struct mcg_sample *group)
{
	for (int i = 0; i < MCG_SAMPLE_FILES; i++) {
		if (group->fd[i] < 0)
			continue;
		close(group->fd[i]);
		group->fd[i] = -1;
		sampler->cost.open--;
		sampler->n_details -= i != MCG_SAMPLE_CHARGED;
	}
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static size_t raise_limit(void)
{
	size_t most = mcg_descriptors_raise();

	return most > SPARE_FDS ? most - SPARE_FDS : 0;
}

struct mcg_sampler *mcg_sampler_open(const struct mcg_tree *tree, size_t max_fds,
				     struct mcg_error *err)
{
	struct mcg_sampler *sampler = calloc(1, sizeof(*sampler));

	if (!sampler) {
		mcg_fail_errno(err, ENOMEM, NULL, "cannot read the groups");
		return NULL;
	}
	sampler->tree = tree;
	sampler->max_fds = max_fds ? max_fds : raise_limit();
	sample_tree_open(sampler);
	return sampler;
}

void mcg_sampler_close(struct mcg_sampler *sampler)
{
	if (!sampler)
		return;
	sample_tree_close(sampler);
	hmap_free(&sampler->by_id);
	mcg_module_close(sampler->module);
	free(sampler);
}

/* Whether one more descriptor may be kept; the files of details get what the others leave. */
static bool may_keep(const struct mcg_sampler *sampler, const struct mcg_sample *group,
		     enum mcg_sample_file file)
{
	if (!group->keep || sampler->cost.open >= sampler->max_fds)
		return false;
	return file == MCG_SAMPLE_CHARGED || sampler->n + sampler->n_details < sampler->max_fds;
}

/* Reads a file from its beginning. Return: bytes, or -1. */
static ssize_t read_file(struct mcg_sampler *sampler, struct mcg_sample *group,
			 enum mcg_sample_file file, char *text, size_t size)
{
	const char *name = file_names[sampler->tree->version == 2][file];
	struct mcg_error ignored;
	int fd = group->fd[file];
	ssize_t n;

	if (!name)
		return -1;
	if (fd >= 0) {
		n = pread(fd, text, size - 1, 0);
		if (n >= 0)
			goto out;
		/* The group went, or the controller was switched off in it, and may be on again. */
		sample_close_files(sampler, group);
	}
	fd = mcg_group_open(sampler->tree, group->path, name, O_RDONLY, &ignored);
	if (fd < 0)
		return -1;
	sampler->cost.opens++;
	n = pread(fd, text, size - 1, 0);
	if (n >= 0 && may_keep(sampler, group, file)) {
		group->fd[file] = fd;
		sampler->cost.open++;
		sampler->n_details += file != MCG_SAMPLE_CHARGED;
	} else {
		close(fd);
	}
	if (n < 0)
		return -1;
out:
	text[n] = '\0';
	return n;
}

static uint64_t read_number(struct mcg_sampler *sampler, struct mcg_sample *group,
			    enum mcg_sample_file file)
{
	char text[64];
	uint64_t number;

	if (read_file(sampler, group, file, text, sizeof(text)) < 0)
		return MCG_FIGURE_UNKNOWN;
	text[strcspn(text, "\n")] = '\0';
	if (!strcmp(text, "max"))
		return MCG_SIZE_MAX;
	return mcg_number_parse(text, MCG_FIGURE_UNKNOWN, &number) ? MCG_FIGURE_UNKNOWN : number;
}

/* Return: whether groups can be found by their ids. */
static bool index_groups(struct mcg_sampler *sampler)
{
	if (sampler->by_id.used)
		return true;
	for (size_t i = 0; i < sampler->n; i++) {
		uint64_t *place = hmap_at(&sampler->by_id, 0, sampler->order[i]->id, NULL);

		if (!place)
			return false;
		*place = i;
	}
	return true;
}

static void note_told(uint64_t id, uint64_t bytes, void *data)
{
	struct mcg_sampler *sampler = data;
	const uint64_t *place = hmap_get(&sampler->by_id, 0, id);

	if (place)
		sampler->order[*place]->told = bytes;
}

/* Asks the module for all groups at once; the module may come and go. */
static void ask_module(struct mcg_sampler *sampler)
{
	struct mcg_error err = { .status = MCG_OK };

	for (size_t i = 0; i < sampler->n; i++)
		sampler->order[i]->told = MCG_FIGURE_UNKNOWN;
	if (sampler->refused || sampler->tree->version != 2 || !index_groups(sampler))
		return;
	if (!sampler->module)
		sampler->module = mcg_module_open(&err);
	if (!sampler->module || !mcg_charged_read(sampler->module, note_told, sampler, &err))
		return;
	sampler->refused = err.status == MCG_NOT_PERMITTED;
	mcg_module_close(sampler->module);
	sampler->module = NULL;
}

static void read_charged(struct mcg_sampler *sampler, struct mcg_sample *group, double passed)
{
	uint64_t now = group->told, before = group->before;

	if (now == MCG_FIGURE_UNKNOWN)
		now = read_number(sampler, group, MCG_SAMPLE_CHARGED);
	group->figure[MCG_FIGURE_CHARGED] = now;
	group->rate = NAN;
	if (now != MCG_FIGURE_UNKNOWN && before != MCG_FIGURE_UNKNOWN && passed > 0)
		group->rate = (now >= before ? now - before : -(double)(before - now)) / passed;
	group->before = now;
}

static int more_first(const void *a, const void *b)
{
	const struct mcg_sample *left = *(struct mcg_sample *const *)a;
	const struct mcg_sample *right = *(struct mcg_sample *const *)b;
	uint64_t x = left->before == MCG_FIGURE_UNKNOWN ? 0 : left->before;
	uint64_t y = right->before == MCG_FIGURE_UNKNOWN ? 0 : right->before;

	return (x < y) - (x > y);
}

/* When there are fewer descriptors than groups, those with the most charged to them keep theirs. */
static void share_out(struct mcg_sampler *sampler)
{
	struct mcg_sample **sorted;

	if (sampler->n <= sampler->max_fds)
		return;
	sorted = malloc(sampler->n * sizeof(*sorted));
	if (!sorted)
		return;
	memcpy(sorted, sampler->order, sampler->n * sizeof(*sorted));
	qsort(sorted, sampler->n, sizeof(*sorted), more_first);
	for (size_t i = 0; i < sampler->n; i++) {
		sorted[i]->keep = i < sampler->max_fds;
		if (!sorted[i]->keep)
			sample_close_files(sampler, sorted[i]);
	}
	free(sorted);
}

int mcg_sampler_read(struct mcg_sampler *sampler, struct mcg_error *err)
{
	int ret = sample_tree_update(sampler, err);
	double now = seconds(), passed = sampler->serial ? now - sampler->when : 0;

	sampler->serial++;
	sampler->when = now;
	ask_module(sampler);
	for (size_t i = 0; i < sampler->n; i++)
		read_charged(sampler, sampler->order[i], passed);
	share_out(sampler);
	return ret;
}

struct mcg_sample *const *mcg_sampler_groups(const struct mcg_sampler *sampler, size_t *n)
{
	*n = sampler->n;
	return sampler->order;
}

static void read_stat(struct mcg_sampler *sampler, struct mcg_sample *group)
{
	char text[MCG_STAT_SIZE];

	if (read_file(sampler, group, MCG_SAMPLE_STAT, text, sizeof(text)) < 0)
		text[0] = '\0';
	mcg_stat_parse(text, stat_lines[sampler->tree->version == 2], group->figure);
}

void mcg_sample_detail(struct mcg_sampler *sampler, struct mcg_sample *group)
{
	bool v2 = sampler->tree->version == 2;
	uint64_t *limit = &group->figure[MCG_FIGURE_LIMIT];

	if (group->detailed == sampler->serial)
		return;
	group->detailed = sampler->serial;
	read_stat(sampler, group);
	if (v2)
		group->figure[MCG_FIGURE_SWAP] = read_number(sampler, group, MCG_SAMPLE_SWAP);
	*limit = read_number(sampler, group, MCG_SAMPLE_MAX);
	if (!v2 && *limit != MCG_FIGURE_UNKNOWN && *limit > V1_NO_LIMIT)
		*limit = MCG_SIZE_MAX;
}

struct mcg_sampler_cost mcg_sampler_cost(const struct mcg_sampler *sampler)
{
	return sampler->cost;
}
