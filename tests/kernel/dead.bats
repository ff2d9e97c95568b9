#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Dead groups: that the list has all of them and says what keeps each, and that they can be drained. 7.2 hands pages of a group
# that goes to its parent by itself; there only swap space, sockets and other controllers keep one.

load lib
load claim
bats_require_minimum_version 1.5.0

size=$((4 << 20))
helpers=$BATS_TEST_DIRNAME/../../build/helpers

setup() {
	log_begin
	claim_setup
	new_group up
	echo "+memory" >"$cg/up/cgroup.subtree_control"
	# What earlier tests have left goes when it must.
	echo 3 >/proc/sys/vm/drop_caches
}

teardown() {
	[ -z "${holder-}" ] || kill "$holder" 2>/dev/null || :
	claim_teardown
}

group_id() {
	stat -c %i "$cg/$1"
}

# column NAME ID: of the row of a dead group; fails when there is no such row.
column() {
	memcgctl dead --csv | tr -d '\r' | awk -F , -v name="$1" -v id="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$at["id"] == id { print $at[name]; found = 1 }
		END { exit !found }'
}

# comes SECONDS COMMAND…: it succeeds before that.
comes() {
	local end=$((SECONDS + $1 * ${RIG_SLOW:-1}))
	until "${@:2}"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# The kernel counts by controller from 6.12 on; without that, a living group that has lost the controller is not in its count.
# Groups go by grace periods and work queues: what the kernel counts and what is listed may be some instants apart.
agrees() {
	local listed
	listed=$(memcgctl dead --csv | tr -d '\r' | awk -F , '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["memory_controller"] { n++ }
		END { print n + 0 }')
	echo "listed $listed, dying $(dying)"
	[ "$listed" = "$(dying)" ]
}

# What CPUs hold ahead, and the writeback domain of a file that was written, keep a group for a while.
# drained ID [OPTION…]
drained() {
	sync
	memcgctl dead drain "$@" >/dev/null 2>&1 || :
	charge_everywhere c
	is_gone "$1"
}

is_gone() {
	[ -z "$(column id "$1")" ]
}

@test "dead: files keep a group: which, how much, and whose they are after it was drained" {
	in_group c dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	rm "$mnt/file"
	new_group up/gone
	in_group up/gone dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	in_group up/gone dd if=/dev/zero of="$RIG_SCRATCH/kept" bs=1M count=2 conv=fsync status=none
	flush
	file=$(($(mem_stat up/gone file) - size))
	id=$(group_id up/gone)
	inode=$(stat -c %i "$mnt/file")
	rmdir "$cg/up/gone"
	if [ "${KVER%%.*}" != 6 ]; then
		# The parent has it, and the group is gone for good.
		comes 20 drained "$id"
		flush
		[ "$(mem_stat up shmem)" = $size ]
		rm "$mnt/file" "$RIG_SCRATCH/kept"
		return
	fi
	comes 20 column id "$id"
	[ "$(column path "$id")" = /up/gone ]
	[ "$(column living "$id")" = /up ]
	[ "$(column shmem "$id")" = $size ]
	[ "$(column file "$id")" = "$file" ]
	[ "$(column anon "$id")" = 0 ]
	[[ $(column kept_by "$id") == *memory* ]]
	comes 20 agrees

	run --separate-stderr memcgctl dead --why "$id" --csv
	echo "$output $stderr"
	[ "$status" = 0 ]
	grep -q "^shmem,$size,[^,]*,$mnt/file,$inode,.*memcgctl dead drain $id" <<<"$output"
	grep -q "^file,$((2 << 20)),[^,]*,$RIG_SCRATCH/kept,$(stat -c %i "$RIG_SCRATCH/kept")," <<<"$output"
	# All of it has a name: the rest is what the filesystem keeps about its files.
	[ "$(awk -F , '/^(shmem|file|block device),/ { n += $2 } END { print n }' <<<"$output")" = $((size + file)) ]
	[[ $output != *"page cache"* ]]
	run --separate-stderr memcgctl dead --why "$id"
	[[ ${lines[0]} == "/up/gone (id $id) was removed, and is kept by:" ]]

	run memcgctl dead drain "$id" --dry-run --csv
	echo "$output"
	[ "$status" = 0 ]
	[ "$(column shmem "$id")" = $size ]
	sync
	run --separate-stderr memcgctl dead drain "$id" --csv
	echo "$output $stderr"
	# Its writeback domain may take longer to go.
	[ "$status" = 0 ] || [[ $output == *",no,references,"* ]]
	grep -q "^$id,/up/gone,/up,$((size + file)),0," <<<"$output"
	comes 20 drained "$id"
	flush
	[ "$(mem_stat up shmem)" = $size ]
	[ "$(mem_stat up file)" = $((size + file)) ]
	rm "$mnt/file" "$RIG_SCRATCH/kept"
}

@test "dead: right below the root there is nobody to inherit, so that one is asked for" {
	in_group c dd if=/dev/zero of="$mnt/file" bs=1M count=1 status=none
	rm "$mnt/file"
	new_group gone
	in_group gone dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	# Where pages do not keep a group, sockets do.
	hold_in gone sockets:50
	id=$(group_id gone)
	echo "$pid" >"$cg/a/cgroup.procs"
	comes 5 rmdir "$cg/gone"
	pages=0
	[ "${KVER%%.*}" != 6 ] || pages=$size
	comes 20 column id "$id"
	run --separate-stderr memcgctl dead drain "id:$id" --csv
	echo "$output $stderr"
	[ "$status" = 5 ]
	[[ $output == *"only the root is left above it, to which nothing is charged: give --to"* ]]
	[ "$(column shmem "$id")" = "$pages" ]
	run --separate-stderr memcgctl dead drain all --to /b --csv
	echo "$output $stderr"
	[ "$status" = 5 ]
	grep -q "^$id,/gone,/b,[0-9]*,0,no,.*sockets" <<<"$output"
	flush
	[ "$(mem_stat b shmem)" = "$pages" ]
	ended a
	comes 20 drained "$id" --to /b
	rm "$mnt/file"
}

@test "dead: the controller was turned off, and the group is there" {
	in_group c dd if=/dev/zero of="$mnt/file" bs=1M count=1 status=none
	rm "$mnt/file"
	new_group up/off
	# Sockets keep it on every kernel.
	hold_in up/off sockets:50
	id=$(group_id up/off)
	echo "-memory" >"$cg/up/cgroup.subtree_control"
	comes 20 column id "$id"
	[ "$(column sockets "$id")" -ge $((50 * 4096)) ]
	[ "$(column path "$id")" = /up/off ]
	[ "$(column living "$id")" = /up ]
	run --separate-stderr memcgctl dead --why "$id"
	echo "$output"
	[[ ${lines[0]} == "/up/off (id $id) is there, but has lost the memory controller, and is kept by:" ]]
	[[ $KVER == 6.1* ]] || comes 20 agrees
	kill_group up/off
	comes 20 drained "$id"
	comes 20 agrees
}

@test "dead: swap space" {
	swapon "$RIG_SWAP"
	new_group up/gone
	in_group up/gone dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	for ((n = 0; n < 20; n++)); do
		reclaim up/gone 8M
		[ "$(mem_stat up/gone shmem)" -gt 0 ] || break
	done
	read -r swapped <"$cg/up/gone/memory.swap.current"
	[ "$swapped" -ge $((size / 2)) ]
	id=$(group_id up/gone)
	rmdir "$cg/up/gone"
	comes 20 column id "$id"
	[ "$(column swap "$id")" = "$swapped" ]
	run memcgctl dead --why "$id" --csv
	[[ $output == *"swap,$swapped,"*"$RIG_SWAP"*"or swapoff"* ]]
	run --separate-stderr memcgctl dead drain "$id" --csv
	echo "$output $stderr"
	if [ "${KVER%%.*}" = 6 ]; then
		[ "$status" = 0 ]
		comes 20 is_gone "$id"
	else
		[ "$status" = 5 ]
		[[ $output == *,swap,* ]]
	fi
	rm "$mnt/file"
	comes 20 is_gone "$id"
}

@test "dead: sockets, another controller and groups below" {
	new_group up/gone
	new_group up/gone/below
	hold_in up/gone/below sockets:50 "event:$cg/up/gone/below"
	id=$(group_id up/gone)
	below=$(group_id up/gone/below)
	echo "$pid" >"$cg/a/cgroup.procs"
	comes 5 rmdir "$cg/up/gone/below"
	rmdir "$cg/up/gone"
	comes 20 column id "$below"
	[ "$(column sockets "$below")" -ge $((50 * 4096)) ]
	memcgctl dead --json >"$BATS_TEST_TMPDIR/json"
	grep -qF '"perf_event"' "$BATS_TEST_TMPDIR/json"
	run memcgctl dead --why "$below" --csv
	echo "$output"
	[[ $output == *"sockets,"* && $output == *"another controller,"*perf_event* ]]
	run memcgctl dead --why "$id" --csv
	echo "$output"
	[[ $output == *"dead groups below it,-,1,"* ]]
	comes 20 agrees
	ended a
	sleep 0.5
	# On 7.2 a CPU may keep what a socket gave back; draining makes it let go.
	memcgctl dead drain "$below" || :
	comes 20 is_gone "$below"
	comes 20 is_gone "$id"
	comes 20 agrees
}

@test "dead: hundreds of them, and hostile names" {
	"$helpers/dead_groups" "$cg/up" 300 >"$BATS_TEST_TMPDIR/ready" 3>&- &
	holder=$!
	comes 60 grep -q ready "$BATS_TEST_TMPDIR/ready"
	name=$'evil\e[2J,"'
	mkdir "$cg/up/$name"
	echo "+memory" >"$cg/up/$name/cgroup.subtree_control"
	"$helpers/dead_groups" "$cg/up/$name" 1 >"$BATS_TEST_TMPDIR/ready2" 3>&- &
	evil=$!
	comes 20 grep -q ready "$BATS_TEST_TMPDIR/ready2"
	rmdir "$cg/up/$name"
	comes 30 agrees
	[ "$(memcgctl dead --csv | grep -c ',/up/dead')" = 300 ]
	run memcgctl dead
	[[ $output != *$'\e'* && $output == *'/up/evil\x1b[2J,"'* ]]
	run memcgctl dead --csv
	[[ $output == *'"/up/evil'* ]]
	kill "$holder" "$evil"
	wait "$holder" "$evil" || :
	holder=''
	none() {
		memcgctl dead drain >/dev/null || :
		! memcgctl dead --csv | grep -q ',/up/dead'
	}
	comes 60 none
	comes 20 agrees
}

# What is in the folder, and then the folder, from where one is on up.
remove_upwards() {
	local name
	while [ "$PWD" != "$1" ]; do
		name=${PWD##*/}
		cd -P .. || return 1
		rmdir "$name" || return 1
	done
}

@test "dead: a group whose path is longer than any path may be is listed without it, and so are the others" {
	new_group up/gone
	hold_in up/gone sockets:50
	id=$(group_id up/gone)
	echo "$pid" >"$cg/a/cgroup.procs"
	comes 5 rmdir "$cg/up/gone"
	(
		cd "$cg/up"
		for ((n = 0; n < 20; n++)); do
			mkdir "$(printf 'n%0219d' $n)"
			cd "$(printf 'n%0219d' $n)"
			echo "+memory" >cgroup.subtree_control
		done
		mkdir deep
		cd deep
		stat -c %i . >"$BATS_TEST_TMPDIR/deep"
		(echo "$BASHPID" >cgroup.procs && exec hold "$BATS_TEST_TMPDIR/ready" sockets:50) 3>&- &
		comes 20 test -e "$BATS_TEST_TMPDIR/ready"
		echo $! >"$cg/a/cgroup.procs"
		remove_upwards "$cg/up"
	)
	deep=$(<"$BATS_TEST_TMPDIR/deep")
	comes 20 column id "$id"
	comes 20 column id "$deep"
	[ "$(column path "$id")" = /up/gone ]
	[ "$(column path "$deep")" = '?' ]
	[ "$(column living "$deep")" = /up ]
	run --separate-stderr memcgctl dead --why "$deep"
	echo "$output"
	[ "$status" = 0 ]
	ended a
	comes 20 drained "$id"
	comes 20 drained "$deep"
	comes 20 agrees
}

@test "dead: who may, and what is no dead group" {
	run setpriv --reuid 1000 --clear-groups --bounding-set=-all --inh-caps=-all memcgctl dead
	echo "$output"
	[ "$status" = 6 ]
	[[ $output == *"dead groups need CAP_SYS_ADMIN in the initial user namespace"* ]]
	run memcgctl dead --why 123456789
	[ "$status" = 4 ]
	run memcgctl dead drain 123456789
	[ "$status" = 4 ]
	run memcgctl dead drain all --to /nowhere
	[ "$status" = 4 ]
	# One that lives is none.
	run memcgctl dead --why "$(group_id a)"
	[ "$status" = 4 ]
}
