// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracker SECONDS PAGES FILE: for so long, do what a tool does that tracks writes by userfaultfd: mark all pages of private memory
 * (some in huge pages) and of FILE on tmpfs as write-protected, let some be written, and see which were. A write to a
 * marked page that is not reported means that somebody has lost its mark: then it fails.
 *
 * The range of the private memory is written to standard output as "PID START-END", for somebody who claims it.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Since 6.1, which C libraries may be older than. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE 4096UL
#define HUGE (2UL << 20)

static size_t pages;
static int uffd;
static char *area[2];
static _Atomic unsigned char *reported[2];

static void protect(char *start, size_t len, int on)
{
	struct uffdio_writeprotect wp = {
		.range = { (unsigned long)start, len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		err(1, "write protection");
}

/* Lets each write go on, and notes its page. */
static void *report(void *unused)
{
	struct uffd_msg msg;
	size_t page;
	char *addr;

	(void)unused;
	while (read(uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		addr = (char *)(msg.arg.pagefault.address & ~(PAGE - 1));
		for (int i = 0; i < 2; i++) {
			page = (size_t)(addr - area[i]) / PAGE;
			if (addr >= area[i] && page < pages)
				reported[i][page] = 1;
		}
		protect(addr, PAGE, 0);
	}
	return NULL;
}

static void begin(int i)
{
	struct uffdio_register reg = {
		.range = { (unsigned long)area[i], pages * PAGE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	reported[i] = calloc(pages, 1);
	if (!reported[i] || ioctl(uffd, UFFDIO_REGISTER, &reg))
		err(1, "userfaultfd");
}

static void round_of(int i, unsigned int *seed)
{
	/* What is not there cannot be marked everywhere. */
	for (size_t page = 0; page < pages; page++)
		(*(volatile char *)(area[i] + page * PAGE))++;
	memset((void *)reported[i], 0, pages);
	protect(area[i], pages * PAGE, 1);
	for (size_t page = 0; page < pages; page += 1 + rand_r(seed) % 16) {
		(*(volatile char *)(area[i] + page * PAGE))++;
		if (!reported[i][page])
			errx(1, "page %zu of %s: a write was not reported", page,
			     i ? "the file" : "private memory");
	}
	protect(area[i], pages * PAGE, 0);
}

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP |
					      UFFD_FEATURE_WP_HUGETLBFS_SHMEM };
	pthread_t thread;
	unsigned int seed = 1;
	time_t end;
	int fd;

	if (argc != 4)
		errx(2, "usage: tracker SECONDS PAGES FILE");
	end = time(NULL) + atoi(argv[1]);
	pages = strtoul(argv[2], NULL, 10);
	uffd = syscall(SYS_userfaultfd, 0);
	fd = open(argv[3], O_RDWR | O_CREAT, 0600);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || fd < 0 || ftruncate(fd, pages * PAGE))
		err(1, "%s", argv[3]);
	area[0] = mmap(NULL, pages * PAGE + HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area[1] = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area[0] == MAP_FAILED || area[1] == MAP_FAILED)
		err(1, "mmap");
	area[0] = (char *)(((unsigned long)area[0] + HUGE - 1) & ~(HUGE - 1));
	memset(area[0], 1, pages * PAGE);
	madvise(area[0], pages / 2 * PAGE, MADV_COLLAPSE);
	begin(0);
	begin(1);
	if (pthread_create(&thread, NULL, report, NULL))
		errx(1, "no thread");
	printf("%d %lx-%lx\n", getpid(), (unsigned long)area[0],
	       (unsigned long)area[0] + pages * PAGE);
	fflush(stdout);
	while (time(NULL) < end)
		for (int i = 0; i < 2; i++)
			round_of(i, &seed);
	return 0;
}
