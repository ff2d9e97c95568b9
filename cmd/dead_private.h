/* SPDX-License-Identifier: GPL-2.0-only */
/* memcgctl dead, inside: dead.c lists, dead_why.c says of one group what keeps it, dead_drain.c lets go. */
#ifndef CMD_DEAD_PRIVATE_H
#define CMD_DEAD_PRIVATE_H

#include "command.h"
#include "dead.h"
#include "group.h"

/* dead_id() - the id of a dead group as a user names it: N or id:N. Return: 0, or -1 */
int dead_id(struct context *ctx, const char *text, uint64_t *id);

/* dead_keepers() - words for what keeps it, as a JSON array; for people and programs */
json_t *dead_keepers(const struct mcg_dead *dead);

/* dead_name() - its last path, or a word */
const char *dead_name(const struct mcg_dead *dead);

/* dead_find() - by its id; NULL when it is gone for good */
const struct mcg_dead *dead_find(const struct mcg_dead_list *list, uint64_t id);

int dead_why(struct context *ctx, struct mcg_module *module, const char *id);

/**
 * dead_drain() - claim what dead groups still have
 * @which: an id, or "all"
 * @to: the group that pays from now on; NULL: of each the nearest living one above it
 */
int dead_drain(struct context *ctx, struct mcg_module *module, const char *which, const char *to,
	       bool dry_run);

#endif
