// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memcgctl.h"
#include "mounts.h"
#include "procfs.h"
#include "size.h"

/* What stat(2) says of an owner whom the caller's user namespace has no id for. */
#define UID_UNMAPPED 65534

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int open_process(struct context *ctx, const char *text, pid_t *pid)
{
	uint64_t number;
	int fd;

	if (mcg_number_parse(text, INT_MAX, &number) || !number)
		return usage_error(ctx, text, "not a process id");
	*pid = number;
	fd = syscall(SYS_pidfd_open, *pid, 0);
	if (fd >= 0)
		return fd;
	if (errno == ESRCH)
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, text, "no such process");
	if (errno == EINVAL)
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, text, "a thread, not a process");
	return mcg_fail_errno(&ctx->err, errno, text, "cannot open the process");
}

/* Who owns a file, or is root over its owner, needs no descriptor for writing. */
static int access_first(const struct stat *st)
{
	uid_t uid = geteuid();

	return st->st_uid == uid || (!uid && st->st_uid != UID_UNMAPPED) ? O_RDONLY : O_RDWR;
}

/* Opens what @path (O_PATH) stands for, whatever has become of its name. */
static int reopen(struct context *ctx, int path, const struct stat *st, struct file_object *file)
{
	int first = access_first(st);
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
	file->fd = open(name, first | O_CLOEXEC);
	if (file->fd < 0)
		file->fd = open(name, (first ^ O_RDONLY ^ O_RDWR) | O_CLOEXEC);
	if (file->fd < 0)
		return mcg_fail_errno(&ctx->err, errno, file->path, "cannot open the file");
	return 0;
}

static void set_size(struct file_object *file, uint64_t size)
{
	uint64_t end = file->end < size ? file->end : size;

	file->size = end > file->start ? end - file->start : 0;
}

/* Opens the regular file at @name into @file, whose range and path are set. */
static int open_regular(struct context *ctx, const char *name, struct file_object *file)
{
	struct stat st;
	int path = open(name, O_PATH | O_CLOEXEC), ret = -1;

	if (path < 0 || fstat(path, &st)) {
		if (errno == ENOENT)
			mcg_fail(&ctx->err, MCG_NOT_FOUND, file->path, "no such file");
		else
			mcg_fail_errno(&ctx->err, errno, file->path, "cannot open the file");
	} else if (!S_ISREG(st.st_mode)) {
		mcg_fail(&ctx->err, MCG_FAILED, file->path, "not a regular file");
	} else {
		set_size(file, st.st_size);
		ret = reopen(ctx, path, &st, file);
	}
	close_fd(&path);
	return ret;
}

static int no_memory(struct context *ctx)
{
	return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot open the file");
}

int open_file(struct context *ctx, const char *text, struct file_object *file)
{
	struct stat st;
	size_t length;

	*file = (struct file_object)NO_FILE_OBJECT;
	file->end = MEMCGCTL_SIZE_MAX;
	/* There may be a file of just that name. */
	length = strlen(text);
	if (lstat(text, &st) && mcg_span_parse(text, &length, &file->start, &file->end, &ctx->err))
		return -1;
	file->path = strndup(text, length);
	if (!file->path)
		return no_memory(ctx);
	return open_regular(ctx, file->path, file);
}

/* A mapping as the kernel names it, which leads to its file whatever the path in it says now. */
static int open_map_file(struct context *ctx, const char *process, uint64_t start, uint64_t end,
			 struct file_object *file)
{
	char name[96];

	snprintf(name, sizeof(name), "/proc/%s/map_files/%" PRIx64 "-%" PRIx64, process, start, end);
	return open_regular(ctx, name, file);
}

int open_segment(struct context *ctx, const char *text, struct file_object *file)
{
	uint64_t page = sysconf(_SC_PAGESIZE), id, size;
	struct shmid_ds ds;
	void *at;
	int ret;

	*file = (struct file_object)NO_FILE_OBJECT;
	file->end = MEMCGCTL_SIZE_MAX;
	if (mcg_number_parse(text, INT_MAX, &id))
		return usage_error(ctx, text, "not an id of shared memory");
	if (asprintf(&file->path, "segment %s", text) < 0) {
		file->path = NULL;
		return no_memory(ctx);
	}
	if (shmctl(id, IPC_STAT, &ds) && (errno == EINVAL || errno == EIDRM))
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, text, "no such shared memory segment");
	at = shmat(id, NULL, SHM_RDONLY);
	if (at == (void *)-1)
		return mcg_fail_errno(&ctx->err, errno, text, "cannot attach the segment");
	size = (ds.shm_segsz + page - 1) / page * page;
	ret = open_map_file(ctx, "self", (uintptr_t)at, (uintptr_t)at + size, file);
	if (ret && ctx->err.status == MCG_NOT_PERMITTED)
		mcg_hint(&ctx->err, "it needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN");
	shmdt(at);
	return ret;
}

/* What a range of addresses is made of. */
struct survey {
	uint64_t start;
	uint64_t end;
	/* First address that no mapping was seen for. */
	uint64_t seen;
	/* The first shared mapping; of later ones only that they go on with it. */
	struct procfs_mapping first;
	bool other;
};

