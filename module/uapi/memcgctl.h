/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The protocol between memcgctl and its kernel module: generic netlink family "memcgctl".
 *
 * This header is the specification; both sides include it. Conventions:
 *
 * - Sizes are bytes (u64), always a multiple of the page size in replies. "No limit" is
 *   %MEMCGCTL_SIZE_MAX. Integers are in host byte order.
 * - A group is named in a request by an open file descriptor of one of its cgroupfs files, never by a
 *   path or a number: the descriptor is the proof of the caller's permission. It must have been opened
 *   for writing by the caller itself (same credentials), and the caller must see the group in its cgroup
 *   namespace; which file is said at each attribute.
 * - A group is named in a reply by its id (the inode number of its cgroupfs directory) and its path
 *   relative to the caller's cgroup namespace.
 * - Every request is validated strictly; unknown attributes are refused. Every error carries an extack
 *   text that says why.
 * - Errors common to all commands: -EPERM (not permitted), -EBADF (not a descriptor), -EINVAL (malformed),
 *   -ENODEV (the group is gone or going), -EOPNOTSUPP (this kernel lacks what the command needs; the
 *   extack text and %MEMCGCTL_CMD_STATUS say what).
 * - 64-bit attributes may be preceded by a PAD attribute (0) for alignment.
 */
#ifndef _UAPI_MEMCGCTL_H
#define _UAPI_MEMCGCTL_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define MEMCGCTL_GENL_NAME "memcgctl"
/* Version of the protocol: raised when the meaning of something present changes. */
#define MEMCGCTL_GENL_VERSION 1
#define MEMCGCTL_MCGRP_EVENTS "events"

/* "No limit", in every size. */
#define MEMCGCTL_SIZE_MAX (~0ULL)

/**
 * enum memcgctl_cmd - requests and notifications of the family
 * @MEMCGCTL_CMD_UNSPEC: never sent
 * @MEMCGCTL_CMD_STATUS: do. Request: no attribute. Reply: one message of &enum memcgctl_status_attr.
 *	Permission: none.
 * @MEMCGCTL_CMD_KMEM_GET: do and dump. Do: %MEMCGCTL_KMEM_FD; the reply is that group's entry
 *	(&enum memcgctl_kmem_attr), -ENOENT when it has no kmem limit of its own. Dump: no attribute; one message
 *	per group with a kmem limit of its own, in no order.
 *	Permission: groups inside the caller's cgroup namespace; with CAP_SYS_ADMIN all.
 * @MEMCGCTL_CMD_KMEM_SET: do. Request: %MEMCGCTL_KMEM_FD, %MEMCGCTL_KMEM_LIMIT, optional
 *	%MEMCGCTL_KMEM_MODE (default enforce). A limit of %MEMCGCTL_SIZE_MAX clears it. The limit is
 *	rounded down to a page. A limit below the usage shrinks first. Reply: the entry as it is after
 *	(usage above the limit is what could not be freed yet: a request shrinks for at most 100 ms, and the same
 *	request again goes on); only an acknowledgement when cleared.
 *	Errors: -EBUSY (redirect taken by another user, no quiet moment to begin counting, or another request
 *	cleared the limit at the same time: try again), -EINTR (a signal came while shrinking; the limit stands), -ENOMEM.
 *	Permission: write on the group's memory.max.
 * @MEMCGCTL_CMD_CLAIM: do. Moves the charges of present pages of one address range, one file range, one filesystem,
 *	or one group. Request: at most one of %MEMCGCTL_CLAIM_PIDFD, %MEMCGCTL_CLAIM_FD, %MEMCGCTL_CLAIM_MOUNT_FD;
 *	at most one of %MEMCGCTL_CLAIM_FROM_FD, %MEMCGCTL_CLAIM_FROM_ID, which alone means all user memory that is
 *	charged to that group, and with an object just the object's pages that are; one of both kinds at least;
 *	%MEMCGCTL_CLAIM_START and %MEMCGCTL_CLAIM_END; %MEMCGCTL_CLAIM_TARGET_FD, optional
 *	%MEMCGCTL_CLAIM_ANCESTOR_FD, %MEMCGCTL_CLAIM_FLAGS, %MEMCGCTL_CLAIM_AT_MOST. Works at most 20 ms; the reply is a
 *	receipt for what this request covered and %MEMCGCTL_CLAIM_CURSOR, where the next request must start; the
 *	work is done when the cursor equals END.
 *	With %MEMCGCTL_CLAIM_BIND_ID instead of all these objects, groups and targets: what is present of a binding's object
 *	goes to the binding's targets.
 *	Errors: -ESRCH (process gone), -ENOSPC never: what does not fit under the target's memory.max is skipped
 *	with reason "limit".
 *	Permission: see the attributes.
 * @MEMCGCTL_CMD_BIND: do and dump. Do: makes a binding. Request: one of %MEMCGCTL_BIND_FD, %MEMCGCTL_BIND_MOUNT_FD,
 *	%MEMCGCTL_BIND_PIDFD; %MEMCGCTL_BIND_START and %MEMCGCTL_BIND_END (not for a mount); one or more
 *	%MEMCGCTL_BIND_TARGET; optional %MEMCGCTL_BIND_ON_DEATH, %MEMCGCTL_BIND_HEIR, %MEMCGCTL_BIND_ON_FULL,
 *	%MEMCGCTL_BIND_FOLLOW. Reply: %MEMCGCTL_BIND_ID. Dump: no attribute; one message per binding, by id.
 *	Errors: -EEXIST (the object, or part of it, is bound already), -ESRCH (process gone), -ENOSPC (too many bindings or
 *	targets), -EBUSY (redirect taken by another user).
 *	Permission: see the attributes. Dump: bindings all of whose targets are inside the caller's cgroup namespace and that the
 *	caller made (same user), with CAP_SYS_ADMIN all.
 * @MEMCGCTL_CMD_UNBIND: do. Ends a binding. Request: %MEMCGCTL_BIND_ID. Charges made stay where they are. Errors: -ENOENT (no
 *	such binding, or none that the caller may see). Permission: who made it (same user), or CAP_SYS_ADMIN.
 * @MEMCGCTL_CMD_ATTRIBUTION: dump. Who pays for user memory that is present, and who maps it; every page counts once. Request:
 *	what of &enum memcgctl_attribution_attr is for requests, each optional. The reply is one or more tables, each in as many
 *	messages of &enum memcgctl_attribution_attr as it takes, the last with %MEMCGCTL_ATTRIBUTION_END. Whoever asks adds the
 *	tables up: a file may be in several of them.
 *	Errors: -ENOMEM, -EOPNOTSUPP (this kernel lacks what it needs), and those of the request. Permission: CAP_SYS_ADMIN.
 * @MEMCGCTL_CMD_DEAD: dump. Groups that were removed and still have something, one message of &enum memcgctl_dead_attr for each
 *	controller that keeps one: first all of the memory controller, a group before those below it. Request: no attribute.
 *	Errors: -EOPNOTSUPP. Permission: CAP_SYS_ADMIN.
 * @MEMCGCTL_CMD_CHARGED: dump. What each group but the root is charged with (&enum memcgctl_charged_attr). Request: no attribute.
 *	Groups that come and go meanwhile may be left out. Permission: CAP_SYS_ADMIN.
 * @MEMCGCTL_CMD_EVENT: notification on the multicast group "events" (&enum memcgctl_event_attr). As a request (do, no
 *	attribute): may the caller listen? An acknowledgement, or -EPERM, to be asked before joining. Listening needs
 *	CAP_SYS_ADMIN in the initial user namespace and the initial network namespace.
 */
