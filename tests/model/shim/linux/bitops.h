/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SHIM_BITOPS_H
#define MODEL_SHIM_BITOPS_H

#include <linux/compiler.h>

static inline bool test_bit(int nr, const unsigned long *flags)
{
	return READ_ONCE(*flags) >> nr & 1;
}

static inline bool test_and_set_bit(int nr, unsigned long *flags)
{
	bool was;

	if (model_broken(BREAK_TEST_AND_SET, flags)) {
		was = test_bit(nr, flags);
		WRITE_ONCE(*flags, *flags | 1UL << nr);
		return was;
	}
	model_step(flags);
	was = *flags >> nr & 1;
	*flags |= 1UL << nr;
	model_saw(was);
	return was;
}

#endif
