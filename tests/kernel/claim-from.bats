#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Claims of all that is charged to a group: one that is alive, and one that is gone, which goes then for good. 7.2 hands
# pages of a group that goes to its parent by itself; there only swap space keeps it.

load lib
load claim
bats_require_minimum_version 1.5.0

size=$((4 << 20))
pages=$((size / 4096))

setup() {
	log_begin
	claim_setup
}

teardown() {
	claim_teardown
}

# dying_rests: sets $before, when the number stays. Groups of earlier tests may be kept by what they have used first and others
# still use.
dying_rests() {
	local same=0
	echo 3 >/proc/sys/vm/drop_caches
	before=$(dying)
	while [ "$same" -lt 3 ]; do
		charge_everywhere c
		sleep 0.2
		[ "$(dying)" = "$before" ] && same=$((same + 1)) || same=0
		before=$(dying)
	done
}

# dying_grows: past that number, within 20 s.
dying_grows() {
	local n
	for ((n = 0; n < 100 * ${RIG_SLOW:-1}; n++)); do
		[ "$(dying)" -le "$before" ] || return 0
		sleep 0.2
	done
	echo "$(dying) groups are dying, $before before"
	return 1
}

# dying_returns: to that number, within 20 s; the end of a group takes some grace periods and work queues.
dying_returns() {
	local n
	for ((n = 0; n < 100 * ${RIG_SLOW:-1}; n++)); do
		[ "$(dying)" -gt "$before" ] || return 0
		charge_everywhere c
		sleep 0.2
	done
	echo "$(dying) groups are dying, not $before"
	return 1
}

group_id() {
	stat -c %i "$cg/$1"
}

@test "claim from: all kinds of memory of a group, and nothing of another's" {
	in_group a dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	in_group c dd if=/dev/zero of="$mnt/other" bs=1M count=2 status=none
	hold_in a "shared:$mnt/file:0:100:1" anon:200:1 memfd:one:300 sysv:50
	settle a c
	other=$(mem_stat c shmem)
	want=$(($(mem_stat a anon) + $(mem_stat a shmem)))
	claim --to /b --from /a
	settle a b
	# What is shared with the C library's other users is in use at any moment.
	[ "${receipt[moved]}" -ge "$want" ]
	[ "$(mem_stat a anon)" = 0 ]
	[ "$(mem_stat a shmem)" = 0 ]
	[ $(($(mem_stat b anon) + $(mem_stat b shmem))) = "$want" ]
	[ "$(mem_stat c shmem)" = "$other" ]
	# What is kernel memory stays, and is said to.
	run --separate-stderr memcgctl claim --to /b --from /a
	[[ $output == *"stays: kernel memory, which cannot be moved: "* ]]
	rm "$mnt/file" "$mnt/other"
	ended a
	empty a b c
}

@test "claim from: a group that is gone, which goes for good" {
	dying_rests
	# The program itself is charged to another group.
	in_group c dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	rm "$mnt/file"
	new_group gone
	in_group gone dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	id=$(group_id gone)
	rmdir "$cg/gone"
	case $KVER in
	6.*)
		dying_grows
		claim --to /b --from "id:$id"
		[ "$status" = 0 ]
		[ "${receipt[moved]}" = $size ]
		settle b
		[ "$(mem_stat b shmem)" = $size ]
		;;
	esac
	dying_returns
	run memcgctl claim --to /b --from "id:$id"
	echo "$output"
	[ "$status" = 4 ]
	[[ $output == *": no group, alive or gone, has that id" ]]
	rm "$mnt/file"
	empty b
}

