#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
#
# A claim, long as it may be, keeps nobody else from generic netlink: another family is registered and listed meanwhile. To be run
# where guest time counts instructions, however busy the host is.
# shellcheck disable=SC2154 # lib.bash and claim.bash set variables

load lib
load claim

# Each of registering, listing and unregistering, while a claim runs; the debug kernel takes several times the instructions for all.
bound_us=$((100000 * ${RIG_SLOW:-1}))

setup() {
	log_begin
	claim_setup
	mount -o remount,size=900M "$mnt"
	test_module register-family
}

teardown() {
	rmmod register_family
	claim_teardown
}

# families_during TIMES ARGUMENT…: all in time while this claim runs, which lasts for so many.
families_during() {
	local pid times registering_us listing_us unregistering_us part
	memcgctl claim --csv "${@:2}" >"$BATS_TEST_TMPDIR/receipt" 3>&- &
	pid=$!
	families /sys/module/register_family/parameters/registered "$pid" >"$BATS_TEST_TMPDIR/times"
	wait "$pid" || [ $? = 5 ]
	cat "$BATS_TEST_TMPDIR/receipt"
	for part in $(<"$BATS_TEST_TMPDIR/times"); do
		declare "$part"
	done
	echo "# $(<"$BATS_TEST_TMPDIR/times")" >&3
	[ "$times" -ge "$1" ]
	[ "$registering_us" -le $bound_us ]
	[ "$listing_us" -le $bound_us ]
	[ "$unregistering_us" -le $bound_us ]
}

# moved MIB: the receipt says so.
moved() {
	awk -F , -v want=$(($1 << 20)) '$1 == "moved" { is = $3 } END { exit is != want }' "$BATS_TEST_TMPDIR/receipt"
}

fill() {
	in_group a head -c $(($1 << 20)) /dev/zero >"$mnt/file"
}

@test "claim: of most of the memory there is, while families come and go" {
	fill 640
	families_during 3 --file "$mnt/file" --to /b
	moved 640
	rm "$mnt/file"
}

@test "claim: of mapped memory, while families come and go" {
	hold_in a "anon:$((512 * 256)):1"
	families_during 3 --pid "$pid" "${range[0]}" --to /b
	moved 512
	ended a
}

@test "claim: to a group that must reclaim for each page, while families come and go" {
	in_group b dd if=/dev/zero of="$RIG_SCRATCH/cache" bs=1M count=80 conv=fsync status=none
	echo $((84 << 20)) >"$cg/b/memory.max"
	fill 64
	families_during 3 --file "$mnt/file" --to /b
	moved 64
	rm "$mnt/file" "$RIG_SCRATCH/cache"
}

@test "claim: to a group that has no room at all, while families come and go" {
	hold_in b anon:4096:1
	mem_current b >"$cg/b/memory.max"
	fill 160
	families_during 1 --file "$mnt/file" --to /b
	# But for what each CPU has charged ahead, and what little can be reclaimed.
	awk -F , -v want=$((158 << 20)) '$2 == "limit" { is = $3 } END { exit is < want }' "$BATS_TEST_TMPDIR/receipt"
	rm "$mnt/file"
	ended b
}
