// SPDX-License-Identifier: GPL-2.0-only
/*
 * protocol attributes GROUP		every attribute missing, of a wrong size, twice, unknown
 * protocol descriptors GROUP		descriptors of everything but memory.max
 * protocol random SEED TIMES GROUP	messages cut and garbled at random
 * protocol dump GROUP TIMES		a dump, read slowly, while groups below GROUP come and go TIMES times
 * protocol half GROUP			a dump closed half-way, and one left open while GROUP is removed
 * protocol parallel SEED SECONDS GROUP...	requests from several threads at once
 *
 * Every answer that is an error must have a text, and change nothing. Status 1 and a line for each that has not.
 */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "genl.h"
#include "group.h"

#define BUFFER 8192
#define THREADS 6
#define KEPT 150

/* A request, its answer and its end. */
struct talk {
	struct mnl_socket *socket;
	uint16_t family;
	unsigned int seq;
	char buf[BUFFER] __attribute__((aligned(8)));
	struct nlmsghdr *message;
	struct mcg_exchange exchange;
};

static int failures;

static void fail(const char *what, const char *why)
{
	printf("%s: %s\n", what, why);
	failures++;
}

static void option(struct talk *talk, int name)
{
	int on = 1;

	if (mnl_socket_setsockopt(talk->socket, name, &on, sizeof(on)))
		err(1, "setsockopt");
}

static void open_talk(struct talk *talk)
{
	talk->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!talk->socket || mnl_socket_bind(talk->socket, 0, MNL_SOCKET_AUTOPID))
		err(1, "netlink socket");
	option(talk, NETLINK_EXT_ACK);
	option(talk, NETLINK_CAP_ACK);
	option(talk, NETLINK_GET_STRICT_CHK);
}

static void begin(struct talk *talk, uint16_t type, uint8_t command, uint16_t flags)
{
	struct genlmsghdr *genl;

	talk->message = mnl_nlmsg_put_header(talk->buf);
	genl = mnl_nlmsg_put_extra_header(talk->message, sizeof(*genl));
	talk->message->nlmsg_type = type;
	talk->message->nlmsg_flags = NLM_F_REQUEST | flags;
	talk->message->nlmsg_seq = ++talk->seq;
	genl->cmd = command;
	genl->version = 1;
}

/* Sends what is in the buffer and reads to the end of the answer. Return: 0, or its errno. */
static int ask(struct talk *talk, mcg_reply_fn reply, void *data)
{
	char answer[BUFFER] __attribute__((aligned(8)));
	ssize_t len;
	int ret;

	memset(&talk->exchange, 0, sizeof(talk->exchange));
	talk->exchange.seq = talk->seq;
	talk->exchange.portid = mnl_socket_get_portid(talk->socket);
	talk->exchange.type = talk->message->nlmsg_type;
	talk->exchange.reply = reply;
	talk->exchange.data = data;
	if (mnl_socket_sendto(talk->socket, talk->buf, talk->message->nlmsg_len) < 0)
		err(1, "send");
	do {
		len = mnl_socket_recvfrom(talk->socket, answer, sizeof(answer));
		if (len < 0)
			err(1, "receive");
		ret = mcg_genl_read(&talk->exchange, answer, len);
	} while (ret > 0);
	return ret ? errno : 0;
}

static int take_family(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[CTRL_ATTR_FAMILY_ID + 1] = { [CTRL_ATTR_FAMILY_ID] = MNL_TYPE_U16 };
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];

	if (mcg_attr_parse(message, types, CTRL_ATTR_FAMILY_ID, tb) || !tb[CTRL_ATTR_FAMILY_ID])
		return -1;
	*(uint16_t *)data = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

