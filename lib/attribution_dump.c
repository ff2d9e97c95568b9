// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "genl.h"
#include "memcgctl.h"
#include "procfs_internal.h"

/* A set of the table at hand that has not been looked up. */
#define SET_UNREAD UINT32_MAX

/* What is in a place of a table that is no file. */
#define NO_FILE 0

/*
 * The table that is being read, and what its places stand for in the result.
 * @group: by place
 * @member, @set: the sets, and by where each begins its number in scan->sets
 * @file: by place: number of the file, from 1 on
 * @files: (device, inode, generation) -> number of the file
 */
struct dump {
	struct scan scan;
	uint32_t *group;
	size_t nr_groups, room_groups;
	uint32_t *member;
	size_t nr_members, room_members;
	uint32_t *set;
	size_t room_sets;
	uint32_t *file;
	size_t nr_files, room_files;
	struct hmap files;
};

static int bad_message(void)
{
	errno = EBADMSG;
	return -1;
}

static int no_memory(void)
{
	errno = ENOMEM;
	return -1;
}

static int read_groups(struct dump *dump, const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(struct memcgctl_group);
	struct memcgctl_group group;

	if (!VEC_ROOM(dump->group, dump->nr_groups + n, dump->room_groups))
		return no_memory();
	for (size_t i = 0; i < n; i++) {
		memcpy(&group, (const char *)mnl_attr_get_payload(attr) + i * sizeof(group),
		       sizeof(group));
		dump->group[dump->nr_groups++] =
			group.id ? group_of_id(&dump->scan, group.living) : MCG_GROUP_NONE;
	}
	return 0;
}

static int read_members(struct dump *dump, const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(*dump->member);
	size_t all = dump->nr_members + n;

	if (!VEC_ROOM(dump->member, all, dump->room_members) ||
	    !VEC_ROOM(dump->set, all, dump->room_sets))
		return no_memory();
	memcpy(dump->member + dump->nr_members, mnl_attr_get_payload(attr),
	       n * sizeof(*dump->member));
	for (; dump->nr_members < all; dump->nr_members++)
		dump->set[dump->nr_members] = SET_UNREAD;
	return 0;
}

static int add_file(struct dump *dump, const struct nlattr **tb, uint64_t dev, uint64_t ino)
{
	struct mcg_attribution *result = dump->scan.result;
	const struct nlattr *name = tb[MEMCGCTL_OBJECT_NAME];
	struct mcg_attr_file file = {
		.dev_major = dev >> 20,
		.dev_minor = dev & ((1 << 20) - 1),
		.ino = ino,
		.name = strdup(name ? mnl_attr_get_str(name) : "(unknown)"),
		.has_size = true,
		.size = mcg_attr_u64(tb[MEMCGCTL_OBJECT_SIZE], 0),
	};

	if (!file.name || !VEC_ROOM(result->files, result->nr_files + 1, dump->scan.room_files)) {
		free(file.name);
		return no_memory();
	}
	result->files[result->nr_files++] = file;
	return 0;
}

static int read_object(struct dump *dump, const struct nlattr *attr)
{
	static const uint8_t types[MEMCGCTL_OBJECT_ATTR_MAX + 1] = {
		[MEMCGCTL_OBJECT_KIND] = MNL_TYPE_U8,  [MEMCGCTL_OBJECT_DEV] = MNL_TYPE_U64,
		[MEMCGCTL_OBJECT_INO] = MNL_TYPE_U64,  [MEMCGCTL_OBJECT_GENERATION] = MNL_TYPE_U32,
		[MEMCGCTL_OBJECT_SIZE] = MNL_TYPE_U64, [MEMCGCTL_OBJECT_NAME] = MNL_TYPE_NUL_STRING,
	};
	const struct nlattr *tb[MEMCGCTL_OBJECT_ATTR_MAX + 1];
	uint64_t dev, ino, *number;
	uint32_t generation = 0;
	bool fresh;

	if (mcg_attr_parse_nested(attr, types, MEMCGCTL_OBJECT_ATTR_MAX, tb))
		return -1;
	dev = mcg_attr_u64(tb[MEMCGCTL_OBJECT_DEV], 0);
	ino = mcg_attr_u64(tb[MEMCGCTL_OBJECT_INO], 0);
	if (tb[MEMCGCTL_OBJECT_GENERATION])
		generation = mnl_attr_get_u32(tb[MEMCGCTL_OBJECT_GENERATION]);
	number = hmap_at(&dump->files, dev << 32 | generation, ino, &fresh);
	if (!number || !VEC_ROOM(dump->file, dump->nr_files + 1, dump->room_files))
		return no_memory();
	if (fresh) {
		if (add_file(dump, tb, dev, ino))
			return -1;
		*number = dump->scan.result->nr_files;
	}
	dump->file[dump->nr_files++] = *number;
	return 0;
}

/* The set that begins at a place. Return: 0, or -1 with errno set. */
static int find_set(struct dump *dump, uint32_t begin, uint32_t *set)
{
	uint32_t count, found = GROUPSET_EMPTY;

	if (begin >= dump->nr_members)
		return bad_message();
	count = dump->member[begin];
	if (count > dump->nr_members - begin - 1)
		return bad_message();
	if (dump->set[begin] == SET_UNREAD) {
		for (uint32_t i = 1; i <= count; i++) {
			uint32_t place = dump->member[begin + i];

			if (place >= dump->nr_groups)
				return bad_message();
			if (dump->group[place] != MCG_GROUP_NONE)
				found = groupset_with(&dump->scan.sets, found, dump->group[place]);
		}
		dump->set[begin] = found;
	}
	*set = dump->set[begin];
	return 0;
}

