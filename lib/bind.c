// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "genl.h"

static const char *const on_death_names[] = {
	[MEMCGCTL_ON_DEATH_PARENT] = "parent",
	[MEMCGCTL_ON_DEATH_FAULTER] = "faulter",
	[MEMCGCTL_ON_DEATH_GROUP] = "group",
};

static const char *const on_full_names[] = {
	[MEMCGCTL_ON_FULL_FAULTER] = "faulter",
	[MEMCGCTL_ON_FULL_FAIL] = "fail",
};

static const char *const kind_names[] = {
	[MEMCGCTL_BIND_FILE] = "file",
	[MEMCGCTL_BIND_MOUNT] = "mount",
	[MEMCGCTL_BIND_RANGE] = "range",
};

const char *mcg_on_death_name(enum memcgctl_on_death on_death)
{
	return on_death <= MEMCGCTL_ON_DEATH_MAX ? on_death_names[on_death] : NULL;
}

const char *mcg_on_full_name(enum memcgctl_on_full on_full)
{
	return on_full <= MEMCGCTL_ON_FULL_MAX ? on_full_names[on_full] : NULL;
}

const char *mcg_bind_kind_name(enum memcgctl_bind_kind kind)
{
	return kind <= MEMCGCTL_BIND_KIND_MAX ? kind_names[kind] : NULL;
}

static int bad_message(void)
{
	errno = EBADMSG;
	return -1;
}

static int decode_target(const struct nlattr *nest, struct mcg_binding_target *target)
{
	static const uint8_t types[MEMCGCTL_TARGET_ATTR_MAX + 1] = {
		[MEMCGCTL_TARGET_WEIGHT] = MNL_TYPE_U32,
		[MEMCGCTL_TARGET_ID] = MNL_TYPE_U64,
		[MEMCGCTL_TARGET_PATH] = MNL_TYPE_NUL_STRING,
	};
	const struct nlattr *tb[MEMCGCTL_TARGET_ATTR_MAX + 1];

	memset(target, 0, sizeof(*target));
	if (mcg_attr_parse_nested(nest, types, MEMCGCTL_TARGET_ATTR_MAX, tb))
		return -1;
	target->id = mcg_attr_u64(tb[MEMCGCTL_TARGET_ID], 0);
	target->weight = 1;
	if (tb[MEMCGCTL_TARGET_WEIGHT])
		target->weight = mnl_attr_get_u32(tb[MEMCGCTL_TARGET_WEIGHT]);
	return mcg_attr_dup(tb[MEMCGCTL_TARGET_PATH], &target->path);
}

static int decode_targets(const struct nlmsghdr *message, struct mcg_binding *binding)
{
	const struct nlattr *attr;
	size_t n = 0;

	mcg_attr_for_each(attr, message)
		n += mnl_attr_get_type(attr) == MEMCGCTL_BIND_TARGET;
	if (!n)
		return bad_message();
	binding->target = calloc(n, sizeof(*binding->target));
	if (!binding->target)
		return -1;
	mcg_attr_for_each(attr, message) {
		if (mnl_attr_get_type(attr) != MEMCGCTL_BIND_TARGET)
			continue;
		/* Counted before it is read, so that what a failure leaves in it is freed. */
		if (decode_target(attr, &binding->target[binding->n_targets++]))
			return -1;
	}
	return 0;
}

