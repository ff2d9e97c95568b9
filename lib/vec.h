/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_VEC_H
#define MCG_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Makes room for @want elements of @size bytes. Return: false, and nothing changed, without memory.
 */
static inline bool vec_room(void **array, size_t want, size_t *room, size_t size)
{
	size_t more = *room ? *room : 16;
	void *bigger;

	if (want <= *room)
		return true;
	while (more < want)
		more += more / 2;
	bigger = reallocarray(*array, more, size);
	if (!bigger)
		return false;
	*array = bigger;
	*room = more;
	return true;
}

/* VEC_ROOM() - make room for @want elements in an array whose capacity is @room. */
#define VEC_ROOM(array, want, room) vec_room((void **)&(array), (want), &(room), sizeof(*(array)))

#endif
