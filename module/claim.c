// SPDX-License-Identifier: GPL-2.0-only
/* Claims: a request, window by window. claim_private.h says how the parts go together. */
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/magic.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include "claim_private.h"
#include "compat/file.h"
#include "core/advice.h"
#include "core/file.h"
#include "core/process.h"
#include "core/sym.h"

/* A request holds a lock that every user of generic netlink needs: the caller asks again for more. */
#define CLAIM_TIME_NS (20 * NSEC_PER_MSEC)

/* What a window waits for a local disk, once. */
#define WRITEBACK_MS 4

static const char *unavailable;

/**
 * claim_enter() - write into the receipt what became of @pages: an &enum memcgctl_skip, or CHARGE_MOVED; nothing when they are
 * none of those that are meant (CHARGE_FOREIGN)
 */
void claim_enter(struct claim *claim, int result, unsigned long pages)
{
	struct claim_receipt *receipt = claim->receipt;
	u64 size = (u64)pages << PAGE_SHIFT;

	if (result == CHARGE_FOREIGN)
		return;
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

	return page >= 0 && end <= claim->pages && find_next_zero_bit(claim->todo, end, page) >= end;
}

/* What is moved as a whole must be there as a whole. */
static void leave_parts(struct claim *claim)
{
	bitmap_and(claim->large, claim->large, claim->todo, CLAIM_WINDOW);
	bitmap_andnot(claim->todo, claim->todo, claim->large, CLAIM_WINDOW);
	claim_enter(claim, MEMCGCTL_SKIP_LARGE, bitmap_weight(claim->large, CLAIM_WINDOW));
}

/** claim_drain_lists() - empty the lists of recent pages that CPUs keep, once for a request */
void claim_drain_lists(struct claim *claim)
{
	if (!claim->drained)
		sym_call(lru_add_drain_all)();
	claim->drained = true;
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
	claim_drain_lists(claim);
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
	charge_put_back(&claim->charge);
	wait_a_moment(claim);
	claim->last = true;
	return move_pass(claim);
}

static void clear_window(struct claim *claim)
{
	claim->hole = claim->pages && bitmap_empty(claim->seen, CLAIM_WINDOW);
	claim->window = min_t(unsigned long, CLAIM_WINDOW, claim_pages_left(claim));
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
			     min(claim->window, CLAIM_WINDOW - claim->first % CLAIM_WINDOW));
	claim_file_survey(claim);
	move_window(claim);
	*cursor = claim->start + ((u64)claim->pages << PAGE_SHIFT);
	return 0;
}

/* Some page frames, or what comes after them. */
static int step_scan(struct claim *claim, u64 *cursor, u64 end)
{
	struct mem_cgroup *from = claim->charge.from;

	if (*cursor < CLAIM_CURSOR_SWAP) {
		if (claim_scan_step(claim, cursor))
			return 0;
		*cursor = CLAIM_CURSOR_SWAP;
	}
	if (from && !claim->sb && css_is_dying(&from->css) && claim_dead_step(claim, cursor))
		return 0;
	*cursor = end;
	return 0;
}

static int step(struct claim *claim, u64 *cursor, u64 end)
{
	if (claim->scan)
		return step_scan(claim, cursor, end);
	return claim->mm ? step_range(claim, cursor, end) : step_file(claim, cursor, end);
}

static int run(struct claim *claim, const struct claim_request *request, u64 *cursor)
{
	u64 deadline = ktime_get_ns() + CLAIM_TIME_NS;
	int err;

	while (*cursor < request->end && claim_pages_left(claim)) {
		if (css_is_dying(&request->to->css))
			return -ENODEV;
		err = step(claim, cursor, request->end);
		if (err)
			return err;
		if (signal_pending(current) || ktime_get_ns() > deadline)
			return 0;
		cond_resched();
	}
	return 0;
}

static struct claim *new_claim(const struct claim_request *request, struct claim_receipt *receipt)
{
	bool scan = !request->mm && !request->file && !request->inode;
	struct claim *claim = kzalloc(sizeof(*claim), GFP_KERNEL);