int mcg_bind_decode(const struct nlmsghdr *message, struct mcg_binding *binding)
{
	static const uint8_t types[MEMCGCTL_BIND_ATTR_MAX + 1] = {
		[MEMCGCTL_BIND_ID] = MNL_TYPE_U32,
		[MEMCGCTL_BIND_START] = MNL_TYPE_U64,
		[MEMCGCTL_BIND_END] = MNL_TYPE_U64,
		[MEMCGCTL_BIND_TARGET] = MNL_TYPE_NESTED,
		[MEMCGCTL_BIND_ON_DEATH] = MNL_TYPE_U8,
		[MEMCGCTL_BIND_HEIR] = MNL_TYPE_NESTED,
		[MEMCGCTL_BIND_ON_FULL] = MNL_TYPE_U8,
		[MEMCGCTL_BIND_FOLLOW] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_BIND_KIND] = MNL_TYPE_U8,
		[MEMCGCTL_BIND_NAME] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_BIND_PID] = MNL_TYPE_U32,
		[MEMCGCTL_BIND_DEV] = MNL_TYPE_U64,
		[MEMCGCTL_BIND_INO] = MNL_TYPE_U64,
		[MEMCGCTL_BIND_REDIRECTED] = MNL_TYPE_U64,
		[MEMCGCTL_BIND_FELL_BACK] = MNL_TYPE_U64,
	};
	const struct nlattr *tb[MEMCGCTL_BIND_ATTR_MAX + 1];

	memset(binding, 0, sizeof(*binding));
	if (mcg_attr_parse(message, types, MEMCGCTL_BIND_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_BIND_ID] || !tb[MEMCGCTL_BIND_KIND])
		return bad_message();
	binding->id = mnl_attr_get_u32(tb[MEMCGCTL_BIND_ID]);
	binding->kind = mnl_attr_get_u8(tb[MEMCGCTL_BIND_KIND]);
	if (tb[MEMCGCTL_BIND_ON_DEATH])
		binding->on_death = mnl_attr_get_u8(tb[MEMCGCTL_BIND_ON_DEATH]);
	if (tb[MEMCGCTL_BIND_ON_FULL])
		binding->on_full = mnl_attr_get_u8(tb[MEMCGCTL_BIND_ON_FULL]);
	if (binding->kind > MEMCGCTL_BIND_KIND_MAX || binding->on_death > MEMCGCTL_ON_DEATH_MAX ||
	    binding->on_full > MEMCGCTL_ON_FULL_MAX)
		return bad_message();
	if (tb[MEMCGCTL_BIND_PID])
		binding->pid = mnl_attr_get_u32(tb[MEMCGCTL_BIND_PID]);
	binding->start = mcg_attr_u64(tb[MEMCGCTL_BIND_START], 0);
	binding->end = mcg_attr_u64(tb[MEMCGCTL_BIND_END], MEMCGCTL_SIZE_MAX);
	binding->dev = mcg_attr_u64(tb[MEMCGCTL_BIND_DEV], 0);
	binding->ino = mcg_attr_u64(tb[MEMCGCTL_BIND_INO], 0);
	binding->redirected = mcg_attr_u64(tb[MEMCGCTL_BIND_REDIRECTED], 0);
	binding->fell_back = mcg_attr_u64(tb[MEMCGCTL_BIND_FELL_BACK], 0);
	if (mcg_attr_dup(tb[MEMCGCTL_BIND_NAME], &binding->name) ||
	    mcg_attr_dup(tb[MEMCGCTL_BIND_FOLLOW], &binding->follow))
		return -1;
	if (tb[MEMCGCTL_BIND_HEIR] && decode_target(tb[MEMCGCTL_BIND_HEIR], &binding->heir))
		return -1;
	return decode_targets(message, binding);
}

void mcg_binding_free(struct mcg_binding *binding)
{
	for (size_t i = 0; i < binding->n_targets; i++)
		free(binding->target[i].path);
	free(binding->target);
	free(binding->heir.path);
	free(binding->name);
	free(binding->follow);
	memset(binding, 0, sizeof(*binding));
}

void mcg_bind_list_free(struct mcg_binding_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		mcg_binding_free(&list->entry[i]);
	free(list->entry);
	memset(list, 0, sizeof(*list));
}

static int on_entry(const struct nlmsghdr *message, void *data)
{
	struct mcg_binding_list *list = data;
	struct mcg_binding *larger = reallocarray(list->entry, list->n + 1, sizeof(*larger));

	if (!larger)
		return -1;
	list->entry = larger;
	return mcg_bind_decode(message, &larger[list->n++]);
}

