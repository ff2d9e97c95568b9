// SPDX-License-Identifier: GPL-2.0-only
/*
 * The procfs backend against random worlds whose figures are known: every page is noted while it is made, and
 * counted by looking at all of them. Shared and private mappings, holes, windows, private copies, memory shared by
 * fork, the zero page, one file under two names, drivers that give each process other pages under one inode,
 * large folios whose owner only the first page tells, and processes that may not be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procfs.h"
#include "procfs_fixture.h"

#define PAGE UINT64_C(4096)

enum { GROUPS = 6, FILES = 5, FILE_PAGES = 48, FRAMES = 4096, POOL = 24, WORLDS = 300 };
/* Two names for the same pages. */
enum { ALIAS = 3, ALIAS_OF = 2 };
/* Every process finds other pages behind it. */
enum { DRIVER = 4 };

/* Frames: those of files, a large folio, a pool shared by fork, the zero page, and private ones. */
enum { FOLIO = 512, POOL_AT = 1024, ZERO_AT = 1100, PRIVATE_AT = 1200 };

static const char *const paths[GROUPS] = { "/", "/a", "/a/b", "/a/c", "/a-b", "/d" };
static const int parents[GROUPS] = { -1, 0, 1, 1, 0, 0 };

static struct world {
	struct fixture fixture;
	uint64_t id[GROUPS];
	unsigned int mappers[FRAMES]; /* bits of groups */
	int owner[FRAMES];	      /* -1: nobody */
	uint64_t count[FRAMES];
	bool in_file[FILES][FRAMES];
	int next_private;
	bool readable;
} world;

static void note(uint64_t pfn, int group, int file)
{
	world.count[pfn]++;
	if (!world.readable)
		return;
	world.mappers[pfn] |= 1U << group;
	if (file >= 0)
		world.in_file[file][pfn] = true;
}

static uint64_t frame_of(int file, int index, int pid)
{
	if (file == 0 && index < 16)
		return FOLIO + index;
	if (file == ALIAS)
		file = ALIAS_OF;
	if (file == DRIVER)
		return 800 + (pid % 4) * 50 + index;
	/* The first in no order, with neighbours and without; the second downwards; the third by eights, some up and some down. */
	if (file == 0)
		index = (index * 29 + 7) % 64;
	else if (file == 1 || index / 8 % 3 == 1)
		index ^= file == 1 ? 63 : 7;
	return 1 + file * 64 + index;
}

static uint64_t private_page(int group)
{
	int what = rand() % 4;
	uint64_t pfn;

	if (what == 0)
		return PTE_PRESENT | ZERO_AT;
	pfn = what == 1 ? POOL_AT + rand() % POOL : world.next_private++;
	note(pfn, group, -1);
	/* The bit is written once it is known how often the page is mapped: a lone one may lack it as well. */
	return PTE_PRESENT | pfn | (what == 1 ? 0 : PTE_EXCLUSIVE);
}

static void make_mapping(int pid, int group, uint64_t *address)
{
	int file = rand() % (FILES + 1) - 1, first = rand() % FILE_PAGES;
	int pages = 1 + rand() % (FILE_PAGES - first), density = rand() % 4;
	bool shared = file >= 0 && rand() % 3;
	uint64_t entries[FILE_PAGES];

	for (int i = 0; i < pages; i++) {
		entries[i] = 0;
		if (rand() % 4 < density)
			continue;
		if (file < 0 || (!shared && rand() % 4 == 0)) {
			entries[i] = private_page(group);
			continue;
		}
		entries[i] = PTE_PRESENT | PTE_FILE | frame_of(file, first + i, pid);
		note(entries[i] & 0xfffffff, group, file);
	}
	fixture_ptes(&world.fixture, pid, *address, entries, pages);
	fixture_maps(&world.fixture, pid, "%llx-%llx r%s-%c %08llx 0%d:00 %d %s%d\n",
		     (unsigned long long)*address, (unsigned long long)(*address + pages * PAGE),
		     rand() % 2 ? "w" : "-", shared ? 's' : 'p',
		     (unsigned long long)(file < 0 ? 0 : first * PAGE), file < 0 ? 0 : 8,
		     file < 0 ? 0 : 100 + file, file < 0 ? "[anon:" : "/file", file);
	*address += (pages + rand() % 3) * PAGE;
}

static void make_process(int pid)
{
	int group = rand() % GROUPS;
	uint64_t address = 0x400000;
	char text[64];

	/* One that may not be read maps pages all the same, which the kernel's counts tell. */
	world.readable = rand() % 12;
	snprintf(text, sizeof(text), "0::%s\n", paths[group]);
	fixture_process(&world.fixture, pid, text);
	for (int i = 1 + rand() % 6; i > 0; i--)
		make_mapping(pid, group, &address);
	if (!world.readable) {
		char name[128];

		snprintf(name, sizeof(name), "%s/proc/%d/maps", world.fixture.root, pid);
		assert_int_equal(unlink(name), 0);
		assert_int_equal(mkdir(name, 0755), 0);
	}
}

