// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which groups there are. A folder is read again only when inotify tells that a folder was made or removed in it:
 * mkdir(2) and rmdir(2) of a group pass through the VFS, so that it hears of them, as it would not of the kernel's own
 * changes to a file. The modification time of a group's folder would be no help, for it needs not change. The root's
 * count of groups is looked at, too: where it differs without an event, something was missed, and all is read again.
 */
#include "sample_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vec.h"

#define WATCHED (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW)

/* A folder as readdir(3) shows it. */
struct entry {
	uint64_t id;
	char *name;
};

struct listing {
	struct entry *entry;
	size_t n;
	size_t room;
};

static void listing_free(struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++)
		free(listing->entry[i].name);
	free(listing->entry);
}

static int by_id(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

/* Takes over @fd. Return: 0, or -1 without memory. */
static int list(int fd, struct listing *listing)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(dir))) {
		char *name;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		name = strdup(entry->d_name);
		if (!name || !VEC_ROOM(listing->entry, listing->n + 1, listing->room)) {
			free(name);
			ret = -1;
			break;
		}
		listing->entry[listing->n++] = (struct entry){ entry->d_ino, name };
	}
	closedir(dir);
	if (listing->n)
		qsort(listing->entry, listing->n, sizeof(*listing->entry), by_id);
	return ret;
}

