// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "procfs_internal.h"

/* What else the program has open, and room for what opens in between. */
#define SPARE_FDS 64
#define MAX_PAGEMAPS 16384

ssize_t text_read(struct text *text, int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		if (!VEC_ROOM(text->bytes, size + 65536, text->room)) {
			got = -1;
			errno = ENOMEM;
			break;
		}
		got = read(fd, text->bytes + size, text->room - size - 1);
		if (got > 0)
			size += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		got = -errno;
	close(fd);
	if (got < 0)
		return got;
	text->bytes[size] = '\0';
	return size;
}

static void raise_fd_limit(struct scan *scan)
{
	size_t most = mcg_descriptors_raise();

	scan->max_pagemaps = most > 2 * SPARE_FDS ? most - SPARE_FDS : SPARE_FDS / 2;
	if (!most)
		scan->max_pagemaps = 1;
	if (scan->max_pagemaps > MAX_PAGEMAPS)
		scan->max_pagemaps = MAX_PAGEMAPS;
}

/* Closes some other process's pagemap when there are too many. */
static void make_room_for_fd(struct scan *scan)
{
	while (scan->open_pagemaps >= scan->max_pagemaps) {
		struct process *victim = &scan->processes[scan->clock++ % scan->nr_processes];

		if (victim->pagemap >= 0) {
			close(victim->pagemap);
			victim->pagemap = -1;
			scan->open_pagemaps--;
		}
	}
}

void process_path(const struct process *process, const char *file, char path[PROCESS_PATH_SIZE])
{
	if (process->pid == process->tid)
		snprintf(path, PROCESS_PATH_SIZE, "%d/%s", process->pid, file);
	else
		snprintf(path, PROCESS_PATH_SIZE, "%d/task/%d/%s", process->pid, process->tid, file);
}

