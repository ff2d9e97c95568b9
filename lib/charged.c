// SPDX-License-Identifier: LGPL-2.1-or-later
#include "charged.h"

#include <string.h>

#include "genl.h"
#include "memcgctl.h"

int mcg_charged_decode(const struct nlmsghdr *message, void *data)
{
	static const uint8_t types[MEMCGCTL_CHARGED_MAX + 1] = {
		[MEMCGCTL_CHARGED_GROUPS] = MNL_TYPE_BINARY,
	};
	const struct nlattr *tb[MEMCGCTL_CHARGED_MAX + 1];
	const struct mcg_charged_visit *visit = data;
	struct memcgctl_charged charged;
	const char *groups;
	size_t size;

	if (mcg_attr_parse(message, types, MEMCGCTL_CHARGED_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_CHARGED_GROUPS])
		return 0;
	groups = mnl_attr_get_payload(tb[MEMCGCTL_CHARGED_GROUPS]);
	size = mnl_attr_get_payload_len(tb[MEMCGCTL_CHARGED_GROUPS]);
	for (; size >= sizeof(charged); groups += sizeof(charged), size -= sizeof(charged)) {
		memcpy(&charged, groups, sizeof(charged));
		visit->visit(charged.id, charged.bytes, visit->data);
	}
	return 0;
}

/* Figures that were told before are told again. */
static void restart(void *data)
{
	(void)data;
}

int mcg_charged_read(struct mcg_module *module,
		     void (*visit)(uint64_t id, uint64_t bytes, void *data), void *data,
		     struct mcg_error *err)
{
	struct mcg_charged_visit with = { .visit = visit, .data = data };

	return mcg_genl_dump(module, MEMCGCTL_CMD_CHARGED, NULL, mcg_charged_decode, restart, &with,
			     err);
}