static int survey_mapping(const struct procfs_mapping *mapping, void *data)
{
	struct survey *survey = data;
	struct procfs_mapping *first = &survey->first;

	if (mapping->start >= survey->end)
		return 1;
	if (mapping->end <= survey->start)
		return 0;
	survey->other |= mapping->start > survey->seen || !mapping->shared;
	survey->seen = mapping->end;
	if (!mapping->shared)
		return 0;
	if (!first->name) {
		*first = *mapping;
		first->name = strdup(mapping->name);
		return first->name ? 0 : -1;
	}
	survey->other |= mapping->ino != first->ino || strcmp(mapping->name, first->name) ||
			 mapping->offset - first->offset != mapping->start - first->start;
	return 0;
}

/*
 * Follows the mapping, or, where that is not permitted, its name as the process sees it. Either may lead elsewhere by now: the inode
 * tells.
 */
static int open_surveyed(struct context *ctx, pid_t pid, const struct survey *survey,
			 struct file_object *file)
{
	const struct procfs_mapping *first = &survey->first;
	char process[16], *name;
	struct stat st;
	int ret;

	file->path = strdup(first->name);
	file->start = first->offset + (survey->start - first->start);
	file->end = file->start + (survey->end - survey->start);
	if (!file->path)
		return no_memory(ctx);
	snprintf(process, sizeof(process), "%d", (int)pid);
	ret = open_map_file(ctx, process, first->start, first->end, file);
	if (ret && ctx->err.status == MCG_NOT_PERMITTED && first->name[0] == '/') {
		if (asprintf(&name, "/proc/%s/root%s", process, first->name) < 0)
			return no_memory(ctx);
		ret = open_regular(ctx, name, file);
		free(name);
	}
	if (!ret && (fstat(file->fd, &st) || st.st_ino != first->ino))
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, first->name,
				"the file of the mapping cannot be found by this name");
	return ret;
}

int open_mapping(struct context *ctx, pid_t pid, uint64_t start, uint64_t end,
		 struct file_object *file)
{
	struct survey survey = { .start = start, .end = end, .seen = start };
	int ret = procfs_mappings("/proc", pid, survey_mapping, &survey, &ctx->err);

	*file = (struct file_object)NO_FILE_OBJECT;
	if (ret >= 0 && survey.first.name) {
		survey.other |= survey.seen < end;
		if (survey.other)
			ret = mcg_fail(&ctx->err, MCG_FAILED, NULL,
				       "the range holds shared memory of \"%s\", and something else",
				       survey.first.name);
		else
			ret = open_surveyed(ctx, pid, &survey, file) ? -1 : 1;
	} else if (ret > 0) {
		ret = 0;
	}
	free(survey.first.name);
	return ret;
}

void close_file(struct file_object *file)
{
	close_fd(&file->fd);
	free(file->path);
	file->path = NULL;
}

/* Where the filesystem is mounted, as far as it fits into a hint. */
static void hint_mounts(struct context *ctx, const struct mcg_mounts *mounts)
{
	char text[sizeof(ctx->err.hint)] = "";
	size_t n = 0;

	for (size_t i = 0; i < mounts->n && n < sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - n, "%s%s", i ? ", " : "", mounts->path[i]);
	if (n)
		mcg_hint(&ctx->err, "that is mounted at %s", text);
	else
		mcg_hint(&ctx->err, "that is mounted nowhere here");
}

int open_mount(struct context *ctx, const char *dir)
{
	struct mcg_mounts mounts;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0) {
		if (errno == ENOENT)
			return mcg_fail(&ctx->err, MCG_NOT_FOUND, dir, "no such directory");
		return mcg_fail_errno(&ctx->err, errno, dir, "cannot open the directory");
	}
	ret = mcg_mounts_of("/proc", fd, &mounts, &ctx->err);
	if (!ret && !mounts.is_root) {
		ret = mcg_fail(&ctx->err, MCG_FAILED, dir, "not the root of its filesystem");
		hint_mounts(ctx, &mounts);
	}
	mcg_mounts_free(&mounts);
	if (ret)
		close_fd(&fd);
	return fd;
}

static void open_ancestor(const struct mcg_tree *tree, struct target *target)
{
	struct mcg_error ignored;
	char *own, *common;

	if (mcg_group_of_pid(tree, 0, &own, &ignored))
		return;
	common = strcmp(own, target->path) ? mcg_group_common(own, target->path) : NULL;
	if (common)
		target->ancestor = mcg_group_open(tree, common, "cgroup.procs", O_WRONLY, &ignored);
	free(common);
	free(own);
}

int open_target(struct context *ctx, const struct mcg_tree *tree, const char *name,
		struct target *target)
{
	*target = (struct target)NO_TARGET;
	if (mcg_group_resolve(tree, name, &target->path, &ctx->err))
		return -1;
	return open_target_path(ctx, tree, target);
}

int open_target_path(struct context *ctx, const struct mcg_tree *tree, struct target *target)
{
	struct mcg_error ignored;

	/* Of one's own group reading is enough; which one that is the kernel knows. */
	target->fd = mcg_group_open(tree, target->path, "cgroup.procs", O_WRONLY, &ignored);
	if (target->fd < 0)
		target->fd = mcg_group_open(tree, target->path, "cgroup.procs", O_RDONLY, &ctx->err);
	if (target->fd < 0)
		return -1;
	open_ancestor(tree, target);
	return 0;
}

void close_target(struct target *target)
{
	close_fd(&target->fd);
	close_fd(&target->ancestor);
	free(target->path);
	target->path = NULL;
}
