#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 420

# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# What is bound is charged to the targets, by the shares they have, whatever makes it and whoever; and nothing else is.

load lib
load claim
load bind
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	bind_setup
}

teardown() {
	bind_teardown
}

mib=$((1 << 20))

# bats test_tags=variant
@test "bind: a file on tmpfs, shared out among two groups, by whatever makes its pages" {
	local how n=0
	: >"$mnt/file"
	truncate -s 8M "$mnt/file"
	bound --file "$mnt/file" --to /a --to /b
	before
	for how in write splice fallocate; do
		in_group c fill "$how" "$mnt/file" $((512 * n)) 512
		n=$((n + 1))
	done
	in_group c fill fault "$mnt/file" 1536 512
	grown $((4 * mib)) $((4 * mib)) 0 "file shmem lru_anon"
	[ "$(listed "$id" redirected)" = $((8 * mib)) ]
	[ "$(listed "$id" fell_back)" = 0 ]
	rm "$mnt/file"
	empty a b c
	[ "$(memcgctl bind --csv | wc -l)" = 1 ]
}

@test "bind: weights" {
	truncate -s 8M "$mnt/file"
	bound --file "$mnt/file" --to /a=3 --to /b=1
	before
	in_group c fill write "$mnt/file" 0 2048
	grown $((6 * mib)) $((2 * mib)) 0 "file shmem lru_anon"
}

@test "bind: a range of a file" {
	truncate -s 8M "$mnt/file"
	bound --file "$mnt/file:1M+2M" --to /a
	bound --file "$mnt/file:4M+1M" --to /b
	run memcgctl bind --file "$mnt/file:2M+4M" --to /b
	[ "$status" = 1 ]
	[[ $output == *"is bound already" ]]
	before
	in_group c fill write "$mnt/file" 0 2048
	grown $((2 * mib)) $((1 * mib)) $((5 * mib)) "file shmem lru_anon"
	# What has ended charges no more.
	memcgctl unbind "$id"
	fallocate -p -o 4M -l 1M "$mnt/file"
	grown $((2 * mib)) 0 $((5 * mib)) "file shmem lru_anon"
	in_group c fill write "$mnt/file" 1024 256
	grown $((2 * mib)) 0 $((6 * mib)) "file shmem lru_anon"
}

# page_cache BYTES: so much page cache is charged to a and b, to each half of it, to within the largest folio: 7.2 reads ahead in
# large ones, of as much at most as it reads ahead. Reclaim takes what is clean, so nothing else is compared.
page_cache() {
	local a b within=0
	[ "$RIG_KERNEL" != 7.2 ] || within=$((2 * read_ahead * 1024))
	flush
	a=$(mem_stat a file)
	b=$(mem_stat b file)
	echo "page cache $a $b"
	[ $((a + b)) = "$1" ]
	[ $((a - b)) -le $within ]
	[ $((b - a)) -le $within ]
}

@test "bind: a file on a disk, by write and by read, also when its inode was to be forgotten" {
	local file=$RIG_SCRATCH/file how read_ahead=128
	echo $read_ahead >"/sys/class/bdi/$(mountpoint -d "$RIG_SCRATCH")/read_ahead_kb"
	: >"$file"
	bound --file "$file" --to /a --to /b
	in_group c fill write "$file" 0 1024
	page_cache $((4 * mib))
	for how in read load; do
		sync "$file"
		echo 3 >/proc/sys/vm/drop_caches
		page_cache 0
		in_group c fill "$how" "$file" 0 1024
		page_cache $((4 * mib))
	done
	[ "$(listed "$id" redirected)" = $((12 * mib)) ]
	rm "$file"
	empty a b
	[ -z "$(listed "$id" redirected)" ]
}

@test "bind: a ring of two, one of whom touches it first: each pays half" {
	local memfd
	hold_in a memfd:ring:1
	memfd=$(find "/proc/$pid/fd" -lname '/memfd:*' | head -n 1)
	truncate -s 8M "$memfd"
	bound --file "$memfd" --to /a --to /b
	in_group a fill write "$memfd" 512 512
	in_group b fill fault "$memfd" 1024 1024
	flush
	# Of the first page, which was there, a pays.
	[ "$(mem_stat a shmem)" = $((3 * mib + 4096)) ]
	[ "$(mem_stat b shmem)" = $((3 * mib)) ]
	# It pins nothing: when the last descriptor is closed, all is gone.
	ended a
	[ -z "$(listed "$id" redirected)" ]
	empty a b
}

