// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl claim: from what the user names to requests to the module. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "claim_private.h"
#include "object.h"
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
	mcg_orphans_free(&job->orphans);
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
	uint64_t start = 0, end = MEMCGCTL_SIZE_MAX;
	const char *what = ctx->args[0];
	bool named, all;
	int pidfd, ret;
	pid_t pid;

	if (ctx->n_args != 1)
		return usage_error(
			ctx, ctx->n_args ? ctx->args[1] : NULL,
			"--pid needs one range: START-END, [heap], [stack], a file, or all");
	all = !strcmp(what, "all");
	named = what[0] == '[' || what[0] == '/';
	if (!all && !named && mcg_range_parse(what, &start, &end, &ctx->err))
		return -1;
	snprintf(job->subject, sizeof(job->subject), "process %s", opt->pid);
	pidfd = open_process(ctx, opt->pid, &pid);
	if (pidfd < 0 || keep_fd(ctx, job, pidfd))
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

static int file_object(struct context *ctx, const struct mcg_tree *tree,
		       const struct claim_options *opt, struct job *job)
{
	struct mcg_attr_query query;
	struct file_object file;
	struct mcg_claim *part;
	int ret;

	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "--file takes no argument but FILE:OFF+LEN");
	ret = open_file(ctx, opt->file, &file);
	part = ret ? NULL : add_part(ctx, job);
	if (part) {
		part->fd = file.fd;
		part->start = file.start;
		part->end = file.end;
		ret = keep_fd(ctx, job, file.fd);
		/* It is kept, or closed. */
		file.fd = -1;
	}
	snprintf(job->subject, sizeof(job->subject), "%s", opt->file);
	job->size = file.size;
	if (part && !ret && opt->to && !strcmp(opt->to, "common")) {
		ret = procfs_identify(tree, file.path, &query, &ctx->err);
		if (!ret)
			ret = add_file(ctx, job,
				       &(struct mcg_file_id){ query.dev_major, query.dev_minor,
							      query.ino });
	}
	close_file(&file);
	return part ? ret : -1;
}

static int mount_object(struct context *ctx, const struct claim_options *opt, struct job *job)
{
	struct mcg_claim *part;
	struct stat st;
	int fd;

	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "--mount takes a directory and nothing else");
	fd = open_mount(ctx, opt->mount);
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
 * claim_orphans() - find orphans, to be claimed one by one
 * @target: who pays from now on
 * @job: as of claim_object()
 *
 * Return: 0, or -1 with the error set.
 */
int claim_orphans(struct context *ctx, const struct mcg_tree *tree, const struct mcg_claim *target,
		  struct job *job)
{
	struct mcg_module *module = mcg_module_open(&ctx->err);
	int ret = module ? mcg_orphans_find(tree, module, target, &job->orphans, &ctx->err) : -1;

	mcg_module_close(module);
	for (size_t i = 0; i < job->orphans.n && !ret; i++) {
		struct mcg_claim *part = add_part(ctx, job);

		if (!part)
			return -1;
		part->fd = job->orphans.orphan[i].fd;
		part->from_id = job->orphans.orphan[i].owner;
		part->target = target->target;
		part->ancestor = target->ancestor;
	}
	return ret;
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
