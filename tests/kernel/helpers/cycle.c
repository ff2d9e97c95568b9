// SPDX-License-Identifier: GPL-2.0-only
/*
 * cycle TIMES SEED MODULE GROUP...: load the module, set limits on the groups at random, and unload it, at any time
 * after that: TIMES times.
 */
#include <linux/module.h>
#include <sys/syscall.h>

#include "group.h"

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		err(1, "load %s", path);
	close(fd);
}

static void unload(void)
{
	if (syscall(SYS_delete_module, "memcgctl", O_NONBLOCK))
		err(1, "unload");
}

static void limit_some(uint32_t *seed, int n, char **group)
{
	struct mcg_module *module = connect_module();

	for (int i = next_random(seed) % (2 * n); i >= 0; i--) {
		uint64_t size = next_random(seed) % 4 ? (64 + next_random(seed) % 2048) * 4096ULL
						      : MEMCGCTL_SIZE_MAX;
		const char *name = group[next_random(seed) % n];
		struct mcg_error error;
		int errnum = set_limit(module, name, size,
				       next_random(seed) % (MEMCGCTL_KMEM_MODE_MAX + 1), &error);

		if (errnum && errnum != EINTR)
			errx(1, "%s: %s", name, error.message);
	}
	mcg_module_close(module);
}

int main(int argc, char **argv)
{
	uint64_t loading = 0, limiting = 0, unloading = 0, longest = 0;
	unsigned int times;
	uint32_t seed;

	if (argc < 5)
		errx(2, "usage: cycle TIMES SEED MODULE GROUP...");
	times = strtoul(argv[1], NULL, 0);
	seed = strtoul(argv[2], NULL, 0);
	for (unsigned int i = 0; i < times; i++) {
		uint64_t start = now_ms(), took;

		load(argv[3]);
		loading += now_ms() - start;
		start = now_ms();
		/* One in eight was never used. */
		if (next_random(&seed) % 8)
			limit_some(&seed, argc - 4, argv + 4);
		limiting += now_ms() - start;
		sleep_ms(next_random(&seed) % 100);
		start = now_ms();
		unload();
		took = now_ms() - start;
		unloading += took;
		if (took > longest)
			longest = took;
	}
	printf("%u times: loading %llu ms, limiting %llu ms, unloading %llu ms, the longest %llu ms\n",
	       times, (unsigned long long)loading, (unsigned long long)limiting,
	       (unsigned long long)unloading, (unsigned long long)longest);
	return 0;
}
