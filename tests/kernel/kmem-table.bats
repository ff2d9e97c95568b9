#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # lib.bash sets cg
#
# What memcgctl kmem shows, to whom, and what it refuses. What a limit does: kmem.bats.

load lib

setup() {
	log_begin
	module_load
	new_group t
	new_group t/a
	new_group t/a/b
}

teardown() {
	module_unload
	remove_groups
}

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# cell GROUP COLUMN [AS]: of the CSV table of one group; AS is a command that runs it.
cell() {
	local column=$2
	${3:-} memcgctl kmem --csv "$1" | awk -F , -v column="$column" \
		'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i } NR == 2 { print $c }'
}

@test "kmem: no limit, no rows; a named group has one all the same" {
	[ "$(memcgctl kmem --csv | wc -l)" = 1 ]
	[ "$(cell /t/a limit)" = max ]
	[ "$(cell /t/a effective)" = max ]
	[ "$(cell /t/a effective_group)" = - ]
	[ "$(cell / limit)" = max ]
	[ "$(memcgctl kmem --csv /t '/t/*' | wc -l)" = 3 ]
}

@test "kmem: the effective limit, and who sets it" {
	memcgctl kmem limit /t 8M --mode observe
	[ "$(cell /t limit)" = $((8 << 20)) ]
	[ "$(cell /t mode)" = observe ]
	[ "$(cell /t/a/b limit)" = max ]
	[ "$(cell /t/a/b effective)" = $((8 << 20)) ]
	[ "$(cell /t/a/b effective_group)" = /t ]
	memcgctl kmem limit /t/a 16M --mode observe
	[ "$(cell /t/a effective)" = $((8 << 20)) ]
	[ "$(cell /t/a effective_group)" = /t ]
	memcgctl kmem limit /t/a 4M --mode observe
	[ "$(cell /t/a/b effective_group)" = /t/a ]
	[ "$(memcgctl kmem --csv | cut -d , -f 1 | tr '\n' ' ')" = "group /t /t/a " ]
	memcgctl kmem limit /t /t/a max
	[ "$(memcgctl kmem --csv | wc -l)" = 1 ]
}

@test "kmem limit: says what it did, and rounds down to a page" {
	run memcgctl kmem limit /t 8M
	[ "$status" = 0 ]
	[[ $output == "/t: kmem limit 8.0M (enforce), usage "* ]]
	memcgctl kmem limit /t 10000000 --mode shrink --json >"$BATS_TEST_TMPDIR/json"
	grep -q '"limit": 9998336,' "$BATS_TEST_TMPDIR/json"
	grep -q '"mode": "shrink"' "$BATS_TEST_TMPDIR/json"
	run memcgctl kmem limit /t max
	[[ $output == "/t: no kmem limit, usage "* ]]
	run memcgctl kmem limit /t max --json
	[ "$status" = 0 ]
	[[ $output == *'"limit": null'* ]]
}

@test "kmem limit: several groups, all or nothing" {
	run memcgctl kmem limit /t '/t/*' /t/none 8M
	[ "$status" = 4 ]
	[ "$(memcgctl kmem --csv | wc -l)" = 1 ]
	memcgctl kmem limit /t '/t/a*' 8M
	[ "$(memcgctl kmem --csv | wc -l)" = 3 ]
	run memcgctl kmem limit /t / max
	[ "$status" = 1 ]
	[ "$output" = "memcgctl: kmem: /: the root group is never limited" ]
	[ "$(memcgctl kmem --csv | wc -l)" = 3 ]
}

@test "kmem limit: a group that is going" {
	mkdir "$cg/t/a/gone"
	run sh -c 'cd "$1" && rmdir "$1" && memcgctl kmem limit /t/a/gone 8M' - "$cg/t/a/gone"
	[ "$status" = 4 ]
	[ "$output" = "memcgctl: kmem: /t/a/gone: no such group" ]
}

@test "kmem: a name with blanks and control characters" {
	local name=$'t/odd \033[1m\x01,"x'
	new_group "$name"
	memcgctl kmem limit "/$name" 8M >/dev/null
	memcgctl kmem | grep -qF '/t/odd \x1b[1m\x01,"x'
	memcgctl kmem --csv | grep -qF '"/t/odd \x1b[1m\x01,""x"'
	memcgctl kmem --json | grep -qiF '"/t/odd \u001b[1m\u0001,\"x"'
}

@test "kmem: without privilege" {
	memcgctl kmem limit /t 8M
	[ "$(cell /t limit nobody)" = $((8 << 20)) ]
	run nobody memcgctl kmem limit /t 16M
	[ "$status" = 6 ]
	run nobody memcgctl kmem limit /t max
	[ "$status" = 6 ]
	[ "$(cell /t limit)" = $((8 << 20)) ]
	run nobody memcgctl kmem --events
	[ "$status" = 6 ]
	# Whoever may write memory.max may limit.
	chown 65534 "$cg/t/a/memory.max"
	nobody memcgctl kmem limit /t/a 4M
	[ "$(cell /t/a limit)" = $((4 << 20)) ]
}

@test "kmem: in a cgroup namespace only its own groups, by their names there" {
	memcgctl kmem limit /t 2M --mode observe
	memcgctl kmem limit /t/a 8M --mode observe
	memcgctl kmem limit /t/a/b 4M --mode observe
	cat >"$BATS_TEST_TMPDIR/inside" <<-'END'
		mount -t cgroup2 none /sys/fs/cgroup
		exec setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl kmem --csv
	END
	in_group t/a/b unshare --mount --cgroup sh "$BATS_TEST_TMPDIR/inside" >"$BATS_TEST_TMPDIR/seen"
	# Its own limit; and a lower one from outside, whose group has no name here.
	[ "$(tail -n +2 "$BATS_TEST_TMPDIR/seen" | cut -d , -f 1,4,5,6)" = "/,$((4 << 20)),$((2 << 20)),-" ]
}

@test "kmem --watch: again and again, until a signal" {
	memcgctl kmem limit /t 8M
	memcgctl kmem --watch 0.1 --json >"$BATS_TEST_TMPDIR/stream" &
	local pid=$!
	sleep 2
	kill -INT "$pid"
	wait "$pid"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/stream")" -ge 2 ]
	[ "$(grep -c '^{"schema":1,"kmem":\[{.*}\]}$' "$BATS_TEST_TMPDIR/stream")" = "$(wc -l <"$BATS_TEST_TMPDIR/stream")" ]
}

@test "kmem --events: one line each" {
	memcgctl kmem limit /t 64K --mode observe
	memcgctl kmem --events --json >"$BATS_TEST_TMPDIR/events" &
	local pid=$!
	sleep 1
	# Three tasks have more kernel memory than the limit.
	in_group t/a/b sh -c 'sleep 1 & sleep 1 & sleep 1 & wait'
	kill -INT "$pid"
	wait "$pid"
	grep -q '^{"schema":1,"event":"kmem-breach","group":"/t","id":[0-9]*,"count":[0-9]*,"usage":[0-9]*,"limit":65536}$' \
		"$BATS_TEST_TMPDIR/events"
	[ "$(cell /t breaches)" -gt 0 ]
	[ "$(cell /t failed)" = 0 ]
}
