// SPDX-License-Identifier: GPL-2.0-only
/*
 * reparent PARENT FOLDER TIMES DENTRIES LIMIT: TIMES times, a group below PARENT gets a limit of LIMIT bytes (0:
 * none), is filled with DENTRIES names that are not there in FOLDER, and is removed while its last process is moved
 * out in the middle of its charges. Prints how many groups below PARENT are dying after it.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "group.h"

#define REST_MS 10000

struct shared {
	unsigned int job;
	unsigned int done;
	unsigned int dentries;
};

/* Charges without end; when there is a job, as many dentries as it says. */
static void worker(struct shared *shared)
{
	unsigned long number = 0;
	char name[64];
	struct stat st;

	for (;;) {
		unsigned int job = __atomic_load_n(&shared->job, __ATOMIC_ACQUIRE);
		int pair[2];

		if (job != shared->done) {
			for (unsigned int i = 0; i < shared->dentries; i++) {
				snprintf(name, sizeof(name), "a-name-that-is-not-there-%lu",
					 number++);
				(void)!stat(name, &st);
			}
			__atomic_store_n(&shared->done, job, __ATOMIC_RELEASE);
		}
		snprintf(name, sizeof(name), "another-%lu", number++);
		(void)!stat(name, &st);
		if (!pipe(pair)) {
			(void)!write(pair[1], name, sizeof(name));
			close(pair[0]);
			close(pair[1]);
		}
	}
}

static void move(pid_t pid, const char *group)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	if (group_write(group, "cgroup.procs", text))
		err(1, "move to %s", group);
}

static void once(struct mcg_module *module, const char *group, const char *other, uint64_t limit,
		 struct shared *shared, pid_t pid)
{
	struct mcg_error error;

	if (mkdir(group, 0755))
		err(1, "mkdir %s", group);
	if (limit && set_limit(module, group, limit, MEMCGCTL_KMEM_ENFORCE, &error))
		errx(1, "%s: %s", group, error.message);
	move(pid, group);
	__atomic_store_n(&shared->job, shared->job + 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&shared->done, __ATOMIC_ACQUIRE) != shared->job)
		sched_yield();
	move(pid, other);
	if (rmdir(group))
		err(1, "rmdir %s", group);
}

static long long dying(const char *parent)
{
	long long n = group_value(parent, "cgroup.stat", "nr_dying_subsys_memory");

	return n >= 0 ? n : group_value(parent, "cgroup.stat", "nr_dying_descendants");
}

int main(int argc, char **argv)
{
	char group[PATH_MAX + 32], other[PATH_MAX + 32];
	struct mcg_module *module = NULL;
	unsigned int times;
	uint64_t limit, begin;
	struct shared *shared;
	pid_t pid;

	if (argc != 6)
		errx(2, "usage: reparent PARENT FOLDER TIMES DENTRIES LIMIT");
	times = strtoul(argv[3], NULL, 0);
	limit = strtoull(argv[5], NULL, 0);
	if (group_write(argv[1], "cgroup.subtree_control", "+memory"))
		err(1, "%s", argv[1]);
	snprintf(other, sizeof(other), "%s/other", argv[1]);
	if (mkdir(other, 0755) && errno != EEXIST)
		err(1, "mkdir %s", other);
	if (chdir(argv[2]))
		err(1, "%s", argv[2]);
	if (limit)
		module = connect_module();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	shared->dentries = strtoul(argv[4], NULL, 0);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		worker(shared);
	}
	for (unsigned int i = 0; i < times; i++) {
		snprintf(group, sizeof(group), "%s/short-%u", argv[1], i);
		once(module, group, other, limit, shared, pid);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	mcg_module_close(module);
	for (begin = now_ms(); dying(argv[1]) > 0 && now_ms() - begin < REST_MS;)
		sleep_ms(50);
	printf("%lld\n", dying(argv[1]));
	while (rmdir(other) && errno == EBUSY)
		sleep_ms(20);
	return 0;
}
