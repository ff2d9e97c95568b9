/* SPDX-License-Identifier: GPL-2.0-only */
/* An explanation for people: sentences, figures, and commands to copy. */
#ifndef CMD_EXPLANATION_H
#define CMD_EXPLANATION_H

#include "explain.h"
#include "table.h"

/* What a charge is made of; the last two are no part of it. What is orphaned is foreign or not mapped, too. */
enum explain_figure {
	EXPLAIN_CHARGED,
	EXPLAIN_OWN,
	EXPLAIN_LENT,
	EXPLAIN_FOREIGN,
	EXPLAIN_UNMAPPED,
	EXPLAIN_KERNEL,
	EXPLAIN_SOCKETS,
	EXPLAIN_ORPHANED,
	EXPLAIN_BORROWED,
	EXPLAIN_SWAP,
	EXPLAIN_FIGURES,
};

/* explanation_figures() - by &enum explain_figure; %MCG_EXPLAIN_UNKNOWN for what is not known */
void explanation_figures(const struct mcg_attribution *found,
			 const struct mcg_explanation *explanation, uint64_t *figure);

/* explanation_write() - some lines of text */
void explanation_write(const struct mcg_output *out, const struct mcg_attribution *found,
		       const struct mcg_explanation *explanation);

/*
 * explanation_command() - the command that does what is advised, safe for a shell and for a terminal, whatever the names; to be
 * freed. NULL without memory.
 */
char *explanation_command(const struct mcg_attribution *found, const struct mcg_advice *advice);

#endif
