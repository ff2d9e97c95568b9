// SPDX-License-Identifier: GPL-2.0-only
/*
 * claim FILE FILE: in the first of two groups (their cgroup.procs), instructions per page of a claim by the second
 * and back, and of the other way to the same end: page the memory out and touch it again. Prints both, for memory
 * that is shared and mapped and for private memory. Half of each page compresses well.
 */
#include <err.h>
#include <fcntl.h>
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

static uint64_t swap(unsigned char *memory)
{
	uint64_t begin = __rdtsc(), out;

	if (madvise(memory, PAGES * PAGE, MADV_PAGEOUT))
		err(1, "MADV_PAGEOUT");
	out = __rdtsc() - begin;
	if (present_pages(memory) > PAGES / 50)
		errx(1, "%ld of %ld pages were not paged out", present_pages(memory), PAGES);
	begin = __rdtsc();
	for (long i = 0; i < PAGES; i++)
		((volatile unsigned char *)memory)[i * PAGE]++;
	return out + __rdtsc() - begin;
}

static void compare(struct mcg_module *module, const char *name, int flags, const int *target)
{
	unsigned char *memory =
		mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
	uint64_t moved = UINT64_MAX, swapped = UINT64_MAX, n;

	if (memory == MAP_FAILED || madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE))
		err(1, "mmap");
	fill(memory);
	for (int i = 0; i < 2 * REPEAT; i++) {
		n = claim(module, memory, target[!(i % 2)]);
		moved = n < moved ? n : moved;
	}
	for (int i = 0; i < REPEAT; i++) {
		n = swap(memory);
		swapped = n < swapped ? n : swapped;
	}
	munmap(memory, PAGES * PAGE);
	printf("%s %ju %ju\n", name, (uintmax_t)moved / PAGES, (uintmax_t)swapped / PAGES);
}

int main(int argc, char **argv)
{
	struct mcg_error error = { 0 };
	struct mcg_module *module;
	int target[2];

	if (argc != 3)
		errx(2, "usage: claim FILE FILE");
	for (int i = 0; i < 2; i++) {
		target[i] = open(argv[i + 1], O_WRONLY);
		if (target[i] < 0)
			err(1, "%s", argv[i + 1]);
	}
	module = mcg_module_open(&error);
	if (!module)
		errx(1, "no module");
	compare(module, "shmem", MAP_SHARED, target);
	compare(module, "anonymous", MAP_PRIVATE, target);
	mcg_module_close(module);
	return 0;
}
