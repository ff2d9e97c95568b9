#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# explain on real groups: its figures add up to what the kernel counts, and its commands do what they say.
# shellcheck disable=SC2154 # cg is set by lib.bash, mnt by show.bash

load lib
load show

setup() {
	log_begin
	show_setup
	module_load
	new_tmpfs 1 never
	new_group web
	new_group db
}

teardown() {
	remove_groups
	umount "$mnt"
}

# explained GROUP [OPTION]: its figures, as variables.
explained() {
	local name bytes
	flush
	while IFS=, read -r name bytes; do
		declare -g "$name=$bytes"
	done < <(memcgctl explain --csv "${@:2}" "$1" | tail -n +2)
}

# Counters of a group at rest stand still, but for what is held back for each CPU.
adds_up() {
	local rest=$((charged - own - lent - foreign - unmapped - kernel - sockets))
	echo "orphaned ${orphaned-} charged $charged own $own lent $lent foreign $foreign unmapped $unmapped kernel $kernel sockets $sockets rest $rest"
	[ $rest -ge 0 ] && [ $rest -le $((2 * 64 * 4096)) ]
}

@test "explain: figures add up, by both backends" {
	# Both map the first part, one the second, nobody the third.
	in_group web dd if=/dev/zero of="$mnt/file" bs=4k count=900 status=none
	hold_in web "shared:$mnt/file:0:500:1" anon:300:1
	hold_in db "shared:$mnt/file:400:300:1"
	for option in "" --procfs; do
		# shellcheck disable=SC2086 # none or one
		explained /web $option
		adds_up
		[ "$lent" = $((100 * 4096)) ]
		[ "$foreign" = $((200 * 4096)) ]
		[ "$own" -ge $((700 * 4096)) ] && [ "$own" -lt $((800 * 4096)) ]
		[ "$unmapped" -ge $((200 * 4096)) ] && [ "$unmapped" -lt $((250 * 4096)) ]
		[ "$charged" = "$(mem_current web)" ]
		# shellcheck disable=SC2086 # none or one
		explained /db $option
		adds_up
		[ "$borrowed" -ge $((300 * 4096)) ] && [ "$borrowed" -lt $((700 * 4096)) ]
	done
	memcgctl explain /web | grep -x ' *400K  its processes map, and others do, too (lent): /db'
}

@test "explain: its commands do what they say" {
	in_group web dd if=/dev/zero of="$mnt/theirs" bs=4k count=1000 status=none
	in_group web dd if=/dev/zero of="$mnt/ours of 'both'" bs=4k count=600 status=none
	in_group db dd if=/dev/zero of="$mnt/mine" bs=4k count=100 status=none
	hold_in web "shared:$mnt/ours of 'both':0:600:1" "shared:$mnt/mine:0:100:1"
	hold_in db "shared:$mnt/theirs:0:1000:1" "shared:$mnt/ours of 'both':0:600:1"
	memcgctl explain /web >"$BATS_TEST_TMPDIR/told"
	cat "$BATS_TEST_TMPDIR/told"
	sed -n '/^What would/,$p' "$BATS_TEST_TMPDIR/told" | tail -n +2 >"$BATS_TEST_TMPDIR/advice"
	[ "$(awk '{ print $1 }' "$BATS_TEST_TMPDIR/advice" | paste -sd ' ')" = "-3.9M -1.2M +400K" ]
	for change in -1000 -300 100; do
		flush
		before=$(mem_stat web shmem)
		command=$(head -n 1 "$BATS_TEST_TMPDIR/advice" | sed 's/^ *[^ ]* *//')
		sed -i 1d "$BATS_TEST_TMPDIR/advice"
		eval "$command"
		flush
		[ $(($(mem_stat web shmem) - before)) = $((change * 4096)) ]
	done
	memcgctl explain --json /web | grep -F '"advice": []'
	memcgctl unbind all
}

@test "explain: a command names what has no name by a mapping of it" {
	# Web pays for a memfd that db maps, for a segment that both map, and db for a deleted file that web maps.
	hold_in web memfd:ring:1000 "fork:$cg/db:0" unmap
	hold_in web sysv:600 "fork:$cg/db:0"
	in_group db dd if=/dev/zero of="$mnt/gone" bs=4k count=100 status=none
	hold_in web "shared:$mnt/gone:0:100:1"
	rm "$mnt/gone"
	memcgctl explain /web | sed '1,/^What would/d' | sed 's/^ *//' >"$BATS_TEST_TMPDIR/advice"
	cat "$BATS_TEST_TMPDIR/advice"
	map="--file /proc/[0-9]*/map_files/[0-9a-f]*-[0-9a-f]*"
	grep -x "[-]3.9M  memcgctl claim $map --to /db # \\$'/memfd:ring (deleted)'" "$BATS_TEST_TMPDIR/advice"
	grep -x "[-]1.2M  memcgctl bind --claim $map --to /web --to /db # \\$'/SYSV00000000 (deleted)'" "$BATS_TEST_TMPDIR/advice"
	grep -x "[+]400K  memcgctl claim $map --to /web # .*/gone (deleted)'" "$BATS_TEST_TMPDIR/advice"
	for change in -1000 -300 100; do
		flush
		before=$(mem_stat web shmem)
		eval "$(sed -n '1s/^[^ ]* *//p' "$BATS_TEST_TMPDIR/advice")"
		sed -i 1d "$BATS_TEST_TMPDIR/advice"
		flush
		[ $(($(mem_stat web shmem) - before)) = $((change * 4096)) ]
	done
	memcgctl unbind all
}

@test "explain: the nearest of the limits, a kmem limit, too" {
	new_group web/in
	hold_in web/in anon:1000:1
	echo $((64 << 20)) >"$cg/web/memory.max"
	memcgctl explain /web/in | grep '^The nearest limit is memory.max of /web, 64M: [56][0-9]*M left.$'
	memcgctl kmem limit /web/in 4M
	memcgctl explain /web/in | grep '^The nearest limit is its own kmem, 4.0M: 3[.0-9]*M left.$'
}

@test "explain: what none of its processes uses" {
	in_group web dd if=/dev/zero of="$mnt/left" bs=4k count=500 status=none
	in_group web dd if=/dev/zero of="$mnt/theirs" bs=4k count=200 status=none
	in_group web dd if=/dev/zero of="$mnt/ours" bs=4k count=100 status=none
	hold_in db "shared:$mnt/theirs:0:200:1"
	hold_in web "shared:$mnt/ours:0:100:1"
	explained /web
	adds_up
	# And page cache of programs that others run, too.
	[ "$orphaned" -ge $((700 * 4096)) ] && [ "$orphaned" -lt $((720 * 4096)) ]
	[ "$foreign" = $((200 * 4096)) ]
	memcgctl explain /web | grep -x ' *2[.][78]M  is of shared files and memory that none of its processes uses (orphaned)'
	memcgctl claim --orphans --to /db
	explained /web
	[ "$orphaned" -lt $((20 * 4096)) ]
	# /proc alone cannot tell.
	explained /web --procfs
	[ "$orphaned" = - ] || [ -z "$orphaned" ]
}
