/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STRESS_SHIM_COMPILER_H
#define STRESS_SHIM_COMPILER_H

#include <linux/types.h>

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), (value), __ATOMIC_RELAXED)

#endif
