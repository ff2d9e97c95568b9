// SPDX-License-Identifier: GPL-2.0-only
/* Bindings of files and filesystems: what ties them to those, and the hooks where their memory comes to be. */
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "bind_private.h"
#include "compat/bind.h"
#include "compat/file.h"
#include "core/btf.h"
#include "core/file.h"
#include "core/sym.h"

/* Our marks, which want no event: they are told of the end of what they are on. */
static struct fsnotify_group *marks;

/* Filesystems that are bound: an inode without a mark may be on one. */
static atomic_t mounts = ATOMIC_INIT(0);

DEFINE_STATIC_CALL_NULL(bind_shmem_original, shmem_get_folio_gfp);
DEFINE_STATIC_CALL_NULL(bind_cache_original, filemap_add_folio);
DEFINE_STATIC_CALL_NULL(bind_collapse_original, collapse_file);
DEFINE_STATIC_CALL_NULL(bind_fill_original, compat_fill);

static struct hook shmem_hook, cache_hook, collapse_hook, fill_hook;

/* ---- scopes ---- */

static __always_inline bool may_be_bound(const struct inode *inode)
{
	return inode && (READ_ONCE(inode->i_fsnotify_marks) || atomic_read(&mounts));
}

/*
 * The scope of a page of a file, or of none; without a binding, one only if it has to hide another. It sets all that is looked
 * at, so the compiler need not zero it before (13 words for each page).
 */
static __always_inline void open_scope(struct bind_scope *scope, struct inode *inode, pgoff_t index)
{
	struct binding *binding = NULL;

	scope->task = NULL;
	scope->object = NULL;
	scope->folio = NULL;
	scope->mm = NULL;
	scope->late = false;
	scope->optional = false;
	scope->refused = false;
	scope->charged = NULL;
	scope->srcu = bind_reader_enter();
	if (inode)
		binding = bind_find(inode, index);
	if (!binding && inode && atomic_read(&mounts))
		binding = bind_find(inode->i_sb, index);
	if (binding || bind_in_scope())
		bind_scope_open(scope, binding, index);
}

/* A refusal of ours counts when it was the answer: the kernel may have tried again. */
static __always_inline void close_scope(struct bind_scope *scope, int err)
{
	bind_scope_close(scope);
	if (unlikely(err))
		bind_scope_forget(scope);
	if (unlikely(scope->refused) && err == -ENOSPC)
		bind_fell_back(scope->binding, 1);
	bind_reader_leave(scope->srcu);
}

static int bind_shmem(COMPAT_SHMEM_PARAMS)
{
	struct bind_scope scope __uninitialized;
	int err;

	hook_enter(&shmem_hook);
	open_scope(&scope, inode, index);
	scope.object = inode->i_mapping;
	err = static_call(bind_shmem_original)(COMPAT_SHMEM_ARGS);
	close_scope(&scope, err);
	hook_exit(&shmem_hook);
	return err;
}

static int bind_cache(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp)
{
	struct bind_scope scope __uninitialized;
	int err;

	hook_enter(&cache_hook);
	open_scope(&scope, compat_is_kernel_file(mapping) ? NULL : mapping->host, index);
	scope.folio = folio;
	err = static_call(bind_cache_original)(mapping, folio, index, gfp);
	close_scope(&scope, err);
	hook_exit(&cache_hook);
	return err;
}

static typeof(collapse_file((struct mm_struct *)NULL, 0, NULL, 0, NULL))
bind_collapse(struct mm_struct *mm, unsigned long addr, struct file *file, pgoff_t start,
	      struct collapse_control *cc)
{
	typeof(collapse_file(mm, addr, file, start, cc)) result;
	struct bind_scope scope __uninitialized;

	hook_enter(&collapse_hook);
	open_scope(&scope, file->f_mapping->host, start);
	/* What is there is charged already: rather no huge page than another owner. */
	scope.optional = true;
	result = static_call(bind_collapse_original)(mm, addr, file, start, cc);
	close_scope(&scope, (int)result == COMPAT_SCAN_SUCCEED ? 0 : -EAGAIN);
	hook_exit(&collapse_hook);
	return result;
}

