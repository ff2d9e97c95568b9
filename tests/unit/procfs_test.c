// SPDX-License-Identifier: GPL-2.0-only
/*
 * The procfs backend on trees of files: one case after the other by hand. See procfs_model_test.c for all at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "procfs_fixture.h"
#include "procfs_internal.h"

#define PAGE UINT64_C(4096)
#define SHARED_LINE "10000-14000 rw-s 00000000 00:01 77 /dev/shm/x\n"

static struct mcg_attribution *look(struct fixture *fixture)
{
	static const struct mcg_attr_query query;
	struct mcg_attribution *found = NULL;
	struct mcg_error err = { .status = MCG_OK };

	if (procfs_attribution(&fixture->tree, &query, &found, &err))
		fail_msg("%s: %s", err.subject, err.message);
	return found;
}

static const struct mcg_attr_group *group(const struct mcg_attribution *found, const char *path)
{
	for (size_t i = 0; i < found->nr_groups; i++) {
		if (path ? found->groups[i].path && !strcmp(found->groups[i].path, path)
			 : !found->groups[i].path)
			return &found->groups[i];
	}
	fail_msg("no group %s", path ? path : "outside");
	return NULL;
}

static void fill(uint64_t *entries, size_t count, uint64_t pfn, uint64_t bits)
{
	for (size_t i = 0; i < count; i++)
		entries[i] = PTE_PRESENT | bits | (pfn + i);
}

/* Two groups, a process in each. */
static void two_groups(struct fixture *fixture, uint64_t id[2])
{
	fixture_open(fixture, 2);
	id[0] = fixture_group(fixture, "/a", 5 * PAGE);
	id[1] = fixture_group(fixture, "/b", 6 * PAGE);
	fixture_process(fixture, 10, "0::/a\n");
	fixture_process(fixture, 11, "0::/b\n");
}

static void test_maps_line(void **state)
{
	const char text[] =
		"7f0000001000-7f0000003000 rw-s 00002000 fd:0a 4711                       /a b\\012c (deleted)\n"
		"7f0000004000-7f0000005000 rw-p 00000000 00:00 0 \n"
		"7f0000005000-7f0000006000 rw-p 00000000 00:00 0 [heap]\nrest";
	struct map_line line;
	size_t used, at = 0;
	char *name;

	(void)state;
	assert_true(maps_line(text, strlen(text), &line, &used));
	at += used;
	assert_int_equal(line.start, 0x7f0000001000);
	assert_int_equal(line.end, 0x7f0000003000);
	assert_int_equal(line.offset, 0x2000);
	assert_int_equal(line.dev_major, 0xfd);
	assert_int_equal(line.dev_minor, 10);
	assert_int_equal(line.ino, 4711);
	assert_true(line.shared);
	name = maps_name(&line);
	assert_string_equal(name, "/a b\nc (deleted)");
	free(name);
	assert_true(maps_line(text + at, strlen(text + at), &line, &used));
	at += used;
	assert_int_equal(line.name_len, 0);
	assert_false(line.shared);
	assert_true(maps_line(text + at, strlen(text + at), &line, &used));
	at += used;
	assert_int_equal(line.name_len, 6);
	/* What has no end was cut off. */
	assert_false(maps_line(text + at, strlen(text + at), &line, &used));
	assert_int_equal(used, 4);
}

static void test_maps_line_bad(void **state)
{
	static const char *const bad[] = {
		"\n",
		"1000-2000\n",
		"1000-2000 rw-p\n",
		"1000-2000 rw-x 00000000 00:00 0 \n",
		"2000-1000 rw-p 00000000 00:00 0 \n",
		"1000-1000 rw-p 00000000 00:00 0 \n",
		"1001-2000 rw-p 00000000 00:00 0 \n",
		"1000-2000 rw-p 00000001 00:00 0 \n",
		"11111111111111111-2000 rw-p 00000000 00:00 0 \n",
		"1000-2000 rw-p 00000000 00:00 -1 \n",
		"1000-2000 rw-p 00000000 00:00 99999999999999999999 \n",
		"1000-2000 rw-p 00000000 00:00 5\n",
		"1000-2000 rw-p 00000000 100000000:00 5 \n",
		"1000-2000 rw-p 8000000000001000 00:00 0 \n",
		"G000-2000 rw-p 00000000 00:00 0 \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct map_line line;
		size_t used;

		assert_false(maps_line(bad[i], strlen(bad[i]), &line, &used));
		assert_int_equal(used, strlen(bad[i]));
	}
}

