// SPDX-License-Identifier: GPL-2.0-only
/* Processes that a caller names by a descriptor; see process.h. */
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

#include "process.h"
#include "sym.h"

/**
 * process_from_fd() - a process that the caller might attach a debugger to
 * @pidfd: the caller's
 * @process: out; to be ended with process_put()
 * @extack: says why not
 *
 * Context: may sleep. Return: 0; -EBADF, -EPERM, -ESRCH.
 */
int process_from_fd(int pidfd, struct process *process, struct netlink_ext_ack *extack)
{
	struct task_struct *task;
	unsigned int flags;

	task = sym_call(pidfd_get_task)(pidfd, &flags);
	if (task == ERR_PTR(-ESRCH)) {
		NL_SET_ERR_MSG(extack, "the process is gone");
		return -ESRCH;
	}
	if (IS_ERR(task)) {
		NL_SET_ERR_MSG(extack, "not a descriptor of a process");
		return -EBADF;
	}
	process->mm = sym_call(mm_access)(task, PTRACE_MODE_ATTACH_REALCREDS);
	process->pid = get_task_pid(task, PIDTYPE_TGID);
	get_task_comm(process->comm, task);
	put_task_struct(task);
	if (!IS_ERR_OR_NULL(process->mm))
		return 0;
	put_pid(process->pid);
	if (process->mm && PTR_ERR(process->mm) != -ESRCH) {
		NL_SET_ERR_MSG(
			extack,
			"the memory of the process needs what attaching a debugger to it needs");
		return -EPERM;
	}
	NL_SET_ERR_MSG(extack, "the process has no memory: it is ending, or a kernel thread");
	return -ESRCH;
}

/** process_put() - end of process_from_fd(); may sleep */
void process_put(struct process *process)
{
	mmput(process->mm);
	put_pid(process->pid);
}
