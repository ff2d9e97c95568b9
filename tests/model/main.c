// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explores every scenario, then breaks one operation at a time and wants a violation. Prints TAP.
 * With an argument, for mutants.sh: only the scenarios whose name begins with it, up to the first
 * violation, and nothing broken.
 */
#include <stdio.h>
#include <string.h>

#include "model.h"

/* With fewer schedules than this, a scenario is explored once more without pruning. */
#define CHECK_PRUNING 600000

static int tests, failures, pruning_checks;

static void report(bool ok, const char *what, const char *name, const struct result *r)
{
	if (!ok)
		failures++;
	printf("%sok %d - %s%s (%.6g schedules, %zu states)\n", ok ? "" : "not ", ++tests, what,
	       name, r->schedules, r->states);
}

static void print_violation(const char *what, const struct result *r)
{
	printf("# %s%s\n# after %d steps, by threads %s\n", what, r->failed, r->failed_depth,
	       r->trace);
}

static bool pruning_loses_some(const struct scenario *s, const struct result *pruned)
{
	struct result r;

	if (pruned->schedules >= CHECK_PRUNING)
		return false;
	model_explore(s, &r, false);
	pruning_checks++;
	return r.failed[0] || r.schedules != pruned->schedules;
}

static void explore_scenario(const struct suite *suite, const struct scenario *s)
{
	const char *missing = NULL;
	struct result r;

	model_break(BREAK_NOTHING, NULL);
	model_explore(s, &r, true);
	if (!r.failed[0] && suite->verdict)
		missing = suite->verdict(s);
	if (!r.failed[0] && !missing && pruning_loses_some(s, &r))
		missing = "without pruning the result is another";
	report(!r.failed[0] && !missing, "", s->name, &r);
	if (r.failed[0])
		print_violation("", &r);
	if (missing)
		printf("# %s\n", missing);
}

static void explore_mutation(const struct suite *suite, const struct mutation *m)
{
	const struct scenario *s = suite->scenarios;
	struct result r;

	while (strcmp(s->name, m->scenario))
		s++;
	model_break(m->kind, m->only);
	model_explore(s, &r, true);
	report(r.failed[0], "broken on purpose: ", m->name, &r);
	if (r.failed[0])
		print_violation("found: ", &r);
	else
		printf("# nothing found in: %s\n", s->name);
}

int main(int argc, char **argv)
{
	static const struct suite *const suites[] = { &counter_suite, &lifecycle_suite };
	const char *only = argc > 1 ? argv[1] : NULL;
	int i, j, plan = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < 2; i++)
		plan += suites[i]->nr_scenarios + suites[i]->nr_mutations;
	printf("1..%d\n", plan);
	for (i = 0; i < 2; i++) {
		for (j = 0; j < suites[i]->nr_scenarios; j++) {
			const struct scenario *scenario = &suites[i]->scenarios[j];

			if (only && strncmp(scenario->name, only, strlen(only)))
				continue;
			explore_scenario(suites[i], scenario);
			if (only && failures)
				return 1;
		}
	}
	if (only)
		return 0;
	for (i = 0; i < 2; i++)
		for (j = 0; j < suites[i]->nr_mutations; j++)
			explore_mutation(suites[i], &suites[i]->mutations[j]);

	/* Or the comparison above could have become empty. */
	failures += pruning_checks < 5;
	printf("%sok %d - pruning was checked on %d scenarios\n", pruning_checks < 5 ? "not " : "",
	       ++tests, pruning_checks);
	return failures ? 1 : 0;
}