static void connect_talk(struct talk *talk)
{
	memset(talk, 0, sizeof(*talk));
	open_talk(talk);
	begin(talk, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(talk->message, CTRL_ATTR_FAMILY_NAME, MEMCGCTL_GENL_NAME);
	if (ask(talk, take_family, &talk->family) || !talk->family)
		errx(1, "module not loaded");
}

/* The request in the buffer must fail with @errnum (0: any) and a text. */
static void refused(struct talk *talk, const char *what, int errnum)
{
	int got = ask(talk, NULL, NULL);
	char why[256];

	if (!got) {
		fail(what, "it was not refused");
	} else if (errnum && got != errnum) {
		snprintf(why, sizeof(why), "%s instead of errno %d", strerror(got), errnum);
		fail(what, why);
	} else if (!talk->exchange.extack[0]) {
		snprintf(why, sizeof(why), "%s, without a text", strerror(got));
		fail(what, why);
	} else {
		printf("# %s: %s (%s)\n", what, talk->exchange.extack, strerror(got));
	}
}

static const struct {
	uint16_t type;
	uint8_t command;
	uint16_t right;
	const char *name;
} attributes[] = {
	{ MEMCGCTL_KMEM_FD, MEMCGCTL_CMD_KMEM_GET, 4, "descriptor of a get" },
	{ MEMCGCTL_KMEM_FD, MEMCGCTL_CMD_KMEM_SET, 4, "descriptor of a set" },
	{ MEMCGCTL_KMEM_LIMIT, MEMCGCTL_CMD_KMEM_SET, 8, "limit" },
	{ MEMCGCTL_KMEM_MODE, MEMCGCTL_CMD_KMEM_SET, 1, "mode" },
};

/* A whole request, but for the attribute @without. */
static void request(struct talk *talk, uint8_t command, int fd, uint16_t without)
{
	begin(talk, talk->family, command, NLM_F_ACK);
	if (without != MEMCGCTL_KMEM_FD)
		mnl_attr_put_u32(talk->message, MEMCGCTL_KMEM_FD, fd);
	if (command != MEMCGCTL_CMD_KMEM_SET)
		return;
	if (without != MEMCGCTL_KMEM_LIMIT)
		mnl_attr_put_u64(talk->message, MEMCGCTL_KMEM_LIMIT, 1 << 20);
	if (without != MEMCGCTL_KMEM_MODE)
		mnl_attr_put_u8(talk->message, MEMCGCTL_KMEM_MODE, MEMCGCTL_KMEM_OBSERVE);
}

/* What a dump must not be asked; 6.1 tells no text about a dump that cannot begin. */
static void wrong_filters(const char *group)
{
	static const struct {
		uint16_t type;
		int size;
		uint64_t value;
		int errnum;
	} filters[] = {
		{ MEMCGCTL_ATTRIBUTION_OWNER, 8, 1ULL << 60, ENOENT },
		{ MEMCGCTL_ATTRIBUTION_SUBTREE, 8, 1ULL << 60, ENOENT },
		{ MEMCGCTL_ATTRIBUTION_SUBTREE, 4, 1, EINVAL },
		{ MEMCGCTL_ATTRIBUTION_FD, 4, 1000, EBADF },
		{ MEMCGCTL_ATTRIBUTION_FD, 4, UINT32_MAX, EBADF },
		{ MEMCGCTL_ATTRIBUTION_FD, 8, 0, EINVAL },
		{ MEMCGCTL_ATTRIBUTION_MIN_SIZE, 4, 0, EINVAL },
		{ MEMCGCTL_ATTRIBUTION_CELLS, 8, 0, EINVAL },
	};
	int folder = open(group, O_RDONLY | O_DIRECTORY);
	struct talk talk;
	char what[128];

	connect_talk(&talk);
	for (size_t i = 0; i <= sizeof(filters) / sizeof(*filters); i++) {
		bool last = i == sizeof(filters) / sizeof(*filters);
		int expected = last ? EINVAL : filters[i].errnum, got;

		begin(&talk, talk.family, MEMCGCTL_CMD_ATTRIBUTION, NLM_F_DUMP);
		if (last)
			mnl_attr_put_u32(talk.message, MEMCGCTL_ATTRIBUTION_FD, folder);
		else
			mnl_attr_put(talk.message, filters[i].type, filters[i].size,
				     &filters[i].value);
		got = ask(&talk, NULL, NULL);
		snprintf(what, sizeof(what), "filter %zu: %s instead of errno %d", i, strerror(got),
			 expected);
		if (got != expected)
			fail("attribution", what);
	}
}

static void wrong_attributes(const char *group)
{
	static const uint16_t sizes[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 4000 };
	int fd = group_open(group, "memory.max", O_RDWR);
	static const char data[4096];
	struct talk talk;
	char what[128];

	connect_talk(&talk);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		for (size_t j = 0; j < sizeof(sizes) / sizeof(*sizes); j++) {
			if (sizes[j] == attributes[i].right)
				continue;
			request(&talk, attributes[i].command, fd, attributes[i].type);
			mnl_attr_put(talk.message, attributes[i].type, sizes[j], data);
			snprintf(what, sizeof(what), "%s of %u bytes", attributes[i].name, sizes[j]);
			refused(&talk, what, 0);
		}
		if (attributes[i].type == MEMCGCTL_KMEM_MODE)
			continue;
		request(&talk, attributes[i].command, fd, attributes[i].type);
		snprintf(what, sizeof(what), "no %s", attributes[i].name);
		refused(&talk, what, EINVAL);
	}
	for (uint8_t command = MEMCGCTL_CMD_STATUS; command <= MEMCGCTL_CMD_KMEM_SET; command++) {
		for (uint16_t type = MEMCGCTL_KMEM_MODE + 1; type < 40; type++) {
			request(&talk, command, fd, 0);
			if (command == MEMCGCTL_CMD_STATUS)
				begin(&talk, talk.family, command, NLM_F_ACK);
			mnl_attr_put_u64(talk.message, type, 0);
			snprintf(what, sizeof(what), "command %u with attribute %u", command, type);
			refused(&talk, what, EINVAL);
		}
	}
	request(&talk, MEMCGCTL_CMD_KMEM_SET, fd, MEMCGCTL_KMEM_MODE);
	mnl_attr_put_u8(talk.message, MEMCGCTL_KMEM_MODE, MEMCGCTL_KMEM_MODE_MAX + 1);
	refused(&talk, "a mode that is none", 0);
	begin(&talk, talk.family, MEMCGCTL_CMD_KMEM_GET, NLM_F_DUMP);
	mnl_attr_put_u32(talk.message, MEMCGCTL_KMEM_LIMIT, 1);
	refused(&talk, "a dump with an attribute", EINVAL);
	wrong_filters(group);
}

