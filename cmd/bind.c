// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl bind: future charges of an object go to a group, or are shared out among several. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "command.h"
#include "common.h"
#include "group.h"
#include "memcgctl.h"
#include "object.h"
#include "size.h"
#include "text.h"

#define WEIGHT_MAX 1000

static struct {
	const char *file;
	const char *mount;
	const char *segment;
	const char *pid;
	const char **to;
	const char *on_death;
	const char *on_full;
	const char *follow;
	int claim;
	int drop_on_oom;
} opt;

static const struct poptOption options[] = {
	{ "file", '\0', POPT_ARG_STRING, &opt.file, 0, "bind a file, or a part of it",
	  "FILE[:OFF+LEN]" },
	{ "mount", '\0', POPT_ARG_STRING, &opt.mount, 0, "bind a whole filesystem, by its root",
	  "DIR" },
	{ "shm", '\0', POPT_ARG_STRING, &opt.segment, 0, "bind a System V shared memory segment",
	  "ID" },
	{ "pid", '\0', POPT_ARG_STRING, &opt.pid, 0, "bind memory of a process: needs START-END",
	  "PID" },
	{ "to", '\0', POPT_ARG_ARGV, &opt.to, 0, "a group that pays, once for each",
	  "GROUP[=WEIGHT]" },
	{ "on-death", '\0', POPT_ARG_STRING, &opt.on_death, 0,
	  "who inherits when a target is removed (default parent)", "parent|faulter|GROUP" },
	{ "on-full", '\0', POPT_ARG_STRING, &opt.on_full, 0,
	  "what happens when a target has no room (default faulter)", "faulter|fail" },
	{ "follow", '\0', POPT_ARG_STRING, &opt.follow, 0,
	  "each new group of such a path becomes the target", "PATTERN" },
	{ "claim", '\0', POPT_ARG_NONE, &opt.claim, 0, "claim what is present, too", NULL },
	{ "drop-on-oom", '\0', POPT_ARG_NONE, &opt.drop_on_oom, 0, "not in this version", NULL },
	POPT_TABLEEND,
};

/* A binding as the user asked for it. */
struct job {
	struct mcg_bind bind;
	struct file_object file;
	struct target group[MEMCGCTL_BIND_TARGETS];
	struct mcg_bind_target target[MEMCGCTL_BIND_TARGETS];
	struct target heir_group;
	struct mcg_bind_target heir;
	/* What it is about, for messages. */
	char subject[512];
};

static int show_list(struct context *ctx)
{
	struct mcg_module *module;
	int ret = -1;

	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "no argument is expected");
	module = mcg_module_open(&ctx->err);
	if (module)
		ret = binding_list_write(ctx, module);
	mcg_module_close(module);
	return ret;
}

static int take_words(struct context *ctx, struct job *job)
{
	if (!opt.to)
		return usage_error(ctx, NULL, "--to says who is to pay");
	if (opt.on_full && !strcmp(opt.on_full, "fail"))
		job->bind.on_full = MEMCGCTL_ON_FULL_FAIL;
	else if (opt.on_full && strcmp(opt.on_full, "faulter"))
		return usage_error(ctx, opt.on_full, "--on-full is faulter or fail");
	if (opt.on_death && !strcmp(opt.on_death, "faulter"))
		job->bind.on_death = MEMCGCTL_ON_DEATH_FAULTER;
	else if (opt.on_death && strcmp(opt.on_death, "parent"))
		job->bind.on_death = MEMCGCTL_ON_DEATH_GROUP;
	if (opt.follow && opt.to[1])
		return usage_error(ctx, "--follow", "goes with one --to only");
	if (opt.follow && (!opt.follow[0] || strlen(opt.follow) >= MEMCGCTL_BIND_FOLLOW_SIZE))
		return usage_error(ctx, "--follow", "not a pattern of 1 to %d bytes",
				   MEMCGCTL_BIND_FOLLOW_SIZE - 1);
	job->bind.follow = opt.follow;
	return 0;
}

static int take_process(struct context *ctx, struct job *job)
{
	pid_t pid;
	int ret;

	if (ctx->n_args != 1)
		return usage_error(ctx, ctx->n_args ? ctx->args[1] : NULL,
				   "--pid needs one range, START-END");
	if (mcg_range_parse(ctx->args[0], &job->bind.start, &job->bind.end, &ctx->err))
		return -1;
	snprintf(job->subject, sizeof(job->subject), "process %s", opt.pid);
	job->bind.pidfd = open_process(ctx, opt.pid, &pid);
	if (job->bind.pidfd < 0)
		return -1;
	ret = open_mapping(ctx, pid, job->bind.start, job->bind.end, &job->file);
	if (ret <= 0)
		return ret ? mcg_subject(&ctx->err, job->subject) : 0;
	/* Shared memory is bound by its file, for all who use it. */
	close(job->bind.pidfd);
	job->bind.pidfd = -1;
	job->bind.fd = job->file.fd;
	job->bind.start = job->file.start;
	job->bind.end = job->file.end;
	return 0;
}

static int take_object(struct context *ctx, struct job *job)
{
	const char *named = opt.file ? opt.file : opt.mount ? opt.mount : opt.segment;

	if (opt.pid)
		return take_process(ctx, job);
	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "a range of addresses goes with --pid");
	snprintf(job->subject, sizeof(job->subject), "%s%s", opt.segment ? "segment " : "", named);
	if (opt.mount) {
		job->bind.mount_fd = open_mount(ctx, opt.mount);
		return job->bind.mount_fd < 0 ? -1 : 0;
	}
	if (opt.file ? open_file(ctx, opt.file, &job->file)
		     : open_segment(ctx, opt.segment, &job->file))
		return -1;
	job->bind.fd = job->file.fd;
	job->bind.start = job->file.start;
	job->bind.end = job->file.end;
	return 0;
}

