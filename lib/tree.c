// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the hierarchy of the memory controller is, what is in it, and which group a process is in.
 */
#include "group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libcgroup.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* libcgroup logs to stdout unless it is given another place; what it returns says enough. */
__attribute__((format(printf, 3, 0))) static void no_log(void *data, int level, const char *fmt,
							 va_list ap)
{
	(void)data;
	(void)level;
	(void)fmt;
	(void)ap;
}

int mcg_tree_init(struct mcg_tree *tree, const char *mount, const char *proc, int version)
{
	tree->version = version;
	tree->mount = strdup(mount);
	tree->proc = strdup(proc);
	if (tree->mount && tree->proc)
		return 0;
	mcg_tree_close(tree);
	return -1;
}

/* /proc/cgroups names only the controllers of v1 on newer kernels, so the command line has to tell. */
static bool memory_disabled(void)
{
	char line[4096] = "", *word, *rest = line;
	FILE *file = fopen("/proc/cmdline", "re");

	if (!file)
		return false;
	word = fgets(line, sizeof(line), file);
	fclose(file);
	while (word && (word = strsep(&rest, " \n")))
		if (!strncmp(word, "cgroup_disable=", 15) && strstr(word, "memory"))
			return true;
	return false;
}

int mcg_tree_open(struct mcg_tree *tree, struct mcg_error *err)
{
	const char *given = getenv("MEMCGCTL_CGROUP");
	char *found = NULL;
	struct statfs fs;
	int ret;

	memset(tree, 0, sizeof(*tree));
	cgroup_set_logger(no_log, CGROUP_LOG_ERROR, NULL);
	if (!given) {
		ret = cgroup_init();
		if (!ret)
			ret = cgroup_get_subsys_mount_point("memory", &found);
		if (ret && memory_disabled())
			return mcg_fail(err, MCG_FAILED, NULL,
					"the memory controller is off (cgroup_disable=memory)");
		if (ret) {
			mcg_fail(err, MCG_FAILED, NULL,
				 "no mounted cgroup hierarchy has the memory controller");
			return mcg_hint(err, "mount -t cgroup2 none /sys/fs/cgroup");
		}
	}
	/* A named tree need not be a cgroup filesystem; then it is read as v2. */
	ret = statfs(given ? given : found, &fs);
	if (ret)
		mcg_fail_errno(err, errno, given ? given : found, "cannot read the cgroup hierarchy");
	else
		ret = mcg_tree_init(tree, given ? given : found, "/proc",
				    fs.f_type == CGROUP_SUPER_MAGIC ? 1 : 2);
	free(found);
	return ret;
}

void mcg_tree_close(struct mcg_tree *tree)
{
	free(tree->mount);
	free(tree->proc);
	memset(tree, 0, sizeof(*tree));
}

int mcg_group_open(const struct mcg_tree *tree, const char *path, const char *file, int flags,
		   struct mcg_error *err)
{
	char *name;
	int fd;

	if (asprintf(&name, "%s%s/%s", tree->mount, path, file) < 0)
		return mcg_fail_errno(err, ENOMEM, path, "cannot open %s", file);
	fd = open(name, flags | O_CLOEXEC | O_NOFOLLOW);
	free(name);
	if (fd >= 0)
		return fd;
	return mcg_fail_errno(err, errno, path, "cannot open %s", file);
}

int mcg_group_id(const struct mcg_tree *tree, const char *path, uint64_t *id, struct mcg_error *err)
{
	struct stat st;
	int fd = mcg_group_open(tree, path, ".", O_PATH | O_DIRECTORY, err);

	if (fd < 0)
		return -1;
	if (fstat(fd, &st)) {
		mcg_fail_errno(err, errno, path, "cannot read its id");
		close(fd);
		return -1;
	}
	close(fd);
	*id = st.st_ino;
	return 0;
}

/*
 * The value of the memory hierarchy's line of /proc/PID/cgroup, in place: "0::/path" on v2,
 * "N:a,memory,b:/path" on v1. The kernel writes a path as it is, blanks and all, and escapes only
 * the line end; libcgroup's reader stops at a blank.
 */
