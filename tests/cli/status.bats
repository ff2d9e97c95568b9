#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash

load lib

@test "without the module it says what is known, and status 3" {
	make_tree
	memcgctl status
	[ "$status" = 3 ]
	[ "$error" = "memcgctl: status: $NO_MODULE" ]
	grep -q "^kernel  *linux  *$(uname -r)\$" <<<"$output"
	grep -q "^cgroup  *memory  *v2  *$MEMCGCTL_CGROUP\$" <<<"$output"
	grep -q '^module  *memcgctl  *missing$' <<<"$output"
}

@test "json" {
	make_tree
	memcgctl status --json
	[ "$status" = 3 ]
	jq -e --arg release "$(uname -r)" --arg mount "$MEMCGCTL_CGROUP" '.schema == 1 and (.status |
		.kernel == $release and .cgroup == { mount: $mount, version: 2 } and
		.module == { loaded: false, version: null, protocol: 1 } and
		.features == [] and .hooks == [] and .groups == 0)' <<<"$output"
	[ "$(jq .error.status <<<"$error")" = 3 ]
}

@test "csv" {
	make_tree
	memcgctl --csv status
	[ "$status" = 3 ]
	[ "$(head -n 1 <<<"$output")" = kind,name,state,detail ]
	grep -qx 'module,memcgctl,missing,' <<<"$output"
}

@test "without a cgroup hierarchy" {
	MEMCGCTL_CGROUP=/nope memcgctl status --json
	[ "$status" = 3 ]
	jq -e '.status.cgroup == null' <<<"$output"
}

@test "takes no argument" {
	fails 2 "status: x: no argument expected (see memcgctl status --help)" status x
}
