// SPDX-License-Identifier: LGPL-2.1-or-later
#include "orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "claim.h"
#include "descriptors.h"
#include "mounts.h"
#include "orphans_internal.h"

/* Deeper folders of a tmpfs are left out: each level takes a descriptor. */
#define MAX_DEPTH 64

/* Objects are asked about one by one: each takes a request or more to the module. */
struct judge {
	struct hunt *hunt;
	struct mcg_module *module;
	const struct mcg_claim *claim;
	struct mcg_orphans *orphans;
};

void mcg_orphans_free(struct mcg_orphans *orphans)
{
	for (size_t i = 0; i < orphans->n; i++) {
		free(orphans->orphan[i].name);
		free(orphans->orphan[i].path);
	}
	for (size_t i = 0; i < orphans->n_fds; i++)
		close(orphans->fd[i]);
	free(orphans->orphan);
	free(orphans->fd);
	memset(orphans, 0, sizeof(*orphans));
}

/* How many of the set's groups are within @group; all that is gone has none. */
static uint32_t count_within(const struct hunt *hunt, uint32_t set, const char *group, uint32_t *all)
{
	const uint32_t *members = groupset_members(&hunt->sets, set, all);
	uint32_t n = 0;

	for (uint32_t i = 0; i < *all && group; i++)
		n += mcg_group_is_within(hunt->group[members[i]], group);
	return n;
}

static bool is_orphan(const struct hunt *hunt, const struct object *object, const char *owner)
{
	uint32_t all;

	if (count_within(hunt, object->users, owner, &all))
		return false;
	if (hmap_get(&hunt->shmem, object->dev_major, object->dev_minor))
		return true;
	groupset_members(&hunt->sets, object->mappers, &all);
	return all;
}

static int add_orphan(struct judge *judge, const struct object *object, int fd,
		      const struct mcg_owner *owner, char *path)
{
	struct mcg_orphans *orphans = judge->orphans;
	char *name = strdup(object->name ? object->name : "");

	if (!name || !VEC_ROOM(orphans->orphan, orphans->n + 1, orphans->room)) {
		free(name);
		free(path);
		return mcg_fail(judge->hunt->err, MCG_FAILED, NULL, "out of memory");
	}
	orphans->orphan[orphans->n++] = (struct mcg_orphan){
		.fd = fd, .name = name, .owner = owner->id, .path = path, .size = owner->size
	};
	return 0;
}

/* The module tells whose the pages are. */
static int ask_owners(struct judge *judge, int fd, struct mcg_receipt *receipt)
{
	struct mcg_claim claim = MCG_CLAIM_INIT;
	int ret;

	claim.fd = fd;
	claim.target = judge->claim->target;
	claim.ancestor = judge->claim->ancestor;
	claim.flags = MEMCGCTL_CLAIM_DRY_RUN | MEMCGCTL_CLAIM_OWNERS;
	memset(receipt, 0, sizeof(*receipt));
	do
		ret = mcg_claim_step(judge->module, &claim, receipt, judge->hunt->err);
	while (ret > 0);
	return ret;
}

/* The path of a group by its id; NULL when it is gone. */
static char *path_of(const struct hunt *hunt, const struct mcg_owner *owner)
{
	struct mcg_error ignored;
	char name[32], *path;

	snprintf(name, sizeof(name), "id:%" PRIu64, owner->id);
	return owner->dead || mcg_group_resolve(hunt->tree, name, &path, &ignored) ? NULL : path;
}

/* Takes over @fd. */
static int judge_object(struct judge *judge, const struct object *object, int fd)
{
	struct mcg_orphans *orphans = judge->orphans;
	size_t before = orphans->n;
	struct mcg_receipt *receipt = malloc(sizeof(*receipt));
	int ret = receipt ? ask_owners(judge, fd, receipt) : -1;

	if (!receipt)
		mcg_fail(judge->hunt->err, MCG_FAILED, NULL, "out of memory");
	for (unsigned int i = 0; !ret && i < receipt->n_owners; i++) {
		char *path = path_of(judge->hunt, &receipt->owner[i]);

		if (is_orphan(judge->hunt, object, path))
			ret = add_orphan(judge, object, fd, &receipt->owner[i], path);
		else
			free(path);
	}
	free(receipt);
	if (orphans->n == before) {
		close(fd);
		return ret;
	}
	if (!VEC_ROOM(orphans->fd, orphans->n_fds + 1, orphans->room_fds)) {
		orphans->n = before;
		close(fd);
		return mcg_fail(judge->hunt->err, MCG_FAILED, NULL, "out of memory");
	}
	orphans->fd[orphans->n_fds++] = fd;
	return ret;
}

