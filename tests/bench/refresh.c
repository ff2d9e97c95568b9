// SPDX-License-Identifier: GPL-2.0-only
/*
 * refresh: the CPU time, in nanoseconds, of what the live view reads for one screen: what all groups are charged with, and the other
 * figures of forty. The first reading, which opens files, is not in it.
 */
#include <err.h>
#include <stdio.h>
#include <time.h>

#include "error.h"
#include "group.h"
#include "sample.h"

#define READINGS 20
#define ROWS 40

static long long cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void refresh(struct mcg_sampler *sampler)
{
	struct mcg_sample *const *group;
	struct mcg_error error;
	size_t n;

	if (mcg_sampler_read(sampler, &error))
		errx(1, "%s", error.message);
	group = mcg_sampler_groups(sampler, &n);
	for (size_t i = 0; i < n && i < ROWS; i++)
		mcg_sample_detail(sampler, group[i]);
}

int main(void)
{
	struct mcg_sampler *sampler;
	struct mcg_error error;
	struct mcg_tree tree;
	long long before;

	if (mcg_tree_open(&tree, &error))
		errx(1, "%s", error.message);
	sampler = mcg_sampler_open(&tree, 0, &error);
	if (!sampler)
		errx(1, "%s", error.message);
	refresh(sampler);
	before = cpu_time();
	for (int i = 0; i < READINGS; i++)
		refresh(sampler);
	printf("%lld\n", (cpu_time() - before) / READINGS);
	mcg_sampler_close(sampler);
	mcg_tree_close(&tree);
	return 0;
}
