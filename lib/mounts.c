// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "size.h"

static bool octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
	       text[2] >= '0' && text[2] <= '7';
}

/* Blank, tab, line end and backslash are written as \NNN. */
static void unescape(char *text)
{
	char *to = text;

	while (*text) {
		if (*text == '\\' && octal(text + 1)) {
			*to++ = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS... */
int mcg_mounts_line(char *line, uint64_t *id, const char **dev, const char **root, const char **point)
{
	char *field[5], *save = NULL;

	for (int i = 0; i < 5; i++) {
		field[i] = strtok_r(i ? NULL : line, " \n", &save);
		if (!field[i])
			return -1;
	}
	if (mcg_number_parse(field[0], UINT64_MAX, id))
		return -1;
	unescape(field[3]);
	unescape(field[4]);
	*dev = field[2];
	*root = field[3];
	*point = field[4];
	return 0;
}

int mcg_mounts_walk(const char *file, int (*visit)(const struct mcg_mount *mount, void *data),
		    void *data)
{
	FILE *mounts = fopen(file, "re");
	struct mcg_mount mount;
	char *line = NULL, type[64];
	const char *dev, *rest;
	size_t room = 0;
	uint64_t id;
	int ret = 0;

	if (!mounts)
		return -1;
	while (!ret && getline(&line, &room, mounts) > 0) {
		/* Behind a number of words that is not fixed. */
		rest = strstr(line, " - ");
		if (!rest || sscanf(rest, " - %63s", type) != 1 ||
		    mcg_mounts_line(line, &id, &dev, &mount.root, &mount.point) ||
		    sscanf(dev, "%" SCNu32 ":%" SCNu32, &mount.dev_major, &mount.dev_minor) != 2)
			continue;
		mount.type = type;
		ret = visit(&mount, data);
	}
	free(line);
	fclose(mounts);
	return ret;
}

static int add(struct mcg_mounts *mounts, const char *path)
{
	char **larger = reallocarray(mounts->path, mounts->n + 1, sizeof(*larger));

	if (!larger)
		return -1;
	mounts->path = larger;
	larger[mounts->n] = strdup(path);
	return larger[mounts->n] ? (mounts->n++, 0) : -1;
}

/*
 * Reads mountinfo once for the device of the mount @id, and once for all mounts of that device: the mount need not
 * come first. @whole: the mount shows the filesystem from its root on.
 */
static int scan(FILE *file, uint64_t id, struct mcg_mounts *mounts, bool *whole)
{
	const char *dev, *root, *point;
	char wanted[32] = "", *line = NULL;
	size_t room = 0;
	uint64_t this;
	int ret = 0;

	/* A mount of another namespace is not there: then nothing speaks against it here. */
	*whole = true;
	while (!wanted[0] && getline(&line, &room, file) > 0) {
		if (mcg_mounts_line(line, &this, &dev, &root, &point) || this != id)
			continue;
		snprintf(wanted, sizeof(wanted), "%s", dev);
		*whole = !strcmp(root, "/");
	}
	rewind(file);
	while (!ret && wanted[0] && getline(&line, &room, file) > 0)
		if (!mcg_mounts_line(line, &this, &dev, &root, &point) && !strcmp(dev, wanted) &&
		    !strcmp(root, "/"))
			ret = add(mounts, point);
	free(line);
	return ret;
}

int mcg_mounts_of(const char *proc, int fd, struct mcg_mounts *mounts, struct mcg_error *err)
{
	struct statx st;
	FILE *file;
	bool whole;
	char *name;
	int ret;

	memset(mounts, 0, sizeof(*mounts));
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &st))
		return mcg_fail_errno(err, errno, NULL, "cannot look at the directory");
	if (asprintf(&name, "%s/self/mountinfo", proc) < 0)
		return mcg_fail_errno(err, ENOMEM, NULL, "cannot read the mounts");
	file = fopen(name, "re");
	ret = file ? scan(file, st.stx_mnt_id, mounts, &whole) : -1;
	if (ret)
		mcg_fail_errno(err, errno, name, "cannot read the mounts");
	else
		mounts->is_root = whole && st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	if (file)
		fclose(file);
	free(name);
	return ret;
}

void mcg_mounts_free(struct mcg_mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++)
		free(mounts->path[i]);
	free(mounts->path);
	memset(mounts, 0, sizeof(*mounts));
}
