// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl claim: move the charges of present memory to another group. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "claim_private.h"
#include "common.h"
#include "size.h"

/* Work that takes longer says how far it is, this often. */
#define PROGRESS_SECONDS 1.0

static struct claim_options opt;

static const struct poptOption options[] = {
	{ "pid", '\0', POPT_ARG_STRING, &opt.pid, 0,
	  "claim memory of a process: START-END, [heap], [stack], a mapped file, or all", "PID" },
	{ "file", '\0', POPT_ARG_STRING, &opt.file, 0,
	  "claim the memory of a file, or of a part of it", "FILE[:OFF+LEN]" },
	{ "mount", '\0', POPT_ARG_STRING, &opt.mount, 0,
	  "claim the memory of all files of the filesystem that is mounted there", "DIR" },
	{ "from", '\0', POPT_ARG_STRING, &opt.from, 0,
	  "claim what is charged to this group, which may be gone (id:N); with --pid, --file or --mount just of that",
	  "GROUP" },
	{ "orphans", '\0', POPT_ARG_NONE, &opt.orphans, 0,
	  "claim what is charged to groups that do not use it, and others do", NULL },
	{ "to", '\0', POPT_ARG_STRING, &opt.to, 0,
	  "the group that pays from now on (default: the caller's own), or common: the nearest ancestor of all that map it",
	  "GROUP" },
	{ "max", '\0', POPT_ARG_STRING, &opt.max, 0, "move no more than that", "SIZE" },
	{ "dry-run", '\0', POPT_ARG_NONE, &opt.dry_run, 0, "move nothing, say what would be", NULL },
	{ "fit", '\0', POPT_ARG_NONE, &opt.fit, 0,
	  "move nothing unless the target has room for all of it", NULL },
	{ "include-shared", '\0', POPT_ARG_NONE, &opt.include_shared, 0,
	  "also what other processes share since a fork, and program text", NULL },
	POPT_TABLEEND,
};

/* Which group pays from now on: in all parts. */
static int take_target(struct context *ctx, const struct mcg_tree *tree, struct job *job)
{
	int ret;

	if (opt.to && !strcmp(opt.to, "common")) {
		ret = mcg_mappers_common(tree, &job->mapped, &job->target.path, &ctx->err);
		if (!ret)
			ret = open_target_path(ctx, tree, &job->target);
	} else {
		ret = open_target(ctx, tree, opt.to ? opt.to : "self", &job->target);
	}
	for (size_t i = 0; i < job->n_parts; i++) {
		job->part[i].target = job->target.fd;
		job->part[i].ancestor = job->target.ancestor;
		if (opt.include_shared)
			job->part[i].flags |= MEMCGCTL_CLAIM_INCLUDE_SHARED;
	}
	return ret;
}

/* What is claimed, and for whom; the common ancestor is known when it is known what is claimed, orphans when the target is. */
static int prepare(struct context *ctx, const struct mcg_tree *tree, struct job *job)
{
	struct mcg_claim target = MCG_CLAIM_INIT;

	if (!opt.orphans)
		return claim_object(ctx, tree, &opt, job) || take_target(ctx, tree, job) ? -1 : 0;
	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "--orphans takes no argument");
	if (open_target(ctx, tree, opt.to ? opt.to : "self", &job->target))
		return -1;
	target.target = job->target.fd;
	target.ancestor = job->target.ancestor;
	return claim_orphans(ctx, tree, &target, job);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

struct progress {
	double next;
	uint64_t done;
	bool quiet;
	bool said;
};

static void say_progress(struct progress *progress, const struct job *job,
			 const struct mcg_receipt *receipt, uint64_t done)
{
	char moved[MCG_SIZE_TEXT], seen[MCG_SIZE_TEXT], all[MCG_SIZE_TEXT];

	if (progress->quiet || now() < progress->next)
		return;
	progress->next = now() + PROGRESS_SECONDS;
	progress->said = true;
	/* Where a whole address space or all memory is gone through, the place says little. */
	if (job->size)
		fprintf(stderr, "memcgctl: claim: %s of %s, moved %s",
			mcg_size_format(progress->done + done, 0, seen),
			mcg_size_format(job->size, 0, all),
			mcg_size_format(receipt->moved, 0, moved));
	else
		fprintf(stderr, "memcgctl: claim: found %s, moved %s",
			mcg_size_format(receipt->present, 0, seen),
			mcg_size_format(receipt->moved, 0, moved));
	fputs(isatty(STDERR_FILENO) ? "\033[K\r" : "\n", stderr);
}

/* Steps until all is claimed or a signal comes; the receipt is true wherever that ends. */
static int work(struct context *ctx, struct mcg_module *module, struct job *job, uint64_t most,
		uint32_t flags)
{
	/* Errors are JSON on stderr then, and nothing else may be there. */
	struct progress progress = { .next = now() + PROGRESS_SECONDS,
				     .quiet = ctx->out.format == MCG_JSON };
	int ret = 0;

	memset(&job->receipt, 0, sizeof(job->receipt));
	for (size_t i = 0; i < job->n_parts && ret >= 0 && most && !interrupted; i++) {
		struct mcg_claim claim = job->part[i];

		claim.flags |= flags;
		claim.at_most = most;
		do {
			ret = mcg_claim_step(module, &claim, &job->receipt, &ctx->err);
			if (ret > 0)
				say_progress(&progress, job, &job->receipt,
					     claim.start - job->part[i].start);
		} while (ret > 0 && !interrupted);
		if (most != MEMCGCTL_SIZE_MAX)
			most = claim.at_most;
		progress.done += claim.start - job->part[i].start;
	}
	if (progress.said && isatty(STDERR_FILENO))
		fputs("\033[K", stderr);
	job->complete = !ret && !interrupted;
	if (ret < 0)
		return mcg_subject(&ctx->err, job->subject);
	return 0;
}

