/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SHIM_REFCOUNT_H
#define MODEL_SHIM_REFCOUNT_H

#include <linux/compiler.h>

typedef struct {
	int refs;
} refcount_t;

static inline void refcount_set(refcount_t *r, int n)
{
	WRITE_ONCE(r->refs, n);
}

static inline bool refcount_inc_not_zero(refcount_t *r)
{
	bool got;

	model_step(r);
	got = r->refs != 0 || model_broken(BREAK_INC_NOT_ZERO, r);
	if (got)
		r->refs++;
	model_saw(got);
	return got;
}

static inline bool refcount_dec_and_test(refcount_t *r)
{
	bool zero;

	model_step(r);
	zero = --r->refs == 0;
	model_saw(zero);
	if (r->refs < 0)
		model_fail("a reference is put twice");
	if (model_broken(BREAK_DEC_AND_TEST, r))
		zero = READ_ONCE(r->refs) == 0;
	return zero;
}

#endif
