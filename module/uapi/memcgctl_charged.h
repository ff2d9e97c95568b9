/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The protocol's part about what all groups are charged with; included by memcgctl.h. */
#ifndef _UAPI_MEMCGCTL_CHARGED_H
#define _UAPI_MEMCGCTL_CHARGED_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/**
 * struct memcgctl_charged - one group
 * @id: see the beginning
 * @bytes: what memory.current says
 */
struct memcgctl_charged {
	uint64_t id;
	uint64_t bytes;
};

/**
 * enum memcgctl_charged_attr - attributes of %MEMCGCTL_CMD_CHARGED
 * @MEMCGCTL_CHARGED_PAD: alignment
 * @MEMCGCTL_CHARGED_GROUPS: array of &struct memcgctl_charged
 */
enum memcgctl_charged_attr {
	MEMCGCTL_CHARGED_PAD,
	MEMCGCTL_CHARGED_GROUPS,
	__MEMCGCTL_CHARGED_AFTER_LAST,
	MEMCGCTL_CHARGED_MAX = __MEMCGCTL_CHARGED_AFTER_LAST - 1,
};

#endif /* _UAPI_MEMCGCTL_CHARGED_H */