/* GROUP or GROUP=WEIGHT; a name that itself ends so is given with a weight. */
static int take_target(struct context *ctx, const struct mcg_tree *tree, const char *text,
		       struct target *group, struct mcg_bind_target *target)
{
	const char *equals = strrchr(text, '=');
	uint64_t weight = 1;
	char *name;
	int ret;

	if (equals && equals[1] && !equals[1 + strspn(equals + 1, "0123456789")]) {
		if (mcg_number_parse(equals + 1, WEIGHT_MAX, &weight) || !weight)
			return usage_error(ctx, text, "a weight is a number from 1 to %d",
					   WEIGHT_MAX);
	} else {
		equals = NULL;
	}
	name = strndup(text, equals ? (size_t)(equals - text) : strlen(text));
	if (!name)
		return mcg_fail_errno(&ctx->err, ENOMEM, NULL, "cannot open the group");
	ret = open_target(ctx, tree, name, group);
	free(name);
	target->fd = group->fd;
	target->ancestor = group->ancestor;
	target->weight = weight;
	return ret;
}

static int take_targets(struct context *ctx, struct job *job)
{
	struct mcg_tree tree;
	int ret = 0;

	if (open_tree_v2(ctx, &tree))
		return -1;
	for (size_t i = 0; !ret && opt.to[i]; i++) {
		if (i == MEMCGCTL_BIND_TARGETS)
			ret = usage_error(ctx, opt.to[i], "more than %d targets",
					  MEMCGCTL_BIND_TARGETS);
		else
			ret = take_target(ctx, &tree, opt.to[i], &job->group[i], &job->target[i]);
		job->bind.n_targets = i + 1;
	}
	if (!ret && job->bind.on_death == MEMCGCTL_ON_DEATH_GROUP) {
		ret = open_target(ctx, &tree, opt.on_death, &job->heir_group);
		job->heir.fd = job->heir_group.fd;
		job->heir.ancestor = job->heir_group.ancestor;
		job->bind.heir = &job->heir;
	}
	mcg_tree_close(&tree);
	return ret;
}

static int make(struct context *ctx, struct mcg_module *module, const struct job *job)
{
	struct binding_claim claim = { .complete = true };
	uint32_t id;
	int failed = 0;

	if (mcg_bind(module, &job->bind, &id, &ctx->err))
		return mcg_subject(&ctx->err, job->subject);
	if (opt.claim) {
		catch_signals();
		/* Whoever reads the progress may go away; the work goes on. */
		signal(SIGPIPE, SIG_IGN);
		failed = binding_claim(ctx, module, id, &claim);
	}
	if (binding_made_write(ctx, id, opt.claim ? &claim : NULL))
		return -1;
	if (failed) {
		/* The binding stands. */
		ctx->err.status = MCG_PARTLY;
		return mcg_subject(&ctx->err, job->subject);
	}
	if (!claim.complete)
		return mcg_fail(&ctx->err, MCG_PARTLY, job->subject,
				"bound; the claim was interrupted, the receipt says what was done");
	if (binding_claim_incomplete(&claim)) {
		/* The receipt names it. */
		ctx->err.status = MCG_PARTLY;
		return -1;
	}
	return 0;
}

static void release(struct job *job)
{
	if (job->bind.pidfd >= 0)
		close(job->bind.pidfd);
	if (job->bind.mount_fd >= 0)
		close(job->bind.mount_fd);
	close_file(&job->file);
	for (size_t i = 0; i < MEMCGCTL_BIND_TARGETS; i++)
		close_target(&job->group[i]);
	close_target(&job->heir_group);
}

static int run_bind(struct context *ctx)
{
	int objects = !!opt.file + !!opt.mount + !!opt.segment + !!opt.pid;
	struct job job = {
		.bind = { .fd = -1, .mount_fd = -1, .pidfd = -1, .target = job.target },
		.file = NO_FILE_OBJECT,
		.heir_group = NO_TARGET,
	};
	struct mcg_module *module = NULL;
	int ret;

	if (opt.drop_on_oom)
		return usage_error(ctx, "--drop-on-oom", "belongs to a later version");
	if (objects > 1)
		return usage_error(ctx, NULL, "give one of --file, --mount, --shm and --pid");
	if (!objects) {
		if (opt.to || opt.on_death || opt.on_full || opt.follow || opt.claim)
			return usage_error(ctx, NULL, "give one of --file, --mount, --shm and --pid");
		return show_list(ctx);
	}
	for (size_t i = 0; i < MEMCGCTL_BIND_TARGETS; i++)
		job.group[i] = (struct target)NO_TARGET;
	ret = take_words(ctx, &job) || take_object(ctx, &job) || take_targets(ctx, &job) ? -1 : 0;
	if (!ret) {
		module = mcg_module_open(&ctx->err);
		ret = module ? make(ctx, module, &job) : -1;
	}
	mcg_module_close(module);
	release(&job);
	return ret;
}

static const struct command command_bind = {
	.name = "bind",
	.summary = "charge the future memory of an object to a group, or show what is bound",
	.usage = "\n"
		 "--file FILE[:OFF+LEN] --to GROUP[=WEIGHT]... [OPTION...]\n"
		 "--mount DIR --to GROUP[=WEIGHT]... [OPTION...]\n"
		 "--shm ID --to GROUP[=WEIGHT]... [OPTION...]\n"
		 "--pid PID --to GROUP[=WEIGHT]... [OPTION...] START-END",
	.options = options,
	.flags = COMMAND_NEEDS_MODULE,
	.run = run_bind,
};
COMMAND(bind);
