#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash
# Source, help, man page and completion say the same.

load lib

commands() {
	"$MEMCGCTL" complete -- '' | cut -f 1 | sort
}

# Long options of the table with that name in a source file.
options_in_source() {
	sed -n '/struct poptOption '"$2"'\[\]/,/POPT_TABLEEND/p' "$ROOT/$1" |
		sed -n 's/^\t{ "\([a-z-]*\)", .*/--\1/p' | sort
}

# The words in quotes, of an array in a source file, in order.
words_of_array() {
	sed -n '/ '"$2"'\[\]/,/^}/p' "$ROOT/$1" | grep -o '"[a-z-]*"' | tr -d '"'
}

options_in_help() {
	"$MEMCGCTL" "$@" --help | sed -n '/^options:/,/^$/s/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' | sort
}

options_in_man() {
	sed -n 's/^\.It Fl\( [A-Za-z] ,\)\{0,1\} -\([a-z-]*\).*/--\2/p' "$ROOT/man/$1" | sort
}

options_in_completion() {
	"$MEMCGCTL" complete -- "$1" -- | cut -f 1 | sort
}

@test "each command has a source file and a man page, and each page a command" {
	diff <(commands) <(printf '%s\n' "$ROOT"/man/memcgctl-*.8 | sed 's/.*memcgctl-\(.*\)\.8/\1/' | sort)
	local name
	while read -r name; do
		[ -e "$ROOT/cmd/$name.c" ]
		grep -q "^COMMAND($name);" "$ROOT/cmd/$name.c"
	done < <(commands)
}

@test "each registered command is listed, unless it is hidden" {
	diff <({ commands; echo complete; } | sort) \
		<(sed -n 's/^COMMAND(\(.*\));$/\1/p' "$ROOT"/cmd/*.c | sort)
	diff <(commands) <("$MEMCGCTL" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)
}

@test "options of each command" {
	local name
	while read -r name; do
		echo "# $name"
		diff <(options_in_source "cmd/$name.c" options) <(options_in_help "$name")
		diff <(options_in_help "$name") <(options_in_man "memcgctl-$name.8")
		diff <({ options_in_help "$name"; options_in_source cmd/main.c global_options; } | sort) \
			<(options_in_completion "$name")
	done < <(commands)
}

@test "options of all commands" {
	diff <(options_in_source cmd/main.c global_options) \
		<("$MEMCGCTL" --help | sed -n '/^options/,$s/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' | sort)
	diff <(options_in_source cmd/main.c global_options) <(options_in_man memcgctl.8)
	diff <(options_in_source cmd/main.c global_options) \
		<("$MEMCGCTL" complete -- -- | cut -f 1 | sort)
}

@test "the summary of a command is the name line of its page" {
	local name summary
	while IFS=$'\t' read -r name summary; do
		diff <(echo "$summary") <(sed -n 's/^\.Nd //p' "$ROOT/man/memcgctl-$name.8")
	done < <("$MEMCGCTL" complete -- '')
}

@test "reasons, events, modes and columns in the manual are those of the source" {
	diff <(words_of_array lib/claim.c skip_names) \
		<(sed -n '/what was skipped and why/,/^\.El/s/^\.It Li \([a-z]*\)$/\1/p' "$ROOT/man/memcgctl-claim.8")
	diff <(words_of_array lib/claim.c pin_names) \
		<(sed -n '/what stays with it/,/^\.El/s/^\.It Li \([a-z]*\)$/\1/p' "$ROOT/man/memcgctl-claim.8")
	diff <(words_of_array lib/kmem.c mode_names) \
		<(sed -n '/mode of the limit/,/^\.El/s/^\.It \([a-z]*\)$/\1/p' "$ROOT/man/memcgctl.7")
	local word
	for word in $(words_of_array lib/event.c event_names) lost; do
		grep -q "^\.Li.*\<$word\>" "$ROOT/man/memcgctl-kmem.8"
	done
	while read -r word; do
		grep -q "^\.It Li.*\<$word\>" "$ROOT/man/memcgctl-kmem.8"
	done < <(sed -n '/mcg_column columns\[\]/,/^}/s/^\t{ "\([a-z_]*\)", .*/\1/p' "$ROOT/cmd/kmem.c")
	while read -r word; do
		grep -q "^\.It Li.*\<$word\>" "$ROOT/man/memcgctl-bind.8"
	done < <(sed -n '/mcg_column columns\[\]/,/^}/s/^\t{ "\([a-z_]*\)", .*/\1/p' "$ROOT/cmd/binding.c")
	for word in $(words_of_array lib/bind.c kind_names); do
		grep -q "^\(\.Li\|or\|\.Sq\).*\<$word\>\|^\.Li.*\<$word\>" "$ROOT/man/memcgctl-bind.8"
	done
}

@test "every reason of the protocol has a name" {
	diff <(sed -n 's/^\tMEMCGCTL_SKIP_\([A-Z]*\),$/\1/p' "$ROOT/module/uapi/memcgctl.h" | tr '[:upper:]' '[:lower:]') \
		<(words_of_array lib/claim.c skip_names)
	diff <(sed -n '/^enum memcgctl_pin {/,/^}/s/^\tMEMCGCTL_PIN_\([A-Z]*\),$/\1/p' "$ROOT/module/uapi/memcgctl.h" |
		tr '[:upper:]' '[:lower:]') <(words_of_array lib/claim.c pin_names)
}

@test "exit statuses in the manual are those of the library" {
	diff <(sed -n '/^enum mcg_status/,/^}/s/^\tMCG_.*/x/p' "$ROOT/lib/memcgctl.h" | wc -l) \
		<(sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]\)$/\1/p' "$ROOT/man/memcgctl.8" | wc -l)
}

@test "pages are free of lint, and refer to pages that exist" {
	local page
	# What other manuals this machine has says nothing about ours; whether its index of them is old comes on stderr.
	run bash -c 'mandoc -T lint "$@" 2>/dev/null | grep -v "referenced manual not found"' - "$ROOT"/man/*.[378]
	[ -z "$output" ]
	while read -r page; do
		[ -e "$ROOT/man/$page" ]
	done < <(sed -n 's/^\.Xr \(memcg[a-z_-]*\) \([0-9]\).*/\1.\2/p' "$ROOT"/man/*.[378] | sort -u)
}

@test "the built memcgctl(8) lists the commands" {
	local page
	page=$(dirname "$MEMCGCTL")/man/memcgctl.8
	diff <(commands) <(sed -n 's/^\.It Xr memcgctl-\([a-z]*\) 8$/\1/p' "$page")
	run bash -c 'mandoc -T lint "$1" 2>/dev/null | grep -v "referenced manual not found"' - "$page"
	[ -z "$output" ]
}
