// SPDX-License-Identifier: GPL-2.0-only
/*
 * families PARAMETER PID: as long as that process lives, registers the family of the test module (by its parameter), lists all
 * families, which must show it, and unregisters it. Prints how often, and the longest that each took, in microseconds.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAMILY "memcgctl-test"

static char buf[32768] __attribute__((aligned(8)));

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* Keeps the longest time since @start in @slowest. */
static void timed(uint64_t start, uint64_t *slowest)
{
	uint64_t took = now_us() - start;

	if (took > *slowest)
		*slowest = took;
}

static void set(int parameter, const char *value)
{
	if (pwrite(parameter, value, 1, 0) != 1)
		err(1, "cannot set the parameter to %s", value);
}

static bool names_family(ssize_t len)
{
	return memmem(buf, len, FAMILY, sizeof(FAMILY));
}

/* One datagram of the list; sets @end when it is the last. */
static bool read_list(int socket, bool *end)
{
	ssize_t len = recv(socket, buf, sizeof(buf), 0);
	bool found = false;

	if (len < 0)
		err(1, "recv");
	found = names_family(len);
	for (struct nlmsghdr *m = (void *)buf; NLMSG_OK(m, len); m = NLMSG_NEXT(m, len)) {
		if (m->nlmsg_type == NLMSG_ERROR)
			errx(1, "the list is an error");
		*end |= m->nlmsg_type == NLMSG_DONE;
	}
	return found;
}

static void list(int socket)
{
	struct {
		struct nlmsghdr header;
		struct genlmsghdr genl;
	} request = {
		{ sizeof(request), GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		{ .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
	};
	bool found = false, end = false;

	if (send(socket, &request, sizeof(request), 0) < 0)
		err(1, "send");
	while (!end)
		found |= read_list(socket, &end);
	if (!found)
		errx(1, "the family is not listed");
}

int main(int argc, char **argv)
{
	uint64_t start, registering = 0, listing = 0, unregistering = 0;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), parameter;
	unsigned int times = 0;
	pid_t pid;

	if (argc != 3)
		errx(2, "usage: families PARAMETER PID");
	parameter = open(argv[1], O_WRONLY);
	if (parameter < 0 || fd < 0)
		err(1, "%s", argv[1]);
	/* Reading this program from a disk takes time that is nobody's work. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
	pid = strtoul(argv[2], NULL, 10);
	for (; !kill(pid, 0); times++) {
		start = now_us();
		set(parameter, "1");
		timed(start, &registering);
		start = now_us();
		list(fd);
		timed(start, &listing);
		start = now_us();
		set(parameter, "0");
		timed(start, &unregistering);
	}
	printf("times=%u registering_us=%ju listing_us=%ju unregistering_us=%ju\n", times,
	       (uintmax_t)registering, (uintmax_t)listing, (uintmax_t)unregistering);
	return 0;
}
