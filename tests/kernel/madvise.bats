#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Our advices as plain system calls, and the calls of the library. A process begins in one group, where its memory is charged,
# and is moved to another, which it then claims its memory for.

load lib
load claim

setup() {
	log_begin
	claim_setup
}

teardown() {
	[ -z "${asked-}" ] || exec {asked}>&-
	claim_teardown
}

# advise_in GROUP [COMMAND…]: helpers/advise, begun there (through a command); it is asked by reply.
advise_in() {
	local fifo=$BATS_TEST_TMPDIR/fifo
	rm -f "$fifo" "$fifo.out"
	mkfifo "$fifo" "$fifo.out"
	(echo "$BASHPID" >"$cg/$1/cgroup.procs" && exec "${@:2}" advise) <"$fifo" >"$fifo.out" 2>&1 3>&- &
	exec {asked}>"$fifo" {said}<"$fifo.out"
	reply pid
	pid=$answer
}

# reply REQUEST…: sets answer.
reply() {
	echo "$*" >&"$asked"
	read -r -t 60 answer <&"$said"
	echo "$*: $answer"
}

# answers ANSWER REQUEST…: it is that.
answers() {
	reply "${@:2}"
	[ "$answer" = "$1" ]
}

move() {
	echo "$pid" >"$cg/$1/cgroup.procs"
}

