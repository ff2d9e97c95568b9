#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240

# shellcheck disable=SC2034,SC2154 # of lib.bash and claim.bash
#
# Private memory that is bound is charged to the targets, whoever makes it; what lies beside it is not.

load lib
load claim
load bind
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	bind_setup
	# The rest is of the program's file, and of nobody's making.
	claim_keys=(anon lru_anon anon_thp swapcached shmem)
}

teardown() {
	bind_teardown
}

mib=$((1 << 20))

# memory PAGES: a process of group c with so much private memory that nothing has touched; sets $pid and $start. tell STEP
# makes it do something: see helpers/range.c.
memory() {
	local all
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	(echo "$BASHPID" >"$cg/c/cgroup.procs" &&
		exec range "$1" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-) &
	pid=$!
	exec 7>"$BATS_TEST_TMPDIR/in" 8<"$BATS_TEST_TMPDIR/out"
	read -r all <&8
	start=$((0x${all%-*}))
}

tell() {
	local answer
	echo "$*" >&7
	read -r answer <&8
	[ "$answer" = "done" ] || {
		echo "$* of the process: $answer"
		return 1
	}
}

# pages FIRST COUNT: of that memory, as a range.
pages() {
	printf '%x-%x' $((start + $1 * 4096)) $((start + ($1 + $2) * 4096))
}

# removed GROUP: it is. inherited: its memory is an heir's now, so it has none, and goes; but 7.2 keeps a group that a CPU
# charged last.
removed() {
	was=$(dying)
	dead=$(stat -c %i "$cg/$1")
	rmdir "$cg/$1"
}

inherited() {
	local n
	for ((n = 0; n < 100; n++)); do
		run --separate-stderr memcgctl claim --csv --dry-run --from "id:$dead" --to /b
		[ "$status" != 4 ] || break
		[ "$RIG_KERNEL" != 7.2 ] || [[ $output != *present,,0* ]] || break
		sleep 0.1
	done
	[ "$n" -lt 100 ]
	for ((; n < 200; n++)); do
		[ "$RIG_KERNEL" != 7.2 ] && [ "$(dying)" -gt "$was" ] || return 0
		sleep 0.1
	done
	return 1
}

# gone: the process ends, and its memory with it.
gone() {
	exec 7>&- 8<&-
	ended c
	for group in a b c; do [ ! -d "$cg/$group" ] || empty "$group"; done
}

@test "bind range: memory that a process touches later, shared out by weights, and no more" {
	memory 2048
	tell write 0 256
	bound --pid "$pid" --to /a=3 --to /b=1 "$(pages 0 1024)"
	before
	tell write 0 2048
	# A quarter was there, and half is not bound.
	grown $((9 * mib / 4)) $((3 * mib / 4)) $((4 * mib)) "anon lru_anon"
	[ "$(listed "$id" redirected)" = $((3 * mib)) ]
	[ "$(listed "$id" fell_back)" = 0 ]
	# What has ended charges no more.
	memcgctl unbind "$id"
	no_hooks
	gone
}

@test "bind range: a child's copies are the child's, and those of the process are the target's" {
	memory 512
	tell write 0 512
	bound --pid "$pid" --to /a "$(pages 0 512)"
	before
	tell fork
	grown 0 0 0 ""
	[ "$(listed "$id" redirected)" = 0 ]
	gone
}

@test "bind range: huge pages, by a fault and by collapse" {
	memory 1536
	tell write 1024 512
	bound --pid "$pid" --to /a "$(pages 0 512)"
	bound --pid "$pid" --to /b "$(pages 1024 512)"
	settle a b c
	was=$(mem_stat c anon)
	# From here on khugepaged may be quicker.
	tell huge
	tell write 0 512
	tell collapse 1024 512
	# The third that nobody touched stays so.
	settle a b c
	for group in a b; do
		[ "$(mem_stat $group anon)" = $((2 * mib)) ]
		[ "$(mem_stat $group anon_thp)" = $((2 * mib)) ]
		[ "$(mem_current $group)" = $((2 * mib)) ]
	done
	[ "$(mem_stat c anon)" = $((was - 2 * mib)) ]
	# A large folio goes to an heir whole, though each of its pages is mapped by itself; khugepaged would make another of it.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	tell split 0 512
	removed a
	inherited
	gone
}

@test "bind range: what userfaultfd fills" {
	memory 512
	bound --pid "$pid" --to /a --to /b "$(pages 0 256)"
	before
	tell fill 0 512
	grown $((mib / 2)) $((mib / 2)) $((1 * mib)) "anon lru_anon"
	gone
}

@test "bind range: what comes back from swap, and was another's" {
	swapon "$RIG_SWAP"
	# What lies beside in swap is not read ahead.
	read -r cluster </proc/sys/vm/page-cluster
	echo 0 >/proc/sys/vm/page-cluster
	memory 512
	tell write 0 512
	tell pageout
	# What has been written out is still in the swap cache, until somebody reclaims.
	for ((n = 0; n < 300; n++)); do
		[ "$(mem_stat c swapcached)" != 0 ] || break
		echo 2M >"$cg/c/memory.reclaim" 2>/dev/null || sleep 0.1
	done
	bound --pid "$pid" --to /a "$(pages 0 256)"
	tell read 0 512
	echo "$cluster" >/proc/sys/vm/page-cluster
	flush
	[ "$(mem_stat a anon)" = $((1 * mib)) ]
	[ "$(listed "$id" redirected)" = $((1 * mib)) ]
	gone
}

@test "bind range: ends with the process, and with the program that it was" {
	memory 512
	bound --pid "$pid" --to /a "$(pages 0 512)"
	tell execve
	for ((n = 0; n < 300; n++)); do
		[ "$(memcgctl bind --csv | wc -l)" != 1 ] || break
		sleep 0.1
	done
	[ "$(memcgctl bind --csv | wc -l)" = 1 ]
	no_hooks
	gone
}

@test "bind range: a target without room, and one that is removed" {
	memory 1024
	bound --pid "$pid" --to /a "$(pages 0 1024)"
	echo 1M >"$cg/a/memory.max"
	tell write 0 512
	[ "$(listed "$id" fell_back)" -ge $((1 * mib)) ]
	[ $(($(listed "$id" fell_back) + $(listed "$id" redirected))) = $((2 * mib)) ]
	grep -q '^oom_kill 0' "$cg/a/memory.events"
	[ "$(mem_current a)" -le $((1 * mib)) ]
	removed a
	tell write 512 512
	inherited
	gone
}

@test "bind range: what cannot be bound" {
	hold_in c memfd:one:16
	run memcgctl bind --pid $$ --to /a 1000-2000
	[ "$status" = 1 ]
	[[ $output == *"nothing is mapped in the range" ]]
	memory 16
	run memcgctl bind --pid "$pid" --to /a --on-full fail "$(pages 0 16)"
	[ "$status" = 1 ]
	[[ $output == *"only shared memory may fail when the target is full" ]]
	bound --pid "$pid" --to /a "$(pages 0 8)"
	run memcgctl bind --pid "$pid" --to /a "$(pages 7 2)"
	[ "$status" = 1 ]
	[[ $output == *"is bound already" ]]
	gone
}