static int tally(struct dump *dump, uint32_t file, uint32_t set, uint32_t owner, uint32_t pages)
{
	uint64_t *sum = hmap_at(&dump->scan.tally, (uint64_t)file << 32 | set, owner, NULL);

	if (!sum)
		return no_memory();
	*sum += pages;
	return 0;
}

static int read_cell(struct dump *dump, const struct memcgctl_cell *cell)
{
	uint32_t set, file;

	if (cell->object >= dump->nr_files || cell->owner >= dump->nr_groups ||
	    find_set(dump, cell->set, &set))
		return bad_message();
	file = dump->file[cell->object];
	if (cell->set == MEMCGCTL_SET_UNKNOWN)
		dump->scan.result->gaps.busy += (uint64_t)cell->pages << PAGE_SHIFT;
	if (tally(dump, 0, set, dump->group[cell->owner], cell->pages))
		return -1;
	return file == NO_FILE ? 0 : tally(dump, file, set, dump->group[cell->owner], cell->pages);
}

static int read_cells(struct dump *dump, const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(struct memcgctl_cell);
	struct memcgctl_cell cell;

	for (size_t i = 0; i < n; i++) {
		memcpy(&cell, (const char *)mnl_attr_get_payload(attr) + i * sizeof(cell),
		       sizeof(cell));
		if (read_cell(dump, &cell))
			return -1;
	}
	return 0;
}

/* What is no file has its places in every table. */
static int begin_table(struct dump *dump)
{
	dump->nr_groups = dump->nr_members = dump->nr_files = 0;
	if (!VEC_ROOM(dump->file, MEMCGCTL_OBJECT_FILE, dump->room_files))
		return no_memory();
	for (; dump->nr_files < MEMCGCTL_OBJECT_FILE; dump->nr_files++)
		dump->file[dump->nr_files] = NO_FILE;
	return 0;
}

static int read_message(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[MEMCGCTL_ATTRIBUTION_MAX + 1] = {
		[MEMCGCTL_ATTRIBUTION_GROUPS] = MNL_TYPE_BINARY,
		[MEMCGCTL_ATTRIBUTION_SETS] = MNL_TYPE_BINARY,
		[MEMCGCTL_ATTRIBUTION_OBJECT] = MNL_TYPE_NESTED,
		[MEMCGCTL_ATTRIBUTION_CELLS] = MNL_TYPE_BINARY,
		[MEMCGCTL_ATTRIBUTION_END] = MNL_TYPE_FLAG,
	};
	const struct nlattr *tb[MEMCGCTL_ATTRIBUTION_MAX + 1], *attr;
	struct dump *dump = data;
	int ret = 0;

	if (mcg_attr_parse(message, types, MEMCGCTL_ATTRIBUTION_MAX, tb))
		return -1;
	mcg_attr_for_each(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case MEMCGCTL_ATTRIBUTION_GROUPS:
			ret = read_groups(dump, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_SETS:
			ret = read_members(dump, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_OBJECT:
			ret = read_object(dump, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_CELLS:
			ret = read_cells(dump, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_END:
			ret = begin_table(dump);
			break;
		}
		if (ret)
			return -1;
	}
	return 0;
}

/* Never called: such a dump does not change under who reads it. */
static void restart(void *data)
{
	(void)data;
}

static int by_file(const void *one, const void *other)
{
	const struct mcg_attr_file *a = one, *b = other;

	if (a->dev_major != b->dev_major)
		return a->dev_major < b->dev_major ? -1 : 1;
	if (a->dev_minor != b->dev_minor)
		return a->dev_minor < b->dev_minor ? -1 : 1;
	return (a->ino > b->ino) - (a->ino < b->ino);
}

static void dump_free(struct dump *dump)
{
	free(dump->group);
	free(dump->member);
	free(dump->set);
	free(dump->file);
	hmap_free(&dump->files);
	hmap_free(&dump->scan.tally);
	hmap_free(&dump->scan.group_by_id);
	groupset_free(&dump->scan.sets);
	free(dump->scan.text);
	free(dump->scan.processes);
	if (dump->scan.proc_fd >= 0)
		close(dump->scan.proc_fd);
}

int mcg_attribution_dump(struct mcg_module *module, const struct mcg_tree *tree,
			 struct mcg_attribution **out, struct mcg_error *err)
{
	const struct procfs_query query = { 0 };
	struct dump dump = {
		.scan = { .tree = tree,
			  .query = &query,
			  .err = err,
			  .count_only = true,
			  .result = calloc(1, sizeof(*dump.scan.result)),
			  .proc_fd = open(tree->proc, O_PATH | O_DIRECTORY | O_CLOEXEC) },
	};
	struct scan *scan = &dump.scan;
	int ret = -1;

	if (!scan->result || begin_table(&dump))
		mcg_fail(err, MCG_FAILED, NULL, "out of memory");
	else if (scan->proc_fd < 0)
		mcg_fail_errno(err, errno, tree->proc, "cannot open");
	else if (!groups_read(scan) && !processes_read(scan) &&
		 !mcg_genl_dump(module, MEMCGCTL_CMD_ATTRIBUTION, read_message, restart, &dump, err))
		ret = result_fill(scan);
	if (!ret && scan->result->nr_files)
		qsort(scan->result->files, scan->result->nr_files, sizeof(*scan->result->files),
		      by_file);
	dump_free(&dump);
	if (ret)
		mcg_attribution_free(scan->result);
	else
		*out = scan->result;
	if (!ret)
		scan->result->backend = "module";
	return ret;
}
