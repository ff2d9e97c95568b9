// SPDX-License-Identifier: LGPL-2.1-or-later
/* Calls for programs about their own group: by madvise(2) where the module has it, or else by netlink. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "error.h"
#include "group.h"

/* libcgroup keeps the mounts it found for all threads, and begins anew each time it is asked. */
static pthread_mutex_t tree_lock = PTHREAD_MUTEX_INITIALIZER;

/* What a request is about, and for whom. A descriptor that is not used is -1. */
struct object {
	int pidfd;
	int fd;
	uint64_t start;
	uint64_t end;
};

struct connection {
	struct mcg_module *module;
	int target;
};

/* The errno value that stands for an error of the library; returns -1. */
static int fail_as(const struct mcg_error *err)
{
	if (err->status == MCG_NO_MODULE)
		errno = ENOSYS;
	else
		errno = err->errnum ? err->errnum : EIO;
	return -1;
}

/* A directory without the controller is charged to the nearest one above it that has it. */
static int open_charged(const struct mcg_tree *tree, char *path, struct mcg_error *err)
{
	int fd;

	for (;;) {
		char *slash = strrchr(path, '/');

		fd = mcg_group_open(tree, path, "memory.stat", O_PATH, err);
		if (fd >= 0 || err->errnum != ENOENT || !slash || !path[1])
			break;
		slash[slash == path] = '\0';
	}
	/* The root has all controllers. */
	if (fd < 0)
		return -1;
	close(fd);
	return mcg_group_open(tree, path, "cgroup.procs", O_RDONLY, err);
}

static int open_own_group(struct mcg_error *err)
{
	struct mcg_tree tree;
	char *path;
	int fd = -1;

	pthread_mutex_lock(&tree_lock);
	if (!mcg_tree_open(&tree, err)) {
		if (tree.version != 2) {
			err->errnum = EOPNOTSUPP;
		} else if (!mcg_group_of_pid(&tree, 0, &path, err)) {
			fd = open_charged(&tree, path, err);
			free(path);
		}
		mcg_tree_close(&tree);
	}
	pthread_mutex_unlock(&tree_lock);
	return fd;
}

static void disconnect(struct connection *connection)
{
	int saved = errno;

	if (connection->target >= 0)
		close(connection->target);
	mcg_module_close(connection->module);
	errno = saved;
}

static int connect_own(struct connection *connection)
{
	struct mcg_error err = { .status = MCG_OK };

	connection->target = -1;
	connection->module = mcg_module_open(&err);
	if (connection->module)
		connection->target = open_own_group(&err);
	if (connection->target >= 0)
		return 0;
	disconnect(connection);
	return fail_as(&err);
}

static int claim_for_own(const struct object *object)
{
	struct mcg_claim claim = {
		.pidfd = object->pidfd,
		.fd = object->fd,
		.mount = -1,
		.from = -1,
		.ancestor = -1,
		.at_most = MEMCGCTL_SIZE_MAX,
		.start = object->start,
		.end = object->end,
	};
	struct mcg_receipt sum = { .present = 0 };
	struct mcg_error err = { .status = MCG_OK };
	struct connection connection;
	int ret;

	if (connect_own(&connection))
		return -1;
	claim.target = connection.target;
	do
		ret = mcg_claim_step(connection.module, &claim, &sum, &err);
	while (ret > 0);
	if (ret < 0) {
		fail_as(&err);
	} else if (sum.present != sum.moved + sum.skipped[MEMCGCTL_SKIP_TARGET]) {
		errno = EAGAIN;
		ret = -1;
	}
	disconnect(&connection);
	return ret;
}

