// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: bindings. uapi/memcgctl.h is the specification. */
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>

#include "bind.h"
#include "nl_private.h"

static const struct nla_policy target_policy[] = {
	[MEMCGCTL_TARGET_FD] = { .type = NLA_U32 },
	[MEMCGCTL_TARGET_ANCESTOR_FD] = { .type = NLA_U32 },
	[MEMCGCTL_TARGET_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
};

#define TARGET_ATTR_MAX (ARRAY_SIZE(target_policy) - 1)

const struct nla_policy nl_bind_policy[MEMCGCTL_BIND_ATTR_MAX + 1] = {
	[MEMCGCTL_BIND_FD] = { .type = NLA_U32 },
	[MEMCGCTL_BIND_MOUNT_FD] = { .type = NLA_U32 },
	[MEMCGCTL_BIND_PIDFD] = { .type = NLA_U32 },
	[MEMCGCTL_BIND_START] = { .type = NLA_U64 },
	[MEMCGCTL_BIND_END] = { .type = NLA_U64 },
	[MEMCGCTL_BIND_TARGET] = NLA_POLICY_NESTED(target_policy),
	[MEMCGCTL_BIND_ON_DEATH] = NLA_POLICY_MAX(NLA_U8, MEMCGCTL_ON_DEATH_MAX),
	[MEMCGCTL_BIND_HEIR] = NLA_POLICY_NESTED(target_policy),
	[MEMCGCTL_BIND_ON_FULL] = NLA_POLICY_MAX(NLA_U8, MEMCGCTL_ON_FULL_MAX),
	[MEMCGCTL_BIND_FOLLOW] = { .type = NLA_NUL_STRING, .len = MEMCGCTL_BIND_FOLLOW_SIZE - 1 },
	/* Of replies only. */
	[MEMCGCTL_BIND_ID] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_KIND] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_NAME] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_PID] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_DEV] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_INO] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_REDIRECTED] = { .type = NLA_REJECT },
	[MEMCGCTL_BIND_FELL_BACK] = { .type = NLA_REJECT },
};

const struct nla_policy nl_unbind_policy[MEMCGCTL_BIND_ID + 1] = {
	[MEMCGCTL_BIND_ID] = { .type = NLA_U32 },
};

/* ---- requests ---- */

/* The group of a nested attribute, with a css reference. */
static struct mem_cgroup *target_of(const struct nlattr *nest, bool admin, u32 *weight,
				    struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[TARGET_ATTR_MAX + 1];
	const struct nlattr *ancestor;
	int err;

	err = nla_parse_nested(attrs, TARGET_ATTR_MAX, nest, target_policy, extack);
	if (err)
		return ERR_PTR(err);
	if (!attrs[MEMCGCTL_TARGET_FD]) {
		NL_SET_ERR_MSG(extack, "a target lacks a descriptor of its cgroup.procs");
		return ERR_PTR(-EINVAL);
	}
	if (attrs[MEMCGCTL_TARGET_WEIGHT] && !weight) {
		NL_SET_ERR_MSG(extack, "an heir has no weight");
		return ERR_PTR(-EINVAL);
	}
	if (weight)
		*weight = attrs[MEMCGCTL_TARGET_WEIGHT] ? nla_get_u32(attrs[MEMCGCTL_TARGET_WEIGHT])
							: 1;
	ancestor = attrs[MEMCGCTL_TARGET_ANCESTOR_FD];
	return group_target_from_fd(nla_get_u32(attrs[MEMCGCTL_TARGET_FD]),
				    ancestor ? (int)nla_get_u32(ancestor) : -1, admin, extack);
}

static void put_targets(struct bind_request *request)
{
	while (request->targets)
		css_put(&request->shares[--request->targets].memcg->css);
	kfree(request->shares);
	if (request->heir)
		css_put(&request->heir->css);
}

static int targets_of(struct genl_info *info, struct bind_request *request)
{
	const struct nlattr *attr;
	struct mem_cgroup *memcg;
	u32 weight;
	int rem;

	if (missing(info, MEMCGCTL_BIND_TARGET, "a target"))
		return -EINVAL;
	request->shares = kcalloc(MEMCGCTL_BIND_TARGETS, sizeof(*request->shares), GFP_KERNEL);
	if (!request->shares)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN + nl_family.hdrsize, rem) {
		if (nla_type(attr) != MEMCGCTL_BIND_TARGET)
			continue;
		if (request->targets == MEMCGCTL_BIND_TARGETS) {
			NL_SET_ERR_MSG(info->extack, "too many targets");
			return -ENOSPC;
		}
		memcg = target_of(attr, request->admin, &weight, info->extack);
		if (IS_ERR(memcg))
			return PTR_ERR(memcg);
		request->shares[request->targets++] = (struct bind_share){ memcg, weight };
	}
	return 0;
}

