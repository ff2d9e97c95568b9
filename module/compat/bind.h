/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the memory of files comes to be: the functions that are hooked for it, their parameters as a list, the same as
 * arguments, and what of them is asked for.
 */
#ifndef MEMCGCTL_COMPAT_BIND_H
#define MEMCGCTL_COMPAT_BIND_H

#include <linux/fsnotify_backend.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>

#include "compat.h"

/* A page of shared memory is found or made; the vma is that of a page fault, else NULL. */
#ifdef COMPAT_SHMEM_WRITE_END
#define COMPAT_SHMEM_PARAMS                                                                        \
	struct inode *inode, pgoff_t index, loff_t write_end, struct folio **foliop,               \
		enum sgp_type sgp, gfp_t gfp, struct vm_fault *vmf, vm_fault_t *fault_type
#define COMPAT_SHMEM_ARGS inode, index, write_end, foliop, sgp, gfp, vmf, fault_type
static __always_inline struct vm_area_struct *compat_shmem_vma(struct ftrace_regs *fregs)
{
	const struct vm_fault *vmf = (const void *)compat_hook_stack_arg(fregs, 0);

	return vmf ? vmf->vma : NULL;
}
#else
#define COMPAT_SHMEM_PARAMS                                                                        \
	struct inode *inode, pgoff_t index, struct folio **foliop, enum sgp_type sgp, gfp_t gfp,   \
		struct vm_area_struct *vma, struct vm_fault *vmf, vm_fault_t *fault_type
#define COMPAT_SHMEM_ARGS inode, index, foliop, sgp, gfp, vma, vmf, fault_type
static __always_inline struct vm_area_struct *compat_shmem_vma(struct ftrace_regs *fregs)
{
	return (void *)compat_hook_arg(fregs, 5);
}
#endif

/* A page of shared memory is made for userfaultfd. */
#if defined(COMPAT_FILL_MM)
#define compat_fill shmem_mfill_atomic_pte
#define COMPAT_FILL "shmem_mfill_atomic_pte"
#define COMPAT_FILL_VMA_ARG 2
#define COMPAT_FILL_RETURN int
#define COMPAT_FILL_PARAMS                                                                         \
	struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma, unsigned long addr,          \
		unsigned long from, bool zero, bool wp, struct page **page
#define COMPAT_FILL_ARGS mm, pmd, vma, addr, from, zero, wp, page
#define compat_fill_failed(result) ((result) != 0)
#elif defined(COMPAT_FILL_PMD)
#define compat_fill shmem_mfill_atomic_pte
#define COMPAT_FILL "shmem_mfill_atomic_pte"
#define COMPAT_FILL_VMA_ARG 1
#define COMPAT_FILL_RETURN int
#define COMPAT_FILL_PARAMS                                                                         \
	pmd_t *pmd, struct vm_area_struct *vma, unsigned long addr, unsigned long from,            \
		uffd_flags_t flags, struct folio **folio
#define COMPAT_FILL_ARGS pmd, vma, addr, from, flags, folio
#define compat_fill_failed(result) ((result) != 0)
#else
#define compat_fill shmem_mfill_folio_alloc
#define COMPAT_FILL "shmem_mfill_folio_alloc"
#define COMPAT_FILL_VMA_ARG 0
#define COMPAT_FILL_RETURN struct folio *
#define COMPAT_FILL_PARAMS struct vm_area_struct *vma, unsigned long addr
#define COMPAT_FILL_ARGS vma, addr
#define compat_fill_failed(result) (!(result))
#endif

/* What collapse_file() says when it has, in mm/khugepaged.c of all of them. */
#define COMPAT_SCAN_SUCCEED 1

/* Private pages become a huge one. */
#ifdef COMPAT_SWAPIN_ID
#define COMPAT_COLLAPSE_RANGE_RETURN enum scan_result
#define COMPAT_COLLAPSE_RANGE_PARAMS                                                               \
	struct mm_struct *mm, unsigned long address, int referenced, int unmapped,                 \
		struct collapse_control *cc, unsigned int order
#define COMPAT_COLLAPSE_RANGE_ARGS mm, address, referenced, unmapped, cc, order
#else
#define COMPAT_COLLAPSE_RANGE_RETURN int
#define COMPAT_COLLAPSE_RANGE_PARAMS                                                               \
	struct mm_struct *mm, unsigned long address, int referenced, int unmapped,                 \
		struct collapse_control *cc
