// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings of private memory: ranges of an address space, and the hooks where their memory comes to be.
 *
 * The hook on page faults is the busiest of all, and the kernel may wait in there. So a scope of a range is only a note
 * of the address until something is charged for it; and what may wait for another program to answer gets none.
 */
#include <linux/hash.h>
#include <linux/magic.h>
#include <linux/mmu_notifier.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "bind_private.h"
#include "compat/bind.h"
#include "compat/leaf.h"
#include "core/btf.h"
#include "core/process.h"
#include "core/sym.h"

/* Address spaces that are bound, by hash: the hooks look here first. */
#define SPACE_BITS 8
static atomic_t spaces[1 << SPACE_BITS];

DEFINE_STATIC_CALL_NULL(bind_fault_original, handle_mm_fault);
DEFINE_STATIC_CALL_NULL(bind_collapse_range_original, collapse_huge_page);
DEFINE_STATIC_CALL_NULL(bind_fill_range_original, compat_fill_range);

static struct hook fault_hook, collapse_range_hook, fill_range_hook;

static __always_inline atomic_t *space_of(const struct mm_struct *mm)
{
	return &spaces[hash_ptr((void *)mm, SPACE_BITS)];
}

/* Answered by a program of a user, which may take for ever. */
static __always_inline bool is_slow_file(const struct file *file)
{
	const struct super_block *sb = file_inode(file)->i_sb;

	return sb->s_magic == FUSE_SUPER_MAGIC || !(sb->s_bdev || shmem_mapping(file->f_mapping));
}

/* Private memory whose faults are not reported to a program. */
static __always_inline bool may_be_bound(const struct vm_area_struct *vma)
{
	return atomic_read(space_of(vma->vm_mm)) &&
	       !(vma->vm_flags & (VM_SHARED | VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP)) &&
	       !userfaultfd_armed((void *)vma) && !(vma->vm_file && is_slow_file(vma->vm_file));
}

/* ---- hooks ---- */

static vm_fault_t bind_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags,
			     struct pt_regs *regs)
{
	struct bind_scope scope = { .late = true, .mm = vma->vm_mm };
	vm_fault_t result;

	hook_enter(&fault_hook);
	bind_scope_open(&scope, NULL, address >> PAGE_SHIFT);
	result = static_call(bind_fault_original)(vma, address, flags, regs);
	bind_scope_close(&scope);
	hook_exit(&fault_hook);
	return result;
}

/* What is there is charged already: rather no huge page than another owner. */
static COMPAT_COLLAPSE_RANGE_RETURN bind_collapse_range(COMPAT_COLLAPSE_RANGE_PARAMS)
{
	struct bind_scope scope = { .late = true, .mm = mm, .optional = true };
	COMPAT_COLLAPSE_RANGE_RETURN result;

	hook_enter(&collapse_range_hook);
	bind_scope_open(&scope, NULL, address >> PAGE_SHIFT);
	result = static_call(bind_collapse_range_original)(COMPAT_COLLAPSE_RANGE_ARGS);
	bind_scope_close(&scope);
	hook_exit(&collapse_range_hook);
	return result;
}

/*
 * A page for userfaultfd: where it is just being charged, that is redirected. Where all is done but putting
 * it into the page table, nobody else knows it yet, so it is charged anew.
 */
static COMPAT_FILL_RANGE_RETURN bind_fill_range(COMPAT_FILL_RANGE_PARAMS)
{
	struct bind_scope scope = { .late = true, .mm = vma->vm_mm };
	COMPAT_FILL_RANGE_RETURN result;

	hook_enter(&fill_range_hook);
	bind_scope_open(&scope, NULL, addr >> PAGE_SHIFT);
#ifdef COMPAT_FILL_RANGE_CHARGED
	bind_charge_anew(&scope, page_folio(page));
#endif
	result = static_call(bind_fill_range_original)(COMPAT_FILL_RANGE_ARGS);
	bind_scope_close(&scope);
	hook_exit(&fill_range_hook);
	return result;
}

static void notrace fault_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	if (may_be_bound((void *)compat_hook_arg(fregs, 0)))
		compat_hook_redirect(fregs, (unsigned long)bind_fault);
}