/*
 * Opened for its path only: opening a stranger's file may do something, or never end. Where the way does not lead to
 * it any more it has gone.
 */
static int judge_way(struct judge *judge, const struct object *object)
{
	struct stat st;
	int fd;

	if (!object->way)
		return 0;
	fd = open(object->way, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE
			       ? mcg_fail_errno(judge->hunt->err, errno, object->name, "cannot open")
			       : 0;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return 0;
	}
	return judge_object(judge, object, fd);
}

static int judge_folder(struct judge *judge, int dir, dev_t device, int depth);

static int judge_entry(struct judge *judge, int dir, dev_t device, int depth, const char *name)
{
	struct object *object;
	struct stat st;
	bool fresh;
	int fd;

	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) || st.st_dev != device || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		close(fd);
		return 0;
	}
	if (S_ISDIR(st.st_mode)) {
		close(fd);
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return fd < 0 ? 0 : judge_folder(judge, fd, device, depth + 1);
	}
	object = hunt_object(judge->hunt, major(st.st_dev), minor(st.st_dev), st.st_ino, 0, &fresh);
	/* What somebody uses is judged by itself; what has several names, once. */
	if (!object || !fresh) {
		close(fd);
		return object ? 0 : mcg_fail(judge->hunt->err, MCG_FAILED, NULL, "out of memory");
	}
	object->name = strdup(name);
	return judge_object(judge, object, fd);
}

