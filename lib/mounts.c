// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel writes blanks, tabs, line ends and backslashes as three octal digits. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		/* Digits, or else it is no escape. */
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] && text[3]) {
			*out++ = (text[1] & 3) << 6 | (text[2] & 7) << 3 | (text[3] & 7);
			text += 3;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/* Frees what it has set when the line makes no sense. */
static int parse(const char *line, struct mcg_mount *mount)
{
	const char *rest = strstr(line, " - ");
	int n = sscanf(line, "%" SCNu64 " %*u %" SCNu32 ":%" SCNu32 " %ms %ms", &mount->id,
		       &mount->dev_major, &mount->dev_minor, &mount->root, &mount->point);

	if (n == 5 && rest && sscanf(rest + 3, "%ms", &mount->type) == 1) {
		unescape(mount->root);
		unescape(mount->point);
		return 0;
	}
	if (n >= 4)
		free(mount->root);
	if (n >= 5)
		free(mount->point);
	return -1;
}

int mcg_mount_walk(const char *file, int (*visit)(const struct mcg_mount *mount, void *data),
		   void *data)
{
	FILE *mounts = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	if (!mounts)
		return -1;
	while (!ret && getline(&line, &size, mounts) > 0) {
		struct mcg_mount mount;

		if (parse(line, &mount))
			continue;
		ret = visit(&mount, data);
		free(mount.root);
		free(mount.point);
		free(mount.type);
	}
	free(line);
	fclose(mounts);
	return ret;
}

/* Looks for where a filesystem is mounted as a whole. */
struct search {
	uint32_t dev_major;
	uint32_t dev_minor;
	char *point;
};

static int is_whole(const struct mcg_mount *mount, void *data)
{
	struct search *search = data;

	if (mount->dev_major != search->dev_major || mount->dev_minor != search->dev_minor ||
	    strcmp(mount->root, "/"))
		return 0;
	search->point = strdup(mount->point);
	return 1;
}

struct by_id {
	uint64_t id;
	int whole;
};

static int is_mount(const struct mcg_mount *mount, void *data)
{
	struct by_id *by_id = data;

	if (mount->id != by_id->id)
		return 0;
	by_id->whole = !strcmp(mount->root, "/");
	return 1;
}

static int not_root(const char *dir, const struct statx *st, struct mcg_error *err)
{
	struct search search = { .dev_major = st->stx_dev_major, .dev_minor = st->stx_dev_minor };

	mcg_mount_walk("/proc/self/mountinfo", is_whole, &search);
	mcg_fail(err, MCG_FAILED, dir, "not the root directory of its filesystem");
	if (search.point)
		mcg_fail(err, MCG_FAILED, dir,
			 "not the root directory of its filesystem, which is %s", search.point);
	else
		mcg_hint(err, "all of that filesystem is mounted nowhere here");
	free(search.point);
	return -1;
}

int mcg_mount_root(const char *dir, struct mcg_error *err)
{
	struct by_id by_id = { .whole = 1 };
	struct statx st;
	int fd = open(dir, O_PATH | O_CLOEXEC);

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &st)) {
		int saved = errno;

		if (fd >= 0)
			close(fd);
		if (saved == ENOENT)
			return mcg_fail(err, MCG_NOT_FOUND, dir, "no such directory");
		return mcg_fail_errno(err, saved, dir, "cannot open the directory");
	}
	if (!S_ISDIR(st.stx_mode)) {
		close(fd);
		return mcg_fail(err, MCG_FAILED, dir, "not a directory");
	}
	/* A mount may show just a part of its filesystem. */
	by_id.id = st.stx_mnt_id;
	mcg_mount_walk("/proc/self/mountinfo", is_mount, &by_id);
	if (!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT) || !by_id.whole) {
		close(fd);
		return not_root(dir, &st, err);
	}
	return fd;
}
