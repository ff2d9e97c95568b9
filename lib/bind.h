/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_BIND_H
#define MCG_BIND_H

#include "memcgctl.h"

struct nlmsghdr;

/**
 * mcg_bind_decode() - read one binding
 * @binding: overwritten; release with mcg_binding_free(), also after a failure
 *
 * Return: 0, or -1 with errno set (EBADMSG when it makes no sense).
 */
int mcg_bind_decode(const struct nlmsghdr *message, struct mcg_binding *binding);

#endif
