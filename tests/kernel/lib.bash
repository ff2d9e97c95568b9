# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What kernel tests share; a test file says `load lib`. A file that has its own setup or teardown calls
# log_begin first, as the one here does.
#
# The guest provides: MODULE (memcgctl.ko), KVER, RIG_KERNEL (6.1, 6.12, 7.2, debug), RIG_VARIANT,
# RIG_SCRATCH (an empty ext4), RIG_SWAP (a swap disk, off), TEST_MODULES (tests/kernel/*/ as built).

cg=/sys/fs/cgroup

# In an emulated machine a program takes ten milliseconds to start.
for name in mkdir mktemp rm rmdir sleep; do
	enable -f "/usr/lib/bash/$name" "$name"
done

setup() {
	log_begin
}

teardown() {
	remove_groups
}

module_load() {
	[ -e /sys/module/memcgctl ] || insmod "$MODULE" "$@"
}

module_unload() {
	[ ! -e /sys/module/memcgctl ] || rmmod memcgctl
}

# test_module NAME [PARAMETER…]: load the test-only module tests/kernel/NAME.
test_module() {
	local name=$1
	shift
	insmod "$TEST_MODULES/$name/${name//-/_}.ko" "$@"
}

# new_group NAME: a group below the root, or below another as a/b. Its own children get every
# controller that it has. remove_groups removes what new_group made.
new_group() {
	local parent=$cg/${1%/*}
	[ "$parent" != "$cg/$1" ] || parent=$cg
	[ "$parent" = "$cg" ] || echo "+memory +pids" >"$parent/cgroup.subtree_control"
	mkdir "$cg/$1"
	echo "$1" >>"$BATS_TEST_TMPDIR/groups"
}

# in_group NAME COMMAND…: run a command or function in a group.
in_group() {
	local group=$1
	shift
	(
		echo "$BASHPID" >"$cg/$group/cgroup.procs"
		"$@"
	)
}

# kill_group NAME: end every process in it, and wait until they are gone (at most 30 s).
kill_group() {
	local n populated
	echo 1 >"$cg/$1/cgroup.kill"
	for ((n = 0; n < 600; n++)); do
		read -r _ populated <"$cg/$1/cgroup.events"
		[ "$populated" = 1 ] || return 0
		sleep 0.05
	done
	echo "processes of $1 do not end" >&2
	return 1
}

remove_groups() {
	local groups n
	[ -e "$BATS_TEST_TMPDIR/groups" ] || return 0
	mapfile -t groups <"$BATS_TEST_TMPDIR/groups"
	# The last one made is the deepest.
	for ((n = ${#groups[@]} - 1; n >= 0; n--)); do
		[ -d "$cg/${groups[n]}" ] || continue
		kill_group "${groups[n]}" && rmdir "$cg/${groups[n]}" || return 1
	done
}

# flush: bring memory.stat of all groups up to date, with what waits for a list. The kernel does it every two seconds, and for
# whoever reads memory.stat after some hundred changes in or below that group: which are quick to make.
flush() {
	command counted
}

# reclaim GROUP SIZE: what can be of it. A signal ends it early, so in a shell of its own, whose children end unheard.
reclaim() {
	(echo "$2" >"$cg/$1/memory.reclaim") 2>/dev/null || :
}

# mem_stat GROUP KEY: a line of memory.stat, in bytes.
mem_stat() {
	local all
	# Each command under bats costs a debug trap, each program ten milliseconds: few of either.
	IFS= read -r -d '' all <"$cg/$1/memory.stat" || :
	[[ $'\n'$all =~ $'\n'"$2 "([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

mem_current() {
	local now
	read -r now <"$cg/$1/memory.current" && echo "$now"
}

# dying: groups whose memory part still lives after their removal.
dying() {
	local key value all=0
	while read -r key value; do
		case $key in
		nr_dying_subsys_memory) echo "$value" && return ;;
		nr_dying_descendants) all=$value ;;
		esac
	done <$cg/cgroup.stat
	echo "$all"
}

# charge_everywhere GROUP: each CPU charges this group, and so gives back what it has charged ahead for another, which that keeps
# while it is dying.
charge_everywhere() {
	local cpu
	for cpu in $(seq 0 $(($(nproc) - 1))); do
		in_group "$1" taskset -c "$cpu" counted
	done
}

# kmem_row GROUP COLUMN: a column of memcgctl kmem, sizes in bytes.
kmem_row() {
	memcgctl kmem "/$1" --csv | awk -F , -v name="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if (tolower($i) == name) column = i }
		NR == 2 { print $column }'
}

# kmem_exact GROUP: the module counts what memory.stat says, to the byte. At rest; but RCU and work queues
# free late, so it has half a minute to become true.
kmem_exact() {
	local n usage
	for ((n = 0; n < 150; n++)); do
		usage=$(kmem_row "$1" usage)
		[ "$usage" != "$(mem_stat "$1" kernel)" ] || return 0
		sleep 0.2
	done
	echo "$1: the module counts $usage, memory.stat says $(mem_stat "$1" kernel)"
	return 1
}

# Which test begins is marked in the kernel's log, so that a report (tests/rig/log-reports) can be held against it; and said
# outside, for the case that the guest does not survive it.
log_begin() {
	echo "${BATS_TEST_FILENAME##*/}: $BATS_TEST_DESCRIPTION" >"$RIG_OUT/current"
	echo "rig-begin $BATS_TEST_DESCRIPTION" >/dev/kmsg
}

# To know where a test fails, bats looks at every command before it runs, which is a fifth of the time that tests take in an emulated
# machine. This looks at the command that has failed; only where teardown failed, or a test did "exit", it cannot say.
# shellcheck disable=SC2034 # for bats
bats_setup_tracing() {
	BATS_DEBUG_LAST_STACK_TRACE=()
	BATS_DEBUG_LASTLAST_STACK_TRACE=()
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=
	BATS_ERROR_SUFFIX=
	exec 4<&1
	trap bats_error_trap ERR
}

bats_error_trap() {
	bats_check_status_from_trap
	# The innermost function comes first.
	[ "$BATS_DEBUG_LAST_STACK_TRACE_IS_VALID" ] || bats_capture_stack_trace
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
}

# It would start date(1) twice for each test.
get_mills_since_epoch() {
	echo $((${EPOCHREALTIME/./} / 1000))
}
