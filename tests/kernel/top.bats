#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154,SC2034 # lib.bash and claim.bash set variables, terminal.bash uses one
#
# top on real groups with the module: what it changes, and the module's end while it is open.

load lib
load claim
load ../cli/terminal

MEMCGCTL=memcgctl

setup() {
	log_begin
	claim_setup
	new_group topfrom
	new_group topto
}

teardown() {
	stop 2>/dev/null || true
	claim_teardown
}

# 8 MiB of a file, charged to topfrom.
fill() {
	in_group topfrom dd if=/dev/zero of="$mnt/file" bs=1M count=8 status=none
}

# The only row is that group.
only() {
	keys /
	wait_for "^filter:"
	keys C-u "$1" Enter
	wait_for "^[ *]/$1 "
}

@test "top: what is charged is memory.current, and follows it" {
	fill
	start 100x30
	only topfrom
	wait_for "^ /topfrom +8\.[0-9]M"
	rm "$mnt/file"
	wait_for "^ /topfrom +[0-9.]+[KB]"
	[ "$(memcgctl top --csv | sed -n 's,^/topto\,[0-9]*\,\([0-9]*\)\,.*,\1,p')" -lt 1048576 ]
}

@test "top: a claim of a group shows the dry run, asks, and shows the receipt" {
	fill
	start 100x30
	wait_for "module loaded"
	only topfrom
	keys c
	wait_for "charge it to the group: self"
	keys C-u /topto Enter
	wait_for "^would move 8\.[0-9]*M of"
	keys n
	wait_for "^ /topfrom +8\.[0-9]M"
	keys c
	wait_for "charge it to the group:"
	keys C-u /topto Enter
	wait_for "claim it\? \(y/n\)"
	keys y
	wait_for "^moved 8\.[0-9]*M of"
	[ "$(<"$cg/topto/memory.current")" -ge $((8 << 20)) ]
	keys Enter
	keys c C-u /nope Enter
	wait_for "^/nope: no such group"
}

@test "top: an object is bound and claimed, from the view of objects" {
	fill
	hold_in a "shared:$mnt/file:0:2048:1"
	start 100x30
	only topto
	keys Space
	wait_for "1 tagged"
	only topfrom
	keys Enter
	wait_for "^ $mnt/file +8.0M +0B +8.0M"
	wait_for "groups that map them, too"
	wait_for "^ /a "
	keys b
	wait_for "^to /topto"
	wait_for "8.0M is present"
	keys y
	wait_for "^binding [0-9]+"
	keys y
	wait_for "^moved 8.0M of 8.0M present to /topto"
	memcgctl bind | grep -q "$mnt/file *.*/topto"
	keys Enter F5
	wait_gone "^ $mnt/file +8.0M"
	keys Escape
	only topto
	keys Enter
	wait_for "^ $mnt/file +8.0M"
	keys Enter
	wait_for "^ /topto +8.0M +0B"
	wait_for "^ /a +0B +8.0M"
	memcgctl unbind "$(memcgctl bind --csv | sed -n '2s/,.*//p')"
}

@test "top: a kmem limit is set" {
	start 100x30
	only topto
	keys k
	wait_for "kmem limit of /topto"
	keys 12x Enter
	wait_for "12x"
	keys k
	wait_for "kmem limit of /topto"
	keys 64M Enter
	wait_for "^/topto: kmem limit 64M \(enforce\)"
	memcgctl kmem /topto | grep -q 64M
	keys Enter k
	wait_for "kmem limit of /topto"
	keys max Enter
	wait_for "^/topto: no kmem limit"
}

@test "top: the module is unloaded and loaded while it is open, and a group removed" {
	start 100x30
	wait_for "module loaded"
	module_unload
	wait_for "the module was unloaded: going on from /proc alone"
	wait_for "no module"
	keys c
	wait_for "^module not loaded"
	module_load
	wait_for "module loaded"
	only topto
	keys End
	rmdir "$cg/topto"
	wait_for "the selected group is gone"
	wait_for "^0 groups"
	keys q
	wait_for "status 0"
}
