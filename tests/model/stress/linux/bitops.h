/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STRESS_SHIM_BITOPS_H
#define STRESS_SHIM_BITOPS_H

#include <linux/types.h>

static inline bool test_bit(int nr, const unsigned long *flags)
{
	return __atomic_load_n(flags, __ATOMIC_RELAXED) >> nr & 1;
}

static inline bool test_and_set_bit(int nr, unsigned long *flags)
{
	return __atomic_fetch_or(flags, 1UL << nr, __ATOMIC_SEQ_CST) >> nr & 1;
}

#endif
