// SPDX-License-Identifier: GPL-2.0-only
/* Attribution: page frame by page frame; attribution.h says how it goes. */
#include <linux/ktime.h>
#include <linux/pagemap.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "attribution_private.h"
#include "core/charge.h"
#include "core/group.h"
#include "core/sym.h"

/* One call goes on for so long at most. */
#define STEP_NS (50 * NSEC_PER_MSEC)
/* Page frames between two looks at the clock, where no page tables are looked at. */
#define FRAMES 1024
/* Processes that are counted between two. */
#define PROCESSES 256
/* How often a lock that somebody has is tried. */
#define TRIES 10

static const char *unavailable;

static_assert(GROUPS_MAX <= 1 << PAIR_GROUP_BITS);

static bool is_user_memory(const struct folio *folio)
{
	compat_owner_t owner = compat_owner(folio);

	if (owner)
		return !(owner & CHARGE_OWNER_FLAGS);
	return folio_test_lru((struct folio *)folio) || folio_test_hugetlb((struct folio *)folio);
}

/* And of the group or file that is asked about. */
static bool is_meant(const struct folio *folio, const void *arg)
{
	const struct attribution *scan = arg;
	struct mem_cgroup *owner;
	bool meant;

	if (!is_user_memory(folio))
		return false;
	if (scan->filter.cache && READ_ONCE(folio->mapping) != scan->filter.cache)
		return false;
	if (!scan->filter.owner)
		return true;
	rcu_read_lock();
	owner = charge_owner(folio);
	meant = owner && group_id(owner) == scan->filter.owner;
	rcu_read_unlock();
	return meant;
}

static u32 owner_of(struct attribution *scan, const struct folio *folio)
{
	compat_owner_t owner;
	u32 group = MEMCGCTL_GROUP_NONE;

	rcu_read_lock();
	owner = compat_owner(folio);
	if (owner && !(owner & CHARGE_OWNER_FLAGS))
		group = table_memcg(&scan->table, compat_owner_group(owner));
	rcu_read_unlock();
	scan->alike.owner = owner;
	scan->alike.group = group;
	return group;
}

static bool lock_folio(struct folio *folio)
{
	int tries;

	for (tries = 0; !folio_trylock(folio); tries++) {
		if (tries == TRIES)
			return false;
		cond_resched();
	}
	return true;
}

/*
 * What a folio is of. The inode is only looked at as an RCU reader, so that an address space that ends stays memory of one.
 * False when it is of none at the moment, or of a file that nobody maps and that need not be told apart: then *@object is what
 * it counts for.
 */
static bool identify(struct attribution *scan, struct folio *folio, struct cover *cover, u32 *object)
{
	const struct inode *inode;
	bool mapped = false;

	scan->alike.mapping = READ_ONCE(folio->mapping);
	*cover = (struct cover){ .key = (unsigned long)scan->alike.mapping & ~3UL };
	*object = MEMCGCTL_OBJECT_ANON;
	if (folio_test_anon(folio))
		return cover->key && !folio_test_ksm(folio);
	*object = MEMCGCTL_OBJECT_OTHER;
	rcu_read_lock();
	inode = charge_inode(folio);
	if (inode) {
		cover->ino = inode->i_ino;
		cover->dev = inode->i_sb->s_dev;
		mapped = scan->filter.owner || scan->filter.cache || mapping_mapped(inode->i_mapping);
		*object = shmem_mapping((void *)inode->i_mapping) ? MEMCGCTL_OBJECT_TMPFS
								  : MEMCGCTL_OBJECT_CACHE;
	}
	rcu_read_unlock();
	return mapped;
}

/* NULL when it cannot be told now. */
static struct cover *cover_of(struct attribution *scan, struct folio *folio,
			      const struct cover *wanted)
{
	struct cover *cover = scan->cover;

	if (cover && cover->key == wanted->key && cover->ino == wanted->ino &&
	    cover->dev == wanted->dev)
		return cover;
	cover = table_cover(&scan->table, wanted->key, wanted->ino, wanted->dev);
	if (cover && !cover->known) {
		if (!lock_folio(folio))
			return NULL;
		if (((unsigned long)folio->mapping & ~3UL) == wanted->key) {
			map_spans(scan, folio, cover);
			cover->known = true;
		}
		folio_unlock(folio);
		if (!cover->known)
			return NULL;
		map_name(scan, cover);
		map_cut(scan, cover);
	}
	scan->cover = cover;
	return cover;
}

/* Whether all mappings of a part map all of a folio, as far as their number tells. */
static bool mapped_by_all(struct folio *folio, const struct part *part)
{
	long nr = folio_nr_pages(folio), whole, single;

	if (folio_test_hugetlb(folio) || folio->index + nr - 1 > part->last)
		return false;
	whole = folio_test_large(folio) ? folio_entire_mapcount(folio) : 0;
	single = compat_mapcount(folio) - whole;
	return single == (part->mappings - whole) * nr;
}

