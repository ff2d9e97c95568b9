/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "explore.h"

/**
 * struct mutation - an operation to break, and one scenario that must notice
 * @name: for the report
 * @kind: what to break
 * @only: the one address, or NULL
 * @scenario: name of the scenario
 */
struct mutation {
	const char *name;
	enum model_break kind;
	const void *only;
	const char *scenario;
};

/**
 * struct suite - the scenarios of one piece of code
 * @verdict: after the exploration of a scenario: what was not seen in any schedule although it
 *           should have been, or NULL. NULL function: nothing to say.
 */
struct suite {
	const struct scenario *scenarios;
	int nr_scenarios;
	const struct mutation *mutations;
	int nr_mutations;
	const char *(*verdict)(const struct scenario *s);
};

extern const struct suite counter_suite, lifecycle_suite;

#endif