/* A tmpfs knows how much it holds, and so what of it is swapped out. */
static void add_swapped(struct job *job)
{
	struct statfs fs;
	uint64_t used;

	if (job->n_parts != 1 || job->part[0].mount < 0 || opt.from || !job->complete ||
	    fstatfs(job->part[0].mount, &fs) || fs.f_type != TMPFS_MAGIC || !fs.f_blocks)
		return;
	used = (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_bsize;
	if (used > job->receipt.present)
		job->receipt.skipped[MEMCGCTL_SKIP_SWAPPED] += used - job->receipt.present;
}

/* Decides the exit status: @failed is what work() said. */
static int conclude(struct context *ctx, struct job *job, int failed)
{
	const struct mcg_receipt *receipt = &job->receipt;

	/* Nothing was found or done before the error: the error says all. */
	if (failed && !receipt->present)
		return -1;
	if (!opt.max)
		add_swapped(job);
	if (claim_write(ctx, job, opt.dry_run))
		return -1;
	if (failed) {
		if (receipt->moved)
			ctx->err.status = MCG_PARTLY;
		return -1;
	}
	if (!job->complete)
		return mcg_fail(&ctx->err, MCG_PARTLY, job->subject,
				"interrupted; the receipt says what was done");
	if (mcg_receipt_incomplete(receipt) || (opt.dry_run && receipt->room < receipt->moved)) {
		/* The receipt names it. */
		ctx->err.status = MCG_PARTLY;
		return -1;
	}
	return 0;
}

/* A dry run first: what would be moved must fit now. */
static int check_fit(struct context *ctx, struct mcg_module *module, struct job *job, uint64_t most)
{
	char needed[MCG_SIZE_TEXT], room[MCG_SIZE_TEXT];
	const struct mcg_receipt *receipt = &job->receipt;

	if (work(ctx, module, job, most, MEMCGCTL_CLAIM_DRY_RUN))
		return -1;
	if (!job->complete)
		return mcg_fail(&ctx->err, MCG_FAILED, job->subject,
				"interrupted; nothing was moved");
	if (receipt->moved <= receipt->room)
		return 0;
	return mcg_fail(&ctx->err, MCG_FAILED, job->target.path,
			"%s would be moved, and there is room for %s; nothing was moved",
			mcg_size_format(receipt->moved, ctx->out.bytes, needed),
			mcg_size_format(receipt->room, ctx->out.bytes, room));
}

static int claim_all(struct context *ctx, struct job *job, uint64_t most)
{
	struct mcg_module *module = mcg_module_open(&ctx->err);
	int ret = -1;

	if (!module)
		return -1;
	catch_signals();
	/* Whoever reads the progress may go away; the work goes on. */
	signal(SIGPIPE, SIG_IGN);
	if (!opt.fit || !check_fit(ctx, module, job, most)) {
		ret = work(ctx, module, job, most, opt.dry_run ? MEMCGCTL_CLAIM_DRY_RUN : 0);
		ret = conclude(ctx, job, ret);
	}
	mcg_module_close(module);
	return ret;
}

static int check_options(struct context *ctx, uint64_t *most)
{
	int objects = !!opt.pid + !!opt.file + !!opt.mount + !!opt.orphans;
	uint64_t page = sysconf(_SC_PAGESIZE);

	*most = MEMCGCTL_SIZE_MAX;
	if (objects > 1 || (!objects && !opt.from))
		return usage_error(ctx, NULL,
				   "give one of --pid, --file, --mount, --from and --orphans");
	if (opt.orphans && opt.from)
		return usage_error(ctx, "--from", "--orphans finds out from whom by itself");
	if ((!objects || opt.orphans) && opt.to && !strcmp(opt.to, "common"))
		return usage_error(ctx, "common", "needs --file, --pid or --mount");
	if (!opt.max)
		return 0;
	if (mcg_size_parse(opt.max, 0, most, &ctx->err))
		return -1;
	if (*most < page)
		return usage_error(ctx, opt.max, "less than a page (%ju bytes)", (uintmax_t)page);
	if (*most != MEMCGCTL_SIZE_MAX)
		*most -= *most % page;
	return 0;
}

static int run_claim(struct context *ctx)
{
	struct job job = { .subject = "orphans", .target = NO_TARGET };
	struct mcg_tree tree;
	uint64_t most;
	int ret = -1;

	if (check_options(ctx, &most) || open_tree_v2(ctx, &tree))
		return -1;
	if (!prepare(ctx, &tree, &job))
		ret = claim_all(ctx, &job, most);
	mcg_tree_close(&tree);
	claim_object_close(&job);
	close_target(&job.target);
	return ret;
}

static const struct command command_claim = {
	.name = "claim",
	.summary = "move the charges of memory that is present to another group",
	.usage = "--pid PID [OPTION...] START-END|[heap]|[stack]|FILE|all\n"
		 "--file FILE[:OFF+LEN] [OPTION...]\n"
		 "--mount DIR [OPTION...]\n"
		 "--from GROUP [OPTION...]\n"
		 "--orphans [OPTION...]",
	.options = options,
	.flags = COMMAND_NEEDS_MODULE,
	.run = run_claim,
};
COMMAND(claim);
