/* SPDX-License-Identifier: GPL-2.0-only */
/* Our advices as plain madvise(2) calls. */
#ifndef MEMCGCTL_MADVISE_H
#define MEMCGCTL_MADVISE_H

void madvise_init(void);
void madvise_exit(void);
const char *madvise_unavailable(void);

#endif
