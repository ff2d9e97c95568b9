/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creating groups and moving the caller, through libcgroup. */
#ifndef MCG_PLACE_H
#define MCG_PLACE_H

#include "group.h"

/**
 * mcg_place_create() - create a group, and those of its ancestors that are missing
 * @path: of the group
 * @created: topmost group that was created, to be freed; NULL when nothing was
 *
 * After a failure nothing that was created stays. Return: 0, or -1 with @err set.
 */
int mcg_place_create(const struct mcg_tree *tree, const char *path, char **created,
		     struct mcg_error *err);

/**
 * mcg_place_remove() - undo mcg_place_create()
 * @created: what that call returned; NULL does nothing
 *
 * Removes only groups without processes. Return: 0, or -1 with @err set.
 */
int mcg_place_remove(const struct mcg_tree *tree, const char *path, const char *created,
		     struct mcg_error *err);

/* mcg_place_enter() - move the calling process into a group. Return: 0, or -1 with @err set. */
int mcg_place_enter(const struct mcg_tree *tree, const char *path, struct mcg_error *err);

#endif
