// SPDX-License-Identifier: GPL-2.0-only
/*
 * The real counter.c under every interleaving. A scenario is a table: levels, and for each thread a
 * few operations. After each step: no strict level passed its limit; the highest usage so far is
 * kept for the peak. At the end every page, forced page and breach must be accounted for.
 */
#include <stdio.h>
#include <string.h>

#include "core/counter.h"
#include "model.h"

#define LEVELS 3
#define THREADS 3
#define OPS 4

enum op_kind {
	NOTHING,
	TRY,	  /* counter_try_charge */
	FORCE,	  /* counter_charge */
	RELEASE,  /* uncharge what the operation before charged, if it did */
	UNCHARGE, /* pages that were there before */
	SET_LIMIT,
	SET_STRICT,
	SYNC, /* wait until the tries in flight are over: from then on a limit must hold */
};

struct op {
	enum op_kind kind;
	int level;
	long nr;
};

struct level {
	int parent; /* -1: none */
	long limit; /* 0: no limit */
	bool soft;
	long usage;
};

struct table {
	struct level levels[LEVELS];
	int nr_levels;
	struct op ops[THREADS][OPS + 1]; /* ended by NOTHING */
	long granted_min, granted_max;	 /* pages granted to tries, over all schedules */
};

static struct counter counters[LEVELS];

/* What ought to be, kept beside the counters. */
static struct {
	long usage[LEVELS]; /* as of the step before */
	long highest[LEVELS];
	long expected[LEVELS]; /* operations count when they have returned */
	long forced[LEVELS];
	long breaches[LEVELS];
	struct in_flight {
		int op;
		bool granted; /* by the operation before */
		bool trying;
		/* Since the try began: the highest limit it could go by; whether the level had no
		 * room for it at any instant; whether it landed there, past the limit. */
		long limit[LEVELS];
		bool full[LEVELS];
		bool breach[LEVELS];
	} threads[THREADS];
	long granted;
	long limits; /* set, minus returned */
	bool limits_change, syncs, synced;
} shadow;

/* Over all schedules of one scenario. */
static struct {
	const struct table *table;
	long granted_min, granted_max;
} outcomes;

static bool on_path(const struct counter *c, int from)
{
	const struct counter *l = &counters[from];

	while (l && l != c)
		l = l->parent;
	return l;
}

static void expect(int level, long nr)
{
	int i;

	for (i = 0; i < LEVELS; i++)
		if (on_path(&counters[i], level))
			shadow.expected[i] += nr;
}

static void observe_limits(const struct table *t, struct in_flight *f)
{
	long nr = t->ops[f - shadow.threads][f->op].nr;
	int i;

	if (!f->trying)
		return;
	for (i = 0; i < t->nr_levels; i++) {
		long limit = counters[i].strict ? counters[i].limit : COUNTER_MAX;

		if (limit > f->limit[i])
			f->limit[i] = limit;
		if (counters[i].usage.counter + nr > limit)
			f->full[i] = true;
	}
}

static void was_granted(const struct table *t, const struct in_flight *f, const struct op *op,
			const struct counter *over)
{
	const struct counter *lowest = NULL;
	int i;

	for (i = 0; i < t->nr_levels; i++) {
		if (!f->breach[i])
			continue;
		shadow.breaches[i]++;
		if (!lowest || on_path(lowest, i))
			lowest = &counters[i];
	}
	if (over != lowest && !shadow.limits_change)
		model_fail("another level is reported than the lowest breached");
	expect(op->level, op->nr);
	shadow.granted += op->nr;
}

static void try_charge(const struct table *t, struct in_flight *f, const struct op *op)
{
	struct counter *over = &counters[0];
	bool granted;

	if (shadow.syncs) /* only then does it matter, and it costs steps */
		model_rcu_read_lock();
	f->trying = true;
	observe_limits(t, f);
	granted = counter_try_charge(&counters[op->level], op->nr, &over);
	if (shadow.syncs)
		model_rcu_read_unlock();

	f->granted = granted;
	f->trying = false;
	if (granted)
		was_granted(t, f, op, over);
	else if (!over || !on_path(over, op->level))
		model_fail("refused by no level of the path");
	else if (!f->full[over - counters])
		model_fail("refused by a level that had room all the time");
	memset(f->limit, 0, sizeof(f->limit));
	memset(f->full, 0, sizeof(f->full));
	memset(f->breach, 0, sizeof(f->breach));
}

