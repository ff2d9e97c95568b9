/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trees that look like /proc and a cgroup filesystem to the procfs backend.
 */
#ifndef PROCFS_FIXTURE_H
#define PROCFS_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "group.h"

#define PTE_PRESENT (UINT64_C(1) << 63)
#define PTE_FILE (UINT64_C(1) << 61)
#define PTE_EXCLUSIVE (UINT64_C(1) << 56)

struct fixture {
	char root[64];
	struct mcg_tree tree;
};

void fixture_open(struct fixture *fixture, int version);
void fixture_close(struct fixture *fixture);

/* Makes a group below one that exists. Return: its id. */
uint64_t fixture_group(struct fixture *fixture, const char *path, uint64_t charged);

/* Makes a process; @cgroup is the text of its file. */
void fixture_process(struct fixture *fixture, int pid, const char *cgroup);

/* Adds text to the maps of a process. */
void fixture_maps(struct fixture *fixture, int pid, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What a mapping maps is a regular file. */
void fixture_map_file(struct fixture *fixture, int pid, uint64_t start, uint64_t end);

/* Puts @count entries into the page table of a process. */
void fixture_ptes(struct fixture *fixture, int pid, uint64_t address, const uint64_t *entries,
		  size_t count);

/* How many pages the kernel says that a process maps of files and shared memory. */
void fixture_statm(struct fixture *fixture, int pid, uint64_t shared);

/* Which kernel it is. */
void fixture_release(struct fixture *fixture, const char *release);

/* Writes @count numbers at @index into a file of /proc: kpagecount, kpagecgroup, kpageflags. */
void fixture_numbers(struct fixture *fixture, const char *file, uint64_t index,
		     const uint64_t *numbers, size_t count);

#endif
