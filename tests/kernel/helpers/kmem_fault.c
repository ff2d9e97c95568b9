// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem_fault FILE: fills its group with kernel memory up to its kmem limit, and then lets the kernel write to and read
 * from memory that has no page table yet, in many ways: the page fault then happens inside the kernel, and a charge that
 * failed there would come out as EFAULT, or as a signal. For each way it prints
 *
 *	WAY ok=N efault=N other=N errno=NAME
 *
 * FILE is on a disk, of FILE_PAGES pages at least.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* All ways together stay below the 256 page tables at which the group's OOM kill comes. */
#define ROUNDS 8
#define SPAN (2UL << 20)
#define SPANS 512
#define CHUNK 64
#define FILE_PAGES ROUNDS
#define PAGE 4096
#define RING_ENTRIES 8

static char *arena, *file_map;
static int file, zero, memory, pair[2], full_pipe[2], splice_pipe[2];
static pid_t child;
static char buffer[CHUNK];

/* A place of CHUNK bytes that needs a page table of its own. */
static char *fresh(void)
{
	static unsigned long used;

	if (used == SPANS)
		errx(1, "no fresh memory left");
	return arena + used++ * SPAN;
}

static struct iovec at(void *base)
{
	return (struct iovec){ base, CHUNK };
}

static long by_read(void)
{
	return pread(file, fresh(), CHUNK, 0);
}

static long by_zero(void)
{
	return read(zero, fresh(), CHUNK);
}

static long by_readv(void)
{
	struct iovec iov[2] = { at(fresh()), at(fresh()) };

	return readv(zero, iov, 2) == 2 * CHUNK ? CHUNK : -1;
}

/* Over pages that are there already, so that only the source is missing. */
static long by_write(void)
{
	return write(memory, fresh(), CHUNK);
}

static long by_pipe(void)
{
	return read(full_pipe[0], fresh(), CHUNK);
}

static long by_recvmsg(void)
{
	struct iovec iov = at(fresh());
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	return recvmsg(pair[0], &message, 0);
}

static long by_vm_readv(void)
{
	struct iovec local = at(buffer), remote = at(fresh());

	return process_vm_readv(child, &local, 1, &remote, 1, 0);
}

static long by_vm_readv_local(void)
{
	struct iovec local = at(fresh()), remote = at(buffer);

	return process_vm_readv(child, &local, 1, &remote, 1, 0);
}

static long by_vm_writev(void)
{
	struct iovec local = at(buffer), remote = at(fresh());

	return process_vm_writev(child, &local, 1, &remote, 1, 0);
}

static long by_proc_mem(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/self/mem", O_RDWR);
	return pwrite(fd, buffer, CHUNK, (off_t)fresh());
}

static long by_vmsplice(void)
{
	struct iovec iov = at(fresh());

	return vmsplice(splice_pipe[1], &iov, 1, SPLICE_F_NONBLOCK);
}

/* The word there is 0. */
static long by_futex(void)
{
	long ret = syscall(SYS_futex, fresh(), FUTEX_WAIT, 1, NULL, NULL, 0);

	return ret == -1 && errno == EAGAIN ? CHUNK : -1;
}

static long by_clock(void)
{
	return syscall(SYS_clock_gettime, CLOCK_REALTIME, fresh()) ? -1 : CHUNK;
}

static long by_sigaltstack(void)
{
	return syscall(SYS_sigaltstack, NULL, fresh()) ? -1 : CHUNK;
}

static long by_getrandom(void)
{
	return getrandom(fresh(), CHUNK, GRND_INSECURE);
}

static long by_populate(void)
{
	return madvise(fresh(), PAGE, MADV_POPULATE_WRITE) ? -1 : CHUNK;
}

static volatile sig_atomic_t handled;

static void on_usr1(int sig)
{
	(void)sig;
	handled++;
}

/* The kernel writes the frame; where it cannot, the process dies. */
static long by_signal(void)
{
	stack_t stack = { .ss_sp = fresh(), .ss_size = 65536 };
	int before = handled;

	if (sigaltstack(&stack, NULL))
		return -1;
	raise(SIGUSR1);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	return handled == before + 1 ? CHUNK : -1;
}

/* A file's page that is not in memory; where it cannot be read the process gets SIGBUS. */
static long by_file_map(void)
{
	static int n;

	posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
	(void)*(volatile char *)(file_map + n++ * PAGE);
	return CHUNK;
}

static struct {
	int fd;
	char *ring;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
} uring;

static unsigned int *ring_word(unsigned int offset)
{
	return (unsigned int *)(uring.ring + offset);
}