enum memcgctl_cmd {
	MEMCGCTL_CMD_UNSPEC,
	MEMCGCTL_CMD_STATUS,
	MEMCGCTL_CMD_KMEM_GET,
	MEMCGCTL_CMD_KMEM_SET,
	MEMCGCTL_CMD_CLAIM,
	MEMCGCTL_CMD_EVENT,
	MEMCGCTL_CMD_BIND,
	MEMCGCTL_CMD_UNBIND,
	MEMCGCTL_CMD_ATTRIBUTION,
	MEMCGCTL_CMD_DEAD,
	MEMCGCTL_CMD_CHARGED,
	__MEMCGCTL_CMD_AFTER_LAST,
	MEMCGCTL_CMD_MAX = __MEMCGCTL_CMD_AFTER_LAST - 1,
};

/**
 * enum memcgctl_status_attr - attributes of %MEMCGCTL_CMD_STATUS
 * @MEMCGCTL_STATUS_PAD: alignment
 * @MEMCGCTL_STATUS_VERSION: string, version of the module
 * @MEMCGCTL_STATUS_FEATURE: nested, one per feature: &enum memcgctl_feature_attr
 * @MEMCGCTL_STATUS_HOOK: nested, one per hook (function redirect): &enum memcgctl_hook_attr
 * @MEMCGCTL_STATUS_GROUPS: u32, number of groups with a policy of their own
 */
enum memcgctl_status_attr {
	MEMCGCTL_STATUS_PAD,
	MEMCGCTL_STATUS_VERSION,
	MEMCGCTL_STATUS_FEATURE,
	MEMCGCTL_STATUS_HOOK,
	MEMCGCTL_STATUS_GROUPS,
	__MEMCGCTL_STATUS_AFTER_LAST,
	MEMCGCTL_STATUS_MAX = __MEMCGCTL_STATUS_AFTER_LAST - 1,
};

/**
 * enum memcgctl_feature_attr - one feature of the module
 * @MEMCGCTL_FEATURE_PAD: alignment
 * @MEMCGCTL_FEATURE_NAME: string ("kmem", "claim", "drain": what is left of a group that is gone, "bind", "follow":
 *	bindings of a pattern, "madvise", "attribution",
 *	"dead")
 * @MEMCGCTL_FEATURE_REASON: string, why it is not available; absent when it is
 */
