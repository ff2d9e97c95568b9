# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # cg is set by lib.bash
#
# What the tests of claim share. Groups a, b and c are there and empty; a tmpfs is at $mnt.

# The lines of memory.stat that belong to user pages. Those of one LRU list come as a sum: whether a folio that
# was put back is active is the kernel's affair.
claim_keys=(anon file shmem file_mapped file_dirty file_writeback swapcached anon_thp file_thp shmem_thp
	lru_anon lru_file unevictable current)

claim_setup() {
	module_load
	# A test that wants it turns it on.
	swapoff "$RIG_SWAP" 2>/dev/null || :
	new_group a
	new_group b
	new_group c
	# Where other users get, too.
	mnt=/run/claim
	mkdir -p "$mnt"
	mount -t tmpfs -o size=512M,huge=never claim "$mnt"
	# A fault maps the page it is about and no more.
	echo 4096 >/sys/kernel/debug/fault_around_bytes
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
}

claim_teardown() {
	umount -l "$mnt"
	remove_groups
	swapoff "$RIG_SWAP" 2>/dev/null || :
	[ "$RIG_VARIANT" != zswap ] || swapon "$RIG_SWAP"
}

# ended GROUP…: end the processes of groups, and their memory with them.
ended() {
	local group
	for group; do
		kill_group "$group"
	done
}

# hold_in GROUP STEP…: a process in a group that does these steps of helpers/hold and then holds still.
# Sets $pid and the array $range.
hold_in() {
	local ready n
	ready=$(mktemp -u "$BATS_TEST_TMPDIR/ready.XXXXXX")
	(echo "$BASHPID" >"$cg/$1/cgroup.procs" && exec hold "$ready" "${@:2}") >"$ready.log" 2>&1 3>&- &
	pid=$!
	for ((n = 0; n < 1200; n++)); do
		if [ -e "$ready" ]; then
			# shellcheck disable=SC2034 # for the tests
			mapfile -t range <"$ready"
			# It is in memory, too, and charged to the group.
			rm "$ready"
			return
		fi
		kill -0 "$pid" || break
		sleep 0.05
	done
	cat "$ready.log"
	return 1
}

# give_back GROUP…: a CPU gives back the up to 64 pages it has charged ahead when memory.high is below the usage. Without
# swap nothing else is reclaimed by that but clean page cache.
give_back() {
	local group
	for group; do
		echo $(($(mem_current "$group") - 4096)) >"$cg/$group/memory.high" 2>/dev/null || :
		echo max >"$cg/$group/memory.high"
	done
}

# settle GROUP…: what CPUs keep back must not look like a change, their lists of recent pages included.
settle() {
	echo 1 >/proc/sys/vm/drop_caches
	give_back "$@"
	case $RIG_KERNEL in
	6.*) flush "$@" ;;
	*) sleep 2.1 ;;
	esac
}

# flush GROUP…: bring memory.stat up to date, which the kernel does every two seconds if nothing else does. Before 6.16
# whoever read the times of a group did it for all controllers.
flush() {
	local group
	for group; do
		cat "$cg/$group/cpu.stat" >/dev/null
	done
}

# snapshot GROUP ARRAY: what the kernel says of a group.
snapshot() {
	local -n array=$2
	local key value
	array=([lru_anon]=0 [lru_file]=0)
	while read -r key value; do
		case $key in
		inactive_anon | active_anon) array[lru_anon]=$((array[lru_anon] + value)) ;;
		inactive_file | active_file) array[lru_file]=$((array[lru_file] + value)) ;;
		*) array["$key"]=$value ;;
		esac
	done <"$cg/$1/memory.stat"
	array[current]=$(mem_current "$1")
}

# claim ARGUMENT…: sets the array $receipt: present, moved, and each reason that occurred.
# The command itself sees to it that it adds up.
claim() {
	local result reason bytes
	declare -gA receipt=()
	run --separate-stderr memcgctl claim --csv "$@"
	while IFS=, read -r result reason bytes; do
		[ "$result" = result ] || [ -z "$bytes" ] || receipt[${reason:-$result}]=${bytes%$'\r'}
	done <<<"$output"
	echo "claim $*: status $status, $output $stderr"
	[ "$status" = 0 ] || [ "$status" = 5 ]
	[ "${receipt[moved]-}" ]
}

# skipped REASON PAGES: so many pages, and none for another reason.
skipped() {
	local key
	for key in "${!receipt[@]}"; do
		case $key in
		present | moved) ;;
		"$1") ;;
		*) return 1 ;;
		esac
	done
	[ "${receipt[$1]-0}" = $(($2 * 4096)) ]
}

# differences FROM TO KEY=BYTES…: what of these has not changed as it should; the other lines should not have.
differences() {
	local -A want=() from_now to_now
	local key pair
	for pair in "${@:3}"; do
		want[${pair%%=*}]=${pair#*=}
	done
	snapshot "$1" from_now
	snapshot "$2" to_now
	for key in "${claim_keys[@]}"; do
		[ "$((from_before[$key] - from_now[$key]))" = "${want[$key]-0}" ] ||
			echo "$1 $key: $((from_before[$key])) -> $((from_now[$key])), not less by ${want[$key]-0}"
		[ "$((to_now[$key] - to_before[$key]))" = "${want[$key]-0}" ] ||
			echo "$2 $key: $((to_before[$key])) -> $((to_now[$key])), not more by ${want[$key]-0}"
	done
}

# claim_exactly FROM TO BYTES KEYS ARGUMENT…: claim that many bytes from one group to another, after which
# memory.current and the lines KEYS (in one word, with blanks) of both have changed by that, and no other has.
claim_exactly() {
	local from=$1 to=$2 bytes=$3 keys=$4 n left
	local -A from_before to_before
	settle "$from" "$to"
	snapshot "$from" from_before
	snapshot "$to" to_before
	claim --to "/$to" "${@:5}"
	[ "${receipt[moved]}" = "$bytes" ]
	# shellcheck disable=SC2046,SC2086 # words
	set -- $(printf "%s=$bytes " current $keys)
	# Until the kernel has brought memory.stat up to date.
	for ((n = SECONDS; SECONDS < n + 6; )); do
		flush "$from" "$to"
		left=$(differences "$from" "$to" "$@")
		[ "$left" ] || return 0
		sleep 0.1
	done
	echo "$left"
	return 1
}

# empty GROUP…: no user page is left.
empty() {
	local group key n left
	# A page that was being swapped out when its process ended stays in the swap cache until somebody reclaims.
	for group; do
		echo 0 >"$cg/$group/memory.high"
	done
	settle "$@"
	for ((n = SECONDS; SECONDS < n + 6; )); do
		# What ended freed its kernel memory late, and that CPU has kept the charge.
		give_back "$@"
		flush "$@"
		left=
		for group; do
			local -A now
			snapshot "$group" now
			for key in anon shmem file_mapped swapcached lru_anon unevictable; do
				[ "${now[$key]}" = 0 ] || left+="$group $key: ${now[$key]}"$'\n'
			done
			[ $((now[current] - now[kernel] - now[file])) = 0 ] ||
				left+="$group: ${now[current]} charged, kernel ${now[kernel]}, file ${now[file]}"$'\n'
		done
		[ "$left" ] || return 0
		sleep 0.1
	done
	echo "$left"
	return 1
}
