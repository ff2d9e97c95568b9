# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2034 # lib.bash sets cg, and assert takes names of variables
#
# What the tests of kmem limits share; a test file says `load lib` and `load kmem`.

helpers=$BATS_TEST_DIRNAME/../../build/helpers
page=4096
dentry_size=$(awk '$1 == "dentry" { print $4 }' /proc/slabinfo)
# What memory.stat may be behind or ahead of the truth, in bytes: each CPU holds back up to 64 pages of changes.
stat_lag=$((64 * $(nproc) * page))

setup_file() {
	module_load
	# A huge page needs one page table where this counts on 512.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	keep_hooked
}

teardown_file() {
	unkeep_hooked
	module_unload
}

# One limit that nobody meets lives throughout: to hook and to unhook for each test takes long.
keep_hooked() {
	mkdir "$cg/keeper"
	memcgctl kmem limit --mode observe /keeper 1G
}

unkeep_hooked() {
	rmdir "$cg/keeper"
}

# kmem_limit GROUP SIZE [OPTION…]: set a limit, as a user would.
kmem_limit() {
	local group=$1 size=$2
	shift 2
	memcgctl kmem limit "$@" "/$group" "$size"
}

# kmem_read GROUP: the module's counters of a group, as the variables usage, limit, peak, …
kmem_read() {
	local names values i
	{
		IFS=, read -ra names
		IFS=, read -ra values
	} < <(memcgctl kmem --csv --bytes "/$1")
	for i in "${!names[@]}"; do
		printf -v "${names[i]}" %s "${values[i]:-0}"
	done
	[ "${group-}" = "/$1" ]
}

# kmem_load GROUP ARGUMENT…: run the helper of this name in a group to its end, and set what it says as variables:
# done, errno, failures, slowest_us, slowest_failure_us.
kmem_load() {
	local group=$1 out=$BATS_TEST_TMPDIR/load
	shift
	in_group "$group" exec "$helpers/kmem_load" "$@" >"$out"
	said "$out"
}

# spawn GROUP COMMAND…: begin a process in a group, as $spawned; it ends with kill_group at the latest.
spawn() {
	local group=$1
	shift
	(
		echo "$BASHPID" >"$cg/$group/cgroup.procs"
		exec "$@"
	) 3>&- &
	spawned=$!
	disown "$spawned"
}

# hold_load GROUP ARGUMENT…: as kmem_load, but what was taken is held by the process $load, which writes to $load_out.
hold_load() {
	local group=$1
	shift
	load_out=$(mktemp "$BATS_TEST_TMPDIR/hold.XXXXXX")
	spawn "$group" "$helpers/kmem_load" -h "$@" >"$load_out"
	load=$spawned
	wait_for 60 test -s "$load_out"
	said "$load_out"
}

# start_load GROUP ARGUMENT…; go: at the limit nothing can be executed, so a load may wait in the group until go.
start_load() {
	local group=$1
	shift
	spawn "$group" "$helpers/kmem_load" -s "$@"
	started+=("$spawned")
	wait_for 60 grep -q '^State:.T' "/proc/$spawned/status"
}

go() {
	kill -CONT "${started[@]}"
	started=()
}

said() {
	local words word
	read -ra words <"$1"
	for word in "${words[@]:1}"; do
		declare -g "$word"
	done
}

# failed_with NAME…: the last failure of the load is one of these.
failed_with() {
	local name
	for name; do
		[ "$errno" != "$name" ] || return 0
	done
	echo "errno is $errno"
	return 1
}

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || { echo "never true: $*" >&2 && return 1; }
		sleep 0.1
	done
}

# watch_start KEY GROUP…; watch_stop KEY: sets looks, and min and max by group.
declare -gA min max watchers
watch_start() {
	local key=$1
	shift
	"$helpers/kmem_watch" "$key" "${@/#/$cg/}" >"$BATS_TEST_TMPDIR/watch.$key" 3>&- &
	watchers[$key]=$!
}

watch_stop() {
	local folder low high
	kill "${watchers[$1]}"
	wait "${watchers[$1]}"
	{
		IFS='=' read -r _ looks
		while read -r folder low high; do
			min[${folder#"$cg/"}]=$low
			max[${folder#"$cg/"}]=$high
		done
	} <"$BATS_TEST_TMPDIR/watch.$1"
}

# assert EXPRESSION: arithmetic that holds; else the test fails and shows every variable in it.
assert() {
	local name
	(($1)) && return
	echo "not true: $1"
	while read -r name; do
		echo "  $name = ${!name-}"
	done < <(grep -oE '[a-z_]+' <<<"$1" | sort -u)
	return 1
} >&2

# Held while the limit holds: what was seen from outside, and what the module saw, never passed limit + forced.
assert_strict() {
	kmem_read "$1"
	local seen=${max[$1]}
	assert "looks >= 3"
	assert "seen <= limit + forced + stat_lag"
	assert "peak <= limit + forced"
}

# At rest: what the module counts is what the kernel counts, to the page.
assert_exact() {
	local kernel n
	# The kernel adds up what the CPUs hold back every two seconds.
	for ((n = 0; n < 150; n++)); do
		kernel=$(mem_stat "$1" kernel)
		kmem_read "$1"
		[ "$kernel" != "$usage" ] || return 0
		sleep 0.2
	done
	assert "usage == kernel"
}

# reaches GROUP KEY EXPRESSION: the line of memory.stat is that high.
reaches() {
	local value
	value=$(mem_stat "$1" "$2")
	((value >= $3))
}

# steady GROUP KEY: the line of memory.stat, which the kernel brings up to date every two seconds, did not change for
# longer than that.
steady() {
	local before n
	before=$(mem_stat "$1" "$2")
	for ((n = 0; n < 25; n++)); do
		sleep 0.1
		[ "$(mem_stat "$1" "$2")" = "$before" ] || return 1
	done
}

# throttled_for GROUP N: tasks were throttled N times or more.
throttled_for() {
	kmem_read "$1"
	((throttled >= $2))
}

oom_kill_count() {
	awk '$1 == "oom_kill" { print $2 }' "$cg/$1/memory.events"
}

gone() {
	[ ! -d "/proc/$1" ]
}

# new_dir: a new folder on a disk, as $dir: names that nobody has looked for yet.
new_dir() {
	dir=$(mktemp -d "$RIG_SCRATCH/dir.XXXXXX")
}
