// SPDX-License-Identifier: LGPL-2.1-or-later
/* From what a user types to groups. */
#include "group.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "size.h"

/* Fewer digits than this would match by chance; container tools print 12. */
#define CONTAINER_PREFIX_MIN 4
/* Shortest container id that is in use (64 digits, or 32 for an id without dashes). */
#define CONTAINER_ID_MIN 32
/* How many of several matches an error lists. */
#define MATCHES_LISTED 8

struct search {
	const char *name;
	uint64_t id;
	bool (*match)(const struct search *search, const char *path, uint64_t id);
	struct mcg_groups *groups;
	bool no_memory;
};

void mcg_groups_free(struct mcg_groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		free(groups->path[i]);
	free(groups->path);
	memset(groups, 0, sizeof(*groups));
}

static int add(struct mcg_groups *groups, const char *path)
{
	char **larger = reallocarray(groups->path, groups->n + 1, sizeof(*larger));

	if (!larger)
		return -1;
	groups->path = larger;
	larger[groups->n] = strdup(path);
	if (!larger[groups->n])
		return -1;
	groups->n++;
	return 0;
}

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool match_unit(const struct search *search, const char *path, uint64_t id)
{
	(void)id;
	return !strcmp(base_of(path), search->name);
}

static bool match_id(const struct search *search, const char *path, uint64_t id)
{
	(void)path;
	return id == search->id;
}

static bool match_glob(const struct search *search, const char *path, uint64_t id)
{
	(void)id;
	/* The root is meant only when it is named. */
	if (!path[1])
		return false;
	if (search->name[0] == '/')
		return !fnmatch(search->name, path, FNM_PATHNAME);
	return !fnmatch(search->name, base_of(path), 0);
}

/*
 * Container engines name the group ID, ENGINE-ID.scope, or ENGINE:...:ID. The monitor that stands
 * beside a container (ENGINE-conmon-ID) is not the container.
 */
static bool match_container(const struct search *search, const char *path, uint64_t id)
{
	const char *base = base_of(path), *start, *end = base + strlen(base);

	(void)id;
	if (end - base > 6 && !strcmp(end - 6, ".scope"))
		end -= 6;
	for (start = end; start > base && strchr("0123456789abcdef", start[-1]); start--)
		;
	if (end - start < CONTAINER_ID_MIN || (start > base && start[-1] != '-' && start[-1] != ':'))
		return false;
	if (strstr(base, "conmon-"))
		return false;
	return !strncmp(start, search->name, strlen(search->name));
}

