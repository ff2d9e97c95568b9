// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: attribution as a dump of tables. */
#include <linux/file.h>

#include "attribution.h"
#include "core/file.h"
#include "nl_private.h"

/* What of a table is in a message so far. */
enum dump_part {
	DUMP_GROUPS,
	DUMP_SETS,
	DUMP_OBJECTS,
	DUMP_CELLS,
	DUMP_PARTS,
};

struct dump {
	struct attribution *scan;
	/* The one that is asked about, or NULL. */
	struct file *file;
	/* There is more to be found after the table at hand. */
	bool more;
	/* How many entries of each part have been sent. */
	u32 sent[DUMP_PARTS];
};

/* A step of an array takes this much room at least; less is not worth it. */
#define ROOM_MIN 64

const struct nla_policy nl_attribution_policy[MEMCGCTL_ATTRIBUTION_MAX + 1] = {
	[MEMCGCTL_ATTRIBUTION_OWNER] = { .type = NLA_U64 },
	[MEMCGCTL_ATTRIBUTION_SUBTREE] = { .type = NLA_U64 },
	[MEMCGCTL_ATTRIBUTION_FD] = { .type = NLA_U32 },
	[MEMCGCTL_ATTRIBUTION_MIN_SIZE] = { .type = NLA_U64 },
};

/* An attribute of a dump's request, which has been checked. */
static const struct nlattr *asked(const struct nlmsghdr *request, int attr)
{
	return nla_find(nlmsg_attrdata(request, GENL_HDRLEN), nlmsg_attrlen(request, GENL_HDRLEN),
			attr);
}

static u64 number_asked(const struct nlmsghdr *request, int attr)
{
	const struct nlattr *found = asked(request, attr);

	return found ? nla_get_u64(found) : 0;
}

/* What has no group has no pages; whoever mistypes an id should be told. */
static int check_group(u64 id, struct netlink_ext_ack *extack)
{
	struct mem_cgroup *memcg = id ? group_from_id(id, extack) : NULL;

	if (IS_ERR(memcg))
		return PTR_ERR(memcg);
	if (memcg)
		css_put(&memcg->css);
	return 0;
}

static int open_file(struct dump *dump, const struct nlattr *fd, struct netlink_ext_ack *extack)
{
	if (!fd)
		return 0;
	dump->file = fget_raw(nla_get_u32(fd));
	if (!dump->file) {
		NL_SET_ERR_MSG(extack, "not an open descriptor of a file");
		return -EBADF;
	}
	if (S_ISREG(file_inode(dump->file)->i_mode))
		return 0;
	fput(dump->file);
	dump->file = NULL;
	NL_SET_ERR_MSG(extack, "not a regular file");
	return -EINVAL;
}

static int begin(struct dump *dump, const struct netlink_callback *cb)
{
	struct attribution_filter filter = {
		.owner = number_asked(cb->nlh, MEMCGCTL_ATTRIBUTION_OWNER),
		.subtree = number_asked(cb->nlh, MEMCGCTL_ATTRIBUTION_SUBTREE),
		.min_size = number_asked(cb->nlh, MEMCGCTL_ATTRIBUTION_MIN_SIZE),
	};
	int err = check_group(filter.owner, cb->extack) ?: check_group(filter.subtree, cb->extack);

	if (!err)
		err = open_file(dump, asked(cb->nlh, MEMCGCTL_ATTRIBUTION_FD), cb->extack);
	if (err)
		return err;
	if (dump->file)
		filter.cache = file_cache(dump->file);
	dump->scan = attribution_begin(&filter);
	if (dump->scan)
		return 0;
	if (dump->file)
		fput(dump->file);
	return -ENOMEM;
}

static void end(struct dump *dump)
{
	attribution_end(dump->scan);
	dump->scan = NULL;
	if (dump->file)
		fput(dump->file);
}

int nl_attribution_dump_start(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;
	int err;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->ctx));
	dump->scan = NULL;
	dump->file = NULL;
	if (!is_admin(cb->skb)) {
		NL_SET_ERR_MSG(cb->extack,
			       "attribution needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (attribution_unavailable()) {
		NL_SET_ERR_MSG(cb->extack,
			       "this kernel lacks what attribution needs; the status says what");
		return -EOPNOTSUPP;
	}
	/* The longest name of a file fits, whatever the reader's buffer. */
	cb->min_dump_alloc = NLMSG_GOODSIZE + PATH_MAX;
	err = begin(dump, cb);
	if (err)
		return err;
	dump->more = attribution_step(dump->scan);
	memset(dump->sent, 0, sizeof(dump->sent));
	dump->sent[DUMP_OBJECTS] = MEMCGCTL_OBJECT_FILE;
	return 0;
}

