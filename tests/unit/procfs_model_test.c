// SPDX-License-Identifier: GPL-2.0-only
/*
 * The procfs backend against random worlds whose figures are known: every page is noted while it is made, and
 * counted by looking at all of them. Shared and private mappings, holes, windows, private copies, memory shared by
 * fork, the zero page, one file under two names, drivers and subvolumes that give each process other pages under one
 * inode, large folios whose owner only the first page tells, processes that may not be read, and kernels that tell where
 * nothing is present (PAGEMAP_SCAN), or how many pages a process maps to the page (statm), or do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "procfs.h"
#include "procfs_fixture.h"

#define PAGE UINT64_C(4096)

enum { GROUPS = 6, FILES = 5, FILE_PAGES = 400, FRAMES = 32768, POOL = 24, WORLDS = 200 };
/* Two names for the same pages. */
enum { ALIAS = 3, ALIAS_OF = 2 };
/* Every process finds other pages behind it. */
enum { DRIVER = 4 };

/* Frames: those of files, a large folio, a pool shared by fork, the zero page, the kernel's, and private ones. */
enum {
	DRIVER_AT = 2048,
	FOLIO = 4608,
	POOL_AT = 5120,
	ZERO_AT = 5200,
	KERNEL_AT = 5201,
	PRIVATE_AT = 5300
};

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
	bool regular[FILES];
	bool no_scan;
	bool exact;	     /* what processes map is counted to the page */
	uint64_t file_pages; /* of a process */
	int favourite;	     /* many map this file */
} world;

/* As in the kernel's <linux/fs.h>, of which older systems lack it. */
struct region {
	uint64_t start;
	uint64_t end;
	uint64_t categories;
};

struct scan_arg {
	uint64_t size;
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	struct region *regions;
	uint64_t nr_regions;
	uint64_t max_pages;
	uint64_t category_inverted;
	uint64_t category_mask;
	uint64_t category_anyof_mask;
	uint64_t return_mask;
};

int __wrap_ioctl(int fd, unsigned long request, struct scan_arg *arg);

/* Asked for pages that are present, or for those that are not. It may end before the end, as where there are many regions. */
int __wrap_ioctl(int fd, unsigned long request, struct scan_arg *arg)
{
	uint64_t most = 1 + rand() % 8, nr = 0, pages = 0, at;

	assert_int_equal(request, _IOWR('f', 16, struct scan_arg));
	if (world.no_scan) {
		errno = ENOTTY;
		return -1;
	}
	assert_true(arg->category_mask == 8 || arg->category_mask == 12);
	for (at = arg->start; at < arg->end; at += PAGE) {
		uint64_t entry = 0, is;
		bool more = nr && arg->regions[nr - 1].end == at;

		assert_true(pread(fd, &entry, sizeof(entry), at / PAGE * sizeof(entry)) >= 0);
		is = (entry & PTE_PRESENT ? 8 : 0) | (entry & PTE_FILE ? 4 : 0);
		if (~(is ^ arg->category_inverted) & arg->category_mask)
			continue;
		if (!more && (nr == most || nr == arg->nr_regions))
			break;
		if (!more)
			arg->regions[nr++] = (struct region){ .start = at };
		arg->regions[nr - 1].end = at + PAGE;
		if (++pages == arg->max_pages) {
			at += PAGE;
			break;
		}
	}
	arg->walk_end = at;
	return nr;
}

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
	/* Subvolumes share nothing; a driver may have some pages for all. */
	if (file == DRIVER)
		return DRIVER_AT + (world.regular[DRIVER] || index >= 8 ? pid % 4 : 0) * 512 + index;
	/* The first in no order, with neighbours and without; the second downwards; the third by eights, some up and some down. */
	if (file == 0)
		index = (index * 29 + 7) % 512;
	else if (file == 1 || index / 8 % 3 == 1)
		index ^= file == 1 ? 511 : 7;
	return 1 + file * 512 + index;
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

/* A page of no file that is none of the process, either (vdso). */
static uint64_t kernel_page(void)
{
	world.file_pages++;
	return PTE_PRESENT | PTE_FILE | KERNEL_AT;
}

static void make_mapping(int pid, int group, uint64_t *address)
{
	int file = rand() % 3 ? world.favourite : rand() % (FILES + 1) - 1;
	int first = rand() % 3 ? rand() % 3 * 8 : rand() % FILE_PAGES;
	int pages = rand() % 2 ? FILE_PAGES - first : 1 + rand() % (FILE_PAGES - first);
	/* Many holes, few, or none. */
	int holes = rand() % 6, one_of = holes < 3 ? 4 : 64;
	bool shared = file >= 0 && rand() % 3;
	uint64_t entries[FILE_PAGES];

	for (int i = 0; i < pages; i++) {
		entries[i] = 0;
		if (rand() % one_of < holes % 3 + (holes > 3))
			continue;
		if (file < 0 || (!shared && rand() % 4 == 0)) {
			entries[i] =
				file < 0 && rand() % 64 == 0 ? kernel_page() : private_page(group);
			continue;
		}
		entries[i] = PTE_PRESENT | PTE_FILE | frame_of(file, first + i, pid);
		note(entries[i] & 0xfffffff, group, file);
		world.file_pages++;
	}
	fixture_ptes(&world.fixture, pid, *address, entries, pages);
	fixture_maps(&world.fixture, pid, "%llx-%llx r%s-%c %08llx 0%d:00 %d %s%d\n",
		     (unsigned long long)*address, (unsigned long long)(*address + pages * PAGE),
		     rand() % 2 ? "w" : "-", shared ? 's' : 'p',
		     (unsigned long long)(file < 0 ? 0 : first * PAGE), file < 0 ? 0 : 8,
		     file < 0 ? 0 : 100 + file, file < 0 ? "[anon:" : "/file", file);
	if (file >= 0 && world.regular[file])
		fixture_map_file(&world.fixture, pid, *address, *address + pages * PAGE);
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
	world.file_pages = 0;
	for (int i = 1 + rand() % 6; i > 0; i--)
		make_mapping(pid, group, &address);
	/* Elsewhere some are left out, or counted too much. */
	fixture_statm(&world.fixture, pid, world.file_pages + (world.exact ? 0 : rand() % 9 - 4));
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
	world.no_scan = !(rand() % 4);
	world.exact = rand() % 4;
	fixture_release(&world.fixture, world.exact ? "6.18.0-1" : "6.12.9");
	world.favourite = rand() % FILES;
	for (int i = 0; i < FILES; i++)
		world.regular[i] = rand() % 4;
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