static int heir_of(struct genl_info *info, struct bind_request *request)
{
	const struct nlattr *heir = info->attrs[MEMCGCTL_BIND_HEIR];
	struct mem_cgroup *memcg;

	if (!heir != (request->on_death != MEMCGCTL_ON_DEATH_GROUP)) {
		NL_SET_ERR_MSG(info->extack, "an heir goes with on-death group, and only with that");
		return -EINVAL;
	}
	if (!heir)
		return 0;
	memcg = target_of(heir, request->admin, NULL, info->extack);
	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	request->heir = memcg;
	return 0;
}

static int range_of(struct genl_info *info, struct bind_request *request)
{
	const struct nlattr *start = info->attrs[MEMCGCTL_BIND_START],
			    *end = info->attrs[MEMCGCTL_BIND_END];

	if (info->attrs[MEMCGCTL_BIND_MOUNT_FD]) {
		if (!start && !end)
			return 0;
		NL_SET_ERR_MSG(info->extack, "a filesystem is bound as a whole");
		return -EINVAL;
	}
	if (missing(info, MEMCGCTL_BIND_START, "the start of a range") ||
	    missing(info, MEMCGCTL_BIND_END, "the end of a range"))
		return -EINVAL;
	request->start = nla_get_u64(start);
	request->end = nla_get_u64(end);
	if (request->start & ~PAGE_MASK ||
	    (request->end & ~PAGE_MASK && request->end != MEMCGCTL_SIZE_MAX)) {
		NL_SET_ERR_MSG(info->extack, "the range does not begin and end at a page");
		return -EINVAL;
	}
	if (request->start >= request->end) {
		NL_SET_ERR_MSG(info->extack, "the range is empty");
		return -EINVAL;
	}
	return 0;
}

static int policies_of(struct genl_info *info, struct bind_request *request)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[MEMCGCTL_BIND_ON_DEATH])
		request->on_death = nla_get_u8(attrs[MEMCGCTL_BIND_ON_DEATH]);
	if (attrs[MEMCGCTL_BIND_ON_FULL])
		request->on_full = nla_get_u8(attrs[MEMCGCTL_BIND_ON_FULL]);
	if (!attrs[MEMCGCTL_BIND_FOLLOW])
		return 0;
	request->follow = nla_data(attrs[MEMCGCTL_BIND_FOLLOW]);
	if (!request->admin) {
		NL_SET_ERR_MSG(
			info->extack,
			"following a pattern needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (request->targets != 1) {
		NL_SET_ERR_MSG(info->extack, "only one target can follow a pattern");
		return -EINVAL;
	}
	return 0;
}

static int object_of(struct genl_info *info, struct bind_request *request)
{
	struct nlattr **attrs = info->attrs;
	const struct nlattr *fd = attrs[MEMCGCTL_BIND_FD], *mount = attrs[MEMCGCTL_BIND_MOUNT_FD];

	if (!!fd + !!mount + !!attrs[MEMCGCTL_BIND_PIDFD] != 1) {
		NL_SET_ERR_MSG(info->extack, "one of a file, a filesystem and a process is bound");
		return -EINVAL;
	}
	if (fd)
		return bind_open_file(request, nla_get_u32(fd), info->extack);
	if (mount)
		return bind_open_mount(request, nla_get_u32(mount), info->extack);
	return bind_open_process(request, nla_get_u32(attrs[MEMCGCTL_BIND_PIDFD]), info->extack);
}

int nl_bind_doit(struct sk_buff *request_skb, struct genl_info *info)
{
	struct bind_request request = { .admin = is_admin(request_skb) };
	struct sk_buff *skb = NULL;
	void *header;
	u32 id = 0;
	int err;

	err = range_of(info, &request);
	if (!err)
		err = object_of(info, &request);
	if (err)
		return err;
	err = targets_of(info, &request);
	if (!err)
		err = policies_of(info, &request);
	if (!err)
		err = heir_of(info, &request);
	if (!err) {
		/* Made before, so that what was bound does not lack its id. */
		skb = reply_new(info, &header);
		err = skb ? bind_make(&request, &id, info->extack) : -ENOMEM;
	}
	if (skb)
		err = reply_send(skb, header, info, err ?: nla_put_u32(skb, MEMCGCTL_BIND_ID, id));
	put_targets(&request);
	bind_close(&request);
	return err;
}

int nl_unbind_doit(struct sk_buff *request, struct genl_info *info)
{
	int err;

	if (missing(info, MEMCGCTL_BIND_ID, "an id"))
		return -EINVAL;
	err = bind_end(nla_get_u32(info->attrs[MEMCGCTL_BIND_ID]), is_admin(request));
	if (err)
		NL_SET_ERR_MSG(info->extack, "no such binding");
	return err;
}

/* ---- the listing ---- */

/* Who asked is decided at the start: what follows may be read by somebody else. */
struct dump {
	struct viewer viewer;
	struct pid_namespace *pid_ns;
	kuid_t user;
	u32 cursor;
};

