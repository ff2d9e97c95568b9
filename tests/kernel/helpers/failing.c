// SPDX-License-Identifier: GPL-2.0-only
/*
 * failing WHAT ARGUMENT...: does something again and again, and lets the kernel fail the first allocation of it, then the second, until
 * none is left to fail. An attempt may succeed all the same; or it fails, says that there was no memory, and has changed nothing, or
 * what its receipt says.
 *
 *	load MODULE		load the module
 *	kmem GROUP		set, change, show, list and clear a limit, and ask for the module's health
 *	claim FROM TO FILE	claim a file, and private memory, from one group to the other
 *	madvise FROM TO		claim private memory by madvise(2)
 *	attribution GROUP	ask who pays and who maps
 *	dead GROUP		list the groups that are gone
 *	bind GROUP FILE		bind a file, and private memory, list that, and unbind it
 *
 * Which allocations count is said before in debugfs (failslab, fail_page_alloc). Prints a line for each thing done.
 */
#include <fcntl.h>
#include <linux/module.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "genl.h"
#include "group.h"

#define PAGE 4096
/* Two windows of a claim, the last not full. */
#define PAGES 520
#define SIZE ((size_t)PAGES * PAGE)
/* Far more than anything here allocates: it would never end. */
#define MOST 5000

/**
 * struct work - something that may fail
 * @name: of it
 * @prepare: what comes before; cannot fail
 * @act: does it; 0 or an errno value
 * @check: what must be true after, by that result
 * @restore: the reverse, so that it can be done again; told whether it was done
 */
struct work {
	const char *name;
	void (*prepare)(void);
	int (*act)(void);
	void (*check)(int errnum);
	void (*restore)(bool done);
};

static struct mcg_module *module;
static int fail_nth;
static const char *from, *to, *path;

/* ---- the loop ---- */

static void arm(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, len, 0) != len)
		err(1, "fail-nth");
}

/* Whether it came to that allocation. */
static bool disarm(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 0)
		err(1, "fail-nth");
	arm(0);
	return !atoi(text);
}

static void try_all(const struct work *work)
{
	unsigned int nth, failed = 0;
	bool injected = true;
	int errnum;

	for (nth = 1; injected; nth++) {
		if (nth > MOST)
			errx(1, "%s: no end", work->name);
		if (work->prepare)
			work->prepare();
		arm(nth);
		errnum = work->act();
		injected = disarm();
		if (errnum && (!injected || errnum != ENOMEM))
			errx(1, "%s: allocation %u: %s%s", work->name, nth, strerror(errnum),
			     injected ? "" : ", and none was failed");
		if (getenv("PROGRESS"))
			fprintf(stderr, "%s %u %d %llu ms\n", work->name, nth, errnum,
				(unsigned long long)now_ms());
		failed += errnum != 0;
		if (work->check)
			work->check(errnum);
		if (work->restore)
			work->restore(!errnum);
	}
	printf("%s: %u allocations, %u failed it\n", work->name, nth - 2, failed);
}

/* ---- loading ---- */

static int load(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		err(1, "%s", path);
	ret = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	return ret;
}

static void unload(bool loaded)
{
	if (loaded && syscall(SYS_delete_module, "memcgctl", O_NONBLOCK))
		err(1, "unload");
	if (!access("/sys/module/memcgctl", F_OK))
		errx(1, "the module is still there");
}

static const struct work loading = { "load", NULL, load, NULL, unload };

/* ---- kmem limits ---- */

#define FIRST_LIMIT (64ULL << 20)
#define SECOND_LIMIT (96ULL << 20)

static int result_of(const struct mcg_error *error)
{
	return error->errnum ? error->errnum : EPROTO;
}

static int set_to(uint64_t limit)
{
	struct mcg_error error;

	return set_limit(module, from, limit, MEMCGCTL_KMEM_OBSERVE, &error);
}

/* 0 when there is none. */
static uint64_t limit_now(int *errnum)
{
	int fd = group_open(from, "memory.max", O_RDONLY);
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_kmem kmem;
	uint64_t limit = 0;

	*errnum = mcg_kmem_get(module, fd, &kmem, &error) ? result_of(&error) : 0;
	close(fd);
	if (!*errnum) {
		limit = kmem.limit;
		mcg_kmem_free(&kmem);
	}
	return limit;
}

static void expect_limit(uint64_t want)
{
	int errnum;
	uint64_t is = limit_now(&errnum);

	if (errnum && errnum != ENOENT)
		errx(1, "%s", strerror(errnum));
	if (is != want)
		errx(1, "the limit is %llu, not %llu", (unsigned long long)is,
		     (unsigned long long)want);
}

static void set_first(void)
{
	if (set_to(FIRST_LIMIT))
		errx(1, "cannot set a limit");
}

static void set_none(bool done)
{
	(void)done;
	if (set_to(MEMCGCTL_SIZE_MAX))
		errx(1, "cannot clear a limit");
}