static void descriptor(struct talk *talk, const char *what, int fd, int errnum)
{
	char name[128];

	if (fd < 0 && errnum != EBADF)
		err(1, "%s", what);
	snprintf(name, sizeof(name), "set by %s", what);
	request(talk, MEMCGCTL_CMD_KMEM_SET, fd, 0);
	refused(talk, name, errnum);
	/* What is only not writable may be read. */
	if (errnum == EPERM)
		return;
	snprintf(name, sizeof(name), "get by %s", what);
	request(talk, MEMCGCTL_CMD_KMEM_GET, fd, 0);
	refused(talk, name, errnum);
}

static void wrong_descriptors(const char *group)
{
	char path[PATH_MAX + 32], folder[] = "/tmp/v1-XXXXXX";
	struct talk talk;
	int pair[2], fd;

	connect_talk(&talk);
	if (pipe(pair))
		err(1, "pipe");
	descriptor(&talk, "a pipe", pair[1], EINVAL);
	descriptor(&talk, "a folder", open(group, O_RDONLY | O_DIRECTORY), EINVAL);
	descriptor(&talk, "cgroup.procs", group_open(group, "cgroup.procs", O_RDWR), EINVAL);
	descriptor(&talk, "memory.high", group_open(group, "memory.high", O_RDWR), EINVAL);
	descriptor(&talk, "a number that is not open", 1000, EBADF);
	descriptor(&talk, "minus one", -1, EBADF);
	descriptor(&talk, "memory.max, only a path", group_open(group, "memory.max", O_PATH), EBADF);
	descriptor(&talk, "memory.max, not for writing", group_open(group, "memory.max", O_RDONLY),
		   EPERM);
	descriptor(&talk, "a netlink socket", mnl_socket_get_fd(talk.socket), EINVAL);
	if (mkdir("/tmp/no-group", 0700) && errno != EEXIST)
		err(1, "mkdir");
	descriptor(&talk, "another memory.max",
		   open("/tmp/no-group/memory.max", O_RDWR | O_CREAT, 0600), EINVAL);

	snprintf(path, sizeof(path), "%s/gone", group);
	if (mkdir(path, 0755))
		err(1, "%s", path);
	fd = group_open(path, "memory.max", O_RDWR);
	if (rmdir(path))
		err(1, "%s", path);
	descriptor(&talk, "memory.max of a removed group", fd, ENODEV);

	if (!mkdtemp(folder) || mount("v1", folder, "cgroup", 0, "none,name=netlink"))
		err(1, "mount of a v1 hierarchy");
	fd = group_open(folder, "cgroup.procs", O_RDWR);
	descriptor(&talk, "a v1 file", fd, EINVAL);
	close(fd);
	umount(folder);
	rmdir(folder);
}

