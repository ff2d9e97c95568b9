// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hmap.h"

#include <stdlib.h>
#include <string.h>

static struct hmap_entry *find(const struct hmap *map, uint64_t a, uint64_t b)
{
	size_t i = hmap_mix(a + hmap_mix(b + 1)) & (map->slots - 1);

	while (map->entries[i].used && (map->entries[i].a != a || map->entries[i].b != b))
		i = (i + 1) & (map->slots - 1);
	return &map->entries[i];
}

static bool grow(struct hmap *map)
{
	struct hmap bigger = { .slots = map->slots ? map->slots * 2 : 64, .used = map->used };

	bigger.entries = calloc(bigger.slots, sizeof(*bigger.entries));
	if (!bigger.entries)
		return false;
	for (size_t i = 0; i < map->slots; i++) {
		if (map->entries[i].used)
			*find(&bigger, map->entries[i].a, map->entries[i].b) = map->entries[i];
	}
	free(map->entries);
	*map = bigger;
	return true;
}

uint64_t *hmap_at(struct hmap *map, uint64_t a, uint64_t b, bool *fresh)
{
	struct hmap_entry *entry;

	if (map->used >= map->slots / 4 * 3 && !grow(map))
		return NULL;
	entry = find(map, a, b);
	if (fresh)
		*fresh = !entry->used;
	if (!entry->used) {
		*entry = (struct hmap_entry){ .a = a, .b = b, .used = true };
		map->used++;
	}
	return &entry->value;
}

const uint64_t *hmap_get(const struct hmap *map, uint64_t a, uint64_t b)
{
	const struct hmap_entry *entry;

	if (!map->used)
		return NULL;
	entry = find(map, a, b);
	return entry->used ? &entry->value : NULL;
}

bool hmap_copy(struct hmap *to, const struct hmap *from)
{
	struct hmap_entry *entries = calloc(from->slots ? from->slots : 1, sizeof(*entries));

	if (!entries)
		return false;
	if (from->slots)
		memcpy(entries, from->entries, from->slots * sizeof(*entries));
	*to = (struct hmap){ .entries = entries, .slots = from->slots, .used = from->used };
	return true;
}

void hmap_free(struct hmap *map)
{
	free(map->entries);
	*map = (struct hmap){ 0 };
}
