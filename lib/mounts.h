/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filesystems by the directories where they are mounted. */
#ifndef MCG_MOUNTS_H
#define MCG_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/**
 * struct mcg_mounts - one filesystem in the caller's mount namespace
 * @is_root: the directory that was asked for is the root of the filesystem, not one of its directories that is mounted or
 *	lies in a mount
 * @path: @n directories where the filesystem's root is mounted
 */
struct mcg_mounts {
	bool is_root;
	char **path;
	size_t n;
};

/**
 * mcg_mounts_of() - where the filesystem of an open directory is mounted
 * @proc: where /proc is
 * @mounts: overwritten; release with mcg_mounts_free(), also after a failure
 *
 * Return: 0, or -1 with @err set.
 */
int mcg_mounts_of(const char *proc, int fd, struct mcg_mounts *mounts, struct mcg_error *err);
void mcg_mounts_free(struct mcg_mounts *mounts);

/**
 * mcg_mounts_line() - read one line of mountinfo
 * @line: overwritten: its fields are cut apart in place
 * @id: of the mount
 * @dev: "major:minor" of the filesystem
 * @root: which directory of the filesystem is mounted
 * @point: where
 *
 * Return: 0, or -1 when it makes no sense.
 */
int mcg_mounts_line(char *line, uint64_t *id, const char **dev, const char **root,
		    const char **point);

/**
 * struct mcg_mount - a mount of some mount namespace
 * @root: the directory of the filesystem that is mounted; "/" for all of it
 * @point: where, as the processes of that namespace see it
 * @type: of the filesystem
 */
struct mcg_mount {
	uint32_t dev_major;
	uint32_t dev_minor;
	const char *root;
	const char *point;
	const char *type;
};

/**
 * mcg_mounts_walk() - visit the mounts of a mount namespace
 * @file: /proc/PID/mountinfo
 * @visit: what it is given lives until it returns; a result other than 0 ends the walk
 *
 * Return: 0, what @visit returned, or -1 with errno set.
 */
int mcg_mounts_walk(const char *file, int (*visit)(const struct mcg_mount *mount, void *data),
		    void *data);

#endif
