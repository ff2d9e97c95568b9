#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash
# What works needs a cgroup filesystem: tests/kernel. Here: what is refused.

load lib

setup() {
	make_tree
}

@test "too few arguments" {
	fails 2 "exec: exec needs a group and a command (see memcgctl exec --help)" exec
	fails 2 "exec: exec needs a group and a command (see memcgctl exec --help)" exec /web
	fails 2 "exec: exec needs a group and a command (see memcgctl exec --help)" exec --create /web --
}

@test "groups that are not there" {
	fails 4 "exec: /nope: no such group" exec /nope -- true
	fails 4 "exec: none.service: no such group" exec --create none.service -- true
	fails 2 "exec: /a/../b: a group has no \".\" or \"..\" in its path" exec --create /a/../b -- true
}

@test "options behind -- belong to the command" {
	fails 4 "exec: /nope: no such group" exec /nope -- ls --nope --json
	fails 2 "exec: --nope: unknown option (see memcgctl exec --help)" exec /nope ls --nope
}

@test "a tree that is not mounted is not touched" {
	local before
	before=$(tree_state)
	memcgctl exec --create /new -- true
	[ "$status" = 1 ]
	[ "$error" = "memcgctl: exec: $MEMCGCTL_CGROUP: not where the memory controller is mounted" ]
	memcgctl exec /web -- true
	[ "$status" = 1 ]
	[ "$(tree_state)" = "$before" ]
	[ ! -e "$MEMCGCTL_CGROUP/new" ]
}