/* Runs of pages that the same groups map. */
static void count_pages(struct attribution *scan, struct folio *folio, u32 object, u32 owner)
{
	unsigned long units = map_units(folio), each = folio_nr_pages(folio) / units, first = 0, i;

	for (i = 1; i <= units; i++) {
		if (i < units && scan->page_set[i] == scan->page_set[first])
			continue;
		table_count(&scan->table, object, owner, scan->page_set[first], (i - first) * each);
		first = i;
	}
}

/* Counts a folio that the mappings of a part, or none, map, and notes what others like it look like. */
static void count_folio(struct attribution *scan, struct folio *folio, u32 object,
			const struct part *part)
{
	struct alike *alike = &scan->alike;

	alike->object = object;
	alike->set = part ? part->set : MEMCGCTL_SET_EMPTY;
	alike->mappings = part ? part->mappings : 0;
	alike->first = part ? part->first : 0;
	alike->last = part ? part->last : ULONG_MAX;
	table_count(&scan->table, object, alike->group, alike->set, folio_nr_pages(folio));
	/* Who is charged with nothing may be no user memory, and of what is of no file nothing tells it apart. */
	if (folio_test_large(folio) || !alike->owner)
		alike->mapping = NULL;
}

static bool is_alike(const struct alike *alike, struct page *page)
{
	const struct folio *folio = (const struct folio *)page;
	pgoff_t index = READ_ONCE(folio->index);

	return READ_ONCE(folio->mapping) == alike->mapping && compat_owner(folio) == alike->owner &&
	       !PageCompound(page) && atomic_read(&page->_mapcount) + 1 == alike->mappings &&
	       index >= alike->first && index <= alike->last;
}

/*
 * Counts the pages after it that are like the last one. Nothing is taken hold of, so one that is freed meanwhile may be counted; but
 * nothing that a page points to is looked at.
 */
static void count_alike(struct attribution *scan)
{
	unsigned long end = round_up(scan->pfn, PAGES_PER_SUBSECTION), first = scan->pfn;
	struct page *page = pfn_to_page(first);

	if (!scan->alike.mapping)
		return;
	while (scan->pfn < end && is_alike(&scan->alike, page++))
		scan->pfn++;
	if (scan->pfn > first)
		table_count(&scan->table, scan->alike.object, scan->alike.group, scan->alike.set,
			    scan->pfn - first);
}

/* Kernel memory in a page by itself: page tables, most often, of which there may be very many. */
static bool is_kernel_page(struct page *page)
{
	return (compat_owner((struct folio *)page) & CHARGE_OWNER_FLAGS) && !PageCompound(page);
}

/*
 * Passes over what is not meant after a frame that was not. Where that one was there, so are those up to the end of its
 * subsection.
 */
static void skip_others(struct attribution *scan)
{
	unsigned long end = round_up(scan->pfn, PAGES_PER_SUBSECTION);
	struct page *page = pfn_to_page(scan->pfn);

	for (; scan->pfn < end; page++, scan->pfn++)
		if (!is_kernel_page(page) && (PageBuddy(page) || is_meant(page_folio(page), scan)))
			break;
}

/* Return: whether page tables were looked at, which may take long. */
static bool look_at(struct attribution *scan, struct folio *folio)
{
	u32 owner = owner_of(scan, folio), object, set;
	const struct part *part = NULL;
	struct cover *cover = NULL, wanted;

	if (identify(scan, folio, &wanted, &object)) {
		cover = cover_of(scan, folio, &wanted);
		if (cover)
			object = cover->object;
		else
			/* What cannot be told now may be told of the next page. */
			scan->alike.mapping = NULL;
	}
	if (!folio_mapped(folio)) {
		count_folio(scan, folio, object, NULL);
		return false;
	}
	if (cover && !cover->doubtful)
		part = map_part(scan, cover, folio->index);
	if (part && mapped_by_all(folio, part)) {
		count_folio(scan, folio, object, part);
		return false;
	}
	scan->alike.mapping = NULL;
	if (map_near(scan, folio, &set)) {
		table_count(&scan->table, object, owner, set, folio_nr_pages(folio));
		return false;
	}
	if (!lock_folio(folio)) {
		table_count(&scan->table, object, owner, MEMCGCTL_SET_UNKNOWN, folio_nr_pages(folio));
		return false;
	}
	map_walk(scan, folio);
	folio_unlock(folio);
	map_sets(scan, folio);
	count_pages(scan, folio, object, owner);
	return true;
}

/* The group of a process that has memory, be it that just the first thread has ended; or NULL. RCU reader. */
static struct mem_cgroup *group_with_memory(struct task_struct *process)
{
	struct task_struct *thread;

	if (process->flags & PF_KTHREAD)
		return NULL;
	for_each_thread(process, thread)
		if (READ_ONCE(thread->mm))
			return mem_cgroup_from_task(thread);
	return NULL;
}

/* They are found by their numbers, so that none has to be kept alive to go on from. */
static void count_processes(struct attribution *scan)
{
	struct task_struct *process;
	struct mem_cgroup *memcg;
	struct pid *pid;
	int n;

	rcu_read_lock();
	for (n = 0; n < PROCESSES; n++, scan->pid++) {
		pid = idr_get_next(&init_pid_ns.idr, &scan->pid);
		if (!pid) {
			scan->pid = 0;
			break;
		}
		process = pid_task(pid, PIDTYPE_TGID);
		memcg = process ? group_with_memory(process) : NULL;
		if (memcg)
			scan->table.group[table_memcg(&scan->table, memcg)].processes++;
	}
	rcu_read_unlock();
}

