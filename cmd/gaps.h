/* SPDX-License-Identifier: GPL-2.0-only */
/* What could not be seen of who pays and who maps, for programs and for people. */
#ifndef CMD_GAPS_H
#define CMD_GAPS_H

#include <jansson.h>

#include "attribution.h"

/* gaps_json() - an array; NULL without memory */
json_t *gaps_json(const struct mcg_attr_gaps *gaps);

/* print_gaps() - one line on standard error, or none */
void print_gaps(const char *command, const struct mcg_attr_gaps *gaps);

#endif