@test "claim from: swap space of a group that is gone" {
	swapon "$RIG_SWAP"
	dying_rests
	new_group gone
	in_group gone dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	for ((n = 0; n < 20; n++)); do
		reclaim gone 8M
		[ "$(mem_stat gone shmem)" -gt 0 ] || break
	done
	read -r swapped <"$cg/gone/memory.swap.current"
	[ "$swapped" -ge $((size / 2)) ]
	id=$(group_id gone)
	rmdir "$cg/gone"
	dying_grows
	claim --to /b --from "id:$id"
	case $KVER in
	6.*)
		[ "$status" = 0 ]
		[ "${receipt[swap-moved]}" -ge $((size / 2)) ]
		[ "$(<"$cg/b/memory.swap.current")" = "${receipt[swap-moved]}" ]
		dying_returns
		;;
	*)
		# There it is named.
		[ "$status" = 5 ]
		[ "${receipt[swap]}" -ge $((size / 2)) ]
		[ "${receipt[swapped]}" = "${receipt[swap]}" ]
		;;
	esac
	# What was swapped out comes back, and to whom it is charged.
	cmp -n $size "$mnt/file" /dev/zero
	[ "$(<"$cg/b/memory.swap.current")" -le $size ]
	rm "$mnt/file"
	swapoff "$RIG_SWAP"
	[ "$(<"$cg/b/memory.swap.current")" = 0 ]
	dying_returns
	empty b
}

@test "claim from: a group that is gone and is kept by what cannot be moved, which is named" {
	dying_rests
	new_group gone
	hold_in gone memfd:one:100 splice:10 unmap
	id=$(group_id gone)
	# The process leaves, with the pages in its pipe.
	echo "$pid" >"$cg/a/cgroup.procs"
	for ((n = 0; n < 300; n++)); do
		! rmdir "$cg/gone" 2>/dev/null || break
		sleep 0.1
	done
	case $KVER in
	6.*)
		claim --to /b --from "id:$id"
		[ "$status" = 5 ]
		[ "${receipt[pinned]}" = 40960 ]
		[ "${receipt[references]-0}" -le 2 ]
		[ "$(dying)" -gt "$before" ]
		;;
	esac
	ended a
	dying_returns
	empty a b
}

@test "claim from: sockets, another controller and groups below keep a group that is gone, and are named" {
	dying_rests
	new_group gone
	new_group gone/below
	hold_in gone/below sockets:50 "event:$cg/gone/below"
	id=$(group_id gone)
	below=$(group_id gone/below)
	echo "$pid" >"$cg/a/cgroup.procs"
	for ((n = 0; n < 300; n++)); do
		! rmdir "$cg/gone/below" 2>/dev/null || break
		sleep 0.1
	done
	rmdir "$cg/gone"
	claim --to /b --from "id:$below"
	[ "${receipt[sockets]}" -ge $((50 * 4096)) ]
	[ "${receipt[perf_event]}" = 1 ]
	[ -z "${receipt[groups]-}" ]
	claim --to /b --from "id:$id"
	[ "${receipt[groups]}" = 1 ]
	[ -z "${receipt[sockets]-}" ]
	ended a
	# On 7.2 a CPU may keep what a socket gave back; a claim makes it let go.
	sleep 0.5
	memcgctl claim --to /b --from "id:$below" || [ $? = 4 ]
	dying_returns
	empty a b
}

@test "claim from: what a limit has no room for stays, without an OOM kill" {
	hold_in a "anon:$pages:1"
	echo $((size / 2)) >"$cg/b/memory.max"
	flush
	want=$(mem_stat a anon)
	claim --to /b --from /a
	[ "$status" = 5 ]
	[ "${receipt[limit]-0}" -gt 0 ]
	[ "$(mem_current b)" -le $((size / 2)) ]
	settle a b
	[ $(($(mem_stat a anon) + $(mem_stat b anon))) = "$want" ]
	grep -q '^oom_kill 0' "$cg/b/memory.events"
	grep -q '^oom_kill 0' "$cg/a/memory.events"
	echo max >"$cg/b/memory.max"
	claim --to /b --from /a
	settle a b
	[ "$(mem_stat b anon)" = "$want" ]
	ended a
	empty a b
}