static COMPAT_FILL_RETURN bind_fill(COMPAT_FILL_PARAMS)
{
	struct bind_scope scope __uninitialized;
	COMPAT_FILL_RETURN result;

	hook_enter(&fill_hook);
	open_scope(&scope, file_inode(vma->vm_file), linear_page_index(vma, addr));
	result = static_call(bind_fill_original)(COMPAT_FILL_ARGS);
	close_scope(&scope, compat_fill_failed(result) ? -ENOSPC : 0);
	hook_exit(&fill_hook);
	return result;
}

/* ---- hooks ---- */

/* A fault that userfaultfd is told of waits for as long as a user likes, and makes no page. */
static __always_inline bool may_wait_for_user(const struct vm_area_struct *vma)
{
	return vma && (userfaultfd_missing((void *)vma) || userfaultfd_minor((void *)vma));
}

static void notrace shmem_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	const struct inode *inode = (void *)compat_hook_arg(fregs, 0);

	if ((may_be_bound(inode) || bind_in_scope()) && !may_wait_for_user(compat_shmem_vma(fregs)))
		compat_hook_redirect(fregs, (unsigned long)bind_shmem);
}

static void notrace cache_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	const struct address_space *mapping = (void *)compat_hook_arg(fregs, 0);

	if ((may_be_bound(mapping->host) && !compat_is_kernel_file(mapping)) || bind_in_scope())
		compat_hook_redirect(fregs, (unsigned long)bind_cache);
}

/* It reads what it collapses: from a filesystem that a user or a network answers for that may take for ever. */
static void notrace collapse_handler(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct file *file = (void *)compat_hook_arg(fregs, 2);
	struct address_space *mapping = file->f_mapping;

	if (may_be_bound(mapping->host) && (mapping->host->i_sb->s_bdev || shmem_mapping(mapping)))
		compat_hook_redirect(fregs, (unsigned long)bind_collapse);
}

static void notrace fill_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	const struct vm_area_struct *vma = (void *)compat_hook_arg(fregs, COMPAT_FILL_VMA_ARG);

	if (may_be_bound(file_inode(vma->vm_file)))
		compat_hook_redirect(fregs, (unsigned long)bind_fill);
}

static struct hook shmem_hook = {
	.name = "shmem_get_folio_gfp",
	.handler = shmem_handler,
	.redirects = true,
};

static struct hook cache_hook = {
	.name = "filemap_add_folio",
	.handler = cache_handler,
	.redirects = true,
};

static struct hook collapse_hook = {
	.name = "collapse_file",
	.handler = collapse_handler,
	.redirects = true,
};

static struct hook fill_hook = {
	.name = COMPAT_FILL,
	.handler = fill_handler,
	.redirects = true,
};

static struct hook *const hooks[] = { &shmem_hook, &cache_hook, &collapse_hook, &fill_hook };

/* The charge first: a scope without it does no harm, but nor any good. */
static int hook_files(struct netlink_ext_ack *extack)
{
	int err = bind_charge_hooks_get(), i;

	for (i = 0; !err && i < ARRAY_SIZE(hooks); i++) {
		err = hook_get(hooks[i]);
		if (err) {
			while (i--)
				hook_put(hooks[i]);
			bind_charge_hooks_put();
			break;
		}
	}
	if (err)
		NL_SET_ERR_MSG(
			extack,
			"a live patch or another redirect holds a function that makes memory of files");
	return err;
}

static void unhook_files(void)
{
	int i;

	for (i = ARRAY_SIZE(hooks) - 1; i >= 0; i--)
		hook_put(hooks[i]);
	bind_charge_hooks_put();
}

/* ---- marks ---- */

static void mark_ends(struct fsnotify_mark *mark, struct fsnotify_group *group)
{
	bind_ended(container_of(mark, struct binding, mark));
}

