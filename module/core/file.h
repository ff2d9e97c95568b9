/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that a caller names by a descriptor. */
#ifndef MEMCGCTL_CORE_FILE_H
#define MEMCGCTL_CORE_FILE_H

#include <linux/dcache.h>
#include <linux/fs.h>

/** file_cache() - the page cache of a file: one of an overlay has none of its own */
static inline struct address_space *file_cache(const struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;

	return dentry->d_flags & DCACHE_OP_REAL ? d_real_inode(dentry)->i_mapping : file->f_mapping;
}

#endif
