#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 420
# shellcheck disable=SC2034,SC2154 # keep is for claim.bash; which, and lib.bash, set the others
#
# A claim of each kind of memory moves what the kernel says is there, and all that the groups are charged and count for
# it. What a claim does apart from that: claim.bats.

load lib
load claim
bats_require_minimum_version 1.5.0

# So many pages are two huge ones.
pages=1024
size=$((pages * 4096))
thp=/sys/kernel/mm/transparent_hugepage

setup() {
	log_begin
	claim_setup
	# While it is dirty or clean, that is decided by the test.
	echo 360000 >/proc/sys/vm/dirty_expire_centisecs
	echo 360000 >/proc/sys/vm/dirty_writeback_centisecs
}

teardown() {
	echo 3000 >/proc/sys/vm/dirty_expire_centisecs
	echo 500 >/proc/sys/vm/dirty_writeback_centisecs
	rm -f "$RIG_SCRATCH/file"
	[ ! -e "$thp/hugepages-64kB" ] || {
		echo inherit >$thp/hugepages-2048kB/enabled
		echo never >$thp/hugepages-64kB/enabled
	}
	claim_teardown
}

# kind KEYS ARGUMENT…: all of it, from a to b, as counted before.
kind() {
	local keys=$1
	shift
	counted a "$@"
	[ "${counted[1]}" = "$pages" ]
	claim_exactly a b "$size" "$keys" "$@"
	moved_as_counted
	skipped none 0
}

# page_cache FOLDER: dirty and clean, mapped and not.
page_cache() {
	local file=$1/file
	in_group a dd if=/dev/zero of="$file" bs=1M count=$((size >> 20)) status=none
	kind "file file_dirty lru_file" --file "$file"
	claim_exactly b a "$size" "file file_dirty lru_file" --file "$file"
	sync "$file"
	# Made dirty through a mapping; while it is not yet another group's, for which the kernel writes it at once.
	hold_in c "shared:$file:0:$pages:1" write:1
	claim_exactly a b "$size" "file file_mapped file_dirty lru_file" --file "$file"
	claim_exactly b a "$size" "file file_mapped file_dirty lru_file" --pid "$pid" "${range[0]}"
	sync "$file"
	claim_exactly a b "$size" "file file_mapped lru_file" --pid "$pid" "${range[0]}"
	claim_exactly b a "$size" "file file_mapped lru_file" --file "$file"
	ended c
	kind "file lru_file" --file "$file"
	rm "$file"
	sync -f "$1"
	empty a b c
}

# bats test_tags=variant
@test "claim kinds: page cache of ext4" {
	# Blocks of the file system itself become dirty when its journal is written.
	mount -o remount,commit=3600 "$RIG_SCRATCH"
	keep=1
	page_cache "$RIG_SCRATCH"
	mount -o remount,commit=5 "$RIG_SCRATCH"
}

@test "claim kinds: page cache of xfs" {
	modprobe loop
	truncate -s 400M "$mnt/disk"
	mkfs.xfs -q "$mnt/disk"
	mkdir "$mnt/xfs"
	mount -o loop "$mnt/disk" "$mnt/xfs"
	keep=1
	page_cache "$mnt/xfs"
	umount "$mnt/xfs"
}

@test "claim kinds: a file that is seen through overlayfs, before and after it is copied up" {
	modprobe overlay
	keep=1
	mkdir "$RIG_SCRATCH"/{lower,upper,work,merged}
	in_group a dd if=/dev/zero of="$RIG_SCRATCH/lower/file" bs=1M count=$((size >> 20)) conv=fsync status=none
	mount -t overlay -o "lowerdir=$RIG_SCRATCH/lower,upperdir=$RIG_SCRATCH/upper,workdir=$RIG_SCRATCH/work" \
		overlay "$RIG_SCRATCH/merged"
	kind "file lru_file" --file "$RIG_SCRATCH/merged/file"
	# The copy is another file.
	in_group a sh -c ": >>'$RIG_SCRATCH/merged/file'; cat '$RIG_SCRATCH/merged/file' >/dev/null"
	counted a --file "$RIG_SCRATCH/merged/file"
	claim --to /b --file "$RIG_SCRATCH/merged/file"
	moved_as_counted
	[ "${receipt[moved]}" = "$size" ]
	umount "$RIG_SCRATCH/merged"
	rm -r "$RIG_SCRATCH"/{lower,upper,work,merged}
	empty a b
}

