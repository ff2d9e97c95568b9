// SPDX-License-Identifier: GPL-2.0-only
/* The explorer of interleavings; see explore.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "explore.h"

#define STACK_SIZE (64 * 1024)
#define MAX_DEPTH 200
#define MAX_REGIONS 4

struct thread {
	ucontext_t start;
	jmp_buf stopped; /* once it has started: swapcontext() costs two system calls */
	bool started;
	uint64_t seen;
	unsigned int epochs; /* times model_forget() was called */
	bool done;
	bool (*ready)(void); /* what it waits for, or NULL */
	char stack[STACK_SIZE] __attribute__((aligned(64)));
};

struct region {
	const char *start;
	size_t size;
};

/* Readers, and the one object whose memory may be freed. */
struct rcu {
	unsigned int readers;	 /* threads inside a read section */
	unsigned int waited_for; /* those that keep @object from being freed */
	unsigned int sync_waits[MODEL_THREADS];
	bool pending, freed;
	struct region object;
};

static struct {
	const struct scenario *scenario;
	bool prune;
	struct result *result;
	struct thread threads[MODEL_THREADS];
	jmp_buf explorer;
	int current; /* -1: the explorer itself */
	struct region regions[MAX_REGIONS];
	int nr_regions;
	unsigned char schedule[MAX_DEPTH];
	struct rcu rcu;
	enum model_break broken;
	const void *broken_only;
} model = { .current = -1 };

/* States that were explored to their end, with the number of schedules from there. */
static struct {
	struct state {
		uint64_t hash; /* 0: free */
		double schedules;
	} * slots;
	size_t size, used;
} seen_states;

static uint64_t mix(uint64_t hash, uint64_t value)
{
	/* The finalizer of MurmurHash3 (Austin Appleby, public domain); zeros must count, too. */
	hash = (hash + 0x9e3779b97f4a7c15ULL) * 0xd1b54a32d192ed03ULL + value;
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdULL;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 33;
}

static uint64_t mix_bytes(uint64_t hash, const void *start, size_t size)
{
	const char *p = start;
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mix(hash, word);
	}
	for (; size; size--, p++)
		hash = mix(hash, (unsigned char)*p);
	return hash;
}

static uint64_t state_hash(void)
{
	uint64_t hash = 1;
	int i;

	for (i = 0; i < model.nr_regions; i++)
		hash = mix_bytes(hash, model.regions[i].start, model.regions[i].size);
	for (i = 0; i < model.scenario->threads; i++) {
		hash = mix(hash, model.threads[i].seen);
		hash = mix(hash, model.threads[i].done);
		hash = mix(hash, model.rcu.sync_waits[i]);
	}
	hash = mix(hash, model.rcu.readers);
	hash = mix(hash, model.rcu.waited_for);
	hash = mix(hash, model.rcu.pending * 2u + model.rcu.freed);
	return hash ? hash : 1;
}

static struct state *find_state(uint64_t hash)
{
	size_t i = hash & (seen_states.size - 1);

	while (seen_states.slots[i].hash && seen_states.slots[i].hash != hash)
		i = (i + 1) & (seen_states.size - 1);
	return &seen_states.slots[i];
}

static void resize_states(size_t size)
{
	struct state *old = seen_states.slots;
	size_t i, old_size = seen_states.size;

	seen_states.slots = calloc(size, sizeof(*old));
	if (!seen_states.slots) {
		perror("model");
		exit(2);
	}
	seen_states.size = size;
	for (i = 0; i < old_size; i++)
		if (old[i].hash)
			*find_state(old[i].hash) = old[i];
	free(old);
}

static void remember_state(uint64_t hash, double schedules)
{
	if (seen_states.used * 2 >= seen_states.size)
		resize_states(seen_states.size * 2);
	*find_state(hash) = (struct state){ hash, schedules };
	seen_states.used++;
}

/* Back to the explorer, until it lets this thread go on. */
static void stop(void)
{
	if (!_setjmp(model.threads[model.current].stopped))
		_longjmp(model.explorer, 1);
}

static void thread_main(int id)
{
	model.scenario->thread(model.scenario->arg, id);
	model.threads[id].done = true;
	stop();
}

/* Run thread @id up to its next step, or its end. */
static void run(int id)
{
	struct thread *t = &model.threads[id];

	model.current = id;
	if (!_setjmp(model.explorer)) {
		if (t->started)
			_longjmp(t->stopped, 1);
		t->started = true;
		setcontext(&t->start);
	}
	model.current = -1;
}

static bool failed(void)
{
	return model.result->failed[0];
}

static void step(int id)
{
	run(id);
	if (!failed() && model.scenario->check)
		model.scenario->check(model.scenario->arg, id);
}

/* From the beginning, along the schedule, to @depth. */
static void replay(int depth)
{
	int i;

	model.nr_regions = 0;
	memset(&model.rcu, 0, sizeof(model.rcu));
	model.scenario->setup(model.scenario->arg);
	for (i = 0; i < model.scenario->threads; i++) {
		struct thread *t = &model.threads[i];

		t->seen = 0;
		t->epochs = 0;
		t->done = false;
		t->ready = NULL;
		t->started = false;
		getcontext(&t->start);
		t->start.uc_stack.ss_sp = t->stack;
		t->start.uc_stack.ss_size = sizeof(t->stack);
		t->start.uc_link = NULL;
		makecontext(&t->start, (void (*)(void))(void *)thread_main, 1, i);
		run(i);
	}
	for (i = 0; i < depth; i++)
		step(model.schedule[i]);
}