int nl_bind_dump_start(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	dump->viewer.admin = is_admin(cb->skb);
	dump->viewer.ns = current->nsproxy->cgroup_ns;
	get_cgroup_ns(dump->viewer.ns);
	dump->pid_ns = get_pid_ns(task_active_pid_ns(current));
	dump->user = current_fsuid();
	dump->cursor = 0;
	return 0;
}

int nl_bind_dump_done(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	put_cgroup_ns(dump->viewer.ns);
	put_pid_ns(dump->pid_ns);
	return 0;
}

static int put_target(struct sk_buff *skb, int attr, const struct bind_share *share,
		      const struct viewer *viewer)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	int err = 0;

	if (!nest)
		return -EMSGSIZE;
	if (share->weight)
		err = nla_put_u32(skb, MEMCGCTL_TARGET_WEIGHT, share->weight);
	if (!err && share->memcg)
		err = put_size(skb, MEMCGCTL_TARGET_ID, group_id(share->memcg));
	if (!err && share->memcg && (viewer->admin || group_visible(share->memcg, viewer->ns)))
		err = put_path(skb, MEMCGCTL_TARGET_PATH, share->memcg->css.cgroup, viewer);
	if (!err)
		nla_nest_end(skb, nest);
	return err;
}

static int put_policies(struct sk_buff *skb, const struct bind_entry *e, const struct viewer *viewer)
{
	const struct bind_share heir = { .memcg = e->heir };
	unsigned int i;
	int err;

	for (i = 0; i < e->targets; i++) {
		err = put_target(skb, MEMCGCTL_BIND_TARGET, &e->shares[i], viewer);
		if (err)
			return err;
	}
	if (nla_put_u8(skb, MEMCGCTL_BIND_ON_DEATH, e->on_death) ||
	    nla_put_u8(skb, MEMCGCTL_BIND_ON_FULL, e->on_full) ||
	    (e->follow && nla_put_string(skb, MEMCGCTL_BIND_FOLLOW, e->follow)))
		return -EMSGSIZE;
	return e->heir ? put_target(skb, MEMCGCTL_BIND_HEIR, &heir, viewer) : 0;
}

static int put_object(struct sk_buff *skb, const struct bind_entry *e, const struct dump *dump)
{
	if (nla_put_u8(skb, MEMCGCTL_BIND_KIND, e->kind) ||
	    nla_put_string(skb, MEMCGCTL_BIND_NAME, e->name))
		return -EMSGSIZE;
	if (e->kind == MEMCGCTL_BIND_RANGE) {
		if (nla_put_u32(skb, MEMCGCTL_BIND_PID, pid_nr_ns(e->pid, dump->pid_ns)))
			return -EMSGSIZE;
	} else if (put_size(skb, MEMCGCTL_BIND_DEV, e->dev)) {
		return -EMSGSIZE;
	}
	if (e->kind == MEMCGCTL_BIND_FILE && put_size(skb, MEMCGCTL_BIND_INO, e->ino))
		return -EMSGSIZE;
	if (e->kind != MEMCGCTL_BIND_MOUNT && (put_size(skb, MEMCGCTL_BIND_START, e->start) ||
					       put_size(skb, MEMCGCTL_BIND_END, e->end)))
		return -EMSGSIZE;
	return 0;
}

static int bind_fill(struct sk_buff *skb, const struct bind_entry *e, const struct dump *dump)
{
	int err;

	if (nla_put_u32(skb, MEMCGCTL_BIND_ID, e->id) || put_object(skb, e, dump) ||
	    put_size(skb, MEMCGCTL_BIND_REDIRECTED, e->redirected) ||
	    put_size(skb, MEMCGCTL_BIND_FELL_BACK, e->fell_back))
		return -EMSGSIZE;
	err = put_policies(skb, e, &dump->viewer);
	return err;
}

static bool may_see(const struct bind_entry *e, const struct viewer *viewer)
{
	unsigned int i;

	if (viewer->admin)
		return true;
	for (i = 0; i < e->targets; i++)
		if (e->shares[i].memcg && !group_visible(e->shares[i].memcg, viewer->ns))
			return false;
	return true;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb, const struct bind_entry *entry)
{
	struct dump *dump = (void *)cb->ctx;
	void *header;
	int err;

	if (!may_see(entry, &dump->viewer))
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nl_family,
			     NLM_F_MULTI, MEMCGCTL_CMD_BIND);
	if (!header)
		return -EMSGSIZE;
	err = bind_fill(skb, entry, dump);
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

int nl_bind_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;
	struct bind_entry entry;
	u32 cursor = dump->cursor;
	int err = 0;

	while (!err) {
		err = bind_next(&cursor, dump->user, dump->viewer.admin, &entry);
		if (err <= 0)
			break;
		err = dump_one(skb, cb, &entry);
		bind_entry_put(&entry);
		if (!err)
			dump->cursor = cursor;
	}
	/* What did not fit begins the next message; what fits in no message is an error. */
	return err == -EMSGSIZE && skb->len ? skb->len : err ?: skb->len;
}
