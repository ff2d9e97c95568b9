// SPDX-License-Identifier: GPL-2.0-only
/* The sampler on a tree of ordinary folders. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample.h"
#include "size.h"

static char base[64];
static struct mcg_tree tree;
static struct mcg_error err;

static void put(const char *group, const char *file, const char *text)
{
	char name[512];
	FILE *out;

	snprintf(name, sizeof(name), "%s/%s/%s", base, group, file);
	out = fopen(name, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void make(const char *group, const char *charged)
{
	char name[512];

	snprintf(name, sizeof(name), "%s/%s", base, group);
	assert_int_equal(mkdir(name, 0755), 0);
	if (charged)
		put(group, "memory.current", charged);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void destroy(const char *group)
{
	char name[512];

	snprintf(name, sizeof(name), "%s/%s", base, group);
	assert_int_equal(nftw(name, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static int build(void **state)
{
	(void)state;
	strcpy(base, "/tmp/sample-XXXXXX");
	assert_non_null(mkdtemp(base));
	make("web", "4096\n");
	make("web/a", "1000\n");
	make("web/b", "2000\n");
	make("db", "500\n");
	make("none", NULL);
	return mcg_tree_init(&tree, base, "/proc", 2);
}

static int demolish(void **state)
{
	(void)state;
	mcg_tree_close(&tree);
	return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct mcg_sampler *begin(size_t max_fds)
{
	struct mcg_sampler *sampler = mcg_sampler_open(&tree, max_fds, &err);

	assert_non_null(sampler);
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	return sampler;
}

static struct mcg_sample *find(struct mcg_sampler *sampler, const char *path)
{
	size_t n;
	struct mcg_sample *const *group = mcg_sampler_groups(sampler, &n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(group[i]->path, path))
			return group[i];
	return NULL;
}

static uint64_t charged(struct mcg_sampler *sampler, const char *path)
{
	struct mcg_sample *group = find(sampler, path);

	assert_non_null(group);
	return group->figure[MCG_FIGURE_CHARGED];
}

static size_t count(struct mcg_sampler *sampler)
{
	size_t n;

	mcg_sampler_groups(sampler, &n);
	return n;
}

static void reads(void **state)
{
	struct mcg_sampler *sampler = begin(0);
	struct mcg_sample *web = find(sampler, "/web");

	(void)state;
	assert_int_equal(count(sampler), 6);
	assert_int_equal(charged(sampler, "/web"), 4096);
	assert_int_equal(charged(sampler, "/web/b"), 2000);
	assert_true(charged(sampler, "/none") == MCG_FIGURE_UNKNOWN);
	assert_true(charged(sampler, "/") == MCG_FIGURE_UNKNOWN);
	assert_int_equal(web->depth, 1);
	assert_int_equal(web->n_children, 2);
	assert_string_equal(web->name, "web");
	assert_ptr_equal(web->parent, find(sampler, "/"));
	assert_true(isnan(web->rate));
	mcg_sampler_close(sampler);
}

static void keeps_descriptors(void **state)
{
	struct mcg_sampler *sampler = begin(0);
	struct mcg_sampler_cost cost = mcg_sampler_cost(sampler);

	(void)state;
	assert_int_equal(cost.open, 4);
	assert_int_equal(cost.scans, 6);
	put("web/a", "memory.current", "9999\n");
	usleep(1000);
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_int_equal(charged(sampler, "/web/a"), 9999);
	assert_true(find(sampler, "/web/a")->rate > 0);
	put("web/a", "memory.current", "5\n");
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_true(find(sampler, "/web/a")->rate < 0);
	/* Nothing was opened nor walked for that. */
	assert_int_equal(mcg_sampler_cost(sampler).opens, cost.opens);
	assert_int_equal(mcg_sampler_cost(sampler).scans, cost.scans);
	mcg_sampler_close(sampler);
	put("web/a", "memory.current", "1000\n");
}

