/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which groups map something, all in all. */
#ifndef MCG_MAPPERS_H
#define MCG_MAPPERS_H

#include "group.h"
#include "ranges.h"

/**
 * struct mcg_mapped - what is asked about
 * @file: @n_files files
 * @device: @dev_major, @dev_minor stand for all files of a filesystem
 * @group: a group that counts as a mapper, too, or NULL
 */
struct mcg_mapped {
	const struct mcg_file_id *file;
	size_t n_files;
	bool device;
	uint32_t dev_major;
	uint32_t dev_minor;
	const char *group;
};

/**
 * mcg_mappers_common() - the nearest common ancestor of all groups that map one of these files
 * @path: the result, to be freed
 *
 * Return: 0, or -1: nobody maps any, one of them cannot be seen from here, or it is the root, which is named.
 */
int mcg_mappers_common(const struct mcg_tree *tree, const struct mcg_mapped *mapped, char **path,
		       struct mcg_error *err);

#endif