static char *memory_line(const struct mcg_tree *tree, char *line)
{
	char *controllers = strchr(line, ':');
	char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char *save, *word;

	if (!path)
		return NULL;
	*controllers++ = '\0';
	*path++ = '\0';
	if (tree->version == 2)
		return !strcmp(line, "0") ? path : NULL;
	for (word = strtok_r(controllers, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (!strcmp(word, "memory"))
			return path;
	return NULL;
}

/* The kernel marks the path of a group that was removed; such a path leads nowhere. */
static bool cut_deleted(char *path)
{
	static const char mark[] = " (deleted)";
	size_t len = strlen(path);

	if (len < sizeof(mark) || strcmp(path + len - (sizeof(mark) - 1), mark))
		return false;
	path[len - (sizeof(mark) - 1)] = '\0';
	return true;
}

int mcg_group_of_pid(const struct mcg_tree *tree, pid_t pid, char **path, struct mcg_error *err)
{
	char name[512], who[32];
	char *line = NULL, *found = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *file;

	snprintf(who, sizeof(who), pid ? "pid:%d" : "self", (int)pid);
	if (pid)
		snprintf(name, sizeof(name), "%s/%d/cgroup", tree->proc, (int)pid);
	else
		snprintf(name, sizeof(name), "%s/self/cgroup", tree->proc);
	file = fopen(name, "re");
	if (!file) {
		if (errno == ENOENT)
			return mcg_fail(err, MCG_NOT_FOUND, who, "no such process");
		return mcg_fail_errno(err, errno, who, "cannot read its group");
	}
	while (!found && (len = getline(&line, &size, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		found = memory_line(tree, line);
	}
	fclose(file);
	if (!found)
		mcg_fail(err, MCG_NOT_FOUND, who, "no such process");
	else if (!strncmp(found, "/..", 3) && (!found[3] || found[3] == '/'))
		mcg_fail(err, MCG_NOT_PERMITTED, who, "its group is outside this cgroup namespace");
	else if (cut_deleted(found))
		mcg_fail(err, MCG_NOT_FOUND, who, "its group %s was removed", found);
	else if (!(*path = strdup(found)))
		mcg_fail_errno(err, ENOMEM, who, "cannot read its group");
	else
		err = NULL;
	free(line);
	return err ? -1 : 0;
}

char *mcg_group_common(const char *a, const char *b)
{
	size_t common = 0, i = 0;

	while (a[i] && a[i] == b[i]) {
		i++;
		/* A component is common only as a whole. */
		if ((!a[i] || a[i] == '/') && (!b[i] || b[i] == '/'))
			common = i;
	}
	return common ? strndup(a, common) : strdup("/");
}

struct walk {
	int (*visit)(const char *path, uint64_t id, void *data);
	void *data;
	char *path;
	size_t size;
};

static int walk_dir(struct walk *walk, int fd, size_t len);

/* Visits the group @name below the path of @len bytes, then what is below it. */
static int walk_child(struct walk *walk, int fd, size_t len, const struct dirent *entry)
{
	size_t end = len + 1 + strlen(entry->d_name);
	int child, ret;

	if (end + 1 > walk->size) {
		char *larger = realloc(walk->path, 2 * end + 1);

		if (!larger)
			return 0;
		walk->path = larger;
		walk->size = 2 * end + 1;
	}
	walk->path[len] = '/';
	strcpy(walk->path + len + 1, entry->d_name);
	ret = walk->visit(walk->path, entry->d_ino, walk->data);
	if (ret)
		return ret;
	child = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return child < 0 ? 0 : walk_dir(walk, child, end);
}

/* Takes over @fd. */
static int walk_dir(struct walk *walk, int fd, size_t len)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			ret = walk_child(walk, dirfd(dir), len, entry);
	closedir(dir);
	return ret;
}

int mcg_group_walk(const struct mcg_tree *tree,
		   int (*visit)(const char *path, uint64_t id, void *data), void *data,
		   struct mcg_error *err)
{
	struct walk walk = { .visit = visit, .data = data };
	struct stat st;
	int ret, fd = open(tree->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st)) {
		mcg_fail_errno(err, errno, tree->mount, "cannot read the cgroup hierarchy");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	ret = visit("/", st.st_ino, data);
	if (ret)
		close(fd);
	else
		ret = walk_dir(&walk, fd, 0);
	free(walk.path);
	return ret;
}
