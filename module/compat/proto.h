/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prototypes of kernel functions that no installed header declares.
 *
 * Each line serves twice: it declares the function, so that its type can be had with typeof, and it
 * yields the text that is compared with the running kernel's BTF when the module is loaded (and by
 * a test for every supported kernel). So write a type as BTF knows it: no parameter names,
 * "struct x *" with one space before the star, a typedef by its name.
 */
#ifndef MEMCGCTL_COMPAT_PROTO_H
#define MEMCGCTL_COMPAT_PROTO_H

#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/workqueue.h>

#define COMPAT_PROTOS(P)                                                                           \
	P(int, try_charge_memcg, struct mem_cgroup *, gfp_t, unsigned int)                         \
	P(long unsigned int, shrink_slab, gfp_t, int, struct mem_cgroup *, int)                    \
	P(void, mem_cgroup_css_offline, struct cgroup_subsys_state *)                              \
	P(void, try_to_unmap_flush, void)                                                          \
	COMPAT_PROTOS_ANON_VMA(P)                                                                  \
	COMPAT_PROTOS_DRAIN(P)                                                                     \
	COMPAT_PROTOS_STATE(P)                                                                     \
	COMPAT_PROTOS_ISOLATE(P)

/* Up to 6.x rmap.h declares them. */
#ifdef COMPAT_ANON_VMA_DECLARED
#define COMPAT_PROTOS_ANON_VMA(P)
#else
#define COMPAT_PROTOS_ANON_VMA(P)                                                                  \
	P(struct anon_vma *, folio_get_anon_vma, const struct folio *)                             \
	P(void, __put_anon_vma, struct anon_vma *)
#endif

/* Charges that a CPU holds ahead; and references on the id of a group, which swap space holds. */
#ifdef COMPAT_SWAP_CGROUP
#define COMPAT_PROTOS_DRAIN(P)                                                                     \
	P(void, drain_local_stock, struct work_struct *)                                           \
	P(void, mem_cgroup_id_put_many, struct mem_cgroup *, unsigned int)
#else
#define COMPAT_PROTOS_DRAIN(P) P(void, drain_local_memcg_stock, struct work_struct *)
#endif

/* Up to 6.x the header declares it, for the inline mod_memcg_state(); in 7.x both are in memcontrol.c. */
#ifdef COMPAT_MOD_MEMCG_STATE_STATIC
#define COMPAT_PROTOS_STATE(P)                                                                     \
	P(void, __mod_memcg_state, struct mem_cgroup *, enum memcg_stat_item, long int)
#else
#define COMPAT_PROTOS_STATE(P)
#endif

/* 0 or an errno up to 6.2, then whether it was isolated. */
#ifdef COMPAT_ISOLATE_INT
#define COMPAT_PROTOS_ISOLATE(P) P(int, folio_isolate_lru, struct folio *)
#else
#define COMPAT_PROTOS_ISOLATE(P) P(bool, folio_isolate_lru, struct folio *)
#endif

#define COMPAT_DECLARE(ret, name, ...) ret name(__VA_ARGS__);
COMPAT_PROTOS(COMPAT_DECLARE)
#undef COMPAT_DECLARE

#endif
