// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings: what a target that has gone was charged with goes to its heir.
 *
 * What is found of the object is collected, and moved a batch at a time with no lock held. Some may be in somebody's hands
 * for a moment, so they are tried again; what stays is freed by whoever has it, or keeps the dead group as it would
 * without a binding. Swapped-out memory does.
 */
#include <linux/delay.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include <linux/pagewalk.h>
#include <linux/sched/mm.h>
#include <linux/xarray.h>

#include "bind_private.h"
#include "compat/leaf.h"
#include "core/charge.h"
#include "core/sym.h"

#define MOVE_BATCH 128
#define MOVE_TRIES 5

/* How long, in all, a disk may take for what it is being written. */
#define MOVE_WRITEBACK (5 * HZ)

/* Between two looks at the clock of who else wants the CPU. */
#define MOVE_FRAMES 4096

struct move {
	struct charge charge;
	struct binding *binding;
	const struct bind_target *target;
	unsigned int n;
	struct folio *folio[MOVE_BATCH];
	/* Until when writeback is waited for. */
	unsigned long deadline;
	/* Where a walk goes on. */
	unsigned long next;
};

/* Whether a folio is one that the target paid for. @index is a page's anywhere in it. */
static bool is_meant(const struct move *move, const struct folio *folio, pgoff_t index)
{
	return charge_means(&move->charge, folio) &&
	       bind_may_be_of(move->binding, move->target, index, folio_order((struct folio *)folio));
}

/* Return: whether some of those that stay are being written back. */
static bool try_all(struct move *move)
{
	unsigned long pages = 0;
	unsigned int i, left = 0;
	bool writeback = false;
	int result;

	for (i = 0; i < move->n; i++)
		pages += folio_nr_pages(move->folio[i]);
	charge_reserve(&move->charge, pages);
	for (i = 0; i < move->n; i++) {
		result = charge_found(&move->charge, move->folio[i], &pages);
		writeback |= result == MEMCGCTL_SKIP_WRITEBACK;
		if (charge_may_pass(result))
			move->folio[left++] = move->folio[i];
		else
			folio_put(move->folio[i]);
		cond_resched();
	}
	move->n = left;
	charge_put_back(&move->charge);
	return writeback;
}

/* Not for a binding that has ended: who ends it, or the module, waits for this. */
static bool may_wait(const struct move *move)
{
	return time_before(jiffies, move->deadline) && !READ_ONCE(move->binding->dead);
}

static void settle(struct move *move)
{
	bool writeback = false;
	unsigned int tries;

	for (tries = 0; move->n; tries++) {
		if (tries >= MOVE_TRIES && !(writeback && may_wait(move)))
			break;
		if (tries && tries < MOVE_TRIES)
			sym_call(lru_add_drain_all)();
		if (tries > 1)
			msleep(20);
		writeback = try_all(move);
	}
	while (move->n)
		folio_put(move->folio[--move->n]);
}

/* Takes over a reference. */
static void add(struct move *move, struct folio *folio)
{
	move->folio[move->n++] = folio;
	if (move->n == MOVE_BATCH)
		settle(move);
}

/* ---- files ---- */

/* The inode is not kept: it ends the binding before it ends, after a grace period. */
static struct folio *next_folio(const struct binding *binding, unsigned long *index)
{
	const struct inode *inode = binding->object;
	struct address_space *mapping;
	struct folio *folio = NULL;
	pgoff_t last = binding->last;

	rcu_read_lock();
	if (READ_ONCE(binding->dead))
		goto unlock;
	mapping = inode->i_mapping;
	for (folio = xa_find(&mapping->i_pages, index, last, XA_PRESENT); folio;
	     folio = xa_find_after(&mapping->i_pages, index, last, XA_PRESENT)) {
		if (xa_is_value(folio) || !folio_try_get(folio))
			continue;
		if (folio == xa_load(&mapping->i_pages, *index))
			break;
		folio_put(folio);
	}
unlock:
	rcu_read_unlock();
	return folio;
}

static void move_file(struct move *move)
{
	unsigned long index = move->binding->first, last;
	struct folio *folio;

	for (; (folio = next_folio(move->binding, &index)); index = last + 1) {
		/* Of a large one: once for all its indexes, unless it is split at this moment. */
		last = max(index, folio_next_index(folio) - 1);
		if (is_meant(move, folio, index))
			add(move, folio);
		else
			folio_put(folio);
		cond_resched();
		if (last >= move->binding->last)
			break;
	}
}

