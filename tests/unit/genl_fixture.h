/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages as the module sends them, one at a time. */
#ifndef GENL_FIXTURE_H
#define GENL_FIXTURE_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

#define TYPE 0x21
#define SEQ 7
#define PORT 4711

/* Where the last message is that was made. */
extern char buf[4096];

struct nlmsghdr *start(void *where, uint8_t command);
struct nlmsghdr *kmem_message(void);
struct nlmsghdr *claim_message(uint64_t present, uint64_t moved);
struct nlmsghdr *status_message(void);
struct nlmsghdr *event_message(void);
struct nlmsghdr *bind_message(void);
/* So many bytes of three groups, with ids 1, 2 and 4 and a hundred times that charged; 0: without the attribute. */
struct nlmsghdr *charged_message(size_t size);
/* Of the memory controller, or of the one with that name. */
struct nlmsghdr *dead_message(const char *controller);
void put_target(struct nlmsghdr *m, uint16_t type, uint64_t id, const char *path, uint32_t weight);

#endif
