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
#include <linux/shmem_fs.h>

struct collapse_control;

/* What collapsing ends with became an enum of its own file's. */
#ifdef COMPAT_SWAPIN_ID
enum scan_result { COMPAT_SCAN_RESULT };
#endif
#include <linux/workqueue.h>

#define COMPAT_PROTOS(P)                                                                           \
	P(int, try_charge_memcg, struct mem_cgroup *, gfp_t, unsigned int)                         \
	P(long unsigned int, shrink_slab, gfp_t, int, struct mem_cgroup *, int)                    \
	P(void, mem_cgroup_css_offline, struct cgroup_subsys_state *)                              \
	P(int, mem_cgroup_css_online, struct cgroup_subsys_state *)                                \
	P(void, try_to_unmap_flush, void)                                                          \
	COMPAT_PROTOS_ANON_VMA(P)                                                                  \
	COMPAT_PROTOS_DRAIN(P)                                                                     \
	COMPAT_PROTOS_STATE(P)                                                                     \
	COMPAT_PROTOS_ISOLATE(P)                                                                   \
	COMPAT_PROTOS_SHMEM(P)                                                                     \
	COMPAT_PROTOS_COLLAPSE(P)                                                                  \
	COMPAT_PROTOS_FILL(P)

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

/* One line each, which is what the test of these reads. */
/* clang-format off */
/* A page of shared memory is found or made. From 6.9 on the vma is in the fault, and the end of a write comes along. */
#ifdef COMPAT_SHMEM_WRITE_END
#define COMPAT_PROTOS_SHMEM(P) \
	P(int, shmem_get_folio_gfp, struct inode *, long unsigned int, loff_t, struct folio **, enum sgp_type, gfp_t, struct vm_fault *, vm_fault_t *)
#else
#define COMPAT_PROTOS_SHMEM(P) \
	P(int, shmem_get_folio_gfp, struct inode *, long unsigned int, struct folio **, enum sgp_type, gfp_t, struct vm_area_struct *, struct vm_fault *, vm_fault_t *)
#endif

/* Pages of a file become a huge one; private ones do. */
#ifdef COMPAT_SWAPIN_ID
#define COMPAT_PROTOS_COLLAPSE(P) \
	P(enum scan_result, collapse_file, struct mm_struct *, long unsigned int, struct file *, long unsigned int, struct collapse_control *) \
	P(enum scan_result, collapse_huge_page, struct mm_struct *, long unsigned int, int, int, struct collapse_control *, unsigned int)
#else
#define COMPAT_PROTOS_COLLAPSE(P) \
	P(int, collapse_file, struct mm_struct *, long unsigned int, struct file *, long unsigned int, struct collapse_control *) \
	P(int, collapse_huge_page, struct mm_struct *, long unsigned int, int, int, struct collapse_control *)
#endif

/* A page for userfaultfd; up to 6.x functions that a header declares. */
#if defined(COMPAT_FILL_MM) || defined(COMPAT_FILL_PMD)
#define COMPAT_PROTOS_FILL(P)
#else
#define COMPAT_PROTOS_FILL(P) \
	P(struct folio *, shmem_mfill_folio_alloc, struct vm_area_struct *, long unsigned int) \
	P(struct folio *, anon_alloc_folio, struct vm_area_struct *, long unsigned int)
#endif
/* clang-format on */

#define COMPAT_DECLARE(ret, name, ...) ret name(__VA_ARGS__);
COMPAT_PROTOS(COMPAT_DECLARE)
#undef COMPAT_DECLARE

#endif
