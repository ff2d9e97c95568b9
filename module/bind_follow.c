// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings that follow a pattern: each new group whose path matches becomes the target, before the first task can enter it.
 * The path is that in the whole tree, whatever cgroup namespace the binder was in: it needs CAP_SYS_ADMIN anyway.
 */
#include <linux/glob.h>
#include <linux/slab.h>

#include "bind_private.h"
#include "core/btf.h"

DEFINE_STATIC_CALL_NULL(bind_online_original, mem_cgroup_css_online);

static struct hook online_hook;
static const char *unavailable;

struct newcomer {
	struct mem_cgroup *memcg;
	const char *path;
};

static void follow(struct binding *binding, void *arg)
{
	const struct newcomer *newcomer = arg;

	if (binding->follow && glob_match(binding->follow, newcomer->path))
		bind_replace(binding, newcomer->memcg);
}

/* Under cgroup_mutex. A path too long for anybody to have written, maybe clipped, matches nothing. */
static void came(struct mem_cgroup *memcg)
{
	struct newcomer newcomer = { .memcg = memcg };
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	int len;

	if (!path)
		return;
	len = cgroup_path(memcg->css.cgroup, path, PATH_MAX);
	newcomer.path = path;
	if (len > 0 && len < PATH_MAX - 1)
		bind_for_each(follow, &newcomer);
	kfree(path);
}

/* Replaces mem_cgroup_css_online(): the group is one that can be charged when it is done. */
static int bind_online(struct cgroup_subsys_state *css)
{
	int err;

	hook_enter(&online_hook);
	err = static_call(bind_online_original)(css);
	if (!err)
		came(mem_cgroup_from_css(css));
	hook_exit(&online_hook);
	return err;
}

static void notrace online_handler(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	compat_hook_redirect(fregs, (unsigned long)bind_online);
}

static struct hook online_hook = {
	.name = "mem_cgroup_css_online",
	.handler = online_handler,
	.redirects = true,
};

/** bind_follow_get() - to be held while a binding follows a pattern; see hook_get() */
int bind_follow_get(struct netlink_ext_ack *extack)
{
	int err;

	if (unavailable) {
		NL_SET_ERR_MSG(extack,
			       "this kernel's groups cannot be followed; the status says why");
		return -EOPNOTSUPP;
	}
	err = hook_get(&online_hook);
	if (err)
		NL_SET_ERR_MSG(
			extack,
			"a live patch or another redirect holds the function that makes groups");
	return err;
}

/** bind_follow_put() - see hook_put() */
void bind_follow_put(void)
{
	hook_put(&online_hook);
}

/** bind_follow_init() - at module load; without it other bindings work */
void bind_follow_init(void)
{
	unavailable = hook_prepare(&online_hook) ? "mem_cgroup_css_online was not found"
						 : btf_mismatch(online_hook.name);
	if (unavailable)
		return;
	static_call_update(bind_online_original,
			   (typeof(&mem_cgroup_css_online))hook_original(&online_hook));
}

/** bind_follow_unavailable() - NULL, or why bindings cannot follow a pattern */
const char *bind_follow_unavailable(void)
{
	return bind_unavailable() ?: unavailable;
}
