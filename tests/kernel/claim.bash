# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # cg is set by lib.bash
#
# What the tests of claim share. Groups a, b and c are there and empty; a tmpfs is at $mnt.

# The lines of memory.stat that belong to user pages. Those of one LRU list come as a sum: whether a folio that
# was put back is active is the kernel's affair.
claim_keys=(anon file shmem file_mapped file_dirty file_writeback swapcached anon_thp file_thp shmem_thp
	lru_anon lru_file unevictable current)

swap_off() {
	[[ $(</proc/swaps) != *"$RIG_SWAP"* ]] || swapoff "$RIG_SWAP"
}

claim_setup() {
	keep=''
	module_load
	# A test that wants it turns it on.
	swap_off
	new_group a
	new_group b
	new_group c
	# Where other users get, too.
	mnt=/run/claim
	mkdir -p "$mnt"
	mount -t tmpfs -o size=512M,huge=never claim "$mnt"
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
	run_dd
}

# run_dd: whoever is the first to run a program is charged for it; that should be none of the groups.
run_dd() {
	dd if=/dev/zero of="$mnt/warm" bs=1M count=1 seek=1 status=none
	rm "$mnt/warm"
}

claim_teardown() {
	umount -l "$mnt"
	remove_groups
	swap_off
	[[ $RIG_VARIANT != *zswap ]] || swapon "$RIG_SWAP"
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
	local ready n around=/sys/kernel/debug/fault_around_bytes
	ready=$(mktemp -u "$BATS_TEST_TMPDIR/ready.XXXXXX")
	# A fault maps the page it is about and no more, but other programs would start slower by that.
	echo 4096 >$around
	(echo "$BASHPID" >"$cg/$1/cgroup.procs" && exec hold "$ready" "${@:2}") >"$ready.log" 2>&1 3>&- &
	pid=$!
	for ((n = 0; n < 3000; n++)); do
		if [ -e "$ready" ]; then
			# shellcheck disable=SC2034 # for the tests
			mapfile -t range <"$ready"
			# It is in memory, too, and charged to the group.
			rm "$ready"
			echo 65536 >$around
			return
		fi
		kill -0 "$pid" || break
		sleep 0.02
	done
	echo 65536 >$around
	cat "$ready.log"
	return 1
}

# give_back GROUP…: a CPU gives back the up to 64 pages it has charged ahead when memory.high is below the usage. Without
# swap nothing else is reclaimed by that but clean page cache.
give_back() {
	local group now
	for group; do
		read -r now <"$cg/$group/memory.current"
		echo $((now - 4096)) >"$cg/$group/memory.high" 2>/dev/null || :
		echo max >"$cg/$group/memory.high"
	done
}

# settle GROUP…: what CPUs keep back must not look like a change, their lists of recent pages included. Where page cache
# is looked at ($keep), none may be dropped or written for that: then no process may be in the groups, so that what a CPU
# has charged ahead stays as it is.
settle() {
	[ "${keep-}" ] || give_back "$@"
	flush
}

# For awk: is[] has what memory.stat and memory.current of a group say.
# shellcheck disable=SC2016 # of awk
stat_awk='
	NF == 1 { is["current"] = $1; next }
	/^(in)?active_/ { is["lru_" substr($1, index($1, "_") + 1)] += $2 }
	{ is[$1] = $2 }'