/**
 * attribution_step() - go on, with an empty table
 *
 * Context: sleeps; no lock held. Return: whether there is more.
 */
bool attribution_step(struct attribution *scan)
{
	unsigned long end = charge_frames_end(), checked = scan->pfn;
	u64 deadline = ktime_get_ns() + STEP_NS;
	struct folio *folio;
	bool walked;

	table_clear(&scan->table);
	map_forget(scan);
	scan->cover = NULL;
	scan->alike.mapping = NULL;
	while (scan->pid && !table_is_full(&scan->table)) {
		count_processes(scan);
		if (ktime_get_ns() > deadline)
			return true;
		cond_resched();
	}
	while (scan->pfn < end && !table_is_full(&scan->table)) {
		walked = false;
		folio = charge_frame_folio(&scan->pfn, is_meant, scan);
		if (folio) {
			walked = look_at(scan, folio);
			folio_put(folio);
			count_alike(scan);
		} else {
			skip_others(scan);
		}
		if (scan->pfn - checked >= FRAMES || walked) {
			checked = scan->pfn;
			if (ktime_get_ns() > deadline)
				break;
			cond_resched();
		}
	}
	return scan->pid || scan->pfn < end;
}

/** attribution_found() - what the last step has found; valid until the next */
void attribution_found(const struct attribution *scan, struct attribution_found *found)
{
	const struct table *table = &scan->table;

	*found = (struct attribution_found){
		.nr_groups = table->nr_groups,
		.group = table->group,
		.nr_members = table->nr_members,
		.member = table->member,
		.nr_objects = table->nr_objects,
		.nr_cells = table->nr_cells,
		.cell = table->cell,
	};
}

/** attribution_object() - one of the objects that the last step has found */
void attribution_object(const struct attribution *scan, u32 index, struct attribution_object *object)
{
	const struct object *o = &scan->table.object[index];

	*object = (struct attribution_object){
		.kind = o->kind,
		.dev = o->dev,
		.ino = o->ino,
		.generation = o->generation,
		.size = o->size,
		.name = o->name ? &scan->table.name[o->name] : NULL,
		.inside = o->inside,
	};
}

/**
 * attribution_begin() - to be gone on with by attribution_step()
 * @filter: copied
 *
 * Return: to be ended by attribution_end(); or NULL: no memory, which is charged to the caller.
 */
struct attribution *attribution_begin(const struct attribution_filter *filter)
{
	struct attribution *scan = kvzalloc(sizeof(*scan), GFP_KERNEL_ACCOUNT);

	if (!scan)
		return NULL;
	scan->filter = *filter;
	scan->pid = 1;
	scan->table.subtree = filter->subtree;
	scan->span = kvmalloc_array(SPANS_MAX, sizeof(*scan->span), GFP_KERNEL_ACCOUNT);
	scan->bound = kvmalloc_array(2 * SPANS_MAX, sizeof(*scan->bound), GFP_KERNEL_ACCOUNT);
	scan->pair = kvmalloc_array(PAIRS_MAX, sizeof(*scan->pair), GFP_KERNEL_ACCOUNT);
	scan->ids = kvmalloc_array(2 * GROUPS_MAX, sizeof(*scan->ids), GFP_KERNEL_ACCOUNT);
	scan->near = kvmalloc_array(NEAR_MAX, sizeof(*scan->near), GFP_KERNEL_ACCOUNT);
	scan->beside.found = kvcalloc(GROUPS_MAX, sizeof(*scan->beside.found), GFP_KERNEL_ACCOUNT);
	scan->beside.group =
		kvmalloc_array(GROUPS_MAX, sizeof(*scan->beside.group), GFP_KERNEL_ACCOUNT);
	scan->path = kmalloc(PATH_MAX, GFP_KERNEL_ACCOUNT);
	if (!scan->span || !scan->bound || !scan->pair || !scan->ids || !scan->near ||
	    !scan->beside.found || !scan->beside.group || !scan->path || table_alloc(&scan->table)) {
		attribution_end(scan);
		return NULL;
	}
	return scan;
}

void attribution_end(struct attribution *scan)
{
	table_free(&scan->table);
	kvfree(scan->span);
	kvfree(scan->bound);
	kvfree(scan->pair);
	kvfree(scan->ids);
	kvfree(scan->near);
	kvfree(scan->beside.found);
	kvfree(scan->beside.group);
	kfree(scan->path);
	kvfree(scan);
}

/** attribution_unavailable() - NULL, or why this kernel's pages cannot be attributed */
const char *attribution_unavailable(void)
{
	return unavailable;
}

/** attribution_init() - at module load; a kernel that cannot do it is no error: attribution_unavailable() */
void attribution_init(void)
{
	unavailable = charge_unavailable() ?: sym_missing(SYM_ATTRIBUTION);
}
