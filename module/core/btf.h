/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel says of its own types and functions. */
#ifndef MEMCGCTL_CORE_BTF_H
#define MEMCGCTL_CORE_BTF_H

int btf_check_protos(void);
const char *btf_mismatch(const char *function);
int btf_member_offset(const char *type, const char *member);

#endif
