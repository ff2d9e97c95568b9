// SPDX-License-Identifier: GPL-2.0-only
/*
 * share PROCESSES MIB [GROUP…]: so many processes, in turn in these groups (folders), map all of one memfd of so many MiB, each page
 * of it. Says "ready", and ends them all when its input ends.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static void join(const char *group)
{
	char path[4096], pid[16];
	int fd, n = snprintf(pid, sizeof(pid), "%d", getpid());

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, pid, n) != n)
		err(1, "%s", path);
	close(fd);
}

static void map(int fd, size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

	if (memory == MAP_FAILED)
		err(1, "mmap");
}

int main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[1]) : 0, fd, ready[2];
	size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) << 20 : 0;
	char byte;

	if (!size || processes < 1)
		errx(2, "usage: share PROCESSES MIB [GROUP...]");
	fd = memfd_create("shared", 0);
	if (fd < 0 || ftruncate(fd, size) || pipe(ready))
		err(1, "memfd");
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (argc > 3)
				join(argv[3 + i % (argc - 3)]);
			map(fd, size);
			if (write(ready[1], "", 1) != 1)
				err(1, "write");
			pause();
			_exit(0);
		}
		/* The first pays for all of it. */
		if (read(ready[0], &byte, 1) != 1)
			err(1, "a process has ended");
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	/* The others end with this one. */
	return 0;
}