@test "bind: a System V segment, and a range of a process that is one" {
	local segment
	segment=$(ipcmk -M 4194304 | grep -o '[0-9]*$')
	bound --shm "$segment" --to /a --to /b
	before
	in_group c fill fault "sysv:$segment" 0 1024
	grown $((2 * mib)) $((2 * mib)) 0 "file shmem lru_anon"
	ipcrm -m "$segment"
	empty a b
	[ -z "$(listed "$id" redirected)" ]
}

@test "bind: a filesystem: files that are there, and new ones; another's is not" {
	: >"$mnt/old"
	bound --mount "$mnt" --to /a
	bound --file "$mnt/old" --to /b
	before
	in_group c fill write "$mnt/new" 0 512
	in_group c fill write "$mnt/old" 0 256
	in_group c fill write /dev/shm/other 0 256
	grown $((2 * mib)) $((1 * mib)) $((1 * mib)) "file shmem lru_anon"
	rm /dev/shm/other
	# It holds no filesystem, and ends with it.
	umount "$mnt"
	[ "$(memcgctl bind --csv | wc -l)" = 1 ]
	empty a b c
	mount -t tmpfs claim "$mnt"
	mkdir "$mnt/dir"
	run memcgctl bind --mount "$mnt/dir" --to /a
	[ "$status" = 1 ]
}

@test "bind: large folios are shared out, too, to within one" {
	local a b
	mount -o remount,huge=always "$mnt"
	truncate -s 16M "$mnt/file"
	bound --file "$mnt/file" --to /a --to /b
	in_group c dd if=/dev/zero of="$mnt/file" bs=2M count=8 conv=notrunc status=none
	flush
	a=$(mem_stat a shmem)
	b=$(mem_stat b shmem)
	echo "$a $b, huge $(mem_stat a shmem_thp) $(mem_stat b shmem_thp)"
	[ $((a + b)) = $((16 * mib)) ]
	[ $((a - b)) -ge $((-2 * mib)) ]
	[ $((a - b)) -le $((2 * mib)) ]
	[ "$(listed "$id" redirected)" = $((16 * mib)) ]
}

# limited GROUP BYTES: its limit leaves it so much.
limited() {
	settle a b c
	echo $(($(mem_current "$1") + $2)) >"$cg/$1/memory.max"
}

@test "bind: a target without room: whoever touches it pays, and nobody is killed" {
	: >"$mnt/file"
	bound --file "$mnt/file" --to /a
	limited a $((2 * mib))
	in_group c fill write "$mnt/file" 0 1024
	flush
	[ "$(mem_stat a shmem)" = $((2 * mib)) ]
	[ "$(mem_stat c shmem)" = $((2 * mib)) ]
	[ "$(listed "$id" redirected)" = $((2 * mib)) ]
	[ "$(listed "$id" fell_back)" = $((2 * mib)) ]
	grep -qx "oom_kill 0" "$cg/a/memory.events"
}

@test "bind: a target without room, on-full fail: ENOSPC and SIGBUS, and only then" {
	: >"$mnt/file"
	truncate -s 8M "$mnt/file"
	bound --file "$mnt/file" --to /a --on-full fail
	limited a $((1 * mib))
	in_group c fill write "$mnt/file" 0 256
	for how in write fallocate splice; do
		run in_group c fill $how "$mnt/file" 256 16
		[ "$output" = "0 ENOSPC" ]
	done
	run in_group c fill fault "$mnt/file" 256 16
	[ "$output" = "0 SIGBUS" ]
	flush
	[ "$(mem_stat a shmem)" = $((1 * mib)) ]
	[ "$(mem_stat c shmem)" = 0 ]
	[ "$(listed "$id" fell_back)" = $((4 * 4096)) ]
	grep -qx "oom_kill 0" "$cg/a/memory.events"
	echo max >"$cg/a/memory.max"
	in_group c fill write "$mnt/file" 256 16
	: >"$RIG_SCRATCH/file"
	run memcgctl bind --file "$RIG_SCRATCH/file" --to /a --on-full fail
	[ "$status" = 1 ]
	rm "$RIG_SCRATCH/file"
}