enum memcgctl_feature_attr {
	MEMCGCTL_FEATURE_PAD,
	MEMCGCTL_FEATURE_NAME,
	MEMCGCTL_FEATURE_REASON,
	__MEMCGCTL_FEATURE_AFTER_LAST,
	MEMCGCTL_FEATURE_MAX = __MEMCGCTL_FEATURE_AFTER_LAST - 1,
};

/**
 * enum memcgctl_hook_attr - one hook of the module
 * @MEMCGCTL_HOOK_PAD: alignment
 * @MEMCGCTL_HOOK_NAME: string, the kernel function
 * @MEMCGCTL_HOOK_LIVE: u8, 1 while registered
 */
enum memcgctl_hook_attr {
	MEMCGCTL_HOOK_PAD,
	MEMCGCTL_HOOK_NAME,
	MEMCGCTL_HOOK_LIVE,
	__MEMCGCTL_HOOK_AFTER_LAST,
	MEMCGCTL_HOOK_MAX = __MEMCGCTL_HOOK_AFTER_LAST - 1,
};

/**
 * enum memcgctl_kmem_mode - what a kmem limit does at a breach
 * @MEMCGCTL_KMEM_OBSERVE: counts it
 * @MEMCGCTL_KMEM_SHRINK: reclaims the group's slab, throttles the task, lets the charge through
 * @MEMCGCTL_KMEM_ENFORCE: reclaims, then fails the charge; faults are forced, and end in the group's OOM kill
 */
enum memcgctl_kmem_mode {
	MEMCGCTL_KMEM_OBSERVE,
	MEMCGCTL_KMEM_SHRINK,
	MEMCGCTL_KMEM_ENFORCE,
	__MEMCGCTL_KMEM_MODE_AFTER_LAST,
	MEMCGCTL_KMEM_MODE_MAX = __MEMCGCTL_KMEM_MODE_AFTER_LAST - 1,
};

/**
 * enum memcgctl_kmem_attr - attributes of the kmem commands
 * @MEMCGCTL_KMEM_PAD: alignment
 * @MEMCGCTL_KMEM_FD: u32, request: descriptor of the group's memory.max, opened for writing (SET) or reading (GET)
 * @MEMCGCTL_KMEM_ID: u64, id of the group
 * @MEMCGCTL_KMEM_PATH: string, path of the group
 * @MEMCGCTL_KMEM_LIMIT: u64, the group's own limit
 * @MEMCGCTL_KMEM_MODE: u8, &enum memcgctl_kmem_mode
 * @MEMCGCTL_KMEM_USAGE: u64, kernel memory charged to the group and its descendants
 * @MEMCGCTL_KMEM_PEAK: u64, highest usage since the limit was first set
 * @MEMCGCTL_KMEM_EFFECTIVE: u64, the lowest limit on the way to the root
 * @MEMCGCTL_KMEM_EFFECTIVE_ID: u64, id of the group that sets it
 * @MEMCGCTL_KMEM_EFFECTIVE_PATH: string, its path; absent when the caller may not see it
 * @MEMCGCTL_KMEM_BREACHES: u64, allocations that would have passed this limit
 * @MEMCGCTL_KMEM_FAILED: u64, allocations that were failed with ENOMEM
 * @MEMCGCTL_KMEM_FORCED: u64, bytes let through beyond the limit since it was first set
 * @MEMCGCTL_KMEM_SHRUNK: u64, bytes freed by shrinking for this limit
 * @MEMCGCTL_KMEM_THROTTLED: u64, times a task was throttled
 * @MEMCGCTL_KMEM_OOM_KILLS: u64, OOM kills for this limit
 * @MEMCGCTL_KMEM_NO_VICTIM: u64, times no task could be killed and the charge was forced
 */
enum memcgctl_kmem_attr {
	MEMCGCTL_KMEM_PAD,
	MEMCGCTL_KMEM_FD,
	MEMCGCTL_KMEM_ID,
	MEMCGCTL_KMEM_PATH,
	MEMCGCTL_KMEM_LIMIT,
	MEMCGCTL_KMEM_MODE,
	MEMCGCTL_KMEM_USAGE,
	MEMCGCTL_KMEM_PEAK,
	MEMCGCTL_KMEM_EFFECTIVE,
	MEMCGCTL_KMEM_EFFECTIVE_ID,
	MEMCGCTL_KMEM_EFFECTIVE_PATH,
	MEMCGCTL_KMEM_BREACHES,
	MEMCGCTL_KMEM_FAILED,
	MEMCGCTL_KMEM_FORCED,
	MEMCGCTL_KMEM_SHRUNK,
	MEMCGCTL_KMEM_THROTTLED,
	MEMCGCTL_KMEM_OOM_KILLS,
	MEMCGCTL_KMEM_NO_VICTIM,
	__MEMCGCTL_KMEM_AFTER_LAST,
	MEMCGCTL_KMEM_ATTR_MAX = __MEMCGCTL_KMEM_AFTER_LAST - 1,
};

