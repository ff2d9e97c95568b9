// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold READY STEP...: makes mappings as the steps say, writes the range of each as a line of the file READY (as claim
 * takes it), and holds still.
 *
 *	shared:FILE:FIRST:COUNT:EVERY	map COUNT pages of FILE from page FIRST; read each EVERY-th
 *	read:FILE:FIRST:COUNT:EVERY	the same, for reading only
 *	private:FILE:FIRST:COUNT:EVERY	the same with a private mapping; write each EVERY-th
 *	files:DIR:COUNT			map so many new files of one page each, and write it
 *	again-and-again:FILE:COUNT	map the first page of FILE so many times, and read it
 *	anon:COUNT:EVERY		anonymous memory: write each EVERY-th page, read the others (the zero page)
 *	reserve:COUNT			anonymous memory: write the first page and the last
 *	huge:COUNT			anonymous memory in huge pages, all written
 *	memfd:NAME:COUNT		a memfd, all written
 *	sysv:COUNT			a System V segment, all written; gone with its last process
 *	left:COUNT			the same, but it stays
 *	zero:COUNT			shared anonymous memory, all written
 *	huge-file:COUNT			a memfd of huge pages, all written (COUNT small pages)
 *	device:FILE:COUNT		memory of a device that has no pages
 *	kernel:COUNT			kernel memory: a BPF array
 *	split				the last mapping's huge pages are mapped page by page
 *	crossing			the last mapping goes to an address where no huge page fits
 *	again:EVERY			read each EVERY-th page of the last mapping
 *	drop:EVERY			give each EVERY-th page of the last mapping back
 *	protect				the last mapping is tracked by userfaultfd write protection: all of its pages are marked
 *	pageout				swap out what is written of the last mapping
 *	same				the last mapping's pages become equal, and may be merged by KSM
 *	lock				mlock the last mapping
 *	splice:COUNT			put the first pages of the last mapping into a pipe
 *	sockets:COUNT			so many pages of data are sent and not received
 *	event:GROUP			an event of the folder GROUP is counted
 *	unmap				unmap the last mapping
 *	owners:FOLDER:COUNT		so many new groups in FOLDER, each of which pays for one page of the last mapping, in order
 *	fork:GROUP:EVERY		a child in the folder GROUP writes each EVERY-th page of the last mapping; 0: reads all
 *
 * Linked statically, so that it shares no library with the programs that observe it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define HUGE (2UL << 20)
#define MAX_WORDS 6

static char *last;
static size_t last_pages;
static FILE *ranges;

static void touch(size_t every, bool all, bool write)
{
	for (size_t i = 0; i < last_pages; i++) {
		volatile char *page = last + i * PAGE;

		if (write && every && i % every == 0)
			*page = 1;
		else if (all || (every && i % every == 0))
			(void)*page;
	}
}

static void map(size_t pages, int prot, int flags, int fd, off_t first)
{
	last_pages = pages;
	last = mmap(NULL, pages * PAGE, prot, flags, fd, first * PAGE);
	if (last == MAP_FAILED)
		err(1, "mmap");
	fprintf(ranges, "%lx-%lx\n", (unsigned long)last, (unsigned long)last + pages * PAGE);
	/* One page at a time: what the kernel maps around a fault is its own affair. */
	if (madvise(last, pages * PAGE, MADV_RANDOM))
		err(1, "madvise");
}

static void map_file(const char *name, size_t first, size_t pages, size_t every, bool shared)
{
	int fd = open(name, shared ? O_RDWR : O_RDONLY);

	if (fd < 0)
		err(1, "%s", name);
	map(pages, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, fd, first);
	close(fd);
	touch(every, !shared, !shared);
}

static void map_to_read(const char *name, size_t first, size_t pages, size_t every)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		err(1, "%s", name);
	map(pages, PROT_READ, MAP_SHARED, fd, first);
	close(fd);
	touch(every, false, false);
}

static void map_files(const char *dir, size_t count)
{
	char name[4096];

	for (size_t i = 0; i < count; i++) {
		char *page;
		int fd;

		snprintf(name, sizeof(name), "%s/%zu", dir, i);
		fd = open(name, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || ftruncate(fd, PAGE))
			err(1, "%s", name);
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (page == MAP_FAILED)
			err(1, "mmap");
		*page = 1;
		close(fd);
	}
}

