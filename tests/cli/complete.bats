#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash
# What could stand next: as the binary says it, and as each shell shows it.

load lib

setup() {
	make_tree
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -sf "$MEMCGCTL" "$BATS_TEST_TMPDIR/bin/memcgctl"
	ln -sf "$MEMCGCTL" "$BATS_TEST_TMPDIR/bin/memcg-kmem"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# candidates WORD...: what the binary offers, without descriptions, on one line.
candidates() {
	"$MEMCGCTL" complete -- "$@" | cut -f 1 | tr '\n' ' ' | sed 's/ $//'
}

@test "commands" {
	[ "$(candidates st)" = status ]
	[ "$(candidates --json st)" = status ]
	[ "$(candidates help st)" = status ]
	[[ " $(candidates '') " == *" claim "*" kmem "* ]]
	[[ " $(candidates '') " != *" complete "* ]]
}

@test "options" {
	[[ "$(candidates kmem --)" == "--mode --watch --events --json "* ]]
	[ "$(candidates kmem --w)" = --watch ]
	[ "$(candidates --js)" = --json ]
}

@test "arguments of options" {
	[ "$(candidates kmem limit --mode '')" = "observe shrink enforce" ]
	[ "$(candidates kmem limit --mode=s)" = --mode=shrink ]
	[ "$(candidates claim --to /web/ | xargs -n 1 | sort | xargs)" = "/web/a /web/b" ]
	[ "$(candidates claim --file '')" = :file ]
	[[ " $(candidates claim --pid '') " == *" $$ "* ]]
	[ "$(candidates kmem --watch '')" = "" ]
}

@test "groups and words" {
	[ "$(candidates kmem l)" = limit ]
	[ "$(candidates kmem /web/ | xargs -n 1 | sort | xargs)" = "/web/a /web/b" ]
	[ "$(candidates kmem limit --mode shrink /web/a /web/ | xargs -n 1 | sort | xargs)" = "/web/a /web/b" ]
	[ "$(candidates exec /web -- l)" = :program ]
	[ "$(candidates exec /web l)" = :program ]
}

@test "a name that is no single line is left out" {
	mkdir "$MEMCGCTL_CGROUP/$(printf 'bad\nname')"
	[ "$(candidates kmem /b)" = "" ]
}

@test "bash" {
	run bash -c '
		source "$1/completions/memcgctl.bash"
		compopt() { :; }
		ask() {
			COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$'\'' \t\n"><=;|&(:'\''
			_memcgctl "${1%% *}"
			echo "${COMPREPLY[*]}"
		}
		ask "memcgctl sta"
		ask "memcg-kmem --wat"
		ask "memcgctl kmem limit --mode=o"
		ask "memcgctl claim --to /web/a"
		ask "memcgctl kmem limit --mode "
	' - "$ROOT"
	[ "$status" = 0 ]
	[ "$output" = "status
--watch
observe
/web/a
observe shrink enforce" ]
}

@test "zsh" {
	run zsh -fc '
		_describe() { print -r -- ${(P)${@[-1]}%%:*} }
		_files() { print files }
		_command_names() { print programs }
		ask() { words=("$@") CURRENT=$#; source $root/completions/memcgctl.zsh }
		root='"'$ROOT'"'
		ask memcgctl sta
		ask memcg-kmem --wat
		ask memcgctl claim --to /web/a
		ask memcgctl claim --file ""
		ask memcgctl exec /web -- ""
	'
	[ "$status" = 0 ]
	[ "$output" = "status
--watch
/web/a
files
programs" ]
}

@test "fish" {
	run env HOME="$BATS_TEST_TMPDIR" fish -c '
		source '"'$ROOT'"'/completions/memcgctl.fish
		complete -C "memcgctl sta" | cut -f 1
		complete -C "memcg-kmem --wat" | cut -f 1
		complete -C "memcgctl claim --to /web/" | cut -f 1
	'
	[ "$status" = 0 ]
	[ "$output" = "status
--watch
/web/a
/web/b" ]
}
