/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_KMEM_H
#define MCG_KMEM_H

#include "memcgctl.h"

struct nlmsghdr;

/**
 * mcg_kmem_decode() - read one entry from a message of %MEMCGCTL_CMD_KMEM_GET or
 * %MEMCGCTL_CMD_KMEM_SET
 * @kmem: overwritten; to be freed also after a failure
 *
 * Return: 0, or -1 with errno set.
 */
int mcg_kmem_decode(const struct nlmsghdr *message, struct mcg_kmem *kmem);

/* mcg_kmem_mode_parse() - the mode with that name. Return: 0, or -1. */
int mcg_kmem_mode_parse(const char *name, enum memcgctl_kmem_mode *mode);

#endif
