// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: dead groups, one message each. */
#include "dead.h"
#include "nl_private.h"

struct dump {
	struct dead_cursor cursor;
	struct viewer viewer;
};

int nl_dead_dump_start(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	*dump = (struct dump){};
	if (!is_admin(cb->skb)) {
		NL_SET_ERR_MSG(cb->extack,
			       "dead groups need CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (dead_unavailable()) {
		NL_SET_ERR_MSG(
			cb->extack,
			"this kernel lacks what listing dead groups needs; the status says what");
		return -EOPNOTSUPP;
	}
	/* Two of the longest paths fit, whatever the reader's buffer. */
	cb->min_dump_alloc = NLMSG_GOODSIZE + 2 * PATH_MAX;
	dump->viewer.admin = true;
	dump->viewer.ns = current->nsproxy->cgroup_ns;
	get_cgroup_ns(dump->viewer.ns);
	dead_begin();
	return 0;
}

int nl_dead_dump_done(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	dead_end(&dump->cursor);
	put_cgroup_ns(dump->viewer.ns);
	return 0;
}

static int put_cgroup(struct sk_buff *skb, int id_attr, int path_attr, struct cgroup *cgroup,
		      const struct viewer *viewer)
{
	return put_size(skb, id_attr, cgroup_id(cgroup)) ?: put_path(skb, path_attr, cgroup, viewer);
}

static int put_remains(struct sk_buff *skb, const struct remains *remains)
{
	const struct {
		int attr;
		u64 value;
	} values[] = {
		{ MEMCGCTL_DEAD_ANON, remains->anon },
		{ MEMCGCTL_DEAD_FILE, remains->file },
		{ MEMCGCTL_DEAD_SHMEM, remains->shmem },
		{ MEMCGCTL_DEAD_SWAP, remains->swap },
		{ MEMCGCTL_DEAD_SOCKETS, remains->sockets },
		{ MEMCGCTL_DEAD_GROUPS, remains->groups },
		{ MEMCGCTL_DEAD_REFERENCES, remains->references },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (put_size(skb, values[i].attr, values[i].value))
			return -EMSGSIZE;
	return 0;
}

static int put_entry(struct sk_buff *skb, const struct dead_entry *entry, const struct viewer *viewer)
{
	int err;

	err = put_cgroup(skb, MEMCGCTL_DEAD_ID, MEMCGCTL_DEAD_PATH, entry->css->cgroup, viewer);
	if (!err)
		err = put_cgroup(skb, MEMCGCTL_DEAD_LIVING_ID, MEMCGCTL_DEAD_LIVING_PATH,
				 entry->living, viewer);
	if (err)
		return err;
	if (entry->off && nla_put_flag(skb, MEMCGCTL_DEAD_OFF))
		return -EMSGSIZE;
	if (entry->controller)
		return nla_put_string(skb, MEMCGCTL_DEAD_CONTROLLER, entry->controller);
	return put_remains(skb, &entry->remains);
}

static int put_message(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct dead_entry *entry)
{
	struct dump *dump = (void *)cb->ctx;
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nl_family,
				   NLM_F_MULTI, MEMCGCTL_CMD_DEAD);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = put_entry(skb, entry, &dump->viewer);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

int nl_dead_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;
	struct dead_entry entry;
	int err;

	while (dead_next(&dump->cursor, &entry)) {
		err = put_message(skb, cb, &entry);
		if (err) {
			/* What did not fit begins the next message; what fits in no message is an error. */
			dead_put(&entry);
			return err == -EMSGSIZE && skb->len ? skb->len : err;
		}
		dead_go_on(&dump->cursor, &entry);
		cond_resched();
	}
	return skb->len;
}
