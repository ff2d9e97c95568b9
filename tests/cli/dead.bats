#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# What of dead needs no module: what it refuses, and completion. The rest is tests/kernel/dead.bats.
# shellcheck disable=SC2154 # status, output and error are set by lib.bash

load lib

setup() {
	make_tree
}

@test "dead: without the module" {
	fails 3 "dead: $NO_MODULE" dead
	fails 3 "dead: $NO_MODULE" dead --why 12
	fails 3 "dead: $NO_MODULE" dead drain
	fails 3 "dead: $NO_MODULE" dead drain id:12 --to /web --dry-run
}

@test "dead: bad input" {
	local hint="(see memcgctl dead --help)"
	fails 2 "dead: list: not a thing to do with dead groups $hint" dead list
	fails 2 "dead: 2: give the id of one group, or all $hint" dead drain 1 2
	fails 2 "dead: some: not the id of a group $hint" dead drain some
	fails 2 "dead: 0: not the id of a group $hint" dead --why 0
	fails 2 "dead: id:-1: not the id of a group $hint" dead --why id:-1
	fails 2 "dead: --why: says what keeps a group, and drains none $hint" dead drain --why 1
	fails 2 "dead: --to: is for drain $hint" dead --to /web
	fails 2 "dead: --dry-run: is for drain $hint" dead --dry-run
}

@test "dead: completion" {
	candidates() {
		"$MEMCGCTL" complete -- "$@" | cut -f 1 | sort | xargs
	}
	[ "$(candidates dead '')" = drain ]
	[ "$(candidates dead --to /web/)" = "/web/a /web/b" ]
}
