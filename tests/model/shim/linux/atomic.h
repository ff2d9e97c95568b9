/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each operation is one step of the explorer. Broken on purpose, an operation falls apart in a read
 * and a write with a step between them: what the code under test must not survive.
 */
#ifndef MODEL_SHIM_ATOMIC_H
#define MODEL_SHIM_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

typedef struct {
	long counter;
} atomic_long_t;

static inline long atomic_long_read(const atomic_long_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic_long_set(atomic_long_t *v, long value)
{
	WRITE_ONCE(v->counter, value);
}

static inline long atomic_long_add_return(long nr, atomic_long_t *v)
{
	long value;

	if (model_broken(BREAK_ADD, v)) {
		value = READ_ONCE(v->counter) + nr;
		WRITE_ONCE(v->counter, value);
		return value;
	}
	model_step(v);
	v->counter += nr;
	value = v->counter;
	model_saw((unsigned long)value);
	if (model_broken(BREAK_ADD_RETURN, v))
		value = READ_ONCE(v->counter);
	return value;
}

static inline void atomic_long_add(long nr, atomic_long_t *v)
{
	(void)atomic_long_add_return(nr, v);
}

static inline void atomic_long_sub(long nr, atomic_long_t *v)
{
	(void)atomic_long_add_return(-nr, v);
}

static inline void atomic_long_inc(atomic_long_t *v)
{
	(void)atomic_long_add_return(1, v);
}

static inline bool atomic_long_try_cmpxchg(atomic_long_t *v, long *old, long value)
{
	bool same;

	model_step(v);
	same = v->counter == *old || model_broken(BREAK_CMPXCHG, v);
	if (same) {
		v->counter = value;
	} else if (model_broken(BREAK_CMPXCHG_ADD, v)) {
		v->counter += value - *old;
		same = true;
	} else {
		*old = v->counter;
	}
	model_saw(same);
	model_saw((unsigned long)*old);
	return same;
}

static inline long model_xchg(long *p, long value)
{
	long old;

	if (model_broken(BREAK_XCHG, p)) {
		old = READ_ONCE(*p);
		WRITE_ONCE(*p, value);
		return old;
	}
	model_step(p);
	old = *p;
	*p = value;
	model_saw((unsigned long)old);
	return old;
}

#define xchg(p, value) model_xchg(p, value)

#endif
