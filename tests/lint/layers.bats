#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# The tree keeps the layer rules, and the check that says so notices each kind of breach: one is put
# into a copy, and must be reported, alone.

top=$BATS_TEST_DIRNAME/../..

setup_file() {
	mkdir -p "$BATS_FILE_TMPDIR/whole"
	(cd "$top" && cp -r cmd lib module Makefile "$BATS_FILE_TMPDIR/whole/")
}

setup() {
	tree=$BATS_TEST_TMPDIR/tree
	cp -r "$BATS_FILE_TMPDIR/whole" "$tree"
}

# reports FILE TEXT: the check of the copy fails, for FILE only, and says TEXT.
reports() {
	run "$top/tests/lint/layers" "$tree"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == "$1: $2"* ]]
}

# into FILE LINE: put LINE at the end.
into() {
	printf '%s\n' "$2" >>"$tree/$1"
}

@test "the tree keeps the rules" {
	run "$top/tests/lint/layers"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a copy of the tree keeps them, too" {
	run "$top/tests/lint/layers" "$tree"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a command that includes another is found" {
	into cmd/status.c '#include "help.h"'
	reports cmd/status.c "a command includes another: cmd/help.h"
}

@test "a command that calls another is found, however it is declared" {
	into cmd/common.h 'int exec_run(void);'
	into cmd/exec.c 'int exec_run(void)'
	into cmd/status.c 'static int f(void) { return exec_run(); }'
	reports cmd/status.c "a command calls another: exec_run of cmd/exec.c"
}

@test "a command that includes libmnl is found" {
	into cmd/status.c '#include <libmnl/libmnl.h>'
	reports cmd/status.c "a command sees netlink through cmd/status.c"
}

@test "a command that sees netlink through a header of the library is found" {
	into lib/place.h '#include <linux/netlink.h>'
	reports cmd/exec.c "a command sees netlink through lib/place.h"
}

@test "a command that uses netlink is found" {
	into cmd/status.c 'static int f(void) { return mnl_socket_close(0); }'
	reports cmd/status.c "a command uses netlink: mnl_socket_close"
}

@test "a command that reaches into the module is found" {
	into cmd/status.c '#include "core/counter.h"'
	reports cmd/status.c "a command reaches into the module: module/core/counter.h"
}

@test "a library that prints is found" {
	into lib/size.c 'static void f(void) { printf("x"); }'
	reports lib/size.c "the library prints: printf"
}

@test "a library that prints to stderr is found" {
	into lib/size.c 'static void f(void) { fputs("x", stderr); }'
	reports lib/size.c "the library prints: stderr"
}

@test "a library that ends the program is found" {
	into lib/size.c 'static void f(void) { exit (1); }'
	reports lib/size.c "the library ends the program: exit"
}

@test "a library that includes a command's header is found" {
	into lib/size.c '#include "../cmd/command.h"'
	reports lib/size.c "the library includes what is above it: cmd/command.h"
}

@test "comments and strings are no breach" {
	into lib/size.c '/* printf("x"); exit(1); stderr */ static const char *s = "a \" abort() stdout"; // puts("")'
	run "$top/tests/lint/layers" "$tree"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "genetlink outside its two files is found" {
	into lib/size.c '#include <linux/genetlink.h>'
	reports lib/size.c "includes genetlink: linux/genetlink.h"
}

@test "genetlink in the module outside nl.c is found" {
	into module/core/event.c '#  include <net/genetlink.h>'
	reports module/core/event.c "includes genetlink: net/genetlink.h"
}

@test "a core that includes a feature is found" {
	into module/core/group.c '#include "../kmem.h"'
	reports module/core/group.c "the core includes what is above it: module/kmem.h"
}

@test "a core that calls a feature is found, however it is declared" {
	into module/core/group.c 'int kmem_init(void);'
	reports module/core/group.c "the core calls what is above it: kmem_init of module/kmem.c"
}

# As the issue after the next will have it: two features.
second_feature() {
	printf '%s\n' '// SPDX-License-Identifier: GPL-2.0-only' "$@" >"$tree/module/bind.c"
}

@test "a feature that includes another is found" {
	second_feature '#include "kmem.h"'
	reports module/bind.c "a feature includes another: module/kmem.h"
}

@test "a feature that includes a private header of another is found" {
	second_feature '#include "kmem_private.h"'
	reports module/bind.c "a feature includes another: module/kmem_private.h"
}

@test "a feature that calls another is found" {
	second_feature 'extern int kmem_init(void);' 'static int f(void) { return kmem_init(); }'
	reports module/bind.c "a feature calls another: kmem_init of module/kmem.c"
}

@test "a feature that includes what is above it is found" {
	second_feature '#include "nl.h"'
	reports module/bind.c "a feature includes what is above it: module/nl.h"
}

@test "a feature that asks for the kernel's version is found" {
	into module/kmem.c '#if LINUX_VERSION_CODE > 0'
	reports module/kmem.c "asks for the kernel's version outside compat: LINUX_VERSION_CODE"
}

@test "compat may ask for the kernel's version" {
	into module/compat/compat.h '#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)'
	grep -q LINUX_VERSION_CODE "$tree/module/compat/compat.h"
	run "$top/tests/lint/layers" "$tree"
	[ "$status" -eq 0 ]
}

@test "a file without a licence is found" {
	sed -i 1d "$tree/cmd/status.c"
	reports cmd/status.c "the first line is not SPDX-License-Identifier: GPL-2.0-only"
}

@test "a file with the licence of another folder is found" {
	sed -i '1s/LGPL-2.1-or-later/GPL-2.0-only/' "$tree/lib/size.c"
	reports lib/size.c "the first line is not SPDX-License-Identifier: LGPL-2.1-or-later"
	sed -i '1s/GPL-2.0-only/LGPL-2.1-or-later/' "$tree/lib/size.c"
	sed -i '1s/ WITH Linux-syscall-note//' "$tree/module/uapi/memcgctl.h"
	reports module/uapi/memcgctl.h "the first line is not SPDX-License-Identifier: GPL-2.0-only WITH"
}

@test "a file of more than 600 lines is found" {
	printf '/* x */\n%.0s' {1..600} >>"$tree/lib/hmap.c"
	reports lib/hmap.c "$(($(wc -l <"$tree/lib/hmap.c"))) lines, more than 600"
}
