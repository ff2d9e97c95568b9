// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims of a whole group: what comes after its pages. A group that is gone is kept by swap space, and by what CPUs hold back:
 * both are seen to here, and what is left is named.
 */
#include <linux/cpu.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/workqueue.h>

#include "claim_private.h"
#include "compat/drain.h"
#include "core/btf.h"
#include "core/group.h"
#include "core/remains.h"
#include "core/sym.h"

/* Writeback domains of groups that are gone are given up by this, when a group goes; inodes may have become clean since. */
static struct work_struct *domains_work;
static const char *unavailable;

#ifdef COMPAT_SWAP_CGROUP

/* Where the claim is in the swap areas. */
#define SWAP_TYPE_SHIFT 52
#define SWAP_CURSOR(type, offset)                                                                  \
	(CLAIM_CURSOR_SWAP + ((u64)(type) << SWAP_TYPE_SHIFT) + ((u64)(offset) << PAGE_SHIFT))

/* A cluster of an area is so long, or half as long. */
#define CLUSTER_PAGES 512

static struct swap_info_struct **areas;

/*
 * The charges of one cluster. All of it is one step, since the kernel takes a stretch of a cluster to be of one group when it
 * frees it, which it does under the area's lock. No page of swap becomes the group's any more, since that is gone.
 */
static void move_cluster(struct claim *claim, struct swap_info_struct *area, swp_entry_t first,
			 unsigned long nr)
{
	struct mem_cgroup *from = claim->charge.from, *to = claim->charge.to;
	unsigned short from_id = mem_cgroup_id(from), to_id = mem_cgroup_id(to);
	unsigned long i, found = 0, moved = 0, flags;
	struct page_counter *over;
	swp_entry_t entry;

	spin_lock(&area->lock);
	for (i = 0; i < nr; i++) {
		entry = swp_entry(swp_type(first), swp_offset(first) + i);
		found += from_id && sym_call(lookup_swap_cgroup_id)(entry) == from_id;
	}
	/* The target's id must not end: each page of swap holds a reference on it. */
	if (!found || !refcount_add_not_zero(found, &to->id.ref)) {
		spin_unlock(&area->lock);
		return;
	}
	if (!sym_call(page_counter_try_charge)(&to->swap, found, &over)) {
		spin_unlock(&area->lock);
		sym_call(mem_cgroup_id_put_many)(to, found);
		return;
	}
	for (i = 0; i < nr; i++) {
		entry = swp_entry(swp_type(first), swp_offset(first) + i);
		moved += sym_call(swap_cgroup_cmpxchg)(entry, from_id, to_id) == from_id;
	}
	spin_unlock(&area->lock);
	local_irq_save(flags);
	sym_call(__mod_memcg_state)(from, MEMCG_SWAP, -(int)moved);
	sym_call(__mod_memcg_state)(to, MEMCG_SWAP, moved);
	local_irq_restore(flags);
	sym_call(page_counter_uncharge)(&from->swap, moved);
	if (moved)
		sym_call(mem_cgroup_id_put_many)(from, moved);
	if (found > moved) {
		sym_call(page_counter_uncharge)(&to->swap, found - moved);
		sym_call(mem_cgroup_id_put_many)(to, found - moved);
	}
	claim->receipt->swap_moved += (u64)moved << PAGE_SHIFT;
}

/* Some clusters of an area; false when it has no more. */
static bool move_area(struct claim *claim, unsigned int type, unsigned long *offset)
{
	struct swap_info_struct *area = READ_ONCE(areas[type]);
	unsigned long next;
	int i;

	/* The area stays while this is held. There is one, and its first page is never used, so nothing is logged. */
	area = area ? sym_call(get_swap_device)(swp_entry(type, 1)) : NULL;
	if (!area)
		return false;
	for (i = 0; i < 16 && *offset < area->max; i++) {
		next = min_t(unsigned long, *offset + CLUSTER_PAGES, area->max);
		move_cluster(claim, area, swp_entry(type, *offset), next - *offset);
		*offset = next;
	}
	next = area->max;
	put_swap_device(area);
	return *offset < next;
}

