// SPDX-License-Identifier: GPL-2.0-only
/* Events; see event.h. */
#include "event.h"

void (*event_send)(const struct event *event);
