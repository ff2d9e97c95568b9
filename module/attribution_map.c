// SPDX-License-Identifier: GPL-2.0-only
/* Attribution: who may map an object, by its mappings; and who does map a page, by page tables. */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/shmem_fs.h>
#include <linux/sort.h>

#include "attribution_private.h"
#include "compat/file.h"
#include "core/charge.h"
#include "core/group.h"
#include "core/sym.h"

/* Comparisons of mappings with parts for one object; beyond, page tables tell. */
#define WORK_MAX (1 << 20)

/* MEMCGCTL_GROUP_NONE for a process that is about to end. */
static u32 group_of(struct attribution *scan, struct mm_struct *mm)
{
	struct task_struct *owner;
	u32 group;

	rcu_read_lock();
	owner = rcu_dereference(mm->owner);
	group = table_memcg(&scan->table, owner ? mem_cgroup_from_task(owner) : NULL);
	rcu_read_unlock();
	return group;
}

/* False when there are too many. */
static bool add_span(struct attribution *scan, struct vm_area_struct *vma)
{
	if (scan->nr_spans == SPANS_MAX)
		return false;
	scan->span[scan->nr_spans++] = (struct span){
		.first = vma->vm_pgoff,
		.last = vma->vm_pgoff + vma_pages(vma) - 1,
		.group = group_of(scan, vma->vm_mm),
	};
	return true;
}

/* Adds one to @n that are ascending, unless it is among them. Return: how many there are. */
static u32 add_bound(pgoff_t *bound, u32 n, pgoff_t new)
{
	u32 low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (bound[middle] < new)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < n && bound[low] == new)
		return n;
	memmove(&bound[low + 1], &bound[low], (n - low) * sizeof(*bound));
	bound[low] = new;
	return n + 1;
}

/* Where a mapping begins or ends, ascending, each once: many mappings have few of them. No more than lead to too much work. */
static u32 find_bounds(struct attribution *scan)
{
	u32 i, n = 0;

	for (i = 0; i < scan->nr_spans && (u64)n * scan->nr_spans <= WORK_MAX; i++) {
		n = add_bound(scan->bound, n, scan->span[i].first);
		n = add_bound(scan->bound, n, scan->span[i].last + 1);
	}
	return n;
}

static void add_part(struct attribution *scan, struct cover *cover, pgoff_t first, pgoff_t last)
{
	struct part part = { .first = first, .last = last };
	u32 i, ids = 0;

	for (i = 0; i < scan->nr_spans; i++) {
		if (scan->span[i].first > first || scan->span[i].last < last)
			continue;
		part.mappings++;
		if (scan->span[i].group != MEMCGCTL_GROUP_NONE)
			scan->ids[ids++] = scan->span[i].group;
	}
	if (!part.mappings)
		return;
	part.set = table_set(&scan->table, scan->ids, ids);
	/* No room for so many sets at once; by page tables there are those that are met. */
	if (part.set == MEMCGCTL_SET_UNKNOWN)
		cover->doubtful = true;
	scan->table.part[scan->table.nr_parts++] = part;
	cover->nr_parts++;
}

/**
 * map_cut() - the spans that were found, as parts of the object
 * @cover: known
 *
 * Context: sleeps; no lock held.
 */
void map_cut(struct attribution *scan, struct cover *cover)
{
	u32 bounds, i;

	if (cover->doubtful)
		return;
	bounds = find_bounds(scan);
	cover->first_part = scan->table.nr_parts;
	if ((u64)bounds * scan->nr_spans > WORK_MAX || bounds > PARTS_MAX - scan->table.nr_parts) {
		cover->doubtful = true;
		return;
	}
	for (i = 0; i + 1 < bounds && !cover->doubtful; i++) {
		add_part(scan, cover, scan->bound[i], scan->bound[i + 1] - 1);
		cond_resched();
	}
}

static u8 kind_of(const struct inode *inode)
{
	if (S_ISBLK(inode->i_mode))
		return MEMCGCTL_OBJECT_BLOCK;
	return shmem_mapping((void *)inode->i_mapping) ? MEMCGCTL_OBJECT_SHMEM : MEMCGCTL_OBJECT_FILE;
}