static bool move_swap(struct claim *claim, u64 *cursor)
{
	u64 at = *cursor - CLAIM_CURSOR_SWAP;
	unsigned int type = at >> SWAP_TYPE_SHIFT;
	unsigned long offset = (at & (BIT_ULL(SWAP_TYPE_SHIFT) - 1)) >> PAGE_SHIFT;

	if (!at) {
		/* What is free and not given back yet is charged still. */
		sym_call(disable_swap_slots_cache_lock)();
		sym_call(reenable_swap_slots_cache_unlock)();
	}
	if (!areas || !remains_swap(claim->charge.from))
		return false;
	if (!move_area(claim, type, &offset)) {
		type++;
		offset = 0;
	}
	*cursor = SWAP_CURSOR(type, offset);
	return type < MAX_SWAPFILES;
}

static void swap_init(void)
{
	areas = (struct swap_info_struct **)sym_address("swap_info");
}

#else

static bool move_swap(struct claim *claim, u64 *cursor)
{
	return false;
}

static void swap_init(void)
{
}

#endif

static long drain_here(void *unused)
{
	compat_drain_local(sym_call);
	return 0;
}

/* Charges that CPUs hold ahead. */
static void drain_stocks(void)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, drain_here, NULL);
	cpus_read_unlock();
}

/**
 * claim_dead_step() - of a group that is gone: some of its swap space; at last what CPUs hold back
 * @claim: with charge.from
 * @cursor: in and out: CLAIM_CURSOR_SWAP to begin
 *
 * Context: sleeps; no lock held. Return: whether there is more.
 */
bool claim_dead_step(struct claim *claim, u64 *cursor)
{
	if (unavailable || claim->flags & MEMCGCTL_CLAIM_DRY_RUN)
		return false;
	if (move_swap(claim, cursor))
		return true;
	claim_drain_lists(claim);
	drain_stocks();
	if (domains_work)
		queue_work(system_unbound_wq, domains_work);
	return false;
}

static void add_pin(struct claim_receipt *receipt, enum memcgctl_pin kind, u64 amount,
		    const char *name)
{
	if (amount && receipt->nr_pins < CLAIM_PINS)
		receipt->pin[receipt->nr_pins++] = (struct claim_pin){ kind, amount, name };
}

static void found_controller(struct cgroup_subsys_state *css, void *arg)
{
	add_pin(arg, MEMCGCTL_PIN_CONTROLLER, 1, css->ss->name);
}

/**
 * claim_pins() - at the end of a group's claim: what stays with it
 * @from: the group, with one reference of the caller's
 * @receipt: pins are added, and what is swapped
 *
 * Context: sleeps; no lock held.
 */
void claim_pins(struct mem_cgroup *from, struct claim_receipt *receipt)
{
	struct remains remains;

	remains_flush(from);
	remains_of(from, &remains);
	receipt->skipped[MEMCGCTL_SKIP_SWAPPED] += remains.swap;
	receipt->dead = css_is_dying(&from->css);
	add_pin(receipt, MEMCGCTL_PIN_SOCKETS, remains.sockets, NULL);
	add_pin(receipt, MEMCGCTL_PIN_SWAP, remains.swap, NULL);
	add_pin(receipt, MEMCGCTL_PIN_KERNEL, remains.kernel, NULL);
	add_pin(receipt, MEMCGCTL_PIN_PERCPU, remains.percpu, NULL);
	if (!receipt->dead)
		return;
	add_pin(receipt, MEMCGCTL_PIN_GROUPS, remains.groups, NULL);
	group_other_controllers(group_id(from), found_controller, receipt);
	add_pin(receipt, MEMCGCTL_PIN_REFERENCES, remains.references, NULL);
}

/** claim_dead_unavailable() - NULL, or why it is not looked for what keeps a dead group */
const char *claim_dead_unavailable(void)
{
	return claim_unavailable() ?: unavailable;
}

/** claim_dead_init() - at module load; what is missing is left undone */
void claim_dead_init(void)
{
	static const char *const protos[] = { COMPAT_DRAIN_PROTOS };
	int i;

	unavailable = sym_missing(SYM_DRAIN);
	for (i = 0; i < ARRAY_SIZE(protos); i++)
		unavailable = unavailable ?: btf_mismatch(protos[i]);
	domains_work = (struct work_struct *)sym_address("cleanup_offline_cgwbs_work");
	swap_init();
}