static void mark_free(struct fsnotify_mark *mark)
{
	bind_put(container_of(mark, struct binding, mark));
}

static const struct fsnotify_ops mark_ops = {
	.freeing_mark = mark_ends,
	.free_mark = mark_free,
};

static char *path_of(struct file *file)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *path, *copy;

	if (!buf)
		return NULL;
	path = file_path(file, buf, PATH_MAX);
	copy = kstrdup(IS_ERR(path) ? "" : path, GFP_KERNEL_ACCOUNT);
	kfree(buf);
	return copy;
}

static int prepare(struct binding *binding, const struct bind_request *request,
		   struct netlink_ext_ack *extack)
{
	struct inode *inode = file_cache(request->file)->host;

	if (request->on_full == MEMCGCTL_ON_FULL_FAIL && !shmem_mapping(inode->i_mapping) &&
	    inode->i_sb->s_magic != TMPFS_MAGIC) {
		NL_SET_ERR_MSG(extack, "only shared memory may fail when the target is full");
		return -EINVAL;
	}
	binding->name = path_of(request->file);
	if (!binding->name)
		return -ENOMEM;
	binding->dev = inode->i_sb->s_dev;
	if (request->kind == MEMCGCTL_BIND_MOUNT) {
		binding->object = inode->i_sb;
	} else {
		binding->object = inode;
		binding->ino = inode->i_ino;
	}
	return 0;
}

/*
 * An inode of a disk filesystem is kept by its mark, else it would be forgotten with it when memory is short; unlinking
 * and unmounting end the mark nevertheless. One of shared memory is kept by what has its memory.
 */
static int attach(struct binding *binding, const struct bind_request *request,
		  struct netlink_ext_ack *extack)
{
	struct inode *inode = file_cache(request->file)->host;
	int err;

	refcount_inc(&binding->refs);
	fsnotify_init_mark(&binding->mark, marks);
	if (binding->kind == MEMCGCTL_BIND_MOUNT) {
		err = compat_mark_sb(&binding->mark, inode->i_sb);
	} else {
		if (shmem_mapping(inode->i_mapping))
			binding->mark.flags |= FSNOTIFY_MARK_FLAG_NO_IREF;
		err = compat_mark_inode(&binding->mark, inode);
	}
	if (err) {
		NL_SET_ERR_MSG(extack, "the file could not be marked");
		fsnotify_put_mark(&binding->mark);
		return err;
	}
	binding->tied = true;
	if (binding->kind == MEMCGCTL_BIND_MOUNT)
		atomic_inc(&mounts);
	return 0;
}

static void detach(struct binding *binding)
{
	if (!binding->tied)
		return;
	if (binding->kind == MEMCGCTL_BIND_MOUNT)
		atomic_dec(&mounts);
	fsnotify_destroy_mark(&binding->mark, marks);
	fsnotify_put_mark(&binding->mark);
}

/* An object that still has a binding is not freed yet; whether it lives its own counters say. */
static bool hold(const struct binding *binding, struct bind_held *held)
{
	struct inode *inode = NULL;
	struct super_block *sb;

	if (binding->kind == MEMCGCTL_BIND_MOUNT) {
		sb = (void *)binding->object;
	} else {
		inode = (void *)binding->object;
		sb = inode->i_sb;
	}
	if (!atomic_inc_not_zero(&sb->s_active))
		return false;
	held->sb = sb;
	if (!inode)
		return true;
	held->inode = igrab(inode);
	return held->inode;
}

struct bind_class bind_file_class = {
	.hook = hook_files,
	.unhook = unhook_files,
	.prepare = prepare,
	.attach = attach,
	.detach = detach,
	.hold = hold,
};

/* ---- requests ---- */

static int open_checked(struct bind_request *request, int fd,
			const char *(*check)(struct file *file, bool admin, int *err),
			struct netlink_ext_ack *extack)
{
	struct file *file = fget(fd);
	const char *why;
	int err = 0;