#define COMPAT_COLLAPSE_RANGE_ARGS mm, address, referenced, unmapped, cc
#endif

/*
 * A private page is made for userfaultfd. Up to 6.x nothing of that can be hooked but the last step (CHARGED), which is
 * that of pages that are not new as well.
 */
#if defined(COMPAT_FILL_MM)
#define compat_fill_range mfill_atomic_install_pte
#define COMPAT_FILL_RANGE "mfill_atomic_install_pte"
#define COMPAT_FILL_RANGE_CHARGED
#define COMPAT_FILL_RANGE_VMA_ARG 2
#define COMPAT_FILL_RANGE_RETURN int
#define COMPAT_FILL_RANGE_PARAMS                                                                   \
	struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma, unsigned long addr,          \
		struct page *page, bool new, bool wp
#define COMPAT_FILL_RANGE_ARGS mm, pmd, vma, addr, page, new, wp
#define compat_fill_range_is_new(fregs) ((bool)compat_hook_arg(fregs, 5))
#elif defined(COMPAT_FILL_PMD)
#define compat_fill_range mfill_atomic_install_pte
#define COMPAT_FILL_RANGE "mfill_atomic_install_pte"
#define COMPAT_FILL_RANGE_CHARGED
#define COMPAT_FILL_RANGE_VMA_ARG 1
#define COMPAT_FILL_RANGE_RETURN int
#define COMPAT_FILL_RANGE_PARAMS                                                                   \
	pmd_t *pmd, struct vm_area_struct *vma, unsigned long addr, struct page *page, bool new,   \
		uffd_flags_t flags
#define COMPAT_FILL_RANGE_ARGS pmd, vma, addr, page, new, flags
#define compat_fill_range_is_new(fregs) ((bool)compat_hook_arg(fregs, 4))
#else
#define compat_fill_range anon_alloc_folio
#define COMPAT_FILL_RANGE "anon_alloc_folio"
#define COMPAT_FILL_RANGE_VMA_ARG 0
#define COMPAT_FILL_RANGE_RETURN struct folio *
#define COMPAT_FILL_RANGE_PARAMS struct vm_area_struct *vma, unsigned long addr
#define COMPAT_FILL_RANGE_ARGS vma, addr
#define compat_fill_range_is_new(fregs) true
#endif

/* A page that comes back from swap is charged: to the group of that number, or to that recorded with the entry. */
#ifdef COMPAT_SWAPIN_ID
#define COMPAT_SWAPIN_PARAMS struct folio *folio, unsigned short id, struct mm_struct *mm, gfp_t gfp
#define COMPAT_SWAPIN_ARGS folio, id, mm, gfp
#define compat_swapin_entry() (folio->swap)
#else
#define COMPAT_SWAPIN_PARAMS struct folio *folio, struct mm_struct *mm, gfp_t gfp, swp_entry_t entry
#define COMPAT_SWAPIN_ARGS folio, mm, gfp, entry
#define compat_swapin_entry() (entry)
#endif

/* Tie a mark to an inode or a superblock. */
static inline int compat_mark_inode(struct fsnotify_mark *mark, struct inode *inode)
{
	return fsnotify_add_inode_mark(mark, inode, 0);
}

static inline int compat_mark_sb(struct fsnotify_mark *mark, struct super_block *sb)
{
#ifdef COMPAT_MARK_OBJECT
	return fsnotify_add_mark(mark, sb, FSNOTIFY_OBJ_TYPE_SB, 0);
#else
	return fsnotify_add_mark(mark, &sb->s_fsnotify_marks, FSNOTIFY_OBJ_TYPE_SB, 0, NULL);
#endif
}

/* Several marks on one object; its lock is taken where memory is reclaimed. */
#ifdef FSNOTIFY_GROUP_NOFS
#define COMPAT_MARK_GROUP_FLAGS (FSNOTIFY_GROUP_DUPS | FSNOTIFY_GROUP_NOFS)
#else
#define COMPAT_MARK_GROUP_FLAGS FSNOTIFY_GROUP_DUPS
#endif

/* Metadata that looks like a file; from 6.18 on nobody is charged for it. */
static inline bool compat_is_kernel_file(const struct address_space *mapping)
{
#ifdef COMPAT_KERNEL_FILE
	return test_bit(AS_KERNEL_FILE, &mapping->flags);
#else
	return false;
#endif
}

#endif
