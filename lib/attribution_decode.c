// SPDX-License-Identifier: LGPL-2.1-or-later
#include "attribution_decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "genl.h"
#include "memcgctl.h"

/* A set of the table at hand that has not been looked up. */
#define SET_UNREAD UINT32_MAX

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

static int read_groups(struct attribution_decoder *decoder, const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(struct memcgctl_group);
	struct memcgctl_group group;
	uint32_t place;

	if (!VEC_ROOM(decoder->group, decoder->nr_groups + n, decoder->room_groups))
		return no_memory();
	for (size_t i = 0; i < n; i++) {
		memcpy(&group, (const char *)mnl_attr_get_payload(attr) + i * sizeof(group),
		       sizeof(group));
		place = group.id ? group_of_id(decoder->build, group.living) : MCG_GROUP_NONE;
		group_count(decoder->build, place, group.processes);
		decoder->group[decoder->nr_groups++] = place;
	}
	return 0;
}

static int read_members(struct attribution_decoder *decoder, const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(*decoder->member);
	size_t all = decoder->nr_members + n;

	if (!VEC_ROOM(decoder->member, all, decoder->room_members) ||
	    !VEC_ROOM(decoder->set, all, decoder->room_sets))
		return no_memory();
	memcpy(decoder->member + decoder->nr_members, mnl_attr_get_payload(attr),
	       n * sizeof(*decoder->member));
	for (; decoder->nr_members < all; decoder->nr_members++)
		decoder->set[decoder->nr_members] = SET_UNREAD;
	return 0;
}

static uint32_t add_file(struct attribution_decoder *decoder, const struct nlattr **tb,
			 uint64_t dev, uint64_t ino)
{
	const struct nlattr *name = tb[MEMCGCTL_OBJECT_NAME];
	struct mcg_attr_file file = {
		.dev_major = dev >> 20,
		.dev_minor = dev & ((1 << 20) - 1),
		.ino = ino,
		.kind = tb[MEMCGCTL_OBJECT_KIND] ? mnl_attr_get_u8(tb[MEMCGCTL_OBJECT_KIND]) : 0,
		.inside = tb[MEMCGCTL_OBJECT_INSIDE],
		.name = strdup(name ? mnl_attr_get_str(name) : "(unknown)"),
		.has_size = true,
		.size = mcg_attr_u64(tb[MEMCGCTL_OBJECT_SIZE], 0),
	};

	return build_file(decoder->build, &file);
}

static int read_object(struct attribution_decoder *decoder, const struct nlattr *attr)
{
	static const uint8_t types[MEMCGCTL_OBJECT_ATTR_MAX + 1] = {
		[MEMCGCTL_OBJECT_KIND] = MNL_TYPE_U8,
		[MEMCGCTL_OBJECT_DEV] = MNL_TYPE_U64,
		[MEMCGCTL_OBJECT_INO] = MNL_TYPE_U64,
		[MEMCGCTL_OBJECT_GENERATION] = MNL_TYPE_U32,
		[MEMCGCTL_OBJECT_SIZE] = MNL_TYPE_U64,
		[MEMCGCTL_OBJECT_NAME] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_OBJECT_INSIDE] = MNL_TYPE_FLAG,
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
	number = hmap_at(&decoder->files, dev << 32 | generation, ino, &fresh);
	if (!number || !VEC_ROOM(decoder->file, decoder->nr_files + 1, decoder->room_files))
		return no_memory();
	if (fresh)
		*number = add_file(decoder, tb, dev, ino);
	decoder->file[decoder->nr_files++] = *number;
	return 0;
}

/* The set that begins at a place. Return: 0, or -1 with errno set. */
static int find_set(struct attribution_decoder *decoder, uint32_t begin, uint32_t *set)
{
	uint32_t count, found = GROUPSET_EMPTY;

	if (begin >= decoder->nr_members)
		return bad_message();
	count = decoder->member[begin];
	if (count > decoder->nr_members - begin - 1)
		return bad_message();
	if (decoder->set[begin] == SET_UNREAD) {
		for (uint32_t i = 1; i <= count; i++) {
			uint32_t place = decoder->member[begin + i];

			if (place >= decoder->nr_groups)
				return bad_message();
			if (decoder->group[place] != MCG_GROUP_NONE)
				found = groupset_with(&decoder->build->sets, found,
						      decoder->group[place]);
		}
		decoder->set[begin] = found;
	}
	*set = decoder->set[begin];
	return 0;
}

