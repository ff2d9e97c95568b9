// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill HOW FILE FIRST COUNT [EVERY]: makes pages of a file, from page FIRST, each EVERY-th (1) of COUNT. Prints how many were
 * made, and what stopped it: the name of an errno, or SIGBUS.
 *
 *	write		write(2), a page at a time
 *	fault		a shared mapping, written to
 *	read		pread(2)
 *	load		a shared mapping, read
 *	splice		from a pipe
 *	fallocate	fallocate(2), a page at a time
 *	fill, zero	userfaultfd: UFFDIO_COPY, UFFDIO_ZEROPAGE, a page at a time
 *	collapse	MADV_COLLAPSE of all at once, after they were read
 *
 * FILE may be sysv:ID, a System V segment, for what needs a mapping.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE 4096
#define HUGE (2UL << 20)

static char page[PAGE] __attribute__((aligned(PAGE)));
static int fd, pipe_ends[2], uffd;
static char *map;
static sigjmp_buf killed;

static void on_sigbus(int number)
{
	(void)number;
	siglongjmp(killed, 1);
}

static int do_write(size_t i)
{
	return pwrite(fd, page, PAGE, i * PAGE) == PAGE ? 0 : -1;
}

static int do_read(size_t i)
{
	return pread(fd, page, PAGE, i * PAGE) == PAGE ? 0 : -1;
}

static int do_fault(size_t i)
{
	((volatile char *)map)[i * PAGE] = 1;
	return 0;
}

static int do_load(size_t i)
{
	(void)((volatile char *)map)[i * PAGE];
	return 0;
}

static int do_splice(size_t i)
{
	loff_t at = i * PAGE;

	if (write(pipe_ends[1], page, PAGE) != PAGE)
		err(1, "pipe");
	return splice(pipe_ends[0], NULL, fd, &at, PAGE, 0) == PAGE ? 0 : -1;
}

static int do_fallocate(size_t i)
{
	return fallocate(fd, 0, i * PAGE, PAGE);
}

static int do_fill(size_t i)
{
	struct uffdio_copy copy = { .dst = (unsigned long)map + i * PAGE,
				    .src = (unsigned long)page,
				    .len = PAGE };

	return ioctl(uffd, UFFDIO_COPY, &copy);
}

static int do_zero(size_t i)
{
	struct uffdio_zeropage zero = { .range = { (unsigned long)map + i * PAGE, PAGE } };

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

static const struct {
	const char *name;
	int (*one)(size_t i);
} ways[] = {
	{ "write", do_write }, { "fault", do_fault },	{ "read", do_read },
	{ "load", do_load },   { "splice", do_splice }, { "fallocate", do_fallocate },
	{ "fill", do_fill },   { "zero", do_zero },	{ "collapse", do_load },
};

static void register_uffd(size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (unsigned long)map, size },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &range))
		err(1, "userfaultfd");
}

/* At an address that a huge page may be at. */
static void map_file(size_t size)
{
	char *room = mmap(NULL, size + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	map = (char *)(((unsigned long)room + HUGE - 1) & ~(HUGE - 1));
	if (room == MAP_FAILED ||
	    mmap(map, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		err(1, "mmap");
	if (madvise(map, size, MADV_RANDOM))
		err(1, "madvise");
}

int main(int argc, char **argv)
{
	static volatile size_t done;
	size_t first, count, every;
	static size_t way;
	bool collapse;

	if (argc < 5)
		errx(2, "usage: fill HOW FILE FIRST COUNT [EVERY]");
	first = strtoul(argv[3], NULL, 0);
	count = strtoul(argv[4], NULL, 0);
	every = argc > 5 ? strtoul(argv[5], NULL, 0) : 1;
	while (strcmp(ways[way].name, argv[1]))
		if (++way == sizeof(ways) / sizeof(ways[0]))
			errx(2, "no such way: %s", argv[1]);
	collapse = !strcmp(argv[1], "collapse");
	if (!strncmp(argv[2], "sysv:", 5)) {
		map = shmat(atoi(argv[2] + 5), NULL, 0);
		if (map == (void *)-1)
			err(1, "shmat");
	} else {
		fd = open(argv[2], O_RDWR | O_CREAT, 0666);
		if (fd < 0 || pipe(pipe_ends))
			err(1, "%s", argv[2]);
	}
	if (!map && strchr("flzc", argv[1][0]) && strcmp(argv[1], "fallocate"))
		map_file((first + count) * PAGE);
	if (!strcmp(argv[1], "fill") || !strcmp(argv[1], "zero"))
		register_uffd((first + count) * PAGE);
	signal(SIGBUS, on_sigbus);
	if (sigsetjmp(killed, 1)) {
		printf("%zu SIGBUS\n", done);
		return 1;
	}
	for (size_t i = 0; i < count; i += every) {
		if (ways[way].one(first + i)) {
			printf("%zu %s\n", done, strerrorname_np(errno));
			return 1;
		}
		done++;
	}
	if (collapse && madvise(map + first * PAGE, count * PAGE, MADV_COLLAPSE)) {
		printf("%zu %s\n", done, strerrorname_np(errno));
		return 1;
	}
	printf("%zu\n", done);
	return 0;
}
