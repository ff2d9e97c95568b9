/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all groups are charged with, by the module at once. */
#ifndef MCG_CHARGED_H
#define MCG_CHARGED_H

#include <stdint.h>

#include "error.h"

struct mcg_module;

/**
 * mcg_charged_read() - ask the module for all groups but the root
 * @visit: gets the id of each (inode of its folder) and what it is charged with, in bytes
 *
 * Return: 0, or -1 with @err set (%MCG_NOT_PERMITTED without CAP_SYS_ADMIN).
 */
int mcg_charged_read(struct mcg_module *module,
		     void (*visit)(uint64_t id, uint64_t bytes, void *data), void *data,
		     struct mcg_error *err);

struct nlmsghdr;

/* What is called for each group of a message. */
struct mcg_charged_visit {
	void (*visit)(uint64_t id, uint64_t bytes, void *data);
	void *data;
};

/* mcg_charged_decode() - read one message; @visit: a &struct mcg_charged_visit. Return: 0, or -1 with errno set */
int mcg_charged_decode(const struct nlmsghdr *message, void *visit);

#endif