static void restart(void *data)
{
	mcg_bind_list_free(data);
}

int mcg_bind_list(struct mcg_module *module, struct mcg_binding_list *list, struct mcg_error *err)
{
	memset(list, 0, sizeof(*list));
	return mcg_genl_dump(module, MEMCGCTL_CMD_BIND, NULL, on_entry, restart, list, err);
}

static void put_target(struct nlmsghdr *request, uint16_t type, const struct mcg_bind_target *target)
{
	struct nlattr *nest = mnl_attr_nest_start(request, type);

	mnl_attr_put_u32(request, MEMCGCTL_TARGET_FD, target->fd);
	if (target->ancestor >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_TARGET_ANCESTOR_FD, target->ancestor);
	if (target->weight)
		mnl_attr_put_u32(request, MEMCGCTL_TARGET_WEIGHT, target->weight);
	mnl_attr_nest_end(request, nest);
}

static int on_id(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[MEMCGCTL_BIND_ATTR_MAX + 1] = {
		[MEMCGCTL_BIND_ID] = MNL_TYPE_U32,
	};
	const struct nlattr *tb[MEMCGCTL_BIND_ATTR_MAX + 1];

	if (mcg_attr_parse(message, types, MEMCGCTL_BIND_ATTR_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_BIND_ID])
		return bad_message();
	*(uint32_t *)data = mnl_attr_get_u32(tb[MEMCGCTL_BIND_ID]);
	return 0;
}

int mcg_bind(struct mcg_module *module, const struct mcg_bind *bind, uint32_t *id,
	     struct mcg_error *err)
{
	struct nlmsghdr *request = mcg_genl_begin(module, MEMCGCTL_CMD_BIND);

	/* What does not fit into a request; the module checks all the rest. */
	if (bind->n_targets > MEMCGCTL_BIND_TARGETS)
		return mcg_fail(err, MCG_USAGE, NULL, "more than %d targets", MEMCGCTL_BIND_TARGETS);
	if (bind->follow && strlen(bind->follow) >= MEMCGCTL_BIND_FOLLOW_SIZE)
		return mcg_fail(err, MCG_USAGE, NULL, "a pattern of more than %d bytes",
				MEMCGCTL_BIND_FOLLOW_SIZE - 1);
	if (bind->fd >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_BIND_FD, bind->fd);
	if (bind->mount_fd >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_BIND_MOUNT_FD, bind->mount_fd);
	if (bind->pidfd >= 0)
		mnl_attr_put_u32(request, MEMCGCTL_BIND_PIDFD, bind->pidfd);
	if (bind->mount_fd < 0) {
		mnl_attr_put_u64(request, MEMCGCTL_BIND_START, bind->start);
		mnl_attr_put_u64(request, MEMCGCTL_BIND_END, bind->end);
	}
	for (size_t i = 0; i < bind->n_targets; i++)
		put_target(request, MEMCGCTL_BIND_TARGET, &bind->target[i]);
	mnl_attr_put_u8(request, MEMCGCTL_BIND_ON_DEATH, bind->on_death);
	if (bind->heir)
		put_target(request, MEMCGCTL_BIND_HEIR, bind->heir);
	mnl_attr_put_u8(request, MEMCGCTL_BIND_ON_FULL, bind->on_full);
	if (bind->follow)
		mnl_attr_put_strz(request, MEMCGCTL_BIND_FOLLOW, bind->follow);
	*id = 0;
	if (mcg_genl_call(module, request, on_id, id, NULL, err))
		return -1;
	return *id ? 0 : mcg_fail(err, MCG_FAILED, NULL, "the module's reply makes no sense");
}

int mcg_unbind(struct mcg_module *module, uint32_t id, struct mcg_error *err)
{
	struct nlmsghdr *request = mcg_genl_begin(module, MEMCGCTL_CMD_UNBIND);

	mnl_attr_put_u32(request, MEMCGCTL_BIND_ID, id);
	return mcg_genl_call(module, request, NULL, NULL, NULL, err);
}