	if (!file) {
		NL_SET_ERR_MSG(extack, "not an open descriptor of a file");
		return -EBADF;
	}
	why = check(file, request->admin, &err);
	if (why) {
		/* A text that stays, as NL_SET_ERR_MSG() would have it. */
		if (extack)
			extack->_msg = why;
		fput(file);
		return err;
	}
	request->file = file;
	return 0;
}

static const char *check_file(struct file *file, bool admin, int *err)
{
	*err = -EINVAL;
	if (!S_ISREG(file_inode(file)->i_mode))
		return "not a regular file";
	if (file_inode(file)->i_sb->s_magic == HUGETLBFS_MAGIC)
		return "huge pages of hugetlb have a controller of their own";
	*err = -EPERM;
	if (!admin && !(file->f_mode & FMODE_WRITE) && !compat_owns_file(file))
		return "binding a file needs its ownership, or a descriptor open for writing";
	return NULL;
}

static const char *check_mount(struct file *file, bool admin, int *err)
{
	struct super_block *sb = file_inode(file)->i_sb;

	*err = -EINVAL;
	if (file->f_path.dentry != sb->s_root)
		return "not the root directory of a filesystem";
	if (sb->s_magic == HUGETLBFS_MAGIC)
		return "huge pages of hugetlb have a controller of their own";
	if (sb->s_magic == OVERLAYFS_SUPER_MAGIC)
		return "an overlay has no memory of its own: bind a file, or a filesystem below it";
	*err = -EPERM;
	if (!admin && (sb->s_user_ns != current_user_ns() || !compat_owns_file(file)))
		return "binding a filesystem needs ownership of its root directory, and that it is mounted in the caller's user namespace";
	return NULL;
}

/** bind_may_file() - whether the caller may bind a file that is open. Return: 0, -EINVAL, -EPERM. */
int bind_may_file(struct file *file, bool admin)
{
	int err;

	return check_file(file, admin, &err) ? err : 0;
}

/**
 * bind_open_file() - a file by a descriptor
 * @request: with admin; out: kind and file, to be ended with bind_close()
 * @fd: the caller's
 * @extack: says why not
 *
 * Return: 0; -EBADF, -EINVAL, -EPERM.
 */
int bind_open_file(struct bind_request *request, int fd, struct netlink_ext_ack *extack)
{
	request->kind = MEMCGCTL_BIND_FILE;
	return open_checked(request, fd, check_file, extack);
}

/** bind_open_mount() - a filesystem by a descriptor of its root; see bind_open_file() */
int bind_open_mount(struct bind_request *request, int fd, struct netlink_ext_ack *extack)
{
	request->kind = MEMCGCTL_BIND_MOUNT;
	return open_checked(request, fd, check_mount, extack);
}

/** bind_file_init() - at module load. Return: NULL, or why this kernel's files cannot be bound. */
const char *bind_file_init(void)
{
	static char why[96];
	int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (hook_prepare(hooks[i]))
			scnprintf(why, sizeof(why), "%s was not found", hooks[i]->name);
		else if (btf_mismatch(hooks[i]->name))
			return btf_mismatch(hooks[i]->name);
		if (*why)
			return why;
	}
	marks = fsnotify_alloc_group(&mark_ops, COMPAT_MARK_GROUP_FLAGS);
	if (IS_ERR(marks)) {
		marks = NULL;
		return "no memory for marks on files";
	}
	static_call_update(bind_shmem_original,
			   (typeof(&shmem_get_folio_gfp))hook_original(&shmem_hook));
	static_call_update(bind_cache_original,
			   (typeof(&filemap_add_folio))hook_original(&cache_hook));
	static_call_update(bind_collapse_original,
			   (typeof(&collapse_file))hook_original(&collapse_hook));
	static_call_update(bind_fill_original, (typeof(&compat_fill))hook_original(&fill_hook));
	return NULL;
}

/** bind_file_exit() - at module exit: no mark is left */
void bind_file_exit(void)
{
	if (!marks)
		return;
	fsnotify_put_group(marks);
	/* Who frees them is done with our code. */
	fsnotify_wait_marks_destroyed();
}
