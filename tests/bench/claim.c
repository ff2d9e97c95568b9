// SPDX-License-Identifier: GPL-2.0-only
/*
 * claim FILE FILE DIR: in the first of two groups (their cgroup.procs), instructions per page of a claim by the second
 * and back, and of the other way to the same end: page the memory out and touch it again. Prints both, for memory
 * that is shared and mapped, for private memory, and for the page cache of a mapped file in DIR on a disk. Half of each page
 * compresses well. Then what a claim takes for 2 MiB of private memory in one folio, and in 512.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "memcgctl.h"

#define PAGE 4096
#define PAGES 8192L
#define REPEAT 3
#define HUGE_SIZE (2L << 20)

static unsigned char present[PAGES];

static void fill(unsigned char *memory)
{
	uint32_t x = 1;

	for (long i = 0; i < PAGES * PAGE; i++) {
		x = x * 1664525 + 1013904223;
		memory[i] = i % PAGE < PAGE / 2 ? x >> 24 : i / PAGE;
	}
}

static long present_pages(unsigned char *memory)
{
	long n = 0;

	if (mincore(memory, PAGES * PAGE, present))
		err(1, "mincore");
	for (long i = 0; i < PAGES; i++)
		n += present[i] & 1;
	return n;
}

static uint64_t claim(struct mcg_module *module, unsigned char *memory, int target)
{
	struct mcg_claim claim = {
		.pidfd = syscall(SYS_pidfd_open, getpid(), 0),
		.fd = -1,
		.mount = -1,
		.from = -1,
		.at_most = MEMCGCTL_SIZE_MAX,
		.target = target,
		.ancestor = -1,
		.start = (uintptr_t)memory,
		.end = (uintptr_t)memory + PAGES * PAGE,
	};
	struct mcg_receipt receipt = { 0 };
	struct mcg_error error = { 0 };
	uint64_t begin = __rdtsc();
	int ret;

	do
		ret = mcg_claim_step(module, &claim, &receipt, &error);
	while (ret > 0);
	begin = __rdtsc() - begin;
	close(claim.pidfd);
	if (ret || receipt.moved < PAGES * PAGE * 99 / 100)
		errx(1, "claim moved %ju of %ju bytes", (uintmax_t)receipt.moved,
		     (uintmax_t)receipt.present);
	return begin;
}

/* The best of some claims of all of it, there and back. */
static uint64_t best_claim(struct mcg_module *module, unsigned char *memory, const int *target)
{
	uint64_t best = UINT64_MAX, n;

	for (int i = 0; i < 2 * REPEAT; i++) {
		n = claim(module, memory, target[!(i % 2)]);
		best = n < best ? n : best;
	}
	return best;
}

/* Page cache of a disk is clean, and read again; other memory is written to the swap disk. */
static uint64_t swap(unsigned char *memory, bool disk)
{
	uint64_t begin = __rdtsc(), out;

	if (madvise(memory, PAGES * PAGE, MADV_PAGEOUT))
		err(1, "MADV_PAGEOUT");
	out = __rdtsc() - begin;
	if (present_pages(memory) > PAGES / 50)
		errx(1, "%ld of %ld pages were not paged out", present_pages(memory), PAGES);
	begin = __rdtsc();
	for (long i = 0; i < PAGES; i++) {
		volatile unsigned char *page = memory + i * PAGE;

		if (disk)
			(void)*page;
		else
			++*page;
	}
	return out + __rdtsc() - begin;
}

static void compare(struct mcg_module *module, const char *name, unsigned char *memory, bool disk,
		    const int *target)
{
	uint64_t moved = best_claim(module, memory, target), swapped = UINT64_MAX, n;

	for (int i = 0; i < REPEAT; i++) {
		n = swap(memory, disk);
		swapped = n < swapped ? n : swapped;
	}
	munmap(memory, PAGES * PAGE);
	printf("%s %ju %ju\n", name, (uintmax_t)moved / PAGES, (uintmax_t)swapped / PAGES);
}

static unsigned char *map_memory(int flags)
{
	unsigned char *memory =
		mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED || madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE))
		err(1, "mmap");
	fill(memory);
	return memory;
}

static unsigned char *map_file(const char *dir)
{
	unsigned char *memory;
	char name[256];
	int fd;

	snprintf(name, sizeof(name), "%s/claimed", dir);
	fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
	if (fd < 0 || unlink(name) || ftruncate(fd, PAGES * PAGE))
		err(1, "%s", name);
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");
	fill(memory);
	if (fsync(fd))
		err(1, "%s", name);
	close(fd);
	return memory;
}

/* Instructions for 2 MiB in one folio. */
static uint64_t claim_huge(struct mcg_module *module, const int *target)
{
	unsigned char *all = mmap(NULL, PAGES * PAGE + HUGE_SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *memory = all + (-(uintptr_t)all & (HUGE_SIZE - 1));
	uint64_t n;

	if (all == MAP_FAILED || madvise(memory, PAGES * PAGE, MADV_HUGEPAGE))
		err(1, "mmap");
	fill(memory);
	n = best_claim(module, memory, target);
	munmap(all, PAGES * PAGE + HUGE_SIZE);
	return n / (PAGES * PAGE / HUGE_SIZE);
}

static void compare_huge(struct mcg_module *module, const int *target)
{
	unsigned char *memory = map_memory(MAP_PRIVATE);
	uint64_t small = best_claim(module, memory, target) / (PAGES * PAGE / HUGE_SIZE);

	munmap(memory, PAGES * PAGE);
	printf("huge %ju %ju\n", (uintmax_t)claim_huge(module, target), (uintmax_t)small);
}

int main(int argc, char **argv)
{
	struct mcg_error error = { 0 };
	struct mcg_module *module;
	int target[2];

	if (argc != 4)
		errx(2, "usage: claim FILE FILE DIR");
	for (int i = 0; i < 2; i++) {
		target[i] = open(argv[i + 1], O_WRONLY);
		if (target[i] < 0)
			err(1, "%s", argv[i + 1]);
	}
	module = mcg_module_open(&error);
	if (!module)
		errx(1, "no module");
	compare(module, "shmem", map_memory(MAP_SHARED), false, target);
	compare(module, "anonymous", map_memory(MAP_PRIVATE), false, target);
	compare(module, "ext4", map_file(argv[3]), true, target);
	compare_huge(module, target);
	mcg_module_close(module);
	return 0;
}
