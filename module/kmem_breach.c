// SPDX-License-Identifier: GPL-2.0-only
/*
 * At a kmem limit: what is forced, what is shrunk, who fails, who is killed, who is throttled.
 *
 * Here sleeping is allowed where the charge itself may sleep. The charge was granted by the kernel, and
 * is not reserved; whoever returns 0 has reserved it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/oom.h>
#include <linux/psi.h>
#include <linux/rcupdate.h>
#include <linux/resume_user_mode.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/stacktrace.h>

#include "core/btf.h"
#include "core/sym.h"
#include "kmem_private.h"

/* As often as the kernel's own charges try to reclaim. */
#define RETRIES_MAX 16
/* A fault is far from the user's stack at times: io_uring, a nested filesystem. */
#define STACK_MAX 64
/* How far faults may go past a limit until the group's OOM kill: the larger of the two. */
#define OVERAGE_MIN (SZ_1M / PAGE_SIZE)
#define OVERAGE_PERCENT 1
/* A page fault met a limit where nothing can be freed: others need not look again for this long. */
#define FUTILE_TIME (HZ / 10)
/* After this, shrinking must free much to go on: a task that waits for long is worse off than one that is told. */
#define SHRINK_TIME (HZ / 40)
/* No task could be killed: the kernel's report of that is long. */
#define SILENT_TIME (10 * HZ)
/* A shrinking task is throttled for its group's overage in percent of the limit, as centiseconds. */
#define THROTTLE_MAX (2 * HZ)

static struct mutex *oom_mutex;

/* With one of these on the stack an error becomes an endless fault, a false EFAULT, or a SIGSEGV. */
static struct {
	const char *name;
	unsigned long start;
	unsigned long end;
} faults[] = {
	{ "handle_mm_fault" }, { "__pte_alloc" }, { "pte_alloc_one" }, { "__pmd_alloc" },
	{ "__pud_alloc" },     { "__p4d_alloc" }, { "pgd_alloc" },
};

/**
 * kmem_breach_init() - find what is needed at a limit
 *
 * Return: NULL, or the reason why this kernel cannot have kmem limits.
 */
const char *kmem_breach_init(void)
{
	int i;

	if (btf_mismatch("shrink_slab"))
		return btf_mismatch("shrink_slab");
	oom_mutex = (struct mutex *)sym_address("oom_lock");
	if (!oom_mutex)
		return "oom_lock was not found";
	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (!sym_range(faults[i].name, &faults[i].start, &faults[i].end) && !i)
			return "handle_mm_fault was not found";
	return NULL;
}

static bool in_fault(void)
{
	unsigned long stack[STACK_MAX];
	unsigned int n = stack_trace_save(stack, STACK_MAX, 0);
	unsigned int i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < ARRAY_SIZE(faults); j++)
			if (stack[i] - faults[j].start < faults[j].end - faults[j].start)
				return true;
	return false;
}

/* These go through at once: they cannot fail, or will soon free more than they take. */
static bool must_force(gfp_t gfp)
{
	if (gfp & __GFP_NOFAIL)
		return true;
	return in_task() && ((current->flags & (PF_MEMALLOC | PF_EXITING)) ||
			     fatal_signal_pending(current) || tsk_is_oom_victim(current));
}

static unsigned long shrink_once(struct kmem_group *kmem, gfp_t gfp, int priority)
{
	struct mem_cgroup *memcg = NULL;
	unsigned long freed = 0;
	unsigned int flags;
	int nid;

	flags = memalloc_noreclaim_save();
	while ((memcg = sym_call(mem_cgroup_iter)(kmem->group.memcg, memcg, NULL))) {
		for_each_node_state(nid, N_MEMORY)
			freed += sym_call(shrink_slab)(gfp, nid, memcg, priority);
		cond_resched();
	}
	memalloc_noreclaim_restore(flags);
	return freed;
}

/**
 * kmem_shrink() - free some kernel memory of a group and its descendants, and of nobody else
 * @kmem: the limit; kept by the caller
 * @gfp: what the caller may do; filesystems' shrinkers rely on it
 * @nr: pages that should fit below the limit afterwards; 0: none
 * @step: how hard: 0 in the first call of a series, whose later calls go on from there
 *
 * Begins with an eighth of what can be freed and ends with all: beginning lower takes many scans that
 * free a handful each. Dentries, inodes and most else are freed by RCU, and only a barrier says that they
 * are: after a mere grace period the callbacks may still wait for their turn.
 *
 * Return: pages by which the usage fell; 0 with *@step == KMEM_SHRINK_STEPS when there is nothing left to free.
 */
