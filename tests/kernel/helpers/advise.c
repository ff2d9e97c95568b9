// SPDX-License-Identifier: GPL-2.0-only
/*
 * advise: makes mappings and gives advice about the last one, as lines on standard input say. Each is answered by a line:
 * 0 or the name of an errno value, or what is said here.
 *
 *	pid			the number of this process
 *	anon PAGES		private memory, all written
 *	memfd PAGES		a memfd, all written
 *	file FILE PAGES		a shared mapping, all written
 *	read FILE PAGES		a shared mapping for reading, all read
 *	fresh PAGES		private memory, none touched
 *	touch			write all of the last mapping
 *	child			a child shares what is mapped, and does nothing
 *	call ADVICE [OFFSET [LEN]]	by madvise(2): all of the last mapping, or that part of it
 *	ring ADVICE		by io_uring
 *	process ADVICE		by process_madvise(2)
 *	lib ADVICE		by memcg_madvise(3)
 *	alarmed MILLISECONDS ADVICE	by madvise(2), with a signal each time that has passed
 *	loop ADVICE		by madvise(2), until it is not known any more; or until another error than EAGAIN
 *	claim-fd [OFFSET [LEN]]	by memcg_claim_fd(3), of the file of the last mapping
 *	bind-fd [OFFSET [LEN]]	by memcg_bind_fd(3)
 *
 * ADVICE: claim, bind, unbind, or a number.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <memcgctl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define MAX_WORDS 4

static char *map;
static size_t size;
static int file = -1;

static int make(int fd, size_t pages, int prot, int flags)
{
	volatile char sum = 0;

	size = pages * PAGE;
	file = fd;
	map = mmap(NULL, size, prot, flags, fd, 0);
	if (map == MAP_FAILED)
		return -1;
	/* One page at a time: what the kernel maps around a fault is its own affair. */
	madvise(map, size, MADV_RANDOM);
	if (prot & PROT_WRITE)
		memset(map, 1, size);
	for (size_t i = 0; i < size; i += PAGE)
		sum += map[i];
	return 0;
}

static int make_fresh(size_t pages)
{
	size = pages * PAGE;
	file = -1;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return map == MAP_FAILED ? -1 : 0;
}

static int make_memfd(size_t pages)
{
	int fd = memfd_create("advise", 0);

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		return -1;
	return make(fd, pages, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static int make_file(const char *name, size_t pages, bool write)
{
	int fd = open(name, write ? O_RDWR : O_RDONLY);

	if (fd < 0)
		return -1;
	return make(fd, pages, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED);
}

static int make_child(void)
{
	pid_t parent = getpid(), child = fork();

	if (child)
		return child < 0 ? -1 : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(0);
}

static int ring_wait(const struct io_uring_params *p, char *cq)
{
	const struct io_uring_cqe *cqe = (void *)(cq + p->cq_off.cqes);
	int result = cqe->res;

	errno = -result;
	return result < 0 ? -1 : result;
}

/* One request through a ring of one entry. */
static int by_ring(int advice)
{
	struct io_uring_params p = { .flags = 0 };
	int fd = syscall(SYS_io_uring_setup, 1, &p), ret;
	struct io_uring_sqe *sqe;
	char *sq, *cq;

	if (fd < 0)
		return -1;
	sq = mmap(NULL, p.sq_off.array + sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
		  PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return -1;
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_MADVISE,
		.addr = (uintptr_t)map,
		.len = size,
		.fadvise_advice = advice,
	};
	*(uint32_t *)(sq + p.sq_off.array) = 0;
	atomic_store((_Atomic uint32_t *)(sq + p.sq_off.tail), 1);
	ret = syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	if (ret == 1)
		ret = ring_wait(&p, cq);
	close(fd);
	return ret;
}

static int by_process(int advice)
{
	struct iovec iov = { map, size };
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	int ret = syscall(SYS_process_madvise, pidfd, &iov, 1, advice, 0) < 0 ? -1 : 0, saved = errno;

	close(pidfd);
	errno = saved;
	return ret;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static int alarmed(unsigned int ms, int advice)
{
	struct itimerval off = { .it_value = { 0, 0 } };
	struct itimerval timer = { { 0, ms * 1000 }, { 0, ms * 1000 } };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	int ret, saved;

	if (sigaction(SIGALRM, &action, NULL) || setitimer(ITIMER_REAL, &timer, NULL))
		return -1;
	ret = madvise(map, size, advice);
	saved = errno;
	setitimer(ITIMER_REAL, &off, NULL);
	errno = saved;
	return ret;
}

static int loop(int advice)
{
	int ret;

	do
		ret = madvise(map, size, advice);
	while (!ret || errno == EAGAIN);
	return ret;
}

static int advice_of(const char *word)
{
	if (!strcmp(word, "claim"))
		return MADV_MEMCG_CLAIM;
	if (!strcmp(word, "bind"))
		return MADV_MEMCG_BIND;
	if (!strcmp(word, "unbind"))
		return MADV_MEMCG_UNBIND;
	return strtoul(word, NULL, 0);
}

static int part(int advice, const char *offset, const char *len)
{
	size_t start = strtoul(offset, NULL, 0);

	return madvise(map + start, *len ? strtoul(len, NULL, 0) : size - start, advice);
}

static int answer(char *word[MAX_WORDS])
{
	const char *what = word[0], *arg = word[1];
	long number = strtol(arg, NULL, 0);

	if (!strcmp(what, "anon"))
		return make(-1, number, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
	if (!strcmp(what, "fresh"))
		return make_fresh(number);
	if (!strcmp(what, "touch"))
		return memset(map, 2, size) ? 0 : -1;
	if (!strcmp(what, "memfd"))
		return make_memfd(number);
	if (!strcmp(what, "file") || !strcmp(what, "read"))
		return make_file(arg, strtoul(word[2], NULL, 0), *what == 'f');
	if (!strcmp(what, "child"))
		return make_child();
	if (!strcmp(what, "call"))
		return part(advice_of(arg), word[2], word[3]);
	if (!strcmp(what, "ring"))
		return by_ring(advice_of(arg));
	if (!strcmp(what, "process"))
		return by_process(advice_of(arg));
	if (!strcmp(what, "lib"))
		return memcg_madvise(map, size, advice_of(arg));
	if (!strcmp(what, "alarmed"))
		return alarmed(number, advice_of(word[2]));
	if (!strcmp(what, "loop"))
		return loop(advice_of(arg));
	if (!strcmp(what, "claim-fd"))
		return memcg_claim_fd(file, number, strtol(word[2], NULL, 0));
	if (!strcmp(what, "bind-fd"))
		return memcg_bind_fd(file, number, strtol(word[2], NULL, 0));
	errx(2, "no such request: %s", what);
}

int main(void)
{
	char line[4096];

	setlinebuf(stdout);
	/* The program itself is not to come and go with the group's page cache. */
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	while (fgets(line, sizeof(line), stdin)) {
		char *rest = line, *word[MAX_WORDS], empty[] = "";

		line[strcspn(line, "\n")] = '\0';
		for (int i = 0; i < MAX_WORDS; i++)
			word[i] = rest ? strsep(&rest, " ") : empty;
		if (!strcmp(word[0], "pid"))
			printf("%d\n", (int)getpid());
		else
			puts(answer(word) ? strerrorname_np(errno) : "0");
	}
	return 0;
}
