#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# How one says what is claimed, for whom, and how much; each against the kernel's own counters.

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

write_file() {
	in_group a dd if=/dev/zero of="$mnt/file" bs=1M count="${1-4}" status=none
	# And nothing of the program's own file, nor will another group pay for that.
	echo 1 >/proc/sys/vm/drop_caches
	run_dd
}

@test "claim forms: a part of a file" {
	write_file
	claim_exactly a b 1048576 "file shmem lru_anon" --file "$mnt/file:1M+1M"
	[ "$status" = 0 ]
	claim_exactly a b 2097152 "file shmem lru_anon" --file "$mnt/file:2M+max"
	# The literal name comes first.
	in_group a dd if=/dev/zero of="$mnt/file:0+4K" bs=4k count=3 status=none
	claim_exactly a b 12288 "file shmem lru_anon" --file "$mnt/file:0+4K:0+max"
	rm "$mnt/file" "$mnt/file:0+4K"
	empty a b
}

@test "claim forms: a filesystem" {
	write_file
	mkdir "$mnt/deep"
	in_group c dd if=/dev/zero of="$mnt/deep/other" bs=4k count=10 status=none
	hold_in a memfd:one:100 anon:100:1
	flush
	before=$(mem_stat c shmem)
	claim --to /b --mount "$mnt"
	[ "$status" = 0 ]
	[ "${receipt[moved]}" = $((size + 40960)) ]
	[ "${receipt[present]}" = $((size + 40960)) ]
	settle a b c
	[ "$(mem_stat b shmem)" = $((size + 40960)) ]
	[ "$(mem_stat a shmem)" = 409600 ]
	[ "$(mem_stat c shmem)" = $((before - 40960)) ]
	run memcgctl claim --to /b --mount "$mnt/deep"
	[ "$status" = 1 ]
	[[ $output == *"not the root of its filesystem (that is mounted at $mnt)"* ]]
	rm -r "$mnt/file" "$mnt/deep"
	ended a
	empty a b c
}

@test "claim forms: of one group only" {
	write_file
	in_group c dd if=/dev/zero of="$mnt/file" bs=1M count=2 seek=4 status=none
	claim_exactly c b 2097152 "file shmem lru_anon" --file "$mnt/file" --from /c
	[ "$status" = 0 ]
	[ "${receipt[present]}" = 2097152 ]
	hold_in c "shared:$mnt/file:0:$((pages + 512)):1"
	claim_exactly a b 4194304 "file shmem lru_anon file_mapped" --pid "$pid" "${range[0]}" --from /a
	rm "$mnt/file"
	ended c
	empty a b c
}

@test "claim forms: at most so much" {
	write_file
	claim_exactly a b 1048576 "file shmem lru_anon" --file "$mnt/file" --max 1M
	[ "$status" = 0 ]
	claim_exactly a b 1048576 "file shmem lru_anon" --mount "$mnt" --max 1M
	claim_exactly a b 1048576 "file shmem lru_anon" --from /a --file "$mnt/file" --max 1050000
	claim_exactly a b 1048576 "file shmem lru_anon" --file "$mnt/file" --max 1T
	rm "$mnt/file"
	hold_in a anon:1000:1
	claim_exactly a b 40960 "anon lru_anon" --pid "$pid" "${range[0]}" --max 40K
	# The first pages that are met, of whatever kind.
	settle a b
	before=$(mem_current a)
	claim --to /b --from /a --max 40K
	[ "${receipt[moved]}" = 40960 ]
	[ $((before - $(mem_current a))) = 40960 ]
	ended a
	empty a b
}

@test "claim forms: parts of a process by name" {
	hold_in a anon:100:1 "memfd:one:50"
	claim --to /b --pid "$pid" "/memfd:one"
	[ "${receipt[moved]}" = $((50 * 4096)) ]
	claim --to /b --pid "$pid" "[stack]"
	[ "${receipt[moved]}" -gt 0 ]
	settle a b
	[ "$(mem_stat b anon)" = "${receipt[moved]}" ]
	[ "$(mem_stat b shmem)" = $((50 * 4096)) ]
	run memcgctl claim --to /b --pid "$pid" "/nope"
	[ "$status" = 4 ]
	[[ $output == *"/nope: the process has no mapping of that name" ]]
	claim --to /c --pid "$pid" all
	settle b c
	[ "$(mem_stat b anon)" = 0 ]
	[ "$(mem_stat b shmem)" = 0 ]
	[ "$(mem_stat c shmem)" = $((50 * 4096)) ]
	ended a
	empty a b c
}