# bats test_tags=variant
@test "claim kinds: huge pages, mapped as such" {
	hold_in a "huge:$pages"
	kind "anon anon_thp lru_anon" --pid "$pid" "${range[0]}"
	ended a
	mount -o remount,huge=always "$mnt"
	in_group a dd if=/dev/zero of="$mnt/file" bs=2M count=2 status=none
	kind "file shmem shmem_thp lru_anon" --file "$mnt/file"
	hold_in c "shared:$mnt/file:0:$pages:512"
	claim_exactly b a "$size" "file shmem shmem_thp file_mapped lru_anon" --file "$mnt/file"
	claim_exactly a b "$size" "file shmem shmem_thp file_mapped lru_anon" --pid "$pid" "${range[0]}"
	ended c
	rm "$mnt/file"
	empty a b c
}

@test "claim kinds: huge pages, mapped page by page, and across two page tables" {
	hold_in a "huge:$pages" split
	kind "anon lru_anon" --pid "$pid" "${range[0]}"
	ended a
	hold_in a "huge:$pages" crossing
	# A folio is in two windows, but its own address is not at their beginning.
	claim --to /b --pid "$pid" "${range[1]}"
	echo "${receipt[moved]} ${receipt[large]-0}"
	[ $((receipt[moved] + receipt[large])) = "$size" ]
	ended a b
	empty a b
}

@test "claim kinds: locked huge pages" {
	hold_in a "huge:$pages" lock
	kind "anon anon_thp unevictable" --pid "$pid" "${range[0]}"
	ended a
	empty a b
}

@test "claim kinds: large folios smaller than a huge page" {
	[ -e $thp/hugepages-64kB ] || skip "no such folios up to 6.7"
	echo never >$thp/hugepages-2048kB/enabled
	echo always >$thp/hugepages-64kB/enabled
	hold_in a "huge:$pages"
	kind "anon lru_anon" --pid "$pid" "${range[0]}"
	# Eight of each sixteen.
	hold_in a "huge:$pages"
	start=$((0x${range[0]%-*} + (2 << 20) - 1))
	start=$((start - start % (2 << 20)))
	claim --to /b --pid "$pid" "$(printf '%x-%x' $((start + 8 * 4096)) $((start + 40 * 4096)))"
	skipped large 16
	[ "${receipt[moved]}" = $((16 * 4096)) ]
	ended a
	empty a b
}

@test "claim kinds: a file's large folios that several processes map" {
	mount -o remount,huge=always "$mnt"
	in_group a dd if=/dev/zero of="$mnt/file" bs=2M count=2 status=none
	# At a page that is not the first of a huge one's address, they are mapped one by one.
	hold_in c "shared:$mnt/file:1:$((pages - 1)):1"
	hold_in c "shared:$mnt/file:3:$((pages - 3)):3"
	counted a --file "$mnt/file"
	claim --to /b --file "$mnt/file"
	moved_as_counted
	settle a b
	[ "$(mem_stat b file_mapped)" = $((size - 4096)) ]
	[ "$(mem_stat b shmem_thp)" = "$size" ]
	[ "$(mem_stat a shmem)" = 0 ]
	ended c
	settle a b
	[ "$(mem_stat b file_mapped)" = 0 ]
	rm "$mnt/file"
	empty a b c
}

@test "claim kinds: private memory shared by fork, when it is asked for" {
	hold_in a "anon:$pages:1" "fork:$cg/a:0"
	claim --to /b --pid "$pid" "${range[0]}"
	skipped shared "$pages"
	kind "anon lru_anon" --pid "$pid" "${range[0]}" --include-shared
	ended a
	hold_in a "huge:$pages" "fork:$cg/a:0"
	claim --to /b --pid "$pid" "${range[0]}"
	skipped shared "$pages"
	claim --to /b --include-shared --pid "$pid" "${range[0]}"
	[ "${receipt[moved]}" = "$size" ]
	ended a
	empty a b
}

