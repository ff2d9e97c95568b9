#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash

load lib

setup() {
	make_tree
}

@test "without the module" {
	fails 3 "kmem: $NO_MODULE" kmem
	fails 3 "kmem: $NO_MODULE" kmem /web
	fails 3 "kmem: $NO_MODULE" kmem '/web/*' self /
	fails 3 "kmem: $NO_MODULE" kmem --watch 1
	fails 3 "kmem: $NO_MODULE" kmem --events
	fails 3 "kmem: $NO_MODULE" kmem limit /web 8M
	fails 3 "kmem: $NO_MODULE" kmem limit /web max
	fails 3 "kmem: $NO_MODULE" kmem limit /web /system.slice 10% --mode shrink
	fails 3 "kmem: $NO_MODULE" kmem limit --mode=observe '/web/*' 0
	fails 3 "kmem: $NO_MODULE" kmem --bytes
}

@test "limit: too few arguments" {
	fails 2 "kmem: kmem limit needs a group and a size (see memcgctl kmem --help)" kmem limit
	fails 2 "kmem: kmem limit needs a group and a size (see memcgctl kmem --help)" kmem limit /web
}

@test "limit: not a size" {
	local size hint="give bytes, or a number with K, M, G or T, or N% of RAM, or max"
	for size in 12x 8m 1.5G 1KB x MAX +1 " 1" "1 "; do
		fails 2 "kmem: $size: not a size ($hint)" kmem limit /web "$size"
	done
	fails 2 "kmem: 99999999999999999999: size too large" kmem limit /web 99999999999999999999
	fails 2 "kmem: 18446744073709551615: size too large" kmem limit /web 18446744073709551615
	fails 2 "kmem: 16777216T: size too large" kmem limit /web 16777216T
	fails 2 "kmem: 101%: more than 100% of RAM" kmem limit /web 101%
	fails 2 "kmem: -5: unknown option (see memcgctl kmem --help)" kmem limit /web -5
	fails 2 "kmem: -5: not a size ($hint)" kmem limit -- /web -5
}

@test "limit: options that do not fit" {
	fails 2 "kmem: hard: no such mode (see memcgctl kmem --help)" kmem limit /web 8M --mode hard
	fails 2 "kmem: enf: no such mode (see memcgctl kmem --help)" kmem limit /web 8M --mode enf
	fails 2 "kmem: --mode: \"max\" takes a limit away, and has no mode (see memcgctl kmem --help)" \
		kmem limit /web max --mode shrink
	fails 2 "kmem: --watch: not with \"kmem limit\" (see memcgctl kmem --help)" kmem limit /web 8M --watch 1
	fails 2 "kmem: --mode: only with \"kmem limit\" (see memcgctl kmem --help)" kmem --mode shrink
}

@test "limit: groups that are not there" {
	fails 4 "kmem: /nope: no such group" kmem limit /nope 8M
	fails 4 "kmem: /nope: no such group" kmem limit /web /nope 8M
	fails 4 "kmem: /no*: no such group" kmem limit '/no*' 8M ||
		fails 1 "kmem: /nomem: the memory controller is off in this group (write +memory to cgroup.subtree_control of its parent)" \
			kmem limit '/no*' 8M
	fails 4 "kmem: none.service: no such group" kmem limit none.service 8M
	fails 4 "kmem: web: no such group (give /PATH, a unit, pid:N, id:N, self or the id of a container)" \
		kmem limit web 8M
	fails 4 "kmem: web/a: no such group (the path of a group begins with /)" kmem limit web/a 8M
	fails 4 "kmem: pid:4194305: no such process" kmem limit pid:4194305 8M
	fails 2 "kmem: pid:x: not a process id" kmem limit pid:x 8M
	fails 2 "kmem: id:x: not a group id" kmem limit id:x 8M
	fails 2 "kmem: /web/../web: a group has no \".\" or \"..\" in its path" kmem limit /web/../web 8M
	fails 2 "kmem: db.service: 2 groups match: /system.slice/db.service, /user.slice/db.service" \
		kmem limit db.service 8M
}

@test "limit: groups that cannot have one" {
	fails 1 "kmem: /: the root group is never limited" kmem limit / 8M
	fails 1 "kmem: /nomem: the memory controller is off in this group (write +memory to cgroup.subtree_control of its parent)" \
		kmem limit /nomem 8M
}

@test "limit: not permitted" {
	chmod -R a+rX "$MEMCGCTL_CGROUP"
	chmod a-w "$MEMCGCTL_CGROUP/web/memory.max"
	memcgctl_nobody kmem limit /web 8M
	[ "$status" = 6 ]
	[ "$error" = "memcgctl: kmem: /web: cannot open memory.max: Permission denied" ]
}

@test "watch: not a pause" {
	fails 2 "kmem: x: invalid numeric value (see memcgctl kmem --help)" kmem --watch x
	local seconds
	for seconds in 0 -1 0.001 86401 inf; do
		fails 2 "kmem: --watch: not a number of seconds from 0.01 to 86400 (see memcgctl kmem --help)" \
			kmem --watch "$seconds"
	done
}

@test "events: alone" {
	fails 2 "kmem: --events: takes no argument and no other option (see memcgctl kmem --help)" kmem --events /web
	fails 2 "kmem: --events: takes no argument and no other option (see memcgctl kmem --help)" \
		kmem --events --watch 1
}

@test "nothing changes when something is wrong" {
	local before
	before=$(tree_state)
	memcgctl kmem limit /web /nope 8M
	memcgctl kmem limit /web 12x
	memcgctl kmem limit /web 8M
	[ "$(tree_state)" = "$before" ]
}
