// SPDX-License-Identifier: GPL-2.0-only
/* Claims: a request, window by window. claim_private.h says how the parts go together. */
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "claim_private.h"
#include "compat/file.h"
#include "core/advice.h"
#include "core/process.h"
#include "core/sym.h"

/* A request holds a lock that every user of generic netlink needs: the caller asks again for more. */
#define CLAIM_TIME_NS (20 * NSEC_PER_MSEC)

/* What a window waits for a local disk, once. */
#define WRITEBACK_MS 4

static const char *unavailable;

/** claim_enter() - write into the receipt what became of @pages: an &enum memcgctl_skip, or CHARGE_MOVED */
void claim_enter(struct claim *claim, int result, unsigned long pages)
{
	struct claim_receipt *receipt = claim->receipt;
	u64 size = (u64)pages << PAGE_SHIFT;

	if (result != MEMCGCTL_SKIP_SWAPPED)
		receipt->present += size;
	if (result == CHARGE_MOVED)
		receipt->moved += size;
	else
		receipt->skipped[result] += size;
}

/** claim_surveyed() - the first pass found @pages of a kind from @page of the window on */
void claim_surveyed(struct claim *claim, unsigned long page, unsigned long pages, int kind)
{
	bitmap_set(claim->seen, page, pages);
	if (kind == CHARGE_MOVED || charge_may_pass(kind))
		bitmap_set(claim->todo, page, pages);
	else
		claim_enter(claim, kind, pages);
}

/** claim_tried() - a later pass tried candidates of the window, from @page on, as one */
void claim_tried(struct claim *claim, unsigned long page, unsigned long pages, int result)
{
	if (charge_may_pass(result) && !claim->last) {
		claim->retry = true;
		claim->writeback |= result == MEMCGCTL_SKIP_WRITEBACK;
		return;
	}
	bitmap_clear(claim->todo, page, pages);
	claim_enter(claim, result, pages);
}

/** claim_has() - whether all of @folio is in the window, at @page (which may be before it), and all are candidates */
bool claim_has(const struct claim *claim, struct folio *folio, long page)
{
	long end = page + folio_nr_pages(folio);

	return page >= 0 && end <= claim->pages &&
	       find_next_zero_bit(claim->todo, end, page) >= end;
}

/* What is moved as a whole must be there as a whole. */
static void leave_parts(struct claim *claim)
{
	bitmap_and(claim->large, claim->large, claim->todo, CLAIM_WINDOW);
	bitmap_andnot(claim->todo, claim->todo, claim->large, CLAIM_WINDOW);
	claim_enter(claim, MEMCGCTL_SKIP_LARGE, bitmap_weight(claim->large, CLAIM_WINDOW));
}

static int move_pass(struct claim *claim)
{
	int err = 0;

	charge_reserve(&claim->charge, bitmap_weight(claim->todo, CLAIM_WINDOW));
	if (claim->mm)
		err = claim_range_move(claim);
	if (!err && claim->mapping && claim->cache_kind == CHARGE_MOVED)
		claim_file_move(claim);
	charge_settle(&claim->charge);
	return err;
}

/*
 * Some time for what may pass; no lock is held. Writeback to a local disk is soon over; a file system that is a process's,
 * or over a network, may take any time.
 */
static void wait_a_moment(struct claim *claim)
{
	if (claim->writeback && claim->mapping && claim->mapping->host->i_sb->s_bdev)
		schedule_timeout_killable(msecs_to_jiffies(WRITEBACK_MS));
	if (!claim->drained)
		sym_call(lru_add_drain_all)();
	claim->drained = true;
}

static int move_window(struct claim *claim)
{
	int err;

	leave_parts(claim);
	if (claim->flags & MEMCGCTL_CLAIM_DRY_RUN) {
		claim_enter(claim, CHARGE_MOVED, bitmap_weight(claim->todo, CLAIM_WINDOW));
		return 0;
	}
	if (bitmap_empty(claim->todo, CLAIM_WINDOW))
		return 0;
	claim->last = false;
	claim->retry = false;
	claim->writeback = false;
	err = move_pass(claim);
	if (err || !claim->retry)
		return err;
	wait_a_moment(claim);
	claim->last = true;
	return move_pass(claim);
}

static void clear_window(struct claim *claim)
{
	bitmap_zero(claim->seen, CLAIM_WINDOW);
	bitmap_zero(claim->private, CLAIM_WINDOW);
	bitmap_zero(claim->todo, CLAIM_WINDOW);
	bitmap_zero(claim->large, CLAIM_WINDOW);
}

/* One window of an address space; *@cursor goes behind it. */
static int step_range(struct claim *claim, u64 *cursor, u64 end)
{
	int err;

	clear_window(claim);
	claim->start = *cursor;
	err = claim_range_window(claim, end);
	if (!err && claim->pages) {
		if (claim->mapping)
			claim_file_survey(claim);
		err = move_window(claim);
	}
	if (claim->file)
		fput(claim->file);
	claim->file = NULL;
	claim->mapping = NULL;
	if (!err)
		*cursor = claim->start + (claim->pages << PAGE_SHIFT);
	return err;
}

/* The same of a file. */
static int step_file(struct claim *claim, u64 *cursor, u64 end)
{
	u64 last = min_t(u64, end, MAX_LFS_FILESIZE & PAGE_MASK);

	clear_window(claim);
	claim->start = claim_file_next(claim, *cursor, last);
	if (claim->start >= last) {
		*cursor = end;
		return 0;
	}
	claim->first = claim->start >> PAGE_SHIFT;
	claim->pages = min_t(u64, (last - claim->start) >> PAGE_SHIFT,
			     CLAIM_WINDOW - claim->first % CLAIM_WINDOW);
	claim_file_survey(claim);
	move_window(claim);
	*cursor = claim->start + ((u64)claim->pages << PAGE_SHIFT);
	return 0;
}