# What CPUs have kept of swap that was freed is charged as before: 64 pages each, up to Linux 6.x.
@test "claim kinds: what has a copy on swap, which goes, so that it does not come back to who swapped it out" {
	local slots before=$BATS_TEST_TMPDIR/before
	slots=$((64 * 4096 * $(nproc)))
	swapon "$RIG_SWAP"
	# It stays on one CPU, or what waits for the lists of another is not swapped out.
	taskset -cp 0 $BASHPID >/dev/null
	hold_in a anon:1000:1 pageout again:1
	taskset -cp "0-$(($(nproc --all) - 1))" $BASHPID >/dev/null
	keep=1
	settle a b
	swapcached=$(mem_stat a swapcached)
	echo "swapcached $swapcached"
	# Of a page that was in use at that moment there is no copy.
	[ "$swapcached" -ge $((990 * 4096)) ]
	snapshot b >"$before.b"
	claim --to /b --pid "$pid" "${range[0]}"
	skipped none 0
	[ "${receipt[moved]}" = $((1000 * 4096)) ]
	settle a b
	left=$(differences b 1 anon=4096000 lru_anon=4096000 current=4096000)
	echo "$left"
	[ -z "$left" ]
	[ "$(mem_stat a swapcached)" = 0 ]
	[ "$(<"$cg/a/memory.swap.current")" -le $slots ]
	# Swapped out and in again, it is the new group's as before.
	reclaim b 8M
	[ "$(<"$cg/b/memory.swap.current")" -ge $((900 * 4096)) ]
	swapoff "$RIG_SWAP"
	settle a b
	[ "$(mem_stat b anon)" = $((1000 * 4096)) ]
	[ "$(mem_stat a anon)" -lt $((100 * 4096)) ]
	ended a
	empty a b
}

@test "claim kinds: a dry run says what would move, and moves nothing" {
	in_group a dd if=/dev/zero of="$mnt/file" bs=1M count=4 status=none
	echo 1M >"$cg/b/memory.max"
	claim --dry-run --to /b --file "$mnt/file"
	[ "${receipt[moved]}" = "$size" ]
	[ "$(mem_current b)" = 0 ]
	[ "$(mem_stat a shmem)" = "$size" ]
	hold_in a "huge:$pages"
	claim --dry-run --to /b --pid "$pid" "${range[0]}"
	[ "${receipt[moved]}" = "$size" ]
	[ "$(mem_current b)" = 0 ]
}

@test "claim kinds: no mark of userfaultfd is lost" {
	echo never >$thp/enabled
	hold_in a "anon:$pages:1" protect
	kind "anon lru_anon" --pid "$pid" "${range[0]}"
	counted b --pid "$pid" "${range[0]}"
	[ "${counted[2]}" = "$pages" ]
	echo madvise >$thp/enabled
	hold_in a "huge:$pages" protect
	kind "anon anon_thp lru_anon" --pid "$pid" "${range[0]}"
	counted b --pid "$pid" "${range[0]}"
	[ "${counted[2]}" = "$pages" ]
	mount -o remount,huge=always "$mnt"
	in_group a dd if=/dev/zero of="$mnt/file" bs=2M count=2 status=none
	hold_in a "shared:$mnt/file:1:$((pages - 1)):1" protect
	one=("$pid" "${range[0]}")
	hold_in c "shared:$mnt/file:1:$((pages - 1)):1"
	counted a --pid "${one[@]}"
	local before=("${counted[@]}")
	[ "${before[2]}" = $((pages - 1)) ]
	# The kernel unmaps a huge page of a file to mark it.
	[ "${before[1]}" -gt 0 ]
	claim --to /b --file "$mnt/file"
	[ "${receipt[moved]}" = "$size" ]
	counted b --pid "${one[@]}"
	[ "${counted[*]}" = "${before[*]}" ]
}
