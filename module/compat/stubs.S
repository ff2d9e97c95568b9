/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of hooks that are so hot that saving the registers of a whole call would be most of their
 * cost: struct hook, @stub. Called in the place of the ftrace call at a function's entry, hence with
 * every argument register in use, the address behind that call on top of the stack, and below it the
 * return address of the function's caller. Either returns, and the function goes on; or drops
 * the address on top and jumps to the replacement, which then returns to the caller.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>

	.text

/* try_charge_memcg(): when the caller is one of kmem_chargers, its table of start and length. */
SYM_FUNC_START(kmem_try_charge_stub)
	ANNOTATE_NOENDBR /* called by name, never through a pointer */
	movq	8(%rsp), %rax
	.set	row, 0
	.rept	3
	movq	%rax, %r10
	subq	kmem_chargers + row(%rip), %r10
	cmpq	kmem_chargers + row + 8(%rip), %r10
	jb	.Lkmem_try_charge
	.set	row, row + 16
	.endr
	RET
.Lkmem_try_charge:
	addq	$8, %rsp
	UNWIND_HINT_FUNC
	jmp	kmem_try_charge
SYM_FUNC_END(kmem_try_charge_stub)

/* __mod_memcg_state(): when the second argument is kmem_account_index. */
SYM_FUNC_START(kmem_account_stub)
	ANNOTATE_NOENDBR /* called by name, never through a pointer */
	cmpl	kmem_account_index(%rip), %esi
	je	.Lkmem_account
	RET
.Lkmem_account:
	addq	$8, %rsp
	UNWIND_HINT_FUNC
	jmp	kmem_account
SYM_FUNC_END(kmem_account_stub)