/* Not one that can have no more than fewer bytes in memory than are asked for: its last page may be a huge one. */
static bool is_told_apart(const struct attribution *scan, const struct inode *inode)
{
	return scan->table.nr_objects < OBJECTS_MAX &&
	       round_up((u64)i_size_read(inode), HPAGE_PMD_SIZE) >= scan->filter.min_size;
}

static u32 add_object(struct attribution *scan, struct inode *inode, struct file *file)
{
	struct object object = {
		.kind = kind_of(inode),
		.size = i_size_read(inode),
		.dev = S_ISBLK(inode->i_mode) ? inode->i_rdev : inode->i_sb->s_dev,
		.ino = inode->i_ino,
		.generation = inode->i_generation,
	};
	const char *name;

	if (!is_told_apart(scan, inode))
		return object.kind == MEMCGCTL_OBJECT_SHMEM ? MEMCGCTL_OBJECT_TMPFS
							    : MEMCGCTL_OBJECT_CACHE;
	if (file) {
		object.dev = compat_file_user_inode(file)->i_sb->s_dev;
		object.ino = compat_file_user_inode(file)->i_ino;
		name = d_path(compat_file_user_path(file), scan->path, PATH_MAX);
		if (!IS_ERR(name))
			object.name = table_name(&scan->table, name);
	} else if ((scan->filter.owner || scan->filter.cache) &&
		   object.kind != MEMCGCTL_OBJECT_BLOCK &&
		   atomic_inc_not_zero(&inode->i_sb->s_active)) {
		/* Without it an unmount would find the inode in use. */
		scan->unnamed_sb = inode->i_sb;
		scan->unnamed = igrab(inode);
	}
	scan->table.object[scan->table.nr_objects] = object;
	return scan->table.nr_objects++;
}

/* What is no part of a tree (a memfd, a segment) has just a name. */
static char *name_inside(struct dentry *dentry, char *buf)
{
	static const char deleted[] = " (deleted)";
	size_t size = PATH_MAX - strlen(deleted);
	char *name;

	if (IS_ROOT(dentry)) {
		spin_lock(&dentry->d_lock);
		strscpy(buf, dentry->d_name.name, size);
		spin_unlock(&dentry->d_lock);
		return buf;
	}
	name = dentry_path_raw(dentry, buf, size);
	if (!IS_ERR(name) && d_unlinked(dentry))
		strcpy(buf + size - 1, deleted);
	return name;
}

/**
 * map_name() - find the name of a file that nobody maps
 * @cover: known; that of the object that was added last, if any was
 *
 * Whoever ends the last reference on a file, or on a filesystem, needs the locks of its folios.
 *
 * Context: sleeps; no lock held.
 */
void map_name(struct attribution *scan, struct cover *cover)
{
	struct object *object = &scan->table.object[cover->object];
	struct super_block *sb = scan->unnamed_sb;
	struct inode *inode = scan->unnamed;
	struct dentry *dentry;
	char *name;

	if (!sb)
		return;
	scan->unnamed = NULL;
	scan->unnamed_sb = NULL;
	dentry = inode ? d_find_any_alias(inode) : NULL;
	if (dentry) {
		name = name_inside(dentry, scan->path);
		if (!IS_ERR(name)) {
			object->name = table_name(&scan->table, name);
			object->inside = true;
		}
		dput(dentry);
	}
	iput(inode);
	deactivate_super(sb);
}

/* The folio's lock keeps its inode: who evicts that has to have it first. */
static void cover_file(struct attribution *scan, struct cover *cover, struct address_space *mapping)
{
	struct vm_area_struct *vma;
	struct file *file = NULL;

	i_mmap_lock_read(mapping);
	for (vma = sym_call(vma_interval_tree_iter_first)(&mapping->i_mmap, 0, ULONG_MAX);
	     vma && !cover->doubtful; vma = sym_call(vma_interval_tree_iter_next)(vma, 0, ULONG_MAX)) {
		if (!file && vma->vm_file)
			file = get_file(vma->vm_file);
		cover->doubtful = !add_span(scan, vma);
	}
	i_mmap_unlock_read(mapping);
	cover->object = add_object(scan, mapping->host, file);
	if (file)
		fput(file);
}