/**
 * enum memcgctl_skip - why a present page was not moved
 * @MEMCGCTL_SKIP_TARGET: charged to the target already
 * @MEMCGCTL_SKIP_PINNED: referenced by something that cannot be found (GUP, a pipe, a buffer in flight)
 * @MEMCGCTL_SKIP_WRITEBACK: under writeback
 * @MEMCGCTL_SKIP_ISOLATED: off its LRU list, in somebody else's hands
 * @MEMCGCTL_SKIP_LOCKED: locked by somebody else
 * @MEMCGCTL_SKIP_BROKEN: the hardware has reported an error in it
 * @MEMCGCTL_SKIP_HUGETLB: hugetlb has a controller of its own
 * @MEMCGCTL_SKIP_KSM: merged by KSM
 * @MEMCGCTL_SKIP_DEVICE: device memory
 * @MEMCGCTL_SKIP_SWAPPED: swapped out: no page is present
 * @MEMCGCTL_SKIP_LIMIT: the target's limit has no room for it
 * @MEMCGCTL_SKIP_LARGE: part of a large folio that reaches out of what is claimed, or that cannot be moved as a whole
 * @MEMCGCTL_SKIP_KIND: a kind of memory that is not moved (kernel memory that is mapped)
 * @MEMCGCTL_SKIP_SHARED: private memory shared with another process by fork, without %MEMCGCTL_CLAIM_INCLUDE_SHARED; page cache
 *	of a private mapping, with %MEMCGCTL_CLAIM_WHOLE_PROCESS
 * @MEMCGCTL_SKIP_PERMISSION: page cache of a file that the caller could not claim by a descriptor, and that the process whose
 *	memory is claimed maps for reading only
 * @MEMCGCTL_SKIP_UNCHARGED: charged to no group, or to the root
 * @MEMCGCTL_SKIP_OTHER: none of these
 */
enum memcgctl_skip {
	MEMCGCTL_SKIP_TARGET,
	MEMCGCTL_SKIP_PINNED,
	MEMCGCTL_SKIP_WRITEBACK,
	MEMCGCTL_SKIP_ISOLATED,
	MEMCGCTL_SKIP_LOCKED,
	MEMCGCTL_SKIP_BROKEN,
	MEMCGCTL_SKIP_HUGETLB,
	MEMCGCTL_SKIP_KSM,
	MEMCGCTL_SKIP_DEVICE,
	MEMCGCTL_SKIP_SWAPPED,
	MEMCGCTL_SKIP_LIMIT,
	MEMCGCTL_SKIP_LARGE,
	MEMCGCTL_SKIP_KIND,
	MEMCGCTL_SKIP_SHARED,
	MEMCGCTL_SKIP_PERMISSION,
	MEMCGCTL_SKIP_UNCHARGED,
	MEMCGCTL_SKIP_OTHER,
	__MEMCGCTL_SKIP_AFTER_LAST,
	MEMCGCTL_SKIP_MAX = __MEMCGCTL_SKIP_AFTER_LAST - 1,
};

/**
 * enum memcgctl_claim_flags - bits of %MEMCGCTL_CLAIM_FLAGS
 * @MEMCGCTL_CLAIM_DRY_RUN: nothing is charged or moved; what would be is in "moved", without regard to the target's limit
 * @MEMCGCTL_CLAIM_INCLUDE_SHARED: private memory shared by fork is moved, too
 * @MEMCGCTL_CLAIM_WHOLE_PROCESS: page cache that is mapped privately (program text) is left alone
 * @MEMCGCTL_CLAIM_OWNERS: of a file: the reply names the groups that its pages are charged to. Needs CAP_SYS_ADMIN
 */
enum memcgctl_claim_flags {
	MEMCGCTL_CLAIM_DRY_RUN = 1,
	MEMCGCTL_CLAIM_INCLUDE_SHARED = 2,
	MEMCGCTL_CLAIM_WHOLE_PROCESS = 4,
	MEMCGCTL_CLAIM_OWNERS = 8,
};

