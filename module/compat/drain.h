/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeps a group that is gone, besides its pages: charges that CPUs hold ahead, and swap space; and its statistics.
 *
 * Up to 6.x who pays for a page of swap is in a table of the swap area's (COMPAT_SWAP_CGROUP), and CPUs keep back pages of swap
 * that were freed; later it is in the area's clusters, out of reach.
 */
#ifndef MEMCGCTL_COMPAT_DRAIN_H
#define MEMCGCTL_COMPAT_DRAIN_H

#include <linux/memcontrol.h>
#include <linux/swap.h>

#include "proto.h"

/* Statistics of a group, and of those below it, are brought up to date. May sleep. */
#ifdef COMPAT_FLUSH_CSS
#define COMPAT_FLUSH_SYMBOL(S) S(css_rstat_flush, SYM_DRAIN)
#define compat_flush(call, memcg) call(css_rstat_flush)(&(memcg)->css)
#else
#define COMPAT_FLUSH_SYMBOL(S) S(cgroup_rstat_flush, SYM_DRAIN)
#define compat_flush(call, memcg) call(cgroup_rstat_flush)((memcg)->css.cgroup)
#endif

#ifdef COMPAT_SWAP_CGROUP

#include <linux/swap_cgroup.h>
#include <linux/swap_slots.h>

#define COMPAT_DRAIN_SYMBOLS(S)                                                                    \
	COMPAT_FLUSH_SYMBOL(S)                                                                     \
	S(drain_local_stock, SYM_DRAIN)                                                            \
	S(__mod_memcg_state, SYM_DRAIN)                                                            \
	S(disable_swap_slots_cache_lock, SYM_DRAIN)                                                \
	S(get_swap_device, SYM_DRAIN)                                                              \
	S(lookup_swap_cgroup_id, SYM_DRAIN)                                                        \
	S(mem_cgroup_id_put_many, SYM_DRAIN)                                                       \
	S(reenable_swap_slots_cache_unlock, SYM_DRAIN)                                             \
	S(swap_cgroup_cmpxchg, SYM_DRAIN)
#define compat_drain_local(call) call(drain_local_stock)(NULL)
#define COMPAT_DRAIN_PROTOS "drain_local_stock", "mem_cgroup_id_put_many"

#else

#define COMPAT_DRAIN_SYMBOLS(S)                                                                    \
	COMPAT_FLUSH_SYMBOL(S)                                                                     \
	S(drain_local_memcg_stock, SYM_DRAIN)
#define compat_drain_local(call) call(drain_local_memcg_stock)(NULL)
#define COMPAT_DRAIN_PROTOS "drain_local_memcg_stock"

#endif

#endif