static void cover_anon(struct attribution *scan, struct cover *cover, struct folio *folio)
{
	struct anon_vma *anon_vma = sym_call(folio_lock_anon_vma_read)(folio, NULL);
	struct anon_vma_chain *avc;

	cover->object = MEMCGCTL_OBJECT_ANON;
	if (!anon_vma) {
		/* Nobody maps it any more. */
		cover->doubtful = true;
		return;
	}
	for (avc = sym_call(anon_vma_interval_tree_iter_first)(&anon_vma->rb_root, 0, ULONG_MAX);
	     avc && !cover->doubtful;
	     avc = sym_call(anon_vma_interval_tree_iter_next)(avc, 0, ULONG_MAX))
		cover->doubtful = !add_span(scan, avc->vma);
	up_read(&anon_vma->root->rwsem);
}

/**
 * map_spans() - who may map what the folio is of; to be followed by map_cut() without the folio's lock
 * @folio: referenced and locked, and in its file, or private memory that is no KSM page
 * @cover: new in the table
 */
void map_spans(struct attribution *scan, struct folio *folio, struct cover *cover)
{
	scan->nr_spans = 0;
	scan->table.lost_group = false;
	if (folio_test_anon(folio))
		cover_anon(scan, cover, folio);
	else
		cover_file(scan, cover, folio->mapping);
	cover->doubtful |= scan->table.lost_group;
}