static void one_op(const struct table *t, struct in_flight *f, const struct op *op)
{
	struct counter *c = &counters[op->level];

	switch (op->kind) {
	case TRY:
		try_charge(t, f, op);
		return;
	case FORCE:
		counter_charge(c, op->nr);
		expect(op->level, op->nr);
		f->granted = true;
		return;
	case RELEASE:
		if (!f->granted)
			return;
		counter_uncharge(&counters[op[-1].level], op[-1].nr);
		expect(op[-1].level, -op[-1].nr);
		break;
	case UNCHARGE:
		counter_uncharge(c, op->nr);
		expect(op->level, -op->nr);
		break;
	case SET_LIMIT:
		shadow.limits += op->nr - counter_set_limit(c, op->nr);
		break;
	case SET_STRICT:
		counter_set_strict(c, op->nr);
		break;
	case SYNC:
		model_synchronize_rcu();
		shadow.synced = true;
		break;
	case NOTHING:
		break;
	}
	f->granted = false;
}

static void thread(const void *arg, int id)
{
	const struct table *t = arg;
	struct in_flight *f = &shadow.threads[id];

	for (; t->ops[id][f->op].kind != NOTHING; f->op++) {
		one_op(t, f, &t->ops[id][f->op]);
		model_forget();
	}
}

static void setup(const void *arg)
{
	const struct table *t = arg;
	int i, j;

	if (outcomes.table != t) {
		outcomes.table = t;
		outcomes.granted_min = COUNTER_MAX;
		outcomes.granted_max = -1;
	}
	memset(&shadow, 0, sizeof(shadow));
	memset(counters, 0, sizeof(counters));
	for (i = 0; i < t->nr_levels; i++) {
		const struct level *l = &t->levels[i];

		counter_init(&counters[i], l->parent < 0 ? NULL : &counters[l->parent], l->usage);
		counter_set_limit(&counters[i], l->limit ? l->limit : COUNTER_MAX);
		counter_set_strict(&counters[i], !l->soft);
		shadow.usage[i] = shadow.highest[i] = shadow.expected[i] = l->usage;
		shadow.limits += counters[i].limit;
	}
	for (i = 0; i < THREADS; i++) {
		for (j = 0; j < OPS; j++) {
			shadow.limits_change |= t->ops[i][j].kind == SET_LIMIT;
			shadow.syncs |= t->ops[i][j].kind == SYNC;
		}
	}
	model_shared(counters, sizeof(counters));
	model_shared(&shadow, sizeof(shadow));
}

/* The usage of @level went up to @usage in this step, by what @f does. */
static void check_rise(struct in_flight *f, const struct op *op, int level, long usage)
{
	long over = usage - counters[level].limit;

	if (op->kind == FORCE && over > 0) {
		shadow.forced[level] += over < op->nr ? over : op->nr;
		shadow.breaches[level]++;
	} else if (op->kind == TRY) {
		f->breach[level] = over > 0;
		if (usage > f->limit[level])
			model_fail("level %d: a try takes the usage to %ld, limit %ld", level,
				   usage, f->limit[level]);
		if (shadow.synced && counters[level].strict && over > 0)
			model_fail("level %d: a try goes by a limit from before the wait", level);
	} else if (op->kind != FORCE && op->kind != TRY) {
		model_fail("level %d: the usage goes up for no charge", level);
	}
}

static void check(const void *arg, int id)
{
	const struct table *t = arg;
	int i;

	for (i = 0; i < t->nr_levels; i++) {
		struct in_flight *f = &shadow.threads[id];
		long usage = counters[i].usage.counter;

		/* An operation that has just ended made this step; the next one made none yet. */
		if (usage > shadow.usage[i])
			check_rise(f, &t->ops[id][f->op], i, usage);
		if (usage > shadow.highest[i])
			shadow.highest[i] = usage;
		shadow.usage[i] = usage;
	}
	for (i = 0; i < THREADS; i++)
		observe_limits(t, &shadow.threads[i]);
}

static void end(const void *arg)
{
	const struct table *t = arg;
	long limits = 0;
	int i;

	for (i = 0; i < t->nr_levels; i++) {
		struct counter *c = &counters[i];

		if (c->usage.counter != shadow.expected[i])
			model_fail("level %d: usage %ld, but %ld pages are charged", i,
				   c->usage.counter, shadow.expected[i]);
		if (c->peak.counter != shadow.highest[i])
			model_fail("level %d: peak %ld, but the usage was %ld", i, c->peak.counter,
				   shadow.highest[i]);
		if (c->forced.counter != shadow.forced[i] && !shadow.limits_change)
			model_fail("level %d: forced %ld, but it should be %ld", i,
				   c->forced.counter, shadow.forced[i]);
		if (c->breaches.counter != shadow.breaches[i] && !shadow.limits_change)
			model_fail("level %d: %ld breaches, but it should be %ld", i,
				   c->breaches.counter, shadow.breaches[i]);
		limits += c->limit;
	}
	if (limits != shadow.limits)
		model_fail("a limit that was set is never returned as the old one");
	if (shadow.granted < outcomes.granted_min)
		outcomes.granted_min = shadow.granted;
	if (shadow.granted > outcomes.granted_max)
		outcomes.granted_max = shadow.granted;
}

