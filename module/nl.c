// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink: requests to structs, structs to replies. uapi/memcgctl.h is the specification;
 * features see no attribute.
 */
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "attribution.h"
#include "bind.h"
#include "claim.h"
#include "dead.h"
#include "core/event.h"
#include "core/group.h"
#include "core/hook.h"
#include "core/sym.h"
#include "kmem.h"
#include "madvise.h"
#include "nl.h"
#include "nl_private.h"

/* init_cgroup_ns: the whole tree */
static struct cgroup_namespace *init_ns;

enum { EVENTS_GROUP };

static const struct genl_multicast_group groups[] = {
	[EVENTS_GROUP] = { .name = MEMCGCTL_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

static void put_path_in_place(struct sk_buff *skb, int attr, struct cgroup *cgroup,
			      const struct viewer *viewer)
{
	struct nlattr *nla = nla_reserve(skb, attr, PATH_MAX);
	int len = group_path(cgroup, viewer->ns, nla_data(nla), PATH_MAX);

	if (len < 0) {
		nlmsg_trim(skb, nla);
		return;
	}
	nla->nla_len = nla_attr_size(len + 1);
	memset((char *)nla_data(nla) + len, 0, 1 + nla_padlen(len + 1));
	nlmsg_trim(skb, (char *)nla + nla_total_size(len + 1));
}

/**
 * put_path() - the path of a group as an attribute
 *
 * One that is longer than any path is left out: whoever may make groups must not end a list of them for others.
 *
 * Context: may sleep. Return: 0 or a negative errno: not -ENOMEM where there is room for any path, as in a new reply.
 */
int put_path(struct sk_buff *skb, int attr, struct cgroup *cgroup, const struct viewer *viewer)
{
	int err = 0;
	char *path;

	if (skb_tailroom(skb) >= nla_total_size(PATH_MAX)) {
		put_path_in_place(skb, attr, cgroup, viewer);
		return 0;
	}
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	if (group_path(cgroup, viewer->ns, path, PATH_MAX) >= 0)
		err = nla_put_string(skb, attr, path);
	kfree(path);
	return err;
}

/* ---- status ---- */

struct hook_arg {
	struct sk_buff *skb;
	int err;
};

static void put_hook(const struct hook *hook, void *p)
{
	struct hook_arg *arg = p;
	struct nlattr *nest;

	if (arg->err)
		return;
	nest = nla_nest_start(arg->skb, MEMCGCTL_STATUS_HOOK);
	if (!nest || nla_put_string(arg->skb, MEMCGCTL_HOOK_NAME, hook->name) ||
	    nla_put_u8(arg->skb, MEMCGCTL_HOOK_LIVE, hook->users > 0)) {
		arg->err = -EMSGSIZE;
		return;
	}
	nla_nest_end(arg->skb, nest);
}

static int put_feature(struct sk_buff *skb, const char *name, const char *reason)
{
	struct nlattr *nest = nla_nest_start(skb, MEMCGCTL_STATUS_FEATURE);

	if (!nest || nla_put_string(skb, MEMCGCTL_FEATURE_NAME, name) ||
	    (reason && nla_put_string(skb, MEMCGCTL_FEATURE_REASON, reason)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int status_fill(struct sk_buff *skb)
{
	struct hook_arg arg = { .skb = skb };

	if (nla_put_string(skb, MEMCGCTL_STATUS_VERSION, THIS_MODULE->version) ||
	    put_feature(skb, "kmem", kmem_unavailable()) ||
	    put_feature(skb, "claim", claim_unavailable()) ||
	    put_feature(skb, "drain", claim_dead_unavailable()) ||
	    put_feature(skb, "bind", bind_unavailable()) ||
	    put_feature(skb, "follow", bind_follow_unavailable()) ||
	    put_feature(skb, "madvise", madvise_unavailable()) ||
	    put_feature(skb, "attribution", attribution_unavailable()) ||
	    put_feature(skb, "dead", dead_unavailable()) ||
	    nla_put_u32(skb, MEMCGCTL_STATUS_GROUPS, kmem_groups()))
		return -EMSGSIZE;
	hook_for_each(put_hook, &arg);
	return arg.err;
}

/** reply_new() - begin a reply of any kind. Return: NULL when there is no memory. */
struct sk_buff *reply_new(struct genl_info *info, void **header)
{
	/* Room for two paths: a group's, and that of the one whose limit it meets first. */
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE + 2 * PATH_MAX, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &nl_family, 0, info->genlhdr->cmd);
	if (!*header) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/** reply_send() - end it: attributes were put in, or that failed with @err */
int reply_send(struct sk_buff *skb, void *header, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int status_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;

	skb = reply_new(info, &header);
	if (!skb)
		return -ENOMEM;
	return reply_send(skb, header, info, status_fill(skb));
}

/* ---- kmem ---- */

static const struct nla_policy kmem_get_policy[] = {
	[MEMCGCTL_KMEM_FD] = { .type = NLA_U32 },
};

static const struct nla_policy kmem_set_policy[] = {
	[MEMCGCTL_KMEM_FD] = { .type = NLA_U32 },
	[MEMCGCTL_KMEM_LIMIT] = { .type = NLA_U64 },
	[MEMCGCTL_KMEM_MODE] = NLA_POLICY_MAX(NLA_U8, MEMCGCTL_KMEM_MODE_MAX),
};

static int kmem_fill(struct sk_buff *skb, const struct kmem_entry *e, const struct viewer *viewer)
{
	const struct {
		int attr;
		u64 value;
	} values[] = {
		{ MEMCGCTL_KMEM_ID, group_id(e->memcg) },
		{ MEMCGCTL_KMEM_LIMIT, e->limit },
		{ MEMCGCTL_KMEM_USAGE, e->usage },
		{ MEMCGCTL_KMEM_PEAK, e->peak },
		{ MEMCGCTL_KMEM_EFFECTIVE, e->effective },
		{ MEMCGCTL_KMEM_EFFECTIVE_ID, group_id(e->effective_memcg) },
		{ MEMCGCTL_KMEM_BREACHES, e->breaches },
		{ MEMCGCTL_KMEM_FAILED, e->failed },
		{ MEMCGCTL_KMEM_FORCED, e->forced },
		{ MEMCGCTL_KMEM_SHRUNK, e->shrunk },
		{ MEMCGCTL_KMEM_THROTTLED, e->throttled },
		{ MEMCGCTL_KMEM_OOM_KILLS, e->oom_kills },
		{ MEMCGCTL_KMEM_NO_VICTIM, e->no_victim },
	};
	int err, i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (put_size(skb, values[i].attr, values[i].value))
			return -EMSGSIZE;
	if (nla_put_u8(skb, MEMCGCTL_KMEM_MODE, e->mode))
		return -EMSGSIZE;
	err = put_path(skb, MEMCGCTL_KMEM_PATH, e->memcg->css.cgroup, viewer);
	if (!err && (viewer->admin || group_visible(e->effective_memcg, viewer->ns)))
		err = put_path(skb, MEMCGCTL_KMEM_EFFECTIVE_PATH, e->effective_memcg->css.cgroup,
			       viewer);
	return err;
}

/* Takes over the reply. */
static int kmem_reply(struct sk_buff *skb, void *header, struct genl_info *info,
		      struct mem_cgroup *memcg, const struct viewer *viewer)
{
	struct kmem_entry entry;
	int err;

	err = kmem_limit_get(memcg, &entry);
	if (err)
		return reply_send(skb, header, info, err);
	err = reply_send(skb, header, info, kmem_fill(skb, &entry, viewer));
	kmem_entry_put(&entry);
	return err;
}

static struct mem_cgroup *kmem_group_of(struct genl_info *info, bool write, bool admin)
{
	if (missing(info, MEMCGCTL_KMEM_FD, "a descriptor of memory.max"))
		return ERR_PTR(-EINVAL);
	return group_from_fd(nla_get_u32(info->attrs[MEMCGCTL_KMEM_FD]), "memory.max", write, admin,
			     info->extack);
}

static int kmem_get_doit(struct sk_buff *request, struct genl_info *info)
{
	const struct viewer viewer = { current->nsproxy->cgroup_ns, is_admin(request) };
	struct mem_cgroup *memcg = kmem_group_of(info, false, viewer.admin);
	struct sk_buff *skb;
	void *header;
	int err;

	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	skb = reply_new(info, &header);
	err = skb ? kmem_reply(skb, header, info, memcg, &viewer) : -ENOMEM;
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "the group has no kmem limit of its own");
	css_put(&memcg->css);
	return err;
}

static int kmem_set_doit(struct sk_buff *request, struct genl_info *info)
{
	const struct viewer viewer = { current->nsproxy->cgroup_ns, is_admin(request) };
	enum memcgctl_kmem_mode mode = MEMCGCTL_KMEM_ENFORCE;
	struct mem_cgroup *memcg;
	struct sk_buff *skb;
	void *header;
	u64 limit;
	int err;

	if (missing(info, MEMCGCTL_KMEM_LIMIT, "a limit"))
		return -EINVAL;
	limit = nla_get_u64(info->attrs[MEMCGCTL_KMEM_LIMIT]);
	if (info->attrs[MEMCGCTL_KMEM_MODE])
		mode = nla_get_u8(info->attrs[MEMCGCTL_KMEM_MODE]);
	memcg = kmem_group_of(info, true, viewer.admin);
	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	/* Made before, so that a limit that was set is not an error. */
	skb = reply_new(info, &header);
	err = skb ? kmem_limit_set(memcg, limit, mode, info->extack) : -ENOMEM;
	if (!err && limit != MEMCGCTL_SIZE_MAX) {
		err = kmem_reply(skb, header, info, memcg, &viewer);
		skb = NULL;
		if (err == -ENOENT) {
			NL_SET_ERR_MSG(
				info->extack,
				"another request cleared the limit at the same time: try again");
			err = -EBUSY;
		}
	}
	nlmsg_free(skb);
	css_put(&memcg->css);
	return err;
}

/* Who asked for a dump is decided at its start: what follows may be read by somebody else. */
struct dump {
	unsigned long cursor;
	struct viewer viewer;
};

static int kmem_dump_start(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	dump->cursor = 0;
	dump->viewer.admin = is_admin(cb->skb);
	dump->viewer.ns = current->nsproxy->cgroup_ns;
	get_cgroup_ns(dump->viewer.ns);
	return 0;
}

static int kmem_dump_done(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	put_cgroup_ns(dump->viewer.ns);
	return 0;
}

static int kmem_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct kmem_entry *entry)
{
	struct dump *dump = (void *)cb->ctx;
	void *header;
	int err;

	if (!dump->viewer.admin && !group_visible(entry->memcg, dump->viewer.ns))
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nl_family,
			     NLM_F_MULTI, MEMCGCTL_CMD_KMEM_GET);
	if (!header)
		return -EMSGSIZE;
	err = kmem_fill(skb, entry, &dump->viewer);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

static int kmem_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;
	unsigned long cursor = dump->cursor;
	struct kmem_entry entry;
	int err = 0;

	while (!err && kmem_limit_next(&cursor, &entry)) {
		err = kmem_dump_one(skb, cb, &entry);
		kmem_entry_put(&entry);
		if (!err)
			dump->cursor = cursor;
	}
	/* What did not fit begins the next message; what fits in no message is an error. */
	return err == -EMSGSIZE && skb->len ? skb->len : err ?: skb->len;
}

/* ---- events ---- */

static int event_fill(struct sk_buff *skb, const struct event *event)
{
	const struct viewer viewer = { init_ns, true };

	if (nla_put_u8(skb, MEMCGCTL_EVENT_KIND, event->kind) ||
	    put_size(skb, MEMCGCTL_EVENT_ID, group_id(event->memcg)) ||
	    put_size(skb, MEMCGCTL_EVENT_COUNT, event->count) ||
	    put_size(skb, MEMCGCTL_EVENT_USAGE, event->usage) ||
	    put_size(skb, MEMCGCTL_EVENT_LIMIT, event->limit))
		return -EMSGSIZE;
	return put_path(skb, MEMCGCTL_EVENT_PATH, event->memcg->css.cgroup, &viewer);
}

static void nl_event_send(const struct event *event)
{
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&nl_family, &init_net, EVENTS_GROUP))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE + PATH_MAX, GFP_KERNEL);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &nl_family, 0, MEMCGCTL_CMD_EVENT);
	if (!header || event_fill(skb, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&nl_family, skb, 0, EVENTS_GROUP, GFP_KERNEL);
}

