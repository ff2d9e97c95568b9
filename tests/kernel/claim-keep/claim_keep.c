// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps one page of a process in a state that is over in an instant otherwise, while it is loaded: "locked",
 * "isolated" (off its LRU list) or under "writeback". Or breaks it for good: "poisoned".
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>

static int pid;
module_param(pid, int, 0);
static unsigned long address;
module_param(address, ulong, 0);
static char *what = "";
module_param(what, charp, 0);

static struct folio *folio;

static int find_folio(void)
{
	struct pid *number;
	struct task_struct *task;
	struct mm_struct *mm;
	struct page *page;
	long nr;

	number = find_get_pid(pid);
	task = get_pid_task(number, PIDTYPE_PID);
	put_pid(number);
	if (!task)
		return -ESRCH;
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return -ESRCH;
	mmap_read_lock(mm);
	nr = get_user_pages_remote(mm, address, 1, 0, &page,
#ifdef KEEP_GUP_VMAS
				   NULL,
#endif
				   NULL);
	mmap_read_unlock(mm);
	mmput(mm);
	if (nr != 1)
		return -EFAULT;
	folio = page_folio(page);
	return 0;
}

/* In newer kernels they are a word inside a struct. */
static unsigned long *flags(void)
{
	return (unsigned long *)&folio->flags;
}

static int break_folio(void)
{
#ifdef CONFIG_MEMORY_FAILURE
	return memory_failure(folio_pfn(folio), 0);
#else
	return -EOPNOTSUPP;
#endif
}

static int __init keep_init(void)
{
	int err = find_folio();

	if (err)
		return err;
	if (!strcmp(what, "locked")) {
		folio_lock(folio);
	} else if (!strcmp(what, "isolated")) {
		if (!test_and_clear_bit(PG_lru, flags()))
			err = -EBUSY;
	} else if (!strcmp(what, "poisoned")) {
		/* Whoever touches it will get a signal, and nobody before. */
		err = break_folio();
	} else {
		set_bit(PG_writeback, flags());
	}
	if (err)
		folio_put(folio);
	return err;
}

static void __exit keep_exit(void)
{
	if (!strcmp(what, "locked"))
		folio_unlock(folio);
	else if (!strcmp(what, "isolated"))
		set_bit(PG_lru, flags());
	else if (!strcmp(what, "writeback"))
		clear_bit(PG_writeback, flags());
	folio_put(folio);
}

module_init(keep_init);
module_exit(keep_exit);
MODULE_DESCRIPTION("Keeps a page locked, isolated or under writeback");
MODULE_LICENSE("GPL");
