// SPDX-License-Identifier: GPL-2.0-only
#include "common.h"

#include <time.h>
#include <unistd.h>

int watch_check(struct context *ctx, const char *option, double seconds)
{
	if (seconds >= WATCH_MIN && seconds <= WATCH_MAX)
		return 0;
	return usage_error(ctx, option, "not a number of seconds from %.2f to %.0f", WATCH_MIN,
			   WATCH_MAX);
}

int watch(struct context *ctx, double seconds, int (*report)(struct context *ctx, void *data),
	  void *data)
{
	bool clear = isatty(fileno(ctx->out.file)) && ctx->out.format == MCG_HUMAN;
	struct timespec pause;

	if (isnan(seconds))
		return report(ctx, data);
	pause.tv_sec = seconds;
	pause.tv_nsec = (seconds - pause.tv_sec) * 1e9;
	catch_signals();
	ctx->out.compact = true;
	while (!interrupted) {
		if (clear)
			fputs("\033[H\033[J", ctx->out.file);
		if (report(ctx, data))
			return -1;
		nanosleep(&pause, NULL);
		if (ctx->out.format == MCG_CSV)
			ctx->out.header = false;
		else if (ctx->out.format == MCG_HUMAN && !clear && !interrupted)
			fputc('\n', ctx->out.file);
	}
	return 0;
}

int open_tree_v2(struct context *ctx, struct mcg_tree *tree)
{
	if (mcg_tree_open(tree, &ctx->err))
		return -1;
	if (tree->version == 2)
		return 0;
	mcg_fail(&ctx->err, MCG_FAILED, tree->mount, "the memory controller is on cgroup v1");
	mcg_hint(&ctx->err, "boot with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=memory");
	mcg_tree_close(tree);
	return -1;
}
