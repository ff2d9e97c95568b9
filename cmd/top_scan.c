// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcgctl top: attribution in the background. It can take seconds, so a thread does it; a thread, not a child, because
 * the result is a large structure with pointers. It cannot be called off, nor need it be: one scan is about all groups,
 * so that whatever is opened meanwhile can use it. There is one at a time.
 */
#include "top_scan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "procfs.h"

/* What the thread does lives until the thread is done, also when the command is not there any more. */
struct scan {
	struct mcg_tree tree;
	pthread_t thread;
	struct mcg_attribution *found;
	struct mcg_error err;
	int ret;
	atomic_size_t done;
	atomic_size_t all;
	atomic_bool ready;
};

static void progress(void *arg, size_t done, size_t all)
{
	struct scan *scan = arg;

	atomic_store(&scan->done, done);
	atomic_store(&scan->all, all);
}

static void *work(void *arg)
{
	struct scan *scan = arg;
	struct mcg_attr_query query = { .progress = progress, .progress_arg = scan };

	scan->ret = mcg_attribution_find(&scan->tree, &query, false, &scan->found, &scan->err);
	/* What was written before is seen by who sees this. */
	atomic_store(&scan->ready, true);
	return NULL;
}

struct scan *scan_start(const struct mcg_tree *tree)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	int ret;

	if (!scan)
		return NULL;
	ret = mcg_tree_init(&scan->tree, tree->mount, tree->proc, tree->version);
	if (!ret && !pthread_create(&scan->thread, NULL, work, scan))
		return scan;
	if (!ret)
		mcg_tree_close(&scan->tree);
	free(scan);
	return NULL;
}

bool scan_ready(const struct scan *scan, size_t *done, size_t *all)
{
	*done = atomic_load(&scan->done);
	*all = atomic_load(&scan->all);
	return atomic_load(&scan->ready);
}

int scan_take(struct scan *scan, struct mcg_attribution **found, struct mcg_error *err)
{
	int ret;

	pthread_join(scan->thread, NULL);
	ret = scan->ret;
	if (ret)
		*err = scan->err;
	else
		*found = scan->found;
	mcg_tree_close(&scan->tree);
	free(scan);
	return ret;
}
