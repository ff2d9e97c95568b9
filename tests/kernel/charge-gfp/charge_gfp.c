// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: charges kernel memory to the group of the task that asks, in every way that a charge may come.
 *
 * A line written to /proc/charge_gfp is
 *
 *	KIND GFP COUNT [WAY]	allocate COUNT times, and keep what was had
 *	free			give all of it back
 *
 * KIND is page, or slab: 2 KiB. GFP is kernel, nofs, noio, nowait, atomic or nofail. WAY is
 *
 *	memalloc	as a task that reclaims (PF_MEMALLOC)
 *	exiting		as one that exits (PF_EXITING)
 *	fatal		after it got a SIGKILL, of which it dies on its way back
 *	nopreempt	with preemption off: a sleep is a bug that the kernel reports
 *	irq		in a hard interrupt
 *
 * Reading gives the result of the last line:
 *
 *	done=N failed=N slept=N slowest_us=N
 */
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define OBJECT_SIZE 2048
#define LINE_MAX 128

static DEFINE_MUTEX(lock);
static LIST_HEAD(pages);
static LIST_HEAD(objects);

static struct {
	unsigned int done;
	unsigned int failed;
	unsigned long slept;
	s64 slowest_ns;
} result;

static const struct {
	const char *name;
	gfp_t gfp;
} gfps[] = {
	{ "kernel", GFP_KERNEL }, { "nofs", GFP_NOFS },	    { "noio", GFP_NOIO },
	{ "nowait", GFP_NOWAIT }, { "atomic", GFP_ATOMIC }, { "nofail", GFP_KERNEL | __GFP_NOFAIL },
};

/* What is kept begins with its place in a list. */
static void allocate(bool page, gfp_t gfp, unsigned int count)
{
	struct list_head *memory;
	unsigned int i;

	gfp |= __GFP_ACCOUNT;
	for (i = 0; i < count; i++) {
		unsigned long slept = current->nvcsw;
		ktime_t begin = ktime_get();

		memory = page ? (void *)__get_free_page(gfp) : kmalloc(OBJECT_SIZE, gfp);
		result.slowest_ns =
			max(result.slowest_ns, ktime_to_ns(ktime_sub(ktime_get(), begin)));
		result.slept += current->nvcsw - slept;
		if (memory) {
			list_add(memory, page ? &pages : &objects);
			result.done++;
		} else {
			result.failed++;
		}
	}
}

static void free_all(void)
{
	struct list_head *memory, *next;

	list_for_each_safe(memory, next, &pages) free_page((unsigned long)memory);
	INIT_LIST_HEAD(&pages);
	list_for_each_safe(memory, next, &objects) kfree(memory);
	INIT_LIST_HEAD(&objects);
}

struct request {
	struct irq_work work;
	struct mem_cgroup *memcg;
	bool page;
	gfp_t gfp;
	unsigned int count;
};

static void in_interrupt_fn(struct irq_work *work)
{
	struct request *request = container_of(work, struct request, work);
	struct mem_cgroup *old = set_active_memcg(request->memcg);

	allocate(request->page, request->gfp, request->count);
	set_active_memcg(old);
}

/* The task is in the group until it returns, so the group stays. */
static int from_interrupt(struct request *request)
{
	rcu_read_lock();
	request->memcg = mem_cgroup_from_task(current);
	rcu_read_unlock();
	init_irq_work(&request->work, in_interrupt_fn);
	request->work.node.u_flags = IRQ_WORK_HARD_IRQ;
	irq_work_queue(&request->work);
	irq_work_sync(&request->work);
	return 0;
}

static int allocate_by(struct request *request, const char *way)
{
	unsigned int flags;

	if (!strcmp(way, "irq"))
		return from_interrupt(request);
	if (!strcmp(way, "memalloc")) {
		flags = memalloc_noreclaim_save();
		allocate(request->page, request->gfp, request->count);
		memalloc_noreclaim_restore(flags);
	} else if (!strcmp(way, "exiting")) {
		current->flags |= PF_EXITING;
		allocate(request->page, request->gfp, request->count);
		current->flags &= ~PF_EXITING;
	} else if (!strcmp(way, "nopreempt")) {
		preempt_disable();
		allocate(request->page, request->gfp, request->count);
		preempt_enable();
	} else if (!strcmp(way, "fatal")) {
		send_sig(SIGKILL, current, 1);
		allocate(request->page, request->gfp, request->count);
	} else if (!*way) {
		allocate(request->page, request->gfp, request->count);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int obey(const char *line)
{
	char kind[LINE_MAX] = "", gfp[LINE_MAX] = "", way[LINE_MAX] = "";
	struct request request = { .count = 0 };
	int i;

	if (sscanf(line, "%s %s %u %s", kind, gfp, &request.count, way) < 3) {
		if (strcmp(kind, "free"))
			return -EINVAL;
		free_all();
		return 0;
	}
	request.page = !strcmp(kind, "page");
	if (!request.page && strcmp(kind, "slab"))
		return -EINVAL;
	memset(&result, 0, sizeof(result));
	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		if (strcmp(gfp, gfps[i].name))
			continue;
		request.gfp = gfps[i].gfp;
		return allocate_by(&request, way);
	}
	return -EINVAL;
}

static ssize_t charge_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	char line[LINE_MAX];
	int err;

	if (size >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, size))
		return -EFAULT;
	line[size] = '\0';
	mutex_lock(&lock);
	err = obey(line);
	mutex_unlock(&lock);
	return err ?: size;
}

static int charge_show(struct seq_file *seq, void *v)
{
	mutex_lock(&lock);
	seq_printf(seq, "done=%u failed=%u slept=%lu slowest_us=%lld\n", result.done, result.failed,
		   result.slept, result.slowest_ns / 1000);
	mutex_unlock(&lock);
	return 0;
}

static int charge_open(struct inode *inode, struct file *file)
{
	return single_open(file, charge_show, NULL);
}

static const struct proc_ops charge_ops = {
	.proc_open = charge_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_write = charge_write,
	.proc_release = single_release,
};

static int __init charge_gfp_init(void)
{
	return proc_create("charge_gfp", 0600, NULL, &charge_ops) ? 0 : -ENOMEM;
}

static void __exit charge_gfp_exit(void)
{
	remove_proc_entry("charge_gfp", NULL);
	free_all();
}

module_init(charge_gfp_init);
module_exit(charge_gfp_exit);
MODULE_DESCRIPTION("Charges of kernel memory, for tests of memcgctl");
MODULE_LICENSE("GPL");