/* The file whose page cache it is: a file of an overlay has none of its own. */
static struct address_space *mapping_of(const struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	return dentry->d_flags & DCACHE_OP_REAL ? d_real_inode(dentry)->i_mapping : file->f_mapping;
}

static int run(struct claim *claim, const struct claim_request *request, u64 *cursor)
{
	u64 deadline = ktime_get_ns() + CLAIM_TIME_NS;
	int err;

	while (*cursor < request->end) {
		if (css_is_dying(&request->to->css))
			return -ENODEV;
		err = claim->mm ? step_range(claim, cursor, request->end)
				: step_file(claim, cursor, request->end);
		if (err)
			return err;
		if (signal_pending(current) || ktime_get_ns() > deadline)
			return 0;
		cond_resched();
	}
	return 0;
}

/**
 * claim() - move what is present of a range to a group, for at most 20 ms
 * @request: what and where to
 * @receipt: out: what became of what this request has covered, and where to go on
 * @extack: says why not
 *
 * At least one window is covered, whatever the time and signals. An error after the first is kept for the next
 * request, so that what was moved has its receipt.
 *
 * Context: sleeps; no lock held that reclaim or an address space needs.
 * Return: 0; -ENODEV, -ENOMEM, -EINTR, -EOPNOTSUPP: nothing was moved.
 */
int claim(const struct claim_request *request, struct claim_receipt *receipt,
	  struct netlink_ext_ack *extack)
{
	u64 cursor = request->start;
	struct claim *claim;
	int err;

	if (unavailable) {
		NL_SET_ERR_MSG(extack, "this kernel's charges cannot be moved; the status says why");
		return -EOPNOTSUPP;
	}
	memset(receipt, 0, sizeof(*receipt));
	if (request->file && claim_is_hugetlb_file(request->file)) {
		struct claim counted = { .receipt = receipt };

		claim_hugetlb_file(&counted, request->file, request->start, request->end);
		receipt->cursor = request->end;
		return 0;
	}
	claim = kzalloc(sizeof(*claim), GFP_KERNEL);
	if (!claim)
		return -ENOMEM;
	charge_begin(&claim->charge, request->to);
	claim->charge.shared = request->flags & MEMCGCTL_CLAIM_INCLUDE_SHARED;
	claim->receipt = receipt;
	claim->mm = request->mm;
	claim->flags = request->flags;
	claim->admin = request->admin;
	claim->cache_kind = CHARGE_MOVED;
	if (!request->mm)
		claim->mapping = mapping_of(request->file);
	err = run(claim, request, &cursor);
	charge_end(&claim->charge);
	kfree(claim);
	receipt->cursor = cursor;
	if (err == -ENODEV)
		NL_SET_ERR_MSG(extack, "the target is being removed");
	return cursor > request->start ? 0 : err;
}

/**
 * claim_open_process() - the address space of a process
 * @request: out: mm, to be ended with claim_close()
 * @pidfd: the caller's
 * @extack: says why not
 *
 * Return: 0; -EBADF, -EPERM, -ESRCH.
 */
int claim_open_process(struct claim_request *request, int pidfd, struct netlink_ext_ack *extack)
{
	struct process process;
	int err = process_from_fd(pidfd, &process, extack);

	if (err)
		return err;
	request->mm = process.mm;
	put_pid(process.pid);
	return 0;
}

/**
 * claim_permitted() - whether the caller may claim a file by a descriptor: owns it, or may open it for writing
 *
 * A file system that would have to ask somebody for that has not said yes.
 */
bool claim_permitted(struct file *file)
{
	return compat_owns_file(file) || !file_permission(file, MAY_WRITE | MAY_NOT_BLOCK);
}

/**
 * claim_open_file() - a file by a descriptor
 * @request: out: file, to be ended with claim_close()
 * @fd: the caller's
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace
 * @extack: says why not
 *
 * Return: 0; -EBADF, -EINVAL, -EPERM.
 */
int claim_open_file(struct claim_request *request, int fd, bool admin, struct netlink_ext_ack *extack)
{
	struct file *file = fget(fd);
	int err = 0;

	if (!file) {
		NL_SET_ERR_MSG(extack, "not an open descriptor of a file");
		return -EBADF;
	}
	if (!S_ISREG(file_inode(file)->i_mode)) {
		NL_SET_ERR_MSG(extack, "not a regular file");
		err = -EINVAL;
	} else if (!admin && !(file->f_mode & FMODE_WRITE) && !compat_owns_file(file)) {
		NL_SET_ERR_MSG(
			extack,
			"claiming a file needs its ownership, or a descriptor open for writing");
		err = -EPERM;
	}
	if (err)
		fput(file);
	else
		request->file = file;
	return err;
}

/** claim_close() - end of claim_open_process() or claim_open_file(), if any succeeded; may sleep */
void claim_close(struct claim_request *request)
{
	if (request->mm)
		mmput(request->mm);
	if (request->file)
		fput(request->file);
}

/** claim_unavailable() - NULL, or why this kernel's charges cannot be moved */
const char *claim_unavailable(void)
{
	return unavailable;
}

/** claim_init() - at module load; a kernel that cannot do it is no error: claim_unavailable() */
void claim_init(void)
{
	unavailable = charge_unavailable();
	if (!unavailable)
		advice_add(MADV_MEMCG_CLAIM, claim_advise);
}
