#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# Counters are exact: whatever was limited, lowered, cleared and removed meanwhile, at rest the module's usage is
# `kernel` in memory.stat to the page.
# limit: 300
# shellcheck disable=SC2086,SC2154 # lib.bash and stress.bash set them

load lib
load stress

setup() {
	stress_setup
	module_load
}

teardown() {
	stress_teardown
}

# bats test_tags=parallel,variant
@test "limits set, changed and removed under load leave the usage exact" {
	tree x
	load_leaves
	"$helpers/limits" change $((8 + soak)) 20240229 "${groups[@]}"
	load_end
	"$helpers/limits" exact "${groups[@]}"
	[ "$(memcgctl --csv kmem | wc -l)" = 10 ]
}

@test "limits first set under load begin exact" {
	local i
	tree y
	load_leaves
	for ((i = 0; i < 2; i++)); do
		"$helpers/limits" set 0xffffffffffffffff 0 "${groups[@]}"
		sleep 0.3
		# From the leaves up, so that each new limit comes between a parent and limits that are there.
		"$helpers/limits" set 0x10000000 2 "${groups[8]}" "${groups[5]}" "${groups[1]}" "${groups[0]}" \
			"${groups[3]}" "${groups[2]}" "${groups[7]}"
		sleep 0.3
	done
	load_end
	"$helpers/limits" exact "${groups[@]}"
}

# reparent TIMES DENTRIES LIMIT: in a group z that has a limit when LIMIT is not 0; prints how many are dying after it.
reparent() {
	mkdir -p "$RIG_SCRATCH/z"
	ls "$RIG_SCRATCH/z"
	"$helpers/reparent" $cg/z "$RIG_SCRATCH/z" "$@"
}

@test "a group removed with 100,000 live dentries leaves no dying group and an exact parent" {
	new_group z
	module_unload
	control=$(reparent 1 100000 0)
	echo 2 >/proc/sys/vm/drop_caches
	module_load
	"$helpers/limits" set 0x20000000 2 $cg/z
	left=$(reparent 1 100000 0x10000000)
	"$helpers/limits" exact $cg/z
	echo 2 >/proc/sys/vm/drop_caches
	"$helpers/limits" exact $cg/z
	echo "dying: $left, without the module $control"
	[ "$left" -le "$control" ]
}

# bats test_tags=parallel
@test "groups removed 1,000 times amid charges leave no dying group and exact ancestors" {
	# A soak removes as many as this, with as many dentries as its time allows.
	local dentries=$((20 + soak * 4))
	new_group z
	module_unload
	control=$(reparent 200 $dentries 0)
	module_load
	"$helpers/limits" set 0x4000000 2 $cg/z
	# Half of them below their limit all the time, half at it.
	left=$(reparent 500 $dentries 0x1000000)
	echo "dying: $left, without the module $control"
	[ "$left" -le "$control" ]
	left=$(reparent 500 $dentries 0x20000)
	"$helpers/limits" exact $cg/z
	echo "dying: $left, without the module $control"
	[ "$left" -le "$control" ]
	[ "$(memcgctl --csv kmem | wc -l)" = 2 ]
}
