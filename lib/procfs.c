// SPDX-License-Identifier: LGPL-2.1-or-later
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "procfs_internal.h"

#define CMP(a, b) (((a) > (b)) - ((a) < (b)))

static int by_file(const struct mapping *a, const struct mapping *b)
{
	int order = CMP(a->dev_major, b->dev_major);

	if (!order)
		order = CMP(a->dev_minor, b->dev_minor);
	if (!order)
		order = CMP(a->ino, b->ino);
	return order ? order : CMP(a->kind, b->kind);
}

static int by_place(const void *one, const void *other)
{
	const struct mapping *a = one, *b = other;
	int order = by_file(a, b);

	if (!order)
		order = CMP(a->first, b->first);
	return order ? order : CMP(a->process, b->process);
}

/*
 * The size of a file, through a link that the kernel follows to it without a look at any path; where that is not permitted,
 * by its name as the process sees it. Never asks a server: a stranger's FUSE mount must not hang us.
 */
static void read_size(struct scan *scan, const struct mapping *mapping, struct mcg_attr_file *file)
{
	const int flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
	pid_t pid = scan->processes[mapping->process].pid;
	struct statx st;
	char *path;

	if (asprintf(&path, "%d/map_files/%" PRIx64 "-%" PRIx64, pid, mapping->start,
		     mapping->start + (mapping->pages << PAGE_SHIFT)) < 0)
		return;
	if (!statx(scan->proc_fd, path, flags, STATX_BASIC_STATS, &st)) {
		file->has_size = S_ISREG(st.stx_mode);
	} else if (errno == EPERM || errno == EACCES) {
		free(path);
		if (asprintf(&path, "%d/root%s", pid, mapping->name) < 0)
			return;
		file->has_size = !statx(scan->proc_fd, path, flags, STATX_BASIC_STATS, &st) &&
				 st.stx_ino == mapping->ino &&
				 st.stx_dev_major == mapping->dev_major &&
				 st.stx_dev_minor == mapping->dev_minor && S_ISREG(st.stx_mode);
	}
	if (file->has_size)
		file->size = st.stx_size;
	free(path);
}

static void add_file(struct scan *scan, const struct mapping *mapping)
{
	struct mcg_attr_file file = {
		.dev_major = mapping->dev_major,
		.dev_minor = mapping->dev_minor,
		.ino = mapping->ino,
		.name = strdup(mapping->name),
	};

	read_size(scan, mapping, &file);
	build_file(scan->build, &file);
}

/* Looks at the pages of all files, in the order of result->files, which is made the first time. */
static void share_files(struct scan *scan, bool first_time)
{
	uint32_t number = scan->query->pid ? WANTED_FILES : 0;
	size_t next;

	for (size_t i = 0; i < scan->nr_mappings && !scan->build->oom; i = next) {
		next = i + 1;
		while (next < scan->nr_mappings && !by_file(&scan->mappings[i], &scan->mappings[next]))
			next++;
		if (first_time)
			add_file(scan, &scan->mappings[i]);
		for (size_t m = i; m < next; m++)
			scan->mappings[m].present_from = 0;
		if (scan->build->oom)
			return;
		/* Only then has it a size. */
		scan->regular_file = scan->build->result->files[number].has_size;
		share_file(scan, ++number, &scan->mappings[i], next - i);
		if (scan->query->progress)
			scan->query->progress(scan->query->progress_arg, next, scan->nr_mappings);
	}
}

static void read_files(struct scan *scan)
{
	size_t anonymous = scan->nr_join;
	struct hmap before;

	if (scan->nr_mappings)
		qsort(scan->mappings, scan->nr_mappings, sizeof(*scan->mappings), by_place);
	scan->trust_counts = !scan->build->result->gaps.processes &&
			     !scan->build->result->gaps.hidden &&
			     !scan->build->result->gaps.no_counts &&
			     !scan->build->result->gaps.ranges && !scan->query->no_shortcut;
	if (!hmap_copy(&before, &scan->build->tally)) {
		scan->build->oom = true;
		return;
	}
	share_files(scan, true);
	if (doubt_end(scan)) {
		hmap_free(&scan->build->tally);
		scan->build->tally = before;
		before = (struct hmap){ 0 };
		scan->nr_join = anonymous;
		share_files(scan, false);
	}
	hmap_free(&before);
	share_join(scan);
}

static void scan_free(struct scan *scan)
{
	for (size_t i = 0; i < scan->nr_processes; i++) {
		if (scan->processes[i].pagemap >= 0)
			close(scan->processes[i].pagemap);
	}
	for (size_t i = 0; i < scan->nr_names; i++)
		free(scan->names[i]);
	free(scan->names);
	free(scan->processes);
	free(scan->mappings);
	free(scan->text.bytes);
	pages_close(scan);
	share_close(scan);
	doubt_free(scan);
	wanted_free(scan);
	if (scan->proc_fd >= 0)
		close(scan->proc_fd);
}

static int open_proc(struct scan *scan)
{
	const char *proc = scan->build->tree->proc;

	scan->proc_fd = open(proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return scan->proc_fd < 0 ? mcg_fail_errno(scan->build->err, errno, proc, "cannot open") : 0;
}

int procfs_attribution(const struct mcg_tree *tree, const struct mcg_attr_query *query,
		       struct mcg_attribution **out, struct mcg_error *err)
{
	struct attribution_build build;
	struct scan scan = {
		.build = &build,
		.query = query,
		.kpagecount = -1,
		.kpagecgroup = -1,
		.kpageflags = -1,
		.proc_fd = -1,
	};
	int ret = -1;

	if (!build_begin(&build, tree, err) && !open_proc(&scan) && !pages_open(&scan) &&
	    !share_open(&scan) && !wanted_read(&scan) && !processes_read(&scan)) {
		build.result->backend = "procfs";
		read_files(&scan);
		ret = 0;
	}
	scan_free(&scan);
	return build_end(&build, ret, out);
}

/* The line of our own maps that holds @address. */
static bool own_mapping(const struct mcg_tree *tree, uint64_t address, struct mcg_attr_query *query)
{
	char path[512];
	struct text text = { 0 };
	struct map_line line;
	bool found = false;
	size_t used;
	ssize_t size;

	if ((size_t)snprintf(path, sizeof(path), "%s/self/maps", tree->proc) >= sizeof(path))
		return false;
	size = text_read(&text, AT_FDCWD, path);
	for (ssize_t at = 0; at < size && !found; at += used) {
		found = maps_line(text.bytes + at, size - at, &line, &used) && line.start == address;
		if (found) {
			query->dev_major = line.dev_major;
			query->dev_minor = line.dev_minor;
			query->ino = line.ino;
		}
	}
	free(text.bytes);
	return found;
}

int procfs_identify(const struct mcg_tree *tree, const char *path, struct mcg_attr_query *query,
		    struct mcg_error *err)
{
	struct stat st;
	void *map = MAP_FAILED;
	int fd;

	if (stat(path, &st))
		return mcg_fail_errno(err, errno, path, "cannot find");
	if (!S_ISREG(st.st_mode))
		return mcg_fail(err, MCG_FAILED, path, "not a regular file");
	query->one_file = true;
	query->dev_major = major(st.st_dev);
	query->dev_minor = minor(st.st_dev);
	query->ino = st.st_ino;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (st.st_size)
		map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED) {
		own_mapping(tree, (uintptr_t)map, query);
		munmap(map, PAGE_BYTES);
	}
	close(fd);
	return 0;
}
