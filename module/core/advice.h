/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Advices of madvise(2) that are ours, and what does them.
 *
 * A feature says at module load which advice it does. madvise.c lets the system call in, when all of them are known,
 * and knows no feature; a feature does not know where a call comes from. None is added or taken away while calls may come.
 */
#ifndef MEMCGCTL_CORE_ADVICE_H
#define MEMCGCTL_CORE_ADVICE_H

#include <linux/mm_types.h>
#include <linux/nospec.h>

#include "../uapi/memcgctl.h"

/**
 * advice_fn - does what an advice says
 * @mm: of the caller, who is current: in its group, with its credentials
 * @start: first address; at a page
 * @len: bytes, a multiple of the page size and not 0; @start + @len does not pass the end of the address space
 *
 * Context: a system call, or an io_uring worker of the caller's process; no lock held; may sleep. What may take long looks at
 * task_sigpending() and advice_ending() between its parts, and calls cond_resched().
 * Return: what madvise(2) returns.
 */
typedef int advice_fn(struct mm_struct *mm, unsigned long start, unsigned long len);

#define ADVICE_FIRST MADV_MEMCG_CLAIM
#define ADVICE_LAST MADV_MEMCG_UNBIND

extern advice_fn *advice_table[ADVICE_LAST - ADVICE_FIRST + 1];

void advice_add(int advice, advice_fn *fn);
bool advice_any(void);
void advice_end(void);
bool advice_ending(void);

/** advice_find() - who does an advice, or NULL; any context */
static __always_inline advice_fn *advice_find(int advice)
{
	unsigned int row = (unsigned int)advice - ADVICE_FIRST;

	return row < ARRAY_SIZE(advice_table)
		       ? advice_table[array_index_nospec(row, ARRAY_SIZE(advice_table))]
		       : NULL;
}

#endif
