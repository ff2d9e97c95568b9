// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings as advices: the caller's own memory, and the caller's own group. A range of addresses is taken apart into pieces, each of which
 * is one binding: private memory by its addresses, shared memory by its file.
 */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bind_private.h"
#include "core/advice.h"
#include "core/file.h"
#include "core/group.h"

/* A range of more is bound in parts. */
#define PIECES 16

/* A part of a file, or addresses of private memory when there is none; @id of the binding that was made of it. */
struct piece {
	struct file *file;
	u64 start;
	u64 end;
	u32 id;
};

struct pieces {
	unsigned int nr;
	struct piece piece[PIECES];
};

static int add_piece(struct pieces *pieces, struct file *file, u64 start, u64 end)
{
	struct piece *last = pieces->nr ? &pieces->piece[pieces->nr - 1] : NULL;

	/* What is not mapped in between may be mapped later, and is bound then. */
	if (last && !file && !last->file) {
		last->end = end;
		return 0;
	}
	if (last && file && last->file && file_inode(file) == file_inode(last->file) &&
	    start == last->end) {
		last->end = end;
		return 0;
	}
	if (pieces->nr == PIECES)
		return -ENOSPC;
	pieces->piece[pieces->nr++] = (struct piece){
		.file = file ? get_file(file) : NULL,
		.start = start,
		.end = end,
	};
	return 0;
}

static int add_mapping(struct pieces *pieces, const struct vm_area_struct *vma, u64 start, u64 end)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;

	start = max_t(u64, start, vma->vm_start);
	end = min_t(u64, end, vma->vm_end);
	if (!(vma->vm_flags & VM_MAYSHARE))
		return add_piece(pieces, NULL, start, end);
	if (!vma->vm_file)
		return -EINVAL;
	return add_piece(pieces, vma->vm_file, start - vma->vm_start + offset,
			 end - vma->vm_start + offset);
}

static void pieces_put(struct pieces *pieces)
{
	while (pieces->nr--)
		if (pieces->piece[pieces->nr].file)
			fput(pieces->piece[pieces->nr].file);
	kfree(pieces);
}

/* What is mapped there; -EINVAL when it is nothing. */
static struct pieces *pieces_of(struct mm_struct *mm, u64 start, u64 end)
{
	struct pieces *pieces = kzalloc(sizeof(*pieces), GFP_KERNEL);
	struct vm_area_struct *vma;
	int err = 0;

	if (!pieces)
		return ERR_PTR(-ENOMEM);
	if (mmap_read_lock_killable(mm)) {
		err = -EINTR;
	} else {
		for (vma = find_vma(mm, start); !err && vma && vma->vm_start < end;
		     vma = find_vma(mm, vma->vm_end))
			err = add_mapping(pieces, vma, start, end);
		mmap_read_unlock(mm);
	}
	if (!err && !pieces->nr)
		err = -EINVAL;
	if (!err)
		return pieces;
	pieces_put(pieces);
	return ERR_PTR(err);
}

static int bind_piece(struct mm_struct *mm, struct piece *piece, struct mem_cgroup *own)
{
	struct bind_share share = { .memcg = own, .weight = 1 };
	struct bind_request request = {
		.kind = piece->file ? MEMCGCTL_BIND_FILE : MEMCGCTL_BIND_RANGE,
		.file = piece->file,
		.start = piece->start,
		.end = piece->end,
		.shares = &share,
		.targets = 1,
		.admin = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN),
	};
	int err = 0;

	if (piece->file) {
		err = bind_may_file(piece->file, request.admin);
	} else {
		/* The caller's, who stays as long as this takes. */
		request.process.mm = mm;
		request.process.pid = task_tgid(current);
		get_task_comm(request.process.comm, current->group_leader);
	}
	return err ?: bind_make(&request, &piece->id, NULL);
}

/** bind_advise() - MADV_MEMCG_BIND: all of it, or nothing; see advice_fn */
int bind_advise(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	struct mem_cgroup *own = group_get_own();
	struct pieces *pieces;
	unsigned int i;
	int err = 0;

	if (!own)
		return -EPERM;
	pieces = pieces_of(mm, start, start + len);
	if (IS_ERR(pieces)) {
		err = PTR_ERR(pieces);
		goto put_own;
	}
	for (i = 0; !err && i < pieces->nr; i++)
		err = bind_piece(mm, &pieces->piece[i], own);
	if (err)
		while (i--)
			if (pieces->piece[i].id)
				bind_end(pieces->piece[i].id, false);
	pieces_put(pieces);
put_own:
	css_put(&own->css);
	return err;
}

static bool lies_in(const struct bind_entry *entry, const struct mm_struct *mm,
		    const struct piece *piece)
{
	const void *object = piece->file ? (const void *)file_cache(piece->file)->host : mm;

	return entry->binding->object == object && entry->start >= piece->start &&
	       entry->end <= piece->end;
}

/** unbind_advise() - MADV_MEMCG_UNBIND; see advice_fn */
int unbind_advise(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	struct pieces *pieces = pieces_of(mm, start, start + len);
	/* Of an unmapped range the addresses are still bound. */
	struct piece all = { .start = start, .end = (u64)start + len };
	unsigned int i, nr = IS_ERR(pieces) ? 0 : pieces->nr;
	struct bind_entry entry;
	bool lies, any = false;
	u32 cursor = 0;
	int err = 0;

	if (IS_ERR(pieces) && PTR_ERR(pieces) != -EINVAL)
		return PTR_ERR(pieces);
	while ((err = bind_next(&cursor, current_fsuid(), false, &entry)) > 0) {
		lies = lies_in(&entry, mm, &all);
		for (i = 0; !lies && i < nr; i++)
			lies = pieces->piece[i].file && lies_in(&entry, mm, &pieces->piece[i]);
		any |= lies && !bind_end(entry.id, false);
		bind_entry_put(&entry);
		cond_resched();
	}
	if (!IS_ERR(pieces))
		pieces_put(pieces);
	return err ?: any ? 0 : -ENOENT;
}