static void map_huge(size_t pages)
{
	map(pages + HUGE / PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	last = (char *)(((unsigned long)last + HUGE - 1) & ~(HUGE - 1));
	last_pages = pages;
	madvise(last, pages * PAGE, MADV_NORMAL);
	if (madvise(last, pages * PAGE, MADV_HUGEPAGE))
		warn("no huge pages");
	touch(1, false, true);
}

static void map_memfd(const char *name, size_t pages)
{
	int fd = memfd_create(name, 0);

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		err(1, "memfd");
	map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	touch(1, false, true);
}

static void map_huge_file(size_t pages)
{
	int fd = memfd_create("huge", MFD_HUGETLB);

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		err(1, "memfd of huge pages");
	map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	touch(1, false, true);
}

static void map_device(const char *name, size_t pages)
{
	int fd = open(name, O_RDWR);

	if (fd < 0)
		err(1, "%s", name);
	map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	touch(1, true, false);
}

static void map_kernel(size_t pages)
{
	union bpf_attr array = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.map_flags = BPF_F_MMAPABLE,
		.key_size = 4,
		.value_size = PAGE,
		.max_entries = pages,
	};
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, &array, sizeof(array));

	if (fd < 0)
		err(1, "bpf");
	map(pages, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	touch(1, true, true);
}

/* The mapping is one again afterwards; and nobody makes them huge again. */
static void split_huge(void)
{
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		err(1, "prctl");
	for (size_t i = 0; i < last_pages; i += HUGE / PAGE)
		if (mprotect(last + i * PAGE, PAGE, PROT_READ) ||
		    mprotect(last + i * PAGE, PAGE, PROT_READ | PROT_WRITE))
			err(1, "mprotect");
}

static void map_crossing(void)
{
	size_t size = last_pages * PAGE;
	char *area = mmap(NULL, size + 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		err(1, "mmap");
	area = (char *)(((unsigned long)area + HUGE - 1) & ~(HUGE - 1)) + HUGE / 2;
	if (mremap(last, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, area) != area)
		err(1, "mremap");
	last = area;
	fprintf(ranges, "%lx-%lx\n", (unsigned long)last, (unsigned long)last + size);
}

static void drop(size_t every)
{
	for (size_t i = 0; i < last_pages; i += every)
		if (madvise(last + i * PAGE, PAGE, MADV_DONTNEED))
			err(1, "madvise");
}

static void protect(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };
	struct uffdio_register reg = {
		.range = { (unsigned long)last, last_pages * PAGE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect wp = {
		.range = reg.range,
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, 0);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg) ||
	    ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
		err(1, "userfaultfd");
}

static void splice_pages(size_t pages)
{
	struct iovec iov = { last, pages * PAGE };
	int ends[2];

	if (pipe(ends) || fcntl(ends[1], F_SETPIPE_SZ, pages * PAGE) < 0 ||
	    vmsplice(ends[1], &iov, 1, 0) != (ssize_t)(pages * PAGE))
		err(1, "vmsplice");
}

static void change(const char *what)
{
	size_t size = last_pages * PAGE;
	int failed = -1;

	if (!strcmp(what, "pageout")) {
		failed = madvise(last, size, MADV_PAGEOUT);
	} else if (!strcmp(what, "same")) {
		memset(last, 'x', size);
		failed = madvise(last, size, MADV_MERGEABLE);
	} else if (!strcmp(what, "lock")) {
		failed = mlock(last, size);
	} else if (!strcmp(what, "unmap")) {
		failed = munmap(last, size);
	} else if (!strcmp(what, "split")) {
		split_huge();
		failed = 0;
	} else if (!strcmp(what, "crossing")) {
		map_crossing();
		failed = 0;
	} else if (!strcmp(what, "protect")) {
		protect();
		failed = 0;
	} else {
		errx(2, "no such step: %s", what);
	}
	if (failed)
		err(1, "%s", what);
}

static void map_sysv(size_t pages, bool stays)
{
	int id = shmget(IPC_PRIVATE, pages * PAGE, 0600);

	last_pages = pages;
	last = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
	if (last == (void *)-1)
		err(1, "shm");
	fprintf(ranges, "%lx-%lx\n", (unsigned long)last, (unsigned long)last + pages * PAGE);
	if (!stays)
		shmctl(id, IPC_RMID, NULL);
	touch(1, false, true);
}

static void fill_sockets(size_t pages)
{
	static char data[PAGE];
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), out = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (void *)&at, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&at, &len) || connect(out, (void *)&at, len) ||
	    accept(listener, NULL, NULL) < 0)
		err(1, "sockets");
	while (pages--)
		if (send(out, data, PAGE, MSG_DONTWAIT) != PAGE)
			err(1, "send");
}

