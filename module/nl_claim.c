// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: claims. uapi/memcgctl.h is the specification. */
#include "bind.h"
#include "claim.h"
#include "nl_private.h"

const struct nla_policy nl_claim_policy[MEMCGCTL_CLAIM_ANCESTOR_FD + 1] = {
	[MEMCGCTL_CLAIM_PIDFD] = { .type = NLA_U32 },
	[MEMCGCTL_CLAIM_FD] = { .type = NLA_U32 },
	[MEMCGCTL_CLAIM_BIND_ID] = { .type = NLA_U32 },
	[MEMCGCTL_CLAIM_MOUNT_FD] = { .type = NLA_U32 },
	[MEMCGCTL_CLAIM_FROM_FD] = { .type = NLA_U32 },
	[MEMCGCTL_CLAIM_FROM_ID] = { .type = NLA_U64 },
	[MEMCGCTL_CLAIM_START] = { .type = NLA_U64 },
	[MEMCGCTL_CLAIM_END] = { .type = NLA_U64 },
	[MEMCGCTL_CLAIM_FLAGS] = NLA_POLICY_MASK(
		NLA_U32, MEMCGCTL_CLAIM_DRY_RUN | MEMCGCTL_CLAIM_INCLUDE_SHARED |
				 MEMCGCTL_CLAIM_WHOLE_PROCESS | MEMCGCTL_CLAIM_OWNERS),
	[MEMCGCTL_CLAIM_AT_MOST] = { .type = NLA_U64 },
	[MEMCGCTL_CLAIM_TARGET_FD] = { .type = NLA_U32 },
	[MEMCGCTL_CLAIM_ANCESTOR_FD] = { .type = NLA_U32 },
};

