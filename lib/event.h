/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_EVENT_H
#define MCG_EVENT_H

#include "memcgctl.h"

struct nlmsghdr;

/**
 * mcg_event_decode() - read one notification
 * @event: overwritten; to be freed also after a failure
 *
 * Return: 0, or -1 with errno set.
 */
int mcg_event_decode(const struct nlmsghdr *message, struct mcg_event *event);

#endif
