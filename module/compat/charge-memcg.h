/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners of folios up to 6.x: the group itself. See charge.h. */

#ifdef COMPAT_SPLIT_PAGE
#define COMPAT_CHARGE_SYMBOLS(S)                                                                   \
	S(__mod_lruvec_state, SYM_CLAIM)                                                           \
	S(deferred_split_huge_page, SYM_CLAIM)
#else
#define COMPAT_CHARGE_SYMBOLS(S)                                                                   \
	S(__mod_lruvec_state, SYM_CLAIM)                                                           \
	S(deferred_split_folio, SYM_CLAIM)
#endif
/* A folio holds a reference on its group itself. */
#define COMPAT_PAGES_HOLD_GROUP 1

static inline compat_owner_t compat_owner_of_group(struct mem_cgroup *memcg, int nid)
{
	css_get(&memcg->css);
	return (compat_owner_t)memcg;
}

static inline struct mem_cgroup *compat_owner_after(struct mem_cgroup *gone)
{
	return gone;
}

static inline struct mem_cgroup *compat_owner_group(compat_owner_t owner)
{
	return (struct mem_cgroup *)owner;
}

static inline bool compat_owner_is_root(compat_owner_t owner)
{
	return !parent_mem_cgroup(compat_owner_group(owner));
}

static inline void compat_owner_get(compat_owner_t owner)
{
	css_get(&compat_owner_group(owner)->css);
}

static inline void compat_owner_put_many(compat_owner_t owner, unsigned int nr)
{
	css_put_many(&compat_owner_group(owner)->css, nr);
}

#define compat_mod_lruvec_state(call, lruvec, item, nr)                                            \
	do {                                                                                       \
		unsigned long irq_flags;                                                           \
                                                                                                   \
		local_irq_save(irq_flags);                                                         \
		call(__mod_lruvec_state)(lruvec, item, nr);                                        \
		local_irq_restore(irq_flags);                                                      \
	} while (0)