/* map_part() - the part of an object that a page is in. Return: NULL when no mapping covers it. */
const struct part *map_part(const struct attribution *scan, const struct cover *cover, pgoff_t index)
{
	const struct part *part = &scan->table.part[cover->first_part];
	u32 low = 0, high = cover->nr_parts, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (part[middle].last < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cover->nr_parts && part[low].first <= index ? &part[low] : NULL;
}

/* Who maps a page of a folio, as one number, to be sorted by page and group. The page behind the last one means all of them. */
#define PAIR(page, group) ((u32)(page) << PAIR_GROUP_BITS | (group))
#define PAIR_PAGE(pair) ((pair) >> PAIR_GROUP_BITS)
#define PAIR_GROUP(pair) ((pair) & ((1U << PAIR_GROUP_BITS) - 1))

/* In order, and each once: several processes are of one group. */
static void sort_pairs(struct attribution *scan)
{
	u32 i, n = 0;

	sort(scan->pair, scan->nr_pairs, sizeof(*scan->pair), table_compare, NULL);
	for (i = 0; i < scan->nr_pairs; i++)
		if (!n || scan->pair[n - 1] != scan->pair[i])
			scan->pair[n++] = scan->pair[i];
	scan->nr_pairs = n;
}

/* No private memory: what is beside it there came at another time, or is another process's. */
static bool has_near(struct folio *folio)
{
	return !folio_test_anon(folio) && !folio_test_hugetlb(folio) &&
	       folio->index % NEAR + folio_nr_pages(folio) <= NEAR;
}

/*
 * Looks at the pages beside a page of a file, as far as the mapping and the page table go, whose lock is held.
 * Return: which of them are there, the frames that are the folio's or that those before had there.
 */
static u32 look_beside(struct beside *beside, const struct page_vma_mapped_walk *pvmw)
{
	pgoff_t index = linear_page_index(pvmw->vma, pvmw->address);
	u32 at = index % NEAR, back = at, ahead = NEAR - 1 - at, i, found = 0;
	pte_t *ptep, pte;

	back = min3(back, index - pvmw->vma->vm_pgoff, pte_index(pvmw->address));
	ahead = min3(ahead, pvmw->vma->vm_pgoff + vma_pages(pvmw->vma) - 1 - index,
		     PTRS_PER_PTE - 1 - pte_index(pvmw->address));
	ptep = pvmw->pte - back;
	for (i = at - back; i <= at + ahead; i++) {
		pte = ptep_get(ptep++);
		if (!pte_present(pte))
			continue;
		if (!beside->pfn[i])
			beside->pfn[i] = pte_pfn(pte);
		found |= (u32)(beside->pfn[i] == pte_pfn(pte)) << i;
	}
	return found;
}

/* Most mappings have the same pages, so they are counted together. */
static void count_beside(struct beside *beside)
{
	u32 i;

	for (i = 0; i < NEAR; i++)
		if (beside->last & BIT(i))
			beside->mappings[i] += beside->times;
	beside->times = 0;
}

static void note_beside(struct beside *beside, u32 group, u32 found)
{
	if (found != beside->last)
		count_beside(beside);
	beside->last = found;
	beside->times++;
	if (group == MEMCGCTL_GROUP_NONE)
		return;
	if (!beside->found[group])
		beside->group[beside->nr_groups++] = group;
	beside->found[group] |= found;
}

/* Begins anew, with the folio's own pages. */
static void begin_beside(struct beside *beside, struct folio *folio)
{
	u32 i;

	memset(beside->pfn, 0, sizeof(beside->pfn));
	memset(beside->mappings, 0, sizeof(beside->mappings));
	beside->times = 0;
	while (beside->nr_groups)
		beside->found[beside->group[--beside->nr_groups]] = 0;
	beside->own = 0;
	if (!has_near(folio))
		return;
	for (i = 0; i < folio_nr_pages(folio); i++) {
		beside->pfn[folio->index % NEAR + i] = folio_pfn(folio) + i;
		beside->own |= BIT(folio->index % NEAR + i);
	}
}

static bool note_mapping(struct folio *folio, struct vm_area_struct *vma, unsigned long addr,
			 void *arg)
{
	struct page_vma_mapped_walk pvmw = COMPAT_VMA_WALK(folio, vma, addr);
	struct attribution *scan = arg;
	unsigned long units = map_units(folio), mapped = 0;
	u32 group, before, beside = 0, i;
	pte_t pte;

	if (scan->nr_pairs > PAIRS_MAX - FOLIO_PAGES) {
		sort_pairs(scan);
		/* Half of the room, or it would be sorted again for each of them. */
		if (scan->nr_pairs > PAIRS_MAX / 2) {
			scan->too_many_pairs = true;
			return false;
		}
	}
	before = scan->nr_pairs;
	while (sym_call(page_vma_mapped_walk)(&pvmw)) {
		if (!beside && pvmw.pte && scan->beside.own) {
			beside = look_beside(&scan->beside, &pvmw);
			/* That was all of it. */
			if ((beside & scan->beside.own) == scan->beside.own) {
				mapped = units;
				scan->unseen -= units;
				page_vma_mapped_walk_done(&pvmw);
				break;
			}
		}
		if (units == 1 || !pvmw.pte) {
			mapped = units;
			scan->unseen--;
			continue;
		}
		pte = ptep_get(pvmw.pte);
		if (!pte_present(pte))
			continue;
		scan->pair[scan->nr_pairs++] = PAIR(pte_pfn(pte) - folio_pfn(folio), 0);
		mapped++;
		scan->unseen--;
	}
	if (!mapped)
		return true;
	group = group_of(scan, vma->vm_mm);
	if (beside)
		note_beside(&scan->beside, group, beside);
	if (group == MEMCGCTL_GROUP_NONE || mapped == units)
		scan->nr_pairs = before;
	for (i = before; i < scan->nr_pairs; i++)
		scan->pair[i] |= PAIR(0, group);
	if (group != MEMCGCTL_GROUP_NONE && mapped == units && table_mark(&scan->table, group))
		scan->pair[scan->nr_pairs++] = PAIR(units, group);
	return scan->unseen > 0;
}

/* The set of those groups that map all pages, and those that map this one, which begin at @at. */
static u32 set_of_page(struct attribution *scan, u32 nr_all, u32 *at, unsigned long page)
{
	u32 end = scan->nr_pairs - nr_all, n;

	for (n = 0; n < nr_all; n++)
		scan->ids[n] = PAIR_GROUP(scan->pair[end + n]);
	for (; *at < end && PAIR_PAGE(scan->pair[*at]) == page; (*at)++)
		scan->ids[n++] = PAIR_GROUP(scan->pair[*at]);
	cond_resched();
	return table_set(&scan->table, scan->ids, n);
}

/* How many entries of page tables map a folio, with the last of which a walk ends; or that is not known. */
static long entries(struct folio *folio)
{
	if (folio_test_hugetlb(folio))
		return folio_entire_mapcount(folio);
	return map_units(folio) == folio_nr_pages(folio) ? compat_mapcount(folio) : LONG_MAX;
}

/**
 * map_walk() - who maps each page of a folio, by page tables; to be followed by map_sets() without the folio's lock
 * @folio: referenced and locked
 */
void map_walk(struct attribution *scan, struct folio *folio)
{
	struct rmap_walk_control rwc = {
		.arg = scan,
		.rmap_one = note_mapping,
		.anon_lock = charge_lock_anon,
	};

	scan->nr_pairs = 0;
	scan->too_many_pairs = false;
	scan->unseen = entries(folio);
	begin_beside(&scan->beside, folio);
	scan->table.lost_group = false;
	table_unmark(&scan->table);
	sym_call(rmap_walk)(folio, &rwc);
	scan->too_many_pairs |= scan->table.lost_group;
}

/* Who maps a page beside the folio at hand, of those that map that. */
static u32 set_beside(struct attribution *scan, u32 page)
{
	const struct beside *beside = &scan->beside;
	u32 i, n = 0;

	for (i = 0; i < beside->nr_groups; i++)
		if (beside->found[beside->group[i]] & BIT(page))
			scan->ids[n++] = beside->group[i];
	return table_set(&scan->table, scan->ids, n);
}

/* Keeps what the page tables of a folio have told of the pages beside it. */
static void keep_near(struct attribution *scan, const struct folio *folio)
{
	u32 i, set = MEMCGCTL_SET_EMPTY, differs = 0;
	struct beside *beside = &scan->beside;

	count_beside(beside);
	/* From the one before. */
	for (i = 0; i < beside->nr_groups; i++)
		differs |= beside->found[beside->group[i]] ^ beside->found[beside->group[i]] << 1;
	for (i = 0; i < NEAR; i++) {
		if (differs & BIT(i))
			set = set_beside(scan, i);
		if (beside->mappings[i] && set != MEMCGCTL_SET_UNKNOWN)
			scan->near[beside->pfn[i] % NEAR_MAX] = (struct near){
				.pfn = beside->pfn[i],
				.mapping = READ_ONCE(folio->mapping),
				.index = round_down(folio->index, NEAR) + i,
				.mappings = beside->mappings[i],
				.set = set,
			};
	}
}

/* What is known of a page of a folio, by that of one beside it; or NULL. */
static const struct near *near_page(const struct attribution *scan, const struct folio *folio,
				    unsigned long page)
{
	unsigned long pfn = folio_pfn((struct folio *)folio) + page;
	const struct near *near = &scan->near[pfn % NEAR_MAX];

	if (near->pfn != pfn || near->mapping != READ_ONCE(folio->mapping) ||
	    near->index != folio->index + page)
		return NULL;
	return near;
}

/**
 * map_near() - who maps a folio, where the page tables of one beside it have told that
 * @folio: referenced
 * @set: theirs
 *
 * Return: whether they have.
 */
bool map_near(const struct attribution *scan, struct folio *folio, u32 *set)
{
	const struct near *first = near_page(scan, folio, 0), *near;
	unsigned long i, nr = folio_nr_pages(folio);

	if (!first || !has_near(folio) || compat_mapcount(folio) != first->mappings * nr)
		return false;
	for (i = 1; i < nr; i++) {
		near = near_page(scan, folio, i);
		if (!near || near->mappings != first->mappings || near->set != first->set)
			return false;
	}
	*set = first->set;
	return true;
}

/* map_forget() - what the table knew that is begun anew */
void map_forget(struct attribution *scan)
{
	memset(scan->near, 0, NEAR_MAX * sizeof(*scan->near));
}

/**
 * map_sets() - what map_walk() has found, into page_set
 * @folio: the same
 *
 * Context: sleeps; no lock held.
 */
void map_sets(struct attribution *scan, struct folio *folio)
{
	unsigned long i, units = map_units(folio);
	u32 nr_all = 0, at = 0, set_of_all;

	if (scan->too_many_pairs) {
		for (i = 0; i < units; i++)
			scan->page_set[i] = MEMCGCTL_SET_UNKNOWN;
		return;
	}
	sort_pairs(scan);
	while (nr_all < scan->nr_pairs && PAIR_PAGE(scan->pair[scan->nr_pairs - 1 - nr_all]) == units)
		nr_all++;
	set_of_all = set_of_page(scan, nr_all, &at, units);
	for (i = 0; i < units; i++) {
		scan->page_set[i] = set_of_all;
		if (at < scan->nr_pairs - nr_all && PAIR_PAGE(scan->pair[at]) == i)
			scan->page_set[i] = set_of_page(scan, nr_all, &at, i);
	}
	if (scan->beside.own)
		keep_near(scan, folio);
}
