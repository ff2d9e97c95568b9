/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs here share: files of a group, numbers at random that can be had again, limits. */
#ifndef HELPERS_GROUP_H
#define HELPERS_GROUP_H

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "memcgctl.h"

/* group_open() - a file of the group in folder @group, or -1 with errno set. */
static inline int group_open(const char *group, const char *file, int flags)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/%s", group, file) < 0)
		errx(1, "no memory");
	fd = open(path, flags | O_CLOEXEC);
	free(path);
	return fd;
}

/* group_write() - write @text; Return: 0, or -1 with errno set. */
static inline int group_write(const char *group, const char *file, const char *text)
{
	int fd = group_open(group, file, O_WRONLY), saved, ret;

	if (fd < 0)
		return -1;
	ret = write(fd, text, strlen(text)) < 0 ? -1 : 0;
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

/* group_value() - the number in the line @key of @file; with an empty @key, the first number. */
static inline long long group_value(const char *group, const char *file, const char *key)
{
	int fd = group_open(group, file, O_RDONLY);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	long long value = -1;
	char line[256];
	size_t len = strlen(key);

	if (!stream)
		err(1, "%s/%s", group, file);
	while (fgets(line, sizeof(line), stream)) {
		if (!len || (!strncmp(line, key, len) && line[len] == ' ')) {
			value = atoll(line + len);
			break;
		}
	}
	fclose(stream);
	return value;
}

static inline void group_join(const char *group)
{
	if (group_write(group, "cgroup.procs", "0"))
		err(1, "%s/cgroup.procs", group);
}

static inline void sleep_ms(unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

static inline uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

/* next_random() - Marsaglia's xorshift: the same row for the same seed, everywhere. */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static inline struct mcg_module *connect_module(void)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_module *module = mcg_module_open(&error);

	if (!module)
		errx(1, "%s", error.message);
	return module;
}

/* set_limit() - Return: 0, or the errno, with the kernel's words in @error. */
static inline int set_limit(struct mcg_module *module, const char *group, uint64_t limit,
			    enum memcgctl_kmem_mode mode, struct mcg_error *error)
{
	int fd = group_open(group, "memory.max", O_WRONLY), ret;
	struct mcg_kmem kmem;

	if (fd < 0)
		err(1, "%s/memory.max", group);
	memset(error, 0, sizeof(*error));
	ret = mcg_kmem_set(module, fd, limit, mode, &kmem, error);
	close(fd);
	if (ret)
		return error->errnum ? error->errnum : EPROTO;
	mcg_kmem_free(&kmem);
	return 0;
}

/* get_usage() - the module's count in bytes, or -1 when the group has no limit of its own. */
static inline long long get_usage(struct mcg_module *module, const char *group)
{
	int fd = group_open(group, "memory.max", O_RDONLY), ret;
	struct mcg_error error = { .status = MCG_OK };
	long long usage;
	struct mcg_kmem kmem;

	if (fd < 0)
		err(1, "%s/memory.max", group);
	ret = mcg_kmem_get(module, fd, &kmem, &error);
	close(fd);
	if (ret && error.errnum == ENOENT)
		return -1;
	if (ret)
		errx(1, "%s: %s", group, error.message);
	usage = kmem.usage;
	mcg_kmem_free(&kmem);
	return usage;
}

#endif
