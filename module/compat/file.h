/* SPDX-License-Identifier: GPL-2.0-only */
/* Files: who owns them, and what an index of their page cache counts. */
#ifndef MEMCGCTL_COMPAT_FILE_H
#define MEMCGCTL_COMPAT_FILE_H

#include <linux/fs.h>
#include <linux/mm.h>

/* The caller owns the file, as its mount shows it, or may act as its owner. */
static inline bool compat_owns_file(struct file *file)
{
#ifdef COMPAT_MNT_IDMAP
	return inode_owner_or_capable(file_mnt_idmap(file), file_inode(file));
#else
	return inode_owner_or_capable(file_mnt_user_ns(file), file_inode(file));
#endif
}

/* log2 of what one step of an index means in a file of huge pages of 1 << @shift bytes. */
static inline unsigned int compat_hugetlb_index_shift(unsigned int shift)
{
#ifdef COMPAT_HUGETLB_INDEX_SMALL
	return PAGE_SHIFT;
#else
	return shift;
#endif
}

/* Of which file a mapping is, as processes are told: that of an overlay, and not the one behind it. */
#ifdef COMPAT_FILE_USER_PATH
#define compat_file_user_path(file) file_user_path(file)
#define compat_file_user_inode(file) file_user_inode(file)
#else
#define compat_file_user_path(file) (&(file)->f_path)
#define compat_file_user_inode(file) file_inode(file)
#endif

#endif
