/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A hash table from a pair of numbers to a number: the counters and interned sets of the
 * attribution pass.
 */
#ifndef MCG_HMAP_H
#define MCG_HMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hmap_entry {
	uint64_t a;
	uint64_t b;
	uint64_t value;
	bool used;
};

/**
 * struct hmap - the table; all zero is an empty one
 * @entries: open addressing, at most three quarters full; walk it and look at @used
 * @slots: power of two, or 0
 * @used: entries in use
 */
struct hmap {
	struct hmap_entry *entries;
	size_t slots;
	size_t used;
};

/**
 * hmap_at() - the value of a key, made with value 0 when the key is new
 * @fresh: set to whether it was new; may be NULL
 *
 * Return: the value's address, valid until the next call that adds a key; NULL without memory.
 */
uint64_t *hmap_at(struct hmap *map, uint64_t a, uint64_t b, bool *fresh);

/* hmap_get() - the value of a key. Return: NULL when there is none. */
const uint64_t *hmap_get(const struct hmap *map, uint64_t a, uint64_t b);

/* hmap_copy() - make @to, which is empty, the same as @from. Return: false without memory. */
bool hmap_copy(struct hmap *to, const struct hmap *from);

void hmap_free(struct hmap *map);

/* hmap_mix() - spread the bits of a number (the finalizer of SplitMix64). */
static inline uint64_t hmap_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

#endif