static void notrace collapse_range_handler(unsigned long ip, unsigned long parent_ip,
					   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (atomic_read(space_of((void *)compat_hook_arg(fregs, 0))))
		compat_hook_redirect(fregs, (unsigned long)bind_collapse_range);
}

static void notrace fill_range_handler(unsigned long ip, unsigned long parent_ip,
				       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct vm_area_struct *vma = (void *)compat_hook_arg(fregs, COMPAT_FILL_RANGE_VMA_ARG);

	if (atomic_read(space_of(vma->vm_mm)) && !(vma->vm_flags & VM_SHARED) &&
	    compat_fill_range_is_new(fregs))
		compat_hook_redirect(fregs, (unsigned long)bind_fill_range);
}

static struct hook fault_hook = {
	.name = "handle_mm_fault",
	.handler = fault_handler,
	.redirects = true,
};

static struct hook collapse_range_hook = {
	.name = "collapse_huge_page",
	.handler = collapse_range_handler,
	.redirects = true,
};

static struct hook fill_range_hook = {
	.name = COMPAT_FILL_RANGE,
	.handler = fill_range_handler,
	.redirects = true,
};

static struct hook *const hooks[] = { &fault_hook, &collapse_range_hook, &fill_range_hook };

/* The file hooks, too: a fault in a private mapping of shared memory may make a page of the file. */
static int hook_ranges(struct netlink_ext_ack *extack)
{
	int err = bind_file_class.hook(extack), i;

	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		err = hook_get(hooks[i]);
		if (!err)
			continue;
		while (i--)
			hook_put(hooks[i]);
		bind_file_class.unhook();
		NL_SET_ERR_MSG(
			extack,
			"a live patch or another redirect holds a function that makes private memory");
		return err;
	}
	return 0;
}

static void unhook_ranges(void)
{
	int i;

	for (i = ARRAY_SIZE(hooks) - 1; i >= 0; i--)
		hook_put(hooks[i]);
	bind_file_class.unhook();
}

/* ---- page tables ---- */

/**
 * bind_range_is_swapped_at() - whether a page that comes back from swap is the one of a scope's address
 * @scope: of a range, in whose fault or collapse it happens: the lock that is held there keeps the page table's place
 * @entry: the page's, the first one of a large folio
 * @nr: pages of the folio
 *
 * Context: any.
 */
bool bind_range_is_swapped_at(const struct bind_scope *scope, swp_entry_t entry, unsigned long nr)
{
	unsigned long addr = scope->index << PAGE_SHIFT;
	swp_entry_t there;
	bool same = false;
	pte_t pte;
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t *pud;
	pmd_t pmd;

	/* Tables that are taken out meanwhile are freed after a grace period. */
	rcu_read_lock();
	pgd = pgd_offset(scope->mm, addr);
	p4d = pgd_none(READ_ONCE(*pgd)) ? NULL : p4d_offset(pgd, addr);
	pud = !p4d || p4d_none(READ_ONCE(*p4d)) ? NULL : pud_offset(p4d, addr);
	if (!pud || pud_none(READ_ONCE(*pud)) || pud_leaf(READ_ONCE(*pud)))
		goto unlock;
	pmd = READ_ONCE(*pmd_offset(pud, addr));
	if (!pmd_present(pmd) || pmd_leaf(pmd))
		goto unlock;
	pte = ptep_get(pte_offset_kernel(&pmd, addr));
	if (pte_none(pte) || pte_present(pte) || compat_leaf(pte) != COMPAT_LEAF_SWAP)
		goto unlock;
	there = compat_leaf_swap(pte);
	same = swp_type(there) == swp_type(entry) && swp_offset(there) >= swp_offset(entry) &&
	       swp_offset(there) < swp_offset(entry) + nr;
unlock:
	rcu_read_unlock();
	return same;
}

/* ---- what ties it ---- */

static struct binding *binding_of(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct binding, notifier);
}

/* The last user has gone: at exit, or by execve(2). */
static void space_ends(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	bind_ended(binding_of(notifier));
}

static const struct mmu_notifier_ops notifier_ops = { .release = space_ends };