int process_pagemap(struct scan *scan, struct process *process)
{
	char path[PROCESS_PATH_SIZE];

	if (process->pagemap >= 0)
		return process->pagemap;
	make_room_for_fd(scan);
	process_path(process, "pagemap", path);
	process->pagemap = openat(scan->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (process->pagemap >= 0)
		scan->open_pagemaps++;
	return process->pagemap;
}

/* Return: how many pages are not anonymous there. */
static uint64_t read_anonymous(struct scan *scan, struct process *process, const struct map_line *line)
{
	int fd = process->pagemap;
	uint64_t address = line->start, others = 0;

	if (pagemap_too_large(scan, fd, line->start, line->end)) {
		scan->build->result->gaps.ranges++;
		return 0;
	}
	while (address < line->end) {
		uint64_t count;

		if (line->end - address > HUGE_HOLE_PAGES << PAGE_SHIFT)
			address = pagemap_next(scan, fd, address, line->end);
		count = (line->end - address) >> PAGE_SHIFT;
		if (count > READ_PAGES)
			count = READ_PAGES;
		others += share_anonymous(scan, fd, process->group, address, count);
		address += count << PAGE_SHIFT;
	}
	return others;
}

/*
 * SysV segments have their id as inode number, on the same device as memfds, which have a real one; and each IPC
 * namespace counts from 0. The inode of the namespace tells all of them apart.
 */
static uint32_t mapping_kind(struct scan *scan, const struct process *process,
			     const struct map_line *line)
{
	char path[32];
	struct stat st;

	if (line->dev_major || line->name_len < 5 || memcmp(line->name, "/SYSV", 5))
		return 0;
	snprintf(path, sizeof(path), "%d/ns/ipc", process->pid);
	return fstatat(scan->proc_fd, path, &st, 0) ? 1 : st.st_ino;
}

static char *keep_name(struct scan *scan, const struct map_line *line)
{
	char *name = maps_name(line);

	if (!name || !VEC_ROOM(scan->names, scan->nr_names + 1, scan->room_names)) {
		free(name);
		scan->build->oom = true;
		return NULL;
	}
	scan->names[scan->nr_names++] = name;
	return name;
}

static void add_mapping(struct scan *scan, const struct process *process,
			const struct map_line *line, bool same_process)
{
	const struct mapping *last = NULL;
	struct mapping *mapping;

	if (pagemap_too_large(scan, process->pagemap, line->start, line->end)) {
		scan->build->result->gaps.ranges++;
		return;
	}
	if (!VEC_ROOM(scan->mappings, scan->nr_mappings + 1, scan->room_mappings)) {
		scan->build->oom = true;
		return;
	}
	if (same_process)
		last = &scan->mappings[scan->nr_mappings - 1];
	mapping = &scan->mappings[scan->nr_mappings];
	*mapping = (struct mapping){
		.start = line->start,
		.first = line->offset >> PAGE_SHIFT,
		.pages = (line->end - line->start) >> PAGE_SHIFT,
		.ino = line->ino,
		.dev_major = line->dev_major,
		.dev_minor = line->dev_minor,
		.kind = mapping_kind(scan, process, line),
		.process = process - scan->processes,
		.shared = line->shared,
	};
	/* A file is mapped in several pieces, side by side. */
	if (last && last->ino == mapping->ino && last->dev_major == mapping->dev_major &&
	    last->dev_minor == mapping->dev_minor && last->kind == mapping->kind)
		mapping->name = last->name;
	else
		mapping->name = keep_name(scan, line);
	if (mapping->name)
		scan->nr_mappings++;
}

static void read_maps(struct scan *scan, struct process *process, size_t size)
{
	size_t at = 0, used, first = scan->nr_mappings;
	uint64_t below = 0, others = 0, gaps = scan->build->result->gaps.ranges;
	struct map_line line;
	bool all = true;

	for (; at < size; at += used) {
		/* A process that changes its mappings meanwhile can make the kernel list one twice. */
		if (!maps_line(scan->text.bytes + at, size - at, &line, &used) || line.start < below) {
			all = false;
			continue;
		}
		below = line.end;
		if (!is_wanted_line(scan, &line))
			all = false;
		else if (line.ino || line.dev_major || line.dev_minor)
			add_mapping(scan, process, &line, scan->nr_mappings > first);
		else if (line.end <= INT64_MAX)
			others += read_anonymous(scan, process, &line);
	}
	if (all && gaps == scan->build->result->gaps.ranges)
		full_find(scan, process, scan->mappings + first, scan->nr_mappings - first, others);
}

/* Return: bytes of what was read into scan->text, 0 for no memory (a kernel thread, a zombie, gone), -errno. */
static ssize_t read_task(struct scan *scan, struct process *process)
{
	char path[PROCESS_PATH_SIZE];
	ssize_t size;

	process_path(process, "maps", path);
	size = text_read(&scan->text, scan->proc_fd, path);
	if (size <= 0)
		return size;
	if (group_of_process(scan->build, process->pid, &process->group))
		return -ENOENT;
	return process_pagemap(scan, process) < 0 ? -errno : size;
}

/* A leader that exited before its threads shows no memory; the threads do. */
static ssize_t read_other_task(struct scan *scan, struct process *process)
{
	char path[32];
	ssize_t size = 0;
	struct dirent *entry;
	struct stat st;
	int fd;
	DIR *dir;

	snprintf(path, sizeof(path), "%d/task", process->pid);
	/* Two links, and one for each thread. Most of those that have but one are threads of the kernel. */
	if (!fstatat(scan->proc_fd, path, &st, 0) && st.st_nlink == 3)
		return 0;
	fd = openat(scan->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return 0;
	}
	while (!size && (entry = readdir(dir))) {
		process->tid = strtol(entry->d_name, NULL, 10);
		if (process->tid > 0 && process->tid != process->pid)
			size = read_task(scan, process);
	}
	closedir(dir);
	return size;
}

static void read_process(struct scan *scan, pid_t pid)
{
	struct process process = { .pid = pid, .tid = pid, .pagemap = -1 };
	ssize_t size;

	if (!VEC_ROOM(scan->processes, scan->nr_processes + 1, scan->room_processes)) {
		scan->build->oom = true;
		return;
	}
	size = read_task(scan, &process);
	if (!size)
		size = read_other_task(scan, &process);
	if (size == -ENOMEM)
		scan->build->oom = true;
	/* That a process goes away meanwhile is normal. */
	else if (size < 0 && size != -ENOENT && size != -ESRCH)
		scan->build->result->gaps.processes++;
	if (size <= 0)
		return;
	scan->processes[scan->nr_processes++] = process;
	group_count(scan->build, process.group, 1);
	read_maps(scan, &scan->processes[scan->nr_processes - 1], size);
}

/* Whether /proc lists only processes of the caller. */
static bool processes_hidden(const struct scan *scan)
{
	char path[512];
	struct mntent *mount;
	bool hidden = false;
	FILE *file;

	/* hidepid is no obstacle to whom may read everything. */
	if (!geteuid() || (size_t)snprintf(path, sizeof(path), "%s/self/mounts",
					   scan->build->tree->proc) >= sizeof(path))
		return false;
	file = setmntent(path, "re");
	while (file && (mount = getmntent(file))) {
		const char *option =
			strcmp(mount->mnt_type, "proc") ? NULL : hasmntopt(mount, "hidepid");

		if (option && !strcmp(mount->mnt_dir, scan->build->tree->proc))
			hidden = strncmp(option, "hidepid=0", 9) &&
				 strncmp(option, "hidepid=off", 11);
	}
	if (file)
		endmntent(file);
	return hidden;
}

/* The number of the first PID namespace (PROC_PID_INIT_INO), which the kernel never changes. */
static bool in_first_pid_namespace(const struct scan *scan)
{
	struct stat st;

	return fstatat(scan->proc_fd, "self/ns/pid", &st, 0) || st.st_ino == 0xEFFFFFFCU;
}

int processes_read(struct scan *scan)
{
	size_t done = 0;
	struct dirent *entry;
	int fd = openat(scan->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return mcg_fail_errno(scan->build->err, errno, scan->build->tree->proc,
				      "cannot list processes");
	}
	raise_fd_limit(scan);
	full_open(scan);
	while (!scan->build->oom && (entry = readdir(dir))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (pid <= 0 || *end)
			continue;
		read_process(scan, pid);
		if (scan->query->progress)
			scan->query->progress(scan->query->progress_arg, ++done, 0);
	}
	closedir(dir);
	if (processes_hidden(scan) || !in_first_pid_namespace(scan))
		scan->build->result->gaps.hidden = true;
	return 0;
}
