// SPDX-License-Identifier: GPL-2.0-only
/* Claims as an advice: the caller's own memory for the caller's own group. */
#include <linux/sched/signal.h>

#include "claim.h"
#include "claim_private.h"
#include "core/advice.h"
#include "core/group.h"

/* Request after request, as a client of netlink would. Some of the memory may be left; the receipt's sum says so. */
static int claim_all(struct claim_request *request, u64 *left)
{
	struct claim_receipt receipt;
	int err;

	while (request->start < request->end) {
		err = claim(request, &receipt, NULL);
		if (err)
			return err;
		*left += receipt.present - receipt.moved - receipt.skipped[MEMCGCTL_SKIP_TARGET];
		request->start = receipt.cursor;
		if (request->start >= request->end)
			break;
		if (task_sigpending(current))
			return -EINTR;
		if (advice_ending())
			return -EAGAIN;
		cond_resched();
	}
	return 0;
}

/** claim_advise() - MADV_MEMCG_CLAIM; see advice_fn */
int claim_advise(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	struct claim_request request = {
		.mm = mm,
		.start = start,
		.end = start + len,
		.at_most = MEMCGCTL_SIZE_MAX,
		.admin = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN),
	};
	u64 left = 0;
	int err;

	request.to = group_get_own();
	if (!request.to)
		return -EPERM;
	err = claim_all(&request, &left);
	css_put(&request.to->css);
	/* The group goes when its last process leaves; the caller has another by then. */
	if (err == -ENODEV)
		err = -EAGAIN;
	return err ?: left ? -EAGAIN : 0;
}
