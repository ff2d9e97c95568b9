/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's atomics on real ones, with the ordering that the kernel promises and no more: relaxed
 * where it returns nothing, full where it does.
 */
#ifndef STRESS_SHIM_ATOMIC_H
#define STRESS_SHIM_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

typedef struct {
	long counter;
} atomic_long_t;

static inline long atomic_long_read(const atomic_long_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_long_set(atomic_long_t *v, long value)
{
	__atomic_store_n(&v->counter, value, __ATOMIC_RELAXED);
}

static inline long atomic_long_add_return(long nr, atomic_long_t *v)
{
	return __atomic_add_fetch(&v->counter, nr, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_add(long nr, atomic_long_t *v)
{
	__atomic_fetch_add(&v->counter, nr, __ATOMIC_RELAXED);
}

static inline void atomic_long_sub(long nr, atomic_long_t *v)
{
	__atomic_fetch_sub(&v->counter, nr, __ATOMIC_RELAXED);
}

static inline void atomic_long_inc(atomic_long_t *v)
{
	__atomic_fetch_add(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline bool atomic_long_try_cmpxchg(atomic_long_t *v, long *old, long value)
{
	return __atomic_compare_exchange_n(&v->counter, old, value, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

#define xchg(p, value) __atomic_exchange_n((p), (value), __ATOMIC_SEQ_CST)

#endif
