/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_STATUS_H
#define MCG_STATUS_H

#include "memcgctl.h"

struct nlmsghdr;

/**
 * mcg_health_decode() - read the reply to %MEMCGCTL_CMD_STATUS
 * @health: overwritten; to be freed also after a failure
 *
 * Return: 0, or -1 with errno set.
 */
int mcg_health_decode(const struct nlmsghdr *message, struct mcg_health *health);

#endif