/* Where in the list of watches @id is, or belongs. */
static size_t watch_place(const struct mcg_sampler *sampler, int id)
{
	size_t low = 0, high = sampler->n_watches;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sampler->watch[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct mcg_sample *watched(const struct mcg_sampler *sampler, int id)
{
	size_t at = watch_place(sampler, id);

	if (at == sampler->n_watches || sampler->watch[at].id != id)
		return NULL;
	return sampler->watch[at].group;
}

static void forget_watch(struct mcg_sampler *sampler, int id)
{
	size_t at = watch_place(sampler, id);

	if (at == sampler->n_watches || sampler->watch[at].id != id)
		return;
	sampler->watch[at].group->watch = -1;
	sampler->n_watches--;
	memmove(&sampler->watch[at], &sampler->watch[at + 1],
		(sampler->n_watches - at) * sizeof(*sampler->watch));
}

/* Watches the folder that @fd is open on, before it is read: what comes later is told. */
static void add_watch(struct mcg_sampler *sampler, struct mcg_sample *group, int fd)
{
	char name[64];
	size_t at;
	int id = -1;

	if (group->watch >= 0)
		return;
	snprintf(name, sizeof(name), "/proc/self/fd/%d/.", fd);
	if (sampler->inotify >= 0)
		id = inotify_add_watch(sampler->inotify, name, WATCHED);
	/* One folder has one watch: the group that had it before has gone. */
	if (id >= 0)
		forget_watch(sampler, id);
	if (id < 0 || !VEC_ROOM(sampler->watch, sampler->n_watches + 1, sampler->room_watches)) {
		sampler->blind = true;
		return;
	}
	at = watch_place(sampler, id);
	memmove(&sampler->watch[at + 1], &sampler->watch[at],
		(sampler->n_watches - at) * sizeof(*sampler->watch));
	sampler->watch[at] = (struct watch){ id, group };
	sampler->n_watches++;
	group->watch = id;
}

static void remove_group(struct mcg_sampler *sampler, struct mcg_sample *group)
{
	for (size_t i = 0; i < group->n_children; i++)
		remove_group(sampler, group->child[i]);
	sample_close_files(sampler, group);
	if (group->watch >= 0) {
		inotify_rm_watch(sampler->inotify, group->watch);
		forget_watch(sampler, group->watch);
	}
	free(group->child);
	free(group->path);
	free(group);
}

static struct mcg_sample *new_group(struct mcg_sample *parent, uint64_t id, const char *name)
{
	struct mcg_sample *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	if (asprintf(&group->path, "%s/%s", parent && parent->parent ? parent->path : "", name) < 0) {
		free(group);
		return NULL;
	}
	group->name = strrchr(group->path, '/') + 1;
	group->parent = parent;
	group->id = id;
	group->depth = parent ? parent->depth + 1 : 0;
	group->rate = NAN;
	group->before = MCG_FIGURE_UNKNOWN;
	group->watch = -1;
	group->dirty = true;
	group->keep = true;
	for (int i = 0; i < MCG_FIGURES; i++)
		group->figure[i] = MCG_FIGURE_UNKNOWN;
	for (int i = 0; i < MCG_SAMPLE_FILES; i++)
		group->fd[i] = -1;
	return group;
}

/* Makes the children those that @listing names; both are by id. Return: 0, or -1 without memory. */
static int reconcile(struct mcg_sampler *sampler, struct mcg_sample *group,
		     const struct listing *listing)
{
	struct mcg_sample **old = group->child;
	size_t n_old = group->n_children, i = 0, j = 0;
	int ret = 0;

	group->child = NULL;
	group->n_children = group->room_children = 0;
	if (listing->n && !VEC_ROOM(group->child, listing->n, group->room_children))
		ret = -1;
	while (!ret && j < listing->n) {
		const struct entry *entry = &listing->entry[j];
		struct mcg_sample *child;

		if (i < n_old && old[i]->id < entry->id) {
			remove_group(sampler, old[i++]);
			continue;
		}
		j++;
		if (i < n_old && old[i]->id == entry->id && !strcmp(old[i]->name, entry->name)) {
			group->child[group->n_children++] = old[i++];
			continue;
		}
		child = new_group(group, entry->id, entry->name);
		if (child)
			group->child[group->n_children++] = child;
		else
			ret = -1;
	}
	while (i < n_old)
		remove_group(sampler, old[i++]);
	free(old);
	return ret;
}

/* Reads the folder of a group that changed. Return: 0, or -1 without memory. */
static int rescan(struct mcg_sampler *sampler, struct mcg_sample *group)
{
	struct listing listing = { .n = 0 };
	struct mcg_error err = { .errnum = 0 };
	int fd, ret;

	fd = mcg_group_open(sampler->tree, group->path, ".", O_RDONLY | O_DIRECTORY, &err);
	sampler->cost.scans++;
	if (fd >= 0) {
		add_watch(sampler, group, fd);
	} else if (err.errnum == EMFILE || err.errnum == ENFILE || err.errnum == ENOMEM) {
		/* Nothing is known of what is below it: tried again the next time. */
		sampler->blind = true;
		return 0;
	}
	/* A group that went meanwhile has none below it; its parent's folder tells that it went. */
	ret = fd < 0 ? 0 : list(fd, &listing);
	if (!ret)
		ret = reconcile(sampler, group, &listing);
	listing_free(&listing);
	group->dirty = ret;
	return ret;
}

/* Return: 0, or -1 without memory. */
static int update(struct mcg_sampler *sampler, struct mcg_sample *group, bool all)
{
	int ret = 0;

	if (all || group->dirty)
		ret = rescan(sampler, group);
	if (!VEC_ROOM(sampler->order, sampler->n + 1, sampler->room))
		return -1;
	sampler->order[sampler->n++] = group;
	for (size_t i = 0; i < group->n_children; i++)
		if (update(sampler, group->child[i], all))
			ret = -1;
	return ret;
}

/* What inotify told since the last time. Return: whether something changed; @all: anything may have. */
static bool take_events(struct mcg_sampler *sampler, bool *all)
{
	char buffer[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool changed = false;
	ssize_t n;

	if (sampler->inotify < 0)
		return false;
	while ((n = read(sampler->inotify, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (char *at = buffer; at < buffer + n; at += sizeof(*event) + event->len) {
			struct mcg_sample *group;

			event = (const struct inotify_event *)at;
			if (event->mask & IN_Q_OVERFLOW) {
				*all = true;
				continue;
			}
			group = watched(sampler, event->wd);
			if (!group || !(event->mask & (IN_ISDIR | IN_IGNORED)))
				continue;
			/*
			 * The folder went; another one of the same name and inode may have taken its
			 * place, whose files are others.
			 */
			if (event->mask & IN_IGNORED) {
				forget_watch(sampler, event->wd);
				sample_close_files(sampler, group);
			}
			group->dirty = true;
			changed = true;
		}
	}
	return changed;
}

/* The kernel's count of groups below the root, or 0 where it has none. */
static uint64_t count_groups(const struct mcg_sampler *sampler)
{
	char text[256];
	uint64_t count = 0;
	ssize_t n = sampler->total < 0 ? -1 : pread(sampler->total, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "nr_descendants %" SCNu64, &count) == 1 ? count : 0;
}

void sample_tree_open(struct mcg_sampler *sampler)
{
	struct mcg_error ignored;

	sampler->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	sampler->total = mcg_group_open(sampler->tree, "/", "cgroup.stat", O_RDONLY, &ignored);
}

void sample_tree_close(struct mcg_sampler *sampler)
{
	if (sampler->root)
		remove_group(sampler, sampler->root);
	if (sampler->inotify >= 0)
		close(sampler->inotify);
	if (sampler->total >= 0)
		close(sampler->total);
	free(sampler->watch);
	free(sampler->order);
}

int sample_tree_update(struct mcg_sampler *sampler, struct mcg_error *err)
{
	uint64_t count = count_groups(sampler);
	bool all = sampler->blind || !sampler->root, changed;
	struct stat st;

	changed = take_events(sampler, &all);
	/* A count that differs is that of groups whose events are here already, or of some that were missed. */
	if (count != sampler->n_total && !changed)
		all = true;
	sampler->n_total = count;
	if (!sampler->root || all) {
		if (stat(sampler->tree->mount, &st))
			return mcg_fail_errno(err, errno, sampler->tree->mount,
					      "cannot read the cgroup hierarchy");
		if (!sampler->root)
			sampler->root = new_group(NULL, st.st_ino, "");
	}
	if (!all && !changed)
		return 0;
	sampler->blind = sampler->inotify < 0;
	sampler->n = 0;
	hmap_free(&sampler->by_id);
	sampler->by_id = (struct hmap){ .slots = 0 };
	if (sampler->root && !update(sampler, sampler->root, all))
		return 0;
	return mcg_fail_errno(err, ENOMEM, NULL, "cannot read the groups");
}