/* Tables; clang-format would make them ragged. */
/* clang-format off */
#define LEVEL(...) .nr_levels = 1, .levels = { { .parent = -1, __VA_ARGS__ } }
#define CHAIN(root, middle, leaf)                                                                  \
	.nr_levels = 3, .levels = { { -1, .limit = root }, { 0, .limit = middle },                 \
				    { 1, .limit = leaf } }
#define TWO_CHILDREN(root, left, right)                                                            \
	.nr_levels = 3, .levels = { { -1, .limit = root }, { 0, .limit = left },                   \
				    { 0, .limit = right } }
#define GRANTED(min, max) .granted_min = min, .granted_max = max

#define SCENARIO(name_, threads_, ...)                                                             \
	{                                                                                          \
		.name = "counter: " name_, .arg = &(const struct table){ __VA_ARGS__ },            \
		.threads = threads_, .setup = setup, .thread = thread, .check = check, .end = end, \
	}

/* Pages granted: what the least and the most lucky schedule must give, to the page. */
static const struct scenario scenarios[] = {
	SCENARIO("two tries for the last page", 2, LEVEL(.limit = 1), GRANTED(1, 1),
		 .ops = { { { TRY, 0, 1 } }, { { TRY, 0, 1 } } }),
	SCENARIO("three threads try, release and try again", 3, LEVEL(.limit = 2), GRANTED(4, 5),
		 .ops = { { { TRY, 0, 1 }, { .kind = RELEASE }, { TRY, 0, 1 } },
			  { { TRY, 0, 1 }, { .kind = RELEASE }, { TRY, 0, 1 } },
			  { { TRY, 0, 1 }, { .kind = RELEASE }, { TRY, 0, 1 } } }),
	SCENARIO("tries of unlike sizes", 3, LEVEL(.limit = 5), GRANTED(4, 7),
		 .ops = { { { TRY, 0, 1 }, { TRY, 0, 2 } },
			  { { TRY, 0, 3 } },
			  { { TRY, 0, 2 }, { .kind = RELEASE } } }),
	SCENARIO("two children, the parent has room for one", 2, TWO_CHILDREN(3, 2, 2),
		 GRANTED(2, 4),
		 .ops = { { { TRY, 1, 2 }, { .kind = RELEASE } }, { { TRY, 2, 2 }, { .kind = RELEASE } } }),
	SCENARIO("three levels, tight in the middle", 2, CHAIN(4, 2, 3), GRANTED(3, 4),
		 .ops = { { { TRY, 2, 1 }, { .kind = RELEASE }, { TRY, 1, 2 } },
			  { { TRY, 2, 1 }, { TRY, 0, 1 } } }),
	SCENARIO("three levels, three threads", 3, CHAIN(2, 2, 1), GRANTED(2, 3),
		 .ops = { { { TRY, 2, 1 }, { .kind = RELEASE } },
			  { { TRY, 1, 1 } },
			  { { TRY, 0, 1 } } }),
	/* The refusal of the second thread that counter_try_charge() warns of. */
	SCENARIO("a try that the parent refuses meets another", 2, .nr_levels = 2,
		 .levels = { { -1, .limit = 2, .usage = 1 }, { 0, .limit = 2 } }, GRANTED(0, 1),
		 .ops = { { { TRY, 1, 2 } }, { { TRY, 1, 1 } } }),
	SCENARIO("a try that the parent refuses, beside one that fits", 2, .nr_levels = 2,
		 .levels = { { -1, .limit = 2, .usage = 1 }, { 0, .limit = 4 } }, GRANTED(1, 1),
		 .ops = { { { TRY, 1, 2 } }, { { TRY, 1, 1 } } }),
	SCENARIO("forced charges beside tries", 3, LEVEL(.limit = 2), GRANTED(0, 2),
		 .ops = { { { FORCE, 0, 2 }, { .kind = RELEASE } },
			  { { TRY, 0, 1 }, { .kind = RELEASE } },
			  { { TRY, 0, 1 }, { FORCE, 0, 1 } } }),
	SCENARIO("forced charges through three unlike limits", 2, CHAIN(4, 2, 1), GRANTED(0, 1),
		 .ops = { { { FORCE, 2, 2 } }, { { TRY, 2, 1 }, { FORCE, 1, 2 } } }),
	SCENARIO("a limit set below the usage", 3, LEVEL(.limit = 3, .usage = 1), GRANTED(0, 3),
		 .ops = { { { TRY, 0, 1 }, { .kind = RELEASE }, { TRY, 0, 1 } },
			  { { TRY, 0, 2 } },
			  { { SET_LIMIT, 0, 1 }, { .kind = SYNC }, { TRY, 0, 1 } } }),
	SCENARIO("a limit lowered at the root, raised at the leaf", 3, .nr_levels = 2,
		 .levels = { { -1, .limit = 3 }, { 0, .limit = 1 } }, GRANTED(1, 3),
		 .ops = { { { TRY, 1, 1 }, { TRY, 1, 2 } },
			  { { SET_LIMIT, 0, 2 } },
			  { { SET_LIMIT, 1, 3 } } }),
	SCENARIO("two who set the limit", 2, LEVEL(.limit = 3), GRANTED(0, 0),
		 .ops = { { { SET_LIMIT, 0, 1 }, { SET_LIMIT, 0, 4 } }, { { SET_LIMIT, 0, 2 } } }),
	SCENARIO("two tries pass a soft limit", 2, LEVEL(.limit = 3, .soft = true), GRANTED(4, 4),
		 .ops = { { { TRY, 0, 2 } }, { { TRY, 0, 2 } } }),
	SCENARIO("two tries and a forced charge past a soft limit", 3,
		 LEVEL(.limit = 1, .soft = true), GRANTED(4, 4),
		 .ops = { { { TRY, 0, 2 } }, { { TRY, 0, 2 } }, { { FORCE, 0, 1 } } }),
	SCENARIO("soft levels below and above a strict one", 2, .nr_levels = 3,
		 .levels = { { -1, .limit = 1, .soft = true },
			     { 0, .limit = 2 },
			     { 1, .limit = 1, .soft = true } }, GRANTED(2, 3),
		 .ops = { { { TRY, 2, 1 }, { .kind = RELEASE }, { TRY, 2, 1 } }, { { TRY, 2, 2 } } }),
	SCENARIO("a mode that changes under tries", 3, LEVEL(.limit = 1), GRANTED(1, 3),
		 .ops = { { { TRY, 0, 1 } },
			  { { TRY, 0, 2 } },
			  { { SET_STRICT, 0, false }, { SET_STRICT, 0, true }, { .kind = SYNC } } }),
	SCENARIO("uncharges of older pages before the baseline", 3, LEVEL(.limit = 1),
		 GRANTED(1, 2),
		 .ops = { { { UNCHARGE, 0, 2 } },
			  { { TRY, 0, 1 } },
			  { { TRY, 0, 1 }, { .kind = RELEASE } } }),
};