/**
 * enum memcgctl_claim_attr - attributes of %MEMCGCTL_CMD_CLAIM
 * @MEMCGCTL_CLAIM_PAD: alignment
 * @MEMCGCTL_CLAIM_PIDFD: u32, request: pidfd of the process whose addresses START and END are. Needs ptrace
 *	access (PTRACE_MODE_ATTACH_REALCREDS).
 * @MEMCGCTL_CLAIM_FD: u32, request: descriptor of the file whose offsets START and END are. Needs ownership of the inode or
 *	a descriptor opened for writing.
 * @MEMCGCTL_CLAIM_MOUNT_FD: u32, request: descriptor of the root directory of a filesystem, all of whose page cache and shared memory
 *	is meant. Needs CAP_SYS_ADMIN, or ownership of that directory by the caller on a filesystem mounted in the caller's own
 *	user namespace.
 * @MEMCGCTL_CLAIM_BIND_ID: u32, request: id of a binding: its object is meant, and each page goes to the target that the binding
 *	names for the page's index. START is 0, then the cursor, whatever it means; END is %MEMCGCTL_SIZE_MAX; no
 *	%MEMCGCTL_CLAIM_TARGET_FD and no %MEMCGCTL_CLAIM_ANCESTOR_FD, since who made the binding has proven all that before.
 *	%MEMCGCTL_CLAIM_ROOM is absent from the reply. -ENOENT when there is no such binding, or none that the caller may see.
 *	Needs to be the user who made it, or CAP_SYS_ADMIN.
 * @MEMCGCTL_CLAIM_FROM_FD: u32, request: descriptor of the cgroup.procs of a group, open for writing: only what is charged to
 *	that group itself, and not to its descendants
 * @MEMCGCTL_CLAIM_FROM_ID: u64, request: the same by id, for a group that is gone. Needs CAP_SYS_ADMIN. -ENOENT when no
 *	group, alive or dead, has that id.
 * @MEMCGCTL_CLAIM_START: u64, first byte; a multiple of the page size. Of a filesystem or a group: 0, then the cursor, whatever it
 *	means.
 * @MEMCGCTL_CLAIM_END: u64, one past the last byte; a multiple of the page size; %MEMCGCTL_SIZE_MAX: to the end of the file. Of a
 *	filesystem or a group: %MEMCGCTL_SIZE_MAX.
 * @MEMCGCTL_CLAIM_FLAGS: u32, request: &enum memcgctl_claim_flags
 * @MEMCGCTL_CLAIM_AT_MOST: u64, request: bytes; nothing is looked at after so much was moved, and the cursor says where that was
 * @MEMCGCTL_CLAIM_TARGET_FD: u32, request: descriptor of the target's cgroup.procs, opened for writing, or, when the
 *	target is the caller's own group, for reading; -EPERM for the root group
 * @MEMCGCTL_CLAIM_ANCESTOR_FD: u32, request: descriptor of cgroup.procs, opened for writing, of the nearest common ancestor
 *	of the caller's group and the target; needed without CAP_SYS_ADMIN unless the target is the caller's own group
 * @MEMCGCTL_CLAIM_CURSOR: u64, reply: where to go on; equal to END when done
 * @MEMCGCTL_CLAIM_PRESENT: u64, reply: bytes found present; equals moved + all skipped but "swapped"
 * @MEMCGCTL_CLAIM_MOVED: u64, reply: bytes moved
 * @MEMCGCTL_CLAIM_ROOM: u64, reply: bytes that the target and its ancestors could be charged with right now without reclaim;
 *	%MEMCGCTL_SIZE_MAX when no limit is in the way
 * @MEMCGCTL_CLAIM_SKIPPED: nested, reply, one per reason that occurred: &enum memcgctl_skipped_attr
 * @MEMCGCTL_CLAIM_SWAP_MOVED: u64, reply: bytes of swap space whose charge was moved; of a group that is gone, on kernels that
 *	can. Not in "present" nor "moved".
 * @MEMCGCTL_CLAIM_PIN: nested, reply that ends the claim of a group, one per thing that stays charged to it, or keeps it from
 *	going: &enum memcgctl_pin_attr
 * @MEMCGCTL_CLAIM_OWNER: nested, reply, with %MEMCGCTL_CLAIM_OWNERS: &enum memcgctl_owner_attr; at most 64 of them, so that what they
 *	own may be less than what is present
 * @MEMCGCTL_CLAIM_DEAD: flag, reply: the group that was claimed from is gone
 */
enum memcgctl_claim_attr {
	MEMCGCTL_CLAIM_PAD,
	MEMCGCTL_CLAIM_PIDFD,
	MEMCGCTL_CLAIM_FD,
	MEMCGCTL_CLAIM_MOUNT_FD,
	MEMCGCTL_CLAIM_BIND_ID,
	MEMCGCTL_CLAIM_FROM_FD,
	MEMCGCTL_CLAIM_FROM_ID,
	MEMCGCTL_CLAIM_START,
	MEMCGCTL_CLAIM_END,
	MEMCGCTL_CLAIM_FLAGS,
	MEMCGCTL_CLAIM_AT_MOST,
	MEMCGCTL_CLAIM_TARGET_FD,
	MEMCGCTL_CLAIM_ANCESTOR_FD,
	MEMCGCTL_CLAIM_CURSOR,
	MEMCGCTL_CLAIM_PRESENT,
	MEMCGCTL_CLAIM_MOVED,
	MEMCGCTL_CLAIM_ROOM,
	MEMCGCTL_CLAIM_SKIPPED,
	MEMCGCTL_CLAIM_SWAP_MOVED,
	MEMCGCTL_CLAIM_PIN,
	MEMCGCTL_CLAIM_OWNER,
	MEMCGCTL_CLAIM_DEAD,
	__MEMCGCTL_CLAIM_AFTER_LAST,
	MEMCGCTL_CLAIM_ATTR_MAX = __MEMCGCTL_CLAIM_AFTER_LAST - 1,
};

