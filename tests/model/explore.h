/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An explorer of all interleavings of a few threads.
 *
 * The code under test is compiled against the headers in shim/, in which each atomic operation is a
 * step: the thread stops before it, and the explorer says who goes next. Between two steps a thread
 * touches nothing that is shared. From each state every thread is tried in turn, depth first, by
 * running the schedule that led there once more.
 *
 * What a thread does next depends on what its operations returned, and on nothing else. So a state
 * is: the shared memory, plus for each thread a hash of what it has seen. A state met again is not
 * explored again, but the schedules through it are counted. (Two states with one 64-bit hash would
 * be taken for one: with a million states the odds are 1 to 30 million.)
 *
 * Its limit: memory is sequentially consistent here. What weaker ordering can do is not shown; on
 * x86-64 each read-modify-write used is a full barrier. The stress test runs the real thing.
 */
#ifndef MODEL_EXPLORE_H
#define MODEL_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_THREADS 4

/* Ways to break an operation of the shim. */
enum model_break {
	BREAK_NOTHING,
	BREAK_ADD,	    /* an addition is a read, then a write */
	BREAK_ADD_RETURN,   /* its result is read afterwards */
	BREAK_CMPXCHG,	    /* it writes without comparing */
	BREAK_CMPXCHG_ADD,  /* it adds the difference without comparing */
	BREAK_XCHG,	    /* it is a read, then a write */
	BREAK_TEST_AND_SET, /* it is a test, then a set */
	BREAK_INC_NOT_ZERO, /* it increments zero, too */
	BREAK_DEC_AND_TEST, /* the test is a read afterwards */
	BREAK_GRACE_PERIOD, /* memory is freed without waiting for readers */
};

/**
 * struct scenario - what to explore
 * @name: for the report
 * @arg: for the functions below
 * @threads: how many
 * @setup: brings everything back to the beginning; calls model_shared() for what the state is
 * @thread: what thread @id does
 * @check: after each step; @id made it
 * @end: when all threads have ended
 */
struct scenario {
	const char *name;
	const void *arg;
	int threads;
	void (*setup)(const void *arg);
	void (*thread)(const void *arg, int id);
	void (*check)(const void *arg, int id);
	void (*end)(const void *arg);
};

struct result {
	double schedules; /* interleavings covered, to their end */
	size_t states;
	int failed_depth; /* steps to the violation, or -1 */
	char failed[160]; /* which */
	char trace[256];  /* the threads, in the order in which they went */
};

/*
 * For main(). @prune: do not explore a state again; the number of schedules must be the same either
 * way. @only: the one address to break, or NULL for all.
 */
void model_explore(const struct scenario *s, struct result *r, bool prune);
void model_break(enum model_break kind, const void *only);

/* For the shim. */
bool model_broken(enum model_break kind, const void *addr);
void model_step(const void *addr);
void model_saw(uint64_t value);

/* For scenarios. */
void model_shared(const void *start, size_t size);
void model_forget(void); /* all that the thread saw is in shared memory now, or matters no more */
void model_wait(bool (*ready)(void));
__attribute__((format(printf, 1, 2))) void model_fail(const char *fmt, ...);
int model_current(void);

/* RCU: memory is freed as early as it may be, that is when the last reader from before has left. */
void model_rcu_read_lock(void);
void model_rcu_read_unlock(void);
void model_free_rcu(const void *start, size_t size);
void model_synchronize_rcu(void);
bool model_freed(void);

#endif
