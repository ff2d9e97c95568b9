// SPDX-License-Identifier: GPL-2.0-only
/* Advices of madvise(2) that are ours; see advice.h. */
#include "advice.h"

advice_fn *advice_table[ADVICE_LAST - ADVICE_FIRST + 1];

static bool ending;

/** advice_add() - a feature does @advice; at module load, before madvise_init() */
void advice_add(int advice, advice_fn *fn)
{
	advice_table[advice - ADVICE_FIRST] = fn;
}

/** advice_any() - whether any feature does any */
bool advice_any(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(advice_table); i++)
		if (advice_table[i])
			return true;
	return false;
}

/** advice_end() - at module exit: calls under way are waited for, so they come to an end soon */
void advice_end(void)
{
	WRITE_ONCE(ending, true);
}

/** advice_ending() - whether they should */
bool advice_ending(void)
{
	return READ_ONCE(ending);
}