/* The files of a tmpfs that nobody uses. Takes over @dir. */
static int judge_folder(struct judge *judge, int dir, dev_t device, int depth)
{
	DIR *folder = fdopendir(dir);
	struct dirent *entry;
	int ret = 0;

	if (!folder) {
		close(dir);
		return 0;
	}
	while (!ret && depth < MAX_DEPTH && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			ret = judge_entry(judge, dirfd(folder), device, depth, entry->d_name);
	closedir(folder);
	return ret;
}

struct mounts {
	struct judge *judge;
	pid_t pid;
};

static int judge_mount(const struct mcg_mount *mount, void *data)
{
	struct mounts *mounts = data;
	struct hunt *hunt = mounts->judge->hunt;
	struct stat st;
	uint64_t *seen;
	char *path;
	int fd;

	if (strcmp(mount->type, "tmpfs") && strcmp(mount->type, "devtmpfs"))
		return 0;
	seen = hmap_at(&hunt->shmem, mount->dev_major, mount->dev_minor, NULL);
	/* A part of it that is mounted somewhere is no more than all of it. */
	if (!seen || *seen || strcmp(mount->root, "/"))
		return seen ? 0 : mcg_fail(hunt->err, MCG_FAILED, NULL, "out of memory");
	if (asprintf(&path, "%s/%d/root%s", hunt->tree->proc, (int)mounts->pid, mount->point) < 0)
		return mcg_fail(hunt->err, MCG_FAILED, NULL, "out of memory");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return 0;
	/* Something else may be mounted over it. */
	if (fstat(fd, &st) || major(st.st_dev) != mount->dev_major ||
	    minor(st.st_dev) != mount->dev_minor) {
		close(fd);
		return 0;
	}
	*seen = 1;
	return judge_folder(mounts->judge, fd, st.st_dev, 0);
}

/* First the devices of all, so that what is mapped or open is known as shared memory. */
static int note_mount(const struct mcg_mount *mount, void *data)
{
	struct mounts *mounts = data;

	if (!strcmp(mount->type, "tmpfs") || !strcmp(mount->type, "devtmpfs"))
		hmap_at(&mounts->judge->hunt->shmem, mount->dev_major, mount->dev_minor, NULL);
	return 0;
}

static int walk_mounts(struct judge *judge, int (*visit)(const struct mcg_mount *mount, void *data))
{
	struct hunt *hunt = judge->hunt;
	int ret = 0;

	for (size_t i = 0; i < hunt->namespaces.slots && !ret; i++) {
		struct mounts mounts = { .judge = judge };
		char path[512];

		if (!hunt->namespaces.entries[i].used)
			continue;
		mounts.pid = hunt->namespaces.entries[i].value;
		snprintf(path, sizeof(path), "%s/%d/mountinfo", hunt->tree->proc, (int)mounts.pid);
		ret = mcg_mounts_walk(path, visit, &mounts);
		/* Its process has gone, and perhaps the namespace with it. */
		if (ret && judge->hunt->err->status == MCG_OK)
			ret = 0;
	}
	return ret;
}

/* A segment that nobody has attached has no path: it is attached for a moment. */
static int judge_segment(struct judge *judge, int id, size_t size)
{
	void *at = shmat(id, NULL, SHM_RDONLY);
	size_t page = sysconf(_SC_PAGESIZE);
	char name[40];
	struct object object = { .name = name, .mappers = GROUPSET_EMPTY, .users = GROUPSET_EMPTY };
	struct stat st;
	int fd, ret = 0;

	if (at == (void *)-1)
		return 0;
	if (asprintf(&object.way, "%s/self/map_files/%" PRIxPTR "-%" PRIxPTR, judge->hunt->tree->proc,
		     (uintptr_t)at, (uintptr_t)at + (size + page - 1) / page * page) < 0) {
		shmdt(at);
		return mcg_fail(judge->hunt->err, MCG_FAILED, NULL, "out of memory");
	}
	snprintf(name, sizeof(name), "System V segment %d", id);
	fd = open(object.way, O_PATH | O_CLOEXEC);
	shmdt(at);
	if (fd >= 0 && !fstat(fd, &st)) {
		object.dev_major = major(st.st_dev);
		object.dev_minor = minor(st.st_dev);
		ret = judge_object(judge, &object, fd);
	} else if (fd >= 0) {
		close(fd);
	}
	free(object.way);
	return ret;
}

static int judge_segments(struct judge *judge)
{
	char path[512], line[512];
	unsigned long size, attached;
	int id, ret = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/sysvipc/shm", judge->hunt->tree->proc);
	file = fopen(path, "re");
	while (file && !ret && fgets(line, sizeof(line), file))
		/* key shmid perms size cpid lpid nattch ... */
		if (sscanf(line, "%*d %d %*o %lu %*d %*d %lu", &id, &size, &attached) == 3 &&
		    !attached)
			ret = judge_segment(judge, id, size);
	if (file)
		fclose(file);
	return ret;
}

/* Memfds, System V segments and shared anonymous memory are on a filesystem that is mounted nowhere. */
static int note_internal(struct hunt *hunt)
{
	int fd = memfd_create("memcgctl", MFD_CLOEXEC);
	struct stat st;
	bool ok = fd >= 0 && !fstat(fd, &st) &&
		  hmap_at(&hunt->shmem, major(st.st_dev), minor(st.st_dev), NULL);

	if (fd >= 0)
		close(fd);
	return ok ? 0 : mcg_fail(hunt->err, MCG_FAILED, NULL, "out of memory");
}

int mcg_orphans_find(const struct mcg_tree *tree, struct mcg_module *module,
		     const struct mcg_claim *claim, struct mcg_orphans *orphans,
		     struct mcg_error *err)
{
	struct hunt hunt = { .tree = tree, .err = err };
	struct judge judge = { &hunt, module, claim, orphans };
	size_t used;
	int ret;

	mcg_descriptors_raise();
	ret = note_internal(&hunt);
	if (!ret)
		ret = hunt_users(&hunt);
	if (!ret)
		ret = walk_mounts(&judge, note_mount);
	used = hunt.n_objects;
	for (size_t i = 0; i < used && !ret; i++)
		ret = judge_way(&judge, &hunt.object[i]);
	if (!ret)
		ret = walk_mounts(&judge, judge_mount);
	if (!ret)
		ret = judge_segments(&judge);
	hunt_free(&hunt);
	return ret;
}

int mcg_orphans_list(const struct mcg_tree *tree, const char *path, struct mcg_orphans *orphans,
		     struct mcg_error *err)
{
	struct mcg_module *module = mcg_module_open(err);
	struct mcg_claim claim = MCG_CLAIM_INIT;
	int ret = -1;

	*orphans = (struct mcg_orphans){ .n = 0 };
	/* Nothing is moved, but some group must be named that it could be moved to. */
	claim.target = module ? mcg_group_open(tree, path, "cgroup.procs", O_RDWR, err) : -1;
	if (claim.target >= 0) {
		ret = mcg_orphans_find(tree, module, &claim, orphans, err);
		close(claim.target);
	}
	mcg_module_close(module);
	return ret;
}

uint64_t mcg_orphans_within(const struct mcg_orphans *orphans, const char *path)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < orphans->n; i++)
		if (orphans->orphan[i].path && mcg_group_is_within(orphans->orphan[i].path, path))
			bytes += orphans->orphan[i].size;
	return bytes;
}
