// SPDX-License-Identifier: LGPL-2.1-or-later
#include "status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "genl.h"

static int bad_message(void)
{
	errno = EBADMSG;
	return -1;
}

static int decode_feature(const struct nlattr *nest, struct mcg_health *health)
{
	static const uint8_t types[MEMCGCTL_FEATURE_MAX + 1] = {
		[MEMCGCTL_FEATURE_NAME] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_FEATURE_REASON] = MNL_TYPE_NUL_STRING,
	};
	const struct nlattr *tb[MEMCGCTL_FEATURE_MAX + 1];
	struct mcg_feature *feature;

	if (mcg_attr_parse_nested(nest, types, MEMCGCTL_FEATURE_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_FEATURE_NAME])
		return bad_message();
	feature = reallocarray(health->feature, health->n_features + 1, sizeof(*feature));
	if (!feature)
		return -1;
	health->feature = feature;
	feature += health->n_features++;
	memset(feature, 0, sizeof(*feature));
	if (mcg_attr_dup(tb[MEMCGCTL_FEATURE_NAME], &feature->name))
		return -1;
	return mcg_attr_dup(tb[MEMCGCTL_FEATURE_REASON], &feature->reason);
}

static int decode_hook(const struct nlattr *nest, struct mcg_health *health)
{
	static const uint8_t types[MEMCGCTL_HOOK_MAX + 1] = {
		[MEMCGCTL_HOOK_NAME] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_HOOK_LIVE] = MNL_TYPE_U8,
	};
	const struct nlattr *tb[MEMCGCTL_HOOK_MAX + 1];
	struct mcg_hook *hook;

	if (mcg_attr_parse_nested(nest, types, MEMCGCTL_HOOK_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_HOOK_NAME])
		return bad_message();
	hook = reallocarray(health->hook, health->n_hooks + 1, sizeof(*hook));
	if (!hook)
		return -1;
	health->hook = hook;
	hook += health->n_hooks++;
	memset(hook, 0, sizeof(*hook));
	hook->live = tb[MEMCGCTL_HOOK_LIVE] && mnl_attr_get_u8(tb[MEMCGCTL_HOOK_LIVE]);
	return mcg_attr_dup(tb[MEMCGCTL_HOOK_NAME], &hook->name);
}

int mcg_health_decode(const struct nlmsghdr *message, struct mcg_health *health)
{
	static const uint8_t types[MEMCGCTL_STATUS_MAX + 1] = {
		[MEMCGCTL_STATUS_VERSION] = MNL_TYPE_NUL_STRING,
		[MEMCGCTL_STATUS_FEATURE] = MNL_TYPE_NESTED,
		[MEMCGCTL_STATUS_HOOK] = MNL_TYPE_NESTED,
		[MEMCGCTL_STATUS_GROUPS] = MNL_TYPE_U32,
	};
	const struct nlattr *tb[MEMCGCTL_STATUS_MAX + 1], *attr;

	memset(health, 0, sizeof(*health));
	if (mcg_attr_parse(message, types, MEMCGCTL_STATUS_MAX, tb))
		return -1;
	if (!tb[MEMCGCTL_STATUS_VERSION])
		return bad_message();
	if (tb[MEMCGCTL_STATUS_GROUPS])
		health->groups = mnl_attr_get_u32(tb[MEMCGCTL_STATUS_GROUPS]);
	mcg_attr_for_each(attr, message) {
		if (mnl_attr_get_type(attr) == MEMCGCTL_STATUS_FEATURE && decode_feature(attr, health))
			return -1;
		if (mnl_attr_get_type(attr) == MEMCGCTL_STATUS_HOOK && decode_hook(attr, health))
			return -1;
	}
	return mcg_attr_dup(tb[MEMCGCTL_STATUS_VERSION], &health->version);
}

void mcg_health_free(struct mcg_health *health)
{
	for (size_t i = 0; i < health->n_features; i++) {
		free(health->feature[i].name);
		free(health->feature[i].reason);
	}
	for (size_t i = 0; i < health->n_hooks; i++)
		free(health->hook[i].name);
	free(health->feature);
	free(health->hook);
	free(health->version);
	memset(health, 0, sizeof(*health));
}

static int on_health(const struct nlmsghdr *message, void *data)
{
	mcg_health_free(data);
	return mcg_health_decode(message, data);
}

int mcg_health_get(struct mcg_module *module, struct mcg_health *health, struct mcg_error *err)
{
	int ret;

	memset(health, 0, sizeof(*health));
	ret = mcg_genl_call(module, mcg_genl_begin(module, MEMCGCTL_CMD_STATUS), on_health, health,
			    NULL, err);
	if (ret)
		mcg_health_free(health);
	else if (!health->version)
		ret = mcg_fail(err, MCG_FAILED, NULL, "the module's reply makes no sense");
	return ret;
}

const char *mcg_version(void)
{
	return MEMCGCTL_VERSION;
}
