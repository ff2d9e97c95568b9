# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # of lib.bash and claim.bash
#
# What the tests of bind share, beside what claim.bash has: group c does the work, a and b are what is bound to.

bind_setup() {
	claim_setup
	# Who is charged for what else a file needs is no concern of a binding.
	claim_keys=("${claim_keys[@]/current/}")
}

# Every binding ends before a test does, and every hook with it.
bind_teardown() {
	local left=0
	memcgctl unbind all >/dev/null 2>&1 || :
	claim_teardown
	no_hooks || left=1
	return $left
}

# no_hooks: no hook of bindings is registered, at the latest in ten seconds: the last binding's end waits for who is inside.
no_hooks() {
	local n
	for ((n = 0; n < 300; n++)); do
		memcgctl status --csv | grep -q '^hook,\(shmem\|filemap\|collapse\|__mem_cgroup_charge\).*yes' || return 0
		sleep 0.1
	done
	memcgctl status
	return 1
}

# bound ARGUMENT…: bind; sets $id.
bound() {
	run --separate-stderr memcgctl bind "$@"
	echo "bind $*: status $status, $output $stderr"
	[ "$status" = 0 ]
	id=$output
}

# before: what the groups have now, without what CPUs keep back.
before() {
	local group
	settle a b c
	for group in a b c; do
		snapshot "$group" >"$BATS_TEST_TMPDIR/before.$group"
		mem_current "$group" >"$BATS_TEST_TMPDIR/current.$group"
	done
}

# grown A B C KEYS: since then the groups have got so many bytes more of each of the lines KEYS (one word, with blanks), no other
# line has changed, and a and b are charged for nothing else.
grown() {
	local left n before=$BATS_TEST_TMPDIR/before
	for ((n = SECONDS; SECONDS < n + 30 * ${RIG_SLOW:-1}; )); do
		settle a b c
		# shellcheck disable=SC2046,SC2086 # words
		left=$(differences a 1 $(printf "%s=$1 " $4) && differences b 1 $(printf "%s=$2 " $4) &&
			differences c 1 $(printf "%s=$3 " $4)
			[ $(($(mem_current a) - $(<"$BATS_TEST_TMPDIR/current.a"))) = "$1" ] ||
				echo "a: $(<"$BATS_TEST_TMPDIR/current.a") -> $(mem_current a), not by $1"
			[ $(($(mem_current b) - $(<"$BATS_TEST_TMPDIR/current.b"))) = "$2" ] ||
				echo "b: $(<"$BATS_TEST_TMPDIR/current.b") -> $(mem_current b), not by $2")
		[ "$left" ] || return 0
		sleep 0.1
	done
	echo "$left"
	return 1
}

# listed ID MEMBER: what the list says of a binding, sizes in bytes.
listed() {
	memcgctl bind --json | awk -v id="      \"id\": $1," -v name="      \"$2\":" '
		index($0, "      \"id\":") == 1 { is = $0 == id }
		is && index($0, name) == 1 { gsub(/[",]/, "", $2); print $2 }'
}
