// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "genl.h"

static const char *const mode_names[] = {
	[MEMCGCTL_KMEM_OBSERVE] = "observe",
	[MEMCGCTL_KMEM_SHRINK] = "shrink",
	[MEMCGCTL_KMEM_ENFORCE] = "enforce",
};

const char *mcg_kmem_mode_name(enum memcgctl_kmem_mode mode)
{
	return mode <= MEMCGCTL_KMEM_MODE_MAX ? mode_names[mode] : NULL;
}

int mcg_kmem_mode_parse(const char *name, enum memcgctl_kmem_mode *mode)
{
	for (int i = 0; i <= MEMCGCTL_KMEM_MODE_MAX; i++) {
		if (!strcmp(name, mode_names[i])) {
			*mode = i;
			return 0;
		}
	}
	return -1;
}

int mcg_kmem_decode(const struct nlmsghdr *message, struct mcg_kmem *kmem)
{
	static const uint8_t types[MEMCGCTL_KMEM_ATTR_MAX + 1] = {
		[MEMCGCTL_KMEM_ID] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_PATH] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_KMEM_LIMIT] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_MODE] = MNL_TYPE_U8,
		[MEMCGCTL_KMEM_USAGE] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_PEAK] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_EFFECTIVE] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_EFFECTIVE_ID] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_EFFECTIVE_PATH] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_KMEM_BREACHES] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_FAILED] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_FORCED] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_SHRUNK] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_THROTTLED] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_OOM_KILLS] = MNL_TYPE_U64,
		[MEMCGCTL_KMEM_NO_VICTIM] = MNL_TYPE_U64,
	};
	const struct nlattr *tb[MEMCGCTL_KMEM_ATTR_MAX + 1];

	memset(kmem, 0, sizeof(*kmem));
	if (mcg_attr_parse(message, types, MEMCGCTL_KMEM_ATTR_MAX, tb))
		return -1;
	kmem->mode = MEMCGCTL_KMEM_ENFORCE;
	if (tb[MEMCGCTL_KMEM_MODE])
		kmem->mode = mnl_attr_get_u8(tb[MEMCGCTL_KMEM_MODE]);
	/* All else may be absent once a limit is cleared. */
	if (!tb[MEMCGCTL_KMEM_LIMIT] || !tb[MEMCGCTL_KMEM_USAGE] ||
	    kmem->mode > MEMCGCTL_KMEM_MODE_MAX) {
		errno = EBADMSG;
		return -1;
	}
	kmem->id = mcg_attr_u64(tb[MEMCGCTL_KMEM_ID], 0);
	kmem->limit = mcg_attr_u64(tb[MEMCGCTL_KMEM_LIMIT], 0);
	kmem->usage = mcg_attr_u64(tb[MEMCGCTL_KMEM_USAGE], 0);
	kmem->peak = mcg_attr_u64(tb[MEMCGCTL_KMEM_PEAK], kmem->usage);
	kmem->effective = mcg_attr_u64(tb[MEMCGCTL_KMEM_EFFECTIVE], kmem->limit);
	kmem->effective_id = mcg_attr_u64(tb[MEMCGCTL_KMEM_EFFECTIVE_ID], 0);
	kmem->breaches = mcg_attr_u64(tb[MEMCGCTL_KMEM_BREACHES], 0);
	kmem->failed = mcg_attr_u64(tb[MEMCGCTL_KMEM_FAILED], 0);
	kmem->forced = mcg_attr_u64(tb[MEMCGCTL_KMEM_FORCED], 0);
	kmem->shrunk = mcg_attr_u64(tb[MEMCGCTL_KMEM_SHRUNK], 0);
	kmem->throttled = mcg_attr_u64(tb[MEMCGCTL_KMEM_THROTTLED], 0);
	kmem->oom_kills = mcg_attr_u64(tb[MEMCGCTL_KMEM_OOM_KILLS], 0);
	kmem->no_victim = mcg_attr_u64(tb[MEMCGCTL_KMEM_NO_VICTIM], 0);
	if (mcg_attr_dup(tb[MEMCGCTL_KMEM_PATH], &kmem->path))
		return -1;
	return mcg_attr_dup(tb[MEMCGCTL_KMEM_EFFECTIVE_PATH], &kmem->effective_path);
}

