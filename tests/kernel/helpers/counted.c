// SPDX-License-Identifier: GPL-2.0-only
/*
 * counted file FILE GROUP | counted pid PID START-END GROUP: "PRESENT OWNED MARKED", in pages: what mincore (of a file) or
 * the page tables (of a process) say is present; how much of that is charged to the cgroup whose folder is GROUP, as
 * /proc/kpagecgroup has it; and how much userfaultfd has write-protected.
 *
 * So the kernel itself says what a claim should find. Without arguments, and afterwards: every CPU's lists of recent pages are
 * emptied, which is what moving nothing to another node begins with, and which drops nothing. Without arguments also memory.stat
 * of all groups is brought up to date.
 */
#define _FILE_OFFSET_BITS 64
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096UL
#define PFN_MASK ((1ULL << 55) - 1)
#define MARKED (1ULL << 57)
#define PRESENT (1ULL << 63)
#define COMPOUND_TAIL (1ULL << 16)

static int kpagecgroup, kpageflags;
static size_t present, owned, marked;

static int open_file(const char *name)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		err(1, "%s", name);
	return fd;
}

static uint64_t entry(int fd, uint64_t index)
{
	uint64_t value = 0;

	if (pread(fd, &value, sizeof(value), index * sizeof(value)) != sizeof(value))
		err(1, "pread");
	return value;
}

/* Older kernels know the group of the first page of a large folio only. */
static uint64_t group_of(uint64_t pfn)
{
	uint64_t group = entry(kpagecgroup, pfn);

	while (!group && entry(kpageflags, pfn) & COMPOUND_TAIL)
		group = entry(kpagecgroup, --pfn);
	return group;
}

static void count(int pagemap, uint64_t start, uint64_t end, uint64_t group)
{
	uint64_t bits;

	for (uint64_t page = start / PAGE; page < end / PAGE; page++) {
		bits = entry(pagemap, page);
		marked += !!(bits & MARKED);
		if (!(bits & PRESENT))
			continue;
		present++;
		owned += group_of(bits & PFN_MASK) == group;
	}
}

/* Only what is there is touched, so that nothing is read in. */
static void count_file(const char *name, uint64_t group)
{
	int fd = open_file(name), pagemap = open_file("/proc/self/pagemap");
	unsigned char *there;
	struct stat st;
	size_t pages;
	char *area;

	if (fstat(fd, &st))
		err(1, "%s", name);
	pages = (st.st_size + PAGE - 1) / PAGE;
	there = calloc(pages, 1);
	area = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (!there || area == MAP_FAILED || madvise(area, pages * PAGE, MADV_RANDOM) ||
	    mincore(area, pages * PAGE, there))
		err(1, "%s", name);
	for (size_t i = 0; i < pages; i++) {
		if (!(there[i] & 1))
			continue;
		(void)*(volatile char *)(area + i * PAGE);
		count(pagemap, (uint64_t)area + i * PAGE, (uint64_t)area + (i + 1) * PAGE, group);
	}
	munmap(area, pages * PAGE);
}

/* Pages that are still to be put on a list are put there, of all CPUs. */
static void drain_lists(void)
{
	unsigned long node = 1;

	if (syscall(SYS_migrate_pages, 0, 8 * sizeof(node), &node, &node) < 0)
		err(1, "migrate_pages");
}

/* Whoever reads makes the kernel add up what CPUs have counted, if that is much. */
static void flush_statistics(void)
{
	size_t size = 256 * PAGE;
	char text[64], *area = mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int fd = open("/sys/fs/cgroup/memory.stat", O_RDONLY);

	if (area == MAP_FAILED || munmap(area, size))
		err(1, "mmap");
	if (fd < 0 || read(fd, text, sizeof(text)) < 0)
		err(1, "memory.stat");
	close(fd);
}

int main(int argc, char **argv)
{
	struct stat group;
	char name[64];
	char *end;
	uint64_t start;

	if (argc == 1) {
		drain_lists();
		flush_statistics();
		return 0;
	}
	if (argc < 4 || stat(argv[argc - 1], &group))
		errx(2, "usage: counted file FILE GROUP | counted pid PID START-END GROUP");
	kpagecgroup = open_file("/proc/kpagecgroup");
	kpageflags = open_file("/proc/kpageflags");
	if (!strcmp(argv[1], "file")) {
		count_file(argv[2], group.st_ino);
	} else {
		snprintf(name, sizeof(name), "/proc/%s/pagemap", argv[2]);
		start = strtoull(argv[3], &end, 16);
		count(open_file(name), start, strtoull(end + 1, NULL, 16), group.st_ino);
	}
	drain_lists();
	printf("%zu %zu %zu\n", present, owned, marked);
	return 0;
}