# snapshot GROUP: what the kernel says of a group, as lines of memory.stat.
snapshot() {
	awk "$stat_awk"'
		END { for (key in is) print key, is[key] }' "$cg/$1/memory.stat" "$cg/$1/memory.current"
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

# differences GROUP SIGN KEY=BYTES…: what of these has not changed as it should since the snapshot in $before.GROUP;
# the other lines should not have.
differences() {
	awk -v group="$1" -v sign="$2" -v keys="${claim_keys[*]}" -v want="${*:3}" '
		BEGIN { n = split(want, pair, /[ =]/); for (i = 1; i < n; i += 2) more[pair[i]] = sign * pair[i + 1] }
		NR == FNR { was[$1] = $2; next }'"$stat_awk"'
		END {
			for (n = split(keys, key, " "); n; n--)
				if (is[key[n]] - was[key[n]] != more[key[n]] + 0)
					print group, key[n] ":", was[key[n]], "->", is[key[n]] ", not by", more[key[n]] + 0
		}' "$before.$1" "$cg/$1/memory.stat" "$cg/$1/memory.current"
}

# claim_exactly FROM TO BYTES KEYS ARGUMENT…: claim that many bytes from one group to another, after which
# memory.current and the lines KEYS (in one word, with blanks) of both have changed by that, and no other has.
claim_exactly() {
	local from=$1 to=$2 bytes=$3 keys=$4 n left before=$BATS_TEST_TMPDIR/before
	settle "$from" "$to"
	snapshot "$from" >"$before.$from"
	snapshot "$to" >"$before.$to"
	claim --to "/$to" "${@:5}"
	[ "${receipt[moved]}" = "$bytes" ]
	# shellcheck disable=SC2046,SC2086 # words
	set -- $(printf "%s=$bytes " current $keys)
	# Until the kernel has brought memory.stat up to date.
	for ((n = SECONDS; SECONDS < n + 30 * ${RIG_SLOW:-1}; )); do
		flush
		left=$(differences "$from" -1 "$@" && differences "$to" 1 "$@")
		[ "$left" ] || return 0
		sleep 0.1
	done
	echo "$left"
	return 1
}

# counted GROUP ARGUMENT…: what the kernel says a claim with these arguments will find: sets the array $counted to the pages that
# are present, that are charged to the group, and that userfaultfd has marked. Of a process only for private memory.
counted() {
	local group=$cg/$1
	shift
	case $1 in
	--file) read -ra counted < <(command counted file "$2" "$group") ;;
	--pid) read -ra counted < <(command counted pid "$2" "$3" "$group") ;;
	esac
	echo "counted: ${counted[*]}"
}

# moved_as_counted: the receipt is what was counted before: all that was there, and all that the group was charged for.
moved_as_counted() {
	[ "${receipt[present]}" = $((counted[0] * 4096)) ]
	[ "${receipt[moved]}" = $((counted[1] * 4096)) ]
}

# empty GROUP…: no user page is left. But 7.2 with zswap, with or without this module, leaves a page of a killed process in the
# swap cache at times, which no reclaim frees: there up to 16 pages of the swap cache, and nothing else, may be left.
empty() {
	local group n left kept=0
	[[ $RIG_KERNEL-$RIG_VARIANT != 7.2-*zswap ]] || kept=1
	keep=''
	# A page that was being swapped out when its process ended stays in the swap cache until somebody reclaims.
	for group; do
		echo 0 >"$cg/$group/memory.high"
	done
	settle "$@"
	for ((n = SECONDS; SECONDS < n + 30 * ${RIG_SLOW:-1}; )); do
		# What ended freed its kernel memory late, and that CPU has kept the charge.
		give_back "$@"
		flush
		left=$(for group; do
			awk -v group="$group" -v kept="$kept" "$stat_awk"'
				END {
					if (kept && is["swapcached"] <= 65536) {
						is["lru_anon"] -= is["swapcached"]
						is["current"] -= is["swapcached"]
						is["swapcached"] = 0
					}
					# A program that was locked in memory may have left a page of its text there, says its lock count.
					if (is["unevictable"] <= is["file"])
						is["unevictable"] = 0
					n = split("anon shmem file_mapped swapcached lru_anon unevictable anon_thp " \
						"shmem_thp file_thp file_dirty file_writeback", key, " ")
					for (; n; n--)
						if (is[key[n]] == "" || is[key[n]] != 0)
							print group, key[n] ":", is[key[n]]
					if (is["current"] != is["kernel"] + is["file"])
						print group, is["current"], "charged, kernel", is["kernel"] ", file", is["file"]
				}' "$cg/$group/memory.stat" "$cg/$group/memory.current"
		done)
		[ "$left" ] || return 0
		sleep 0.1
	done
	echo "$left"
	return 1
}

# looking FILE: in the background, for $seconds but once at least, every view is asked for, over and over. What is looked at changes
# under it, so it may say that something is not there; but it ends by itself. Adds to the array jobs.
looking() {
	look_in_turn "$1" 3>&- &
	jobs+=($!)
}

look_in_turn() {
	local n view status end=$((SECONDS + seconds))
	for ((n = 0; n < 1 || SECONDS < end; n++)); do
		for view in show "show --files --all" "show --matrix /a" "show --procfs" "show $1" "explain /b" "explain --procfs /a" dead "top -n 1"; do
			status=0
			# shellcheck disable=SC2086 # words
			memcgctl $view >/dev/null 2>&1 || status=$?
			[ "$status" -lt 8 ] || echo "$view: status $status" >>"$BATS_TEST_TMPDIR/failed"
		done
	done
}
