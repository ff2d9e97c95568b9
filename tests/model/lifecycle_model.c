// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls in flight race with everything that ends a group's state. Each thread is a string of
 * letters: c a call that keeps the state and sleeps, s a short call that stays in its read section,
 * k one of the ways to the end (offline, clear, unload).
 */
#include <string.h>

#include "core/lifecycle.h"
#include "model.h"

/* What a group's state is to the rest of the module. */
static struct {
	struct lifecycle lc;
	long data;
} state;

static struct {
	void *found;  /* what the lookup finds: &state, or NULL */
	int css_refs; /* what the release gives back */
	int holding;  /* calls in flight with a reference */
	int released; /* times the release ran */
	int winners;  /* kills that began the end */
} world;

/* Outcomes over all schedules, so that no scenario is true for lack of a race. */
static bool saw_call_hold_a_dead_one, saw_call_refused, saw_call_find_nothing;

static void release(struct lifecycle *lc)
{
	if (lc != &state.lc)
		model_fail("the release gets something else");
	if (world.holding)
		model_fail("released while a call holds it");
	if (world.found)
		model_fail("released while the lookup finds it");
	world.released++;
	model_step(&state.data);
	world.css_refs--;
	model_saw(0);
	model_free_rcu(&state, sizeof(state));
}

static void touch(void)
{
	(void)READ_ONCE(state.data);
}

static void call_in_flight(void)
{
	bool got, ended;

	model_rcu_read_lock();
	if (!READ_ONCE(world.found)) {
		saw_call_find_nothing = true;
		model_rcu_read_unlock();
		return;
	}
	ended = world.winners;
	got = lifecycle_tryget(&state.lc);
	if (got) {
		world.holding++;
		if (ended)
			model_fail("a call gets it although its end has begun");
		if (world.released)
			model_fail("a call gets it after the release");
	}
	model_rcu_read_unlock();
	if (!got) {
		saw_call_refused = true;
		return;
	}
	touch();
	if (lifecycle_is_dead(&state.lc))
		saw_call_hold_a_dead_one = true;
	touch();
	world.holding--;
	lifecycle_put(&state.lc);
}

static void short_call(void)
{
	model_rcu_read_lock();
	if (READ_ONCE(world.found)) {
		touch();
		touch();
	}
	model_rcu_read_unlock();
}

static void kill_it(void)
{
	model_rcu_read_lock();
	if (READ_ONCE(world.found) && lifecycle_mark_dead(&state.lc)) {
		world.winners++;
		WRITE_ONCE(world.found, NULL);
		lifecycle_put(&state.lc);
	}
	model_rcu_read_unlock();
}

static void thread(const void *arg, int id)
{
	const char *const *scripts = arg;
	const char *p;

	for (p = scripts[id]; *p; p++) {
		if (*p == 'c')
			call_in_flight();
		else if (*p == 's')
			short_call();
		else
			kill_it();
		model_forget();
	}
}

static void setup(const void *arg)
{
	(void)arg;
	memset(&state, 0, sizeof(state));
	memset(&world, 0, sizeof(world));
	lifecycle_init(&state.lc, release);
	world.found = &state;
	world.css_refs = 1;
	model_shared(&state, sizeof(state));
	model_shared(&world, sizeof(world));
}

static void check(const void *arg, int id)
{
	(void)arg;
	(void)id;
	if (world.released > 1)
		model_fail("released %d times", world.released);
	if (world.css_refs < 0)
		model_fail("the css is put twice");
	if (world.winners > 1)
		model_fail("two kills began the end");
}

static void end(const void *arg)
{
	(void)arg;
	if (world.released != 1 || world.css_refs || world.winners != 1)
		model_fail("released %d times by %d winners, %d css references left",
			   world.released, world.winners, world.css_refs);
	else if (!model_freed())
		model_fail("the memory is never freed");
	else if (lifecycle_tryget(&state.lc) || lifecycle_mark_dead(&state.lc))
		model_fail("it can be had after its end");
}

#define SCENARIO(name_, ...)                                                                       \
	{                                                                                          \
		.name = name_, .arg = (const char *const[]){ __VA_ARGS__ },                        \
		.threads = sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *),          \
		.setup = setup, .thread = thread, .check = check, .end = end,                      \
	}

static const struct scenario scenarios[] = {
	SCENARIO("lifecycle: offline alone", "k"),
	SCENARIO("lifecycle: a call in flight and offline", "c", "k"),
	SCENARIO("lifecycle: offline and clear", "k", "k"),
	SCENARIO("lifecycle: offline, clear and unload", "k", "k", "k"),
	SCENARIO("lifecycle: a call in flight, offline and clear", "c", "k", "k"),
	SCENARIO("lifecycle: two calls in flight and offline", "c", "c", "k"),
	SCENARIO("lifecycle: two calls in flight, offline and clear", "c", "c", "k", "k"),
	SCENARIO("lifecycle: calls one after the other, offline and clear", "cc", "ck", "k"),
	SCENARIO("lifecycle: a short call, a call in flight, offline and clear", "s", "c", "k", "k"),
	SCENARIO("lifecycle: a call after its own kill, and offline", "kc", "ck"),
};

/* clang-format off */
static const struct mutation mutations[] = {
	{ "test_and_set_bit is a test, then a set", BREAK_TEST_AND_SET, NULL,
	  "lifecycle: offline and clear" },
	{ "inc_not_zero increments zero, too", BREAK_INC_NOT_ZERO, NULL,
	  "lifecycle: a call in flight and offline" },
	{ "dec_and_test reads again for the test", BREAK_DEC_AND_TEST, NULL,
	  "lifecycle: a call in flight and offline" },
	{ "memory is freed without a grace period, beside a call", BREAK_GRACE_PERIOD, NULL,
	  "lifecycle: a call in flight and offline" },
	{ "memory is freed without a grace period, beside a second kill", BREAK_GRACE_PERIOD, NULL,
	  "lifecycle: offline and clear" },
};
/* clang-format on */

/* Each outcome of a call must occur where it can: with a kill on another thread. */
static const char *verdict(const struct scenario *s)
{
	const char *missing = NULL;

	if (!strcmp(s->name, "lifecycle: a call in flight and offline")) {
		if (!saw_call_hold_a_dead_one)
			missing = "no schedule in which a call holds a dead state";
		else if (!saw_call_refused)
			missing = "no schedule in which a call finds the state and is refused";
		else if (!saw_call_find_nothing)
			missing = "no schedule in which a call comes after the end";
	}
	return missing;
}

const struct suite lifecycle_suite = {
	.scenarios = scenarios,
	.nr_scenarios = sizeof(scenarios) / sizeof(scenarios[0]),
	.mutations = mutations,
	.nr_mutations = sizeof(mutations) / sizeof(mutations[0]),
	.verdict = verdict,
};