static int act_set(void)
{
	return set_to(FIRST_LIMIT);
}

static void check_set(int errnum)
{
	expect_limit(errnum ? 0 : FIRST_LIMIT);
}

static int act_change(void)
{
	return set_to(SECOND_LIMIT);
}

static void check_change(int errnum)
{
	expect_limit(errnum ? FIRST_LIMIT : SECOND_LIMIT);
}

static int act_clear(void)
{
	return set_to(MEMCGCTL_SIZE_MAX);
}

static void check_clear(int errnum)
{
	expect_limit(errnum ? FIRST_LIMIT : 0);
}

static int act_get(void)
{
	int errnum;

	limit_now(&errnum);
	return errnum;
}

static int act_list(void)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_kmem_list list;

	if (mcg_kmem_list(module, &list, &error))
		return result_of(&error);
	if (list.n != 1)
		errx(1, "%zu groups are listed", list.n);
	mcg_kmem_list_free(&list);
	return 0;
}

static int act_health(void)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_health health;

	if (mcg_health_get(module, &health, &error))
		return result_of(&error);
	mcg_health_free(&health);
	return 0;
}

static const struct work limits[] = {
	{ "kmem limit, the first", NULL, act_set, check_set, set_none },
	{ "kmem limit, another", set_first, act_change, check_change, NULL },
	{ "kmem, shown", set_first, act_get, NULL, NULL },
	{ "kmem, listed", set_first, act_list, NULL, NULL },
	{ "kmem limit, cleared", set_first, act_clear, check_clear, NULL },
	{ "status", NULL, act_health, NULL, NULL },
};

/* ---- claims ---- */

static struct mcg_claim object;
static struct mcg_receipt receipt;
static const char *key;
static long long from_before, to_before;
static char *memory;

/* memory.stat is brought up to date when enough has changed below the group that is read: 64 times for each CPU. */
static void flush(void)
{
	size_t size = 4UL * 64 * PAGE;
	char *changes = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (changes == MAP_FAILED || munmap(changes, size))
		err(1, "mmap");
	group_value("/sys/fs/cgroup", "memory.stat", "anon");
}

static long long stat_of(const char *group)
{
	return group_value(group, "memory.stat", key);
}

static int target_of(const char *group)
{
	int fd = group_open(group, "cgroup.procs", O_WRONLY);

	if (fd < 0)
		err(1, "%s", group);
	return fd;
}

static int claim_to(const char *group)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_claim claim = object;
	int ret;

	memset(&receipt, 0, sizeof(receipt));
	claim.target = target_of(group);
	do
		ret = mcg_claim_step(module, &claim, &receipt, &error);
	while (ret > 0);
	close(claim.target);
	return ret ? result_of(&error) : 0;
}

static void remember(void)
{
	flush();
	from_before = stat_of(from);
	to_before = stat_of(to);
}

static void expect_moved(long long moved)
{
	long long left, came;

	flush();
	left = stat_of(from);
	came = stat_of(to);
	if (from_before - left != moved || came - to_before != moved)
		errx(1, "%s: %lld moved, but %lld -> %lld, and %lld -> %lld", key, moved,
		     from_before, left, to_before, came);
}

static int act_claim(void)
{
	return claim_to(to);
}

static void check_claim(int errnum)
{
	if (!errnum && (receipt.moved != SIZE || receipt.present != SIZE))
		errx(1, "of %zu %llu moved of %llu present", SIZE,
		     (unsigned long long)receipt.moved, (unsigned long long)receipt.present);
	expect_moved(receipt.moved);
}

static void claim_back(bool done)
{
	(void)done;
	if (claim_to(from) || receipt.moved + receipt.skipped[MEMCGCTL_SKIP_TARGET] != SIZE)
		errx(1, "cannot claim it back");
}

static const struct work claiming = { "claim", remember, act_claim, check_claim, claim_back };

static void make_memory(void)
{
	group_join(from);
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");
	group_join("/sys/fs/cgroup");
}

static void claim_both(void)
{
	object = (struct mcg_claim){
		.pidfd = -1,
		.fd = -1,
		.mount = -1,
		.from = -1,
		.ancestor = -1,
		.end = SIZE,
		.at_most = MEMCGCTL_SIZE_MAX,
	};
	object.fd = open(path, O_RDWR | O_CLOEXEC);
	if (object.fd < 0)
		err(1, "%s", path);
	key = "shmem";
	try_all(&claiming);
	close(object.fd);
	make_memory();
	object.fd = -1;
	object.pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	object.start = (uintptr_t)memory;
	object.end = object.start + SIZE;
	key = "anon";
	try_all(&claiming);
}

/* ---- madvise ---- */

/* In the group that it is claimed for; what the attempt itself needs was there before. */
static int advise(const char *group)
{
	int errnum;

	group_join(group);
	errnum = madvise(memory, SIZE, MADV_MEMCG_CLAIM) ? errno : 0;
	group_join("/sys/fs/cgroup");
	return errnum;
}