/**
 * enum memcgctl_skipped_attr - one reason of a receipt
 * @MEMCGCTL_SKIPPED_PAD: alignment
 * @MEMCGCTL_SKIPPED_REASON: u8, &enum memcgctl_skip
 * @MEMCGCTL_SKIPPED_SIZE: u64, bytes
 */
enum memcgctl_skipped_attr {
	MEMCGCTL_SKIPPED_PAD,
	MEMCGCTL_SKIPPED_REASON,
	MEMCGCTL_SKIPPED_SIZE,
	__MEMCGCTL_SKIPPED_AFTER_LAST,
	MEMCGCTL_SKIPPED_ATTR_MAX = __MEMCGCTL_SKIPPED_AFTER_LAST - 1,
};

/**
 * enum memcgctl_pin - what a claim of a whole group leaves with it; the last three only of one that is gone
 * @MEMCGCTL_PIN_KERNEL: kernel memory (slab, stacks, page tables), which cannot be moved; bytes. When a group goes the kernel hands
 *	this to its parent, so it keeps no group
 * @MEMCGCTL_PIN_PERCPU: of that, memory that each CPU has of its own; bytes
 * @MEMCGCTL_PIN_SOCKETS: buffers of sockets; bytes. A socket keeps its group
 * @MEMCGCTL_PIN_SWAP: swap space; bytes. Each page of it keeps its group
 * @MEMCGCTL_PIN_GROUPS: groups below it that are gone, too, and kept by something; their number
 * @MEMCGCTL_PIN_CONTROLLER: another controller, which is named, still has something of the group's
 * @MEMCGCTL_PIN_REFERENCES: references that none of the above explains (sockets with empty buffers, a writeback domain); their number
 */
enum memcgctl_pin {
	MEMCGCTL_PIN_KERNEL,
	MEMCGCTL_PIN_PERCPU,
	MEMCGCTL_PIN_SOCKETS,
	MEMCGCTL_PIN_SWAP,
	MEMCGCTL_PIN_GROUPS,
	MEMCGCTL_PIN_CONTROLLER,
	MEMCGCTL_PIN_REFERENCES,
	__MEMCGCTL_PIN_AFTER_LAST,
	MEMCGCTL_PIN_MAX = __MEMCGCTL_PIN_AFTER_LAST - 1,
};

/**
 * enum memcgctl_pin_attr - attributes of a pin
 * @MEMCGCTL_PIN_PAD: alignment
 * @MEMCGCTL_PIN_KIND: u8, &enum memcgctl_pin
 * @MEMCGCTL_PIN_AMOUNT: u64, bytes or a number, as said there; 1 of a controller
 * @MEMCGCTL_PIN_NAME: string, of the controller
 */
enum memcgctl_pin_attr {
	MEMCGCTL_PIN_PAD,
	MEMCGCTL_PIN_KIND,
	MEMCGCTL_PIN_AMOUNT,
	MEMCGCTL_PIN_NAME,
	__MEMCGCTL_PIN_ATTR_AFTER_LAST,
	MEMCGCTL_PIN_ATTR_MAX = __MEMCGCTL_PIN_ATTR_AFTER_LAST - 1,
};

/**
 * enum memcgctl_owner_attr - a group that pages are charged to
 * @MEMCGCTL_OWNER_PAD: alignment
 * @MEMCGCTL_OWNER_ID: u64, its id
 * @MEMCGCTL_OWNER_SIZE: u64, bytes
 * @MEMCGCTL_OWNER_DEAD: flag: the group is gone
 */
enum memcgctl_owner_attr {
	MEMCGCTL_OWNER_PAD,
	MEMCGCTL_OWNER_ID,
	MEMCGCTL_OWNER_SIZE,
	MEMCGCTL_OWNER_DEAD,
	__MEMCGCTL_OWNER_AFTER_LAST,
	MEMCGCTL_OWNER_ATTR_MAX = __MEMCGCTL_OWNER_AFTER_LAST - 1,
};

/* At most so many bindings at a time, and targets of one; and pattern bytes, with the terminating zero. */
#define MEMCGCTL_BINDINGS 4096
#define MEMCGCTL_BIND_TARGETS 64
#define MEMCGCTL_BIND_FOLLOW_SIZE 256

/**
 * enum memcgctl_on_death - who inherits what a target of a binding has paid for through it, and pays from then on
 * @MEMCGCTL_ON_DEATH_PARENT: the nearest living ancestor below the root; when there is none, as faulter
 * @MEMCGCTL_ON_DEATH_FAULTER: whoever touches it next; what was paid for goes to the root
 * @MEMCGCTL_ON_DEATH_GROUP: the group of %MEMCGCTL_BIND_HEIR
 */
enum memcgctl_on_death {
	MEMCGCTL_ON_DEATH_PARENT,
	MEMCGCTL_ON_DEATH_FAULTER,
	MEMCGCTL_ON_DEATH_GROUP,
	__MEMCGCTL_ON_DEATH_AFTER_LAST,
	MEMCGCTL_ON_DEATH_MAX = __MEMCGCTL_ON_DEATH_AFTER_LAST - 1,
};

