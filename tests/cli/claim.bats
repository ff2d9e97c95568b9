#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash

load lib

setup() {
	make_tree
	head -c 8192 /dev/zero >"$BATS_TEST_TMPDIR/file"
}

@test "without the module" {
	fails 3 "claim: $NO_MODULE" claim --pid $$ 1000-2000 --to /web
	fails 3 "claim: $NO_MODULE" claim --file "$BATS_TEST_TMPDIR/file" --to /web
	fails 3 "claim: $NO_MODULE" claim --to /web --file="$BATS_TEST_TMPDIR/file"
}

@test "neither or both of --pid and --file" {
	fails 2 "claim: give one of --pid, --file, --mount, --from and --orphans (see memcgctl claim --help)" claim
	fails 2 "claim: give one of --pid, --file, --mount, --from and --orphans (see memcgctl claim --help)" claim 1000-2000
	fails 2 "claim: give one of --pid, --file, --mount, --from and --orphans (see memcgctl claim --help)" claim --pid 1 --file /x 1000-2000
}

@test "processes that are not there" {
	fails 4 "claim: 4194305: no such process" claim --pid 4194305 1000-2000
	local gone
	sleep 0 &
	gone=$!
	wait "$gone"
	fails 4 "claim: $gone: no such process" claim --pid "$gone" 1000-2000
	local pid
	for pid in 0 x 1x 99999999999; do
		fails 2 "claim: $pid: not a process id (see memcgctl claim --help)" claim --pid "$pid" 1000-2000
	done
	fails 2 "claim: -1: not a process id (see memcgctl claim --help)" claim --pid -1 1000-2000
}

@test "ranges" {
	local range hint="give START-END in hexadecimal, as in /proc/PID/maps"
	fails 2 "claim: --pid needs one range: START-END, [heap], [stack], a file, or all (see memcgctl claim --help)" claim --pid $$
	fails 2 "claim: 3000-4000: --pid needs one range: START-END, [heap], [stack], a file, or all (see memcgctl claim --help)" \
		claim --pid $$ 1000-2000 3000-4000
	for range in x 1000 1000- 1000-2000-3000 0-10000000000000000 1000-fffffffffffffffff 1000..2000; do
		fails 2 "claim: $range: not a range ($hint)" claim --pid $$ "$range"
	done
	fails 2 "claim: -1000-2000: not a range ($hint)" claim --pid $$ -- -1000-2000
	fails 2 "claim: -1000-2000: unknown option (see memcgctl claim --help)" claim --pid $$ -1000-2000
	fails 2 "claim: 2000-1000: the range ends before it starts" claim --pid $$ 2000-1000
	fails 2 "claim: 1000-1000: the range ends before it starts" claim --pid $$ 1000-1000
	fails 2 "claim: 1001-2000: the range does not begin and end at a page (4096 bytes)" claim --pid $$ 1001-2000
	fails 2 "claim: 1000-2fff: the range does not begin and end at a page (4096 bytes)" claim --pid $$ 1000-2fff
}

@test "files" {
	fails 4 "claim: /nope: no such file" claim --file /nope
	fails 1 "claim: /dev/null: not a regular file" claim --file /dev/null
	fails 1 "claim: /: not a regular file" claim --file /
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	fails 1 "claim: $BATS_TEST_TMPDIR/fifo: not a regular file" claim --file "$BATS_TEST_TMPDIR/fifo"
	fails 2 "claim: 0-1000: --file takes no argument but FILE:OFF+LEN (see memcgctl claim --help)" \
		claim --file "$BATS_TEST_TMPDIR/file" 0-1000
}

@test "parts of files" {
	local file=$BATS_TEST_TMPDIR/file
	fails 3 "claim: $NO_MODULE" claim --file "$file:4K+4096" --to /web
	fails 3 "claim: $NO_MODULE" claim --file "$file:0+max" --to /web
	fails 4 "claim: /nope: no such file" claim --file /nope:0+4K
	fails 4 "claim: $file:4096: no such file" claim --file "$file:4096"
	fails 4 "claim: $file:+4096: no such file" claim --file "$file:+4096"
	fails 4 "claim: $file:0+4096/x: no such file" claim --file "$file:0+4096/x"
	fails 2 "claim: $file:1+4096: the range does not begin and end at a page (4096 bytes)" \
		claim --file "$file:1+4096"
	fails 2 "claim: $file:0+1: the range does not begin and end at a page (4096 bytes)" claim --file "$file:0+1"
	fails 2 "claim: $file:0+0: the range is empty" claim --file "$file:0+0"
	fails 2 "claim: $file:4096+18446744073709551614: size too large" \
		claim --file "$file:4096+18446744073709551614"
	fails 2 "claim: 4x: not a size (give bytes, or a number with K, M, G or T, or N% of RAM, or max)" \
		claim --file "$file:0+4x"
	# What has a name that ends so is meant as a whole.
	cp "$file" "$file:0+1"
	fails 3 "claim: $NO_MODULE" claim --file "$file:0+1" --to /web
	cp "$file" "$file:0+4K"
	fails 2 "claim: $file:0+4K:0+0: the range is empty" claim --file "$file:0+4K:0+0"
	fails 3 "claim: $NO_MODULE" claim --file "$file:0+4K:0+max" --to /web
}