static int visit(const char *path, uint64_t id, void *data)
{
	struct search *search = data;

	if (!search->match(search, path, id))
		return 0;
	search->no_memory = add(search->groups, path);
	return search->no_memory;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int no_such_group(struct mcg_error *err, const char *name)
{
	return mcg_fail(err, MCG_NOT_FOUND, name, "no such group");
}

static int ambiguous(char *const *path, size_t n, const char *name, struct mcg_error *err)
{
	char list[sizeof(err->message) - 64];
	size_t len = 0;

	list[0] = '\0';
	for (size_t i = 0; i < n && i < MATCHES_LISTED && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s %s", i ? "," : "", path[i]);
	return mcg_fail(err, MCG_USAGE, name, "%zu groups match:%s%s", n, list,
			n > MATCHES_LISTED ? ", ..." : "");
}

static int find(const struct mcg_tree *tree, struct search *search, struct mcg_error *err)
{
	size_t before = search->groups->n, n;
	char **found;

	if (mcg_group_walk(tree, visit, search, err)) {
		if (search->no_memory)
			mcg_fail_errno(err, ENOMEM, search->name, "cannot look for the group");
		return -1;
	}
	if (search->groups->n == before)
		return no_such_group(err, search->name);
	found = search->groups->path + before;
	n = search->groups->n - before;
	qsort(found, n, sizeof(*found), by_path);
	return n > 1 && search->match != match_glob ? ambiguous(found, n, search->name, err) : 0;
}

/*
 * Removes doubled and trailing slashes. Return: new string; NULL with EINVAL for "." and "..", or
 * without memory.
 */
static char *normalize(const char *name)
{
	char *path = malloc(strlen(name) + 2), *out = path;

	if (!path)
		return NULL;
	while (*name) {
		size_t len;

		name += strspn(name, "/");
		len = strcspn(name, "/");
		if (!len)
			break;
		if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.')) {
			free(path);
			errno = EINVAL;
			return NULL;
		}
		*out++ = '/';
		memcpy(out, name, len);
		out += len;
		name += len;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return path;
}

bool mcg_group_is_within(const char *path, const char *group)
{
	size_t len = strlen(group);

	return !strncmp(path, group, len) && (!path[len] || path[len] == '/' || len == 1);
}

bool mcg_group_exists(const struct mcg_tree *tree, const char *path)
{
	struct stat st;
	char *name;
	bool yes;

	if (asprintf(&name, "%s%s", tree->mount, path) < 0)
		return false;
	yes = !lstat(name, &st) && S_ISDIR(st.st_mode);
	free(name);
	return yes;
}

/* The part of @name below the mount point, if it is an absolute path there; otherwise @name. */
static const char *below_mount(const struct mcg_tree *tree, const char *name)
{
	size_t len = strlen(tree->mount);

	while (len > 1 && tree->mount[len - 1] == '/')
		len--;
	if (!strncmp(name, tree->mount, len) && (!name[len] || name[len] == '/'))
		return name[len] ? name + len : "/";
	return name;
}

int mcg_group_path(const struct mcg_tree *tree, const char *name, char **path, struct mcg_error *err)
{
	char *found;

	if (name[0] != '/') {
		mcg_fail(err, MCG_USAGE, name, "not the path of a group");
		return mcg_hint(err, "it begins with /");
	}
	found = normalize(below_mount(tree, name));
	if (!found && errno == EINVAL)
		return mcg_fail(err, MCG_USAGE, name, "a group has no \".\" or \"..\" in its path");
	if (!found)
		return mcg_fail_errno(err, ENOMEM, name, "cannot look for the group");
	*path = found;
	return 0;
}

static int by_name(const struct mcg_tree *tree, const char *name, struct mcg_groups *groups,
		   struct mcg_error *err)
{
	char *path;
	int ret;

	if (mcg_group_path(tree, name, &path, err))
		return -1;
	if (mcg_group_exists(tree, path)) {
		ret = add(groups, path);
		if (ret)
			mcg_fail_errno(err, ENOMEM, name, "cannot look for the group");
	} else if (strpbrk(path, "*?[")) {
		struct search search = { .name = path, .match = match_glob, .groups = groups };

		ret = find(tree, &search, err);
	} else {
		ret = no_such_group(err, name);
	}
	free(path);
	return ret;
}

static int by_pid(const struct mcg_tree *tree, const char *name, struct mcg_groups *groups,
		  struct mcg_error *err)
{
	uint64_t pid = 0;
	char *path;
	int ret;

	if (name && (mcg_number_parse(name + strlen("pid:"), INT_MAX, &pid) || !pid))
		return mcg_fail(err, MCG_USAGE, name, "not a process id");
	if (mcg_group_of_pid(tree, pid, &path, err))
		return -1;
	ret = add(groups, path);
	free(path);
	return ret ? mcg_fail_errno(err, ENOMEM, name, "cannot look for the group") : 0;
}

static bool is_unit(const char *name)
{
	static const char *const types[] = { ".service", ".slice", ".scope",
					     ".socket",	 ".mount", ".swap" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t n = strlen(types[i]);

		if (len > n && !strcmp(name + len - n, types[i]))
			return true;
	}
	return false;
}

int mcg_group_expand(const struct mcg_tree *tree, const char *name, struct mcg_groups *groups,
		     struct mcg_error *err)
{
	struct search search = { .name = name, .groups = groups };

	if (name[0] == '/')
		return by_name(tree, name, groups, err);
	if (!strcmp(name, "self"))
		return by_pid(tree, NULL, groups, err);
	if (!strncmp(name, "pid:", 4))
		return by_pid(tree, name, groups, err);
	if (!strncmp(name, "id:", 3)) {
		if (mcg_number_parse(name + 3, UINT64_MAX, &search.id))
			return mcg_fail(err, MCG_USAGE, name, "not a group id");
		search.match = match_id;
	} else if (strchr(name, '/')) {
		no_such_group(err, name);
		return mcg_hint(err, "the path of a group begins with /");
	} else if (strpbrk(name, "*?[")) {
		search.match = match_glob;
	} else if (is_unit(name)) {
		search.match = match_unit;
	} else if (strlen(name) >= CONTAINER_PREFIX_MIN && !name[strspn(name, "0123456789abcdef")]) {
		search.match = match_container;
	} else {
		no_such_group(err, name);
		return mcg_hint(err,
				"give /PATH, a unit, pid:N, id:N, self or the id of a container");
	}
	return find(tree, &search, err);
}

int mcg_group_resolve(const struct mcg_tree *tree, const char *name, char **path,
		      struct mcg_error *err)
{
	struct mcg_groups groups = { .n = 0 };
	int ret = mcg_group_expand(tree, name, &groups, err);

	if (!ret && groups.n > 1)
		ret = ambiguous(groups.path, groups.n, name, err);
	if (!ret) {
		*path = groups.path[0];
		groups.path[0] = NULL;
	}
	mcg_groups_free(&groups);
	return ret;
}
