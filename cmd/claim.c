// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl claim: move the charges of present memory to another group. */
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "command.h"
#include "common.h"
#include "group.h"
#include "memcgctl.h"
#include "object.h"
#include "size.h"
#include "text.h"

/* Work that takes longer says how far it is, this often. */
#define PROGRESS_SECONDS 1.0

static struct {
	const char *pid;
	const char *file;
	const char *to;
} opt;

static const struct poptOption options[] = {
	{ "pid", '\0', POPT_ARG_STRING, &opt.pid, 0, "claim memory of a process: needs START-END",
	  "PID" },
	{ "file", '\0', POPT_ARG_STRING, &opt.file, 0,
	  "claim the memory of a file, or of a part of it", "FILE[:OFF+LEN]" },
	{ "to", '\0', POPT_ARG_STRING, &opt.to, 0,
	  "the group that pays from now on (default: the caller's own)", "GROUP" },
	POPT_TABLEEND,
};

/* One claim as the user asked for it. */
struct job {
	struct mcg_claim claim;
	struct mcg_receipt receipt;
	/* What it is about, for messages: "process 42", or the file. */
	char subject[512];
	struct file_object file;
	struct target target;
	/* Bytes to go through, for the progress. */
	uint64_t size;
	bool complete;
};

static int take_process(struct context *ctx, struct job *job)
{
	pid_t pid;

	if (ctx->n_args != 1)
		return usage_error(ctx, ctx->n_args ? ctx->args[1] : NULL,
				   "--pid needs one range, START-END");
	if (mcg_range_parse(ctx->args[0], &job->claim.start, &job->claim.end, &ctx->err))
		return -1;
	job->claim.pidfd = open_process(ctx, opt.pid, &pid);
	if (job->claim.pidfd < 0)
		return -1;
	snprintf(job->subject, sizeof(job->subject), "process %s", opt.pid);
	job->size = job->claim.end - job->claim.start;
	return 0;
}

static int take_file(struct context *ctx, struct job *job)
{
	if (ctx->n_args)
		return usage_error(ctx, ctx->args[0], "--file takes a range as FILE:OFF+LEN");
	if (open_file(ctx, opt.file, &job->file))
		return -1;
	job->claim.fd = job->file.fd;
	snprintf(job->subject, sizeof(job->subject), "%s", opt.file);
	job->claim.start = job->file.start;
	job->claim.end = job->file.end;
	job->size = job->file.size;
	return 0;
}

