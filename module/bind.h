/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bindings: rules that send future charges of a file, a filesystem or a range of a process to other groups.
 * What the rest of the module may ask of them.
 */
#ifndef MEMCGCTL_BIND_H
#define MEMCGCTL_BIND_H

#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/netlink.h>

#include "core/process.h"
#include "uapi/memcgctl.h"

/** struct bind_share - a target of a request, and its weight; the caller has a css reference */
struct bind_share {
	struct mem_cgroup *memcg;
	u32 weight;
};

/**
 * struct bind_request - what is bound, and to what
 * @kind: which of @file, @process is meant, and how
 * @file: the file; of a mount its root directory; or NULL
 * @process: whose addresses @start and @end are; its mm may be NULL
 * @start: first byte; a multiple of the page size; not of a mount
 * @end: one past the last; a multiple of the page size, or MEMCGCTL_SIZE_MAX
 * @shares: the targets
 * @targets: number of @shares, at least 1
 * @heir: with @on_death MEMCGCTL_ON_DEATH_GROUP, and a css reference of the caller's; else NULL
 * @on_death: who inherits
 * @on_full: what happens when a target has no room
 * @follow: pattern of paths, or NULL
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace
 */
struct bind_request {
	enum memcgctl_bind_kind kind;
	struct file *file;
	struct process process;
	u64 start;
	u64 end;
	struct bind_share *shares;
	unsigned int targets;
	struct mem_cgroup *heir;
	enum memcgctl_on_death on_death;
	enum memcgctl_on_full on_full;
	const char *follow;
	bool admin;
};

/**
 * struct bind_entry - a binding as it is now
 * @id: never used again
 * @kind: what is bound
 * @name: path of the file or of the mount's root when it was bound, or the name of the process
 * @pid: of the process, or NULL
 * @dev: of the file or filesystem
 * @ino: of the file
 * @start: see &struct bind_request
 * @end: see &struct bind_request
 * @shares: who pays now, with css references; a group that is gone and whom nobody inherits is NULL
 * @targets: number of @shares
 * @heir: with a css reference, or NULL
 * @on_death: who inherits
 * @on_full: what happens when a target has no room
 * @follow: pattern, or NULL
 * @redirected: bytes charged through it
 * @fell_back: bytes that a target had no room for
 */
struct bind_entry {
	u32 id;
	enum memcgctl_bind_kind kind;
	const char *name;
	struct pid *pid;
	dev_t dev;
	u64 ino;
	u64 start;
	u64 end;
	struct bind_share *shares;
	unsigned int targets;
	struct mem_cgroup *heir;
	enum memcgctl_on_death on_death;
	enum memcgctl_on_full on_full;
	const char *follow;
	u64 redirected;
	u64 fell_back;
	/* private: */
	struct binding *binding;
};

/**
 * struct bind_held - the object of a binding, kept for a look at what is present of it
 * @mm: of a range
 * @inode: of a file; with @sb, which has to outlive it
 * @sb: of a filesystem
 */
struct bind_held {
	struct mm_struct *mm;
	struct inode *inode;
	struct super_block *sb;
};

void bind_init(void);
void bind_exit(void);
const char *bind_unavailable(void);
const char *bind_follow_unavailable(void);
int bind_open_file(struct bind_request *request, int fd, struct netlink_ext_ack *extack);
int bind_open_mount(struct bind_request *request, int fd, struct netlink_ext_ack *extack);
int bind_open_process(struct bind_request *request, int pidfd, struct netlink_ext_ack *extack);
void bind_close(struct bind_request *request);
int bind_make(const struct bind_request *request, u32 *id, struct netlink_ext_ack *extack);
int bind_end(u32 id, bool admin);
int bind_next(u32 *cursor, kuid_t user, bool admin, struct bind_entry *entry);
int bind_get(u32 id, bool admin, struct bind_entry *entry, struct bind_held *held);
void bind_entry_put(struct bind_entry *entry);
void bind_held_put(struct bind_held *held);

#endif
