// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "procfs_internal.h"

struct cursor {
	const char *at;
	const char *end;
};

/* One hexadecimal or decimal number that ends at @stop. */
static bool number(struct cursor *cursor, unsigned int base, char stop, uint64_t *value)
{
	const char *from = cursor->at;

	*value = 0;
	for (; cursor->at < cursor->end; cursor->at++) {
		char c = *cursor->at;
		unsigned int digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (base == 16 && c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			break;
		if (*value > (UINT64_MAX - digit) / base)
			return false;
		*value = *value * base + digit;
	}
	if (cursor->at == from || cursor->at == cursor->end || *cursor->at != stop)
		return false;
	cursor->at++;
	return true;
}

static bool fields(struct cursor *cursor, struct map_line *line)
{
	uint64_t major, minor;

	if (!number(cursor, 16, '-', &line->start) || !number(cursor, 16, ' ', &line->end))
		return false;
	if (cursor->end - cursor->at < 5 || cursor->at[4] != ' ')
		return false;
	if (cursor->at[3] != 's' && cursor->at[3] != 'p')
		return false;
	line->shared = cursor->at[3] == 's';
	cursor->at += 5;
	if (!number(cursor, 16, ' ', &line->offset) || !number(cursor, 16, ':', &major) ||
	    !number(cursor, 16, ' ', &minor) || !number(cursor, 10, ' ', &line->ino))
		return false;
	line->dev_major = major;
	line->dev_minor = minor;
	return major <= UINT32_MAX && minor <= UINT32_MAX;
}

bool maps_line(const char *text, size_t size, struct map_line *line, size_t *used)
{
	const char *end = memchr(text, '\n', size);
	struct cursor cursor = { .at = text, .end = end ? end : text + size };

	*used = end ? (size_t)(end - text) + 1 : size;
	if (!end || !fields(&cursor, line))
		return false;
	while (cursor.at < cursor.end && *cursor.at == ' ')
		cursor.at++;
	line->name = cursor.at;
	line->name_len = cursor.end - cursor.at;
	return line->start < line->end &&
	       !((line->start | line->end | line->offset) % PAGE_BYTES) && line->offset <= INT64_MAX;
}

char *maps_name(const struct map_line *line)
{
	char *name = malloc(line->name_len + 1);
	size_t n = 0;

	if (!name)
		return NULL;
	for (size_t i = 0; i < line->name_len; i++) {
		if (line->name_len - i >= 4 && !memcmp(line->name + i, "\\012", 4)) {
			name[n++] = '\n';
			i += 3;
		} else if (line->name[i]) {
			name[n++] = line->name[i];
		}
	}
	name[n] = '\0';
	return name;
}

static int visit_line(const char *text, size_t size,
		      int (*visit)(const struct procfs_mapping *mapping, void *data), void *data)
{
	struct procfs_mapping mapping;
	struct map_line line;
	size_t used;
	int ret;

	if (!maps_line(text, size, &line, &used))
		return 0;
	mapping = (struct procfs_mapping){
		.start = line.start,
		.end = line.end,
		.offset = line.offset,
		.dev_major = line.dev_major,
		.dev_minor = line.dev_minor,
		.ino = line.ino,
		.shared = line.shared,
		.name = maps_name(&line),
	};
	ret = mapping.name ? visit(&mapping, data) : -1;
	free(mapping.name);
	return ret;
}

int procfs_mappings(const char *proc, pid_t pid,
		    int (*visit)(const struct procfs_mapping *mapping, void *data), void *data,
		    struct mcg_error *err)
{
	char path[64], *line = NULL;
	size_t room = 0;
	ssize_t len;
	FILE *file;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/%d/maps", proc, (int)pid);
	file = fopen(path, "re");
	if (!file)
		return mcg_fail_errno(err, errno, path, "cannot read the mappings");
	errno = 0;
	while (!ret && (len = getline(&line, &room, file)) > 0)
		ret = visit_line(line, len, visit, data);
	if (ret < 0 || ferror(file)) {
		mcg_fail_errno(err, errno, path, "cannot read the mappings");
		ret = -1;
	}
	free(line);
	fclose(file);
	return ret;
}