int nl_attribution_dump_done(struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;

	if (dump->scan)
		end(dump);
	return 0;
}

/* As many entries as there is room for. Return: whether all have been sent. */
static bool put_array(struct sk_buff *skb, struct dump *dump, enum dump_part part, int attr,
		      const void *array, u32 nr, size_t size)
{
	u32 left = nr - dump->sent[part], room;

	if (!left)
		return true;
	if (skb_tailroom(skb) < ROOM_MIN)
		return false;
	room = min_t(size_t, skb_tailroom(skb) - ROOM_MIN / 2, U16_MAX - ROOM_MIN) / size;
	room = min(room, left);
	if (!room || nla_put(skb, attr, room * size, array + (size_t)dump->sent[part] * size))
		return false;
	dump->sent[part] += room;
	return room == left;
}

static bool put_object(struct sk_buff *skb, const struct attribution_object *object)
{
	struct nlattr *nest = nla_nest_start(skb, MEMCGCTL_ATTRIBUTION_OBJECT);

	if (!nest)
		return false;
	if (nla_put_u8(skb, MEMCGCTL_OBJECT_KIND, object->kind) ||
	    put_size(skb, MEMCGCTL_OBJECT_DEV, object->dev) ||
	    put_size(skb, MEMCGCTL_OBJECT_INO, object->ino) ||
	    nla_put_u32(skb, MEMCGCTL_OBJECT_GENERATION, object->generation) ||
	    put_size(skb, MEMCGCTL_OBJECT_SIZE, object->size) ||
	    (object->name && nla_put_string(skb, MEMCGCTL_OBJECT_NAME, object->name)) ||
	    (object->inside && nla_put_flag(skb, MEMCGCTL_OBJECT_INSIDE))) {
		nla_nest_cancel(skb, nest);
		return false;
	}
	nla_nest_end(skb, nest);
	return true;
}

static bool put_objects(struct sk_buff *skb, struct dump *dump, u32 nr)
{
	struct attribution_object object;

	for (; dump->sent[DUMP_OBJECTS] < nr; dump->sent[DUMP_OBJECTS]++) {
		attribution_object(dump->scan, dump->sent[DUMP_OBJECTS], &object);
		if (!put_object(skb, &object))
			return false;
	}
	return true;
}

/* Return: whether the table is complete. */
static bool put_table(struct sk_buff *skb, struct dump *dump)
{
	struct attribution_found found;

	attribution_found(dump->scan, &found);
	return put_array(skb, dump, DUMP_GROUPS, MEMCGCTL_ATTRIBUTION_GROUPS, found.group,
			 found.nr_groups, sizeof(*found.group)) &&
	       put_array(skb, dump, DUMP_SETS, MEMCGCTL_ATTRIBUTION_SETS, found.member,
			 found.nr_members, sizeof(*found.member)) &&
	       put_objects(skb, dump, found.nr_objects) &&
	       put_array(skb, dump, DUMP_CELLS, MEMCGCTL_ATTRIBUTION_CELLS, found.cell,
			 found.nr_cells, sizeof(*found.cell)) &&
	       !nla_put_flag(skb, MEMCGCTL_ATTRIBUTION_END);
}

/* Each call sends one message, and at its end looks for the next table if there is more to be found. */
int nl_attribution_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (void *)cb->ctx;
	void *header;
	int empty;

	if (!dump->scan)
		return 0;
	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &nl_family,
			     NLM_F_MULTI, MEMCGCTL_CMD_ATTRIBUTION);
	if (!header)
		return -EMSGSIZE;
	empty = skb->len;
	if (put_table(skb, dump)) {
		if (dump->more) {
			dump->more = attribution_step(dump->scan);
			memset(dump->sent, 0, sizeof(dump->sent));
			dump->sent[DUMP_OBJECTS] = MEMCGCTL_OBJECT_FILE;
		} else {
			end(dump);
		}
	}
	/* What fits in no message would be tried again for ever. */
	if (skb->len == empty)
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return skb->len;
}