/* Nobody has a list of a filesystem's pages. */
static void move_mount(struct move *move)
{
	unsigned long pfn = 0, end = charge_frames_end(), seen = 0;
	struct folio *folio;

	while (pfn < end) {
		folio = charge_frame(&move->charge, &pfn);
		if (folio && charge_in_filesystem(folio, move->binding->object) &&
		    is_meant(move, folio, folio->index))
			add(move, folio);
		else if (folio)
			folio_put(folio);
		if (!(++seen % MOVE_FRAMES))
			cond_resched();
	}
}

/* ---- ranges ---- */

/* A second reference of ours would be somebody's who cannot be found. */
static bool is_collected(const struct move *move, struct folio *folio)
{
	unsigned int i;

	for (i = 0; folio_test_large(folio) && i < move->n; i++)
		if (move->folio[i] == folio)
			return true;
	return false;
}

static int collect(struct mm_walk *walk, struct page *page, unsigned long addr, unsigned long next)
{
	struct move *move = walk->private;
	struct folio *folio = page_folio(page);

	move->next = next;
	if (!folio_test_anon(folio) || is_collected(move, folio) ||
	    !is_meant(move, folio, addr >> PAGE_SHIFT))
		return 0;
	folio_get(folio);
	move->folio[move->n++] = folio;
	return move->n == MOVE_BATCH;
}

static int collect_pmd(pmd_t *pmd, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	spinlock_t *lock;
	int full = 0;

	if (!pmd_present(READ_ONCE(*pmd)) || !pmd_leaf(READ_ONCE(*pmd)))
		return 0;
	lock = pmd_lock(walk->mm, pmd);
	if (pmd_present(*pmd) && pmd_leaf(*pmd)) {
		full = collect(walk, pmd_page(*pmd), addr, next);
		walk->action = ACTION_CONTINUE;
	}
	spin_unlock(lock);
	return full;
}

static int collect_pte(pte_t *ptep, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pte_t pte = ptep_get(ptep);
	struct page *page;

	if (!pte_present(pte))
		return 0;
	page = sym_call(vm_normal_page)(walk->vma, addr, pte);
	return page ? collect(walk, page, addr, next) : 0;
}

static const struct mm_walk_ops walk_ops = { .pmd_entry = collect_pmd,
					     .pte_entry = collect_pte,
					     COMPAT_WALK_LOCK };

static void move_range(struct move *move)
{
	struct mm_struct *mm = (struct mm_struct *)move->binding->object;
	unsigned long end = (move->binding->last + 1) << PAGE_SHIFT;
	bool more = true;

	/* Its last user ends the binding. */
	if (!mmget_not_zero(mm))
		return;
	move->next = move->binding->first << PAGE_SHIFT;
	while (more && move->next < end) {
		mmap_read_lock(mm);
		more = sym_call(walk_page_range)(mm, move->next, end, &walk_ops, move) > 0;
		mmap_read_unlock(mm);
		settle(move);
		cond_resched();
	}
	/* Not here: the last one takes bindings apart. */
	mmput_async(mm);
}

static void move_object(struct move *move)
{
	switch (move->binding->kind) {
	case MEMCGCTL_BIND_FILE:
		move_file(move);
		break;
	case MEMCGCTL_BIND_MOUNT:
		move_mount(move);
		break;
	default:
		move_range(move);
	}
	settle(move);
}

/**
 * bind_move() - what a target was charged with through a binding goes to its heir, or the root
 * @binding: has not ended, or its object stays for as long as it is not taken apart
 * @target: whose turn it was
 * @gone: who was charged; with a css reference of the caller's
 * @to: the heir, with a css reference of the caller's; or NULL: the root
 *
 * Context: sleeps; bind_work; no lock.
 */
void bind_move(struct binding *binding, const struct bind_target *target, struct mem_cgroup *gone,
	       struct mem_cgroup *to)
{
	struct move *move;

	if (!to)
		for (to = gone; parent_mem_cgroup(to);)
			to = parent_mem_cgroup(to);
	if (compat_owner_after(gone) == to)
		return;
	move = kzalloc(sizeof(*move), GFP_KERNEL | __GFP_NOFAIL);
	charge_begin(&move->charge, to);
	move->charge.from = compat_owner_after(gone);
	move->charge.shared = true;
	move->deadline = jiffies + MOVE_WRITEBACK;
	move->binding = binding;
	move->target = target;
	move_object(move);
	charge_end(&move->charge);
	kfree(move);
}
