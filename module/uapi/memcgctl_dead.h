/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The protocol's part about dead groups; included by memcgctl.h. */
#ifndef _UAPI_MEMCGCTL_DEAD_H
#define _UAPI_MEMCGCTL_DEAD_H

/**
 * enum memcgctl_dead_attr - attributes of %MEMCGCTL_CMD_DEAD: what one controller has of one group that was removed
 * @MEMCGCTL_DEAD_PAD: alignment
 * @MEMCGCTL_DEAD_ID: u64, id of the group
 * @MEMCGCTL_DEAD_PATH: string, its path when it was removed; absent when it is too long
 * @MEMCGCTL_DEAD_LIVING_ID: u64, id of the nearest group above it that is not gone
 * @MEMCGCTL_DEAD_LIVING_PATH: string, its path; absent when it is too long
 * @MEMCGCTL_DEAD_OFF: flag: the group itself is there, and only the controller was turned off for it
 * @MEMCGCTL_DEAD_CONTROLLER: string, name of the controller; absent: it is the memory controller, and all that follows is there
 * @MEMCGCTL_DEAD_ANON: u64, bytes of private memory charged to the group
 * @MEMCGCTL_DEAD_FILE: u64, bytes of page cache, but for the next
 * @MEMCGCTL_DEAD_SHMEM: u64, bytes of tmpfs, memfds and shared memory segments
 * @MEMCGCTL_DEAD_SWAP: u64, bytes of swap space
 * @MEMCGCTL_DEAD_SOCKETS: u64, bytes of buffers of sockets
 * @MEMCGCTL_DEAD_GROUPS: u64, number of groups right below it that are gone and kept, too
 * @MEMCGCTL_DEAD_REFERENCES: u64, number of references that none of these explains (sockets with empty buffers, a writeback
 *	domain)
 *
 * Kernel memory (slab, page tables, per-CPU memory) goes to the parent when a group is removed, and keeps none.
 */
enum memcgctl_dead_attr {
	MEMCGCTL_DEAD_PAD,
	MEMCGCTL_DEAD_ID,
	MEMCGCTL_DEAD_PATH,
	MEMCGCTL_DEAD_LIVING_ID,
	MEMCGCTL_DEAD_LIVING_PATH,
	MEMCGCTL_DEAD_OFF,
	MEMCGCTL_DEAD_CONTROLLER,
	MEMCGCTL_DEAD_ANON,
	MEMCGCTL_DEAD_FILE,
	MEMCGCTL_DEAD_SHMEM,
	MEMCGCTL_DEAD_SWAP,
	MEMCGCTL_DEAD_SOCKETS,
	MEMCGCTL_DEAD_GROUPS,
	MEMCGCTL_DEAD_REFERENCES,
	__MEMCGCTL_DEAD_AFTER_LAST,
	MEMCGCTL_DEAD_MAX = __MEMCGCTL_DEAD_AFTER_LAST - 1,
};

#endif /* _UAPI_MEMCGCTL_DEAD_H */