/* Damaged lines in blocks of exactly their size: ASan sees any step over the end. */
static void test_maps_random(void **state)
{
	static const char good[] =
		"7f0000001000-7f0000003000 rw-s 00002000 fd:0a 4711   /n\\01\\012\n";

	(void)state;
	srand(1);
	for (int round = 0; round < 200000; round++) {
		size_t size = rand() % sizeof(good), used;
		char *text = malloc(size ? size : 1);
		struct map_line line;

		memcpy(text, good, size);
		for (int i = rand() % 4; i > 0 && size; i--)
			text[rand() % size] = rand() % 3 ? " -:\n0f\\"[rand() % 7] : rand();
		for (size_t at = 0; at < size; at += used) {
			if (maps_line(text + at, size - at, &line, &used)) {
				assert_true(line.start < line.end);
				assert_true(line.name + line.name_len <= text + size);
				free(maps_name(&line));
			}
			assert_in_range(used, 1, size - at);
		}
		free(text);
	}
}

static void test_frames_sort(void **state)
{
	static struct frame frames[3000], spare[3000];

	(void)state;
	srand(2);
	for (int round = 0; round < 50; round++) {
		size_t count = rand() % 3000;

		for (size_t i = 0; i < count; i++)
			frames[i] =
				(struct frame){ .pfn = round % 2 ? rand() : rand() % 50, .set = i };
		frames_sort(frames, spare, count);
		for (size_t i = 1; i < count; i++) {
			assert_true(frames[i - 1].pfn <= frames[i].pfn);
			/* Stable: the join relies on it. */
			assert_true(frames[i - 1].pfn < frames[i].pfn ||
				    frames[i - 1].set < frames[i].set);
		}
	}
}

static void test_groupsets(void **state)
{
	struct groupsets sets = { 0 };
	uint32_t count, a, b, odd = 0, even = 0, all = 0;

	(void)state;
	a = groupset_with(&sets, groupset_with(&sets, GROUPSET_EMPTY, 3), 1);
	b = groupset_with(&sets, groupset_with(&sets, groupset_with(&sets, GROUPSET_EMPTY, 1), 3), 3);
	assert_int_equal(a, b);
	assert_int_equal(groupset_members(&sets, a, &count)[0], 1);
	assert_int_equal(count, 2);
	for (uint32_t i = 0; i < 1000; i++) {
		odd = i % 2 ? groupset_with(&sets, odd, i) : odd;
		even = i % 2 ? even : groupset_with(&sets, even, 998 - i);
		all = groupset_with(&sets, all, 999 - i);
	}
	assert_int_equal(groupset_union(&sets, odd, even), all);
	assert_int_equal(groupset_union(&sets, all, odd), all);
	assert_int_equal(groupset_union(&sets, GROUPSET_EMPTY, all), all);
	groupset_members(&sets, all, &count);
	assert_int_equal(count, 1000);
	assert_false(sets.oom);
	groupset_free(&sets);
}

