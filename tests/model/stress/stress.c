// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counter and the lifecycle with real threads and real atomics, built with ThreadSanitizer: for
 * what the explorer cannot show, memory ordering. Prints TAP.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/counter.h"
#include "core/lifecycle.h"

#define THREADS 4
#define ROUNDS 200000
#define LIVES 3000

static int tests, failures;

static void report(bool ok, const char *name)
{
	printf("%sok %d - stress: %s\n", ok ? "" : "not ", ++tests, name);
	failures += !ok;
}

/* Two leaves under a middle level under the root. */
static struct counter root, middle, leaves[2];
static bool with_force;
static long passed_limit; /* times a strict level was seen past what it may have */

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u; /* Numerical Recipes, 7.1 */
	return *state >> 16;
}

static void look(struct counter *c)
{
	long usage = atomic_long_read(&c->usage);
	long may_have = READ_ONCE(c->limit);

	/* Charges between their two additions: one per thread, of at most 3 pages. */
	if (with_force)
		may_have += atomic_long_read(&c->forced) + THREADS * 3;
	if (usage > may_have)
		__atomic_fetch_add(&passed_limit, 1, __ATOMIC_RELAXED);
}

static void *charge_and_uncharge(void *arg)
{
	unsigned int random = (unsigned int)(size_t)arg;
	long held[2] = { 0, 0 };
	struct counter *over;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		unsigned int r = next_random(&random);
		int which = r & 1;
		long nr = 1 + (r >> 1) % 3;

		if (with_force && (r >> 4) % 64 == 0) {
			counter_charge(&leaves[which], nr);
			held[which] += nr;
		} else if (held[which] < nr || (r >> 4) % 3) {
			if (counter_try_charge(&leaves[which], nr, &over))
				held[which] += nr;
		} else {
			counter_uncharge(&leaves[which], nr);
			held[which] -= nr;
		}
		look(&root);
		look(&leaves[which]);
	}
	counter_uncharge(&leaves[0], held[0]);
	counter_uncharge(&leaves[1], held[1]);
	return NULL;
}

static void run_threads(void *(*thread)(void *))
{
	pthread_t threads[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread, (void *)(i + 1)))
			exit(2);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static bool within(struct counter *c)
{
	return atomic_long_read(&c->usage) == 0 &&
	       atomic_long_read(&c->peak) <= c->limit + atomic_long_read(&c->forced);
}

static void stress_counter(bool force, const char *limits_hold, const char *nothing_lost)
{
	with_force = force;
	passed_limit = 0;
	counter_init(&root, NULL, 0);
	counter_init(&middle, &root, 0);
	counter_init(&leaves[0], &middle, 0);
	counter_init(&leaves[1], &middle, 0);
	counter_set_limit(&root, 40);
	counter_set_limit(&leaves[0], 25);
	counter_set_limit(&leaves[1], 20);
	run_threads(charge_and_uncharge);
	/* Reached, or nothing was tested: a try of one page always gets the last one. */
	report(!passed_limit && atomic_long_read(&root.peak) >= 40, limits_hold);
	report(within(&root) && within(&middle) && within(&leaves[0]) && within(&leaves[1]),
	       nothing_lost);
}

/* One state after the other; @data is plain memory, which the release changes. */
static struct state {
	struct lifecycle lc;
	long data;
	int released;
} states[LIVES];
static long calls, kills, calls_too_late;

static void release(struct lifecycle *lc)
{
	struct state *s = (struct state *)lc; /* the first member */

	s->data = -1;
	s->released++;
}

static void *call_and_kill(void *arg)
{
	unsigned int random = (unsigned int)(size_t)arg;
	int i, j;

	for (i = 0; i < LIVES; i++) {
		for (j = 0; j < 4; j++) {
			if (!lifecycle_tryget(&states[i].lc))
				continue;
			__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
			if (next_random(&random) % 8 == 0)
				sched_yield();
			__atomic_fetch_add(&calls_too_late, states[i].data != 1, __ATOMIC_RELAXED);
			lifecycle_put(&states[i].lc);
		}
		if (lifecycle_mark_dead(&states[i].lc)) {
			__atomic_fetch_add(&kills, 1, __ATOMIC_RELAXED);
			lifecycle_put(&states[i].lc);
		}
	}
	return NULL;
}

static void stress_lifecycle(void)
{
	bool once = true;
	int i;

	for (i = 0; i < LIVES; i++) {
		lifecycle_init(&states[i].lc, release);
		states[i].data = 1;
	}
	run_threads(call_and_kill);
	for (i = 0; i < LIVES; i++)
		once &= states[i].released == 1;
	report(once && kills == LIVES, "each state is released once, by one kill");
	report(calls > LIVES && !calls_too_late, "no call in flight sees a released state");
}

int main(void)
{
	printf("1..6\n");
	stress_counter(false, "no level passes its limit", "no page is lost, no peak past the limit");
	stress_counter(true, "no level passes its limit plus what was forced",
		       "no page is lost, no peak past the limit plus what was forced");
	stress_lifecycle();
	return failures ? 1 : 0;
}
