// SPDX-License-Identifier: GPL-2.0-only
#include "procfs_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(ok)                                                                                  \
	do {                                                                                       \
		if (!(ok)) {                                                                       \
			perror(#ok);                                                               \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static const char *name_in(const struct fixture *fixture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static const char *name_in(const struct fixture *fixture, const char *format, ...)
{
	static char name[4096];
	int len = snprintf(name, sizeof(name), "%s/", fixture->root);
	va_list ap;

	va_start(ap, format);
	vsnprintf(name + len, sizeof(name) - len, format, ap);
	va_end(ap);
	return name;
}

static void write_text(const char *name, int flags, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0644);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

void fixture_open(struct fixture *fixture, int version)
{
	char mount[128], proc[128];

	strcpy(fixture->root, "/tmp/memcgctl-procfs.XXXXXX");
	CHECK(mkdtemp(fixture->root));
	snprintf(mount, sizeof(mount), "%s/cgroup", fixture->root);
	snprintf(proc, sizeof(proc), "%s/proc", fixture->root);
	CHECK(!mkdir(mount, 0755) && !mkdir(proc, 0755));
	CHECK(!mcg_tree_init(&fixture->tree, mount, proc, version));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void fixture_close(struct fixture *fixture)
{
	CHECK(!nftw(fixture->root, remove_entry, 16, FTW_DEPTH | FTW_PHYS));
	mcg_tree_close(&fixture->tree);
}

uint64_t fixture_group(struct fixture *fixture, const char *path, uint64_t charged)
{
	char text[32];
	struct stat st;

	if (strcmp(path, "/"))
		CHECK(!mkdir(name_in(fixture, "cgroup%s", path), 0755));
	CHECK(!stat(name_in(fixture, "cgroup%s", path), &st));
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)charged);
	/* The root of v2 has no such file. */
	if (fixture->tree.version == 1)
		write_text(name_in(fixture, "cgroup%s/memory.usage_in_bytes", path), 0, text);
	else if (strcmp(path, "/"))
		write_text(name_in(fixture, "cgroup%s/memory.current", path), 0, text);
	return st.st_ino;
}

void fixture_process(struct fixture *fixture, int pid, const char *cgroup)
{
	CHECK(!mkdir(name_in(fixture, "proc/%d", pid), 0755));
	write_text(name_in(fixture, "proc/%d/cgroup", pid), 0, cgroup);
	write_text(name_in(fixture, "proc/%d/maps", pid), 0, "");
	write_text(name_in(fixture, "proc/%d/pagemap", pid), 0, "");
}

void fixture_maps(struct fixture *fixture, int pid, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	CHECK(vasprintf(&text, format, ap) >= 0);
	va_end(ap);
	write_text(name_in(fixture, "proc/%d/maps", pid), O_APPEND, text);
	free(text);
}

void fixture_map_file(struct fixture *fixture, int pid, uint64_t start, uint64_t end)
{
	CHECK(!mkdir(name_in(fixture, "proc/%d/map_files", pid), 0755) || errno == EEXIST);
	write_text(name_in(fixture, "proc/%d/map_files/%llx-%llx", pid, (unsigned long long)start,
			   (unsigned long long)end),
		   0, "");
}

static void write_numbers(const char *name, uint64_t index, const uint64_t *numbers, size_t count)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0644);

	CHECK(fd >= 0);
	CHECK(pwrite(fd, numbers, count * 8, index * 8) == (ssize_t)(count * 8));
	close(fd);
}

void fixture_ptes(struct fixture *fixture, int pid, uint64_t address, const uint64_t *entries,
		  size_t count)
{
	write_numbers(name_in(fixture, "proc/%d/pagemap", pid), address / 4096, entries, count);
}

void fixture_statm(struct fixture *fixture, int pid, uint64_t shared)
{
	char text[64];

	snprintf(text, sizeof(text), "9 9 %llu 9 0 9 0\n", (unsigned long long)shared);
	write_text(name_in(fixture, "proc/%d/statm", pid), O_TRUNC, text);
}

void fixture_release(struct fixture *fixture, const char *release)
{
	CHECK(!mkdir(name_in(fixture, "proc/sys"), 0755));
	CHECK(!mkdir(name_in(fixture, "proc/sys/kernel"), 0755));
	write_text(name_in(fixture, "proc/sys/kernel/osrelease"), 0, release);
}

void fixture_numbers(struct fixture *fixture, const char *file, uint64_t index,
		     const uint64_t *numbers, size_t count)
{
	write_numbers(name_in(fixture, "proc/%s", file), index, numbers, count);
}
