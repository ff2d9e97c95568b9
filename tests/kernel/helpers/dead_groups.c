// SPDX-License-Identifier: GPL-2.0-only
/*
 * dead_groups FOLDER COUNT: makes that many groups in the folder of a group, is in each of them for as long as it takes to open a
 * socket, and removes them. The sockets keep them until it is ended; says "ready" when it has done.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void enter(const char *folder)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1 << 20, 1 << 20 };
	char folder[2048], last[2048] = "";
	unsigned long n;

	if (argc != 3)
		errx(2, "usage: dead_groups FOLDER COUNT");
	if (setrlimit(RLIMIT_NOFILE, &files))
		err(1, "RLIMIT_NOFILE");
	for (n = 0; n < strtoul(argv[2], NULL, 0); n++) {
		snprintf(folder, sizeof(folder), "%s/dead%lu", argv[1], n);
		if (mkdir(folder, 0755))
			err(1, "%s", folder);
		enter(folder);
		/* It has left this one. */
		if (last[0] && rmdir(last))
			err(1, "%s", last);
		strcpy(last, folder);
		if (socket(AF_INET, SOCK_DGRAM, 0) < 0)
			err(1, "socket");
	}
	enter("/sys/fs/cgroup");
	if (last[0] && rmdir(last))
		err(1, "%s", last);
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
