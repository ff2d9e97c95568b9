#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# show on this machine's processes, with a tree of ordinary folders in the place of cgroupfs: all
# processes are in its root then. What depends on real groups is tests/kernel/show.bats.

load lib

setup() {
	make_tree
	for group in web web/a web/b system.slice; do
		echo $((${#group} << 20)) >"$MEMCGCTL_CGROUP/$group/memory.current"
	done
}

teardown() {
	[ -z "${sleeper-}" ] || kill "$sleeper"
}

# A process with an executable of its own, which only it maps.
start_sleeper() {
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/sleeper"
	"$BATS_TEST_TMPDIR/sleeper" 1000 3>&- &
	sleeper=$!
	# It is exec'ed a moment later, and its pages come after that.
	until grep -A 4 "$BATS_TEST_TMPDIR/sleeper" "/proc/$sleeper/smaps" | grep -q '^Rss: *[1-9]'; do sleep 0.02; done
}

@test "show: groups as a tree, in order" {
	memcgctl show
	[ "$status" = 0 ]
	[ "$(awk '{ print $1 }' <<<"$output" | paste -sd ' ')" = "GROUP / system.slice web a b" ]
	[ "$(awk '$1 == "system.slice" { print $2 }' <<<"$output")" = 12M ]
	[ "$(awk '$1 == "/" { print $2 }' <<<"$output")" = - ]
	grep -q '^  web ' <<<"$output"
	grep -q '^    a ' <<<"$output"
}

@test "show: named groups are shown with what is below them" {
	memcgctl show /web/b system.slice
	[ "$(awk '{ print $1 }' <<<"$output" | paste -sd ' ')" = "GROUP /system.slice /web/b" ]
	memcgctl show '/web/*'
	[ "$(awk '{ print $1 }' <<<"$output" | paste -sd ' ')" = "GROUP /web/a /web/b" ]
	memcgctl show self
	[ "$(awk '{ print $1 }' <<<"$output" | paste -sd ' ')" = "GROUP / system.slice web a b" ]
}

@test "show: sorted, and without what is small" {
	memcgctl show --sort charged --csv --min 5M
	[ "$(cut -d , -f 1 <<<"$output" | paste -sd ' ')" = "group /system.slice /web/a /web/b /" ]
}

@test "show: JSON has the schema, the backend and all figures" {
	memcgctl show --json
	jq -e '.schema == 1 and .backend == "procfs" and (.cgroup | IN(1, 2)) and (.incomplete | type) == "array" and
		([.groups[].group] == ["/", "/system.slice", "/web", "/web/a", "/web/b"]) and
		(.groups[0] | .charged == null and .mapped > 0 and .share == .mapped and .shared == 0 and .processes > 0)
		' <<<"$output"
}

@test "show: CSV has the same figures" {
	memcgctl show --csv
	[ "${output%%$'\n'*}" = "group,id,charged,mapped,shared,share,own,lent,borrowed,foreign,processes" ]
	grep -q "^/web,$(stat -c %i "$MEMCGCTL_CGROUP/web"),3145728,0,0,0,0*,0*,0*,0*,0$" <<<"$output"
}

@test "show: kinds of memory" {
	printf 'anon 4096\nfile 12288\nkernel 8192\nkernel_stack 1\nsock 0\nshmem 2048\n' >"$MEMCGCTL_CGROUP/web/memory.stat"
	echo 1024 >"$MEMCGCTL_CGROUP/web/memory.swap.current"
	memcgctl show --kinds
	[ "$(head -n 1 <<<"$output" | tr -s ' ')" = "GROUP CHARGED ANON SHMEM FILE KERNEL SOCK SWAP ORPHANED" ]
	[ "$(awk '$1 == "web"' <<<"$output" | tr -s ' ')" = " web 3.0M 4.0K 2.0K 12K 8.0K 0B 1.0K -" ]
	[ "$(awk '$1 == "a"' <<<"$output" | tr -s ' ')" = " a 5.0M 0B - - 4.0K - - -" ]
	memcgctl show --kinds --json
	jq -e '.groups[] | select(.group == "/web") | [.charged, .anon, .shmem, .file, .kernel, .sock, .swap, .orphaned] ==
		[3145728, 4096, 2048, 12288, 8192, 0, 1024, null] and has("mapped")' <<<"$output"
	memcgctl show --kinds --csv --sort kernel
	[ "${output%%$'\n'*}" = "group,id,charged,mapped,shared,share,own,lent,borrowed,foreign,processes,anon,shmem,file,kernel,sock,swap,orphaned" ]
	[[ $(sed -n 2p <<<"$output") == /web,*,4096,2048,12288,8192,0,1024, ]]
}

@test "show: short names of containers, pods and units, and the full ones" {
	id=$(printf '%064d' 7)
	pod=kubepods-burstable-pod12345678_90ab_cdef_0123_456789abcdef.slice
	mkdir -p "$MEMCGCTL_CGROUP/$pod/cri-containerd-$id.scope" "$MEMCGCTL_CGROUP/"'a\x2db.service'
	for group in "$pod" "$pod/cri-containerd-$id.scope" 'a\x2db.service'; do
		echo 1 >"$MEMCGCTL_CGROUP/$group/memory.current"
	done
	memcgctl show
	grep -q '^  a-b.service ' <<<"$output"
	grep -q '^  pod12345678 ' <<<"$output"
	grep -q '^    cri-containerd-000000000000 ' <<<"$output"
	memcgctl show --full
	grep -q "^/$pod/cri-containerd-$id.scope " <<<"$output"
	memcgctl show --csv
	grep -q "^/$pod/cri-containerd-$id.scope," <<<"$output"
}

@test "show: to a depth" {
	memcgctl show --depth 1
	[ "$(awk '{ print $1 }' <<<"$output" | paste -sd ' ')" = "GROUP / system.slice web" ]
	memcgctl show --depth 0 --csv
	[ "$(cut -d , -f 1 <<<"$output" | paste -sd ' ')" = "group /" ]
}

@test "show: again and again" {
	timeout -s INT 2 "$MEMCGCTL" show --watch 0.1 --json >"$BATS_TEST_TMPDIR/documents" 2>/dev/null || :
	[ "$(jq -c .schema "$BATS_TEST_TMPDIR/documents" | sort -u)" = 1 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/documents")" -ge 2 ]
}

@test "show: the matrix" {
	memcgctl show --matrix --all --json
	jq -e '(.matrix | type) == "array" and (.matrix | all(.bytes > 0)) and
		(.matrix | any(.mapper == "/" and (.owner | IN("/", null))))' <<<"$output"
	# All processes are in one group here, which is among the owners where these are known.
	memcgctl show --matrix --csv --min 1000T
	[ "$output" = owner,mapper,bytes ]
}

@test "show: one file" {
	start_sleeper
	memcgctl show "$BATS_TEST_TMPDIR/sleeper"
	[ "$status" = 0 ]
	grep -q '^/ .*K$' <<<"$output"
	memcgctl show --json "$BATS_TEST_TMPDIR/sleeper"
	jq -e --arg name "$BATS_TEST_TMPDIR/sleeper" --argjson size "$(stat -c %s "$BATS_TEST_TMPDIR/sleeper")" \
		'.file.file == $name and .file.size == $size and .file.present > 0 and
		.groups[0].group == "/" and .groups[0].mapped == .file.present' <<<"$output"
}

@test "show: all files" {
	start_sleeper
	memcgctl show --files --all --csv
	grep "^$BATS_TEST_TMPDIR/sleeper,[0-9]*:[0-9]*,$(stat -c %i,%s "$BATS_TEST_TMPDIR/sleeper"),[1-9][0-9]*,0," <<<"$output"
	# One group has it all, so it is not among the shared ones, unless another one pays.
	memcgctl show --files --all --min 1000T
	[ "$(wc -l <<<"$output")" = 1 ]
}

@test "show: hostile names of groups and files" {
	name=$'x\e[31m,"\x9b\xff\ny'
	mkdir "$MEMCGCTL_CGROUP/${name%$'\n'*}"
	echo 1 >"$MEMCGCTL_CGROUP/${name%$'\n'*}/memory.current"
	memcgctl show
	grep -F 'x\x1b[31m,"\x9b\xff' <<<"$output"
	[[ $output != *$'\e'* && $output != *$'\x9b'* ]]
	memcgctl show --json
	jq -e '.groups | any(.group == "/x\u001b[31m,\"\\x9b\\xff")' <<<"$output"
	memcgctl show --csv
	grep -F '"/x\x1b[31m,""\x9b\xff"' <<<"$output"

	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/$name"
	"$BATS_TEST_TMPDIR/$name" 1000 3>&- &
	sleeper=$!
	while ! grep -q 'x.\[31m' "/proc/$sleeper/maps"; do sleep 0.02; done
	memcgctl show --files --all
	grep -F '/x\x1b[31m,"\x9b\xff\x0ay ' <<<"$output"
	[[ $output != *$'\e'* ]]
	memcgctl show --files --all --csv
	grep -F '/x\x1b[31m,""\x9b\xff' <<<"$output"
	memcgctl show --files --all --json
	jq -e '.files | any(.file | endswith("/x\u001b[31m,\"\\x9b\\xff\ny"))' <<<"$output"
}

@test "show: without privilege it says what it could not read" {
	[ "$(id -u)" = 0 ] || skip "needs another user's processes"
	memcgctl_nobody show --json
	[ "$status" = 0 ]
	[ -z "$error" ]
	jq -e '.incomplete | (any(.what == "processes" and .count > 0) or any(.what == "hidden")) and
		any(.what == "frames")' <<<"$output"
	jq -e '.groups[0] | .mapped > 0 and .processes >= 1' <<<"$output"
	memcgctl_nobody show
	[ "$(wc -l <<<"$error")" = 1 ]
	[[ $error == "memcgctl: show: incomplete: "*"no page frame numbers"* ]]
}

@test "show: bad input" {
	fails 4 "show: /nope: no such group" show /nope
	memcgctl show --min 12x
	[ "$status" = 2 ]
	fails 2 "show: nonsense: not a figure to sort by (see memcgctl show --help)" show --sort nonsense
	fails 2 "show: present: not a figure to sort by (see memcgctl show --help)" show --sort present
	fails 2 "show: --matrix: not with --files (see memcgctl show --help)" show --files --matrix
	fails 2 "show: --sort: not with --matrix, which has one figure (see memcgctl show --help)" show --matrix --sort mapped
	fails 2 "show: --kinds: not with --files or --matrix (see memcgctl show --help)" show --kinds --matrix
	fails 2 "show: kernel: not a figure to sort by (see memcgctl show --help)" show --sort kernel
	fails 2 "show: --depth: not with --files or --matrix (see memcgctl show --help)" show --files --depth 1
	fails 2 "show: --depth: not a number from 0 on (see memcgctl show --help)" show --depth -1
	fails 2 "show: --watch: not a number of seconds from 0.01 to 86400 (see memcgctl show --help)" show --watch 0
	fails 2 "show: --all: needs --files or --matrix (see memcgctl show --help)" show --all
	fails 2 "show: /etc/passwd: a file is shown alone (see memcgctl show --help)" show /etc/passwd /web
	fails 2 "show: /etc/passwd: options do not go with a file (see memcgctl show --help)" show --files /etc/passwd
	touch "$BATS_TEST_TMPDIR/unmapped"
	fails 1 "show: $BATS_TEST_TMPDIR/unmapped: no process that can be read maps it (/proc does not tell who pays for pages that nobody maps)" \
		show "$BATS_TEST_TMPDIR/unmapped"
	fails 1 "show: /dev/null: not a regular file" show /dev/null
	fails 4 "show: /etc: no such group" show /etc
}

@test "show: no tree" {
	MEMCGCTL_CGROUP=/nonexistent memcgctl show
	[ "$status" = 4 ]
	[ "$(wc -l <<<"$error")" = 1 ]
}

@test "show: processes that come and go" {
	for ((i = 0; i < 300; i++)); do /bin/true; done &
	for ((i = 0; i < 20; i++)); do
		memcgctl show --files
		[ "$status" = 0 ]
	done
	wait
}

@test "show: a reader that goes away" {
	run bash -c "'$MEMCGCTL' show --files --all 2>&1 >/dev/full"
	[[ $output == *"cannot write the result: No space left on device"* ]]
}
