#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # lib.bash sets cg

load lib

teardown() {
	module_unload
	remove_groups
}

# state KIND NAME: a cell of the table.
state() {
	memcgctl status --csv | awk -F , -v kind="$1" -v name="$2" '$1 == kind && $2 == name { print $3 }'
}

# hooks: the states that those of limits are in.
hooks() {
	memcgctl status --csv | awk -F , '
		$1 == "hook" && $2 ~ /^(mem_cgroup_css_offline|try_charge_memcg|__mod_memcg_state|.*handle_over_high)$/ { print $3 }' | sort -u
}

@test "status: without the module, with it, and after it" {
	module_unload
	run memcgctl status
	[ "$status" = 3 ]
	[[ $output == *"memcgctl: status: module not loaded (modprobe memcgctl)"* ]]
	module_load
	run memcgctl status
	[ "$status" = 0 ]
	[ "$(state kernel linux)" = "$KVER" ]
	[ "$(state cgroup memory)" = v2 ]
	[ "$(state module memcgctl)" = loaded ]
	[ "$(memcgctl status --csv | awk -F , '$1 == "module" { print $4 }')" = "$(</sys/module/memcgctl/version)" ]
	[ "$(state feature kmem)" = available ]
	[ "$(state feature madvise)" = available ]
	[ "$(state hook do_madvise)" = live ]
	module_unload
	run memcgctl status
	[ "$status" = 3 ]
}

@test "status: hooks live while a limit needs them, and idle otherwise" {
	module_load
	new_group status
	[ "$(hooks)" = idle ]
	memcgctl kmem limit /status 64M
	[ "$(hooks)" = live ]
	[ "$(state groups "with a policy")" = 1 ]
	memcgctl status | grep -q 'their limits end when the module is unloaded'
	memcgctl kmem limit /status max
	[ "$(hooks)" = idle ]
	[ "$(state groups "with a policy")" = 0 ]
}

@test "status: the same in JSON, and for somebody without privilege" {
	module_load
	memcgctl status --json >"$BATS_TEST_TMPDIR/root"
	grep -q '"loaded": true' "$BATS_TEST_TMPDIR/root"
	setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl status --json |
		diff - "$BATS_TEST_TMPDIR/root"
}
