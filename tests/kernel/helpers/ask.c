// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask UID FD-UID set|get GROUP [SIZE]	open memory.max of GROUP as user FD-UID, and ask the module as user UID
 * ask UID - list|status|events		ask as user UID
 *
 * Prints the error, or what was got; the status is that of memcgctl.
 */
#include <grp.h>
#include <sys/fsuid.h>

#include "group.h"

static int finish(int ret, const struct mcg_error *error)
{
	if (!ret)
		return 0;
	printf("%s\n", error->message);
	return error->status;
}

static void become(uid_t uid)
{
	if (!uid)
		return;
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		err(1, "user %u", uid);
}

/* Opened by a user that this process is only for as long as that takes. */
static int open_as(uid_t uid, const char *group, int flags)
{
	int fd, saved;

	if (seteuid(uid))
		err(1, "user %u", uid);
	fd = group_open(group, "memory.max", flags);
	saved = errno;
	if (seteuid(0))
		err(1, "seteuid");
	errno = saved;
	if (fd < 0)
		err(1, "%s/memory.max", group);
	return fd;
}

static int about_group(uid_t uid, uid_t opener, int argc, char **argv)
{
	const int set = !strcmp(argv[3], "set");
	struct mcg_error error = { .status = MCG_OK };
	int fd = open_as(opener, argv[4], set ? O_WRONLY : O_RDONLY), ret;
	struct mcg_module *module;
	struct mcg_kmem kmem;

	become(uid);
	module = connect_module();
	if (set)
		ret = mcg_kmem_set(module, fd, argc > 5 ? strtoull(argv[5], NULL, 0) : 1 << 20,
				   MEMCGCTL_KMEM_ENFORCE, &kmem, &error);
	else
		ret = mcg_kmem_get(module, fd, &kmem, &error);
	if (!ret)
		printf("%s %llu %s\n", kmem.path, (unsigned long long)kmem.limit,
		       kmem.effective_path ? kmem.effective_path : "(hidden)");
	return finish(ret, &error);
}

static int list(struct mcg_module *module, struct mcg_error *error)
{
	struct mcg_kmem_list list;
	int ret = mcg_kmem_list(module, &list, error);

	for (size_t i = 0; !ret && i < list.n; i++)
		printf("%s %s\n", list.entry[i].path,
		       list.entry[i].effective_path ? list.entry[i].effective_path : "(hidden)");
	mcg_kmem_list_free(&list);
	return ret;
}

int main(int argc, char **argv)
{
	struct mcg_error error = { .status = MCG_OK };
	struct mcg_health health;
	struct mcg_module *module;

	if (argc < 4)
		errx(2, "usage: ask UID FD-UID set|get GROUP [SIZE] | ask UID - list|status|events");
	if (argc > 4)
		return about_group(atoi(argv[1]), atoi(argv[2]), argc, argv);
	become(atoi(argv[1]));
	module = connect_module();
	if (!strcmp(argv[3], "list"))
		return finish(list(module, &error), &error);
	if (!strcmp(argv[3], "status"))
		return finish(mcg_health_get(module, &health, &error), &error);
	return finish(mcg_event_listen(module, &error), &error);
}
