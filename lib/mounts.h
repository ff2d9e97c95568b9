/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filesystems by the directory where they are mounted. */
#ifndef MCG_MOUNTS_H
#define MCG_MOUNTS_H

#include <stdint.h>

#include "error.h"

/**
 * struct mcg_mount - a line of /proc/PID/mountinfo
 * @id: of the mount
 * @root: the directory of the filesystem that is mounted; "/" for all of it
 * @point: where, as that process sees it
 * @type: of the filesystem
 */
struct mcg_mount {
	uint64_t id;
	uint32_t dev_major;
	uint32_t dev_minor;
	char *root;
	char *point;
	char *type;
};

/**
 * mcg_mount_walk() - visit the mounts of a mount namespace
 * @file: /proc/PID/mountinfo
 * @visit: what it is given lives until it returns; a result other than 0 ends the walk
 *
 * Return: 0, what @visit returned, or -1 with errno set.
 */
int mcg_mount_walk(const char *file, int (*visit)(const struct mcg_mount *mount, void *data),
		   void *data);

/**
 * mcg_mount_root() - open the root directory of a filesystem
 * @dir: path of it
 *
 * Another directory is an error that names the root. Return: descriptor (for its path only), or -1 with @err set.
 */
int mcg_mount_root(const char *dir, struct mcg_error *err);

#endif