static int bind_to_own(const struct object *object)
{
	struct mcg_error err = { .status = MCG_OK };
	struct mcg_bind_target own = { .ancestor = -1, .weight = 1 };
	struct mcg_bind bind = {
		.fd = object->fd,
		.mount_fd = -1,
		.pidfd = object->pidfd,
		.start = object->start,
		.end = object->end,
		.target = &own,
		.n_targets = 1,
	};
	struct connection connection;
	uint32_t id;
	int ret;

	if (connect_own(&connection))
		return -1;
	own.fd = connection.target;
	ret = mcg_bind(connection.module, &bind, &id, &err);
	if (ret)
		fail_as(&err);
	disconnect(&connection);
	return ret;
}

/* Ends what was bound of the caller's own addresses; others ended a binding meanwhile if it is not found. */
static int unbind_range(struct mcg_module *module, const struct object *object, struct mcg_error *err)
{
	struct mcg_binding_list list;
	unsigned int ended = 0;
	int ret = 0;

	if (mcg_bind_list(module, &list, err))
		return -1;
	for (size_t i = 0; !ret && i < list.n; i++) {
		const struct mcg_binding *binding = &list.entry[i];

		if (binding->kind != MEMCGCTL_BIND_RANGE || binding->pid != (uint32_t)getpid() ||
		    binding->start < object->start || binding->end > object->end)
			continue;
		ret = mcg_unbind(module, binding->id, err);
		if (ret && err->errnum == ENOENT)
			ret = 0;
		else
			ended += !ret;
	}
	mcg_bind_list_free(&list);
	if (ret || ended)
		return ret;
	return mcg_fail_errno(err, ENOENT, NULL, "nothing is bound");
}

static int unbind_own(const struct object *object)
{
	struct mcg_error err = { .status = MCG_OK };
	struct mcg_module *module = mcg_module_open(&err);
	int ret = module ? unbind_range(module, object, &err) : -1;

	mcg_module_close(module);
	return ret ? fail_as(&err) : 0;
}

/* What the system call would do, asked for by netlink. */
static int advise(uint64_t start, uint64_t end, int advice)
{
	struct object object = { .fd = -1, .start = start, .end = end };
	int ret, saved;

	if (advice == MADV_MEMCG_UNBIND)
		return unbind_own(&object);
	object.pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	if (object.pidfd < 0)
		return -1;
	ret = advice == MADV_MEMCG_CLAIM ? claim_for_own(&object) : bind_to_own(&object);
	saved = errno;
	close(object.pidfd);
	errno = saved;
	return ret;
}

int memcg_madvise(void *addr, size_t len, int advice)
{
	uint64_t page = sysconf(_SC_PAGESIZE), start = (uintptr_t)addr, end;

	if (!madvise(addr, len, advice))
		return 0;
	if (errno != EINVAL || advice < MADV_MEMCG_CLAIM || advice > MADV_MEMCG_UNBIND)
		return -1;
	/* It is not known there, or it would be EINVAL anyway. */
	if (start % page || __builtin_add_overflow(start, len, &end) || end > UINT64_MAX - page)
		return -1;
	end = (end + page - 1) / page * page;
	return start == end ? 0 : advise(start, end, advice);
}

static int file_range(struct object *object, int fd, off_t offset, off_t len)
{
	off_t page = sysconf(_SC_PAGESIZE), end;

	if (offset < 0 || len < 0 || offset % page || __builtin_add_overflow(offset, len, &end)) {
		errno = EINVAL;
		return -1;
	}
	object->pidfd = -1;
	object->fd = fd;
	object->start = offset;
	object->end = len ? ((uint64_t)end + page - 1) / page * page : MEMCGCTL_SIZE_MAX;
	if (fd >= 0)
		return 0;
	errno = EBADF;
	return -1;
}

int memcg_claim_fd(int fd, off_t offset, off_t len)
{
	struct object object;

	return file_range(&object, fd, offset, len) ? -1 : claim_for_own(&object);
}

int memcg_bind_fd(int fd, off_t offset, off_t len)
{
	struct object object;

	return file_range(&object, fd, offset, len) ? -1 : bind_to_own(&object);
}