static void follows_groups(void **state)
{
	struct mcg_sampler *sampler = begin(0);
	unsigned long scans = mcg_sampler_cost(sampler).scans;

	(void)state;
	find(sampler, "/db")->mark = 7;
	make("web/new", "77\n");
	make("web/new/deep", "78\n");
	destroy("web/b");
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_int_equal(charged(sampler, "/web/new/deep"), 78);
	assert_null(find(sampler, "/web/b"));
	assert_int_equal(find(sampler, "/db")->mark, 7);
	/* web, new and deep; nothing else. */
	assert_int_equal(mcg_sampler_cost(sampler).scans, scans + 3);
	destroy("web/new");
	make("web/new", "80\n");
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_int_equal(charged(sampler, "/web/new"), 80);
	assert_null(find(sampler, "/web/new/deep"));
	destroy("web/new");
	make("web/b", "2000\n");
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_int_equal(count(sampler), 6);
	mcg_sampler_close(sampler);
}

static void few_descriptors(void **state)
{
	struct mcg_sampler *sampler = begin(2);
	unsigned long opens;

	(void)state;
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_true(mcg_sampler_cost(sampler).open <= 2);
	mcg_sample_detail(sampler, find(sampler, "/web"));
	assert_true(mcg_sampler_cost(sampler).open <= 2);
	/* The two with the most keep theirs: the other two are opened each time. */
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	opens = mcg_sampler_cost(sampler).opens;
	assert_int_equal(mcg_sampler_read(sampler, &err), 0);
	assert_int_equal(mcg_sampler_cost(sampler).opens, opens + 2);
	assert_int_equal(charged(sampler, "/web"), 4096);
	assert_int_equal(charged(sampler, "/db"), 500);
	assert_true(find(sampler, "/web")->fd[MCG_SAMPLE_CHARGED] >= 0);
	assert_true(find(sampler, "/db")->fd[MCG_SAMPLE_CHARGED] < 0);
	mcg_sampler_close(sampler);
}

static void details(void **state)
{
	struct mcg_sampler *sampler;
	struct mcg_sample *web;

	(void)state;
	put("web", "memory.stat",
	    "anon 4096\nfile 8192\nkernel 12288\nkernel_stack 1\nfile_mapped 5\n");
	put("web", "memory.max", "max\n");
	put("web", "memory.swap.current", "3\n");
	put("db", "memory.max", "1048576\n");
	put("db", "memory.stat", "anon x\nfile\n");
	sampler = begin(0);
	web = find(sampler, "/web");
	assert_true(web->figure[MCG_FIGURE_ANON] == MCG_FIGURE_UNKNOWN);
	mcg_sample_detail(sampler, web);
	assert_int_equal(web->figure[MCG_FIGURE_ANON], 4096);
	assert_int_equal(web->figure[MCG_FIGURE_FILE], 8192);
	assert_int_equal(web->figure[MCG_FIGURE_KERNEL], 12288);
	assert_int_equal(web->figure[MCG_FIGURE_SWAP], 3);
	assert_true(web->figure[MCG_FIGURE_LIMIT] == MCG_SIZE_MAX);
	mcg_sample_detail(sampler, find(sampler, "/db"));
	assert_int_equal(find(sampler, "/db")->figure[MCG_FIGURE_LIMIT], 1048576);
	assert_true(find(sampler, "/db")->figure[MCG_FIGURE_ANON] == MCG_FIGURE_UNKNOWN);
	assert_true(find(sampler, "/db")->figure[MCG_FIGURE_SWAP] == MCG_FIGURE_UNKNOWN);
	mcg_sampler_close(sampler);
}

static void no_tree(void **state)
{
	struct mcg_tree none;
	struct mcg_sampler *sampler;

	(void)state;
	assert_int_equal(mcg_tree_init(&none, "/nonexistent", "/proc", 2), 0);
	sampler = mcg_sampler_open(&none, 0, &err);
	assert_non_null(sampler);
	assert_int_equal(mcg_sampler_read(sampler, &err), -1);
	assert_int_equal(err.status, MCG_NOT_FOUND);
	assert_int_equal(count(sampler), 0);
	mcg_sampler_close(sampler);
	mcg_tree_close(&none);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),	  cmocka_unit_test(keeps_descriptors),
		cmocka_unit_test(follows_groups), cmocka_unit_test(few_descriptors),
		cmocka_unit_test(details),	  cmocka_unit_test(no_tree),
	};

	return cmocka_run_group_tests(tests, build, demolish);
}