@test "claim from: who may" {
	run memcgctl claim --to /b --from id:123456789
	[ "$status" = 4 ]
	run memcgctl claim --to /b --from /
	[ "$status" = 1 ]
	[[ $output == *"nothing is charged to the root group" ]]
	run setpriv --reuid 1000 --clear-groups --bounding-set=-all --inh-caps=-all memcgctl claim --to self --from /a
	[ "$status" = 6 ]
	run setpriv --reuid 1000 --clear-groups --bounding-set=-all --inh-caps=-all memcgctl claim --to self --from id:1234567
	echo "$output"
	[ "$status" = 6 ]
	run setpriv --reuid 1000 --clear-groups --bounding-set=-all --inh-caps=-all memcgctl claim --to self --mount "$mnt"
	echo "$output"
	[ "$status" = 6 ]
}

@test "claim from: orphans, which those who own them do not use" {
	# Of a group without a process: a file that nobody uses, a memfd that another group maps, a disk file likewise, a segment.
	new_group gone
	in_group a dd if=/dev/zero of="$mnt/left" bs=4k count=10 status=none
	in_group gone dd if=/dev/zero of="$mnt/gone" bs=4k count=20 status=none
	in_group a dd if=/dev/zero of="$RIG_SCRATCH/mapped" bs=4k count=40 conv=fsync status=none
	in_group a dd if=/dev/zero of="$RIG_SCRATCH/cache" bs=4k count=80 conv=fsync status=none
	hold_in c "shared:$RIG_SCRATCH/mapped:0:40:1"
	# These are in use by whom they are charged to: mapped, open, by a group below.
	hold_in b memfd:mine:160
	new_group up
	new_group up/below
	in_group a dd if=/dev/zero of="$mnt/parents" bs=4k count=320 status=none
	memcgctl claim --file "$mnt/parents" --to /up
	in_group up/below sleep 1000 3<"$mnt/parents" &
	new_group to
	rmdir "$cg/gone"
	run --separate-stderr memcgctl claim --orphans --to /to --dry-run --bytes
	echo "$output"
	[[ $output == *"orphan: 40960 of left, charged to /a"* ]]
	[[ $output == *"orphan: 163840 of $RIG_SCRATCH/mapped, charged to /a"* ]]
	[[ $output != *cache* ]]
	[[ $output != *parents* ]]
	[[ $output != *mine* ]]
	claim --orphans --to /to
	# 7.2 has given what was charged to the group that is gone to the root.
	gone=20
	[ "${KVER%%.*}" = 6 ] || gone=0
	flush
	[ "$(mem_stat to shmem)" = $((4096 * (10 + gone))) ]
	[ "$(mem_stat to file)" = $((4096 * (10 + gone + 40))) ]
	[ "$(mem_stat up shmem)" = $((4096 * 320)) ]
	# Then there are none of it.
	run --separate-stderr memcgctl claim --orphans --to /to --dry-run --bytes
	[[ $output != *"charged to /a"* ]]
	rm "$mnt/left" "$mnt/gone" "$mnt/parents" "$RIG_SCRATCH/mapped" "$RIG_SCRATCH/cache"
	ended b c up
	empty to
}

@test "claim from: memfds and segments are orphans when their process has left" {
	hold_in a left:50
	ended a
	id=$(ipcs -m | awk '$5 == 204800 { print $2 }')
	hold_in a memfd:gone:30 sysv:40
	orphans_of_a() {
		run --separate-stderr memcgctl claim --orphans --to /c --dry-run --bytes
		grep -F "charged to /a" <<<"$output"
	}
	[ "$(orphans_of_a)" = "orphan: 204800 of System V segment $id, charged to /a" ]
	echo "$pid" >"$cg/b/cgroup.procs"
	orphans_of_a | grep -qF "orphan: 122880 of /memfd:gone (deleted)"
	orphans_of_a | grep -qF "orphan: 163840 of /SYSV00000000 (deleted)"
	claim --orphans --to /c
	settle a c
	[ "$(mem_stat a shmem)" = 0 ]
	[ "$(mem_stat c shmem)" = $((4096 * 120)) ]
	ipcrm -m "$id"
	ended b
	empty a b c
}
