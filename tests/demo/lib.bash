# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the parts of the demonstration share: how it speaks, and how it checks what it says.

set -eu

# shellcheck disable=SC2034 # for those who source this
cg=/sys/fs/cgroup

say() {
	printf '\n== %s\n' "$*"
}

tell() {
	printf '\n'
	printf '%s\n' "$@"
}

saw() {
	echo "  -> $*"
}

# run COMMAND…: show the command and what it says.
run() {
	printf '\n   $ %s\n' "$*"
	"$@" 2>&1 | sed 's/^/   /'
	return "${PIPESTATUS[0]}"
}

# quiet COMMAND…: it says something only when it fails.
quiet() {
	"$@" >/tmp/quiet 2>&1 || {
		cat /tmp/quiet
		echo "FAILED: $*"
		exit 1
	}
}

# check WHAT A TEST B: numbers; the demonstration fails when it does not hold.
check() {
	if test "$2" "$3" "$4"; then
		echo "  ok: $1"
	else
		echo "  FAILED: $1: $2 is not $3 $4"
		exit 1
	fi
}

# wait_for CONDITION: at most 10 s.
wait_for() {
	local n
	for ((n = 0; n < 100; n++)); do
		! eval "$1" || return 0
		sleep 0.1
	done
	echo "  FAILED: $1"
	exit 1
}

human() {
	numfmt --to=iec --format=%.1f "$1"
}

current() {
	echo $(($(<"$cg/$1/memory.current")))
}

stat_of() {
	awk -v key="$2" '$1 == key { print $2 }' "$cg/$1/memory.stat"
}