/**
 * enum memcgctl_on_full - what happens when a target's limit has no room, after reclaim
 * @MEMCGCTL_ON_FULL_FAULTER: the task's own group pays
 * @MEMCGCTL_ON_FULL_FAIL: the call fails with ENOSPC, a page fault with SIGBUS; tmpfs, memfd and System V shared memory only
 */
enum memcgctl_on_full {
	MEMCGCTL_ON_FULL_FAULTER,
	MEMCGCTL_ON_FULL_FAIL,
	__MEMCGCTL_ON_FULL_AFTER_LAST,
	MEMCGCTL_ON_FULL_MAX = __MEMCGCTL_ON_FULL_AFTER_LAST - 1,
};

/**
 * enum memcgctl_bind_attr - attributes of the bind commands
 * @MEMCGCTL_BIND_PAD: alignment
 * @MEMCGCTL_BIND_ID: u32, id of the binding, never used again
 * @MEMCGCTL_BIND_FD: u32, request: descriptor of a regular file, memfd or System V segment. Needs ownership of the inode, or a
 *	descriptor open for writing.
 * @MEMCGCTL_BIND_MOUNT_FD: u32, request: descriptor of the root directory of a filesystem; see %MEMCGCTL_CLAIM_MOUNT_FD
 * @MEMCGCTL_BIND_PIDFD: u32, request: pidfd of the process whose private memory between START and END is meant. Needs ptrace access.
 *	-EINVAL when a shared mapping is in the range: that is bound by its file.
 * @MEMCGCTL_BIND_START: u64, first byte; a multiple of the page size
 * @MEMCGCTL_BIND_END: u64, one past the last; a multiple of the page size; %MEMCGCTL_SIZE_MAX: to the end of the file
 * @MEMCGCTL_BIND_TARGET: nested, one per target: &enum memcgctl_target_attr
 * @MEMCGCTL_BIND_ON_DEATH: u8, &enum memcgctl_on_death; default parent
 * @MEMCGCTL_BIND_HEIR: nested, the heir: &enum memcgctl_target_attr without a weight
 * @MEMCGCTL_BIND_ON_FULL: u8, &enum memcgctl_on_full; default faulter
 * @MEMCGCTL_BIND_FOLLOW: string, a pattern (* ? [a-z]) for paths of groups, where * matches slashes as well: the first
 *	target becomes each new group that matches, before a task can enter it. Needs CAP_SYS_ADMIN, and one target.
 * @MEMCGCTL_BIND_KIND: u8, reply: &enum memcgctl_bind_kind
 * @MEMCGCTL_BIND_NAME: string, reply: path of the file or of the mount's root at the time, or the name of the process
 * @MEMCGCTL_BIND_PID: u32, reply: process id in the caller's pid namespace, 0 when it has none there; of a range
 * @MEMCGCTL_BIND_DEV: u64, reply: device number of the filesystem, as stat(2)'s st_dev in the kernel's encoding (major << 20 | minor)
 * @MEMCGCTL_BIND_INO: u64, reply: inode number; of a file
 * @MEMCGCTL_BIND_REDIRECTED: u64, reply: bytes charged to a target through it so far
 * @MEMCGCTL_BIND_FELL_BACK: u64, reply: bytes that the target had no room for and somebody else was charged with, or that failed
 */
enum memcgctl_bind_attr {
	MEMCGCTL_BIND_PAD,
	MEMCGCTL_BIND_ID,
	MEMCGCTL_BIND_FD,
	MEMCGCTL_BIND_MOUNT_FD,
	MEMCGCTL_BIND_PIDFD,
	MEMCGCTL_BIND_START,
	MEMCGCTL_BIND_END,
	MEMCGCTL_BIND_TARGET,
	MEMCGCTL_BIND_ON_DEATH,
	MEMCGCTL_BIND_HEIR,
	MEMCGCTL_BIND_ON_FULL,
	MEMCGCTL_BIND_FOLLOW,
	MEMCGCTL_BIND_KIND,
	MEMCGCTL_BIND_NAME,
	MEMCGCTL_BIND_PID,
	MEMCGCTL_BIND_DEV,
	MEMCGCTL_BIND_INO,
	MEMCGCTL_BIND_REDIRECTED,
	MEMCGCTL_BIND_FELL_BACK,
	__MEMCGCTL_BIND_AFTER_LAST,
	MEMCGCTL_BIND_ATTR_MAX = __MEMCGCTL_BIND_AFTER_LAST - 1,
};

/**
 * enum memcgctl_bind_kind - what is bound
 * @MEMCGCTL_BIND_FILE: a range of a file
 * @MEMCGCTL_BIND_MOUNT: a filesystem
 * @MEMCGCTL_BIND_RANGE: private memory of a process
 */
enum memcgctl_bind_kind {
	MEMCGCTL_BIND_FILE,
	MEMCGCTL_BIND_MOUNT,
	MEMCGCTL_BIND_RANGE,
	__MEMCGCTL_BIND_KIND_AFTER_LAST,
	MEMCGCTL_BIND_KIND_MAX = __MEMCGCTL_BIND_KIND_AFTER_LAST - 1,
};

