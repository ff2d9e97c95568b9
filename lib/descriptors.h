/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_DESCRIPTORS_H
#define MCG_DESCRIPTORS_H

#include <stddef.h>

/*
 * mcg_descriptors_raise() - raise the process's limit of open files as far as it goes; a child that is started later inherits that
 *
 * Return: how many there may be now; 0 if that is not known.
 */
size_t mcg_descriptors_raise(void);

#endif