# charged_for GROUP BYTES: so much but for kernel memory, whose figure follows late.
charged_for() {
	local n
	for ((n = SECONDS; SECONDS < n + 30 * ${RIG_SLOW:-1}; )); do
		settle "$1"
		[ $(($(mem_current "$1") - $(mem_stat "$1" kernel))) != "$2" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "claim forms: a dry run moves nothing and says what would be" {
	local uncertain='^(pg|kernel |slab|percpu |sock |vmalloc |current )'
	write_file
	echo $((2 << 20)) >"$cg/b/memory.max"
	settle a b
	charged_for a $size
	snapshot a >"$BATS_TEST_TMPDIR/a"
	for object in "--file $mnt/file" "--mount $mnt" "--from /a"; do
		# shellcheck disable=SC2086 # words
		claim --to /b --dry-run $object
		[ "$status" = 5 ]
		[ "${receipt[moved]}" = $size ]
		[ "${receipt[room]}" = $(((2 << 20) - $(mem_current b))) ]
	done
	settle a b
	charged_for a $size
	# What settling does itself is counted, too, and kernel memory that was freed before comes back late.
	diff <(snapshot a | grep -vE "$uncertain") <(grep -vE "$uncertain" "$BATS_TEST_TMPDIR/a")
	run --separate-stderr memcgctl claim --to /b --dry-run --file "$mnt/file" --bytes
	[ "${lines[0]}" = "would move $size of $size present to /b" ]
	[ "${lines[1]}" = "/b has room for $((2 << 20)): not for all of it" ]
	run --separate-stderr memcgctl claim --to /c --dry-run --file "$mnt/file" --bytes
	[ "$status" = 0 ]
	[ "${lines[1]}" = "no limit of /c or above is in the way" ]
	rm "$mnt/file"
	empty a b
}

@test "claim forms: only when it fits" {
	write_file
	new_group b/child
	echo $((2 << 20)) >"$cg/b/memory.max"
	for object in "--file $mnt/file" "--mount $mnt" "--from /a"; do
		# The child's own structures are charged to its parent, and some are freed late.
		room=''
		until [ "$room" = $(((2 << 20) - $(mem_current b))) ]; do
			room=$(((2 << 20) - $(mem_current b)))
			# shellcheck disable=SC2086 # words
			run memcgctl claim --to /b/child --fit --bytes $object
		done
		echo "$output"
		[ "$status" = 1 ]
		# On a slow machine progress comes before it.
		[ "${lines[-1]}" = "memcgctl: claim: /b/child: $size would be moved, and there is room for $room; nothing was moved" ]
	done
	# What fits is moved.
	claim --to /b/child --fit --file "$mnt/file:0+1M"
	[ "${receipt[moved]}" = 1048576 ]
	claim --to /b/child --fit --file "$mnt/file" --from /a --max 512K
	[ "${receipt[moved]}" = 524288 ]
	echo max >"$cg/b/memory.max"
	claim --to /b/child --fit --from /a
	[ "${receipt[moved]}" = $((size - 1048576 - 524288)) ]
	grep -q '^oom_kill 0' "$cg/b/memory.events"
	rm "$mnt/file"
	empty a b/child
}

@test "claim forms: to what all that map it have in common" {
	new_group b/one
	new_group b/two
	write_file
	hold_in b/one "shared:$mnt/file:0:$pages:1"
	hold_in b/two "shared:$mnt/file:0:$pages:1"
	claim --to common --file "$mnt/file"
	[ "${receipt[moved]}" = $size ]
	settle a b
	[ "$(mem_stat b shmem)" = $size ]
	[ "$(mem_stat b/one shmem)" = 0 ]
	claim --to /a --file "$mnt/file"
	claim --to common --pid "$pid" "$mnt/file"
	[ "${receipt[moved]}" = $size ]
	[ "$(mem_stat b shmem)" = $size ]
	hold_in c "shared:$mnt/file:0:$pages:1"
	run memcgctl claim --to common --file "$mnt/file"
	[ "$status" = 1 ]
	[ "$output" = "memcgctl: claim: common: the nearest common ancestor of all that map it is the root group, /" ]
	rm "$mnt/file"
	ended b c
	empty a b c
}

@test "claim forms: SIGINT ends it with a true receipt" {
	write_file 128
	flush
	before=$(mem_stat a shmem)
	memcgctl claim --to /b --from /a --csv >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	claim=$!
	for ((n = 0; n < 200; n++)); do
		[ "$(mem_current b)" -lt $((4 << 20)) ] || break
	done
	kill -INT "$claim" || :
	status=0
	wait "$claim" || status=$?
	cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
	moved=$(awk -F , '$1 == "moved" { print $3 + 0 }' "$BATS_TEST_TMPDIR/out")
	settle a b
	[ "$(mem_stat b shmem)" = "$moved" ]
	[ "$(mem_stat a shmem)" = $((before - moved)) ]
	[ "$status" = 5 ]
	grep -q interrupted "$BATS_TEST_TMPDIR/err"
	rm "$mnt/file"
	empty a b
}
