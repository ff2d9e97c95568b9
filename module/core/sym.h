/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel symbols that are not exported.
 *
 * A function is called through a static call: its type comes from the declaration, so that a changed
 * signature fails to compile, and it is a direct call, which is what a function whose ENDBR the
 * kernel has sealed needs on IBT hardware.
 */
#ifndef MEMCGCTL_CORE_SYM_H
#define MEMCGCTL_CORE_SYM_H

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/kallsyms.h>
#include <linux/oom.h>
#include <linux/page_counter.h>
#include <linux/pagewalk.h>
#include <linux/pid.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>

#include "../compat/charge.h"
#include "../compat/compat.h"
#include "../compat/drain.h"

/* Who needs a symbol: a feature is refused when one of its own is missing. */
enum sym_user {
	SYM_CORE,
	SYM_KMEM,
	SYM_CLAIM,
	/* A claim does without, and leaves a dead group to it. */
	SYM_DRAIN,
	SYM_ATTRIBUTION,
	SYM_USERS,
};

/* S(function, user): the functions that are called. */
#define SYM_FUNCTIONS(S)                                                                           \
	S(kallsyms_lookup_size_offset, SYM_CORE)                                                   \
	S(bpf_get_btf_vmlinux, SYM_CORE)                                                           \
	S(btf_find_by_name_kind, SYM_CORE)                                                         \
	S(btf_type_by_id, SYM_CORE)                                                                \
	S(btf_name_by_offset, SYM_CORE)                                                            \
	S(ftrace_location, SYM_CORE)                                                               \
	S(css_tryget_online_from_dir, SYM_CORE)                                                    \
	S(mem_cgroup_kmem_disabled, SYM_KMEM)                                                      \
	S(mem_cgroup_iter, SYM_KMEM)                                                               \
	S(mem_cgroup_iter_break, SYM_KMEM)                                                         \
	S(out_of_memory, SYM_KMEM)                                                                 \
	S(page_counter_uncharge, SYM_CORE)                                                         \
	S(shrink_slab, SYM_KMEM)                                                                   \
	S(__mem_cgroup_uncharge, SYM_CLAIM)                                                        \
	S(__put_anon_vma, SYM_CLAIM)                                                               \
	S(folio_free_swap, SYM_CLAIM)                                                              \
	S(folio_get_anon_vma, SYM_CLAIM)                                                           \
	S(folio_isolate_lru, SYM_CLAIM)                                                            \
	S(folio_lock_anon_vma_read, SYM_CLAIM)                                                     \
	S(css_next_child, SYM_CLAIM)                                                               \
	S(lru_add_drain, SYM_CLAIM)                                                                \
	S(lru_add_drain_all, SYM_CLAIM)                                                            \
	S(memcg_page_state, SYM_CLAIM)                                                             \
	S(mm_access, SYM_CLAIM)                                                                    \
	S(page_counter_try_charge, SYM_CLAIM)                                                      \
	S(page_vma_mapped_walk, SYM_CLAIM)                                                         \
	S(pidfd_get_task, SYM_CLAIM)                                                               \
	S(remove_migration_ptes, SYM_CLAIM)                                                        \
	S(rmap_walk, SYM_CLAIM)                                                                    \
	S(try_charge_memcg, SYM_CLAIM)                                                             \
	S(try_to_migrate, SYM_CLAIM)                                                               \
	S(try_to_unmap_flush, SYM_CLAIM)                                                           \
	S(vm_normal_page, SYM_CLAIM)                                                               \
	S(walk_page_range, SYM_CLAIM)                                                              \
	S(anon_vma_interval_tree_iter_first, SYM_ATTRIBUTION)                                      \
	S(anon_vma_interval_tree_iter_next, SYM_ATTRIBUTION)                                       \
	S(vma_interval_tree_iter_first, SYM_ATTRIBUTION)                                           \
	S(vma_interval_tree_iter_next, SYM_ATTRIBUTION)                                            \
	COMPAT_DRAIN_SYMBOLS(S)                                                                    \
	COMPAT_CHARGE_SYMBOLS(S)

#define SYM_DECLARE(fn, user) DECLARE_STATIC_CALL(sym_##fn, fn);
SYM_FUNCTIONS(SYM_DECLARE)
#undef SYM_DECLARE

/** sym_call() - call a function of SYM_FUNCTIONS: sym_call(fn)(arguments) */
#define sym_call(fn) static_call(sym_##fn)

int sym_init(void);
unsigned long sym_address(const char *name);
bool sym_range(const char *name, unsigned long *start, unsigned long *end);
const char *sym_missing(enum sym_user user);

#endif
