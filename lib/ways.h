/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths to files that have no name here: memfds, segments of shared memory, deleted files, those of other mount namespaces. */
#ifndef MCG_WAYS_H
#define MCG_WAYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct mcg_way - a file, and a process that shares a mapping of it
 * @name: as /proc/PID/maps has it: device and inode of a memfd may be those of a segment, too
 * @pid: 0 when no process was found; then @start and @end, the addresses, mean nothing
 */
struct mcg_way {
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
	const char *name;
	pid_t pid;
	uint64_t start;
	uint64_t end;
};

/**
 * mcg_ways_find() - look for a mapping of each of some files, in one pass over all processes
 * @proc: the procfs mount
 *
 * Processes that may not be read are passed over.
 */
void mcg_ways_find(const char *proc, struct mcg_way *ways, size_t n);

#endif