static const char *why_not(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;

	vma = find_vma(mm, start);
	if (!vma || vma->vm_start >= end)
		return "nothing is mapped in the range";
	for (; vma && vma->vm_start < end; vma = find_vma(mm, vma->vm_end)) {
		if (vma->vm_flags & VM_SHARED || vma->vm_flags & VM_MAYSHARE)
			return "a shared mapping is in the range: it is bound by its file";
		if (vma->vm_flags & VM_HUGETLB)
			return "huge pages of hugetlb have a controller of their own";
	}
	return NULL;
}

static int prepare(struct binding *binding, const struct bind_request *request,
		   struct netlink_ext_ack *extack)
{
	const char *why;

	if (request->on_full == MEMCGCTL_ON_FULL_FAIL) {
		NL_SET_ERR_MSG(extack, "only shared memory may fail when the target is full");
		return -EINVAL;
	}
	if (request->end > TASK_SIZE_MAX) {
		NL_SET_ERR_MSG(extack, "the range is not one of user memory");
		return -EINVAL;
	}
	if (mmap_read_lock_killable(request->process.mm))
		return -EINTR;
	why = why_not(request->process.mm, request->start, request->end);
	mmap_read_unlock(request->process.mm);
	if (why) {
		/* A text that stays, as NL_SET_ERR_MSG() would have it. */
		if (extack)
			extack->_msg = why;
		return -EINVAL;
	}
	binding->name = kstrdup(request->process.comm, GFP_KERNEL_ACCOUNT);
	if (!binding->name)
		return -ENOMEM;
	binding->pid = get_pid(request->process.pid);
	binding->object = request->process.mm;
	return 0;
}

static int attach(struct binding *binding, const struct bind_request *request,
		  struct netlink_ext_ack *extack)
{
	int err = -EINTR;

	binding->notifier.ops = &notifier_ops;
	if (!mmap_write_lock_killable(request->process.mm)) {
		err = __mmu_notifier_register(&binding->notifier, request->process.mm);
		mmap_write_unlock(request->process.mm);
	}
	if (err)
		return err;
	binding->tied = true;
	atomic_inc(space_of(request->process.mm));
	return 0;
}

static void detach(struct binding *binding)
{
	struct mm_struct *mm = (struct mm_struct *)binding->object;

	if (!binding->tied)
		return;
	atomic_dec(space_of(mm));
	mmu_notifier_unregister(&binding->notifier, mm);
}

static bool hold(const struct binding *binding, struct bind_held *held)
{
	struct mm_struct *mm = (void *)binding->object;

	if (!mmget_not_zero(mm))
		return false;
	held->mm = mm;
	return true;
}

struct bind_class bind_range_class = {
	.hook = hook_ranges,
	.unhook = unhook_ranges,
	.prepare = prepare,
	.attach = attach,
	.detach = detach,
	.hold = hold,
};

/* ---- requests ---- */

/**
 * bind_open_process() - the address space of a process
 * @request: out: kind and process, to be ended with bind_close()
 * @pidfd: the caller's
 * @extack: says why not
 *
 * Return: 0; -EBADF, -EPERM, -ESRCH.
 */
int bind_open_process(struct bind_request *request, int pidfd, struct netlink_ext_ack *extack)
{
	request->kind = MEMCGCTL_BIND_RANGE;
	return process_from_fd(pidfd, &request->process, extack);
}

/** bind_range_init() - at module load. Return: NULL, or why this kernel's private memory cannot be bound. */
const char *bind_range_init(void)
{
	static char why[96];
	int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (hook_prepare(hooks[i]))
			scnprintf(why, sizeof(why), "%s was not found", hooks[i]->name);
		else if (btf_mismatch(hooks[i]->name))
			return btf_mismatch(hooks[i]->name);
		if (*why)
			return why;
	}
	static_call_update(bind_fault_original, (typeof(&handle_mm_fault))hook_original(&fault_hook));
	static_call_update(bind_collapse_range_original,
			   (typeof(&collapse_huge_page))hook_original(&collapse_range_hook));
	static_call_update(bind_fill_range_original,
			   (typeof(&compat_fill_range))hook_original(&fill_range_hook));
	return NULL;
}
