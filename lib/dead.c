// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dead.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "genl.h"
#include "hmap.h"
#include "vec.h"

/* @by_id: (0, id) -> index in the list */
struct reading {
	struct mcg_dead_list *list;
	struct hmap by_id;
};

uint64_t mcg_dead_charged(const struct mcg_dead *dead)
{
	return dead->anon + dead->file + dead->shmem;
}

bool mcg_dead_is_kept(const struct mcg_dead *dead)
{
	return mcg_dead_charged(dead) || dead->swap || dead->sockets || dead->groups ||
	       dead->references || dead->n_controllers;
}

void mcg_dead_free(struct mcg_dead *dead)
{
	for (size_t i = 0; i < dead->n_controllers; i++)
		free(dead->controller[i]);
	free(dead->controller);
	free(dead->path);
	free(dead->living_path);
	memset(dead, 0, sizeof(*dead));
}

void mcg_dead_list_free(struct mcg_dead_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		mcg_dead_free(&list->entry[i]);
	free(list->entry);
	memset(list, 0, sizeof(*list));
}

/* Takes over @name. */
static int add_controller(struct mcg_dead *dead, char *name)
{
	char **larger = reallocarray(dead->controller, dead->n_controllers + 1, sizeof(*larger));

	if (!larger) {
		free(name);
		return -1;
	}
	dead->controller = larger;
	dead->controller[dead->n_controllers++] = name;
	return 0;
}

int mcg_dead_decode(const struct nlmsghdr *message, struct mcg_dead *dead)
{
	static const uint8_t types[MEMCGCTL_DEAD_MAX + 1] = {
		[MEMCGCTL_DEAD_ID] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_PATH] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_DEAD_LIVING_ID] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_LIVING_PATH] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_DEAD_OFF] = MNL_TYPE_FLAG,
		[MEMCGCTL_DEAD_CONTROLLER] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_DEAD_ANON] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_FILE] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_SHMEM] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_SWAP] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_SOCKETS] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_GROUPS] = MNL_TYPE_U64,
		[MEMCGCTL_DEAD_REFERENCES] = MNL_TYPE_U64,
	};
	const struct nlattr *tb[MEMCGCTL_DEAD_MAX + 1];
	char *name = NULL;

	memset(dead, 0, sizeof(*dead));
	if (mcg_attr_parse(message, types, MEMCGCTL_DEAD_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_DEAD_ID]) {
		errno = EBADMSG;
		return -1;
	}
	dead->id = mcg_attr_u64(tb[MEMCGCTL_DEAD_ID], 0);
	dead->living_id = mcg_attr_u64(tb[MEMCGCTL_DEAD_LIVING_ID], 0);
	dead->memory = !tb[MEMCGCTL_DEAD_CONTROLLER];
	dead->off = tb[MEMCGCTL_DEAD_OFF];
	dead->anon = mcg_attr_u64(tb[MEMCGCTL_DEAD_ANON], 0);
	dead->file = mcg_attr_u64(tb[MEMCGCTL_DEAD_FILE], 0);
	dead->shmem = mcg_attr_u64(tb[MEMCGCTL_DEAD_SHMEM], 0);
	dead->swap = mcg_attr_u64(tb[MEMCGCTL_DEAD_SWAP], 0);
	dead->sockets = mcg_attr_u64(tb[MEMCGCTL_DEAD_SOCKETS], 0);
	dead->groups = mcg_attr_u64(tb[MEMCGCTL_DEAD_GROUPS], 0);
	dead->references = mcg_attr_u64(tb[MEMCGCTL_DEAD_REFERENCES], 0);
	if (mcg_attr_dup(tb[MEMCGCTL_DEAD_PATH], &dead->path) ||
	    mcg_attr_dup(tb[MEMCGCTL_DEAD_LIVING_PATH], &dead->living_path) ||
	    mcg_attr_dup(tb[MEMCGCTL_DEAD_CONTROLLER], &name))
		return -1;
	return name ? add_controller(dead, name) : 0;
}

/* A group is told once for each controller that keeps it. */
static int merge(struct mcg_dead *known, struct mcg_dead *dead)
{
	for (; dead->n_controllers; dead->n_controllers--)
		if (add_controller(known, dead->controller[dead->n_controllers - 1])) {
			/* It is freed already. */
			dead->n_controllers--;
			return -1;
		}
	return 0;
}

static int on_entry(const struct nlmsghdr *message, void *data)
{
	struct reading *reading = data;
	struct mcg_dead_list *list = reading->list;
	struct mcg_dead dead;
	uint64_t *index;
	bool fresh;
	int ret = -1;

	if (mcg_dead_decode(message, &dead))
		goto free;
	index = hmap_at(&reading->by_id, 0, dead.id, &fresh);
	if (!index)
		goto free;
	if (!fresh && dead.n_controllers) {
		ret = merge(&list->entry[*index], &dead);
		goto free;
	}
	if (!VEC_ROOM(list->entry, list->n + 1, list->room))
		goto free;
	*index = list->n;
	list->entry[list->n++] = dead;
	return 0;
free:
	mcg_dead_free(&dead);
	return ret;
}

static void restart(void *data)
{
	struct reading *reading = data;

	mcg_dead_list_free(reading->list);
	hmap_free(&reading->by_id);
	memset(&reading->by_id, 0, sizeof(reading->by_id));
}

int mcg_dead_list(struct mcg_module *module, struct mcg_dead_list *list, struct mcg_error *err)
{
	struct reading reading = { .list = list };
	int ret;

	memset(list, 0, sizeof(*list));
	ret = mcg_genl_dump(module, MEMCGCTL_CMD_DEAD, NULL, on_entry, restart, &reading, err);
	hmap_free(&reading.by_id);
	/* Linux 6.1 has no words for what a dump refuses. */
	if (ret && err->status == MCG_NOT_PERMITTED)
		mcg_fail(err, MCG_NOT_PERMITTED, NULL,
			 "dead groups need CAP_SYS_ADMIN in the initial user namespace");
	return ret;
}