long kmem_shrink(struct kmem_group *kmem, gfp_t gfp, long nr, unsigned int *step)
{
	static const int priorities[KMEM_SHRINK_STEPS] = { 4, 2, 1, 0 };
	const bool may_wait = (gfp & (__GFP_FS | __GFP_IO)) == (__GFP_FS | __GFP_IO);
	long before = counter_usage(&kmem->counter), dropped;
	unsigned long freed = 0, pflags;

	gfp = current_gfp_context(gfp);
	psi_memstall_enter(&pflags);
	for (; *step < KMEM_SHRINK_STEPS; ++*step) {
		freed = shrink_once(kmem, gfp, priorities[*step]);
		if (freed || fatal_signal_pending(current))
			break;
	}
	if (freed && may_wait && counter_usage(&kmem->counter) > READ_ONCE(kmem->counter.limit) - nr)
		rcu_barrier();
	psi_memstall_leave(&pflags);

	dropped = before - counter_usage(&kmem->counter);
	if (dropped <= 0) {
		if (*step < KMEM_SHRINK_STEPS)
			++*step;
		return 0;
	}
	atomic_long_add(dropped, &kmem->shrunk);
	return dropped;
}

/**
 * kmem_shrink_series() - call kmem_shrink() until the usage is within the limit, or it is not worth while
 * @kmem: the limit; kept by the caller
 * @time: jiffies at most, but for the last call
 *
 * Return: 0, or -EINTR when a signal came.
 */
int kmem_shrink_series(struct kmem_group *kmem, unsigned long time)
{
	unsigned long deadline = jiffies + time;
	unsigned int step = 0;

	while (counter_over(&kmem->counter) && step < KMEM_SHRINK_STEPS &&
	       time_before(jiffies, deadline)) {
		if (signal_pending(current))
			return -EINTR;
		kmem_shrink(kmem, GFP_KERNEL, 0, &step);
	}
	return 0;
}

static void oom_kill(struct kmem_group *kmem, gfp_t gfp)
{
	struct oom_control oc = { .memcg = kmem->group.memcg, .gfp_mask = gfp };
	bool going_on;

	if (time_before(jiffies, READ_ONCE(kmem->silent_until)))
		return;
	if (mutex_lock_killable(oom_mutex))
		return;
	pr_warn_ratelimited(
		"group %llu is %ld KiB past its kmem limit of %ld KiB through page faults: OOM kill\n",
		group_id(kmem->group.memcg), counter_over(&kmem->counter) << (PAGE_SHIFT - 10),
		READ_ONCE(kmem->counter.limit) << (PAGE_SHIFT - 10));
	going_on = sym_call(out_of_memory)(&oc);
	mutex_unlock(oom_mutex);

	/* -1: an earlier victim has not ended yet, and nobody else is killed. */
	if (oc.chosen && oc.chosen != (void *)-1UL) {
		atomic_long_inc(&kmem->oom_kills);
	} else if (!going_on) {
		atomic_long_inc(&kmem->no_victim);
		WRITE_ONCE(kmem->silent_until, jiffies + SILENT_TIME);
	}
}

static void force(struct mem_cgroup *memcg, unsigned int nr, struct kmem_group *kmem)
{
	atomic_long_inc(&kmem->forced);
	kmem_reserve_forced(memcg, nr);
}

/* A page fault at the limit: it goes through, but not for ever. */
static void force_fault(struct mem_cgroup *memcg, gfp_t gfp, unsigned int nr, struct kmem_group *kmem)
{
	long limit = READ_ONCE(kmem->counter.limit);
	long allowed = max_t(long, OVERAGE_MIN, limit / 100 * OVERAGE_PERCENT);

	if (!counter_over(&kmem->counter))
		atomic_long_set(&kmem->fault_forced, 0);
	if (atomic_long_add_return(nr, &kmem->fault_forced) > allowed &&
	    gfpflags_allow_blocking(gfp)) {
		oom_kill(kmem, gfp);
		atomic_long_set(&kmem->fault_forced, 0);
	}
	force(memcg, nr, kmem);
}

/*
 * Shrink until the charge fits; @kmem changes when another level of the path is the one that is full.
 * There is no end to it by time as long as the shrinking works: what can be freed makes no failure.
 */
static bool make_room(struct mem_cgroup *memcg, gfp_t gfp, unsigned int nr, struct kmem_group **kmem)
{
	unsigned long deadline = jiffies + SHRINK_TIME;
	unsigned int step = 0, tries;
	struct counter *over;
	long dropped;

	for (tries = 0; tries < RETRIES_MAX; tries++) {
		dropped = kmem_shrink(*kmem, gfp, nr, &step);
		if (kmem_reserve(memcg, nr, &over))
			return true;
		/* Preemption is off since kmem_reserve() was refused, so what it found is still there. */
		if (over != &(*kmem)->counter &&
		    lifecycle_tryget(&kmem_of_counter(over)->group.life)) {
			preempt_enable();
			lifecycle_put(&(*kmem)->group.life);
			*kmem = kmem_of_counter(over);
			step = 0;
			continue;
		}
		preempt_enable();
		if (step == KMEM_SHRINK_STEPS || fatal_signal_pending(current))
			break;
		/* A trickle that would take many more calls. */
		if (!time_before(jiffies, deadline) &&
		    dropped * 8 < counter_over(&(*kmem)->counter) + nr)
			break;
	}
	return false;
}