static int act_advise(void)
{
	return advise(to);
}

static void check_advise(int errnum)
{
	long long moved;

	flush();
	moved = stat_of(to) - to_before;
	if (errnum ? moved % PAGE || moved < 0 || moved > (long long)SIZE : moved != (long long)SIZE)
		errx(1, "madvise: %lld moved", moved);
	expect_moved(moved);
}

static void advise_back(bool done)
{
	(void)done;
	if (advise(from))
		errx(1, "cannot claim it back");
}

static const struct work advising = { "madvise", remember, act_advise, check_advise, advise_back };

/* ---- bindings ---- */

static struct mcg_bind bound = { .fd = -1, .mount_fd = -1, .pidfd = -1, .n_targets = 1 };
static uint32_t id;

static int act_bind(void)
{
	struct mcg_bind_target target = { .fd = target_of(from), .ancestor = -1, .weight = 1 };
	struct mcg_error error = { .status = MCG_OK };
	int ret;

	bound.target = &target;
	ret = mcg_bind(module, &bound, &id, &error);
	close(target.fd);
	return ret ? result_of(&error) : 0;
}

static int bindings_now(size_t *n)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_binding_list list;

	if (mcg_bind_list(module, &list, &error))
		return result_of(&error);
	*n = list.n;
	mcg_bind_list_free(&list);
	return 0;
}

static void expect_bindings(size_t want)
{
	size_t is;

	if (bindings_now(&is))
		errx(1, "cannot list the bindings");
	if (is != want)
		errx(1, "%zu bindings, not %zu", is, want);
}

static void check_bind(int errnum)
{
	expect_bindings(!errnum);
}

static int act_unbind(void)
{
	struct mcg_error error = { .status = MCG_OK };

	return mcg_unbind(module, id, &error) ? result_of(&error) : 0;
}

static void unbind(bool done)
{
	if (done && act_unbind())
		errx(1, "cannot unbind");
}

static void bind_first(void)
{
	if (act_bind())
		errx(1, "cannot bind");
}

static int act_list_bound(void)
{
	size_t n;
	int errnum = bindings_now(&n);

	if (!errnum && n != 1)
		errx(1, "%zu bindings are listed", n);
	return errnum;
}

static void check_unbind(int errnum)
{
	expect_bindings(!!errnum);
}

static void unbind_left(bool done)
{
	unbind(!done);
}

static void unbind_listed(bool done)
{
	(void)done;
	unbind(true);
}

static const struct work binding[] = {
	{ "bind", NULL, act_bind, check_bind, unbind },
	{ "bindings, listed", bind_first, act_list_bound, NULL, unbind_listed },
	{ "unbind", bind_first, act_unbind, check_unbind, unbind_left },
};

static void bind_all(void)
{
	for (size_t i = 0; i < sizeof(binding) / sizeof(binding[0]); i++)
		try_all(&binding[i]);
}

static void bind_both(void)
{
	bound.end = SIZE;
	bound.fd = open(path, O_RDWR | O_CLOEXEC);
	if (bound.fd < 0)
		err(1, "%s", path);
	bind_all();
	close(bound.fd);
	make_memory();
	bound.fd = -1;
	bound.pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	bound.start = (uintptr_t)memory;
	bound.end = bound.start + SIZE;
	bind_all();
}

/* ---- what is only told ---- */

static int take(const struct nlmsghdr *message, void *data)
{
	(void)message;
	(void)data;
	return 0;
}

static void begin_again(void *data)
{
	(void)data;
}

static uint8_t told;

static int act_dump(void)
{
	struct mcg_error error = { .status = MCG_OK };

	return mcg_genl_dump(module, told, NULL, take, begin_again, NULL, &error) ? result_of(&error)
										  : 0;
}

static const struct work dumping = { "dump", NULL, act_dump, NULL, NULL };

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: failing WHAT ARGUMENT...");
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		err(1, "fail-nth");
	path = argv[argc - 1];
	from = argv[2];
	to = argc > 3 ? argv[3] : NULL;
	if (!strcmp(argv[1], "load")) {
		try_all(&loading);
		return 0;
	}
	module = connect_module();
	if (!strcmp(argv[1], "kmem"))
		for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
			try_all(&limits[i]);
	else if (!strcmp(argv[1], "claim") && argc == 5)
		claim_both();
	else if (!strcmp(argv[1], "attribution") || !strcmp(argv[1], "dead")) {
		told = argv[1][0] == 'd' ? MEMCGCTL_CMD_DEAD : MEMCGCTL_CMD_ATTRIBUTION;
		try_all(&dumping);
	} else if (!strcmp(argv[1], "bind"))
		bind_both();
	else if (!strcmp(argv[1], "madvise") && to) {
		make_memory();
		key = "anon";
		try_all(&advising);
	} else {
		errx(2, "no such thing: %s", argv[1]);
	}
	mcg_module_close(module);
	return 0;
}
