// SPDX-License-Identifier: GPL-2.0-only
/* Folios that were found without a page table: which they are, and how one of them is moved; see charge.h. */
#include <linux/nodemask.h>
#include <linux/rmap.h>

#include "charge.h"
#include "sym.h"

/* Mapped in a way that no one lock can keep. */
#define MAPPED_APART -1

struct mapped {
	struct charge *charge;
	int result;
};

/* Under the page-table lock of the first entry that is found to map it, if that lock is enough. */
static bool move_mapped(struct folio *folio, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct page_vma_mapped_walk pvmw = COMPAT_VMA_WALK(folio, vma, addr);
	struct mapped *mapped = arg;

	if (!sym_call(page_vma_mapped_walk)(&pvmw))
		return true;
	if (!pvmw.pte || !folio_test_large(folio) || charge_maps_all(folio, pvmw.pte, pvmw.address))
		mapped->result = charge_folio(mapped->charge, folio);
	else
		mapped->result = MAPPED_APART;
	page_vma_mapped_walk_done(&pvmw);
	return mapped->result == MAPPED_APART;
}

/**
 * charge_lock_anon() - for rmap_walk(): lock the anon_vma of a folio that has no address space which is held
 *
 * Without one only this keeps the anon_vma that is to be locked.
 */
struct anon_vma *charge_lock_anon(compat_rmap_folio_t *folio, struct rmap_walk_control *rwc)
{
	return sym_call(folio_lock_anon_vma_read)(folio, rwc);
}

/*
 * A large folio that entries of several page tables map: take them all away for a moment, as for a migration, which
 * keeps in their place all that they say (the marks of userfaultfd, too), and then put them back. Who touches it
 * waits for the folio's lock. What is not put back is mlock's mark, so a folio that has it is left alone.
 *
 * The kernel may take a private folio for one that lost pages in between, and splits it first when memory is short.
 */
static int move_apart(struct charge *charge, struct folio *folio)
{
	struct anon_vma *anon_vma = NULL;
	int result;

	if (folio_test_mlocked(folio))
		return MEMCGCTL_SKIP_LARGE;
	if (charge->reserved < folio_nr_pages(folio))
		return MEMCGCTL_SKIP_LIMIT;
	if (folio_test_anon(folio)) {
		/* Its last process may end meanwhile. */
		anon_vma = sym_call(folio_get_anon_vma)(folio);
		if (!anon_vma)
			return MEMCGCTL_SKIP_PINNED;
	}
	sym_call(try_to_migrate)(folio, COMPAT_MIGRATE_FLAGS);
	sym_call(try_to_unmap_flush)();
	/* A page that is pinned stays mapped. */
	result = folio_mapped(folio) ? MEMCGCTL_SKIP_PINNED : charge_folio(charge, folio);
	sym_call(remove_migration_ptes)(folio, folio, 0);
	if (anon_vma && atomic_dec_and_test(&anon_vma->refcount))
		sym_call(__put_anon_vma)(anon_vma);
	return result;
}

/**
 * charge_found_locked() - move a folio whose lock is held, and no page-table lock
 * @charge: with a reserve
 * @folio: with one reference of the caller's
 *
 * Context: sleeps. Return: see charge_found().
 */
int charge_found_locked(struct charge *charge, struct folio *folio)
{
	/* What maps it is on the way in or out, unless it is found. */
	struct mapped mapped = { charge, MEMCGCTL_SKIP_PINNED };
	struct rmap_walk_control rwc = {
		.arg = &mapped,
		.rmap_one = move_mapped,
		.anon_lock = charge_lock_anon,
	};
	int kind = charge_kind(charge, folio);

	if (kind != CHARGE_MOVED)
		return kind;
	if (!folio_mapped(folio))
		return charge_folio(charge, folio);
	sym_call(rmap_walk)(folio, &rwc);
	return mapped.result == MAPPED_APART ? move_apart(charge, folio) : mapped.result;
}

/**
 * charge_found() - move a folio that was found without a page table or a file's range
 * @charge: begun, and with a page of reserve for each page of the folio (charge_reserve()); the caller
 *	settles (charge_settle()) after some folios and before the next reserve
 * @folio: with one reference of the caller's, which it puts after this; not locked
 * @pages: out: how many the answer is about; a folio may have been split since it was found
 *
 * Takes any folio: what is not moved has its reason.
 *
 * Context: sleeps; no lock held. Return: CHARGE_MOVED, CHARGE_FOREIGN, or an &enum memcgctl_skip; see charge_may_pass().
 */
int charge_found(struct charge *charge, struct folio *folio, unsigned long *pages)
{
	int result;

	*pages = folio_nr_pages(folio);
	if (!folio_trylock(folio))
		return MEMCGCTL_SKIP_LOCKED;
	*pages = folio_nr_pages(folio);
	result = charge_found_locked(charge, folio);
	folio_unlock(folio);
	return result;
}

/** charge_frames_end() - one past the last page frame */
unsigned long charge_frames_end(void)
{
	unsigned long end = 0;
	int nid;

	for_each_online_node(nid)
		end = max(end, node_end_pfn(nid));
	return end;
}

static bool is_meant(const struct folio *folio, const void *charge)
{
	return charge_means(charge, folio);
}

/**
 * charge_frame() - the folio that begins at a page frame, if it is one that is meant
 * @charge: begun
 * @pfn: in: the frame; out: the next one to look at
 *
 * Return: the folio with a reference, or NULL.
 */
struct folio *charge_frame(const struct charge *charge, unsigned long *pfn)
{
	return charge_frame_folio(pfn, is_meant, charge);
}

/**
 * charge_in_filesystem() - whether a folio is page cache of the filesystem
 * @folio: referenced
 * @sb: the filesystem
 */
bool charge_in_filesystem(struct folio *folio, const struct super_block *sb)
{
	const struct inode *inode;
	bool in;

	rcu_read_lock();
	inode = charge_inode(folio);
	in = inode && inode->i_sb == sb;
	rcu_read_unlock();
	return in;
}
