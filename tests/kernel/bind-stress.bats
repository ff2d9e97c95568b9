#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Bindings come and go, with their targets and the module, while everything else changes the same memory: nothing drifts,
# nobody stays.

load lib
load claim
load bind
bats_require_minimum_version 1.5.0

# make soak sets how long.
seconds=$((4 * ${RIG_SLOW:-1}))
[ "${SOAK_SECONDS:-0}" = 0 ] || seconds=$SOAK_SECONDS
file_pages=2048
file=/run/claim/file
disk_file=$RIG_SCRATCH/bound

setup() {
	log_begin
	bind_setup
	swapon "$RIG_SWAP"
	was_dying=$(dying)
	new_group p
	echo "+memory" >"$cg/p/cgroup.subtree_control"
	: >"$file"
	: >"$disk_file"
}

teardown() {
	bind_teardown
}

# churning GROUP SEED FILE: a process that changes FILE and its own memory, until it is ended.
churning() {
	local log=$BATS_TEST_TMPDIR/churn.$2
	(echo "$BASHPID" >"$cg/$1/cgroup.procs" &&
		exec churn $((2 * seconds + 60)) "$3" $file_pages "$2") >"$log" 2>&1 3>&- &
	until [ -s "$log" ]; do
		sleep 0.1
	done
	# It is in memory, too, and charged to the group.
	rm "$log"
}

# tried EXPECTED COMMAND…: it works, or fails with one of these (grep -E).
tried() {
	local error=$BATS_TEST_TMPDIR/error.$BASHPID
	"${@:2}" >/dev/null 2>"$error" || grep -qE "$1" "$error" || cat "$error" >>"$BATS_TEST_TMPDIR/failed"
}

# binding NAME OBJECT…: over and over a new group below p is bound to, and goes; three times at least.
binding() {
	local n id end=$((SECONDS + seconds)) group=p/$1
	for ((n = 0; n < 3 || SECONDS < end; n++)); do
		mkdir "$cg/$group"
		case $((n % 4)) in
		0) tried "no such|gone" memcgctl bind "${@:2}" --to "/$group" --to /a=2 ;;
		1) tried "no such|gone" memcgctl bind "${@:2}" --to "/$group" --on-death faulter ;;
		2) tried "no such|gone" memcgctl bind "${@:2}" --to /b --on-full faulter --follow "/p/$1*" ;;
		3)
			echo 1M >"$cg/$group/memory.max"
			tried "no such|gone" memcgctl bind "${@:2}" --to "/$group" --on-death /c
			;;
		esac
		# What is made now is charged through it.
		sleep 0.2
		rmdir "$cg/$group"
		mkdir "$cg/$group.2"
		sleep 0.1
		id=$(memcgctl bind --json | awk -v name="\"$3\"" '
			/^      "id":/ { id = $2 }
			/^      "name":/ && index($0, name) { sub(",", "", id); print id }')
		[ -z "$id" ] || tried "no such" memcgctl unbind "$id"
		rmdir "$cg/$group.2"
	done
}

# What was started ends, and everybody's memory with it.
end_all() {
	local n
	# Without names it would wait for those that churn.
	[ ${#jobs[@]} = 0 ] || wait "${jobs[@]}" || :
	ended a b c
	memcgctl unbind all >/dev/null
	rm -f "$file" "$disk_file"
	sync
	[ ! -e "$BATS_TEST_TMPDIR/failed" ] || { cat "$BATS_TEST_TMPDIR/failed" && return 1; }
	empty a b c
	# Swapped-out memory of a target that has gone is gone with the files; slots in swap that a CPU keeps for later stay charged.
	swapoff "$RIG_SWAP"
	for ((n = 0; n < 300; n++)); do
		[ "$(dying)" -gt "$was_dying" ] || return 0
		settle a b c
		sleep 0.1
	done
	echo "$(dying) dying, $was_dying before"
	return 1
}

# bats test_tags=parallel
@test "bind: bindings and their targets come and go while files and private memory are churned" {
	jobs=()
	churning a 1 "$file"
	churning b 2 "$disk_file"
	churning c 3 "$file"
	binding one --file "$file" 3>&- &
	jobs+=($!)
	binding two --file "$disk_file" 3>&- &
	jobs+=($!)
	binding three --mount "$mnt" 3>&- &
	jobs+=($!)
	looking "$disk_file"
	end_all
}

# bats test_tags=parallel
@test "bind: the module is removed while files that are bound are churned" {
	local n
	jobs=()
	churning a 4 "$file"
	churning b 5 "$disk_file"
	for ((n = 0; n < 3; n++)); do
		memcgctl bind --file "$file" --to /a --to /c
		memcgctl bind --file "$disk_file" --to /c
		memcgctl bind --mount "$mnt" --to /b
		sleep 0.5
		module_unload
		module_load
	done
	end_all
}
