/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables: how they are walked, and what an entry that maps nothing stands for. */
#ifndef MEMCGCTL_COMPAT_LEAF_H
#define MEMCGCTL_COMPAT_LEAF_H

#include <linux/pagewalk.h>
#include <linux/pgtable.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#ifdef COMPAT_SOFTLEAF
#include <linux/leafops.h>
#endif

/* A walk says with which lock it is made, since there are several. */
#ifdef COMPAT_PAGE_WALK_LOCK
#define COMPAT_WALK_LOCK .walk_lock = PGWALK_RDLOCK,
#else
#define COMPAT_WALK_LOCK
#endif

enum compat_leaf {
	COMPAT_LEAF_NONE,
	COMPAT_LEAF_SWAP,
	COMPAT_LEAF_MIGRATION,
	COMPAT_LEAF_DEVICE,
	COMPAT_LEAF_BROKEN,
	COMPAT_LEAF_OTHER,
};

/* @pte is neither none nor present. */
#ifdef COMPAT_SOFTLEAF
static inline enum compat_leaf compat_leaf(pte_t pte)
{
	softleaf_t entry = softleaf_from_pte(pte);

	if (softleaf_is_swap(entry))
		return COMPAT_LEAF_SWAP;
	if (softleaf_is_migration(entry))
		return COMPAT_LEAF_MIGRATION;
	if (softleaf_is_device_private(entry) || softleaf_is_device_exclusive(entry))
		return COMPAT_LEAF_DEVICE;
	if (softleaf_is_hwpoison(entry))
		return COMPAT_LEAF_BROKEN;
	return softleaf_is_marker(entry) ? COMPAT_LEAF_NONE : COMPAT_LEAF_OTHER;
}

/* Where the page of a COMPAT_LEAF_SWAP is. */
static inline swp_entry_t compat_leaf_swap(pte_t pte)
{
	return softleaf_from_pte(pte);
}
#else
static inline enum compat_leaf compat_leaf(pte_t pte)
{
	swp_entry_t entry = pte_to_swp_entry(pte);

	if (!non_swap_entry(entry))
		return COMPAT_LEAF_SWAP;
	if (is_migration_entry(entry))
		return COMPAT_LEAF_MIGRATION;
	if (is_device_private_entry(entry) || is_device_exclusive_entry(entry))
		return COMPAT_LEAF_DEVICE;
	if (is_hwpoison_entry(entry))
		return COMPAT_LEAF_BROKEN;
	return is_pte_marker_entry(entry) ? COMPAT_LEAF_NONE : COMPAT_LEAF_OTHER;
}

static inline swp_entry_t compat_leaf_swap(pte_t pte)
{
	return pte_to_swp_entry(pte);
}
#endif

#endif
