/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The procfs backend: attribution from /proc and the cgroup filesystem alone, with no module.
 */
#ifndef MCG_PROCFS_H
#define MCG_PROCFS_H

#include "attribution.h"
#include "error.h"
#include "group.h"

/**
 * procfs_attribution() - look at every process that may be read
 * @tree: the hierarchy of the memory controller, and /proc; tests make their own
 * @query: of the filters just @one_file and @pid
 * @out: the result; to be freed with mcg_attribution_free()
 *
 * Processes that come and go meanwhile are no error. The result is exact for memory at rest when its gaps are empty.
 *
 * Unprivileged, the kernel gives no page frame numbers. Pages of files are then told apart by their place in
 * the file, which is right but for a page that two files share (overlays); private pages that processes share by fork are
 * counted for each.
 *
 * The largest part of the work is done once per page, not once per mapping: the mappings of a file are swept by
 * offset; where as many mappings cover a page as the kernel counts (kpagecount), all of them map it; and from Linux 6.18 on, a
 * process that maps as many pages as its mappings have (statm) maps all of them.
 *
 * Return: 0, or -1 with @err set (no memory controller, /proc unreadable, no memory; of @pid no such process, not permitted).
 */
int procfs_attribution(const struct mcg_tree *tree, const struct mcg_attr_query *query,
		       struct mcg_attribution **out, struct mcg_error *err);

/**
 * procfs_identify() - device and inode of a file as mappings of it show them
 * @path: a regular file
 *
 * stat() is not enough: on overlayfs and btrfs a mapping shows another device. Maps the file for a moment if
 * it may be opened; otherwise stat() has to do. Return: 0, or -1 with @err set.
 */
int procfs_identify(const struct mcg_tree *tree, const char *path, struct mcg_attr_query *query,
		    struct mcg_error *err);

/**
 * struct procfs_mapping - one mapping of a process
 * @offset: in the file, of @start
 * @dev_major, @dev_minor, @ino: of the file; 0 when there is none
 * @name: as /proc/PID/maps has it
 */
struct procfs_mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t ino;
	bool shared;
	char *name;
};

/**
 * procfs_mappings() - visit the mappings of a process, lowest first
 * @visit: a result other than 0 ends it; @mapping lives as long as the call
 *
 * Return: 0, what @visit returned, or -1 with @err set (no such process, not permitted).
 */
int procfs_mappings(const char *proc, pid_t pid,
		    int (*visit)(const struct procfs_mapping *mapping, void *data), void *data,
		    struct mcg_error *err);

#endif