static int read_cell(struct attribution_decoder *decoder, const struct memcgctl_cell *cell)
{
	struct attribution_build *build = decoder->build;
	uint32_t set, file, owner;

	if (cell->object >= decoder->nr_files || cell->owner >= decoder->nr_groups ||
	    find_set(decoder, cell->set, &set))
		return bad_message();
	file = decoder->file[cell->object];
	owner = decoder->group[cell->owner];
	if (cell->set == MEMCGCTL_SET_UNKNOWN)
		build->result->gaps.busy += (uint64_t)cell->pages << PAGE_SHIFT;
	build_add(build, FILE_ALL, set, owner, cell->pages);
	if (file != FILE_ALL)
		build_add(build, file, set, owner, cell->pages);
	return build->oom ? no_memory() : 0;
}

static int read_cells(struct attribution_decoder *decoder, const struct nlattr *attr)
{
	size_t n = mnl_attr_get_payload_len(attr) / sizeof(struct memcgctl_cell);
	struct memcgctl_cell cell;

	for (size_t i = 0; i < n; i++) {
		memcpy(&cell, (const char *)mnl_attr_get_payload(attr) + i * sizeof(cell),
		       sizeof(cell));
		if (read_cell(decoder, &cell))
			return -1;
	}
	return 0;
}

/* What is no file has its places in every table. */
static int begin_table(struct attribution_decoder *decoder)
{
	decoder->nr_groups = decoder->nr_members = decoder->nr_files = 0;
	if (!VEC_ROOM(decoder->file, MEMCGCTL_OBJECT_FILE, decoder->room_files))
		return no_memory();
	for (; decoder->nr_files < MEMCGCTL_OBJECT_FILE; decoder->nr_files++)
		decoder->file[decoder->nr_files] = FILE_ALL;
	return 0;
}

int decode_message(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[MEMCGCTL_ATTRIBUTION_MAX + 1] = {
		[MEMCGCTL_ATTRIBUTION_GROUPS] = MNL_TYPE_BINARY,
		[MEMCGCTL_ATTRIBUTION_SETS] = MNL_TYPE_BINARY,
		[MEMCGCTL_ATTRIBUTION_OBJECT] = MNL_TYPE_NESTED,
		[MEMCGCTL_ATTRIBUTION_CELLS] = MNL_TYPE_BINARY,
		[MEMCGCTL_ATTRIBUTION_END] = MNL_TYPE_FLAG,
	};
	const struct nlattr *tb[MEMCGCTL_ATTRIBUTION_MAX + 1], *attr;
	struct attribution_decoder *decoder = data;
	int ret = 0;

	if (mcg_attr_parse(message, types, MEMCGCTL_ATTRIBUTION_MAX, tb))
		return -1;
	mcg_attr_for_each(attr, message) {
		switch (mnl_attr_get_type(attr)) {
		case MEMCGCTL_ATTRIBUTION_GROUPS:
			ret = read_groups(decoder, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_SETS:
			ret = read_members(decoder, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_OBJECT:
			ret = read_object(decoder, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_CELLS:
			ret = read_cells(decoder, attr);
			break;
		case MEMCGCTL_ATTRIBUTION_END:
			ret = begin_table(decoder);
			break;
		}
		if (ret)
			return -1;
	}
	return 0;
}

int decode_begin(struct attribution_decoder *decoder, struct attribution_build *build)
{
	*decoder = (struct attribution_decoder){ .build = build };
	return begin_table(decoder);
}

void decode_end(struct attribution_decoder *decoder)
{
	free(decoder->group);
	free(decoder->member);
	free(decoder->set);
	free(decoder->file);
	hmap_free(&decoder->files);
}
