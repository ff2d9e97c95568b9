// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl claim: from what the user names to requests to the module. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "claim_private.h"
#include "mounts.h"
#include "procfs.h"
#include "size.h"
#include "vec.h"

static int no_memory(struct context *ctx)
{
	return mcg_fail(&ctx->err, MCG_FAILED, NULL, "out of memory");
}

void claim_object_close(struct job *job)
{
	for (size_t i = 0; i < job->n_fds; i++)
		close(job->fd[i]);
	free(job->fd);
	free(job->part);
	free(job->files);
	free(job->own_group);
}

/* Takes over @fd. */
static int keep_fd(struct context *ctx, struct job *job, int fd)
{
	if (!VEC_ROOM(job->fd, job->n_fds + 1, job->room_fds)) {
		close(fd);
		return no_memory(ctx);
	}
	job->fd[job->n_fds++] = fd;
	return 0;
}

static struct mcg_claim *add_part(struct context *ctx, struct job *job)
{
	static const struct mcg_claim none = MCG_CLAIM_INIT;

	if (!VEC_ROOM(job->part, job->n_parts + 1, job->room_parts)) {
		no_memory(ctx);
		return NULL;
	}
	job->part[job->n_parts] = none;
	return &job->part[job->n_parts++];
}

static int add_file(struct context *ctx, struct job *job, const struct mcg_file_id *file)
{
	if (!VEC_ROOM(job->files, job->mapped.n_files + 1, job->room_files))
		return no_memory(ctx);
	job->files[job->mapped.n_files++] = *file;
	job->mapped.file = job->files;
	return 0;
}

static int open_pidfd(struct context *ctx, const struct claim_options *opt, struct job *job,
		      pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0)
		return keep_fd(ctx, job, fd) ? -1 : fd;
	if (errno == ESRCH)
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, opt->pid, "no such process");
	if (errno == EINVAL)
		return mcg_fail(&ctx->err, MCG_NOT_FOUND, opt->pid, "a thread, not a process");
	return mcg_fail_errno(&ctx->err, errno, opt->pid, "cannot open the process");
}

static int add_range(struct context *ctx, struct job *job, int pidfd, uint64_t start, uint64_t end)
{
	struct mcg_claim *part = add_part(ctx, job);

	if (!part)
		return -1;
	part->pidfd = pidfd;
	part->start = start;
	part->end = end;
	if (end != MEMCGCTL_SIZE_MAX)
		job->size += end - start;
	return 0;
}

/* For --to common: the process's own group, and the files of its shared mappings in the parts. */
static int note_mappers(struct context *ctx, const struct mcg_tree *tree, struct job *job, pid_t pid)
{
	struct mcg_ranges all = { .n = 0 };
	int ret = mcg_ranges_named(tree, pid, NULL, &all, &ctx->err);

	if (!ret)
		ret = mcg_group_of_pid(tree, pid, &job->own_group, &ctx->err);
	for (size_t i = 0; i < all.n && !ret; i++) {
		const struct mcg_range *range = &all.range[i];
		bool in = false;

		for (size_t p = 0; p < job->n_parts; p++)
			in |= range->start < job->part[p].end && range->end > job->part[p].start;
		if (in && range->shared)
			ret = add_file(ctx, job, &range->file);
	}
	mcg_ranges_free(&all);
	job->mapped.group = job->own_group;
	return ret;
}

static int add_named(struct context *ctx, const struct mcg_tree *tree, struct job *job, int pidfd,
		     pid_t pid, const char *name)
{
	struct mcg_ranges ranges = { .n = 0 };
	int ret = mcg_ranges_named(tree, pid, name, &ranges, &ctx->err);

	for (size_t i = 0; i < ranges.n && !ret; i++)
		ret = add_range(ctx, job, pidfd, ranges.range[i].start, ranges.range[i].end);
	mcg_ranges_free(&ranges);
	return ret;
}

static int process_object(struct context *ctx, const struct mcg_tree *tree,
			  const struct claim_options *opt, struct job *job)
{
	uint64_t pid, start = 0, end = MEMCGCTL_SIZE_MAX;
	const char *what = ctx->args[0];
	bool named, all;
	int pidfd, ret;

	if (mcg_number_parse(opt->pid, INT_MAX, &pid) || !pid)
		return usage_error(ctx, opt->pid, "not a process id");
	if (ctx->n_args != 1)
		return usage_error(ctx, ctx->n_args ? ctx->args[1] : NULL,
				   "--pid needs one range: START-END, [heap], [stack], a file, or all");
	all = !strcmp(what, "all");
	named = what[0] == '[' || what[0] == '/';
	if (!all && !named && mcg_range_parse(what, &start, &end, &ctx->err))
		return -1;
	snprintf(job->subject, sizeof(job->subject), "process %s", opt->pid);
	pidfd = open_pidfd(ctx, opt, job, pid);
	if (pidfd < 0)
		return -1;
	ret = named ? add_named(ctx, tree, job, pidfd, pid, what)
		    : add_range(ctx, job, pidfd, start, end);
	/* What other programs share with it, its own text above all, is left alone. */
	if (!ret && all && !opt->include_shared)
		job->part[0].flags |= MEMCGCTL_CLAIM_WHOLE_PROCESS;
	if (!ret && opt->to && !strcmp(opt->to, "common"))
		ret = note_mappers(ctx, tree, job, pid);
	return ret;
}

/*
 * A descriptor for writing proves the right to claim; without it the kernel asks for ownership. The
 * file is looked at before it is opened, since opening a device or a pipe may do something.
 */
