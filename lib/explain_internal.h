/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the explanation: explain.c reads what the kernel counts, explain_advice.c looks for what would change it. */
#ifndef MCG_EXPLAIN_INTERNAL_H
#define MCG_EXPLAIN_INTERNAL_H

#include "explain.h"

/* explain_advise() - fill in the commands that would change most. Return: 0, or -1: out of memory. */
int explain_advise(const struct mcg_tree *tree, const struct mcg_attribution *found,
		   struct mcg_explanation *out);

#endif
