/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that the kernel cannot give: of files that nobody maps it knows no mount, and of block devices no file. */
#ifndef MCG_ATTRIBUTION_PLACES_H
#define MCG_ATTRIBUTION_PLACES_H

#include "attribution.h"
#include "error.h"

/**
 * places_find() - give the files of a result the names by which the caller finds them
 * @proc: where /proc is
 *
 * What is mounted nowhere here keeps the name inside of its filesystem, and @inside. Return: 0, or -1 with @err set: no memory.
 */
int places_find(struct mcg_attribution *found, const char *proc, struct mcg_error *err);

#endif