static void count_event(const char *group)
{
	struct perf_event_attr clock = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(clock),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};
	int fd = open(group, O_RDONLY);

	if (fd < 0 || syscall(SYS_perf_event_open, &clock, fd, 0, -1, PERF_FLAG_PID_CGROUP) < 0)
		err(1, "%s", group);
	close(fd);
}

static void enter(const char *group)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/cgroup.procs", group);
	fd = open(name, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", name);
	close(fd);
}

/* Once for no time, before it is said that all is in place: what holding still needs is mapped, too, then. */
static void hold_still(int ms)
{
	poll(NULL, 0, ms);
}

static void fork_child(const char *group, size_t every)
{
	int done[2];
	char byte = 0;

	if (pipe(done))
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		enter(group);
		touch(every, !every, every);
		hold_still(0);
		if (write(done[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			hold_still(-1);
	default:
		close(done[1]);
		if (read(done[0], &byte, 1) != 1)
			errx(1, "the child in %s failed", group);
		close(done[0]);
	}
}

/* One child goes from group to group: a new one for each takes five times as long. */
static void pay(const char *folder, size_t groups)
{
	char group[4096];
	pid_t child = fork();
	int status;

	if (child < 0)
		err(1, "fork");
	if (child) {
		if (waitpid(child, &status, 0) < 0 || status)
			errx(1, "the child in %s failed", folder);
		return;
	}
	for (size_t i = 0; i < groups; i++) {
		snprintf(group, sizeof(group), "%s/%zu", folder, i + 1);
		if (mkdir(group, 0755))
			err(1, "%s", group);
		enter(group);
		last[i * PAGE] = 1;
	}
	_exit(0);
}

static void step(char *text)
{
	char *word[MAX_WORDS] = { NULL };
	unsigned long number[MAX_WORDS] = { 0 };

	for (int i = 0; i < MAX_WORDS && (word[i] = strsep(&text, ":")); i++)
		number[i] = strtoul(word[i], NULL, 10);
	if (!strcmp(word[0], "shared") || !strcmp(word[0], "private")) {
		map_file(word[1], number[2], number[3], number[4], word[0][0] == 's');
	} else if (!strcmp(word[0], "read")) {
		map_to_read(word[1], number[2], number[3], number[4]);
	} else if (!strcmp(word[0], "files")) {
		map_files(word[1], number[2]);
	} else if (!strcmp(word[0], "again-and-again")) {
		while (number[2]--)
			map_file(word[1], 0, 1, 1, true);
	} else if (!strcmp(word[0], "anon")) {
		map(number[1], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		touch(number[2], true, true);
	} else if (!strcmp(word[0], "reserve")) {
		map(number[1], PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
		last[0] = last[(number[1] - 1) * PAGE] = 1;
	} else if (!strcmp(word[0], "huge")) {
		map_huge(number[1]);
	} else if (!strcmp(word[0], "memfd")) {
		map_memfd(word[1], number[2]);
	} else if (!strcmp(word[0], "sysv")) {
		map_sysv(number[1], false);
	} else if (!strcmp(word[0], "left")) {
		map_sysv(number[1], true);
	} else if (!strcmp(word[0], "sockets")) {
		fill_sockets(number[1]);
	} else if (!strcmp(word[0], "event")) {
		count_event(word[1]);
	} else if (!strcmp(word[0], "zero")) {
		map(number[1], PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		touch(1, false, true);
	} else if (!strcmp(word[0], "owners")) {
		pay(word[1], number[2]);
	} else if (!strcmp(word[0], "fork")) {
		fork_child(word[1], number[2]);
	} else if (!strcmp(word[0], "huge-file")) {
		map_huge_file(number[1]);
	} else if (!strcmp(word[0], "device")) {
		map_device(word[1], number[2]);
	} else if (!strcmp(word[0], "kernel")) {
		map_kernel(number[1]);
	} else if (!strcmp(word[0], "write")) {
		touch(number[1], false, true);
	} else if (!strcmp(word[0], "again")) {
		touch(number[1], false, false);
	} else if (!strcmp(word[0], "drop")) {
		drop(number[1]);
	} else if (!strcmp(word[0], "splice")) {
		splice_pages(number[1]);
	} else {
		change(word[0]);
	}
}

int main(int argc, char **argv)
{
	char part[4096];

	if (argc < 2)
		errx(2, "usage: hold READY STEP...");
	snprintf(part, sizeof(part), "%s.part", argv[1]);
	ranges = fopen(part, "w");
	if (!ranges)
		err(1, "%s", part);
	for (int i = 2; i < argc; i++)
		step(argv[i]);
	hold_still(0);
	if (fclose(ranges) || rename(part, argv[1]))
		err(1, "%s", argv[1]);
	for (;;)
		hold_still(-1);
}
