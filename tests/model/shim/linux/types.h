/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SHIM_TYPES_H
#define MODEL_SHIM_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#define unlikely(x) __builtin_expect(!!(x), 0)

#endif
