# SPDX-License-Identifier: GPL-2.0-only
#
# What only the text of a kernel header can tell: probe(FILE, REGEX, NAME) defines NAME where REGEX occurs.
# (A dot stands for a parenthesis, which make would take for its own.)
probe = $(shell grep -qsE '$(2)' $(srctree)/include/linux/$(1) && echo -D$(3))

ccflags-y += $(call probe,memcontrol.h,^void mod_memcg_state.,COMPAT_MOD_MEMCG_STATE_STATIC)
ccflags-y += $(call probe,memcontrol.h,^void __mem_cgroup_handle_over_high.,COMPAT_HANDLE_OVER_HIGH_INNER)
ccflags-y += $(call probe,ftrace.h,register_ftrace_direct_multi,COMPAT_DIRECT_MULTI)
ccflags-y += $(call probe,gfp.h,gfpflags_allow_spinning,COMPAT_ALLOW_SPINNING)
ccflags-y += $(call probe,leafops.h,softleaf_from_pte,COMPAT_SOFTLEAF)
ccflags-y += $(call probe,pagewalk.h,enum page_walk_lock,COMPAT_PAGE_WALK_LOCK)
ccflags-y += $(call probe,rmap.h,.anon_lock..const struct folio,COMPAT_RMAP_CONST)
ccflags-y += $(call probe,fs.h,mnt_idmap .file_mnt_idmap,COMPAT_MNT_IDMAP)
# Since then a hugetlb file counts its offsets in small pages.
ccflags-y += $(call probe,hugetlb.h,filemap_lock_hugetlb_folio,COMPAT_HUGETLB_INDEX_SMALL)
# Isolating a hugetlb page and an LRU page changed from 0-or-errno to bool in one series; only the former has a header.
ccflags-y += $(call probe,hugetlb.h,int .*isolate_hugetlb,COMPAT_ISOLATE_INT)

# How a file's memory comes to be: which functions there are, and what they take.
ccflags-y += $(call probe,shmem_fs.h,write_end,COMPAT_SHMEM_WRITE_END)
ccflags-y += $(call probe,shmem_fs.h,shmem_mfill_atomic_pte.struct mm_struct,COMPAT_FILL_MM)
ccflags-y += $(call probe,shmem_fs.h,shmem_mfill_atomic_pte.pmd_t,COMPAT_FILL_PMD)
ccflags-y += $(call probe,memcontrol.h,^int mem_cgroup_swapin_charge_folio.*short id,COMPAT_SWAPIN_ID)
ccflags-y += $(call probe,fsnotify_backend.h,fsnotify_add_mark.struct fsnotify_mark .mark. void .obj,COMPAT_MARK_OBJECT)
ccflags-y += $(call probe,pagemap.h,AS_KERNEL_FILE,COMPAT_KERNEL_FILE)
ccflags-y += $(call probe,fs.h,file_user_path.const struct file,COMPAT_FILE_USER_PATH)
# Who pays for swap space is in a table of its own.
ccflags-y += $(call probe,swap_cgroup.h,swap_cgroup_cmpxchg,COMPAT_SWAP_CGROUP)
ccflags-y += $(call probe,cgroup.h,^void css_rstat_flush.,COMPAT_FLUSH_CSS)

# What folio->memcg_data points to.
ccflags-y += $(call probe,memcontrol.h,objcg = folio_objcg.folio.;,COMPAT_OWNER_OBJCG)

# Where large folios wait to be split, and what puts them there.
ccflags-y += $(call probe,memcontrol.h,struct deferred_split deferred_split_queue,COMPAT_SPLIT_QUEUE)
ccflags-y += $(call probe,huge_mm.h,^void deferred_split_huge_page.,COMPAT_SPLIT_PAGE)

# Whether what takes entries away for a migration can leave the flush to its caller is in no header; it has become so not
# long before this flag was more than a bool.
ccflags-y += $(call probe,rmap.h,remove_migration_ptes.*bool locked,COMPAT_MIGRATE_FLUSHES)

# How often a folio is mapped was not kept as a number.
ccflags-y += $(call probe,mm.h,^int folio_mapcount.,COMPAT_MAPCOUNT_PER_PAGE)

# Whether a folio is mapped by more than one process, as far as the kernel keeps account of that.
ccflags-y += $(call probe,mm.h,folio_maybe_mapped_shared.,COMPAT_MAYBE_SHARED)

# Up to 6.x these of anon_vma are declared for everybody.
ccflags-y += $(call probe,rmap.h,folio_get_anon_vma.,COMPAT_ANON_VMA_DECLARED)
