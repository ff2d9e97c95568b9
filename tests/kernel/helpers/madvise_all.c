// SPDX-License-Identifier: GPL-2.0-only
/*
 * madvise_all FILE: what madvise(2) and process_madvise(2) answer to all advices from 0 to 255, and to others far and near ours, for
 * fresh mappings of several kinds: a line for each. With privilege it leaves out those that break hardware. Ours are only
 * asked of process_madvise(2), which never knows them.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <memcgctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 8
/* Memory errors on purpose: MADV_HWPOISON, MADV_SOFT_OFFLINE. */
#define BREAKS 100
#define BREAKS_LAST 101

static const char *file;
static int pidfd, null_pipe[2];

static const struct kind {
	const char *name;
	int prot;
	int flags;
} kinds[] = {
	{ "anon", PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS },
	{ "zero", PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS },
	{ "shared", PROT_READ | PROT_WRITE, MAP_SHARED },
	{ "private", PROT_READ | PROT_WRITE, MAP_PRIVATE },
	{ "read", PROT_READ, MAP_PRIVATE },
	{ "locked", PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED },
};

static char *fresh(const struct kind *kind)
{
	int fd = kind->flags & MAP_ANONYMOUS ? -1 : open(file, O_RDWR | O_CLOEXEC);
	char *map;

	if (fd < 0 && !(kind->flags & MAP_ANONYMOUS))
		err(1, "%s", file);
	map = mmap(NULL, PAGES * PAGE, kind->prot, kind->flags, fd, 0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	if (kind->prot & PROT_WRITE)
		memset(map, 1, PAGES * PAGE);
	if (fd >= 0)
		close(fd);
	return map;
}

static const char *result(long ret)
{
	return ret < 0 ? strerrorname_np(errno) : "0";
}

/* What is left of the first page: its first byte, or that it cannot be read. */
static int left(const char *map)
{
	char byte;

	if (write(null_pipe[1], map, 1) != 1)
		return -1;
	if (read(null_pipe[0], &byte, 1) != 1)
		err(1, "read");
	return byte;
}

static void ask(const struct kind *kind, int advice)
{
	char *map = fresh(kind);
	struct iovec iov = { map, PAGES * PAGE };

	printf("%s %d:", kind->name, advice);
	if (advice < MADV_MEMCG_CLAIM || advice > MADV_MEMCG_UNBIND) {
		printf(" %s", result(madvise(map, PAGES * PAGE, advice)));
		printf(" %d", left(map));
		printf(" %s", result(madvise(map + 1, PAGE, advice)));
		printf(" %s", result(madvise(map, 0, advice)));
		printf(" %s", result(madvise(map, (size_t)-1, advice)));
		munmap(map + PAGE, PAGE);
		printf(" %s", result(madvise(map, 1, advice)));
		printf(" %s", result(madvise(map, PAGES * PAGE, advice)));
	}
	printf(" %s\n", result(syscall(SYS_process_madvise, pidfd, &iov, 1, advice, 0)));
	munmap(map, PAGES * PAGE);
}

int main(int argc, char **argv)
{
	static const int others[] = {
		-0x7fffffff - 1, -1,	     256,	 1000,	     4096,
		0x10000,	 0x6d62ffff, 0x6d630000, 0x6d630001, 0x6d630002,
		0x6d630003,	 0x6d630004, 0x6d640001, 0x01006d63, 0x7fffffff,
	};

	if (argc != 2)
		errx(2, "usage: madvise_all FILE");
	file = argv[1];
	pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	if (pidfd < 0 || pipe(null_pipe))
		err(1, "pidfd");
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (int advice = 0; advice < 256; advice++)
			if (geteuid() || advice < BREAKS || advice > BREAKS_LAST)
				ask(&kinds[k], advice);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			ask(&kinds[k], others[i]);
	}
	return 0;
}
