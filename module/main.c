// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl: who pays for memory. Load and unload; the rest is in the features (kmem, ...) and core/. */
#include <linux/module.h>

#include "attribution.h"
#include "bind.h"
#include "claim.h"
#include "core/btf.h"
#include "core/group.h"
#include "core/hook.h"
#include "core/remains.h"
#include "core/sym.h"
#include "kmem.h"
#include "madvise.h"
#include "nl.h"

static int __init memcgctl_init(void)
{
	int err;

	err = sym_init();
	if (err)
		return err;
	err = btf_check_protos();
	if (err)
		return err;
	err = group_init();
	if (err)
		goto free_hooks;
	err = kmem_init();
	if (err)
		goto exit_group;
	remains_init();
	claim_init();
	attribution_init();
	bind_init();
	madvise_init();
	err = nl_init();
	if (err)
		goto exit_madvise;
	return 0;

exit_madvise:
	madvise_exit();
	bind_exit();
	kmem_exit();
exit_group:
	group_exit();
free_hooks:
	hook_free_all();
	return err;
}

static void __exit memcgctl_exit(void)
{
	nl_exit();
	madvise_exit();
	bind_exit();
	kmem_exit();
	group_exit();
	hook_free_all();
}

module_init(memcgctl_init);
module_exit(memcgctl_exit);

MODULE_DESCRIPTION("Moves, redirects and limits the charges of memory cgroups");
MODULE_AUTHOR("the memcgctl authors");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
