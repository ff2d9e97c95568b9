/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module's tables of who pays and who maps, message by message: see uapi/memcgctl_attribution.h. */
#ifndef MCG_ATTRIBUTION_DECODE_H
#define MCG_ATTRIBUTION_DECODE_H

#include "attribution_build.h"

struct nlmsghdr;

/**
 * struct attribution_decoder - the table that is being read, and what its places stand for in the result
 * @build: what comes of it
 * @group: by place
 * @member, @set: the sets, and by where each begins its number in @build
 * @file: by place: number of the file
 * @files: (device, inode, generation) -> number of the file
 */
struct attribution_decoder {
	struct attribution_build *build;
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

/* decode_begin() - before the first message. Return: 0, or -1 with errno set; decode_end() in any case */
int decode_begin(struct attribution_decoder *decoder, struct attribution_build *build);

/* decode_message() - one message of the dump, whose decoder is @data. Return: 0, or -1 with errno set (EBADMSG, ENOMEM) */
int decode_message(const struct nlmsghdr *message, void *data);

void decode_end(struct attribution_decoder *decoder);

#endif
