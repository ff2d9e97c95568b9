// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ways.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "procfs.h"

struct search {
	struct mcg_way *ways;
	size_t n;
	size_t missing;
	pid_t pid;
};

/* Return: 1 when all have been found. */
static int visit(const struct procfs_mapping *mapping, void *data)
{
	struct search *search = data;

	for (size_t i = 0; i < search->n && mapping->shared; i++) {
		struct mcg_way *way = &search->ways[i];

		if (way->pid || mapping->ino != way->ino || mapping->dev_major != way->dev_major ||
		    mapping->dev_minor != way->dev_minor || strcmp(mapping->name, way->name))
			continue;
		way->pid = search->pid;
		way->start = mapping->start;
		way->end = mapping->end;
		search->missing--;
	}
	return !search->missing;
}

void mcg_ways_find(const char *proc, struct mcg_way *ways, size_t n)
{
	struct search search = { .ways = ways, .n = n, .missing = n };
	struct mcg_error ignored;
	struct dirent *entry;
	DIR *dir;

	for (size_t i = 0; i < n; i++)
		ways[i].pid = 0;
	dir = n ? opendir(proc) : NULL;
	while (dir && search.missing && (entry = readdir(dir))) {
		search.pid = strtol(entry->d_name, NULL, 10);
		if (search.pid > 0)
			procfs_mappings(proc, search.pid, visit, &search, &ignored);
	}
	if (dir)
		closedir(dir);
}