# In the place of the command, for claim_exactly: the process claims all that it is said to, for the group that it is moved to.
claim() {
	local to=${2#/}
	# shellcheck disable=SC2034 # for claim_exactly
	declare -gA receipt=([moved]=$bytes)
	# Changes nothing, but what the call needs of the program is in memory then.
	move "$from"
	answers 0 "${@:3}"
	move "$to"
	settle "$from" "$to"
	snapshot "$from" >"$before.$from"
	snapshot "$to" >"$before.$to"
	answers 0 "${@:3}"
}

# claims FROM TO BYTES KEY REQUEST…: these lines of memory.stat have changed by that. What comes by netlink or io_uring takes
# kernel memory of the asking group, too.
claims() {
	local was_from was_to end
	move "$1"
	answers 0 "${@:5}"
	flush
	was_from=$(mem_stat "$1" "$4")
	was_to=$(mem_stat "$2" "$4")
	move "$2"
	answers 0 "${@:5}"
	end=$((SECONDS + 30 * ${RIG_SLOW:-1}))
	until [ "$(mem_stat "$1" "$4") $(mem_stat "$2" "$4")" = "$((was_from - $3)) $((was_to + $3))" ]; do
		flush
		[ $SECONDS -lt $end ]
	done
}

size=$((8 << 20))
pages=$((size / 4096))

# advices USER: the table, as that user.
advices() {
	setpriv --reuid "$1" --regid "$1" --clear-groups madvise_all "$mnt/file" | uniq >"$BATS_TEST_TMPDIR/$2.$1"
}

@test "madvise: every other advice answers the same with the module and without" {
	head -c 65536 /dev/zero >"$mnt/file"
	chmod 666 "$mnt/file"
	advices 0 with
	advices 1000 with
	module_unload
	advices 0 without
	advices 1000 without
	[ "$(wc -l <"$BATS_TEST_TMPDIR/with.1000")" -ge $((6 * 271)) ]
	diff "$BATS_TEST_TMPDIR/with.0" "$BATS_TEST_TMPDIR/without.0"
	diff "$BATS_TEST_TMPDIR/with.1000" "$BATS_TEST_TMPDIR/without.1000"
	rm "$mnt/file"
}

# bats test_tags=variant
@test "madvise: claims exactly, by all ways of asking" {
	advise_in a
	answers 0 anon $pages
	claim_exactly a b $size "anon lru_anon" call claim
	claims b c $size anon ring claim
	claims c a $size anon lib claim
	# Nothing is to be done.
	answers 0 call claim
	answers 0 memfd $pages
	claim_exactly a b $size "file shmem file_mapped lru_anon" call claim
	claims b c $size shmem claim-fd
	claims c a $((size / 2)) shmem claim-fd $((size / 2))
	claims c a 8192 shmem claim-fd 4096 4097
	ended a
	empty a b c
}

@test "madvise: parts, odd lengths, odd addresses, and holes" {
	advise_in a
	answers 0 anon 64
	claim_exactly a b 40960 "anon lru_anon" call claim 40960 40960
	# Rounded up to a page.
	claim_exactly a b 4096 "anon lru_anon" call claim 0 1
	answers 0 call claim 0 0
	answers EINVAL call claim 1 4095
	answers EINVAL call claim 0 -1
	answers EINVAL call claim 0 -4096
	# Half of what processes have, most of it nothing.
	# Far below is nothing; and above is no address of a process.
	answers 0 call claim -0x100000000 262144
	answers 0 call claim 0x100000000000 262144
	answers 0 call claim
	settle a b
	[ "$(mem_stat b anon)" -ge $((64 * 4096)) ]
	# As process_madvise knows none, and the rest of our numbers are nobody's.
	answers EINVAL process claim
	answers EINVAL call 0x6d630000
	answers EINVAL call 0x6d630004
	# The type of an advice is int: what is above is cut off.
	answers EINVAL lib 5
	ended b
	empty a b
}

@test "madvise: what stays with others is EAGAIN, and the rest is claimed" {
	advise_in a
	answers 0 anon $pages
	move b
	echo $((size / 2)) >"$cg/b/memory.max"
	answers EAGAIN call claim
	answers EAGAIN lib claim
	grep -q '^oom_kill 0' "$cg/b/memory.events"
	[ "$(mem_current b)" -le $((size / 2)) ]
	[ "$(mem_current b)" -ge $((size / 4)) ]
	echo max >"$cg/b/memory.max"
	answers 0 call claim
	ended b
	empty a b
}

@test "madvise: the root group is charged for nothing" {
	advise_in a
	answers 0 anon 16
	echo "$pid" >"$cg/cgroup.procs"
	answers EPERM call claim
	answers EPERM ring claim
	answers EPERM lib claim
	move a
	answers 0 call claim
	ended a
	empty a
}

@test "madvise: a signal ends it, and it goes on later" {
	advise_in a
	# A page costs 1,000 instructions, of which an emulated machine does no more than one a nanosecond: 30 ms at least.
	answers 0 anon 32768
	move b
	answers EINTR alarmed 5 claim
	settle a b
	[ "$(mem_stat b anon)" -lt $((32768 * 4096)) ]
	answers 0 call claim
	ended b
	empty a b
}

@test "madvise: an unprivileged user claims its own memory and its own files" {
	chmod 777 "$mnt"
	(umask 0 && head -c $size /dev/zero >"$mnt/roots")
	chmod 644 "$mnt/roots"
	in_group a head -c $size /dev/zero >"$mnt/mine"
	chown 1000 "$mnt/mine"
	advise_in a setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all
	answers 0 anon $pages
	claim_exactly a b $size "anon lru_anon" call claim
	claims b c $size anon lib claim
	answers 0 file "$mnt/mine" $pages
	claim_exactly c b $size "file shmem file_mapped lru_anon" call claim
	claims b c $size shmem claim-fd
	answers 0 read "$mnt/roots" $pages
	answers EPERM claim-fd
	rm "$mnt/mine" "$mnt/roots"
	ended c
	empty a b c
}

@test "madvise: where the system call has no hook the library asks otherwise, and status says why" {
	module_unload
	sysctl kernel.ftrace_enabled=0
	module_load
	sysctl kernel.ftrace_enabled=1
	memcgctl status | grep 'madvise.*unavailable.*ftrace'
	advise_in a
	answers 0 anon $pages
	answers EINVAL call claim
	claims a b $size anon lib claim
	claims b c $size anon lib claim
	answers 0 memfd $pages
	claims c b $size shmem claim-fd
	ended b
	empty a b c
	module_unload
	test_module ipmodify function=do_madvise
	module_load
	rmmod ipmodify
	memcgctl status | grep 'madvise.*unavailable.*live patch'
	module_unload
	module_load
	memcgctl status --csv | grep '^feature,madvise,available'
}

@test "madvise: without the module" {
	module_unload
	advise_in a
	answers 0 memfd 16
	answers EINVAL call claim
	answers EINVAL ring claim
	answers ENOSYS lib claim
	answers ENOSYS lib bind
	answers ENOSYS claim-fd
	answers ENOSYS bind-fd
	answers EINVAL claim-fd 1
	answers EINVAL lib 5
	answers 0 lib 0
	ended a
	empty a
}

@test "madvise: the program of the manual page" {
	in_group a head -c $size /dev/zero >"$mnt/file"
	export LD_LIBRARY_PATH=/usr/local/lib
	run in_group b memcg_madvise-example "$mnt/file"
	[ "$output" = "all of it is charged to this group" ]
	[ "$(mem_stat b shmem)" = $size ]
	module_unload
	run in_group b memcg_madvise-example "$mnt/file"
	[ "$status" = 3 ]
	rm "$mnt/file"
	empty a b
}

# bats test_tags=parallel
@test "madvise: unloading while processes claim from each other, over and over" {
	local i n
	in_group a head -c $((32 << 20)) /dev/zero >"$mnt/file"
	for ((i = 0; i < 3; i++)); do
		module_load
		for n in a b; do
			advise_in $n
			reply file "$mnt/file" 8192
			[ "$answer" = 0 ]
			echo "loop claim" >&"$asked"
			asking+=("$asked")
			saying+=("$said")
		done
		sleep 0.3
		rmmod memcgctl
		[ ! -e /sys/module/memcgctl ]
		for n in "${saying[@]}"; do
			read -r -t 60 answer <&"$n"
			[ "$answer" = EINVAL ]
			exec {n}<&-
		done
		for n in "${asking[@]}"; do
			exec {n}>&-
		done
		asking=() saying=() asked=
		ended a b
	done
	rm "$mnt/file"
	empty a b
}

# drop: the memory of the last mapping goes, and of a memfd that of the file.
drop() {
	answers 0 call "$1"
}

# comes_to GROUP BYTES KEY: that much more is charged to it, of what the process in another group touches now.
comes_to() {
	local was end
	flush
	was=$(mem_stat "$1" "$3")
	answers 0 touch
	end=$((SECONDS + 30 * ${RIG_SLOW:-1}))
	until [ "$(mem_stat "$1" "$3")" = "$((was + $2))" ]; do
		flush
		[ $SECONDS -lt $end ]
	done
}

@test "madvise: private memory that is bound is charged to the group that bound it, until it is unbound" {
	advise_in a
	answers 0 fresh $pages
	answers ENOENT call unbind
	answers 0 call bind
	answers EEXIST call bind
	answers EEXIST lib bind
	[ "$(memcgctl bind --csv | wc -l)" = 2 ]
	move b
	comes_to a $size anon
	# Unbound as a whole only.
	answers ENOENT call unbind 4096
	answers 0 call unbind
	answers ENOENT lib unbind
	# MADV_DONTNEED, and touched again.
	drop 4
	comes_to b $size anon
	[ "$(memcgctl bind --csv | wc -l)" = 1 ]
	ended b
	empty a b
}

@test "madvise: shared memory is bound by its file" {
	advise_in a
	answers 0 memfd $pages
	# MADV_REMOVE.
	drop 9
	answers 0 call bind
	answers EEXIST bind-fd
	[[ $(memcgctl bind --csv) == *file*memfd* ]]
	move b
	comes_to a $size shmem
	answers 0 ring unbind
	drop 9
	comes_to b $size shmem
	answers 0 bind-fd
	drop 9
	move a
	comes_to b $size shmem
	ended a
	empty a b
}

@test "madvise: what may not be bound" {
	(umask 0 && head -c $size /dev/zero >"$mnt/roots")
	chmod 644 "$mnt/roots"
	chmod 755 "$mnt"
	advise_in a setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all --bounding-set=-all
	answers 0 read "$mnt/roots" $pages
	answers EPERM call bind
	answers EPERM bind-fd
	answers EINVAL call bind 0x100000000000 4096
	answers EINVAL call bind 1
	answers 0 fresh 16
	answers 0 call bind
	echo "$pid" >"$cg/cgroup.procs"
	answers EPERM call bind
	# What is one's own is unbound in any group, and by nobody else.
	move b
	answers 0 call unbind
	rm "$mnt/roots"
	ended b
	empty a b
}

@test "madvise: bound by netlink where the system call has no hook" {
	module_unload
	sysctl kernel.ftrace_enabled=0
	module_load
	sysctl kernel.ftrace_enabled=1
	advise_in a
	answers 0 fresh $pages
	answers EINVAL call bind
	answers 0 lib bind
	answers EEXIST lib bind
	move b
	comes_to a $size anon
	answers 0 lib unbind
	answers ENOENT lib unbind
	ended b
	empty a b
	module_unload
}