static bool can_run(int id)
{
	struct thread *t = &model.threads[id];
	bool ready;

	if (t->done || !t->ready)
		return !t->done;
	model.current = id;
	ready = t->ready();
	model.current = -1;
	return ready;
}

/* Explore all that can follow the first @depth steps, which were made; count the schedules. */
static double explore(int depth)
{
	uint64_t hash = state_hash();
	struct state *known = find_state(hash);
	unsigned int runnable = 0;
	bool there = true, all_done = true;
	double schedules = 0;
	int i;

	if (known->hash && model.prune)
		return known->schedules;
	for (i = 0; i < model.scenario->threads; i++) {
		runnable |= (unsigned int)can_run(i) << i;
		all_done &= model.threads[i].done;
	}
	if (all_done) {
		model.scenario->end(model.scenario->arg);
		schedules = 1;
	} else if (!runnable) {
		model_fail("all threads wait");
	} else if (depth == MAX_DEPTH) {
		model_fail("more than %d steps", MAX_DEPTH);
	}
	for (i = 0; !failed() && i < model.scenario->threads; i++) {
		if (!(runnable >> i & 1))
			continue;
		if (!there)
			replay(depth);
		there = false;
		model.schedule[depth] = (unsigned char)i;
		step(i);
		if (failed())
			depth++;
		else
			schedules += explore(depth + 1);
	}
	if (failed() && model.result->failed_depth < 0)
		model.result->failed_depth = depth;
	else if (!failed() && model.prune)
		remember_state(hash, schedules);
	return schedules;
}

void model_explore(const struct scenario *s, struct result *r, bool prune)
{
	int i;

	memset(r, 0, sizeof(*r));
	r->failed_depth = -1;
	model.scenario = s;
	model.prune = prune;
	model.result = r;
	seen_states.used = 0;
	free(seen_states.slots);
	seen_states.slots = NULL;
	seen_states.size = 0;
	resize_states(1024);

	replay(0);
	r->schedules = explore(0);
	r->states = seen_states.used;
	for (i = 0; i < r->failed_depth; i++)
		r->trace[i] = (char)('A' + model.schedule[i]);
}

void model_break(enum model_break kind, const void *only)
{
	model.broken = kind;
	model.broken_only = only;
}

bool model_broken(enum model_break kind, const void *addr)
{
	return model.broken == kind && (!model.broken_only || model.broken_only == addr);
}

void model_step(const void *addr)
{
	const struct region *o = &model.rcu.object;

	if (model.current < 0)
		return;
	stop();
	if (model.rcu.freed && (const char *)addr >= o->start &&
	    (const char *)addr < o->start + o->size)
		model_fail("memory is used after it was freed");
}

void model_saw(uint64_t value)
{
	if (model.current >= 0)
		model.threads[model.current].seen = mix(model.threads[model.current].seen, value);
}

void model_forget(void)
{
	struct thread *t = &model.threads[model.current];

	t->seen = ++t->epochs;
}

void model_wait(bool (*ready)(void))
{
	struct thread *t = &model.threads[model.current];

	t->ready = ready;
	model_step(NULL);
	t->ready = NULL;
	model_saw(0);
}

void model_shared(const void *start, size_t size)
{
	model.regions[model.nr_regions++] = (struct region){ start, size };
}

/* The first violation counts. A thread that finds one never goes on. */
void model_fail(const char *fmt, ...)
{
	va_list args;

	if (!failed()) {
		va_start(args, fmt);
		vsnprintf(model.result->failed, sizeof(model.result->failed), fmt, args);
		va_end(args);
	}
	if (model.current >= 0)
		stop();
}

int model_current(void)
{
	return model.current;
}

static void maybe_free(void)
{
	if (model.rcu.pending && (!model.rcu.waited_for || model.broken == BREAK_GRACE_PERIOD))
		model.rcu.freed = true;
}

void model_rcu_read_lock(void)
{
	model_step(NULL);
	model.rcu.readers |= 1u << model.current;
	model_saw(0);
}

void model_rcu_read_unlock(void)
{
	unsigned int me = 1u << model.current;
	int i;

	model_step(NULL);
	model.rcu.readers &= ~me;
	model.rcu.waited_for &= ~me;
	for (i = 0; i < MODEL_THREADS; i++)
		model.rcu.sync_waits[i] &= ~me;
	maybe_free();
	model_saw(0);
}

void model_free_rcu(const void *start, size_t size)
{
	model_step(NULL);
	if (model.rcu.pending)
		model_fail("memory is freed twice");
	model.rcu.object = (struct region){ start, size };
	model.rcu.waited_for = model.rcu.readers;
	model.rcu.pending = true;
	maybe_free();
	model_saw(0);
}

static bool readers_gone(void)
{
	return !model.rcu.sync_waits[model.current];
}

void model_synchronize_rcu(void)
{
	model_step(NULL);
	model.rcu.sync_waits[model.current] = model.rcu.readers;
	model_saw(0);
	model_wait(readers_gone);
}

bool model_freed(void)
{
	return model.rcu.freed;
}
