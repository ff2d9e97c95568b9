/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners of folios from 7.x on: an object of the group and the node, which is handed to the parent at offline. */

#define COMPAT_CHARGE_SYMBOLS(S)                                                                   \
	S(mod_lruvec_state, SYM_CLAIM)                                                             \
	S(memcg_list_lru_alloc, SYM_CLAIM)
#define COMPAT_PAGES_HOLD_GROUP 0

static inline struct obj_cgroup *compat_owner_object(compat_owner_t owner)
{
	return (struct obj_cgroup *)owner;
}

/*
 * When the group is just going, its memory goes to the parent, so the owner is the parent's. The root's
 * folios are not charged, so instead of another group's it is none.
 */
static inline compat_owner_t compat_owner_of_group(struct mem_cgroup *memcg, int nid)
{
	bool root = !parent_mem_cgroup(memcg);
	struct obj_cgroup *objcg = NULL;

	rcu_read_lock();
	for (; memcg; memcg = parent_mem_cgroup(memcg)) {
		objcg = rcu_dereference(memcg->nodeinfo[nid]->objcg);
		if (objcg && obj_cgroup_tryget(objcg))
			break;
		objcg = NULL;
	}
	rcu_read_unlock();
	if (objcg && obj_cgroup_is_root(objcg) && !root) {
		obj_cgroup_put(objcg);
		objcg = NULL;
	}
	return (compat_owner_t)objcg;
}

/* Who pays for what was charged to a group that has gone. */
static inline struct mem_cgroup *compat_owner_after(struct mem_cgroup *gone)
{
	return parent_mem_cgroup(gone);
}

static inline struct mem_cgroup *compat_owner_group(compat_owner_t owner)
{
	return obj_cgroup_memcg(compat_owner_object(owner));
}

static inline bool compat_owner_is_root(compat_owner_t owner)
{
	return obj_cgroup_is_root(compat_owner_object(owner));
}

static inline void compat_owner_get(compat_owner_t owner)
{
	obj_cgroup_get(compat_owner_object(owner));
}

static inline void compat_owner_put_many(compat_owner_t owner, unsigned int nr)
{
	percpu_ref_put_many(&compat_owner_object(owner)->refcnt, nr);
}

#define compat_mod_lruvec_state(call, lruvec, item, nr) call(mod_lruvec_state)(lruvec, item, nr)
