// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our advices as plain madvise(2) calls. The one hook that lives as long as the module does: the first call must find it.
 *
 * do_madvise() is where the system call and io_uring meet. process_madvise(2) refuses what it does not know before that, or goes
 * another way; DAMON comes by with advices of its own.
 */
#include <linux/mm.h>

#include "core/advice.h"
#include "core/hook.h"
#include "madvise.h"

static struct hook madvise_hook;
static const char *unavailable;

/* As the kernel has it for its own: odd addresses first, then nothing to do. */
static int check_range(unsigned long start, size_t *len)
{
	size_t rounded = PAGE_ALIGN(*len);

	if (!PAGE_ALIGNED(start) || rounded < *len || start + rounded < start)
		return -EINVAL;
	*len = rounded;
	return 0;
}

/* The replacement. Its type is checked against the kernel's header below. */
static int madvise_ours(struct mm_struct *mm, unsigned long start, size_t len, int advice)
{
	int err;

	hook_enter(&madvise_hook);
	err = check_range(start, &len);
	if (!err && len)
		err = advice_find(advice)(mm, start, len);
	hook_exit(&madvise_hook);
	return err;
}

static void notrace madvise_handler(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	/* A caller that works on another's memory means none of ours: the permission is that to one's own. */
	if (advice_find((int)compat_hook_arg(fregs, 3)) &&
	    compat_hook_arg(fregs, 0) == (unsigned long)current->mm)
		compat_hook_redirect(fregs, (unsigned long)madvise_ours);
}

static struct hook madvise_hook = {
	.name = "do_madvise",
	.handler = madvise_handler,
	.redirects = true,
};

/** madvise_init() - at module load, when the features have added their advices; a kernel that cannot do it is no error */
void madvise_init(void)
{
	int err;

	BUILD_BUG_ON(!__same_type(madvise_ours, do_madvise));
	if (!advice_any()) {
		unavailable = "no feature that has an advice is available";
		return;
	}
	if (hook_prepare(&madvise_hook)) {
		unavailable = "do_madvise cannot be hooked";
		return;
	}
	err = hook_get(&madvise_hook);
	if (err == -EBUSY)
		unavailable =
			"when the module was loaded a live patch held do_madvise, or kernel.ftrace_enabled was 0";
	else if (err)
		unavailable = "ftrace refused the redirect of do_madvise";
}

/** madvise_exit() - at module exit, before the features end: waits for calls that are under way */
void madvise_exit(void)
{
	advice_end();
	if (!unavailable)
		hook_put(&madvise_hook);
}

/** madvise_unavailable() - NULL, or why madvise(2) does not know our advices */
const char *madvise_unavailable(void)
{
	return unavailable;
}