@test "parts of processes" {
	fails 3 "claim: $NO_MODULE" claim --pid $$ all --to /web
	fails 3 "claim: $NO_MODULE" claim --pid $$ "[stack]" --to /web
	fails 3 "claim: $NO_MODULE" claim --pid $$ "$(readlink /proc/$$/exe)" --to /web
	fails 4 "claim: /nope: the process has no mapping of that name" claim --pid $$ /nope
	fails 4 "claim: [nope]: the process has no mapping of that name" claim --pid $$ "[nope]"
}

@test "filesystems" {
	fails 4 "claim: /nope: no such directory" claim --mount /nope
	fails 4 "claim: $BATS_TEST_TMPDIR/file: cannot open the directory: Not a directory" claim --mount "$BATS_TEST_TMPDIR/file"
	fails 1 "claim: /proc/sys: not the root of its filesystem (that is mounted at /proc)" claim --mount /proc/sys
	fails 3 "claim: $NO_MODULE" claim --mount /proc --to /web
	fails 2 "claim: x: --mount takes a directory and nothing else (see memcgctl claim --help)" claim --mount /proc x
}

@test "groups to claim from" {
	fails 3 "claim: $NO_MODULE" claim --from /web --to /web/a
	fails 3 "claim: $NO_MODULE" claim --from id:123456789012 --to /web
	fails 3 "claim: $NO_MODULE" claim --from /web/a --file "$BATS_TEST_TMPDIR/file" --to /web
	fails 4 "claim: /nope: no such group" claim --from /nope
	fails 2 "claim: id:x: not a group id" claim --from id:x
	fails 2 "claim: x: --from takes a group and nothing else (see memcgctl claim --help)" claim --from /web x
	fails 2 "claim: common: needs --file, --pid or --mount (see memcgctl claim --help)" claim --from /web --to common
}

@test "orphans" {
	fails 3 "claim: $NO_MODULE" claim --orphans --to /web
	fails 2 "claim: x: --orphans takes no argument (see memcgctl claim --help)" claim --orphans x
	fails 2 "claim: --from: --orphans finds out from whom by itself (see memcgctl claim --help)" \
		claim --orphans --from /web
	fails 2 "claim: common: needs --file, --pid or --mount (see memcgctl claim --help)" claim --orphans --to common
}

@test "how much" {
	fails 3 "claim: $NO_MODULE" claim --file "$BATS_TEST_TMPDIR/file" --to /web --max 1M --fit
	fails 2 "claim: x: not a size (give bytes, or a number with K, M, G or T, or N% of RAM, or max)" \
		claim --file "$BATS_TEST_TMPDIR/file" --max x
	fails 2 "claim: 4095: less than a page (4096 bytes) (see memcgctl claim --help)" \
		claim --file "$BATS_TEST_TMPDIR/file" --max 4095
}

@test "targets" {
	fails 4 "claim: /nope: no such group" claim --file "$BATS_TEST_TMPDIR/file" --to /nope
	fails 4 "claim: /nope: no such group" claim --pid $$ 1000-2000 --to /nope
	fails 2 "claim: /web/*: 2 groups match: /web/a, /web/b" claim --pid $$ 1000-2000 --to '/web/*'
	rm "$MEMCGCTL_CGROUP/web/cgroup.procs"
	fails 4 "claim: /web: cannot open cgroup.procs: No such file or directory" claim --pid $$ 1000-2000 --to /web
}

@test "not permitted" {
	chmod -R a+rX "$MEMCGCTL_CGROUP"
	chmod a-rw "$MEMCGCTL_CGROUP/web/cgroup.procs"
	chmod a+r "$BATS_TEST_TMPDIR/file"
	memcgctl_nobody claim --file "$BATS_TEST_TMPDIR/file" --to /web
	[ "$status" = 6 ]
	[ "$error" = "memcgctl: claim: /web: cannot open cgroup.procs: Permission denied" ]
	chmod a-rw "$BATS_TEST_TMPDIR/file"
	memcgctl_nobody claim --file "$BATS_TEST_TMPDIR/file" --to /web
	[ "$status" = 6 ]
	[ "$error" = "memcgctl: claim: $BATS_TEST_TMPDIR/file: cannot open the file: Permission denied" ]
}
