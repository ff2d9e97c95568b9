// SPDX-License-Identifier: GPL-2.0-only
/* Kernel symbols that are not exported; see sym.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>

#include "sym.h"

/* kallsyms_lookup_name(), which is neither exported nor, everywhere, declared for modules. */
typedef unsigned long lookup_fn(const char *name);
DEFINE_STATIC_CALL_NULL(lookup, lookup_fn);

#define SYM_DEFINE(fn, user)                                                                       \
	DEFINE_STATIC_CALL_NULL(sym_##fn, fn);                                                     \
	static void bind_##fn(unsigned long addr)                                                  \
	{                                                                                          \
		static_call_update(sym_##fn, (typeof(&fn))addr);                                   \
	}
SYM_FUNCTIONS(SYM_DEFINE)
#undef SYM_DEFINE

static const struct {
	const char *name;
	enum sym_user user;
	void (*bind)(unsigned long addr);
} functions[] = {
#define SYM_ENTRY(fn, user) { #fn, user, bind_##fn },
	SYM_FUNCTIONS(SYM_ENTRY)
#undef SYM_ENTRY
};

static const char *missing[SYM_USERS];

/**
 * sym_address() - address of a symbol of the kernel
 * @name: its name in kallsyms
 *
 * Context: may sleep.
 * Return: the address, or 0.
 */
unsigned long sym_address(const char *name)
{
	return static_call(lookup)(name);
}

/**
 * sym_range() - first and one past the last address of a function
 * @name: its name
 * @start: out
 * @end: out
 *
 * Return: false when there is no such function.
 */
bool sym_range(const char *name, unsigned long *start, unsigned long *end)
{
	unsigned long size, offset;

	*start = sym_address(name);
	if (!*start || !sym_call(kallsyms_lookup_size_offset)(*start, &size, &offset))
		return false;
	*end = *start + size;
	return true;
}

/** sym_missing() - name of the first symbol that @user needs and this kernel lacks, or NULL */
const char *sym_missing(enum sym_user user)
{
	return missing[user];
}

/**
 * sym_init() - resolve all symbols
 *
 * Return: 0, or a negative errno when the kernel's symbol table cannot be had at all, or a symbol of
 * the core is missing (logged).
 */
int sym_init(void)
{
	/* Never armed: at a function's entry that is ftrace's work, which while that is off leaves a mark that kills it later. */
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name", .flags = KPROBE_FLAG_DISABLED };
	unsigned long addr;
	int err, i;

	err = register_kprobe(&kp);
	if (err) {
		pr_err("no kprobe on kallsyms_lookup_name (%d): is CONFIG_KPROBES off?\n", err);
		return err;
	}
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	static_call_update(lookup, (lookup_fn *)addr);

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		addr = sym_address(functions[i].name);
		if (addr)
			functions[i].bind(addr);
		else if (!missing[functions[i].user])
			missing[functions[i].user] = functions[i].name;
	}
	if (missing[SYM_CORE]) {
		pr_err("this kernel has no symbol %s\n", missing[SYM_CORE]);
		return -EOPNOTSUPP;
	}
	return 0;
}
