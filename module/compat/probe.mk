# SPDX-License-Identifier: GPL-2.0-only
#
# What only the text of a kernel header can tell: probe(FILE, REGEX, NAME) defines NAME where REGEX occurs.
# (A dot stands for a parenthesis, which make would take for its own.)
probe = $(shell grep -qsE '$(2)' $(srctree)/include/linux/$(1) && echo -D$(3))

ccflags-y += $(call probe,memcontrol.h,^void mod_memcg_state.,COMPAT_MOD_MEMCG_STATE_STATIC)
ccflags-y += $(call probe,memcontrol.h,^void __mem_cgroup_handle_over_high.,COMPAT_HANDLE_OVER_HIGH_INNER)
ccflags-y += $(call probe,gfp.h,gfpflags_allow_spinning,COMPAT_ALLOW_SPINNING)
