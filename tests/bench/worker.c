// SPDX-License-Identifier: GPL-2.0-only
/*
 * worker DIR: the workloads that are counted. Reads "WORKLOAD COUNT [once]" lines, answers each with
 * the number of instructions that COUNT operations took, and with those of the thread alone: the best
 * of some runs after a warm-up, or of just one run. One process
 * for a whole comparison, so that every state of the module meets the same memory and the same
 * addresses. DIR is on a filesystem that keeps negative dentries; tmpfs is at /dev/shm.
 *
 * Under QEMU's -icount shift=0 the time stamp counter counts instructions, of the kernel's, of every
 * process. "loop" is a known number of them, which shows that.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define PAGE 4096
#define REPEAT 16

static const char *disk_dir;
static char block[16 * PAGE];

static void loop(long n)
{
	/* Two instructions each. */
	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(n));
}

static void create_in(const char *dir, long n)
{
	char name[256];
	int fd;

	snprintf(name, sizeof(name), "%s/created", dir);
	while (n--) {
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || close(fd) || unlink(name))
			err(1, "%s", name);
	}
}

static void create_tmpfs(long n)
{
	create_in("/dev/shm", n);
}

static void create_ext4(long n)
{
	create_in(disk_dir, n);
}

static void fill_pipe(size_t size, long n)
{
	int fd[2];

	while (n--) {
		if (pipe(fd))
			err(1, "pipe");
		if (write(fd[1], block, size) != (ssize_t)size)
			err(1, "write to a pipe");
		close(fd[0]);
		close(fd[1]);
	}
}

static void one_page_pipe(long n)
{
	fill_pipe(PAGE, n);
}

/* As much as it takes: each of its pages is charged, accounted and uncharged for itself. */
static void full_pipe(long n)
{
	fill_pipe(sizeof(block), n);
}

/* Negative dentries; with their directory they go. */
static void dentry(long n)
{
	char dir[256], name[300];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s/negative", disk_dir);
	if (mkdir(dir, 0700))
		err(1, "%s", dir);
	while (n--) {
		snprintf(name, sizeof(name), "%s/a-name-that-nobody-has-%ld", dir, n);
		if (!stat(name, &st) || errno != ENOENT)
			err(1, "%s", name);
	}
	if (rmdir(dir))
		err(1, "%s", dir);
}

/* The same without their eviction, over and over new ones. */
static void storm(long n)
{
	static long i;
	char dir[256], name[300];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s/storm", disk_dir);
	if (mkdir(dir, 0700) && errno != EEXIST)
		err(1, "%s", dir);
	while (n--) {
		snprintf(name, sizeof(name), "%s/a-name-that-nobody-has-%ld", dir, i++);
		if (!stat(name, &st) || errno != ENOENT)
			err(1, "%s", name);
	}
}

/* The eviction. */
static void calm(long n)
{
	char dir[256];

	while (n--) {
		snprintf(dir, sizeof(dir), "%s/storm", disk_dir);
		if (rmdir(dir))
			err(1, "%s", dir);
	}
}

/* Names that are looked up again and again: slow once somebody has evicted them. */
static void lookup(long n)
{
	char dir[256], name[300];
	struct stat st;

	snprintf(dir, sizeof(dir), "%s/kept", disk_dir);
	if (mkdir(dir, 0700) && errno != EEXIST)
		err(1, "%s", dir);
	while (n--) {
		snprintf(name, sizeof(name), "%s/a-name-that-is-kept-%ld", dir, n % 2000);
		if (!stat(name, &st) || errno != ENOENT)
			err(1, "%s", name);
	}
}

static void fault(long n)
{
	volatile char *p;
	long i;

	p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		err(1, "mmap");
	madvise((void *)p, n * PAGE, MADV_NOHUGEPAGE);
	for (i = 0; i < n; i++)
		p[i * PAGE] = 1;
	munmap((void *)p, n * PAGE);
}

/* What a binding of this file changes: to charge its pages. The file stays, and is empty before and after. */
static void write_tmpfs(long n)
{
	int fd = open("/dev/shm/written", O_CREAT | O_RDWR, 0600);

	if (fd < 0)
		err(1, "/dev/shm/written");
	while (n--) {
		if (pwrite(fd, block, sizeof(block), 0) != sizeof(block) || ftruncate(fd, 0))
			err(1, "/dev/shm/written");
	}
	close(fd);
}

static void fork_exit(long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static const struct {
	const char *name;
	void (*run)(long n);
} workloads[] = {
	{ "loop", loop },
	{ "create-tmpfs", create_tmpfs },
	{ "create-ext4", create_ext4 },
	{ "pipe", one_page_pipe },
	{ "pipe-full", full_pipe },
	{ "dentry", dentry },
	{ "storm", storm },
	{ "calm", calm },
	{ "lookup", lookup },
	{ "fault", fault },
	{ "write-tmpfs", write_tmpfs },
	{ "fork", fork_exit },
};

static uint64_t thread_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

/*
 * The best of some: what else the kernel has to do now and then comes on top of it. Objects that are used and
 * freed may each time be the last of their slab, or never; a few more that are held change which.
 */
static void measure(void (*run)(long n), long n, bool once)
{
	uint64_t all, own, best_all = UINT64_MAX, best_own = UINT64_MAX;
	int held[REPEAT][2];
	int i, runs = once ? 1 : REPEAT;

	/* The first ones fill caches and pools. */
	if (!once)
		run(n / 4 + 1);
	for (i = 0; i < runs; i++) {
		if (pipe(held[i]))
			err(1, "pipe");
		own = thread_time();
		all = __rdtsc();
		run(n);
		all = __rdtsc() - all;
		own = thread_time() - own;
		best_all = all < best_all ? all : best_all;
		best_own = own < best_own ? own : best_own;
	}
	for (i = 0; i < runs; i++) {
		close(held[i][0]);
		close(held[i][1]);
	}
	printf("%ju %ju\n", (uintmax_t)best_all, (uintmax_t)best_own);
}

int main(int argc, char **argv)
{
	char line[256], name[64], once[8];
	int words;
	size_t i;
	long n;

	if (argc != 2)
		errx(2, "usage: worker DIR");
	disk_dir = argv[1];
	memset(block, 'x', sizeof(block));
	setvbuf(stdout, NULL, _IOLBF, 0);

	while (fgets(line, sizeof(line), stdin)) {
		words = sscanf(line, "%63s %ld %7s", name, &n, once);
		if (words < 2 || (words == 3 && strcmp(once, "once")))
			errx(2, "not WORKLOAD COUNT [once]: %s", line);
		for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
			if (!strcmp(workloads[i].name, name))
				break;
		if (i == sizeof(workloads) / sizeof(workloads[0]))
			errx(2, "no such workload: %s", name);
		measure(workloads[i].run, n, words == 3);
	}
	return 0;
}
