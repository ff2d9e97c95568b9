// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: what all groups are charged with, many in a message. */
#include "charged.h"
#include "nl_private.h"

/* What a message has room for whatever the reader's buffer. */
#define GROUPS_MIN 128

int nl_charged_dump_start(struct netlink_callback *cb)
{
	struct charged_cursor *cursor = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	*cursor = (struct charged_cursor){};
	if (!is_admin(cb->skb)) {
		NL_SET_ERR_MSG(cb->extack,
			       "all groups at once need CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	cb->min_dump_alloc = NLMSG_GOODSIZE + GROUPS_MIN * sizeof(struct memcgctl_charged);
	return 0;
}

int nl_charged_dump_done(struct netlink_callback *cb)
{
	charged_end((void *)cb->ctx);
	return 0;
}

/* Each call sends one message, with as many groups as fit. */
int nl_charged_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct charged_cursor *cursor = (void *)cb->ctx;
	struct nlattr *groups;
	u32 room, n = 0;
	void *header;

	if (cursor->done)
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nl_family,
			     NLM_F_MULTI, MEMCGCTL_CMD_CHARGED);
	if (!header)
		return -EMSGSIZE;
	room = min_t(u32, skb_tailroom(skb), U16_MAX);
	room = (room - NLA_HDRLEN) / sizeof(struct memcgctl_charged);
	groups = nla_reserve(skb, MEMCGCTL_CHARGED_GROUPS, room * sizeof(struct memcgctl_charged));
	if (!groups)
		return -EMSGSIZE;
	while (n < room && !cursor->done) {
		n += charged_next(cursor, nla_data(groups) + n * sizeof(struct memcgctl_charged),
				  room - n);
		cond_resched();
	}
	groups->nla_len = nla_attr_size(n * sizeof(struct memcgctl_charged));
	nlmsg_trim(skb, (char *)groups + groups->nla_len);
	genlmsg_end(skb, header);
	return skb->len;
}
