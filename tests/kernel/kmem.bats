#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 400
#
# kmem limits are strict: what takes kernel memory without end stays below them, on every level.
# shellcheck disable=SC2154,SC2034 # kmem.bash and lib.bash set variables, assert takes their names

load lib
load kmem

# strict KIND [PATH]: take memory of this kind without end in a group limited to 8 MiB, watched from outside.
strict() {
	new_group a
	kmem_limit a 8M
	watch_start kernel a
	hold_load a "$@"
	watch_stop kernel
	assert_strict a
	# It failed because the group was full: no more was free than the largest allocation of these, a thread's
	# stack or a table of open files, which doubles.
	assert "failures == 1 && failed >= 1 && breaches >= failed"
	assert "usage + usage / 2 >= limit"
	# Only page tables are forced here.
	assert "forced <= 16 * page && oom_kills == 0"
}

@test "kmem: pipes stay below the limit" {
	strict pipes
	# ENFILE is what pipe(2) makes of ENOMEM when it gets no inode.
	failed_with ENOMEM ENFILE
	assert "usage + 16 * page >= limit"
}

@test "kmem: sockets stay below the limit" {
	strict sockets
	# What a stream socket makes of ENOMEM when it has no room for data, and socket(2) when it gets no inode.
	failed_with ENOMEM ENOBUFS ENFILE
}

@test "kmem: threads stay below the limit" {
	strict threads
	failed_with ENOMEM EAGAIN
}

@test "kmem: files of a tmpfs stay below the limit" {
	mkdir -p /tmp/files
	strict files /tmp/files
	# What tmpfs makes of ENOMEM when it gets no inode.
	failed_with ENOMEM ENOSPC
	kill_group a
	rm -r /tmp/files
}

@test "kmem: open files stay below the limit" {
	strict open
	failed_with ENOMEM ENFILE
}

@test "kmem: 150,000 dentries all succeed by shrinking, and a neighbour keeps its own" {
	new_dir
	neighbours=$dir
	new_dir
	new_group a
	new_group b
	kmem_limit a 8M
	spawn b "$helpers/kmem_load" -l -n 5000 dentries "$neighbours" >"$BATS_TEST_TMPDIR/loop"
	# Its dentries are all there, and the statistics say so.
	wait_for 60 grep -q dentries "$BATS_TEST_TMPDIR/loop"
	wait_for 30 steady b slab_reclaimable
	before=$(mem_stat b slab_reclaimable)
	watch_start slab_reclaimable b
	watch_start kernel a
	kmem_load a -n 150000 dentries "$dir"
	watch_stop kernel
	assert_strict a
	assert "done == 150000 && failed == 0 && oom_kills == 0"
	# What was made and is not there any more was shrunk. What RCU frees after the
	# shrinking that it is owed to is not in the count.
	assert "shrunk >= (150000 * dentry_size - limit) / 4 && shrunk <= 150000 * dentry_size"
	watch_stop slab_reclaimable
	least=${min[b]}
	assert "looks >= 3 && before >= 5000 * dentry_size && least >= before"
}

@test "kmem: limits on three levels hold, each" {
	new_group n
	new_group n/p
	new_group n/p/c
	new_group n/p/d
	new_group n/e
	kmem_limit n/p/c 4M
	kmem_limit n 6M
	# Between two that are there.
	kmem_limit n/p 5M
	watch_start kernel n n/p n/p/c
	hold_load n/p/c pipes
	hold_load n/p/d pipes
	hold_load n/e pipes
	watch_stop kernel
	for group in n/p/c n/p n; do
		assert_strict $group
		assert "usage + 16 * page >= limit"
	done
	memcgctl kmem --csv --bytes /n/p/d | grep -q "^/n/p/d,[0-9]*,[0-9]*,max,$((5 << 20)),/n/p,"
	# What a level gives back is free in all above it.
	kill_group n/p/c
	kmem_load n/e -n 20 pipes
	assert "done == 20"
	assert_exact n
	assert_exact n/p
}

@test "kmem: the effective limit is an ancestor's when that is lower" {
	new_group n
	new_group n/p
	kmem_limit n 4M
	kmem_limit n/p 8M
	kmem_read n/p
	assert "limit == 8 << 20 && effective == 4 << 20"
	[ "$effective_group" = /n ]
	hold_load n/p pipes
	kmem_read n/p
	assert "peak < limit && failed == 0"
	kmem_read n
	assert "peak <= limit + forced && failed > 0"
}

@test "kmem: a limit below the usage shrinks first, and says what remains" {
	new_dir
	new_group a
	kmem_load a -n 20000 dentries "$dir"
	hold_load a -n 40 pipes
	wait_for 10 reaches a kernel "20000 * dentry_size + 640 * page"
	said=$(kmem_limit a 4M)
	kmem_read a
	assert "usage <= limit && shrunk > 0"
	[[ $said != *"could not be freed"* ]]
	said=$(memcgctl kmem --bytes limit /a 1M)
	kmem_read a
	assert "usage > limit && failed == 0"
	[[ $said == *"/a: $((usage - limit)) above the limit could not be freed"* ]]
	before=$failed
	# Enters by itself: what a shell touches there, and an exec, is forced as well, and up to 18 pages of it were seen.
	run "$helpers/kmem_load" -g "$cg/a" -n 1 pipes
	echo "$output"
	kmem_read a
	assert "failed > before && usage <= peak && forced <= 16 * page"
}

@test "kmem: raised, lowered and cleared under load" {
	new_dir
	new_group a
	for kind in pipes "dentries $dir" open; do
		# shellcheck disable=SC2086 # the path is a word of its own
		in_group a load_again $kind 3>&- &
	done
	for size in 8M 4M 16M max 2M 8M 1M max 6M 3M; do
		kmem_limit a $size >>"$BATS_TEST_TMPDIR/said"
		sleep 0.2
	done
	kmem_read a
	assert "limit == 3 << 20 && usage <= limit + forced"
	kill_group a
	assert_exact a
}

# A load that begins anew until killed.
load_again() {
	while :; do
		"$helpers/kmem_load" -n 3000 -a 100 "$@" >/dev/null
	done
}

@test "kmem: 1,000 groups, and at most 2 KiB for each" {
	new_group m
	echo +memory >"$cg/m/cgroup.subtree_control"
	mkdir "$cg"/m/{1..1000}
	kmem_limit m 64M
	# What it takes to find and open their files is the kernel's.
	cat "$cg"/m/*/memory.max >/dev/null
	before=$(slab_and_percpu)
	memcgctl kmem limit '/m/*' 8M >"$BATS_TEST_TMPDIR/said"
	after=$(slab_and_percpu)
	[ "$(memcgctl kmem --csv | grep -c '^/m/')" = 1000 ]
	# In KiB. The debug kernel has red zones around each object, and keeps freed ones for a while.
	most=2
	[ "$RIG_KERNEL" != debug ] || most=8
	assert "after - before <= most * 1000"
	for n in 1 500 1000; do
		kmem_load "m/$n" pipes
		kmem_read "m/$n"
		assert "limit == 8 << 20 && failed >= 1 && peak <= limit + forced && peak + 16 * page >= limit"
	done
	rmdir "$cg"/m/{1..1000}
	wait_for 10 table_empty_below /m
	kmem_limit m max
}

slab_and_percpu() {
	awk '/^(Slab|Percpu):/ { sum += $2 } END { print sum }' /proc/meminfo
}

table_empty_below() {
	! memcgctl kmem --csv | grep -q "^$1/"
}
