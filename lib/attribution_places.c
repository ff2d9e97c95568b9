// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_places.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memcgctl.h"
#include "mounts.h"

/* Takes over @name. */
static int rename_file(struct mcg_attr_file *file, char *name)
{
	if (!name)
		return -1;
	free(file->name);
	file->name = name;
	file->inside = false;
	return 0;
}

/* What of a path is below a directory; NULL when it is not. */
static const char *below(const char *path, const char *root)
{
	size_t len = strcmp(root, "/") ? strlen(root) : 0;

	return !strncmp(path, root, len) && (path[len] == '/' || !path[len]) ? path + len : NULL;
}

/* The first mount that shows a file names it. */
static int name_by_mount(const struct mcg_mount *mount, void *data)
{
	struct mcg_attribution *found = data;

	for (size_t i = 0; i < found->nr_files; i++) {
		struct mcg_attr_file *file = &found->files[i];
		const char *rest;
		char *name;

		if (!file->inside || file->name[0] != '/' || file->dev_major != mount->dev_major ||
		    file->dev_minor != mount->dev_minor)
			continue;
		rest = below(file->name, mount->root);
		if (!rest)
			continue;
		if (asprintf(&name, "%s%s", strcmp(mount->point, "/") ? mount->point : "", rest) < 0)
			name = NULL;
		if (rename_file(file, name))
			return -1;
	}
	return 0;
}

/* The node of a block device, as udev and devtmpfs name it; its number when there is none. */
static char *device_name(const struct mcg_attr_file *file)
{
	char path[64], line[256], *name = NULL;
	FILE *uevent;

	snprintf(path, sizeof(path), "/sys/dev/block/%" PRIu32 ":%" PRIu32 "/uevent",
		 file->dev_major, file->dev_minor);
	uevent = fopen(path, "re");
	while (uevent && !name && fgets(line, sizeof(line), uevent)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "DEVNAME=", 8) && asprintf(&name, "/dev/%s", line + 8) < 0)
			name = NULL;
	}
	if (uevent)
		fclose(uevent);
	if (!name && asprintf(&name, "block device %" PRIu32 ":%" PRIu32, file->dev_major,
			      file->dev_minor) < 0)
		name = NULL;
	return name;
}

int places_find(struct mcg_attribution *found, const char *proc, struct mcg_error *err)
{
	char *path;
	int ret;

	for (size_t i = 0; i < found->nr_files; i++)
		if (found->files[i].kind == MEMCGCTL_OBJECT_BLOCK &&
		    rename_file(&found->files[i], device_name(&found->files[i])))
			return mcg_fail_errno(err, ENOMEM, NULL, "cannot name what was found");
	if (asprintf(&path, "%s/self/mountinfo", proc) < 0)
		return mcg_fail_errno(err, ENOMEM, NULL, "cannot name what was found");
	/* Without it names stay as they are. */
	ret = mcg_mounts_walk(path, name_by_mount, found);
	free(path);
	return ret && errno == ENOMEM
		       ? mcg_fail_errno(err, ENOMEM, NULL, "cannot name what was found")
		       : 0;
}
