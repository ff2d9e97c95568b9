# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # cg is set by lib.bash
#
# What the tests of show share: making mappings in groups, and holding what is shown against a naive count.

show_setup() {
	local helpers=$BATS_TEST_DIRNAME/../../build/helpers
	# Programs on the 9p share would have pages there.
	cp "$helpers/hold" "$helpers/naive_count" "$BATS_TEST_TMPDIR"
	# It would put private memory together between two counts: it looks now, and then not for an hour.
	echo 3600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
}

# hold_in GROUP STEP…: a process in the group that makes these mappings and stays. See helpers/hold.c.
hold_in() {
	local ready
	ready=$(mktemp -u "$BATS_TEST_TMPDIR/ready.XXXXXX")
	in_group "$1" exec "$BATS_TEST_TMPDIR/hold" "$ready" "${@:2}" >"$ready.log" 2>&1 3>&- &
	for ((n = 0; n < 2400 * ${RIG_SLOW:-1}; n++)); do
		[ ! -e "$ready" ] || return 0
		kill -0 $! || break
		sleep 0.05
	done
	cat "$ready.log"
	return 1
}

# new_tmpfs NUMBER HUGE: a tmpfs of its own at $mnt, with huge pages if wanted.
# shellcheck disable=SC2034 # for the tests
new_tmpfs() {
	mkdir "$BATS_TEST_TMPDIR/mnt$1"
	mount -t tmpfs -o "size=256M,huge=$2" "test$1" "$BATS_TEST_TMPDIR/mnt$1"
	mnt=$BATS_TEST_TMPDIR/mnt$1
}

# Both counts in one form: lines "group PATH MAPPED SHARED SHARE OWN LENT BORROWED FOREIGN" of groups named show*,
# "cell OWNER MAPPER BYTES" of what these map, and
# "file DEVICE INODE PRESENT SHARED OWNERS MAPPERS" of files that only such groups map.
naive() {
	"$BATS_TEST_TMPDIR/naive_count" "$cg" | ours
}

ours() {
	# Not the program that holds it all: some of it is in memory and nobody maps it, which /proc cannot tell.
	awk -F , -v program="$(stat -c %Hd:%Ld,%i "$BATS_TEST_TMPDIR/hold")" '
		$1 == "file" && $2 "," $3 == program { next }
		$1 == "group" && $2 ~ "^/show" { print }
		$1 == "cell" && $3 ~ "^/show" { print }
		$1 == "file" && $7 ~ "/show" && $7 !~ "(^|;)/( |[^s])" { print }
	' | sort
}

# What show is run by.
unseen=()

# Only those of the groups of the test: FPAT is slow.
shown_files() {
	"${unseen[@]}" memcgctl show --files --all --csv "$@" | grep -F /show | gawk -v FPAT='([^,]*)|("[^"]*")' -v OFS=, '{
		for (i = 7; i <= 8; i++) {
			gsub(/"/, "", $i)
			gsub(/,/, ";", $i)
		}
		print "file", $2, $3, $5, $6, $7, $8
	}'
}

# shown [OPTION]: with one of them, by a backend of its own.
shown() {
	{
		"${unseen[@]}" memcgctl show --csv "$@" | awk -F , -v OFS=, '{ print "group", $1, $4, $5, $6, $7, $8, $9, $10 }'
		"${unseen[@]}" memcgctl show --matrix --all --csv "$@" | awk -F , -v OFS=, '{ print "cell", $1, $2, $3 }'
		shown_files "$@"
	} | ours
}

# compare [DEVICE]: what /proc tells, with and without trust in counts of mappings, and what the module does where it is loaded,
# equals the naive count; the module tells nothing of this device, an overlay's.
compare() {
	naive >"$BATS_TEST_TMPDIR/naive"
	[ -s "$BATS_TEST_TMPDIR/naive" ]
	shown --procfs >"$BATS_TEST_TMPDIR/shown"
	echo "from /proc:"
	same
	# In a PID namespace of its own there might be processes that it does not see.
	unseen=(unshare --pid --fork)
	shown --procfs 2>/dev/null >"$BATS_TEST_TMPDIR/shown"
	unseen=()
	echo "from /proc, page tables alone:"
	same
	[ -d /sys/module/memcgctl ] || return 0
	memcgctl show --json | grep -qF '"backend": "module"'
	[ $# = 0 ] || sed -i "/^file,0:$1,/d" "$BATS_TEST_TMPDIR/naive"
	shown >"$BATS_TEST_TMPDIR/shown"
	echo "by the module:"
	same
}

# Equal to the page; a share, which is a sum of fractions, to the byte.
same() {
	paste -d '|' "$BATS_TEST_TMPDIR/naive" "$BATS_TEST_TMPDIR/shown" | awk -F '|' '
		{
			n = split($1, a, ",")
			m = split($2, b, ",")
			good = n == m
			for (i = 1; i <= n; i++)
				if (a[1] == "group" && i == 5 ? (a[i] - b[i]) ^ 2 > 1 : a[i] != b[i])
					good = 0
			if (!good) {
				print "counted: " $1
				print "shown:   " $2
				bad = 1
			}
		}
		END { exit bad }'
}
