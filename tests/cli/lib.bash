# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of the command line share. No kernel module is needed, and none may be loaded.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
MEMCGCTL=${MEMCGCTL:-$ROOT/${BUILD:-build}/memcgctl}

# A tree of ordinary directories, in the place of the cgroup filesystem.
make_tree() {
	export MEMCGCTL_CGROUP=$BATS_TEST_TMPDIR/cgroup
	local group
	for group in web web/a web/b system.slice system.slice/db.service user.slice user.slice/db.service \
		nomem; do
		mkdir -p "$MEMCGCTL_CGROUP/$group"
		: >"$MEMCGCTL_CGROUP/$group/cgroup.procs"
		[ "$group" = nomem ] || printf 'max\n' >"$MEMCGCTL_CGROUP/$group/memory.max"
		printf 'anon 0\nkernel 4096\n' >"$MEMCGCTL_CGROUP/$group/memory.stat"
	done
	: >"$MEMCGCTL_CGROUP/cgroup.procs"
}

# All that is in the tree, to see that nothing changed.
tree_state() {
	(cd "$MEMCGCTL_CGROUP" && find . -type f -exec md5sum {} + | sort)
}

# memcgctl ARG...: sets status, output (stdout) and error (stderr), as one string each.
memcgctl() {
	local err=$BATS_TEST_TMPDIR/stderr
	status=0
	output=$("$MEMCGCTL" "$@" 2>"$err") || status=$?
	error=$(cat "$err")
}

# memcgctl_nobody ARG...: the same without any privilege.
memcgctl_nobody() {
	local copy=$BATS_TEST_TMPDIR/memcgctl err=$BATS_TEST_TMPDIR/stderr
	chmod a+rx "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	cp "$MEMCGCTL" "$copy"
	status=0
	if [ "$(id -u)" = 0 ]; then
		output=$(cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "$copy" "$@" 2>"$err") || status=$?
	else
		output=$("$copy" "$@" 2>"$err") || status=$?
	fi
	error=$(cat "$err")
}

# fails STATUS MESSAGE ARG...: that status, one line "memcgctl: MESSAGE" on stderr, nothing on stdout; with --json the
# same as an object.
fails() {
	local expected=$1 message=$2
	shift 2
	memcgctl "$@"
	if [ "$status" != "$expected" ] || [ "$error" != "memcgctl: $message" ] || [ -n "$output" ]; then
		printf 'memcgctl %s: status %s, stdout "%s", stderr "%s"\n' "$*" "$status" "$output" "$error" >&2
		return 1
	fi
	memcgctl --json "$@"
	if [ "$status" != "$expected" ] || [ -n "$output" ] ||
		! printf '%s\n' "$error" | jq -e -s --argjson status "$expected" --arg text "$message" '
			length == 1 and .[0].schema == 1 and (.[0].error |
			.status == $status and
			([.command, .subject, .message | select(. != null)] | join(": ")) +
			(if .hint then " (" + .hint + ")" else "" end) == $text)' >/dev/null; then
		printf 'memcgctl --json %s: status %s, stderr "%s"\n' "$*" "$status" "$error" >&2
		return 1
	fi
}

# shellcheck disable=SC2034 # used by the tests
NO_MODULE="module not loaded (modprobe memcgctl)"