/*
 * Whether the caller may listen. The kernel asks for the capability in the listener's own network namespace only,
 * so that one in a container would join, and wait for ever for what is sent in the first.
 */
static int event_doit(struct sk_buff *request, struct genl_info *info)
{
	if (!is_admin(request)) {
		NL_SET_ERR_MSG(info->extack,
			       "events need CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (genl_info_net(info) != &init_net) {
		NL_SET_ERR_MSG(info->extack, "events are told in the initial network namespace only");
		return -EPERM;
	}
	return 0;
}

/* ---- the family ---- */

/* For requests without attributes. An empty one would not be looked at, and let everything through. */
static const struct nla_policy no_policy[] = {
	[MEMCGCTL_STATUS_PAD] = { .type = NLA_REJECT },
	[MEMCGCTL_STATUS_VERSION] = { .type = NLA_REJECT },
};

static const struct genl_ops ops[] = {
	{
		.cmd = MEMCGCTL_CMD_STATUS,
		.doit = status_doit,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_KMEM_GET,
		.doit = kmem_get_doit,
		.start = kmem_dump_start,
		.dumpit = kmem_dumpit,
		.done = kmem_dump_done,
		.policy = kmem_get_policy,
		.maxattr = ARRAY_SIZE(kmem_get_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_KMEM_SET,
		.doit = kmem_set_doit,
		.policy = kmem_set_policy,
		.maxattr = ARRAY_SIZE(kmem_set_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_CLAIM,
		.doit = nl_claim_doit,
		.policy = nl_claim_policy,
		.maxattr = MEMCGCTL_CLAIM_ANCESTOR_FD,
	},
	{
		.cmd = MEMCGCTL_CMD_BIND,
		.doit = nl_bind_doit,
		.start = nl_bind_dump_start,
		.dumpit = nl_bind_dumpit,
		.done = nl_bind_dump_done,
		.policy = nl_bind_policy,
		.maxattr = ARRAY_SIZE(nl_bind_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_UNBIND,
		.doit = nl_unbind_doit,
		.policy = nl_unbind_policy,
		.maxattr = ARRAY_SIZE(nl_unbind_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_ATTRIBUTION,
		.start = nl_attribution_dump_start,
		.dumpit = nl_attribution_dumpit,
		.done = nl_attribution_dump_done,
		.policy = nl_attribution_policy,
		.maxattr = ARRAY_SIZE(nl_attribution_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_DEAD,
		.start = nl_dead_dump_start,
		.dumpit = nl_dead_dumpit,
		.done = nl_dead_dump_done,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_CHARGED,
		.start = nl_charged_dump_start,
		.dumpit = nl_charged_dumpit,
		.done = nl_charged_dump_done,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
	{
		.cmd = MEMCGCTL_CMD_EVENT,
		.doit = event_doit,
		.policy = no_policy,
		.maxattr = ARRAY_SIZE(no_policy) - 1,
	},
};

struct genl_family nl_family = {
	.name = MEMCGCTL_GENL_NAME,
	.version = MEMCGCTL_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = MEMCGCTL_CMD_STATUS,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/** nl_init() - at module load, when every feature is ready */
int nl_init(void)
{
	init_ns = (struct cgroup_namespace *)sym_address("init_cgroup_ns");
	if (!init_ns)
		return -EOPNOTSUPP;
	event_send = nl_event_send;
	return genl_register_family(&nl_family);
}

/** nl_exit() - at module exit, before any feature ends; no request is running when it returns */
void nl_exit(void)
{
	genl_unregister_family(&nl_family);
}