/* a and b map four pages of a file, charged to a; b has not touched the last one. */
static void test_shared_file(void **state)
{
	const uint64_t count[4] = { 2, 2, 2, 1 };
	uint64_t id[2], entries[4], owner[4];
	struct mcg_attribution *found;
	struct fixture fixture;

	(void)state;
	two_groups(&fixture, id);
	fixture_maps(&fixture, 10, SHARED_LINE);
	fixture_maps(&fixture, 11, SHARED_LINE);
	fill(entries, 4, 100, PTE_FILE);
	fixture_ptes(&fixture, 10, 0x10000, entries, 4);
	fixture_ptes(&fixture, 11, 0x10000, entries, 3);
	for (int i = 0; i < 4; i++)
		owner[i] = id[0];
	fixture_numbers(&fixture, "kpagecount", 100, count, 4);
	fixture_numbers(&fixture, "kpagecgroup", 100, owner, 4);

	found = look(&fixture);
	assert_int_equal(group(found, "/a")->charged, 5 * PAGE);
	assert_int_equal(group(found, "/a")->mapped, 4 * PAGE);
	assert_int_equal(group(found, "/a")->shared, 3 * PAGE);
	assert_int_equal(group(found, "/a")->share, 5 * PAGE / 2);
	assert_int_equal(group(found, "/b")->share, 3 * PAGE / 2);
	assert_int_equal(group(found, "/")->share, 4 * PAGE);
	assert_int_equal(group(found, "/")->shared, 0);
	assert_int_equal(group(found, "/")->processes, 2);
	assert_false(group(found, "/")->has_charged);
	assert_int_equal(found->nr_files, 1);
	assert_string_equal(found->files[0].name, "/dev/shm/x");
	assert_int_equal(found->files[0].present, 4 * PAGE);
	assert_int_equal(found->files[0].shared, 3 * PAGE);
	assert_int_equal(found->files[0].foreign, 0);
	assert_int_equal(found->files[0].nr_owners, 1);
	assert_int_equal(found->files[0].owners[0].bytes, 4 * PAGE);
	assert_string_equal(found->groups[found->files[0].owners[0].group].path, "/a");
	assert_int_equal(found->files[0].nr_mappers, 2);
	assert_int_equal(found->files[0].mappers[1].bytes, 3 * PAGE);
	assert_false(found->files[0].has_size);
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

/*
 * Both map as many pages as a mapping of all of the file has, so the page tables of one of them, of which here but the first page
 * is the other's, are not looked at. The kernel's count is to the page from 6.18 on.
 */
static void test_full(void **state)
{
	enum { PAGES = 200 };
	static const struct {
		const char *release;
		uint64_t statm, shared;
		bool vdso;
	} cases[] = {
		{ "6.18.0-rc1", PAGES, PAGES, false },
		{ "7.2.12+deb13-amd64", PAGES, PAGES, false },
		{ "6.17.99", PAGES, 1, false },
		{ "5.19", PAGES, 1, false },
		{ "nonsense", PAGES, 1, false },
		{ "6.18", PAGES - 1, 1, false },
		{ "6.18", PAGES + 1, 1, false },
		{ "6.18", PAGES + 1, PAGES, true },
		/* It lacks a page. */
		{ "6.18", PAGES, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t vdso = PTE_PRESENT | PTE_FILE | 5000;
		struct mcg_attribution *found;
		uint64_t id[2], entries[PAGES];
		struct fixture fixture;

		two_groups(&fixture, id);
		fixture_release(&fixture, cases[i].release);
		fill(entries, PAGES, 100, PTE_FILE);
		fixture_ptes(&fixture, 10, 0x10000, entries, PAGES);
		fill(entries + 1, PAGES - 1, 1000, PTE_FILE);
		fixture_ptes(&fixture, 11, 0x10000, entries, PAGES);
		for (int pid = 10; pid < 12; pid++) {
			fixture_maps(&fixture, pid, "10000-%x rw-s 00000000 00:01 77 /f\n",
				     0x10000 + PAGES * 4096);
			fixture_map_file(&fixture, pid, 0x10000, 0x10000 + PAGES * PAGE);
			fixture_statm(&fixture, pid, cases[i].statm);
			if (!cases[i].vdso)
				continue;
			fixture_maps(&fixture, pid, "900000-901000 r-xp 00000000 00:00 0 [vdso]\n");
			fixture_ptes(&fixture, pid, 0x900000, &vdso, 1);
		}
		found = look(&fixture);
		assert_int_equal(group(found, "/a")->shared, cases[i].shared * PAGE);
		assert_int_equal(group(found, "/b")->shared, cases[i].shared * PAGE);
		mcg_attribution_free(found);
		fixture_close(&fixture);
	}
}

/* Without frame numbers, pages of a file are told apart by their place in it. */
static void test_unprivileged(void **state)
{
	const uint64_t file[4] = { PTE_PRESENT | PTE_FILE, PTE_PRESENT | PTE_FILE, 0,
				   PTE_PRESENT | PTE_FILE };
	const uint64_t private[3] = { PTE_PRESENT, PTE_PRESENT | PTE_EXCLUSIVE, 0 };
	struct mcg_attribution *found;
	struct fixture fixture;
	uint64_t id[2];

	(void)state;
	two_groups(&fixture, id);
	fixture_maps(&fixture, 10, SHARED_LINE "20000-23000 rw-p 00000000 00:00 0 \n");
	fixture_maps(&fixture, 11, SHARED_LINE);
	fixture_ptes(&fixture, 10, 0x10000, file, 4);
	fixture_ptes(&fixture, 10, 0x20000, private, 3);
	fixture_ptes(&fixture, 11, 0x10000, file, 2);
	found = look(&fixture);
	assert_true(found->gaps.no_frames);
	assert_int_equal(group(found, "/a")->mapped, 5 * PAGE);
	assert_int_equal(group(found, "/a")->shared, 2 * PAGE);
	assert_int_equal(group(found, "/b")->mapped, 2 * PAGE);
	assert_int_equal(found->files[0].owners[0].group, MCG_GROUP_UNREAD);
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

/*
 * Linux 6.1 takes all pages of a huge page that is mapped as a whole for exclusive if the first one is: here a child has
 * a copy of that, and maps the others.
 */
static void test_huge_page_shared_in_part(void **state)
{
	enum { HUGE = 512, PFN = 4 * HUGE };
	static uint64_t parent[HUGE], child[HUGE], count[HUGE];
	struct mcg_attribution *found;
	struct fixture fixture;
	uint64_t id[2];

	(void)state;
	two_groups(&fixture, id);
	for (int pid = 10; pid < 12; pid++)
		fixture_maps(&fixture, pid, "400000-600000 rw-p 00000000 00:00 0 \n");
	fill(parent, HUGE, PFN, PTE_EXCLUSIVE);
	fill(child, HUGE, PFN, 0);
	child[0] = PTE_PRESENT | PTE_EXCLUSIVE | 1;
	for (int i = 0; i < HUGE; i++)
		count[i] = i ? 2 : 1;
	fixture_numbers(&fixture, "kpagecount", PFN, count, HUGE);
	fixture_ptes(&fixture, 10, 0x400000, parent, HUGE);
	fixture_ptes(&fixture, 11, 0x400000, child, HUGE);
	found = look(&fixture);
	assert_int_equal(group(found, "/a")->mapped, HUGE * PAGE);
	assert_int_equal(group(found, "/a")->shared, (HUGE - 1) * PAGE);
	assert_int_equal(group(found, "/")->mapped, (HUGE + 1) * PAGE);
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

/* Processes come and go; some may not be read; some are in a group out of sight. */
static void test_gone_and_forbidden(void **state)
{
	char name[128];
	uint64_t id[2], entries[4];
	struct mcg_attribution *found;
	struct fixture fixture;

	(void)state;
	two_groups(&fixture, id);
	fixture_process(&fixture, 12, "0::/a\n"); /* its maps vanish */
	snprintf(name, sizeof(name), "%s/proc/12/maps", fixture.root);
	assert_int_equal(unlink(name), 0);
	fixture_process(&fixture, 13, "0::/a\n"); /* its page table does */
	fixture_maps(&fixture, 13, SHARED_LINE);
	snprintf(name, sizeof(name), "%s/proc/13/pagemap", fixture.root);
	assert_int_equal(unlink(name), 0);
	snprintf(name, sizeof(name), "%s/proc/14", fixture.root); /* all of it does */
	assert_int_equal(mkdir(name, 0755), 0);
	fixture_process(&fixture, 15,
			"0::/a\n"); /* a folder cannot be read as a file, not even by root */
	snprintf(name, sizeof(name), "%s/proc/15/maps", fixture.root);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkdir(name, 0755), 0);
	fixture_process(&fixture, 16, "0::/../other\n");
	fixture_maps(&fixture, 16, SHARED_LINE);
	fill(entries, 4, 100, PTE_FILE);
	fixture_ptes(&fixture, 16, 0x10000, entries, 4);
	fixture_process(&fixture, 17, "0::/a/new/group\n"); /* made after the groups were read */
	fixture_maps(&fixture, 17, "garbage\n10000-11000 rw-p 00000000 00:00 0 \nmore");
	fixture_ptes(&fixture, 17, 0x10000, &(uint64_t){ PTE_PRESENT | PTE_EXCLUSIVE | 9 }, 1);

	found = look(&fixture);
	assert_int_equal(found->gaps.processes, 1);
	assert_int_equal(group(found, "/a")->processes, 1);
	assert_int_equal(group(found, "/a")->mapped, PAGE);
	assert_int_equal(group(found, NULL)->mapped, 4 * PAGE);
	assert_int_equal(group(found, NULL)->processes, 1);
	assert_int_equal(group(found, NULL)->parent, MCG_GROUP_NONE);
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

static void test_hostile_names(void **state)
{
	static const char hostile[] = "/x\x1b[2J\xff,\"\\012 (deleted)";
	struct mcg_attribution *found;
	struct fixture fixture;
	uint64_t id[2];

	(void)state;
	two_groups(&fixture, id);
	fixture_group(&fixture, "/b/\x1b[31m\xc0", 1);
	fixture_maps(&fixture, 10, "10000-14000 rw-s 00000000 08:01 5 %s\n", hostile);
	fixture_maps(&fixture, 10, "20000-24000 rw-s 00000000 08:01 6 [heap]\n");
	fixture_ptes(&fixture, 10, 0x10000, &(uint64_t){ PTE_PRESENT | PTE_FILE | 7 }, 1);
	found = look(&fixture);
	assert_int_equal(found->nr_files, 2);
	assert_string_equal(found->files[0].name, "/x\x1b[2J\xff,\"\n (deleted)");
	assert_int_equal(group(found, "/b/\x1b[31m\xc0")->charged, 1);
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

/* The hierarchy of v1 has a file for the root, too, and its own line in /proc/PID/cgroup. */
static void test_v1(void **state)
{
	struct mcg_attribution *found;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture, 1);
	fixture_group(&fixture, "/", 100);
	fixture_group(&fixture, "/m", 50);
	fixture_process(&fixture, 10, "5:cpu:/c\n4:hugetlb,memory:/m\n0::/u\n");
	fixture_maps(&fixture, 10, "10000-11000 rw-p 00000000 00:00 0 \n");
	fixture_ptes(&fixture, 10, 0x10000, &(uint64_t){ PTE_PRESENT | PTE_EXCLUSIVE | 9 }, 1);
	found = look(&fixture);
	assert_true(found->v1);
	assert_int_equal(group(found, "/")->charged, 100);
	assert_int_equal(group(found, "/m")->charged, 50);
	assert_int_equal(group(found, "/m")->mapped, PAGE);
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

/* Segment ids count from 0 in each IPC namespace, and look like inodes of the device of memfds. */
static void test_sysv(void **state)
{
	struct mcg_attribution *found;
	struct fixture fixture;
	uint64_t id[2];
	char name[128];

	(void)state;
	two_groups(&fixture, id);
	for (int pid = 10; pid < 12; pid++) {
		uint64_t entry = PTE_PRESENT | PTE_FILE | (100 + pid);

		fixture_maps(&fixture, pid,
			     "10000-11000 rw-s 00000000 00:01 3 /SYSV00000000 (deleted)\n");
		fixture_ptes(&fixture, pid, 0x10000, &entry, 1);
		snprintf(name, sizeof(name), "%s/proc/%d/ns", fixture.root, pid);
		assert_int_equal(mkdir(name, 0755), 0);
		strcat(name, "/ipc");
		assert_int_equal(mkdir(name, 0755), 0);
	}
	fixture_maps(&fixture, 10, "20000-21000 rw-s 00000000 00:01 3 /memfd:x (deleted)\n");
	fixture_ptes(&fixture, 10, 0x20000, &(uint64_t){ PTE_PRESENT | PTE_FILE | 200 }, 1);
	found = look(&fixture);
	assert_int_equal(found->nr_files, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(found->files[i].present, PAGE);
		assert_int_equal(found->files[i].shared, 0);
		assert_int_equal(found->files[i].nr_mappers, 1);
	}
	mcg_attribution_free(found);
	fixture_close(&fixture);
}

/* More pages than one buffer, and thousands of mappings. */
static void test_large(void **state)
{
	enum { PAGES = 70000, MAPS = 5000 };
	uint64_t *entries = calloc(PAGES, 8), *count = calloc(PAGES, 8), id[2];
	struct mcg_attribution *found;
	struct fixture fixture;

	(void)state;
	two_groups(&fixture, id);
	fill(entries, PAGES, 1000, PTE_FILE);
	for (int i = 0; i < PAGES; i++)
		count[i] = 2;
	fixture_numbers(&fixture, "kpagecount", 1000, count, PAGES);
	for (int pid = 10; pid < 12; pid++) {
		fixture_maps(&fixture, pid, "10000000-%x rw-s 00000000 00:01 77 /f\n",
			     0x10000000 + PAGES * 4096);
		fixture_ptes(&fixture, pid, 0x10000000, entries, PAGES);
		for (int i = 0; i < MAPS; i++)
			fixture_maps(&fixture, pid, "%x-%x rw-s 00000000 00:02 %d /f%d\n",
				     0x40000000 + i * 8192, 0x40001000 + i * 8192, i + 1, i);
	}
	found = look(&fixture);
	assert_int_equal(group(found, "/a")->shared, PAGES * PAGE);
	assert_int_equal(group(found, "/b")->share, PAGES * PAGE / 2);
	assert_int_equal(found->nr_files, MAPS + 1);
	mcg_attribution_free(found);
	fixture_close(&fixture);
	free(entries);
	free(count);
}

/* Fewer descriptors than processes. In a child, since a hard limit cannot be raised again. */
static void test_few_descriptors(void **state)
{
	enum { PROCESSES = 150 };
	struct fixture fixture;
	int status;

	(void)state;
	fixture_open(&fixture, 2);
	fixture_group(&fixture, "/a", 0);
	fixture_numbers(&fixture, "kpagecount", 9, &(uint64_t){ PROCESSES }, 1);
	for (int pid = 10; pid < 10 + PROCESSES; pid++) {
		fixture_process(&fixture, pid, "0::/a\n");
		fixture_maps(&fixture, pid, SHARED_LINE);
		/* Only every other one maps the page: all page tables are read again. */
		if (pid % 2)
			fixture_ptes(&fixture, pid, 0x10000,
				     &(uint64_t){ PTE_PRESENT | PTE_FILE | 9 }, 1);
	}
	if (!fork()) {
		struct rlimit limit = { .rlim_cur = 80, .rlim_max = 80 };
		struct mcg_attribution *found;
		bool good;

		setrlimit(RLIMIT_NOFILE, &limit);
		found = look(&fixture);
		good = group(found, "/a")->mapped == PAGE && !found->gaps.processes;
		mcg_attribution_free(found);
		_exit(!good);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	fixture_close(&fixture);
}

static void test_no_tree(void **state)
{
	static const struct mcg_attr_query query;
	struct mcg_error err = { .status = MCG_OK };
	struct mcg_attribution *found = NULL;
	struct mcg_tree tree;

	(void)state;
	assert_int_equal(mcg_tree_init(&tree, "/nonexistent", "/proc", 2), 0);
	assert_int_equal(procfs_attribution(&tree, &query, &found, &err), -1);
	assert_string_not_equal(err.message, "");
	assert_null(found);
	mcg_tree_close(&tree);
	assert_int_equal(mcg_tree_init(&tree, "/", "/nonexistent", 2), 0);
	assert_int_equal(procfs_attribution(&tree, &query, &found, &err), -1);
	mcg_tree_close(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps_line),
		cmocka_unit_test(test_maps_line_bad),
		cmocka_unit_test(test_maps_random),
		cmocka_unit_test(test_frames_sort),
		cmocka_unit_test(test_groupsets),
		cmocka_unit_test(test_shared_file),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_huge_page_shared_in_part),
		cmocka_unit_test(test_gone_and_forbidden),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_sysv),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_few_descriptors),
		cmocka_unit_test(test_no_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