static int put_skipped(struct sk_buff *skb, enum memcgctl_skip reason, u64 size)
{
	struct nlattr *nest = nla_nest_start(skb, MEMCGCTL_CLAIM_SKIPPED);

	if (!nest || nla_put_u8(skb, MEMCGCTL_SKIPPED_REASON, reason) ||
	    nla_put_u64_64bit(skb, MEMCGCTL_SKIPPED_SIZE, size, MEMCGCTL_SKIPPED_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_pin(struct sk_buff *skb, const struct claim_pin *pin)
{
	struct nlattr *nest = nla_nest_start(skb, MEMCGCTL_CLAIM_PIN);

	if (!nest || nla_put_u8(skb, MEMCGCTL_PIN_KIND, pin->kind) ||
	    nla_put_u64_64bit(skb, MEMCGCTL_PIN_AMOUNT, pin->amount, MEMCGCTL_PIN_PAD) ||
	    (pin->name && nla_put_string(skb, MEMCGCTL_PIN_NAME, pin->name)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_owner(struct sk_buff *skb, const struct claim_owner *owner)
{
	struct nlattr *nest = nla_nest_start(skb, MEMCGCTL_CLAIM_OWNER);

	if (!nest || nla_put_u64_64bit(skb, MEMCGCTL_OWNER_ID, owner->id, MEMCGCTL_OWNER_PAD) ||
	    nla_put_u64_64bit(skb, MEMCGCTL_OWNER_SIZE, owner->size, MEMCGCTL_OWNER_PAD) ||
	    (owner->dead && nla_put_flag(skb, MEMCGCTL_OWNER_DEAD)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int claim_fill(struct sk_buff *skb, const struct claim_receipt *receipt,
		      const struct claim_owners *owners)
{
	int i;

	if (put_size(skb, MEMCGCTL_CLAIM_CURSOR, receipt->cursor) ||
	    put_size(skb, MEMCGCTL_CLAIM_PRESENT, receipt->present) ||
	    put_size(skb, MEMCGCTL_CLAIM_MOVED, receipt->moved) ||
	    put_size(skb, MEMCGCTL_CLAIM_ROOM, receipt->room) ||
	    (receipt->swap_moved && put_size(skb, MEMCGCTL_CLAIM_SWAP_MOVED, receipt->swap_moved)) ||
	    (receipt->dead && nla_put_flag(skb, MEMCGCTL_CLAIM_DEAD)))
		return -EMSGSIZE;
	for (i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (receipt->skipped[i] && put_skipped(skb, i, receipt->skipped[i]))
			return -EMSGSIZE;
	for (i = 0; i < receipt->nr_pins; i++)
		if (put_pin(skb, &receipt->pin[i]))
			return -EMSGSIZE;
	for (i = 0; owners && i < owners->nr; i++)
		if (put_owner(skb, &owners->owner[i]))
			return -EMSGSIZE;
	return 0;
}

static int claim_most_of(struct genl_info *info, struct claim_request *request)
{
	const struct nlattr *most = info->attrs[MEMCGCTL_CLAIM_AT_MOST];

	request->at_most = most ? nla_get_u64(most) : MEMCGCTL_SIZE_MAX;
	if (request->at_most >= PAGE_SIZE)
		return 0;
	NL_SET_ERR_MSG(info->extack, "less than a page is to be moved");
	return -EINVAL;
}

static int claim_range_of(struct genl_info *info, struct claim_request *request)
{
	if (missing(info, MEMCGCTL_CLAIM_START, "the start of a range") ||
	    missing(info, MEMCGCTL_CLAIM_END, "the end of a range"))
		return -EINVAL;
	request->start = nla_get_u64(info->attrs[MEMCGCTL_CLAIM_START]);
	request->end = nla_get_u64(info->attrs[MEMCGCTL_CLAIM_END]);
	if (info->attrs[MEMCGCTL_CLAIM_FLAGS])
		request->flags = nla_get_u32(info->attrs[MEMCGCTL_CLAIM_FLAGS]);
	if (request->start & ~PAGE_MASK ||
	    (request->end & ~PAGE_MASK && request->end != MEMCGCTL_SIZE_MAX)) {
		NL_SET_ERR_MSG(info->extack, "the range does not begin and end at a page");
		return -EINVAL;
	}
	if (request->start >= request->end) {
		NL_SET_ERR_MSG(info->extack, "the range is empty");
		return -EINVAL;
	}
	return claim_most_of(info, request);
}

static int claim_object_of(struct genl_info *info, struct claim_request *request, bool admin)
{
	const struct nlattr *pidfd = info->attrs[MEMCGCTL_CLAIM_PIDFD],
			    *fd = info->attrs[MEMCGCTL_CLAIM_FD],
			    *mount = info->attrs[MEMCGCTL_CLAIM_MOUNT_FD];
	bool from = info->attrs[MEMCGCTL_CLAIM_FROM_FD] || info->attrs[MEMCGCTL_CLAIM_FROM_ID];

	if (!!pidfd + !!fd + !!mount > 1) {
		NL_SET_ERR_MSG(info->extack, "either a process, a file or a filesystem is claimed");
		return -EINVAL;
	}
	if (!pidfd && !fd && !mount && !from) {
		NL_SET_ERR_MSG(
			info->extack,
			"the request lacks a process, a file, a filesystem or a group to claim");
		return -EINVAL;
	}
	if (!pidfd && !fd && request->end != MEMCGCTL_SIZE_MAX) {
		NL_SET_ERR_MSG(info->extack, "a filesystem or a group is claimed to its end");
		return -EINVAL;
	}
	if (pidfd)
		return claim_open_process(request, nla_get_u32(pidfd), info->extack);
	if (fd)
		return claim_open_file(request, nla_get_u32(fd), admin, info->extack);
	return mount ? claim_open_mount(request, nla_get_u32(mount), admin, info->extack) : 0;
}

/* Sets from, with a css reference, when the request names one. */
static int claim_from_of(struct genl_info *info, struct claim_request *request, bool admin)
{
	const struct nlattr *fd = info->attrs[MEMCGCTL_CLAIM_FROM_FD],
			    *id = info->attrs[MEMCGCTL_CLAIM_FROM_ID];
	struct mem_cgroup *memcg;

	if (!fd && !id)
		return 0;
	if (fd && id) {
		NL_SET_ERR_MSG(info->extack, "one group is claimed from");
		return -EINVAL;
	}
	if (id && !admin) {
		NL_SET_ERR_MSG(info->extack, "claiming from a group by its id needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	memcg = fd ? group_from_fd(nla_get_u32(fd), "cgroup.procs", true, admin, info->extack)
		   : group_from_id(nla_get_u64(id), info->extack);
	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	if (!parent_mem_cgroup(memcg)) {
		css_put(&memcg->css);
		NL_SET_ERR_MSG(info->extack, "nothing is charged to the root group");
		return -EINVAL;
	}
	request->from = memcg;
	return 0;
}

/* Sets owners when the request asks for them. */
static int claim_owners_of(struct genl_info *info, struct claim_request *request, bool admin)
{
	if (!(request->flags & MEMCGCTL_CLAIM_OWNERS))
		return 0;
	if (!admin) {
		NL_SET_ERR_MSG(info->extack, "to be told the owners needs CAP_SYS_ADMIN");
		return -EPERM;
	}
	if (!request->file) {
		NL_SET_ERR_MSG(info->extack, "the owners of a file are told, and of nothing else");
		return -EINVAL;
	}
	request->owners = kzalloc(sizeof(*request->owners), GFP_KERNEL);
	return request->owners ? 0 : -ENOMEM;
}

static struct mem_cgroup *claim_target_of(struct genl_info *info, bool admin)
{
	const struct nlattr *ancestor = info->attrs[MEMCGCTL_CLAIM_ANCESTOR_FD];

	if (missing(info, MEMCGCTL_CLAIM_TARGET_FD, "a descriptor of the target's cgroup.procs"))
		return ERR_PTR(-EINVAL);
	return group_target_from_fd(nla_get_u32(info->attrs[MEMCGCTL_CLAIM_TARGET_FD]),
				    ancestor ? (int)nla_get_u32(ancestor) : -1, admin, info->extack);
}

/* ---- what is present of a binding's object ---- */

/* The cursor says whose share it is, and which page of the object is next. */
#define CURSOR_TARGET_SHIFT 56
#define CURSOR_PAGE_MASK (BIT_ULL(CURSOR_TARGET_SHIFT) - 1)

static int bound_request_of(struct genl_info *info, struct claim_request *request)
{
	int attr;

	for (attr = 1; attr <= MEMCGCTL_CLAIM_ANCESTOR_FD; attr++) {
		if (!info->attrs[attr] || attr == MEMCGCTL_CLAIM_BIND_ID ||
		    attr == MEMCGCTL_CLAIM_START || attr == MEMCGCTL_CLAIM_END ||
		    attr == MEMCGCTL_CLAIM_FLAGS)
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
				    "a binding says itself what is claimed, and for whom");
		return -EINVAL;
	}
	if (missing(info, MEMCGCTL_CLAIM_START, "the start of a range") ||
	    missing(info, MEMCGCTL_CLAIM_END, "the end of a range"))
		return -EINVAL;
	if (nla_get_u64(info->attrs[MEMCGCTL_CLAIM_END]) != MEMCGCTL_SIZE_MAX) {
		NL_SET_ERR_MSG(info->extack, "the object of a binding is claimed to its end");
		return -EINVAL;
	}
	if (info->attrs[MEMCGCTL_CLAIM_FLAGS])
		request->flags = nla_get_u32(info->attrs[MEMCGCTL_CLAIM_FLAGS]);
	if (request->flags & MEMCGCTL_CLAIM_OWNERS) {
		NL_SET_ERR_MSG(info->extack, "the owners of a file are told, and of nothing else");
		return -EINVAL;
	}
	return 0;
}

/* One target's share of the object. */
static void bound_share(struct claim_request *request, const struct bind_entry *entry,
			const struct bind_held *held, unsigned int target, u64 page)
{
	struct charge_share *share = &request->share;
	unsigned int i;

	request->mm = held->mm;
	request->anon = held->mm;
	request->inode = held->inode;
	request->sb = held->inode ? NULL : held->sb;
	request->start = max(page << PAGE_SHIFT, entry->start);
	request->end = entry->end;
	request->at_most = MEMCGCTL_SIZE_MAX;
	request->admin = true;
	request->to = entry->shares[target].memcg;
	if (entry->targets == 1)
		return;
	share->files = request->sb;
	for (i = 0; i < entry->targets; i++) {
		if (i == target) {
			share->from = share->all;
			share->below = share->all + entry->shares[i].weight;
		}
		share->all += entry->shares[i].weight;
	}
}

/* Where a target has gone, and nobody inherits, what is there is where it belongs. */
static int claim_for_nobody(struct claim_request *request, struct claim_receipt *receipt,
			    struct netlink_ext_ack *extack)
{
	int err;

	request->to = get_mem_cgroup_from_mm(current->mm);
	request->flags |= MEMCGCTL_CLAIM_DRY_RUN;
	err = claim(request, receipt, extack);
	css_put(&request->to->css);
	receipt->skipped[MEMCGCTL_SKIP_TARGET] += receipt->moved;
	receipt->moved = 0;
	return err;
}

static int claim_share(struct claim_request *request, const struct bind_entry *entry,
		       const struct bind_held *held, struct claim_receipt *receipt,
		       struct genl_info *info)
{
	u64 cursor = nla_get_u64(info->attrs[MEMCGCTL_CLAIM_START]);
	unsigned int target = cursor >> CURSOR_TARGET_SHIFT;
	int err;

	if (target >= entry->targets) {
		NL_SET_ERR_MSG(info->extack, "no such place in the object");
		return -EINVAL;
	}
	bound_share(request, entry, held, target, cursor & CURSOR_PAGE_MASK);
	memset(receipt, 0, sizeof(*receipt));
	receipt->cursor = request->end;
	if (request->start < request->end)
		err = request->to ? claim(request, receipt, info->extack)
				  : claim_for_nobody(request, receipt, info->extack);
	else
		err = 0;
	if (receipt->cursor < request->end)
		receipt->cursor = (u64)target << CURSOR_TARGET_SHIFT | receipt->cursor >> PAGE_SHIFT;
	else if (++target < entry->targets)
		receipt->cursor = (u64)target << CURSOR_TARGET_SHIFT;
	else
		receipt->cursor = MEMCGCTL_SIZE_MAX;
	/* One of several has no room to speak of. */
	receipt->room = MEMCGCTL_SIZE_MAX;
	return err;
}

static int claim_bound(struct sk_buff *request_skb, struct genl_info *info)
{
	struct claim_request request = { .admin = true };
	struct claim_receipt receipt;
	struct bind_entry entry;
	struct bind_held held;
	struct sk_buff *skb;
	void *header;
	int err;

	err = bound_request_of(info, &request);
	if (err)
		return err;
	err = bind_get(nla_get_u32(info->attrs[MEMCGCTL_CLAIM_BIND_ID]), is_admin(request_skb),
		       &entry, &held);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "no such binding");
	if (err)
		return err;
	/* Made before, so that what was moved does not lack its receipt. */
	skb = reply_new(info, &header);
	err = skb ? claim_share(&request, &entry, &held, &receipt, info) : -ENOMEM;
	if (skb)
		err = reply_send(skb, header, info, err ?: claim_fill(skb, &receipt, NULL));
	bind_entry_put(&entry);
	bind_held_put(&held);
	return err;
}

int nl_claim_doit(struct sk_buff *request_skb, struct genl_info *info)
{
	bool admin = is_admin(request_skb);
	struct claim_request request = { .admin = admin };
	struct claim_receipt receipt;
	struct sk_buff *skb;
	void *header;
	int err;

	if (info->attrs[MEMCGCTL_CLAIM_BIND_ID])
		return claim_bound(request_skb, info);
	err = claim_range_of(info, &request);
	if (err)
		return err;
	err = claim_object_of(info, &request, admin);
	if (err)
		return err;
	err = claim_from_of(info, &request, admin);
	if (!err)
		err = claim_owners_of(info, &request, admin);
	if (err)
		goto close;
	request.to = claim_target_of(info, admin);
	err = PTR_ERR_OR_ZERO(request.to);
	if (err)
		goto close;
	/* Made before, so that what was moved does not lack its receipt. */
	skb = reply_new(info, &header);
	err = skb ? claim(&request, &receipt, info->extack) : -ENOMEM;
	if (skb)
		err = reply_send(skb, header, info, err ?: claim_fill(skb, &receipt, request.owners));
	css_put(&request.to->css);
close:
	kfree(request.owners);
	if (request.from)
		css_put(&request.from->css);
	claim_close(&request);
	return err;
}
