#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 400
# shellcheck disable=SC2154 # cg is set by lib.bash, mnt by show.bash
#
# The views of more groups than a table or a message of the module's holds.

load lib
load show
bats_require_minimum_version 1.5.0

groups=4150

setup() {
	log_begin
	show_setup
	module_load
}

teardown() {
	kill_group show1
	rm -f "$mnt/"*
	find "$cg/many" -mindepth 1 -type d -exec rmdir {} +
	remove_groups
	umount "$mnt"
}

# open_counters: of memory.current, those that a top of some readings keeps open.
open_counters() {
	local pid report=$BATS_TEST_TMPDIR/report
	rm -f "$report"
	memcgctl top -n 2 -d 60 --depth 1 >"$report" 3>&- &
	pid=$!
	until [ -s "$report" ]; do sleep 0.1; done
	find "/proc/$pid/fd" -lname '*/memory.current' | wc -l
	kill "$pid"
	wait "$pid" || :
}

# What top says of each group is its memory.current.
top_is_right() {
	memcgctl top --csv | awk -F , '$1 ~ "^/many/" { print $1, $3 }' | sort >"$BATS_TEST_TMPDIR/shown"
	grep . "$cg"/many/*/memory.current | sed "s,$cg,,; s,/memory.current:, ," | sort >"$BATS_TEST_TMPDIR/read"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/shown")" = $groups ]
	diff "$BATS_TEST_TMPDIR/shown" "$BATS_TEST_TMPDIR/read"
}

@test "thousands of groups: show tells which of them pays for which page of a file, and top what each is charged with" {
	new_tmpfs 1 never
	new_group show1
	new_group many
	echo "+memory" >"$cg/many/cgroup.subtree_control"
	truncate -s 20M "$mnt/file"
	hold_in show1 "shared:$mnt/file:0:$groups:0" "owners:$cg/many:$groups" again:1
	memcgctl show --matrix --all --csv | grep -E '^/many/[0-9]+,/show1,4096' >"$BATS_TEST_TMPDIR/cells"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/cells")" = $groups ]
	memcgctl show --csv "$mnt/file" >"$BATS_TEST_TMPDIR/owners"
	[ "$(grep -cE '^/many/[0-9]+,4096,' "$BATS_TEST_TMPDIR/owners")" = $groups ]

	in_group many/3 dd if=/dev/zero of="$mnt/three" bs=1M count=3 status=none
	in_group many/4149 dd if=/dev/zero of="$mnt/four" bs=1M count=4 status=none
	top_is_right
	grep -E '^/many/4149 4[0-9]{6}$' "$BATS_TEST_TMPDIR/shown"
	# The module tells it at once, without it it is read file by file.
	[ "$(open_counters)" = 0 ]
	module_unload
	# Where fewer files may be open, and where as many.
	ulimit -n 1024
	top_is_right
	[ "$(open_counters)" -lt 1024 ]
	ulimit -n 8192
	[ "$(open_counters)" -ge $groups ]
}