/* Anything may come back, or nothing. */
static void drain(struct talk *talk)
{
	char answer[BUFFER];

	while (recv(mnl_socket_get_fd(talk->socket), answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

static void random_messages(uint32_t seed, unsigned int times, const char *group)
{
	/* Not for writing, so that no luck makes it a request that changes something. */
	int fd = group_open(group, "memory.max", O_RDONLY);
	struct talk talk;

	connect_talk(&talk);
	for (unsigned int i = 0; i < times; i++) {
		uint8_t command = MEMCGCTL_CMD_STATUS + next_random(&seed) % 6;
		size_t from = next_random(&seed) % 2 ? sizeof(struct nlmsghdr) + GENL_HDRLEN : 0, len;

		request(&talk, command, fd, next_random(&seed) % 8);
		if (next_random(&seed) % 4 == 0)
			talk.message->nlmsg_flags |= NLM_F_DUMP;
		for (int n = next_random(&seed) % 3; n >= 0; n--)
			mnl_attr_put(talk.message, next_random(&seed) % 40, next_random(&seed) % 12,
				     talk.buf);
		len = talk.message->nlmsg_len;
		for (int n = next_random(&seed) % 4; n > 0; n--)
			talk.buf[from + next_random(&seed) % (len - from)] = next_random(&seed);
		if (next_random(&seed) % 3 == 0)
			len = next_random(&seed) % (len + 1);
		if (len >= sizeof(*talk.message) && next_random(&seed) % 2)
			talk.message->nlmsg_len = len;
		if (len && send(mnl_socket_get_fd(talk.socket), talk.buf, len, 0) < 0 &&
		    errno != EINVAL)
			err(1, "send");
		drain(&talk);
		if (i % 512 == 0) {
			/* A dump left over from before would keep the next one from beginning. */
			mnl_socket_close(talk.socket);
			open_talk(&talk);
		}
	}
	/* And whole ones with what no length betrays: these have a text. */
	for (unsigned int i = 0; i < times / 4; i++) {
		request(&talk, MEMCGCTL_CMD_KMEM_SET, next_random(&seed) % 64 + 64,
			next_random(&seed) % 5);
		mnl_attr_put(talk.message, next_random(&seed) % 8 + 6, next_random(&seed) % 12,
			     talk.buf);
		if (!ask(&talk, NULL, NULL))
			fail("random", "a request was not refused");
		else if (!talk.exchange.extack[0])
			fail("random", "an error has no text");
	}
}

struct seen {
	char name[KEPT];
	unsigned int others;
	unsigned int twice;
};

static int take_entry(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[MEMCGCTL_KMEM_PATH + 1] = { [MEMCGCTL_KMEM_PATH] =
								       MNL_TYPE_NUL_STRING };
	const struct nlattr *tb[MEMCGCTL_KMEM_PATH + 1];
	struct seen *seen = data;
	const char *name;
	unsigned int i;

	if (mcg_attr_parse(message, types, MEMCGCTL_KMEM_PATH, tb) || !tb[MEMCGCTL_KMEM_PATH])
		return -1;
	name = strrchr(mnl_attr_get_str(tb[MEMCGCTL_KMEM_PATH]), '/');
	if (sscanf(name, "/kept-%u", &i) != 1 || i >= KEPT)
		seen->others++;
	else
		seen->twice += seen->name[i]++;
	return 0;
}

static void *come_and_go(void *arg)
{
	struct mcg_module *module = connect_module();
	char name[PATH_MAX + 32];
	struct mcg_error error;
	const char *group = arg;

	for (unsigned int i = 0; !__atomic_load_n(&failures, __ATOMIC_RELAXED); i++) {
		snprintf(name, sizeof(name), "%s/short-%u", group, i % 64);
		if (rmdir(name) && errno != ENOENT)
			err(1, "rmdir %s", name);
		pthread_testcancel();
		if (mkdir(name, 0755))
			err(1, "mkdir %s", name);
		set_limit(module, name, 1 << 20, MEMCGCTL_KMEM_OBSERVE, &error);
	}
	return NULL;
}

static void dumps(const char *group, unsigned int times)
{
	struct mcg_module *module = connect_module();
	char name[PATH_MAX + 32];
	struct mcg_error error;
	struct talk talk;
	pthread_t thread;
	int size = 2048;

	for (unsigned int i = 0; i < KEPT; i++) {
		snprintf(name, sizeof(name), "%s/kept-%u", group, i);
		if (mkdir(name, 0755) ||
		    set_limit(module, name, 1 << 20, MEMCGCTL_KMEM_OBSERVE, &error))
			errx(1, "%s: %s", name, error.message);
	}
	connect_talk(&talk);
	if (setsockopt(mnl_socket_get_fd(talk.socket), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		err(1, "setsockopt");
	pthread_create(&thread, NULL, come_and_go, (void *)group);
	for (unsigned int i = 0; i < times; i++) {
		struct seen seen = { .others = 0 };
		int errnum;

		begin(&talk, talk.family, MEMCGCTL_CMD_KMEM_GET, NLM_F_DUMP);
		errnum = ask(&talk, take_entry, &seen);
		if (errnum)
			fail("dump", strerror(errnum));
		if (seen.twice)
			fail("dump", "a group was listed twice");
		for (unsigned int j = 0; j < KEPT; j++)
			if (!seen.name[j])
				fail("dump", "a group was left out");
	}
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

/* The first part of a dump only. */
static void open_dump(struct talk *talk)
{
	char answer[BUFFER];

	connect_talk(talk);
	begin(talk, talk->family, MEMCGCTL_CMD_KMEM_GET, NLM_F_DUMP);
	if (mnl_socket_sendto(talk->socket, talk->buf, talk->message->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(talk->socket, answer, sizeof(answer)) < 0)
		err(1, "dump");
}

static void half_dumps(const char *group)
{
	struct mcg_module *module = connect_module();
	struct talk open, closed;
	char name[PATH_MAX + 32];
	struct mcg_error error;

	for (unsigned int i = 0; i < KEPT; i++) {
		snprintf(name, sizeof(name), "%s/half-%u", group, i);
		if (mkdir(name, 0755) ||
		    set_limit(module, name, 1 << 20, MEMCGCTL_KMEM_OBSERVE, &error))
			errx(1, "%s: %s", name, error.message);
	}
	open_dump(&closed);
	mnl_socket_close(closed.socket);
	open_dump(&open);
	for (unsigned int i = 0; i < KEPT; i++) {
		snprintf(name, sizeof(name), "%s/half-%u", group, i);
		if (rmdir(name))
			err(1, "rmdir %s", name);
	}
	for (unsigned int i = 0;
	     i < 100 && group_value(group, "cgroup.stat", "nr_dying_descendants"); i++)
		sleep_ms(100);
	if (group_value(group, "cgroup.stat", "nr_dying_descendants"))
		fail("half a dump", "groups stay dying while it is open");
	mnl_socket_close(open.socket);
}

struct requests {
	pthread_t thread;
	uint32_t seed;
	uint64_t end;
	int n;
	char **group;
};

static void *requests_thread(void *arg)
{
	struct mcg_module *module = connect_module();
	struct requests *requests = arg;
	struct mcg_kmem_list list;
	struct mcg_health health;
	struct mcg_error error;
	int errnum;

	while (now_ms() < requests->end) {
		const char *group = requests->group[next_random(&requests->seed) % requests->n];
		uint32_t kind = next_random(&requests->seed) % 8;

		if (kind == 0) {
			if (mcg_kmem_list(module, &list, &error))
				fail("list", error.message);
			mcg_kmem_list_free(&list);
		} else if (kind == 1) {
			if (mcg_health_get(module, &health, &error))
				fail("status", error.message);
			mcg_health_free(&health);
		} else if (kind < 5) {
			get_usage(module, group);
		} else {
			errnum = set_limit(module, group, kind == 5 ? MEMCGCTL_SIZE_MAX : 1 << 22,
					   MEMCGCTL_KMEM_ENFORCE, &error);
			if (errnum && !strstr(error.message, "another request cleared the limit"))
				fail("set", error.message);
		}
	}
	mcg_module_close(module);
	return NULL;
}

static void parallel(uint32_t seed, unsigned int seconds, int n, char **group)
{
	struct requests requests[THREADS];

	for (int i = 0; i < THREADS; i++) {
		requests[i] = (struct requests){
			.seed = seed + i, .end = now_ms() + seconds * 1000, .n = n, .group = group
		};
		pthread_create(&requests[i].thread, NULL, requests_thread, &requests[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(requests[i].thread, NULL);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	if (!strcmp(mode, "attributes"))
		wrong_attributes(argv[2]);
	else if (!strcmp(mode, "descriptors"))
		wrong_descriptors(argv[2]);
	else if (!strcmp(mode, "random") && argc == 5)
		random_messages(strtoul(argv[2], NULL, 0), atoi(argv[3]), argv[4]);
	else if (!strcmp(mode, "dump") && argc == 4)
		dumps(argv[2], atoi(argv[3]));
	else if (!strcmp(mode, "half"))
		half_dumps(argv[2]);
	else if (!strcmp(mode, "parallel") && argc > 4)
		parallel(strtoul(argv[2], NULL, 0), atoi(argv[3]), argc - 4, argv + 4);
	else
		errx(2, "usage: protocol attributes|descriptors|random|dump|half|parallel ...");
	return failures > 0;
}