/**
 * kmem_breach() - a charge was refused by a strict limit
 * @memcg: to be charged
 * @gfp: how
 * @nr: pages
 * @kmem: the limit
 *
 * Entered with preemption off, as kmem_reserve() left it, which keeps @kmem.
 *
 * Return: 0 when reserved after all (preemption is then as after kmem_reserve()), else -ENOMEM.
 */
int kmem_breach(struct mem_cgroup *memcg, gfp_t gfp, unsigned int nr, struct kmem_group *kmem)
{
	const bool may_spin = gfpflags_allow_spinning(gfp);
	bool kept = lifecycle_tryget(&kmem->group.life);
	struct kmem_group *full = kmem;
	int err = 0;
	bool fault;

	preempt_enable();
	/* The limit has just ended; the next one up will see the charge when it is accounted. */
	if (!kept)
		return 0;
	if (must_force(gfp)) {
		force(memcg, nr, full);
		goto out;
	}
	fault = in_task() && may_spin && in_fault();
	if (in_task() && gfpflags_allow_blocking(gfp) &&
	    !(fault && time_before(jiffies, READ_ONCE(full->futile_until)))) {
		if (make_room(memcg, gfp, nr, &full)) {
			atomic_long_inc(&full->refused);
			goto out;
		}
		WRITE_ONCE(full->futile_until, jiffies + FUTILE_TIME);
		if (must_force(gfp)) {
			force(memcg, nr, full);
			goto out;
		}
	}
	if (fault) {
		force_fault(memcg, gfp, nr, full);
		goto out;
	}
	atomic_long_inc(&full->refused);
	atomic_long_inc(&full->failed);
	err = -ENOMEM;
out:
	kmem_tell(may_spin);
	lifecycle_put(&full->group.life);
	return err;
}

/**
 * kmem_soft_breach() - a charge went past a limit that only observes or shrinks
 * @kmem: the lowest such limit
 * @gfp: how
 * @nr: pages
 *
 * The charge is reserved, so preemption is off: the task is only marked. It shrinks and waits at its return
 * to user mode, where it holds no lock.
 */
void kmem_soft_breach(struct kmem_group *kmem, gfp_t gfp, unsigned int nr)
{
	struct counter *level;

	kmem_tell(gfpflags_allow_spinning(gfp));
	for (level = &kmem->counter; level; level = level->parent) {
		kmem = kmem_of_counter(level);
		if (!counter_over(level))
			continue;
		if (READ_ONCE(kmem->mode) == MEMCGCTL_KMEM_SHRINK && in_task() &&
		    !(current->flags & (PF_KTHREAD | PF_MEMALLOC))) {
			current->memcg_nr_pages_over_high += nr;
			set_notify_resume(current);
		}
	}
}

/* The lowest limit of the task's group, from @below upwards, that shrinks and is passed; kept. */
static struct kmem_group *shrinking_limit(struct counter *below)
{
	struct kmem_group *kmem;
	struct counter *level;

	rcu_read_lock();
	if (below) {
		/* A limit that ended while the task slept may name a parent that is gone. */
		kmem = kmem_of_counter(below);
		level = lifecycle_is_dead(&kmem->group.life) ? NULL : below->parent;
	} else {
		kmem = kmem_nearest(mem_cgroup_from_task(current));
		level = kmem ? &kmem->counter : NULL;
	}
	for (; level; level = level->parent) {
		kmem = kmem_of_counter(level);
		if (READ_ONCE(kmem->mode) == MEMCGCTL_KMEM_SHRINK && counter_over(level) &&
		    lifecycle_tryget(&kmem->group.life))
			break;
	}
	rcu_read_unlock();
	return level ? kmem_of_counter(level) : NULL;
}

/** kmem_user_return() - shrink and throttle, at the return to user mode of a task that was marked */
void kmem_user_return(void)
{
	struct kmem_group *kmem, *next;
	unsigned long pflags;
	long over, limit;

	for (kmem = shrinking_limit(NULL); kmem; kmem = next) {
		if (!time_before(jiffies, READ_ONCE(kmem->futile_until)))
			kmem_shrink_series(kmem, SHRINK_TIME);
		over = counter_over(&kmem->counter);
		if (over)
			WRITE_ONCE(kmem->futile_until, jiffies + FUTILE_TIME);
		limit = max(READ_ONCE(kmem->counter.limit), 1L);
		if (over && !fatal_signal_pending(current)) {
			atomic_long_inc(&kmem->throttled);
			psi_memstall_enter(&pflags);
			schedule_timeout_killable(clamp(over * HZ / limit, 1L, (long)THROTTLE_MAX));
			psi_memstall_leave(&pflags);
		}
		next = shrinking_limit(&kmem->counter);
		lifecycle_put(&kmem->group.life);
	}
}