static const struct mutation mutations[] = {
	{ "the charge's cmpxchg writes without comparing", BREAK_CMPXCHG, &counters[0].usage,
	  "counter: two tries for the last page" },
	{ "the charge adds without comparing", BREAK_CMPXCHG_ADD, &counters[0].usage,
	  "counter: two tries for the last page" },
	{ "the peak's cmpxchg writes without comparing", BREAK_CMPXCHG, &counters[0].peak,
	  "counter: tries of unlike sizes" },
	{ "an uncharge is a read, then a write", BREAK_ADD, &counters[0].usage,
	  "counter: three threads try, release and try again" },
	{ "an undo is a read, then a write", BREAK_ADD, &counters[1].usage,
	  "counter: a try that the parent refuses, beside one that fits" },
	{ "a forced charge reads again for its sum", BREAK_ADD_RETURN, &counters[0].usage,
	  "counter: forced charges beside tries" },
	{ "forced pages are added by a read, then a write", BREAK_ADD, &counters[0].forced,
	  "counter: forced charges beside tries" },
	{ "breaches are counted by a read, then a write", BREAK_ADD, &counters[0].breaches,
	  "counter: two tries and a forced charge past a soft limit" },
	{ "the limit is swapped by a read, then a write", BREAK_XCHG, &counters[0].limit,
	  "counter: two who set the limit" },
};
/* clang-format on */

static const char *verdict(const struct scenario *s)
{
	static char text[100];
	const struct table *t = s->arg;

	if (outcomes.granted_min == t->granted_min && outcomes.granted_max == t->granted_max)
		return NULL;
	snprintf(text, sizeof(text), "granted %ld to %ld pages, not %ld to %ld",
		 outcomes.granted_min, outcomes.granted_max, t->granted_min, t->granted_max);
	return text;
}

const struct suite counter_suite = {
	.scenarios = scenarios,
	.nr_scenarios = sizeof(scenarios) / sizeof(scenarios[0]),
	.mutations = mutations,
	.nr_mutations = sizeof(mutations) / sizeof(mutations[0]),
	.verdict = verdict,
};
