// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: another generic netlink family, "memcgctl-test", which is registered while the parameter "registered" is Y. That
 * takes the lock that every request to any family holds while it is served.
 */
#include <linux/module.h>
#include <net/genetlink.h>

static int nothing_doit(struct sk_buff *skb, struct genl_info *info)
{
	return 0;
}

static const struct genl_ops ops[] = {
	{ .cmd = 1, .doit = nothing_doit },
};

static struct genl_family family = {
	.name = "memcgctl-test",
	.version = 1,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

static bool registered;

/* The lock of parameters keeps two from meeting. */
static int set_registered(const char *text, const struct kernel_param *param)
{
	bool want;
	int err = kstrtobool(text, &want);

	if (err || want == registered)
		return err;
	err = want ? genl_register_family(&family) : genl_unregister_family(&family);
	if (!err)
		registered = want;
	return err;
}

static const struct kernel_param_ops registered_ops = {
	.set = set_registered,
	.get = param_get_bool,
};

module_param_cb(registered, &registered_ops, &registered, 0600);

static int __init register_family_init(void)
{
	return 0;
}

static void __exit register_family_exit(void)
{
	if (registered)
		genl_unregister_family(&family);
}

module_init(register_family_init);
module_exit(register_family_exit);

MODULE_DESCRIPTION("Another generic netlink family for a test");
MODULE_LICENSE("GPL");
