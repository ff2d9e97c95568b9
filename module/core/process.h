/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that a caller names by a descriptor. */
#ifndef MEMCGCTL_CORE_PROCESS_H
#define MEMCGCTL_CORE_PROCESS_H

#include <linux/mm_types.h>
#include <linux/netlink.h>
#include <linux/sched.h>

/**
 * struct process - a process and its memory
 * @mm: its address space, with a reference of a user's
 * @pid: its leader's, with a reference
 * @comm: its name
 */
struct process {
	struct mm_struct *mm;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
};

int process_from_fd(int pidfd, struct process *process, struct netlink_ext_ack *extack);
void process_put(struct process *process);

#endif
