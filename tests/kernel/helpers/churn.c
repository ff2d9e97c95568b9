// SPDX-License-Identifier: GPL-2.0-only
/*
 * churn SECONDS FILE PAGES SEED: for so long, do at random all that changes how memory is mapped, and how it is charged,
 * with private memory and with FILE, which several processes may share: fault, write, unmap, drop, swap out,
 * fork, punch holes, truncate, write back, lock, put into a pipe, move elsewhere, make huge pages and split them.
 *
 * A range of private memory that stays is written to standard output as "PID START-END", for somebody who claims it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Since 6.1, which C libraries may be older than. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE 4096UL
#define HUGE (2UL << 20)
#define WINDOW 64UL

static size_t pages;
static unsigned int seed;
static int fd, pipe_ends[2];

static size_t below(size_t n)
{
	return (size_t)rand_r(&seed) % n;
}

static void touch(char *area, size_t first, size_t nr, int write)
{
	for (size_t i = first; i < first + nr; i++) {
		volatile char *p = area + i * PAGE;

		if (write)
			(*p)++;
		else
			(void)*p;
	}
}

/* A child that shares the private memory, copies some of it, and goes. */
static void fork_child(char *area, size_t first, size_t nr)
{
	pid_t pid = fork();

	if (!pid) {
		touch(area, first, nr, 1);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void through_pipe(char *area, size_t first)
{
	struct iovec iov = { area + first * PAGE, 4 * PAGE };
	char buf[4 * PAGE];

	if (vmsplice(pipe_ends[1], &iov, 1, SPLICE_F_NONBLOCK) > 0 &&
	    read(pipe_ends[0], buf, sizeof(buf)) < 0)
		err(1, "pipe");
}

static void remap_file(char **area)
{
	munmap(*area, pages * PAGE);
	*area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*area == MAP_FAILED)
		err(1, "mmap");
}

/* Nobody may touch it meanwhile but by system calls: so, not what is mapped. */
static void write_file(size_t first, size_t nr)
{
	static char buf[WINDOW * PAGE];

	if (pwrite(fd, buf, nr * PAGE, first * PAGE) < 0 && errno != ENOSPC)
		err(1, "write");
	if (!below(8) && fsync(fd))
		err(1, "fsync");
	if (!below(4))
		sync_file_range(fd, first * PAGE, nr * PAGE, SYNC_FILE_RANGE_WRITE);
	if (!below(4))
		posix_fadvise(fd, first * PAGE, nr * PAGE, POSIX_FADV_DONTNEED);
}

/* A huge page of private memory is made, and mapped page by page again. */
static void collapse_and_split(char *private, size_t first)
{
	char *huge = private + first / (HUGE / PAGE) * HUGE;

	madvise(huge, HUGE, MADV_COLLAPSE);
	if (below(2))
		mprotect(huge + below(HUGE / PAGE) * PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	if (below(2))
		mprotect(huge, HUGE, PROT_READ | PROT_WRITE);
	if (below(2))
		madvise(huge + below(HUGE / PAGE) * PAGE, PAGE, MADV_DONTNEED);
}

/* To an address where no huge page fits, and back. */
static void move_away(char *private, size_t first, size_t nr)
{
	char *from = private + first * PAGE, *to;

	to = mremap(from, nr * PAGE, nr * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	if (to == MAP_FAILED)
		return;
	touch(to, 0, nr, 1);
	if (mremap(to, nr * PAGE, nr * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, from) == MAP_FAILED)
		err(1, "mremap");
}

/* The memory of the file may be gone by a hole; a fault makes it anew. */
static void step(char **file, char *private)
{
	size_t nr = 1 + below(WINDOW), first = below(pages - nr - 4);
	char *area = below(2) ? *file : private;

	switch (below(15)) {
	case 0:
	case 1:
	case 2:
		touch(area, first, nr, 1);
		break;
	case 3:
		touch(area, first, nr, 0);
		break;
	case 4:
		madvise(area + first * PAGE, nr * PAGE, MADV_DONTNEED);
		break;
	case 5:
	case 6:
		madvise(area + first * PAGE, nr * PAGE, MADV_PAGEOUT);
		break;
	case 7:
		madvise(area + first * PAGE, nr * PAGE, MADV_COLD);
		break;
	case 8:
		fork_child(private, first, nr);
		break;
	case 9:
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first * PAGE, nr * PAGE);
		break;
	case 10:
		mlock(area + first * PAGE, nr * PAGE);
		munlock(area + first * PAGE, nr * PAGE);
		break;
	case 11:
		write_file(first, nr);
		break;
	case 12:
		collapse_and_split(private, first);
		break;
	case 13:
		move_away(private, first, nr);
		break;
	default:
		if (below(4))
			through_pipe(area, first);
		else
			remap_file(file);
	}
}

int main(int argc, char **argv)
{
	char *file, *private;
	time_t end;

	if (argc != 5)
		errx(2, "usage: churn SECONDS FILE PAGES SEED");
	end = time(NULL) + atoi(argv[1]);
	pages = strtoul(argv[3], NULL, 10);
	seed = atoi(argv[4]);
	fd = open(argv[2], O_RDWR | O_CREAT, 0644);
	if (fd < 0 || ftruncate(fd, pages * PAGE) || pipe(pipe_ends))
		err(1, "%s", argv[2]);
	file = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, pages * PAGE + HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (file == MAP_FAILED || private == MAP_FAILED)
		err(1, "mmap");
	private = (char *)(((unsigned long)private + HUGE - 1) & ~(HUGE - 1));
	madvise(private, pages / 2 * PAGE, MADV_HUGEPAGE);
	printf("%d %lx-%lx\n", getpid(), (unsigned long)private,
	       (unsigned long)private + pages * PAGE);
	fflush(stdout);
	while (time(NULL) < end)
		step(&file, private);
	return 0;
}
