/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a group and those below it are charged with, by kind, as the kernel itself counts it: memory.stat and the like. */
#ifndef MCG_STAT_H
#define MCG_STAT_H

#include <stdint.h>

#include "group.h"

/* In place of a figure that the group does not have, or that could not be read. */
#define MCG_KIND_UNKNOWN (UINT64_MAX - 1)

enum mcg_kind {
	MCG_KIND_ANON,
	MCG_KIND_SHMEM,
	MCG_KIND_FILE,	 /* with shared memory */
	MCG_KIND_KERNEL, /* v1 does not tell */
	MCG_KIND_SOCK,	 /* the same */
	MCG_KIND_SWAP,
	MCG_KINDS,
};

/* mcg_kinds_read() - read them all, in bytes; what cannot be read is %MCG_KIND_UNKNOWN */
void mcg_kinds_read(const struct mcg_tree *tree, const char *path, uint64_t kind[MCG_KINDS]);

/* mcg_counter_read() - read a file with one number. Return: that, %MCG_SIZE_MAX for "max", or %MCG_KIND_UNKNOWN */
uint64_t mcg_counter_read(const struct mcg_tree *tree, const char *path, const char *file);

/* As much of memory.stat as holds the lines that are looked for; they stand at its beginning. */
#define MCG_STAT_SIZE 8192

/* A line of memory.stat, and where its figure is put; after the last one, one without a key. */
struct mcg_stat_line {
	const char *key;
	unsigned int place;
};

/* mcg_stat_parse() - put the figures of some lines of memory.stat, each %MCG_KIND_UNKNOWN where it is not there; @text is changed */
void mcg_stat_parse(char *text, const struct mcg_stat_line *lines, uint64_t *figures);

#endif
