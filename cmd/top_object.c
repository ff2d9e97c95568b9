// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: from an object that was found in /proc to a descriptor of it. */
#include <stdio.h>
#include <string.h>

#include "object.h"
#include "procfs.h"
#include "top_private.h"
#include "ways.h"

/* Asked of what has been opened: whoever made its name may have put something else there meanwhile. */
static bool is_object(struct top *top, const struct top_object *object, const struct file_object *file)
{
	struct mcg_attr_query query;
	char name[64];

	snprintf(name, sizeof(name), "%s/self/fd/%d", top->tree.proc, file->fd);
	return !procfs_identify(&top->tree, name, &query, &top->ctx->err) &&
	       query.ino == object->ino && query.dev_major == object->dev_major &&
	       query.dev_minor == object->dev_minor;
}

/* By its name, if that leads to it here: the name is one of the mapper's mount namespace. */
static int open_by_name(struct top *top, const struct top_object *object, struct file_object *file)
{
	if (object->name[0] != '/' || open_file(top->ctx, object->name, file))
		return -1;
	return is_object(top, object, file) ? 0 : -1;
}

/* By a mapping of it in some process: memfds and what was deleted have no other way. */
static int open_by_mapping(struct top *top, const struct top_object *object, struct file_object *file)
{
	struct mcg_way way = {
		.dev_major = object->dev_major,
		.dev_minor = object->dev_minor,
		.ino = object->ino,
		.name = object->name,
	};

	mcg_ways_find(top->tree.proc, &way, 1);
	if (!way.pid || open_mapping(top->ctx, way.pid, way.start, way.end, file) != 1)
		return -1;
	return is_object(top, object, file) ? 0 : -1;
}

int top_object_open(struct top *top, const struct top_object *object, struct file_object *file)
{
	struct context *ctx = top->ctx;

	*file = (struct file_object)NO_FILE_OBJECT;
	if (open_by_name(top, object, file)) {
		close_file(file);
		*file = (struct file_object)NO_FILE_OBJECT;
		if (open_by_mapping(top, object, file))
			return mcg_fail(&ctx->err, MCG_NOT_FOUND, object->name,
					"neither its name nor a shared mapping leads to it");
	}
	/* All of it, whatever part that process maps. */
	file->start = 0;
	file->end = MEMCGCTL_SIZE_MAX;
	memset(&ctx->err, 0, sizeof(ctx->err));
	return 0;
}
