/* SPDX-License-Identifier: GPL-2.0-only */
/* Claims: moving the charges of memory that is present now. What the rest of the module may ask of them. */
#ifndef MEMCGCTL_CLAIM_H
#define MEMCGCTL_CLAIM_H

#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/netlink.h>

#include "uapi/memcgctl.h"

/**
 * struct claim_request - what is claimed
 * @mm: address space whose addresses @start and @end are, or NULL
 * @file: else the file whose offsets they are
 * @start: first byte; a multiple of the page size
 * @end: one past the last; a multiple of the page size, or MEMCGCTL_SIZE_MAX
 * @flags: &enum memcgctl_claim_flags
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace
 * @to: the target, with a css reference of the caller's
 */
struct claim_request {
	struct mm_struct *mm;
	struct file *file;
	u64 start;
	u64 end;
	u32 flags;
	bool admin;
	struct mem_cgroup *to;
};

/**
 * struct claim_receipt - what became of it, in bytes
 * @cursor: where to go on
 * @present: found present; the sum of @moved and of all of @skipped but MEMCGCTL_SKIP_SWAPPED
 * @moved: charged to the target now
 * @skipped: not moved, by reason
 */
struct claim_receipt {
	u64 cursor;
	u64 present;
	u64 moved;
	u64 skipped[MEMCGCTL_SKIP_MAX + 1];
};

void claim_init(void);
const char *claim_unavailable(void);
int claim_open_process(struct claim_request *request, int pidfd, struct netlink_ext_ack *extack);
int claim_open_file(struct claim_request *request, int fd, bool admin,
		    struct netlink_ext_ack *extack);
void claim_close(struct claim_request *request);
int claim(const struct claim_request *request, struct claim_receipt *receipt,
	  struct netlink_ext_ack *extack);

#endif
