// SPDX-License-Identifier: LGPL-2.1-or-later
#include "descriptors.h"

#include <sys/resource.h>

size_t mcg_descriptors_raise(void)
{
	struct rlimit limit;
	rlim_t soft;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	return soft < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit) ? soft : limit.rlim_max;
}
