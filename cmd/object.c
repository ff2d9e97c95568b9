// SPDX-License-Identifier: GPL-2.0-only
#include "object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memcgctl.h"
#include "mounts.h"
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

int open_file(struct context *ctx, const char *text, struct file_object *file)
{
	struct stat st;
	size_t length;
	int path, ret = -1;

	*file = (struct file_object)NO_FILE_OBJECT;
	if (mcg_span_parse(text, &length, &file->start, &file->end, &ctx->err))
		return -1;
	file->path = strndup(text, length);
	if (!file->path)
		return mcg_fail_errno(&ctx->err, errno, NULL, "cannot open the file");
	path = open(file->path, O_PATH | O_CLOEXEC);
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
	struct mcg_error ignored;

	*target = (struct target)NO_TARGET;
	if (mcg_group_resolve(tree, name, &target->path, &ctx->err))
		return -1;
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
