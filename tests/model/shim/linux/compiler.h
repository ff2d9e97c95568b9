/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SHIM_COMPILER_H
#define MODEL_SHIM_COMPILER_H

#include <linux/types.h>
#include "explore.h"

#define READ_ONCE(x)                                                                               \
	({                                                                                         \
		model_step(&(x));                                                                  \
		__typeof__(x) read_once_value = (x);                                               \
		model_saw((unsigned long)read_once_value);                                         \
		read_once_value;                                                                   \
	})

#define WRITE_ONCE(x, value)                                                                       \
	do {                                                                                       \
		model_step(&(x));                                                                  \
		(x) = (value);                                                                     \
		model_saw(0);                                                                      \
	} while (0)

#endif
