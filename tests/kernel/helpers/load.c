// SPDX-License-Identifier: GPL-2.0-only
/*
 * load NAP GROUP FOLDER KIND...: a process of each kind runs in GROUP, works in FOLDER, and holds a changing
 * amount of kernel memory, until this program is ended by SIGTERM. Every now and then it sleeps for NAP ms. What
 * fails for want of memory is let be; a process that is killed or cannot go on is begun anew.
 */
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "group.h"

#define HELD 64
#define NAMES 4000
#define BURST 8
#define SPARSE (1UL << 30)
#define TABLE (2UL << 20)

static uint32_t seed;
static unsigned int nap_ms;

static uint32_t below(uint32_t n)
{
	return next_random(&seed) % n;
}

/* Where one CPU waits for another, an emulated one that never sleeps makes it wait long. */
static void nap(void)
{
	if (nap_ms && below(BURST) == 0)
		sleep_ms(nap_ms);
}

/* Names that are not there, and some that come and go. */
static void dentries(void)
{
	char name[32];
	struct stat st;

	for (;; nap()) {
		snprintf(name, sizeof(name), "none-%u", below(NAMES));
		(void)!stat(name, &st);
		if (below(32))
			continue;
		snprintf(name, sizeof(name), "dir-%u", below(64));
		if (mkdir(name, 0700))
			(void)!rmdir(name);
	}
}

static void drop_pair(int pair[2])
{
	if (pair[0] < 0)
		return;
	close(pair[0]);
	close(pair[1]);
	pair[0] = -1;
}

static void pairs(int (*make)(int pair[2]))
{
	static char data[65536];
	int held[HELD][2];

	for (int i = 0; i < HELD; i++)
		held[i][0] = -1;
	for (;; nap()) {
		int *pair = held[below(HELD)];

		if (pair[0] >= 0)
			drop_pair(pair);
		else if (make(pair))
			pair[0] = -1;
		else
			(void)!write(pair[1], data, 1 + below(sizeof(data)));
	}
}

static int make_pipe(int pair[2])
{
	return pipe2(pair, O_NONBLOCK);
}

static int make_sockets(int pair[2])
{
	return socketpair(AF_UNIX, below(2) ? SOCK_STREAM : SOCK_DGRAM, 0, pair) ||
	       fcntl(pair[1], F_SETFL, O_NONBLOCK);
}

static void files(void)
{
	int held[HELD];
	char name[32];

	memset(held, -1, sizeof(held));
	for (;; nap()) {
		int i = below(HELD);

		snprintf(name, sizeof(name), "file-%u", i);
		if (held[i] >= 0) {
			close(held[i]);
			unlink(name);
			held[i] = -1;
			continue;
		}
		held[i] = open(name, O_CREAT | O_RDWR, 0600);
		if (held[i] >= 0)
			(void)!write(held[i], name, sizeof(name));
	}
}

static void forks(void)
{
	for (;; nap()) {
		int n = below(12);

		for (int i = 0; i < n; i++) {
			pid_t pid = fork();

			if (!pid) {
				sleep_ms(below(20));
				_exit(0);
			}
		}
		while (waitpid(-1, NULL, 0) > 0)
			;
	}
}

/* A page here and there: each has a page table of its own. */
static void sparse(void)
{
	for (;; nap()) {
		char *map = mmap(NULL, SPARSE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			continue;
		madvise(map, SPARSE, MADV_NOHUGEPAGE);
		for (int i = below(256); i > 0; i--)
			(void)*(volatile char *)(map + below(SPARSE / TABLE) * TABLE);
		munmap(map, SPARSE);
	}
}

static void run(const char *kind)
{
	if (!strcmp(kind, "dentry"))
		dentries();
	else if (!strcmp(kind, "pipe"))
		pairs(make_pipe);
	else if (!strcmp(kind, "socket"))
		pairs(make_sockets);
	else if (!strcmp(kind, "file"))
		files();
	else if (!strcmp(kind, "fork"))
		forks();
	else if (!strcmp(kind, "sparse"))
		sparse();
	errx(2, "no such kind: %s", kind);
}

static volatile sig_atomic_t ending;

static void on_term(int sig)
{
	(void)sig;
	ending = 1;
}

static pid_t begin(const char *group, const char *kind, uint32_t number)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	seed = 2463534242U + number * 7919;
	group_join(group);
	run(kind);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_term };
	const char *group = argv[2];
	pid_t pid[16] = { 0 };
	uint32_t number = getpid();
	int n = argc - 4;

	if (n < 1 || n > 16)
		errx(2, "usage: load NAP GROUP FOLDER KIND...");
	nap_ms = strtoul(argv[1], NULL, 0);
	if (chdir(argv[3]))
		err(1, "%s", argv[3]);
	sigaction(SIGTERM, &action, NULL);
	while (!ending) {
		pid_t gone;

		for (int i = 0; i < n; i++)
			if (!pid[i])
				pid[i] = begin(group, argv[4 + i], number++);
		sleep_ms(100);
		while ((gone = waitpid(-1, NULL, WNOHANG)) > 0)
			for (int i = 0; i < n; i++)
				if (pid[i] == gone)
					pid[i] = 0;
	}
	group_write(group, "cgroup.kill", "1");
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return 0;
}
