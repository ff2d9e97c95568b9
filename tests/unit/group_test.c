// SPDX-License-Identifier: GPL-2.0-only
/* Names of groups, against a tree of ordinary directories and a /proc of ordinary files. */
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "group.h"

#define ID_A "ab12000000000000000000000000000000000000000000000000000000000001"
#define ID_B "ab12000000000000000000000000000000000000000000000000000000000002"
#define ID_C "cd34000000000000000000000000000000000000000000000000000000000003"
#define ID_K "ef56000000000000000000000000000000000000000000000000000000000004"

static char base[] = "/tmp/memcgctl-group-XXXXXX";
static struct mcg_tree tree;

static const char *const groups[] = {
	"web",
	"web/a",
	"web/b",
	"web/a/deep",
	"with blank",
	"*",
	"line\nend",
	"system.slice",
	"system.slice/db.service",
	"system.slice/twice.service",
	"user.slice",
	"user.slice/twice.service",
	"system.slice/docker-" ID_A ".scope",
	"system.slice/docker-" ID_B ".scope",
	"machine.slice",
	"machine.slice/libpod-" ID_C ".scope",
	"machine.slice/libpod-conmon-" ID_C ".scope",
	"docker",
	"docker/" ID_K,
};

static void write_cgroup(const char *pid, const char *text)
{
	char name[256];
	FILE *file;

	snprintf(name, sizeof(name), "%s/proc/%s", base, pid);
	mkdir(name, 0755);
	strcat(name, "/cgroup");
	file = fopen(name, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int build(void **state)
{
	char name[512], mount[256], proc[256];

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(mount, sizeof(mount), "%s/cgroup", base);
	snprintf(proc, sizeof(proc), "%s/proc", base);
	mkdir(mount, 0755);
	mkdir(proc, 0755);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", mount, groups[i]);
		assert_int_equal(mkdir(name, 0755), 0);
	}
	/* Not every entry is a group. */
	snprintf(name, sizeof(name), "%s/web/memory.max", mount);
	close(open(name, O_CREAT | O_WRONLY, 0644));
	snprintf(name, sizeof(name), "%s/web/link.service", mount);
	assert_int_equal(symlink("/", name), 0);
	write_cgroup("self", "0::/web/a\n");
	write_cgroup("10", "1:name=systemd:/x\n0::/with blank\n");
	write_cgroup("11", "0::/../outside\n");
	write_cgroup("12", "0::/web/gone (deleted)\n");
	write_cgroup("13", "");
	write_cgroup("14", "9:cpu,memory,pids:/v1:colon\n5:memoryx:/no\n0::/web\n");
	write_cgroup("15", "0::/..double\n");
	return mcg_tree_init(&tree, mount, proc, 2);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int demolish(void **state)
{
	(void)state;
	mcg_tree_close(&tree);
	return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void resolves(const char *name, const char *expected)
{
	struct mcg_error err = { .status = MCG_OK };
	char *path = NULL;

	if (mcg_group_resolve(&tree, name, &path, &err))
		fail_msg("%s: %s", err.subject, err.message);
	assert_string_equal(path, expected);
	free(path);
}

static void fails(const char *name, enum mcg_status status, const char *words)
{
	struct mcg_error err = { .status = MCG_OK };
	char *path = NULL;

	assert_int_equal(mcg_group_resolve(&tree, name, &path, &err), -1);
	assert_null(path);
	assert_int_equal(err.status, status);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" is not in \"%s\"", words, err.message);
}

static void finds_paths(void **state)
{
	char name[512];

	(void)state;
	resolves("/", "/");
	resolves("/web/a", "/web/a");
	resolves("//web///a/", "/web/a");
	resolves("/with blank", "/with blank");
	resolves("/line\nend", "/line\nend");
	snprintf(name, sizeof(name), "%s/cgroup/web/b/", base);
	resolves(name, "/web/b");
	snprintf(name, sizeof(name), "%s/cgroup", base);
	resolves(name, "/");
	fails("/nope", MCG_NOT_FOUND, "no such group");
	fails("/web/memory.max", MCG_NOT_FOUND, "no such group");
	fails("/web/link.service", MCG_NOT_FOUND, "no such group");
	fails("/web/../web", MCG_USAGE, "\"..\"");
	fails("/./web", MCG_USAGE, "\"..\"");
	fails("", MCG_NOT_FOUND, "no such group");
	fails("web/a", MCG_NOT_FOUND, "no such group");
	fails("web", MCG_NOT_FOUND, "no such group");
}

static void finds_units(void **state)
{
	(void)state;
	resolves("db.service", "/system.slice/db.service");
	resolves("system.slice", "/system.slice");
	fails("twice.service", MCG_USAGE,
	      "2 groups match: /system.slice/twice.service, /user.slice/twice.service");
	fails("none.service", MCG_NOT_FOUND, "no such group");
	fails("link.service", MCG_NOT_FOUND, "no such group");
}

static void finds_processes(void **state)
{
	(void)state;
	resolves("self", "/web/a");
	resolves("pid:10", "/with blank");
	resolves("pid:15", "/..double");
	fails("pid:11", MCG_NOT_PERMITTED, "outside this cgroup namespace");
	fails("pid:12", MCG_NOT_FOUND, "was removed");
	fails("pid:13", MCG_NOT_FOUND, "no such process");
	fails("pid:99", MCG_NOT_FOUND, "no such process");
	fails("pid:0", MCG_USAGE, "not a process id");
	fails("pid:", MCG_USAGE, "not a process id");
	fails("pid:-1", MCG_USAGE, "not a process id");
	fails("pid:1x", MCG_USAGE, "not a process id");
	fails("pid:99999999999", MCG_USAGE, "not a process id");
}

static void reads_v1(void **state)
{
	struct mcg_error err;
	struct mcg_tree v1 = tree;
	char *path;

	(void)state;
	v1.version = 1;
	assert_int_equal(mcg_group_of_pid(&v1, 14, &path, &err), 0);
	assert_string_equal(path, "/v1:colon");
	free(path);
	assert_int_equal(mcg_group_of_pid(&v1, 10, &path, &err), -1);
}

static void finds_ids(void **state)
{
	struct mcg_error err;
	char name[32];
	uint64_t id;

	(void)state;
	assert_int_equal(mcg_group_id(&tree, "/web/a/deep", &id, &err), 0);
	snprintf(name, sizeof(name), "id:%" PRIu64, id);
	resolves(name, "/web/a/deep");
	assert_int_equal(mcg_group_id(&tree, "/", &id, &err), 0);
	snprintf(name, sizeof(name), "id:%" PRIu64, id);
	resolves(name, "/");
	fails("id:18446744073709551615", MCG_NOT_FOUND, "no such group");
	fails("id:18446744073709551616", MCG_USAGE, "not a group id");
	fails("id:", MCG_USAGE, "not a group id");
	fails("id:x", MCG_USAGE, "not a group id");
	assert_int_equal(mcg_group_id(&tree, "/nope", &id, &err), -1);
	assert_int_equal(err.status, MCG_NOT_FOUND);
}

static void finds_containers(void **state)
{
	(void)state;
	resolves(ID_A, "/system.slice/docker-" ID_A ".scope");
	resolves("cd34", "/machine.slice/libpod-" ID_C ".scope");
	resolves("ef560000", "/docker/" ID_K);
	fails("ab12", MCG_USAGE,
	      "2 groups match: /system.slice/docker-" ID_A ".scope, /system.slice/docker-" ID_B
	      ".scope");
	fails("ab1", MCG_NOT_FOUND, "no such group");
	fails("dead", MCG_NOT_FOUND, "no such group");
}

static void expands_globs(void **state)
{
	struct mcg_groups found = { .n = 0 };
	struct mcg_error err;

	(void)state;
	assert_int_equal(mcg_group_expand(&tree, "/web/*", &found, &err), 0);
	assert_int_equal(found.n, 2);
	assert_string_equal(found.path[0], "/web/a");
	assert_string_equal(found.path[1], "/web/b");
	assert_int_equal(mcg_group_expand(&tree, "[dt]*.service", &found, &err), 0);
	assert_int_equal(found.n, 5);
	assert_string_equal(found.path[2], "/system.slice/db.service");
	assert_int_equal(mcg_group_expand(&tree, "/none*", &found, &err), -1);
	assert_int_equal(err.status, MCG_NOT_FOUND);
	/* Only a glob stands for several. */
	assert_int_equal(mcg_group_expand(&tree, "twice.service", &found, &err), -1);
	assert_int_equal(err.status, MCG_USAGE);
	mcg_groups_free(&found);
	/* A group of that very name comes first. */
	resolves("/*", "/*");
	fails("/web/*", MCG_USAGE, "2 groups match");
}

static void finds_common_ancestors(void **state)
{
	static const char *const cases[][3] = {
		{ "/a/b", "/a/c", "/a" },     { "/a", "/b", "/" },  { "/a/b", "/a/b", "/a/b" },
		{ "/a/b", "/a", "/a" },	      { "/ab", "/a", "/" }, { "/", "/a", "/" },
		{ "/a/bc/d", "/a/bd", "/a" }, { "/", "/", "/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *common = mcg_group_common(cases[i][0], cases[i][1]);

		assert_string_equal(common, cases[i][2]);
		free(common);
	}
}

static void opens_files(void **state)
{
	struct mcg_error err;
	int fd = mcg_group_open(&tree, "/web", "memory.max", O_RDONLY, &err);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	assert_int_equal(mcg_group_open(&tree, "/web/a", "memory.max", O_WRONLY, &err), -1);
	assert_int_equal(err.status, MCG_NOT_FOUND);
	assert_string_equal(err.subject, "/web/a");
}

static void shortens_names(void **state)
{
	static const struct {
		const char *name, *is;
	} names[] = {
		{ "cri-containerd-" ID_A ".scope", "cri-containerd-ab1200000000" },
		{ "docker-" ID_B ".scope", "docker-ab1200000000" },
		{ ID_C, "cd3400000000" },
		{ "libpod-conmon-" ID_C ".scope", "libpod-conmon-cd3400000000" },
		{ "kubepods-burstable-pod12345678_90ab_cdef_0123_456789abcdef.slice", "pod12345678" },
		{ "pod12345678-90ab-cdef-0123-456789abcdef", "pod12345678" },
		{ "kubepods-pod12345678_90ab_cdef_0123_456789abcdef.slice", "pod12345678" },
		{ "dev-disk-by\\x2duuid-a\\x2db.swap", "dev-disk-by-uuid-a-b.swap" },
		/* Nothing that does not show, and no other folder. */
		{ "a\\x1bb\\x20c\\x2fd\\x.mount", "a\\x1bb\\x20c\\x2fd\\x.mount" },
		{ "\\x77eb", "\\x77eb" },
		{ "nginx.service", "nginx.service" },
		{ "pod1234", "pod1234" },
		{ "podpod12345678-90ab-cdef-0123-456789abcdef.slice", "pod12345678" },
		{ "pod12345678-90ab-cdef-0123-456789abcdef.scope",
		  "pod12345678-90ab-cdef-0123-456789abcdef.scope" },
		{ ID_A "0", ID_A "0" },
		{ "x-" ID_A ".service", "x-" ID_A ".service" },
		{ "", "" },
	};
	char buf[MCG_GROUP_SHORT], tiny[4];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(mcg_group_short(names[i].name, buf, sizeof(buf)), names[i].is);
	assert_string_equal(mcg_group_short("abcdef", tiny, sizeof(tiny)), "abc");
	assert_string_equal(mcg_group_short(ID_A, tiny, sizeof(tiny)), "ab1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_paths),	   cmocka_unit_test(finds_units),
		cmocka_unit_test(finds_processes), cmocka_unit_test(reads_v1),
		cmocka_unit_test(finds_ids),	   cmocka_unit_test(finds_containers),
		cmocka_unit_test(expands_globs),   cmocka_unit_test(finds_common_ancestors),
		cmocka_unit_test(opens_files),	   cmocka_unit_test(shortens_names),
	};

	return cmocka_run_group_tests_name("group", tests, build, demolish);
}
