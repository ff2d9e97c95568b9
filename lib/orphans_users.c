// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "orphans_internal.h"

struct object *hunt_object(struct hunt *hunt, uint32_t dev_major, uint32_t dev_minor, uint64_t ino,
			   uint32_t kind, bool *fresh)
{
	/* The kernel's device numbers have 12 and 20 bits. */
	uint64_t device = ((uint64_t)dev_major << 20 | dev_minor) << 32 | kind;
	uint64_t *index = hmap_at(&hunt->by_file, device, ino, fresh);

	if (!index || (*fresh && !VEC_ROOM(hunt->object, hunt->n_objects + 1, hunt->room_objects))) {
		hunt->oom = true;
		return NULL;
	}
	if (*fresh) {
		*index = hunt->n_objects++;
		hunt->object[*index] = (struct object){
			.dev_major = dev_major,
			.dev_minor = dev_minor,
			.ino = ino,
			.kind = kind,
			.mappers = GROUPSET_EMPTY,
			.users = GROUPSET_EMPTY,
		};
	}
	return &hunt->object[*index];
}

/* The index of a path; takes it over. */
static uint32_t group_index(struct hunt *hunt, char *path)
{
	for (size_t i = hunt->n_groups; i-- > 0;) {
		if (!strcmp(hunt->group[i], path)) {
			free(path);
			return i;
		}
	}
	if (!VEC_ROOM(hunt->group, hunt->n_groups + 1, hunt->room_groups)) {
		free(path);
		hunt->oom = true;
		return 0;
	}
	hunt->group[hunt->n_groups] = path;
	return hunt->n_groups++;
}

/*
 * SysV segments have their id as inode number, on the same device as memfds, which have a real one; and each IPC namespace
 * counts from 0.
 */
static uint32_t kind_of(struct hunt *hunt, pid_t pid, const struct map_line *line)
{
	char path[512];
	struct stat st;

	if (line->dev_major || line->name_len < 5 || memcmp(line->name, "/SYSV", 5))
		return 0;
	snprintf(path, sizeof(path), "%s/%d/ns/ipc", hunt->tree->proc, (int)pid);
	return stat(path, &st) ? 1 : (uint32_t)st.st_ino;
}

static void note_mapping(struct hunt *hunt, pid_t pid, uint32_t group, const struct map_line *line)
{
	bool fresh;
	struct object *object = hunt_object(hunt, line->dev_major, line->dev_minor, line->ino,
					    kind_of(hunt, pid, line), &fresh);

	if (!object)
		return;
	object->mappers = groupset_with(&hunt->sets, object->mappers, group);
	object->users = groupset_with(&hunt->sets, object->users, group);
	if (object->way)
		return;
	object->name = maps_name(line);
	if (!object->name || asprintf(&object->way, "%s/%d/map_files/%" PRIx64 "-%" PRIx64,
				      hunt->tree->proc, (int)pid, line->start, line->end) < 0) {
		object->way = NULL;
		hunt->oom = true;
	}
}

static void note_mappings(struct hunt *hunt, pid_t pid, uint32_t group)
{
	char path[512];
	struct map_line line;
	size_t used;
	ssize_t size;

	snprintf(path, sizeof(path), "%s/%d/maps", hunt->tree->proc, (int)pid);
	size = text_read(&hunt->text, AT_FDCWD, path);
	for (ssize_t at = 0; at < size && !hunt->oom; at += used)
		if (maps_line(hunt->text.bytes + at, size - at, &line, &used) && line.ino)
			note_mapping(hunt, pid, group, &line);
}

static void note_open(struct hunt *hunt, int dir, const char *way, const char *fd, uint32_t group)
{
	char name[PATH_MAX] = "";
	struct object *object;
	struct stat st;
	bool fresh;

	if (fstatat(dir, fd, &st, AT_NO_AUTOMOUNT) || !S_ISREG(st.st_mode))
		return;
	object = hunt_object(hunt, major(st.st_dev), minor(st.st_dev), st.st_ino, 0, &fresh);
	if (!object)
		return;
	object->users = groupset_with(&hunt->sets, object->users, group);
	if (object->way)
		return;
	if (readlinkat(dir, fd, name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	object->name = strdup(name);
	if (!object->name || asprintf(&object->way, "%s/%s", way, fd) < 0) {
		object->way = NULL;
		hunt->oom = true;
	}
}

static void note_files(struct hunt *hunt, pid_t pid, uint32_t group)
{
	struct dirent *entry;
	char path[512];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%d/fd", hunt->tree->proc, (int)pid);
	dir = opendir(path);
	while (dir && !hunt->oom && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			note_open(hunt, dirfd(dir), path, entry->d_name, group);
	if (dir)
		closedir(dir);
}

static void note_namespace(struct hunt *hunt, pid_t pid)
{
	char path[512];
	struct stat st;
	uint64_t *first;
	bool fresh;

	snprintf(path, sizeof(path), "%s/%d/ns/mnt", hunt->tree->proc, (int)pid);
	if (stat(path, &st))
		return;
	first = hmap_at(&hunt->namespaces, st.st_ino, 0, &fresh);
	if (!first)
		hunt->oom = true;
	else if (fresh)
		*first = pid;
}

/* A process that goes meanwhile uses nothing any more. */
static void note_process(struct hunt *hunt, pid_t pid)
{
	struct mcg_error ignored;
	uint32_t group;
	char *path;

	if (mcg_group_of_pid(hunt->tree, pid, &path, &ignored))
		return;
	group = group_index(hunt, path);
	note_mappings(hunt, pid, group);
	note_files(hunt, pid, group);
	note_namespace(hunt, pid);
}

int hunt_users(struct hunt *hunt)
{
	DIR *dir = opendir(hunt->tree->proc);
	struct dirent *entry;

	if (!dir)
		return mcg_fail_errno(hunt->err, errno, hunt->tree->proc, "cannot list processes");
	while (!hunt->oom && (entry = readdir(dir))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (pid > 0 && !*end)
			note_process(hunt, pid);
	}
	closedir(dir);
	return hunt->oom || hunt->sets.oom ? mcg_fail(hunt->err, MCG_FAILED, NULL, "out of memory")
					   : 0;
}

void hunt_free(struct hunt *hunt)
{
	for (size_t i = 0; i < hunt->n_groups; i++)
		free(hunt->group[i]);
	for (size_t i = 0; i < hunt->n_objects; i++) {
		free(hunt->object[i].way);
		free(hunt->object[i].name);
	}
	free(hunt->group);
	free(hunt->object);
	free(hunt->text.bytes);
	groupset_free(&hunt->sets);
	hmap_free(&hunt->by_file);
	hmap_free(&hunt->shmem);
	hmap_free(&hunt->namespaces);
}
