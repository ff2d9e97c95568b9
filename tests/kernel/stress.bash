# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2086,SC2154 # lib.bash sets cg
#
# What the tests of the module under load share: a tree of groups, the load in it, and the wait until nothing
# of it is left.

helpers=$BATS_TEST_DIRNAME/../../build/helpers
# A soak runs the loops that much longer.
soak=${SOAK_SECONDS:-0}

# Where the CPUs are truly parallel, nobody has to leave room for the other.
nap=20
[ "$RIG_VARIANT" != parallel ] || nap=0

# tree NAME: groups three levels deep; sets leaves (six, for processes) and groups (all nine), as folders.
tree() {
	local group
	groups=() leaves=()
	for group in "$1" "$1/m" "$1/m/n"; do
		new_group "$group"
		groups+=("$cg/$group")
	done
	for group in "$1/a" "$1/b" "$1/m/c" "$1/m/d" "$1/m/n/e" "$1/m/n/f"; do
		new_group "$group"
		groups+=("$cg/$group")
		leaves+=("$cg/$group")
	done
}

# load_begin GROUP-FOLDER KIND…: in the background, until load_end.
load_begin() {
	local group=$1 folder=$RIG_SCRATCH/${1##*/}
	shift
	mkdir -p "$folder"
	"$helpers/load" "$nap" "$group" "$folder" "$@" 3>&- >>"$BATS_TEST_TMPDIR/load" 2>&1 &
	echo $! >>"$BATS_TEST_TMPDIR/loads"
}

# load_leaves: every kind of load, a different two in each leaf.
load_leaves() {
	load_begin "${leaves[0]}" dentry fork
	load_begin "${leaves[1]}" pipe sparse
	load_begin "${leaves[2]}" file socket
	load_begin "${leaves[3]}" dentry pipe
	load_begin "${leaves[4]}" socket fork
	load_begin "${leaves[5]}" sparse file
}

load_end() {
	local pid
	[ -e "$BATS_TEST_TMPDIR/loads" ] || return 0
	while read -r pid; do
		kill "$pid" 2>/dev/null || :
	done <"$BATS_TEST_TMPDIR/loads"
	while read -r pid; do
		while [ -d "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.1; done
	done <"$BATS_TEST_TMPDIR/loads"
	rm "$BATS_TEST_TMPDIR/loads"
}

stress_setup() {
	log_begin
	dying_before=$(dying)
}

stress_teardown() {
	load_end
	remove_groups
}

# within SECONDS COMMAND…: the command succeeds before that many seconds have passed.
within() {
	local end=$((SECONDS + $1 * ${RIG_SLOW:-1}))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || { echo "not in time: $*" && return 1; }
		sleep 0.1
	done
}

none_dying() {
	[ "$(dying)" -gt "${dying_before:-0}" ] || return 0
	drop_caches
	return 1
}

# empty GROUP-FOLDER: nothing is charged to it. What CPUs keep in stock is given back by the write to memory.high; the
# parts of pages that they gave back before are put together only when the group charges again there, which is what
# settle is for. Less than a page for each CPU, and one such part, stays until the group is removed.
empty() {
	echo 0 >"$1/memory.high"
	flush
	if grep -qE '^(slab|percpu|pagetables|kernel_stack|sock|anon|file|vmalloc) [1-9]' "$1/memory.stat"; then
		drop_caches
		return 1
	fi
	[ "$(<"$1/memory.current")" -gt $((4096 * ($(nproc) + 1))) ] || return 0
	echo "-memory -pids" >"$1/cgroup.subtree_control"
	"$helpers/settle" "$1"
	return 1
}

# drop_caches: page cache keeps a removed group dying, with the module or without. So do, at times, the blocks of
# directories that are still in use by their file system: so it begins anew.
drop_caches() {
	local device
	rm -rf "${RIG_SCRATCH:?}"/*
	device=$(findmnt -no SOURCE "$RIG_SCRATCH")
	umount "$RIG_SCRATCH"
	mount -o noatime "$device" "$RIG_SCRATCH"
	echo 3 >/proc/sys/vm/drop_caches
}

# empties: with nobody in them and all caches dropped, the groups of this test have nothing, and can be removed for good.
empties() {
	local group
	drop_caches
	# From the leaves up: a group pays for the structures of its children.
	tac "$BATS_TEST_TMPDIR/groups" | while read -r group; do
		within 30 empty "$cg/$group" || {
			echo "$group keeps $(mem_current "$group"):"
			grep -v ' 0$' "$cg/$group/memory.stat"
			return 1
		}
		rmdir "$cg/$group"
	done
	within 30 none_dying
}

# ours: what ftrace has of this module's hooks. That of madvise(2) is there as long as the module is.
ours() {
	local loaded=0
	[ ! -e /sys/module/memcgctl ] || loaded=1
	awk -v loaded=$loaded '/memcgctl|_handler/ && !(loaded && $1 == "do_madvise") { print; n++ } END { exit !n }' \
		/sys/kernel/tracing/enabled_functions
}

not_ours() {
	! ours
}
