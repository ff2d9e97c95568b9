// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring produce SIZE: makes a memfd of so many bytes and says where it is; at a line on its input writes all of it, says so,
 * and holds it until its input ends.
 * ring consume FILE SIZE: maps that and reads all of it; says so, and holds it until its input ends.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned char *map(int fd, size_t size)
{
	unsigned char *ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (ring == MAP_FAILED)
		err(1, "mmap");
	return ring;
}

static void produce(size_t size)
{
	int fd = memfd_create("ring", 0);

	if (fd < 0 || ftruncate(fd, size))
		err(1, "memfd");
	printf("/proc/%d/fd/%d\n", (int)getpid(), fd);
	if (getchar() == EOF)
		exit(0);
	memset(map(fd, size), 'x', size);
}

static void consume(const char *file, size_t size)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);
	unsigned char *ring;
	size_t sum = 0;

	if (fd < 0)
		err(1, "%s", file);
	ring = map(fd, size);
	for (size_t i = 0; i < size; i++)
		sum += ring[i];
	if (sum != size * 'x')
		errx(1, "the ring does not hold what was written");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "produce"))
		produce(strtoul(argv[2], NULL, 0));
	else if (argc == 4 && !strcmp(argv[1], "consume"))
		consume(argv[2], strtoul(argv[3], NULL, 0));
	else
		errx(2, "usage: ring produce SIZE, or ring consume FILE SIZE");
	puts("done");
	while (getchar() != EOF)
		;
	return 0;
}
