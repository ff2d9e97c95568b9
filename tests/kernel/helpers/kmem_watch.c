// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem_watch KEY FOLDER...: reads KEY in the memory.stat of groups every 10 ms, until told to end by SIGTERM, and then
 * prints how often it looked, and for each group the least and the most that it saw, in bytes:
 *
 *	looks=N
 *	FOLDER MIN MAX
 *
 * To be run outside of these groups: a task at its limit may not be able to open a file.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GROUPS_MAX 8
#define INTERVAL_NS 10000000

static volatile sig_atomic_t ended;

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static unsigned long value_of(int fd, const char *key)
{
	static char text[16384];
	size_t length = strlen(key);
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *line;

	if (n < 0)
		err(1, "memory.stat");
	text[n] = '\0';
	for (line = text; line; line = strchr(line, '\n'), line += line != NULL)
		if (!strncmp(line, key, length) && line[length] == ' ')
			return strtoul(line + length, NULL, 10);
	errx(1, "memory.stat has no %s", key);
}

int main(int argc, char **argv)
{
	const struct timespec interval = { 0, INTERVAL_NS };
	unsigned long min[GROUPS_MAX], max[GROUPS_MAX], looks = 0;
	int i, n = argc - 2, fd[GROUPS_MAX];
	char name[4096];

	if (n < 1 || n > GROUPS_MAX)
		errx(2, "kmem_watch KEY FOLDER...");
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/memory.stat", argv[i + 2]);
		fd[i] = open(name, O_RDONLY);
		if (fd[i] < 0)
			err(1, "%s", name);
		min[i] = ~0UL;
		max[i] = 0;
	}
	signal(SIGTERM, on_term);
	while (!ended) {
		for (i = 0; i < n; i++) {
			unsigned long value = value_of(fd[i], argv[1]);

			if (value < min[i])
				min[i] = value;
			if (value > max[i])
				max[i] = value;
		}
		looks++;
		nanosleep(&interval, NULL);
	}
	printf("looks=%lu\n", looks);
	for (i = 0; i < n; i++)
		printf("%s %lu %lu\n", argv[i + 2], min[i], max[i]);
	return 0;
}
