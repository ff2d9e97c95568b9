#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash
# The command line as a whole: commands, global options, links, errors.

load lib

@test "no command" {
	fails 2 "no command given (see memcgctl --help)"
}

@test "a command that does not exist" {
	fails 2 "nope: no such command (see memcgctl --help)" nope
	fails 2 "help: nope: no such command (see memcgctl help --help)" help nope
}

@test "a command is not abbreviated" {
	fails 2 "kme: no such command (see memcgctl --help)" kme
	fails 2 "KMEM: no such command (see memcgctl --help)" KMEM
	fails 2 ": no such command (see memcgctl --help)" "" || fails 2 "no such command (see memcgctl --help)" ""
}

@test "an option that does not exist, before and after the command" {
	fails 2 "--nope: unknown option (see memcgctl --help)" --nope
	fails 2 "-x: unknown option (see memcgctl --help)" -x status
	fails 2 "status: --nope: unknown option (see memcgctl status --help)" status --nope
	fails 2 "kmem: --mode: missing argument (see memcgctl kmem --help)" kmem --mode
}

@test "--json is heard behind a wrong option" {
	memcgctl status --nope --json
	[ "$status" = 2 ]
	jq -e .error <<<"$error"
}

@test "--version and -V" {
	local option
	for option in --version -V; do
		memcgctl "$option"
		[ "$status" = 0 ]
		[[ $output =~ ^memcgctl\ [0-9]+\.[0-9]+ ]]
		memcgctl status "$option"
		[ "$status" = 0 ]
	done
}

@test "help: all, of a command, by option and by name" {
	local name option
	memcgctl --help
	[ "$status" = 0 ]
	for option in -h help; do
		local before=$output
		memcgctl "$option"
		[ "$status" = 0 ]
		[ "$output" = "$before" ]
	done
	while read -r name; do
		memcgctl "$name" --help
		[ "$status" = 0 ]
		[[ $output == "usage: memcgctl $name"* ]]
		local long=$output
		memcgctl help "$name"
		[ "$status" = 0 ]
		[ "$output" = "$long" ]
	done < <("$MEMCGCTL" complete -- '' | cut -f 1)
	fails 2 "help: b: one command at most (see memcgctl help --help)" help status b
}

@test "a link runs its command" {
	ln -s "$MEMCGCTL" "$BATS_TEST_TMPDIR/memcg-kmem"
	run "$BATS_TEST_TMPDIR/memcg-kmem" --help
	[ "$status" = 0 ]
	[[ $output == "usage: memcgctl kmem"* ]]
	ln -s "$MEMCGCTL" "$BATS_TEST_TMPDIR/memcg-nope"
	run "$BATS_TEST_TMPDIR/memcg-nope"
	[ "$status" = 2 ]
	[ "$output" = "memcgctl: nope: no such command (see memcgctl --help)" ]
}

@test "a result that cannot be written is an error" {
	run sh -c '"$1" --help >/dev/full' - "$MEMCGCTL"
	[ "$status" = 1 ]
	[ "$output" = "memcgctl: cannot write the result: No space left on device" ]
	run sh -c '"$1" status --json >/dev/full' - "$MEMCGCTL"
	[ "$status" = 1 ]
}

@test "names in errors are escaped" {
	make_tree
	memcgctl kmem "$(printf '/a\033[2Jb\nc')"
	[ "$status" = 4 ]
	[ "$error" = 'memcgctl: kmem: /a\x1b[2Jb\x0ac: no such group' ]
	memcgctl --json kmem "$(printf '/a\377')"
	[ "$(jq -r .error.subject <<<"$error")" = '/a\xff' ]
}

@test "where there is no cgroup hierarchy" {
	export MEMCGCTL_CGROUP=$BATS_TEST_TMPDIR/none
	fails 4 "kmem: $MEMCGCTL_CGROUP: cannot read the cgroup hierarchy: No such file or directory" kmem /web
}

@test "random arguments end with a documented status and one line" {
	make_tree
	local i args word code
	RANDOM=7
	for ((i = 0; i < 300; i++)); do
		args=()
		for ((word = RANDOM % 5; word >= 0; word--)); do
			case $((RANDOM % 12)) in
			0) args+=(kmem) ;;
			1) args+=(claim) ;;
			2) args+=(limit) ;;
			3) args+=(--pid) ;;
			4) args+=(--to) ;;
			5) args+=(/web) ;;
			6) args+=(12x) ;;
			7) args+=(1000-2000) ;;
			8) args+=("$(printf '\\x%02x' $((RANDOM % 255 + 1)))") ;;
			9) args+=("$RANDOM$RANDOM$RANDOM$RANDOM") ;;
			10) args+=("") ;;
			11) args+=(--json) ;;
			esac
		done
		memcgctl "${args[@]}"
		code=$status
		if [ "$code" -gt 6 ] || { [ "$code" != 0 ] && [ "$(wc -l <<<"$error")" != 1 ]; }; then
			printf 'status %s, stderr "%s":' "$code" "$error" >&2
			printf ' %q' "${args[@]}" >&2
			return 1
		fi
	done
}
