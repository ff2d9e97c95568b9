// SPDX-License-Identifier: LGPL-2.1-or-later
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <libcgroup.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

static int cgroup_error(struct mcg_error *err, int ret, const char *path, const char *what)
{
	if (ret == ECGOTHER)
		return mcg_fail_errno(err, cgroup_get_last_errno(), path, "%s", what);
	if (ret == ECGROUPNOTOWNER || ret == ECGROUPNOTALLOWED)
		return mcg_fail(err, MCG_NOT_PERMITTED, path, "%s: not permitted", what);
	return mcg_fail(err, MCG_FAILED, path, "%s: %s", what, cgroup_strerror(ret));
}

/*
 * libcgroup acts on what is mounted, wherever the tree came from. Return: the group, or NULL with
 * @err set.
 */
static struct cgroup *open_group(const struct mcg_tree *tree, const char *path, struct mcg_error *err)
{
	struct cgroup *group = NULL;
	char *mounted = NULL;

	if (cgroup_init() || cgroup_get_subsys_mount_point("memory", &mounted) ||
	    strcmp(mounted, tree->mount)) {
		mcg_fail(err, MCG_FAILED, tree->mount, "not where the memory controller is mounted");
	} else {
		group = cgroup_new_cgroup(path + 1);
		if (!group || !cgroup_add_controller(group, "memory")) {
			cgroup_free(&group);
			mcg_fail_errno(err, ENOMEM, path, "cannot use the group");
		}
	}
	free(mounted);
	return group;
}

/* The topmost of @path and its ancestors that does not exist. Return: new string, or NULL. */
static char *topmost_missing(const struct mcg_tree *tree, const char *path)
{
	char *top = strdup(path);

	for (char *p = top ? strchr(top + 1, '/') : NULL; p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (!mcg_group_exists(tree, top))
			return top;
		*p = '/';
	}
	return top;
}

/* Whether the caller may create the group @path, whose parent exists. */
static int check_parent(const struct mcg_tree *tree, const char *path, struct mcg_error *err)
{
	char *parent = strdup(path);
	int fd, ret = 0;

	if (!parent)
		return mcg_fail_errno(err, ENOMEM, path, "cannot create the group");
	*strrchr(parent, '/') = '\0';
	fd = mcg_group_open(tree, parent, ".", O_RDONLY | O_DIRECTORY, err);
	free(parent);
	if (fd < 0)
		return -1;
	if (faccessat(fd, ".", W_OK, AT_EACCESS))
		ret = mcg_fail_errno(err, errno, path, "cannot create the group");
	close(fd);
	return ret;
}

int mcg_place_create(const struct mcg_tree *tree, const char *path, char **created,
		     struct mcg_error *err)
{
	struct mcg_error ignored;
	struct cgroup *group;
	int ret;

	*created = NULL;
	if (mcg_group_exists(tree, path))
		return 0;
	*created = topmost_missing(tree, path);
	/* libcgroup would say of a folder it may not write that something in it is missing. */
	if (*created && check_parent(tree, *created, err)) {
		free(*created);
		*created = NULL;
		return -1;
	}
	group = open_group(tree, path, err);
	if (!group) {
		free(*created);
		*created = NULL;
		return -1;
	}
	ret = *created ? cgroup_create_cgroup(group, 1) : ECGOTHER;
	cgroup_free(&group);
	if (!ret)
		return 0;
	cgroup_error(err, ret, path, "cannot create the group");
	mcg_place_remove(tree, path, *created, &ignored);
	free(*created);
	*created = NULL;
	return -1;
}

int mcg_place_remove(const struct mcg_tree *tree, const char *path, const char *created,
		     struct mcg_error *err)
{
	char *each = created ? strdup(path) : NULL;
	int ret = 0;

	if (!created)
		return 0;
	while (!ret && each && strlen(each) >= strlen(created)) {
		struct cgroup *group =
			mcg_group_exists(tree, each) ? open_group(tree, each, err) : NULL;

		if (group) {
			ret = cgroup_delete_cgroup_ext(group, CGFLAG_DELETE_EMPTY_ONLY);
			cgroup_free(&group);
		}
		if (ret)
			cgroup_error(err, ret, each, "cannot remove the group");
		*strrchr(each, '/') = '\0';
	}
	free(each);
	return ret ? -1 : 0;
}

int mcg_place_enter(const struct mcg_tree *tree, const char *path, struct mcg_error *err)
{
	struct cgroup *group = open_group(tree, path, err);
	int ret;

	if (!group)
		return -1;
	ret = cgroup_attach_task(group);
	cgroup_free(&group);
	if (!ret)
		return 0;
	cgroup_error(err, ret, path, "cannot enter the group");
	if (err->errnum == EBUSY)
		mcg_hint(err,
			 "a group with controllers in its cgroup.subtree_control takes no process");
	return -1;
}
