// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the running kernel says of its own types and functions (BTF).
 *
 * A hand-declared prototype that differs from the kernel's would be called with the wrong
 * arguments; a private offset that differs would read the wrong memory. Both are asked for here,
 * and a difference refuses the feature.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>

#include "btf.h"
#include "sym.h"

#define PROTO_TEXT_MAX 256

static const struct {
	const char *name;
	const char *text;
	const char *refusal;
} protos[] = {
#define PROTO_TEXT(ret, name, ...)                                                                 \
	{ #name, #ret "(" #__VA_ARGS__ ")", #name " has another signature" },
	COMPAT_PROTOS(PROTO_TEXT)
#undef PROTO_TEXT
};

static bool differs[ARRAY_SIZE(protos)];

struct text {
	size_t len;
	char buf[PROTO_TEXT_MAX];
};

/* What does not fit is cut, and then differs. */
static void add(struct text *text, const char *part)
{
	text->len += scnprintf(text->buf + text->len, sizeof(text->buf) - text->len, "%s", part);
}

static const char *btf_name(const struct btf *btf, const struct btf_type *t)
{
	const char *name = t->name_off ? sym_call(btf_name_by_offset)(btf, t->name_off) : NULL;

	return name ?: "";
}

/* Append the text of a type, as C writes it without a name. Enough for what prototypes hold. */
static void print_type(struct text *text, const struct btf *btf, u32 id)
{
	const struct btf_type *t;
	int stars = 0;

	while (id) {
		t = sym_call(btf_type_by_id)(btf, id);
		if (!t)
			break;
		switch (BTF_INFO_KIND(t->info)) {
		case BTF_KIND_PTR:
			stars++;
			id = t->type;
			continue;
		case BTF_KIND_CONST:
			add(text, "const ");
			id = t->type;
			continue;
		case BTF_KIND_STRUCT:
			add(text, "struct ");
			break;
		case BTF_KIND_FWD:
			add(text, BTF_INFO_KFLAG(t->info) ? "union " : "struct ");
			break;
		case BTF_KIND_UNION:
			add(text, "union ");
			break;
		case BTF_KIND_ENUM:
			add(text, "enum ");
			break;
		default:
			break;
		}
		add(text, btf_name(btf, t));
		goto stars;
	}
	add(text, "void");
stars:
	if (stars)
		add(text, " ");
	while (stars--)
		add(text, "*");
}

/* "ret(type, type)" of a function, or false when BTF does not have it. */
static bool print_proto(struct text *text, struct btf *btf, const char *name)
{
	const struct btf_param *param;
	const struct btf_type *t;
	s32 id;
	int i;

	id = sym_call(btf_find_by_name_kind)(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		return false;
	t = sym_call(btf_type_by_id)(btf, id);
	t = t ? sym_call(btf_type_by_id)(btf, t->type) : NULL;
	if (!t)
		return false;
	print_type(text, btf, t->type);
	add(text, "(");
	param = (const struct btf_param *)(t + 1);
	if (!BTF_INFO_VLEN(t->info))
		add(text, "void");
	for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		if (i)
			add(text, ", ");
		print_type(text, btf, param[i].type);
	}
	add(text, ")");
	return true;
}

/**
 * btf_check_protos() - compare every hand-declared prototype with the kernel's
 *
 * A kernel built without BTF is taken as it is: there is nothing to compare with. What differs is logged,
 * and answered by btf_mismatch().
 *
 * Return: 0, or -ENOMEM.
 */
int btf_check_protos(void)
{
	struct btf *btf = sym_call(bpf_get_btf_vmlinux)();
	struct text *text;
	int i;

	if (IS_ERR_OR_NULL(btf))
		return 0;
	text = kmalloc(sizeof(*text), GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(protos); i++) {
		text->len = 0;
		if (!print_proto(text, btf, protos[i].name))
			add(text, "not in its BTF");
		differs[i] = strcmp(text->buf, protos[i].text);
		if (differs[i])
			pr_warn("%s in this kernel is %s; built for %s\n", protos[i].name,
				text->buf, protos[i].text);
	}
	kfree(text);
	return 0;
}

/** btf_mismatch() - a sentence if the hand-declared prototype of @function differs from the kernel's, else NULL */
const char *btf_mismatch(const char *function)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(protos); i++)
		if (differs[i] && !strcmp(protos[i].name, function))
			return protos[i].refusal;
	return NULL;
}

/**
 * btf_member_offset() - offset of a member of a private struct
 * @type: name of the struct
 * @member: name of the member; not inside an unnamed struct or union
 *
 * Return: bytes, or -ENOENT when there is no BTF, no such struct or member.
 */
int btf_member_offset(const char *type, const char *member)
{
	struct btf *btf = sym_call(bpf_get_btf_vmlinux)();
	const struct btf_member *m;
	const struct btf_type *t;
	s32 id;
	int i;

	if (IS_ERR_OR_NULL(btf))
		return -ENOENT;
	id = sym_call(btf_find_by_name_kind)(btf, type, BTF_KIND_STRUCT);
	t = id < 0 ? NULL : sym_call(btf_type_by_id)(btf, id);
	if (!t)
		return -ENOENT;
	m = (const struct btf_member *)(t + 1);
	for (i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		const char *name = sym_call(btf_name_by_offset)(btf, m[i].name_off);
		u32 bits = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;

		if (name && !strcmp(name, member))
			return bits / BITS_PER_BYTE;
	}
	return -ENOENT;
}
