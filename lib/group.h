/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups by the names that people give them. A group is a directory of the cgroup filesystem that
 * carries the memory controller; its path here is relative to that mount and begins with '/'.
 */
#ifndef MCG_GROUP_H
#define MCG_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/**
 * struct mcg_tree - the hierarchy of the memory controller
 * @mount: its mount point
 * @proc: where /proc is
 * @version: 2, or 1 where the memory controller is still on cgroup v1
 */
struct mcg_tree {
	char *mount;
	char *proc;
	int version;
};

/**
 * struct mcg_groups - paths of groups
 * @path: @n strings, sorted
 * @n: how many
 */
struct mcg_groups {
	char **path;
	size_t n;
};

/**
 * mcg_tree_open() - find the hierarchy of the memory controller
 * @tree: filled in; release with mcg_tree_close()
 * @err: why there is none
 *
 * The environment variable MEMCGCTL_CGROUP names the mount point instead of what is mounted.
 * Return: 0, or -1.
 */
int mcg_tree_open(struct mcg_tree *tree, struct mcg_error *err);

/*
 * mcg_tree_init() - take @mount and @proc as they are, without looking. Return: 0, or -1 without
 * memory.
 */
int mcg_tree_init(struct mcg_tree *tree, const char *mount, const char *proc, int version);

void mcg_tree_close(struct mcg_tree *tree);

/**
 * mcg_group_resolve() - find the one group that a name stands for
 * @tree: where to look
 * @name: `/a/b`, an absolute path in the cgroup filesystem, a systemd unit (`a.service`,
 *	`a.slice`, `a.scope`), `pid:N`, `id:N`, `self`, a prefix of a container id (hexadecimal, 4
 *	digits or more), or a glob
 * @path: the result, to be freed; untouched on failure
 * @err: no such group (%MCG_NOT_FOUND); several groups, with their list (%MCG_USAGE)
 *
 * Return: 0, or -1.
 */
int mcg_group_resolve(const struct mcg_tree *tree, const char *name, char **path,
		      struct mcg_error *err);

/**
 * mcg_group_expand() - find all groups that a name stands for
 * @groups: the matches are added; release with mcg_groups_free(), also after a failure
 *
 * Only a glob may stand for several. Otherwise as mcg_group_resolve().
 */
int mcg_group_expand(const struct mcg_tree *tree, const char *name, struct mcg_groups *groups,
		     struct mcg_error *err);

/**
 * mcg_group_path() - the path that a name beginning with '/' stands for, whether there is such a
 * group or not
 * @path: the result, to be freed: without the mount point, doubled or trailing slashes
 *
 * Return: 0, or -1.
 */
int mcg_group_path(const struct mcg_tree *tree, const char *name, char **path, struct mcg_error *err);

/* mcg_group_exists() - whether there is a group with that path. */
bool mcg_group_exists(const struct mcg_tree *tree, const char *path);

/* mcg_group_is_within() - whether a path is that of @group or of one below it, by their names */
bool mcg_group_is_within(const char *path, const char *group);

void mcg_groups_free(struct mcg_groups *groups);

/**
 * mcg_group_of_pid() - the group that a process is in
 * @pid: process; 0 for the caller
 * @path: the result, to be freed; relative to the caller's cgroup namespace
 *
 * Return: 0, or -1: no such process, or its group is outside the caller's cgroup namespace.
 */
int mcg_group_of_pid(const struct mcg_tree *tree, pid_t pid, char **path, struct mcg_error *err);

/**
 * mcg_group_open() - open a file of a group
 * @path: of the group
 * @file: name of the file ("memory.max"), or "." for the directory
 * @flags: as for open(2); O_CLOEXEC is added
 *
 * Return: descriptor, or -1 with @err naming the group.
 */
int mcg_group_open(const struct mcg_tree *tree, const char *path, const char *file, int flags,
		   struct mcg_error *err);

/* mcg_group_id() - the id of a group (inode number of its directory). Return: 0, or -1. */
int mcg_group_id(const struct mcg_tree *tree, const char *path, uint64_t *id, struct mcg_error *err);

/**
 * mcg_group_common() - nearest common ancestor of two paths
 * Return: new string ("/" when they have nothing else in common), or NULL without memory.
 */
char *mcg_group_common(const char *a, const char *b);

/**
 * mcg_group_walk() - visit every group of the tree, parents before their children
 * @visit: gets the path and the id; a result other than 0 ends the walk
 * @data: for @visit
 *
 * Groups that go while walking, and directories that may not be read, are left out. Return: 0, what
 * @visit returned, or -1 with
 * @err set when the tree itself cannot be read.
 */
int mcg_group_walk(const struct mcg_tree *tree,
		   int (*visit)(const char *path, uint64_t id, void *data), void *data,
		   struct mcg_error *err);

/* Room for what mcg_group_short() makes of any name that a folder can have. */
#define MCG_GROUP_SHORT 256

/**
 * mcg_group_short() - the last part of a path, short enough for a tree: of a container the runtime and 12 digits of its id, of a pod
 * 8 of its UID, of a systemd unit the name without its escapes
 * @name: the last part; others stay as they are
 * @buf: for the result
 *
 * For people only: what is shown is not always a name that a command takes. Return: @buf.
 */
const char *mcg_group_short(const char *name, char *buf, size_t size);

#endif
