// SPDX-License-Identifier: GPL-2.0-only
/* Holds one function as a live patch does: ftrace lets nobody else redirect it. It redirects nothing itself. */
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/module.h>

static char *function;
module_param(function, charp, 0);
MODULE_PARM_DESC(function, "the function to hold");

static void notrace handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct ftrace_regs *fregs)
{
}

static struct ftrace_ops ops = {
	.func = handler,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_REGS,
};

/* The filter is memory, which nobody else gives back. */
static void forget(void)
{
	char pattern[KSYM_NAME_LEN + 1];

	ftrace_set_filter(&ops, pattern, scnprintf(pattern, sizeof(pattern), "!%s", function), 0);
}

static int __init ipmodify_init(void)
{
	int err;

	if (!function)
		return -EINVAL;
	err = ftrace_set_filter(&ops, function, strlen(function), 0)
		      ?: register_ftrace_function(&ops);
	if (err)
		forget();
	return err;
}

static void __exit ipmodify_exit(void)
{
	unregister_ftrace_function(&ops);
	forget();
}

module_init(ipmodify_init);
module_exit(ipmodify_exit);

MODULE_DESCRIPTION("Holds a function for a test, as a live patch does");
MODULE_LICENSE("GPL");
