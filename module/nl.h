/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MEMCGCTL_NL_H
#define MEMCGCTL_NL_H

int nl_init(void);
void nl_exit(void);

#endif
