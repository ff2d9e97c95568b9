/* SPDX-License-Identifier: GPL-2.0-only */
/* Setting the kmem limit of a group, as far as several commands do it. */
#ifndef CMD_LIMIT_H
#define CMD_LIMIT_H

#include "command.h"
#include "group.h"
#include "memcgctl.h"

/**
 * limit_open() - open the file by which a group is named when its limit is asked for or set
 * @flags: O_RDONLY, or O_WRONLY to set it
 *
 * Return: a descriptor of its memory.max, or -1 with an error that says why there is none.
 */
int limit_open(struct context *ctx, const struct mcg_tree *tree, const char *path, int flags);

/* limit_write() - write what the limit of a group is now, for people. */
void limit_write(const struct mcg_output *out, const struct mcg_kmem *kmem, const char *path);

#endif