/**
 * enum memcgctl_target_attr - a target of a binding
 * @MEMCGCTL_TARGET_PAD: alignment
 * @MEMCGCTL_TARGET_FD: u32, request: as %MEMCGCTL_CLAIM_TARGET_FD
 * @MEMCGCTL_TARGET_ANCESTOR_FD: u32, request: as %MEMCGCTL_CLAIM_ANCESTOR_FD
 * @MEMCGCTL_TARGET_WEIGHT: u32, of 1 (the default) to 1000: its share of consecutive page indexes; large folios go to who has
 *	got the least by its weight, so that each gets its share to within the largest folio
 * @MEMCGCTL_TARGET_ID: u64, reply: id of the group; absent when it is gone and nobody inherits
 * @MEMCGCTL_TARGET_PATH: string, reply: its path; absent when the caller may not see it
 */
enum memcgctl_target_attr {
	MEMCGCTL_TARGET_PAD,
	MEMCGCTL_TARGET_FD,
	MEMCGCTL_TARGET_ANCESTOR_FD,
	MEMCGCTL_TARGET_WEIGHT,
	MEMCGCTL_TARGET_ID,
	MEMCGCTL_TARGET_PATH,
	__MEMCGCTL_TARGET_AFTER_LAST,
	MEMCGCTL_TARGET_ATTR_MAX = __MEMCGCTL_TARGET_AFTER_LAST - 1,
};

/*
 * Advices for madvise(2), as plain system calls, while the module is loaded and has the feature "madvise". EINVAL says that it is
 * not. The length is rounded up to a page, the address must be at one.
 *
 * MADV_MEMCG_CLAIM: claims the range for the caller's own group. 0 when all that is present is charged to it now;
 *	EAGAIN when some is not (%MEMCGCTL_CMD_CLAIM tells more), or the module is being unloaded; EINTR. EPERM in the root group.
 * MADV_MEMCG_BIND: binds the range to the caller's own group: private memory by range, shared memory by its file and what the
 *	caller may bind; all of it, or nothing. EEXIST, EPERM, ENOSPC as %MEMCGCTL_CMD_BIND; ENOSPC also for a range with more
 *	than 16 mappings that differ.
 * MADV_MEMCG_UNBIND: ends bindings that lie in the range, of the caller's making. ENOENT when there is none.
 */
#define MADV_MEMCG_CLAIM 0x6d630001
#define MADV_MEMCG_BIND 0x6d630002
#define MADV_MEMCG_UNBIND 0x6d630003

/**
 * enum memcgctl_event - what happened
 * @MEMCGCTL_EVENT_KMEM_BREACH: an allocation would have passed a kmem limit
 * @MEMCGCTL_EVENT_KMEM_FORCED: a charge was let through beyond a kmem limit
 * @MEMCGCTL_EVENT_KMEM_OOM: the group's OOM kill ran for its kmem limit, or found no victim
 */
enum memcgctl_event {
	MEMCGCTL_EVENT_KMEM_BREACH,
	MEMCGCTL_EVENT_KMEM_FORCED,
	MEMCGCTL_EVENT_KMEM_OOM,
	__MEMCGCTL_EVENT_AFTER_LAST,
	MEMCGCTL_EVENT_MAX = __MEMCGCTL_EVENT_AFTER_LAST - 1,
};

/**
 * enum memcgctl_event_attr - attributes of %MEMCGCTL_CMD_EVENT
 * @MEMCGCTL_EVENT_PAD: alignment
 * @MEMCGCTL_EVENT_KIND: u8, &enum memcgctl_event
 * @MEMCGCTL_EVENT_ID: u64, id of the group whose limit it was
 * @MEMCGCTL_EVENT_PATH: string, its path
 * @MEMCGCTL_EVENT_COUNT: u64, how many since the last notification of this kind for this group; they are merged
 *	to at most ten a second
 * @MEMCGCTL_EVENT_USAGE: u64, the group's usage when it was sent
 * @MEMCGCTL_EVENT_LIMIT: u64, the group's limit
 */
enum memcgctl_event_attr {
	MEMCGCTL_EVENT_PAD,
	MEMCGCTL_EVENT_KIND,
	MEMCGCTL_EVENT_ID,
	MEMCGCTL_EVENT_PATH,
	MEMCGCTL_EVENT_COUNT,
	MEMCGCTL_EVENT_USAGE,
	MEMCGCTL_EVENT_LIMIT,
	__MEMCGCTL_EVENT_ATTR_AFTER_LAST,
	MEMCGCTL_EVENT_ATTR_MAX = __MEMCGCTL_EVENT_ATTR_AFTER_LAST - 1,
};

#include "memcgctl_attribution.h"
#include "memcgctl_charged.h"
#include "memcgctl_dead.h"

#endif /* _UAPI_MEMCGCTL_H */