static int open_file(struct context *ctx, const char *name, uint64_t *size)
{
	char link[64];
	struct stat st;
	int path, fd, reading;

	path = open(name, O_PATH | O_CLOEXEC);
	if (path < 0 || fstat(path, &st)) {
		int saved = errno;

		if (path >= 0)
			close(path);
		if (saved == ENOENT)
			return mcg_fail(&ctx->err, MCG_NOT_FOUND, name, "no such file");
		return mcg_fail_errno(&ctx->err, saved, name, "cannot open the file");
	}
	if (!S_ISREG(st.st_mode)) {
		close(path);
		return mcg_fail(&ctx->err, MCG_FAILED, name, "not a regular file");
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	/* To open for writing makes an overlay copy the file, which then is another: only where reading gives no right. */
	reading = !geteuid() || st.st_uid == geteuid();
	fd = open(link, (reading ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		fd = open(link, (reading ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		mcg_fail_errno(&ctx->err, errno, name, "cannot open the file");
	close(path);
	*size = st.st_size;
	return fd;
}

/* PATH:OFF+LEN, unless there is a file of that name. Cuts @name. Return: whether there is a range, or -1. */
static int split_span(struct context *ctx, char *name, uint64_t *start, uint64_t *end)
{
	char *colon = strrchr(name, ':');
	struct stat st;

	if (!colon || !strchr(colon, '+') || !lstat(name, &st))
		return 0;
	if (mcg_span_parse(colon + 1, start, end, &ctx->err))
		return -1;
	*colon = '\0';
	return 1;
}

static int file_object(struct context *ctx, const struct mcg_tree *tree,
		       const struct claim_options *opt, struct job *job)
{
	uint64_t size = 0, start = 0, end = MEMCGCTL_SIZE_MAX;
	char *name = strdup(opt->file);
	struct procfs_query query;
	struct mcg_claim *part;
	int fd = -1, ret = -1;

	if (ctx->n_args) {
		free(name);
		return usage_error(ctx, ctx->args[0], "--file takes no argument but FILE:OFF+LEN");
	}
	if (!name)
		return no_memory(ctx);
	if (split_span(ctx, name, &start, &end) >= 0)
		fd = open_file(ctx, name, &size);
	if (fd < 0 || keep_fd(ctx, job, fd))
		goto out;
	part = add_part(ctx, job);
	if (!part)
		goto out;
	part->fd = fd;
	part->start = start;
	part->end = end;
	snprintf(job->subject, sizeof(job->subject), "%s", opt->file);
	job->size = (end < size ? end : size) - (start < size ? start : size);
	ret = 0;
	if (opt->to && !strcmp(opt->to, "common")) {
		ret = procfs_identify(tree, name, &query, &ctx->err);
		if (!ret)
			ret = add_file(ctx, job,
				       &(struct mcg_file_id){ query.dev_major, query.dev_minor,
							      query.ino });
	}
out:
	free(name);
	return ret;
}

static int mount_object(struct context *ctx, const struct claim_options *opt, struct job *job)
{
	struct mcg_claim *part;
	struct stat st;
	int fd;

	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "--mount takes a directory and nothing else");
	fd = mcg_mount_root(opt->mount, &ctx->err);
	if (fd < 0 || keep_fd(ctx, job, fd))
		return -1;
	part = add_part(ctx, job);
	if (!part)
		return -1;
	part->mount = fd;
	snprintf(job->subject, sizeof(job->subject), "%s", opt->mount);
	if (!fstat(fd, &st)) {
		job->mapped.device = true;
		job->mapped.dev_major = major(st.st_dev);
		job->mapped.dev_minor = minor(st.st_dev);
	}
	return 0;
}

/* The group that is claimed from: by a descriptor, or, when it is gone, by its id. */
static int set_from(struct context *ctx, const struct mcg_tree *tree,
		    const struct claim_options *opt, struct job *job)
{
	struct mcg_error err = { .status = MCG_OK };
	uint64_t id = 0;
	char *path;
	int fd = -1, ret;

	ret = mcg_group_resolve(tree, opt->from, &path, &err);
	if (!ret) {
		fd = mcg_group_open(tree, path, "cgroup.procs", O_WRONLY, &ctx->err);
		free(path);
		if (fd < 0 || keep_fd(ctx, job, fd))
			return -1;
	} else if (strncmp(opt->from, "id:", 3) || err.status != MCG_NOT_FOUND ||
		   mcg_number_parse(opt->from + 3, UINT64_MAX, &id) || !id) {
		ctx->err = err;
		return -1;
	}
	for (size_t i = 0; i < job->n_parts; i++) {
		job->part[i].from = fd;
		job->part[i].from_id = id;
	}
	return 0;
}

static int group_object(struct context *ctx, const struct claim_options *opt, struct job *job)
{
	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "--from takes a group and nothing else");
	snprintf(job->subject, sizeof(job->subject), "%s", opt->from);
	return add_part(ctx, job) ? 0 : -1;
}

/**
 * claim_object() - find what is to be claimed
 * @job: parts and descriptors are added; claim_object_close() also after a failure
 *
 * Return: 0, or -1 with the error set.
 */
int claim_object(struct context *ctx, const struct mcg_tree *tree, const struct claim_options *opt,
		 struct job *job)
{
	int ret;

	if (opt->pid)
		ret = process_object(ctx, tree, opt, job);
	else if (opt->file)
		ret = file_object(ctx, tree, opt, job);
	else if (opt->mount)
		ret = mount_object(ctx, opt, job);
	else
		ret = group_object(ctx, opt, job);
	if (!ret && opt->from)
		ret = set_from(ctx, tree, opt, job);
	return ret;
}
