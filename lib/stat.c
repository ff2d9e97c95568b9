// SPDX-License-Identifier: LGPL-2.1-or-later
#include "stat.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "size.h"

/* By version of the hierarchy. */
static const struct mcg_stat_line kind_lines[2][MCG_KINDS + 1] = {
	{ { "total_rss", MCG_KIND_ANON },
	  { "total_shmem", MCG_KIND_SHMEM },
	  { "total_cache", MCG_KIND_FILE },
	  { "total_swap", MCG_KIND_SWAP },
	  { NULL, 0 } },
	{ { "anon", MCG_KIND_ANON },
	  { "shmem", MCG_KIND_SHMEM },
	  { "file", MCG_KIND_FILE },
	  { "kernel", MCG_KIND_KERNEL },
	  { "sock", MCG_KIND_SOCK },
	  { NULL, 0 } },
};

void mcg_stat_parse(char *text, const struct mcg_stat_line *lines, uint64_t *figures)
{
	char *line, *rest = text;

	for (const struct mcg_stat_line *l = lines; l->key; l++)
		figures[l->place] = MCG_KIND_UNKNOWN;
	while ((line = strsep(&rest, "\n"))) {
		char *value = strchr(line, ' ');

		if (!value)
			continue;
		*value++ = '\0';
		for (const struct mcg_stat_line *l = lines; l->key; l++)
			if (!strcmp(l->key, line))
				mcg_number_parse(value, UINT64_MAX, &figures[l->place]);
	}
}

/* An empty text where there is no such file. */
static void read_file(const struct mcg_tree *tree, const char *path, const char *file, char *text,
		      size_t size)
{
	struct mcg_error ignored;
	int fd = mcg_group_open(tree, path, file, O_RDONLY, &ignored);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
}

uint64_t mcg_counter_read(const struct mcg_tree *tree, const char *path, const char *file)
{
	uint64_t number;
	char text[64];

	read_file(tree, path, file, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	if (!strcmp(text, "max"))
		return MCG_SIZE_MAX;
	return mcg_number_parse(text, MCG_KIND_UNKNOWN, &number) ? MCG_KIND_UNKNOWN : number;
}

void mcg_kinds_read(const struct mcg_tree *tree, const char *path, uint64_t kind[MCG_KINDS])
{
	char text[MCG_STAT_SIZE];

	for (int i = 0; i < MCG_KINDS; i++)
		kind[i] = MCG_KIND_UNKNOWN;
	read_file(tree, path, "memory.stat", text, sizeof(text));
	mcg_stat_parse(text, kind_lines[tree->version == 2], kind);
	if (tree->version == 2)
		kind[MCG_KIND_SWAP] = mcg_counter_read(tree, path, "memory.swap.current");
}
