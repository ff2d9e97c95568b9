/* SPDX-License-Identifier: GPL-2.0-only */
/* The command claim, inside: claim.c drives, claim_object.c finds what is claimed, claim_write.c writes the receipt. */
#ifndef CMD_CLAIM_PRIVATE_H
#define CMD_CLAIM_PRIVATE_H

#include "command.h"
#include "group.h"
#include "mappers.h"
#include "memcgctl.h"
#include "object.h"
#include "orphans.h"

struct claim_options {
	const char *pid;
	const char *file;
	const char *mount;
	const char *from;
	int orphans;
	const char *to;
	const char *max;
	int dry_run;
	int fit;
	int include_shared;
};

/**
 * struct job - one claim as the user asked for it
 * @part: what the module is asked for, one after the other
 * @fd: descriptors that the parts name, to be closed at the end
 * @subject: what it is about, for messages: "process 42", or the file
 * @target: the group that pays from now on
 * @size: bytes to go through, for the progress; 0 when that is not known
 * @own_group: of the process that is claimed from
 * @mapped: whose mappers are asked for when the target is their common ancestor
 * @files: of @mapped
 * @orphans: what was found, when orphans are claimed: one part each
 * @receipt: of all parts
 * @complete: neither a signal nor an error ended it
 */
struct job {
	struct mcg_claim *part;
	size_t n_parts;
	size_t room_parts;
	int *fd;
	size_t n_fds;
	size_t room_fds;
	char subject[512];
	struct target target;
	uint64_t size;
	struct mcg_mapped mapped;
	struct mcg_file_id *files;
	size_t room_files;
	char *own_group;
	struct mcg_orphans orphans;
	struct mcg_receipt receipt;
	bool complete;
};

/* claim_object.c */
int claim_object(struct context *ctx, const struct mcg_tree *tree, const struct claim_options *opt,
		 struct job *job);
int claim_orphans(struct context *ctx, const struct mcg_tree *tree, const struct mcg_claim *target,
		  struct job *job);
void claim_object_close(struct job *job);

/* claim_write.c */
int claim_write(struct context *ctx, const struct job *job, bool dry_run);

#endif
