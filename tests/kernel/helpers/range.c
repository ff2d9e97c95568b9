// SPDX-License-Identifier: GPL-2.0-only
/*
 * range COUNT: private memory of COUNT pages, which nothing has touched yet, at a multiple of 2 MiB. Writes its range as claim
 * takes it, and then does what each line of standard input says, and answers "done" or why not:
 *
 *	write FIRST PAGES	write to these pages
 *	read FIRST PAGES	read them
 *	huge			huge pages from now on
 *	pageout			swap out all
 *	collapse FIRST PAGES	make huge pages of what is there
 *	split FIRST PAGES	map huge pages page by page
 *	fill FIRST PAGES	let userfaultfd fill these
 *	fork			a child writes to all pages, and ends
 *	execve			become another program, which ends with standard input
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define PAGE 4096UL
#define HUGE (2UL << 20)

static char *memory;
static size_t pages;

static int touch(size_t first, size_t n, bool write)
{
	for (size_t i = first; i < first + n && i < pages; i++) {
		volatile char *page = memory + i * PAGE;

		if (write)
			*page = 1;
		else
			(void)*page;
	}
	return 0;
}

static int fill(size_t first, size_t n)
{
	static char from[PAGE] __attribute__((aligned(PAGE))) = "x";
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_range range = { (unsigned long)memory + first * PAGE, n * PAGE };
	struct uffdio_register reg = { .range = range, .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC), ret = 0;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		return -1;
	for (size_t i = first; !ret && i < first + n; i++) {
		struct uffdio_copy copy = { (unsigned long)memory + i * PAGE, (unsigned long)from,
					    PAGE, 0, 0 };

		ret = ioctl(fd, UFFDIO_COPY, &copy);
	}
	if (!ret)
		ret = ioctl(fd, UFFDIO_UNREGISTER, &range);
	close(fd);
	return ret;
}

static int split(size_t first, size_t n)
{
	for (char *at = memory + first * PAGE; at < memory + (first + n) * PAGE; at += HUGE)
		if (mprotect(at, PAGE, PROT_READ) || mprotect(at, PAGE, PROT_READ | PROT_WRITE))
			return -1;
	return 0;
}

static int fork_and_write(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		touch(0, pages, true);
		_exit(0);
	}
	return child < 0 || waitpid(child, &status, 0) < 0 ? -1 : status;
}

static int step(const char *line)
{
	size_t first, n;

	if (sscanf(line, "write %zu %zu", &first, &n) == 2)
		return touch(first, n, true);
	if (sscanf(line, "read %zu %zu", &first, &n) == 2)
		return touch(first, n, false);
	if (sscanf(line, "collapse %zu %zu", &first, &n) == 2)
		return madvise(memory + first * PAGE, n * PAGE, MADV_COLLAPSE);
	if (sscanf(line, "split %zu %zu", &first, &n) == 2)
		return split(first, n);
	if (sscanf(line, "fill %zu %zu", &first, &n) == 2)
		return fill(first, n);
	if (!strcmp(line, "huge\n"))
		return madvise(memory, pages * PAGE, MADV_HUGEPAGE);
	if (!strcmp(line, "pageout\n"))
		return madvise(memory, pages * PAGE, MADV_PAGEOUT);
	if (!strcmp(line, "fork\n"))
		return fork_and_write();
	if (!strcmp(line, "execve\n")) {
		puts("done");
		fflush(stdout);
		execl("/bin/cat", "cat", NULL);
	}
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	char line[80], *raw;

	if (argc != 2)
		errx(2, "usage: range COUNT");
	pages = strtoul(argv[1], NULL, 10);
	raw = mmap(NULL, pages * PAGE + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	if (raw == MAP_FAILED)
		err(1, "mmap");
	memory = (char *)(((unsigned long)raw + HUGE - 1) & ~(HUGE - 1));
	if (madvise(raw, pages * PAGE + HUGE, MADV_NOHUGEPAGE))
		err(1, "madvise");
	printf("%lx-%lx\n", (unsigned long)memory, (unsigned long)memory + pages * PAGE);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (step(line))
			printf("%s: %s", strerror(errno), line);
		else
			puts("done");
		fflush(stdout);
	}
	return 0;
}
