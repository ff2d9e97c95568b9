// SPDX-License-Identifier: GPL-2.0-only
/*
 * limits change SECONDS SEED GROUP...	set, change and clear the limits of the groups at random; at the end
 *					each has one. The first group keeps one all the time.
 * limits exact GROUP...		wait until the module's usage is `kernel` in memory.stat for every group that
 *					has a limit; status 1 and the difference when it does not become so
 * limits set SIZE MODE GROUP...	one limit for all, without a shell for each
 */
#include "group.h"

/* The kernel puts together what the CPUs hold back at least every two seconds. */
#define REST_MS 2500
#define TIMEOUT_MS 20000

static uint64_t random_size(uint32_t *seed)
{
	/* 256 KiB to 16 MiB: from what nothing lives with to what is seldom met. */
	return (64 + next_random(seed) % 4033) * 4096ULL;
}

/* An error that says that nothing can be done now is none. */
static void set(struct mcg_module *module, const char *group, uint64_t limit,
		enum memcgctl_kmem_mode mode)
{
	struct mcg_error error;
	int errnum = set_limit(module, group, limit, mode, &error);

	if (errnum && errnum != EINTR)
		errx(1, "%s: limit %llu: %s", group, (unsigned long long)limit, error.message);
}

static int change(int n, char **group, unsigned int seconds, uint32_t seed)
{
	struct mcg_module *module = connect_module();
	uint64_t end = now_ms() + seconds * 1000ULL;
	unsigned int changes = 0;

	while (now_ms() < end || changes < 20) {
		int i = next_random(&seed) % n;

		if (i && next_random(&seed) % 3 == 0)
			set(module, group[i], MEMCGCTL_SIZE_MAX, 0);
		else
			set(module, group[i], random_size(&seed),
			    next_random(&seed) % (MEMCGCTL_KMEM_MODE_MAX + 1));
		changes++;
		sleep_ms(next_random(&seed) % 50);
	}
	for (int i = 0; i < n; i++)
		set(module, group[i], 1ULL << 40, MEMCGCTL_KMEM_OBSERVE);
	printf("%u changes\n", changes);
	mcg_module_close(module);
	return 0;
}

static long long difference(struct mcg_module *module, const char *group)
{
	long long usage = get_usage(module, group);

	return usage < 0 ? 0 : usage - group_value(group, "memory.stat", "kernel");
}

static int exact(int n, char **group)
{
	struct mcg_module *module = connect_module();
	uint64_t begin = now_ms();
	int wrong = n, limited = 0;

	for (int i = 0; i < n; i++)
		limited += get_usage(module, group[i]) >= 0;
	if (!limited)
		errx(1, "no group has a limit");
	sleep_ms(REST_MS);
	/* Twice in a row: a difference that goes through zero is none that is zero. */
	for (int good = 0; good < 2 && now_ms() - begin < TIMEOUT_MS; sleep_ms(300)) {
		wrong = 0;
		for (int i = 0; i < n; i++)
			wrong += difference(module, group[i]) != 0;
		good = wrong ? 0 : good + 1;
	}
	for (int i = 0; i < n; i++)
		printf("%s: usage %lld, kernel %lld, module - kernel %lld pages\n", group[i],
		       get_usage(module, group[i]), group_value(group[i], "memory.stat", "kernel"),
		       difference(module, group[i]) / 4096);
	mcg_module_close(module);
	return wrong != 0;
}

static int set_all(int n, char **group, uint64_t size, enum memcgctl_kmem_mode mode)
{
	struct mcg_module *module = connect_module();

	for (int i = 0; i < n; i++)
		set(module, group[i], size, mode);
	mcg_module_close(module);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 4 && !strcmp(argv[1], "change"))
		return change(argc - 4, argv + 4, atoi(argv[2]), strtoul(argv[3], NULL, 0));
	if (argc > 2 && !strcmp(argv[1], "exact"))
		return exact(argc - 2, argv + 2);
	if (argc > 4 && !strcmp(argv[1], "set"))
		return set_all(argc - 4, argv + 4, strtoull(argv[2], NULL, 0), atoi(argv[3]));
	errx(2,
	     "usage: limits change SECONDS SEED GROUP... | exact GROUP... | set SIZE MODE GROUP...");
}