	if (claim && scan) {
		claim->scan = kzalloc(sizeof(*claim->scan), GFP_KERNEL);
		if (!claim->scan) {
			kfree(claim);
			return NULL;
		}
	}
	if (!claim)
		return NULL;
	charge_begin(&claim->charge, request->to);
	claim->charge.from = request->from;
	claim->charge.share = request->share;
	/* All that is charged to a group, whoever shares it. */
	claim->charge.shared = scan || request->flags & MEMCGCTL_CLAIM_INCLUDE_SHARED;
	claim->cache_kind = CHARGE_MOVED;
	claim->admin = request->admin;
	claim->receipt = receipt;
	claim->flags = request->flags;
	claim->at_most = request->at_most;
	claim->owners = request->owners;
	claim->mm = request->mm;
	claim->anon = request->anon;
	if (request->inode)
		claim->mapping = request->inode->i_mapping;
	if (request->file)
		claim->mapping = file_cache(request->file);
	if (request->mount)
		claim->sb = file_inode(request->mount)->i_sb;
	if (request->sb)
		claim->sb = request->sb;
	return claim;
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

		/* None of it has an owner. */
		if (!request->from)
			claim_hugetlb_file(&counted, request->file, request->start, request->end);
		receipt->cursor = request->end;
		receipt->room = charge_room(request->to);
		return 0;
	}
	claim = new_claim(request, receipt);
	if (!claim)
		return -ENOMEM;
	err = run(claim, request, &cursor);
	charge_end(&claim->charge);
	kfree(claim->scan);
	kfree(claim);
	receipt->cursor = cursor;
	receipt->room = charge_room(request->to);
	if (request->from && !request->mm && !request->file && !request->mount &&
	    cursor == request->end)
		claim_pins(request->from, receipt);
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
	/* Whoever may claim any file need not open it for that, which may do something. */
	struct file *file = admin ? fget_raw(fd) : fget(fd);
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

/* The directory's owner, where the filesystem belongs to the owner's user namespace. */
static bool may_claim_mount(struct file *dir)
{
	return file_inode(dir)->i_sb->s_user_ns == current_user_ns() && compat_owns_file(dir);
}

static int check_mount(struct file *dir, bool admin, struct netlink_ext_ack *extack)
{
	const struct super_block *sb = file_inode(dir)->i_sb;

	if (dir->f_path.dentry != sb->s_root) {
		NL_SET_ERR_MSG(extack, "not the root directory of its filesystem");
		return -EINVAL;
	}
	if (!admin && !may_claim_mount(dir)) {
		NL_SET_ERR_MSG(
			extack,
			"claiming a filesystem needs CAP_SYS_ADMIN, or ownership of its root directory");
		return -EPERM;
	}
	switch (sb->s_magic) {
	case OVERLAYFS_SUPER_MAGIC:
		NL_SET_ERR_MSG(
			extack,
			"an overlay has no pages of its own: claim the filesystem that its files are on");
		return -EOPNOTSUPP;
	case HUGETLBFS_MAGIC:
		NL_SET_ERR_MSG(extack, "the pages of hugetlbfs have a controller of their own");
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

/**
 * claim_open_mount() - a filesystem by a descriptor of its root directory
 * @request: out: mount, to be ended with claim_close()
 * @fd: the caller's
 * @admin: the caller has CAP_SYS_ADMIN in the initial user namespace
 * @extack: says why not
 *
 * Return: 0; -EBADF, -EINVAL, -EPERM, -EOPNOTSUPP.
 */
int claim_open_mount(struct claim_request *request, int fd, bool admin, struct netlink_ext_ack *extack)
{
	/* Also of one that was opened for its path only. */
	struct file *dir = fget_raw(fd);
	int err;

	if (!dir) {
		NL_SET_ERR_MSG(extack, "not an open descriptor of a directory");
		return -EBADF;
	}
	err = check_mount(dir, admin, extack);
	if (err)
		fput(dir);
	else
		request->mount = dir;
	return err;
}

/** claim_close() - end of claim_open_process() or claim_open_file(), if any succeeded; may sleep */
void claim_close(struct claim_request *request)
{
	if (request->mm)
		mmput(request->mm);
	if (request->file)
		fput(request->file);
	if (request->mount)
		fput(request->mount);
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
	claim_dead_init();
}