static int take_target(struct context *ctx, struct job *job)
{
	struct mcg_tree tree;
	int ret;

	if (open_tree_v2(ctx, &tree))
		return -1;
	ret = open_target(ctx, &tree, opt.to ? opt.to : "self", &job->target);
	job->claim.target = job->target.fd;
	job->claim.ancestor = job->target.ancestor;
	mcg_tree_close(&tree);
	return ret;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void say_progress(const struct job *job, uint64_t first)
{
	char moved[MCG_SIZE_TEXT], seen[MCG_SIZE_TEXT], all[MCG_SIZE_TEXT];

	fprintf(stderr, "memcgctl: claim: %s of %s, moved %s%s",
		mcg_size_format(job->claim.start - first, 0, seen),
		mcg_size_format(job->size, 0, all), mcg_size_format(job->receipt.moved, 0, moved),
		isatty(STDERR_FILENO) ? "\033[K\r" : "\n");
}

/* Steps until all is claimed or a signal comes; the receipt is true wherever that ends. */
static int work(struct context *ctx, struct mcg_module *module, struct job *job)
{
	/* Errors are JSON on stderr then, and nothing else may be there. */
	bool quiet = ctx->out.format == MCG_JSON;
	uint64_t first = job->claim.start;
	double next = now() + PROGRESS_SECONDS;
	bool said = false;
	int ret = 1;

	while (ret > 0 && !interrupted) {
		ret = mcg_claim_step(module, &job->claim, &job->receipt, &ctx->err);
		if (ret > 0 && !quiet && now() >= next) {
			say_progress(job, first);
			said = true;
			next = now() + PROGRESS_SECONDS;
		}
	}
	if (said && isatty(STDERR_FILENO))
		fputs("\033[K", stderr);
	job->complete = !ret;
	if (ret < 0)
		return mcg_subject(&ctx->err, job->subject);
	return 0;
}

static int write_csv(struct context *ctx, const struct mcg_receipt *receipt)
{
	static const struct mcg_column columns[] = {
		{ "result", "RESULT", MCG_TEXT, NULL },
		{ "reason", "REASON", MCG_TEXT, "" },
		{ "bytes", "BYTES", MCG_SIZE, NULL },
		{ NULL, NULL, MCG_TEXT, NULL },
	};
	json_t *rows = json_pack("[{s:s, s:n, s:I}, {s:s, s:n, s:I}]", "result", "present",
				 "reason", "bytes", (json_int_t)receipt->present, "result", "moved",
				 "reason", "bytes", (json_int_t)receipt->moved);
	int ret;

	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (receipt->skipped[i])
			json_array_append_new(rows, json_pack("{s:s, s:s, s:I}", "result", "skipped",
							      "reason", mcg_skip_name(i), "bytes",
							      (json_int_t)receipt->skipped[i]));
	ret = mcg_table_write(&ctx->out, columns, rows, &ctx->err);
	json_decref(rows);
	return ret;
}

static int write_json(struct context *ctx, const struct job *job)
{
	json_t *skipped = json_object();

	/* All reasons, so that a program finds the same members each time. */
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		json_object_set_new(skipped, mcg_skip_name(i), json_integer(job->receipt.skipped[i]));
	return mcg_json_write(&ctx->out,
			      json_pack("{s:{s:o, s:b, s:I, s:I, s:o}}", "claim", "target",
					mcg_text_json(job->target.path), "complete", job->complete,
					"present", (json_int_t)job->receipt.present, "moved",
					(json_int_t)job->receipt.moved, "skipped", skipped),
			      &ctx->err);
}

static int write_human(struct context *ctx, const struct job *job)
{
	const struct mcg_receipt *receipt = &job->receipt;
	char *target = mcg_text_escape(job->target.path, NULL);
	char moved[MCG_SIZE_TEXT], size[MCG_SIZE_TEXT];

	fprintf(ctx->out.file, "moved %s of %s present to %s\n",
		mcg_size_format(receipt->moved, ctx->out.bytes, moved),
		mcg_size_format(receipt->present, ctx->out.bytes, size), target ? target : "?");
	free(target);
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (receipt->skipped[i])
			fprintf(ctx->out.file, "skipped %s: %s\n",
				mcg_size_format(receipt->skipped[i], ctx->out.bytes, size),
				i == MEMCGCTL_SKIP_TARGET ? "target (its own already)"
							  : mcg_skip_name(i));
	return 0;
}

/* Writes the receipt, and decides the exit status: @failed is what work() said. */
static int conclude(struct context *ctx, const struct job *job, int failed)
{
	int ret;

	/* Nothing was found or done before the error: the error says all. */
	if (failed && !job->receipt.present)
		return -1;
	if (ctx->out.format == MCG_JSON)
		ret = write_json(ctx, job);
	else if (ctx->out.format == MCG_CSV)
		ret = write_csv(ctx, &job->receipt);
	else
		ret = write_human(ctx, job);
	if (ret)
		return -1;
	if (failed) {
		if (job->receipt.moved)
			ctx->err.status = MCG_PARTLY;
		return -1;
	}
	if (!job->complete)
		return mcg_fail(&ctx->err, MCG_PARTLY, job->subject,
				"interrupted; the receipt says what was done");
	if (mcg_receipt_incomplete(&job->receipt)) {
		/* The receipt names it. */
		ctx->err.status = MCG_PARTLY;
		return -1;
	}
	return 0;
}

static int run_claim(struct context *ctx)
{
	struct job job = {
		.claim = { .pidfd = -1, .fd = -1, .target = -1, .ancestor = -1 },
		.file = NO_FILE_OBJECT,
		.target = NO_TARGET,
	};
	struct mcg_module *module = NULL;
	int ret;

	if (!opt.pid == !opt.file)
		return usage_error(ctx, NULL, "give either --pid or --file");
	ret = opt.pid ? take_process(ctx, &job) : take_file(ctx, &job);
	if (!ret)
		ret = take_target(ctx, &job);
	if (!ret) {
		module = mcg_module_open(&ctx->err);
		ret = module ? 0 : -1;
	}
	if (!ret) {
		catch_signals();
		/* Whoever reads the progress may go away; the work goes on. */
		signal(SIGPIPE, SIG_IGN);
		ret = work(ctx, module, &job);
		ret = conclude(ctx, &job, ret);
	}
	mcg_module_close(module);
	if (job.claim.pidfd >= 0)
		close(job.claim.pidfd);
	close_file(&job.file);
	close_target(&job.target);
	return ret;
}

static const struct command command_claim = {
	.name = "claim",
	.summary = "move the charges of memory that is present to another group",
	.usage = "--pid PID [--to GROUP] START-END\n"
		 "--file FILE[:OFF+LEN] [--to GROUP]",
	.options = options,
	.flags = COMMAND_NEEDS_MODULE,
	.run = run_claim,
};
COMMAND(claim);
