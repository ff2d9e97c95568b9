// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem_load [-hls] [-n COUNT] [-a ATTEMPTS] [-g GROUP] KIND [PATH]: takes kernel memory of one kind, step by step, until a step fails
 * or COUNT are done, and says how it went:
 *
 *	KIND done=STEPS errno=NAME failures=FAILURES slowest_us=TIME slowest_failure_us=TIME
 *
 *	pipes		a pipe and the 64 KiB that fill it; nothing can free them
 *	sockets		a socket pair, filled in one direction; the same
 *	threads		a thread that sleeps; the same
 *	files		an empty file PATH/N; on tmpfs nothing can free it
 *	held		the same, and kept open: on any filesystem nothing can free it
 *	open		/dev/null, opened once more; nothing can free it
 *	dentries	a name PATH/N that does not exist; negative dentries can be freed
 *	tables		a page in another 2 MiB of memory, read only: a page table, and no memory beside it
 *	reads		the same, but written to by read(2)
 *	anon		1 MiB of memory, written; no kernel memory but what maps it
 *
 *	-h	hold what was taken until killed
 *	-s	before it begins, stop (SIGSTOP) until continued
 *	-n	end after COUNT steps
 *	-g	in the group of that folder, which it enters by itself
 *	-a	go on after a failure, until ATTEMPTS steps have failed
 *	-l	begin again at the first step, for ever, ten times a second at most
 *
 * With -h, SIGUSR1 makes it look at all memory of the kind anon, and print "whole" when it is as it was.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "group.h"

#define PAGE_TABLE_SPAN (2UL << 20)
#define STACK_SIZE 4096
/* Address space for page tables of 64 MiB. */
#define TABLES_MAX (1UL << 14)
#define ANON_SIZE (1UL << 20)
#define ANON_MAX 256

static const char *dir = ".";
static char *arena;

/* Writes until it would have to wait. */
static int fill(int fd)
{
	static const char data[4096];
	ssize_t n;

	do {
		n = write(fd, data, sizeof(data));
	} while (n > 0);
	return errno == EAGAIN ? 0 : -1;
}

static int step_pipe(unsigned long n)
{
	int fd[2];

	(void)n;
	return pipe2(fd, O_NONBLOCK) ? -1 : fill(fd[1]);
}

static int step_socket(unsigned long n)
{
	int fd[2];

	(void)n;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) ? -1 : fill(fd[1]);
}

static int sleeper(void *arg)
{
	for (;;)
		pause();
	return arg != NULL;
}

static int step_thread(unsigned long n)
{
	static const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	static char *stacks;

	/* One mapping for many: what is to grow is the kernel's memory. */
	if (n % 256 == 0) {
		stacks = mmap(NULL, 256 * STACK_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (stacks == MAP_FAILED)
			return -1;
	}
	return clone(sleeper, stacks + (n % 256 + 1) * STACK_SIZE, flags, NULL) < 0 ? -1 : 0;
}

static const char *name_of(unsigned long n)
{
	static char name[256];

	snprintf(name, sizeof(name), "%s/%lx", dir, n);
	return name;
}

static int step_file(unsigned long n)
{
	int fd = open(name_of(n), O_CREAT | O_EXCL | O_WRONLY, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int step_held(unsigned long n)
{
	return open(name_of(n), O_CREAT | O_WRONLY, 0600) < 0 ? -1 : 0;
}

static int step_open(unsigned long n)
{
	(void)n;
	return open("/dev/null", O_RDONLY) < 0 ? -1 : 0;
}

static int step_dentry(unsigned long n)
{
	struct stat st;

	return stat(name_of(n), &st) && errno != ENOENT ? -1 : 0;
}

static int step_table(unsigned long n)
{
	(void)*(volatile char *)(arena + n * PAGE_TABLE_SPAN);
	return 0;
}

static int step_read(unsigned long n)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/zero", O_RDONLY);
	return read(fd, arena + n * PAGE_TABLE_SPAN, 8) == 8 ? 0 : -1;
}

static unsigned long *blocks[ANON_MAX];

static int step_anon(unsigned long n)
{
	unsigned long i;

	blocks[n] = mmap(NULL, ANON_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (blocks[n] == MAP_FAILED)
		return -1;
	/* Compressible, and nowhere the same. */
	for (i = 0; i < ANON_SIZE / sizeof(long); i += 8)
		blocks[n][i] = n * ANON_SIZE + i + 1;
	return 0;
}

static void look(int sig)
{
	unsigned long n, i;

	(void)sig;
	for (n = 0; n < ANON_MAX && blocks[n]; n++)
		for (i = 0; i < ANON_SIZE / sizeof(long); i += 8)
			if (blocks[n][i] != n * ANON_SIZE + i + 1)
				_exit(1);
	puts("whole");
	fflush(stdout);
}

static const struct kind {
	const char *name;
	int (*step)(unsigned long n);
	unsigned long max;
} kinds[] = {
	{ "pipes", step_pipe, ~0UL },	    { "sockets", step_socket, ~0UL },
	{ "threads", step_thread, ~0UL },   { "files", step_file, ~0UL },
	{ "held", step_held, ~0UL },	    { "open", step_open, ~0UL },
	{ "dentries", step_dentry, ~0UL },  { "tables", step_table, TABLES_MAX },
	{ "reads", step_read, TABLES_MAX }, { "anon", step_anon, ANON_MAX },
};

static unsigned long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000UL + ts.tv_nsec / 1000;
}

static void prepare(const struct kind *kind)
{
	static char buffer[BUFSIZ];
	struct rlimit files = { 1 << 20, 1 << 20 };

	/* At the limit there may be no memory to say something. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "RLIMIT_NOFILE");
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	signal(SIGUSR1, look);
	if (kind->step != step_table && kind->step != step_read)
		return;
	arena = mmap(NULL, TABLES_MAX * PAGE_TABLE_SPAN, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		err(1, "mmap");
}

static void run(const struct kind *kind, unsigned long count, unsigned long attempts)
{
	unsigned long n, done = 0, failed = 0, slowest = 0, slowest_failure = 0;
	int why = 0;

	for (n = 0; done < count && failed < attempts; n++) {
		unsigned long begin = now_us(), took;
		bool ok = !kind->step(n);
		int error = errno;

		took = now_us() - begin;
		if (took > slowest)
			slowest = took;
		if (ok) {
			done++;
			continue;
		}
		failed++;
		why = error;
		if (took > slowest_failure)
			slowest_failure = took;
	}
	printf("%s done=%lu errno=%s failures=%lu slowest_us=%lu slowest_failure_us=%lu\n",
	       kind->name, done, why ? strerrorname_np(why) : "0", failed, slowest, slowest_failure);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned long count = ~0UL, attempts = 1;
	bool hold = false, loop = false, stop = false;
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "hlsn:a:g:")) != -1) {
		switch (c) {
		case 'h':
			hold = true;
			break;
		case 'l':
			loop = true;
			break;
		case 's':
			stop = true;
			break;
		case 'n':
			count = strtoul(optarg, NULL, 0);
			break;
		case 'g':
			group_join(optarg);
			break;
		case 'a':
			attempts = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (optind >= argc || strcmp(argv[optind], kinds[i].name))
			continue;
		if (optind + 1 < argc)
			dir = argv[optind + 1];
		if (count > kinds[i].max)
			count = kinds[i].max;
		prepare(&kinds[i]);
		if (stop)
			raise(SIGSTOP);
		do {
			run(&kinds[i], count, attempts);
		} while (loop && !usleep(100000));
		while (hold)
			pause();
		/* Threads and all. */
		_exit(0);
	}
	errx(2, "no such kind");
}
