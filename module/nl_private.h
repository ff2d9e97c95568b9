/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink, inside: what the files of nl share. */
#ifndef MEMCGCTL_NL_PRIVATE_H
#define MEMCGCTL_NL_PRIVATE_H

#include <linux/memcontrol.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "core/group.h"
#include "uapi/memcgctl.h"

extern struct genl_family nl_family;

/* Names of groups in replies are as this caller sees them. */
struct viewer {
	struct cgroup_namespace *ns;
	bool admin;
};

static inline bool is_admin(const struct sk_buff *request)
{
	return netlink_capable(request, CAP_SYS_ADMIN);
}

/* Whether an attribute is missing, which is then said in words: the kernel has only a number for it. */
#define missing(info, attr, what)                                                                  \
	({                                                                                         \
		bool __missing = GENL_REQ_ATTR_CHECK(info, attr);                                  \
		if (__missing)                                                                     \
			NL_SET_ERR_MSG((info)->extack, "the request lacks " what);                 \
		__missing;                                                                         \
	})

/* The attribute for alignment is 0 everywhere. */
static inline int put_size(struct sk_buff *skb, int attr, u64 size)
{
	return nla_put_u64_64bit(skb, attr, size, MEMCGCTL_STATUS_PAD);
}

int put_path(struct sk_buff *skb, int attr, struct cgroup *cgroup, const struct viewer *viewer);
struct sk_buff *reply_new(struct genl_info *info, void **header);
int reply_send(struct sk_buff *skb, void *header, struct genl_info *info, int err);

/* nl_claim.c */
extern const struct nla_policy nl_claim_policy[MEMCGCTL_CLAIM_ANCESTOR_FD + 1];
int nl_claim_doit(struct sk_buff *request, struct genl_info *info);

/* nl_charged.c */
int nl_charged_dump_start(struct netlink_callback *cb);
int nl_charged_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_charged_dump_done(struct netlink_callback *cb);

/* nl_attribution.c */
extern const struct nla_policy nl_attribution_policy[MEMCGCTL_ATTRIBUTION_MAX + 1];
int nl_attribution_dump_start(struct netlink_callback *cb);
int nl_attribution_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_attribution_dump_done(struct netlink_callback *cb);

/* nl_dead.c */
int nl_dead_dump_start(struct netlink_callback *cb);
int nl_dead_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_dead_dump_done(struct netlink_callback *cb);

/* nl_bind.c */
extern const struct nla_policy nl_bind_policy[MEMCGCTL_BIND_ATTR_MAX + 1];
extern const struct nla_policy nl_unbind_policy[MEMCGCTL_BIND_ID + 1];
int nl_bind_doit(struct sk_buff *request, struct genl_info *info);
int nl_bind_dump_start(struct netlink_callback *cb);
int nl_bind_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int nl_bind_dump_done(struct netlink_callback *cb);
int nl_unbind_doit(struct sk_buff *request, struct genl_info *info);

#endif
