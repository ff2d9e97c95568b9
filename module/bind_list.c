// SPDX-License-Identifier: GPL-2.0-only
/* Bindings: what they are right now, for who asks. */
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "bind_private.h"
#include "core/group.h"

static int fill_shares(struct bind_entry *entry, struct binding *binding)
{
	struct mem_cgroup *memcg;
	unsigned int i;
	int reader;

	entry->shares = kcalloc(binding->targets, sizeof(*entry->shares), GFP_KERNEL);
	if (!entry->shares)
		return -ENOMEM;
	entry->targets = binding->targets;
	reader = srcu_read_lock(&bind_srcu);
	for (i = 0; i < binding->targets; i++) {
		rcu_read_lock();
		memcg = READ_ONCE(binding->target[i].memcg);
		if (memcg && css_tryget_online(&memcg->css))
			entry->shares[i].memcg = memcg;
		rcu_read_unlock();
		entry->shares[i].weight = binding->target[i].weight;
	}
	memcg = READ_ONCE(binding->heir);
	if (memcg && css_tryget_online(&memcg->css))
		entry->heir = memcg;
	srcu_read_unlock(&bind_srcu, reader);
	return 0;
}

static u64 pages_redirected(const struct binding *binding)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < binding->targets; i++)
		pages += atomic_long_read(&binding->target[i].charged);
	return pages;
}

/* Takes over a reference of the binding, also when it fails. */
static int fill_entry(struct bind_entry *entry, struct binding *binding)
{
	int err;

	*entry = (struct bind_entry){
		.id = binding->id,
		.kind = binding->kind,
		.name = binding->name,
		.pid = binding->pid,
		.dev = binding->dev,
		.ino = binding->ino,
		.start = (u64)binding->first << PAGE_SHIFT,
		.end = binding->last == ULONG_MAX ? MEMCGCTL_SIZE_MAX
						  : ((u64)binding->last + 1) << PAGE_SHIFT,
		.on_death = binding->on_death,
		.on_full = binding->on_full,
		.follow = binding->follow,
		.redirected = pages_redirected(binding) << PAGE_SHIFT,
		.fell_back = (u64)atomic_long_read(&binding->fell_back) << PAGE_SHIFT,
		.binding = binding,
	};
	err = fill_shares(entry, binding);
	if (err)
		bind_put(binding);
	return err;
}

/**
 * bind_next() - the bindings one by one, by id
 * @cursor: 0 to begin; goes on from there, whatever came and went meanwhile
 * @user: whose
 * @admin: everybody's
 * @entry: out; to be ended with bind_entry_put()
 *
 * Context: may sleep. Return: 1; 0 after the last; -ENOMEM.
 */
int bind_next(u32 *cursor, kuid_t user, bool admin, struct bind_entry *entry)
{
	struct binding *binding;
	unsigned long id = *cursor;
	int err;

	spin_lock(&bind_table_lock);
	xa_for_each_start(&bind_all, id, binding, id + 1)
		if (admin || uid_eq(binding->user, user))
			break;
	if (binding)
		refcount_inc(&binding->refs);
	spin_unlock(&bind_table_lock);
	if (!binding)
		return 0;
	*cursor = binding->id;
	err = fill_entry(entry, binding);
	return err ?: 1;
}

/**
 * bind_get() - one binding, and its object
 * @id: whose
 * @admin: the caller may see those of others
 * @entry: out; to be ended with bind_entry_put()
 * @held: out; to be ended with bind_held_put()
 *
 * Context: may sleep. Return: 0; -ENOENT when there is none, it is not the caller's, or its object is going; -ENOMEM.
 */
int bind_get(u32 id, bool admin, struct bind_entry *entry, struct bind_held *held)
{
	struct binding *binding;
	bool lives = false;
	int err;

	memset(held, 0, sizeof(*held));
	spin_lock(&bind_table_lock);
	binding = xa_load(&bind_all, id);
	if (binding && (admin || uid_eq(binding->user, current_fsuid()))) {
		refcount_inc(&binding->refs);
		lives = binding->class->hold(binding, held);
	} else {
		binding = NULL;
	}
	spin_unlock(&bind_table_lock);
	if (!binding)
		return -ENOENT;
	if (!lives) {
		bind_put(binding);
		bind_held_put(held);
		return -ENOENT;
	}
	err = fill_entry(entry, binding);
	if (err)
		bind_held_put(held);
	return err;
}

/** bind_held_put() - end of the use of an object; whoever is the last to use it ends it here */
void bind_held_put(struct bind_held *held)
{
	if (held->mm)
		mmput(held->mm);
	if (held->inode)
		iput(held->inode);
	if (held->sb)
		deactivate_super(held->sb);
}

/** bind_entry_put() - end of the use of an entry */
void bind_entry_put(struct bind_entry *entry)
{
	unsigned int i;

	for (i = 0; i < entry->targets; i++)
		if (entry->shares[i].memcg)
			css_put(&entry->shares[i].memcg->css);
	if (entry->heir)
		css_put(&entry->heir->css);
	kfree(entry->shares);
	bind_put(entry->binding);
}
