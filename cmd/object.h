/* SPDX-License-Identifier: GPL-2.0-only */
/* What a charge is about and who is to pay for it, as the user names them and the module wants them. */
#ifndef CMD_OBJECT_H
#define CMD_OBJECT_H

#include <stdint.h>

#include "command.h"
#include "group.h"

/**
 * struct file_object - a range of a file
 * @fd: for writing where that is needed as a proof of permission and possible, otherwise for reading; -1 before
 * @start: first byte
 * @end: one past the last byte; %MEMCGCTL_SIZE_MAX for the end of the file
 * @size: bytes between the two as the file is now, for a progress
 * @path: the file as the user named it, without the range; to be freed
 */
struct file_object {
	int fd;
	uint64_t start;
	uint64_t end;
	uint64_t size;
	char *path;
};

#define NO_FILE_OBJECT                                                                             \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/**
 * open_file() - open a file, or a range of it, for the module
 * @text: PATH or PATH:OFF+LEN, see mcg_span_parse(); when there is a file of just that name, that one is meant
 * @file: overwritten; release with close_file(), also after a failure
 *
 * The file is looked at before it is opened: opening a device or a pipe may do something. The caller's own file
 * is opened for reading, for its ownership is proof enough, and opening for writing would copy a file of an
 * overlay's lower layer. Return: 0, or -1.
 */
int open_file(struct context *ctx, const char *text, struct file_object *file);
void close_file(struct file_object *file);

/**
 * open_segment() - open a System V shared memory segment
 * @text: its id in the caller's IPC namespace, as ipcs(1) shows it
 * @file: as for open_file()
 *
 * There is no name to open it by but a mapping of it; to follow that takes CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in
 * the initial user namespace. Return: 0, or -1.
 */
int open_segment(struct context *ctx, const char *text, struct file_object *file);

/**
 * open_mapping() - open the file behind a range of shared memory of a process
 * @start: first address
 * @end: one past the last
 * @file: as for open_file(), when it is shared memory
 *
 * Return: 1 when the range is shared memory of one file, 0 when nothing in it is shared, -1 on error (a range of both).
 */
int open_mapping(struct context *ctx, pid_t pid, uint64_t start, uint64_t end,
		 struct file_object *file);

/**
 * open_mount() - open the root directory of a filesystem
 * @dir: the directory
 *
 * Any other directory is refused: what is done with a filesystem concerns all of it, wherever it is mounted. The error
 * names those places. Return: a descriptor, or -1.
 */
int open_mount(struct context *ctx, const char *dir);

/**
 * open_process() - open a process
 * @text: its id
 * @pid: the id
 *
 * Return: a pidfd, or -1.
 */
int open_process(struct context *ctx, const char *text, pid_t *pid);

/**
 * struct target - a group that is to pay
 * @fd: its cgroup.procs, for writing where permitted, otherwise for reading; -1 before
 * @ancestor: cgroup.procs, for writing, of the nearest common ancestor of the caller's group and this one: the proof
 *	that the caller could move a task there; -1 where there is none. The kernel says whether it is needed.
 * @path: of the group; to be freed
 */
struct target {
	int fd;
	int ancestor;
	char *path;
};

#define NO_TARGET                                                                                  \
	{                                                                                          \
		.fd = -1, .ancestor = -1                                                           \
	}

/**
 * open_target() - open a group that is to pay
 * @name: see mcg_group_resolve()
 * @target: overwritten; release with close_target(), also after a failure
 *
 * Return: 0, or -1.
 */
int open_target(struct context *ctx, const struct mcg_tree *tree, const char *name,
		struct target *target);

/* open_target_path() - the same with @target->path set to a path already, which may hold anything. */
int open_target_path(struct context *ctx, const struct mcg_tree *tree, struct target *target);
void close_target(struct target *target);

#endif
