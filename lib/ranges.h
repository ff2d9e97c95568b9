/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What parts of a process's address space are called. */
#ifndef MCG_RANGES_H
#define MCG_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "group.h"

/* A file as mappings show it. */
struct mcg_file_id {
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
};

/**
 * struct mcg_range - addresses from @start up to @end, without a gap
 * @shared: of a shared mapping
 * @file: what is mapped; all 0 for private memory
 */
struct mcg_range {
	uint64_t start;
	uint64_t end;
	bool shared;
	struct mcg_file_id file;
};

struct mcg_ranges {
	struct mcg_range *range;
	size_t n;
	size_t room;
};

/**
 * mcg_ranges_named() - the mappings of a process that have a name
 * @name: as /proc/PID/maps writes it ("[heap]", "/usr/lib/x.so"), with or without its " (deleted)"; NULL for all mappings
 * @ranges: added to, in order; release with mcg_ranges_free(), also after a failure
 *
 * Return: 0, or -1: no such process or mapping (%MCG_NOT_FOUND), or it may not be looked at.
 */
int mcg_ranges_named(const struct mcg_tree *tree, pid_t pid, const char *name,
		     struct mcg_ranges *ranges, struct mcg_error *err);

void mcg_ranges_free(struct mcg_ranges *ranges);

#endif