static long uring_read(char *to, unsigned int flags)
{
	unsigned int *tail = ring_word(uring.params.sq_off.tail),
		     *head = ring_word(uring.params.cq_off.head);
	unsigned int slot = *tail & (uring.params.sq_entries - 1);
	struct io_uring_cqe *cqes = (void *)(uring.ring + uring.params.cq_off.cqes);
	long ret;

	uring.sqes[slot] = (struct io_uring_sqe){ .opcode = IORING_OP_READ,
						  .flags = flags,
						  .fd = file,
						  .addr = (unsigned long)to,
						  .len = CHUNK };
	ring_word(uring.params.sq_off.array)[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, uring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -1;
	ret = cqes[*head & (uring.params.cq_entries - 1)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	if (ret < 0)
		errno = -ret;
	return ret;
}

static long by_uring(void)
{
	return uring_read(fresh(), 0);
}

/* By a worker of the kernel's, which has no user mode to fault in. */
static long by_uring_worker(void)
{
	return uring_read(fresh(), IOSQE_ASYNC);
}

static void uring_prepare(void)
{
	size_t size;

	uring.fd = syscall(SYS_io_uring_setup, RING_ENTRIES, &uring.params);
	if (uring.fd < 0)
		err(1, "io_uring_setup");
	size = uring.params.cq_off.cqes + uring.params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < uring.params.sq_off.array + uring.params.sq_entries * sizeof(int))
		size = uring.params.sq_off.array + uring.params.sq_entries * sizeof(int);
	uring.ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, uring.fd,
			  IORING_OFF_SQ_RING);
	uring.sqes = mmap(NULL, RING_ENTRIES * sizeof(*uring.sqes), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, uring.fd, IORING_OFF_SQES);
	if (uring.ring == MAP_FAILED || uring.sqes == MAP_FAILED)
		err(1, "io_uring");
	/* So that a request and a worker are there when none can be had any more. */
	if (uring_read(buffer, 0) < 0 || uring_read(buffer, IOSQE_ASYNC) < 0)
		err(1, "io_uring read");
}

static const struct way {
	const char *name;
	long (*try)(void);
} ways[] = {
	/* First: the worker waits for work a few seconds only. */
	{ "uring", by_uring },
	{ "uring_worker", by_uring_worker },
	{ "read", by_read },
	{ "read_zero", by_zero },
	{ "readv", by_readv },
	{ "write", by_write },
	{ "pipe", by_pipe },
	{ "recvmsg", by_recvmsg },
	{ "process_vm_readv", by_vm_readv },
	{ "process_vm_readv_local", by_vm_readv_local },
	{ "process_vm_writev", by_vm_writev },
	{ "proc_mem", by_proc_mem },
	{ "vmsplice", by_vmsplice },
	{ "futex", by_futex },
	{ "clock_gettime", by_clock },
	{ "sigaltstack", by_sigaltstack },
	{ "getrandom", by_getrandom },
	{ "populate", by_populate },
	{ "signal", by_signal },
	{ "file_map", by_file_map },
};

static void try(const struct way *way)
{
	int i, ok = 0, efault = 0, other = 0, why = 0;

	for (i = 0; i < ROUNDS; i++) {
		if (way->try() == CHUNK) {
			ok++;
		} else if (errno == EFAULT) {
			efault++;
		} else {
			other++;
			why = errno;
		}
	}
	printf("%s ok=%d efault=%d other=%d errno=%s\n", way->name, ok, efault, other,
	       why ? strerrorname_np(why) : "0");
	fflush(stdout);
}

static void prepare(const char *path)
{
	struct sigaction action = { .sa_handler = on_usr1, .sa_flags = SA_ONSTACK };
	int i;

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	arena = mmap(NULL, SPANS * SPAN, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	file = open(path, O_RDONLY);
	zero = open("/dev/zero", O_RDONLY);
	memory = memfd_create("kmem_fault", 0);
	if (arena == MAP_FAILED || file < 0 || zero < 0 || memory < 0 || ftruncate(memory, PAGE) ||
	    pwrite(memory, buffer, CHUNK, 0) != CHUNK || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) ||
	    pipe(full_pipe) || pipe(splice_pipe))
		err(1, "prepare");
	/* Without MADV_RANDOM the first fault would read and map the other pages, too. */
	file_map = mmap(NULL, FILE_PAGES * PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	if (file_map == MAP_FAILED || madvise(file_map, FILE_PAGES * PAGE, MADV_RANDOM))
		err(1, "%s", path);
	for (i = 0; i < ROUNDS; i++)
		if (send(pair[1], buffer, CHUNK, 0) != CHUNK ||
		    write(full_pipe[1], buffer, CHUNK) != CHUNK)
			err(1, "prepare");
	sigaction(SIGUSR1, &action, NULL);
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	uring_prepare();
	by_proc_mem();
}

/* Until not a page is left. */
static void fill(void)
{
	static const char data[PAGE];
	struct rlimit files = { 1 << 16, 1 << 16 };
	int fd[2];

	setrlimit(RLIMIT_NOFILE, &files);
	while (!pipe2(fd, O_NONBLOCK)) {
		while (write(fd[1], data, PAGE) > 0)
			;
		if (errno != EAGAIN)
			break;
	}
	/* pipe(2) says ENFILE where it gets no inode. */
	if (errno != ENOMEM && errno != ENFILE)
		err(1, "the group was not filled");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2)
		errx(2, "kmem_fault FILE");
	prepare(argv[1]);
	fill();
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		try(&ways[i]);
	return 0;
}
