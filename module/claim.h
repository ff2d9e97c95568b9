/* SPDX-License-Identifier: GPL-2.0-only */
/* Claims: moving the charges of memory that is present now. What the rest of the module may ask of them. */
#ifndef MEMCGCTL_CLAIM_H
#define MEMCGCTL_CLAIM_H

#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/netlink.h>

#include "core/charge.h"
#include "uapi/memcgctl.h"

/**
 * struct claim_request - what is claimed
 * @mm: address space whose addresses @start and @end are, or NULL
 * @file: else the file whose offsets they are
 * @inode: or its inode, which the caller keeps, and the filesystem too
 * @mount: else the root directory of a filesystem that is meant as a whole
 * @sb: or the filesystem itself, which the caller keeps
 * @share: which of the pages are meant; all when it is 0
 * @anon: of @mm only what belongs to no file
 * @from: the group whose pages are meant: of the object, or, when there is none, all; with a css reference of the caller's; or NULL
 * @start: first byte; a multiple of the page size
 * @end: one past the last; a multiple of the page size, or MEMCGCTL_SIZE_MAX
 * @owners: to be filled with whom the pages of @file are charged to, or NULL
 * @flags: &enum memcgctl_claim_flags
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace
 * @at_most: bytes to be moved at most; a multiple of the page size, or MEMCGCTL_SIZE_MAX
 * @to: the target, with a css reference of the caller's
 */
struct claim_request {
	struct mm_struct *mm;
	struct file *file;
	struct inode *inode;
	struct file *mount;
	struct super_block *sb;
	struct mem_cgroup *from;
	struct charge_share share;
	bool anon;
	struct claim_owners *owners;
	u64 start;
	u64 end;
	u64 at_most;
	u32 flags;
	bool admin;
	struct mem_cgroup *to;
};

/**
 * struct claim_owners - whom pages are charged to
 * @nr: entries of @owner; when there are more, some are left out
 */
struct claim_owners {
	unsigned int nr;
	struct claim_owner {
		u64 id;
		u64 size;
		bool dead;
	} owner[64];
};

/* More would be of no use to anybody. */
#define CLAIM_PINS 16

/* What stays with a group: see &enum memcgctl_pin. */
struct claim_pin {
	enum memcgctl_pin kind;
	u64 amount;
	const char *name;
};

/**
 * struct claim_receipt - what became of it, in bytes
 * @cursor: where to go on
 * @present: found present; the sum of @moved and of all of @skipped but MEMCGCTL_SKIP_SWAPPED
 * @moved: charged to the target now
 * @skipped: not moved, by reason
 * @swap_moved: charges of swap space moved
 * @room: what the target can be charged with now without reclaim, or MEMCGCTL_SIZE_MAX
 * @dead: the group that was claimed from is gone
 * @nr_pins: entries of @pin
 */
struct claim_receipt {
	u64 cursor;
	u64 present;
	u64 moved;
	u64 skipped[MEMCGCTL_SKIP_MAX + 1];
	u64 swap_moved;
	u64 room;
	bool dead;
	unsigned int nr_pins;
	struct claim_pin pin[CLAIM_PINS];
};

void claim_init(void);
const char *claim_unavailable(void);
const char *claim_dead_unavailable(void);
int claim_open_process(struct claim_request *request, int pidfd, struct netlink_ext_ack *extack);
int claim_open_file(struct claim_request *request, int fd, bool admin,
		    struct netlink_ext_ack *extack);
int claim_open_mount(struct claim_request *request, int fd, bool admin,
		     struct netlink_ext_ack *extack);
void claim_close(struct claim_request *request);
int claim(const struct claim_request *request, struct claim_receipt *receipt,
	  struct netlink_ext_ack *extack);

#endif