void mcg_kmem_free(struct mcg_kmem *kmem)
{
	free(kmem->path);
	free(kmem->effective_path);
	memset(kmem, 0, sizeof(*kmem));
}

void mcg_kmem_list_free(struct mcg_kmem_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		mcg_kmem_free(&list->entry[i]);
	free(list->entry);
	memset(list, 0, sizeof(*list));
}

static int on_entry(const struct nlmsghdr *message, void *data)
{
	struct mcg_kmem_list *list = data;
	struct mcg_kmem *larger = reallocarray(list->entry, list->n + 1, sizeof(*larger));

	if (!larger)
		return -1;
	list->entry = larger;
	/* Counted before it is read, so that the list frees what a failure leaves in it. */
	return mcg_kmem_decode(message, &larger[list->n++]);
}

static void restart(void *data)
{
	mcg_kmem_list_free(data);
}

int mcg_kmem_list(struct mcg_module *module, struct mcg_kmem_list *list, struct mcg_error *err)
{
	memset(list, 0, sizeof(*list));
	return mcg_genl_dump(module, MEMCGCTL_CMD_KMEM_GET, NULL, on_entry, restart, list, err);
}

/* One entry, and whether it came. */
struct reply {
	struct mcg_kmem *kmem;
	bool seen;
};

static int on_one(const struct nlmsghdr *message, void *data)
{
	struct reply *reply = data;

	mcg_kmem_free(reply->kmem);
	reply->seen = true;
	return mcg_kmem_decode(message, reply->kmem);
}

static int call(struct mcg_module *module, struct nlmsghdr *request, struct reply *reply,
		struct mcg_error *err)
{
	int ret;

	memset(reply->kmem, 0, sizeof(*reply->kmem));
	ret = mcg_genl_call(module, request, on_one, reply, NULL, err);
	if (ret)
		mcg_kmem_free(reply->kmem);
	return ret;
}

int mcg_kmem_get(struct mcg_module *module, int fd, struct mcg_kmem *kmem, struct mcg_error *err)
{
	struct nlmsghdr *request = mcg_genl_begin(module, MEMCGCTL_CMD_KMEM_GET);
	struct reply reply = { .kmem = kmem };

	mnl_attr_put_u32(request, MEMCGCTL_KMEM_FD, fd);
	if (call(module, request, &reply, err))
		return -1;
	return reply.seen ? 0 : mcg_fail(err, MCG_FAILED, NULL, "the module's reply makes no sense");
}

static int set_once(struct mcg_module *module, int fd, uint64_t limit, enum memcgctl_kmem_mode mode,
		    struct mcg_kmem *kmem, struct mcg_error *err)
{
	struct nlmsghdr *request = mcg_genl_begin(module, MEMCGCTL_CMD_KMEM_SET);
	struct reply reply = { .kmem = kmem };

	mnl_attr_put_u32(request, MEMCGCTL_KMEM_FD, fd);
	mnl_attr_put_u64(request, MEMCGCTL_KMEM_LIMIT, limit);
	if (limit != MEMCGCTL_SIZE_MAX)
		mnl_attr_put_u8(request, MEMCGCTL_KMEM_MODE, mode);
	if (call(module, request, &reply, err))
		return -1;
	/* A limit that was cleared has no entry any more. */
	if (!reply.seen) {
		kmem->limit = limit;
		kmem->effective = limit;
		kmem->mode = mode;
	}
	return 0;
}

/* One request shrinks for a moment only; so ask again as long as that helps. */
int mcg_kmem_set(struct mcg_module *module, int fd, uint64_t limit, enum memcgctl_kmem_mode mode,
		 struct mcg_kmem *kmem, struct mcg_error *err)
{
	uint64_t before = UINT64_MAX;
	int ret;

	for (;;) {
		ret = set_once(module, fd, limit, mode, kmem, err);
		if (ret || mode == MEMCGCTL_KMEM_OBSERVE || kmem->usage <= limit ||
		    kmem->usage >= before)
			return ret;
		before = kmem->usage;
		mcg_kmem_free(kmem);
	}
}