static void make_world(void)
{
	uint64_t owners[FRAMES] = { 0 }, flags[FRAMES] = { 0 };

	memset(&world, 0, sizeof(world));
	fixture_open(&world.fixture, 2);
	world.next_private = PRIVATE_AT;
	for (int i = 0; i < GROUPS; i++)
		world.id[i] = fixture_group(&world.fixture, paths[i], i);
	for (int i = 0; i < FRAMES; i++) {
		world.owner[i] = rand() % (GROUPS + 1) - 1;
		if (i > FOLIO && i < FOLIO + 16)
			world.owner[i] = world.owner[FOLIO];
	}
	for (int pid = 100 + rand() % 8; pid >= 100; pid--)
		make_process(pid);
	for (int i = 0; i < FRAMES; i++) {
		owners[i] = world.owner[i] < 0 ? 0 : world.id[world.owner[i]];
		if (i > FOLIO && i < FOLIO + 16) {
			owners[i] = 0;
			flags[i] = UINT64_C(1) << 16;
		}
	}
	flags[FOLIO] = UINT64_C(1) << 15;
	fixture_numbers(&world.fixture, "kpagecount", 0, world.count, FRAMES);
	fixture_numbers(&world.fixture, "kpagecgroup", 0, owners, FRAMES);
	fixture_numbers(&world.fixture, "kpageflags", 0, flags, FRAMES);
}

static int index_of(const struct mcg_attribution *found, uint32_t group)
{
	for (int i = 0; i < GROUPS && group < found->nr_groups; i++) {
		if (!strcmp(found->groups[group].path, paths[i]))
			return i;
	}
	return -1;
}

static unsigned int subtree(int top)
{
	unsigned int mask = 0;

	for (int i = 0; i < GROUPS; i++) {
		for (int g = i; g >= 0; g = parents[g])
			mask |= g == top ? 1U << i : 0;
	}
	return mask;
}

static void check_group(const struct mcg_attr_group *group, int index)
{
	uint64_t mapped = 0, shared = 0;
	unsigned int below = subtree(index);
	double share = 0;

	for (int i = 0; i < FRAMES; i++) {
		mapped += world.mappers[i] & below ? PAGE : 0;
		shared += (world.mappers[i] & below) && (world.mappers[i] & ~below) ? PAGE : 0;
		if (world.mappers[i])
			share += (double)PAGE * __builtin_popcount(world.mappers[i] & below) /
				 __builtin_popcount(world.mappers[i]);
	}
	assert_int_equal(group->mapped, mapped);
	assert_int_equal(group->shared, shared);
	/* Rounded to a byte, after a loss of at most 1/4096 byte for each set of groups and member. */
	assert_true(share - group->share <= 1 && group->share - share <= 1);
}

static void check_file(const struct mcg_attribution *found, const struct mcg_attr_file *file)
{
	int number = file->ino - 100;
	uint64_t present = 0, shared = 0, owned[GROUPS + 1] = { 0 }, maps[GROUPS] = { 0 };

	for (int i = 0; i < FRAMES; i++) {
		if (!world.in_file[number][i])
			continue;
		present += PAGE;
		shared += __builtin_popcount(world.mappers[i]) > 1 ? PAGE : 0;
		owned[world.owner[i] + 1] += PAGE;
		for (int g = 0; g < GROUPS; g++)
			maps[g] += world.mappers[i] >> g & 1 ? PAGE : 0;
	}
	assert_int_equal(file->present, present);
	assert_int_equal(file->shared, shared);
	for (size_t i = 0; i < file->nr_owners; i++) {
		int index = index_of(found, file->owners[i].group);

		assert_int_equal(file->owners[i].bytes, owned[index + 1]);
		owned[index + 1] = 0;
	}
	for (size_t i = 0; i < file->nr_mappers; i++) {
		int index = index_of(found, file->mappers[i].group);

		assert_int_equal(file->mappers[i].bytes, maps[index]);
		maps[index] = 0;
	}
	for (int g = 0; g < GROUPS; g++) {
		assert_int_equal(maps[g], 0);
		assert_int_equal(owned[g + 1], 0);
	}
}

static void check_world(bool no_shortcut)
{
	const struct mcg_attr_query query = { .no_shortcut = no_shortcut };
	struct mcg_attribution *found = NULL;
	struct mcg_error err = { .status = MCG_OK };

	assert_int_equal(procfs_attribution(&world.fixture.tree, &query, &found, &err), 0);
	assert_int_equal(found->nr_groups, GROUPS);
	for (uint32_t i = 0; i < GROUPS; i++) {
		/* /a-b sorts behind the subtree of /a. */
		assert_string_equal(found->groups[i].path, paths[i]);
		check_group(&found->groups[i], i);
	}
	for (size_t i = 0; i < found->nr_files; i++)
		check_file(found, &found->files[i]);
	mcg_attribution_free(found);
}

static void test_worlds(void **state)
{
	(void)state;
	for (int i = 0; i < WORLDS; i++) {
		srand(i);
		make_world();
		check_world(false);
		check_world(true);
		fixture_close(&world.fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
