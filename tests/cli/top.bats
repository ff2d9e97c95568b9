#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154 # status, output and error are set by lib.bash; terminal.bash uses what is set here
#
# top in a real terminal (tmux), with a tree of ordinary folders in the place of cgroupfs, so that screens are the same
# each time. They are compared with tests/cli/golden/top-*.txt; GOLDEN=write makes these anew.

load lib
load terminal

GOLDEN_DIR=$BATS_TEST_DIRNAME/golden

# group PATH CHARGED LIMIT: all counters of a group; what it has of each kind follows from CHARGED.
group() {
	local dir=$MEMCGCTL_CGROUP/$1
	mkdir -p "$dir"
	echo "$2" >"$dir/memory.current"
	echo "$3" >"$dir/memory.max"
	printf 'anon %s\nfile %s\nkernel 8192\n' $(($2 / 2)) $(($2 / 4)) >"$dir/memory.stat"
	echo 4096 >"$dir/memory.swap.current"
	: >"$dir/cgroup.procs"
}

setup() {
	export MEMCGCTL_CGROUP=$BATS_TEST_TMPDIR/cgroup
	mkdir "$MEMCGCTL_CGROUP"
	: >"$MEMCGCTL_CGROUP/cgroup.procs"
	group web 104857600 209715200
	group web/a 62914560 67108864
	group web/b 20971520 67108864
	group db.slice 524288000 536870912
	group db.slice/main 419430400 536870912
	group idle 0 67108864
	unset NO_COLOR
}

teardown() {
	stop 2>/dev/null || true
	[ -z "${sleeper-}" ] || kill "$sleeper"
}

# order NAME...: the rows of the table begin with these names, in this order.
order() {
	local got
	for ((i = 0; i < WAITS; i++)); do
		got=$(screen | sed -n '3,$p' | awk 'NF > 1 { sub(/^\*/, ""); print $1 }' | head -n $# | xargs)
		[ "$got" != "$*" ] || return 0
		sleep 0.05
	done
	fail_with_screen "rows are $got, not $*"
}

# The row that is selected: the one in reverse below the line of titles. Attributes last until they are changed.
selected() {
	tm capture-pane -e -p | awk -F '\033' '{
		for (i = 1; i <= NF; i++) {
			if (i > 1 && match($i, /^\[[0-9;]*m/)) {
				n = split(substr($i, 2, RLENGTH - 2), code, ";")
				for (j = 1; j <= n || j == 1; j++)
					reverse = code[j] == 7 ? 1 : code[j] == 0 || code[j] == 27 ? 0 : reverse
				$i = substr($i, RLENGTH + 1)
			} else if (i > 1) {
				sub(/^[()]./, "", $i)
			}
			if (NR > 2 && reverse && match($i, /[^ *]+/)) {
				print substr($i, RSTART, RLENGTH)
				exit
			}
		}
	}'
}

wait_selected() {
	for ((i = 0; i < WAITS; i++)); do
		[ "$(selected)" != "$1" ] || return 0
		sleep 0.05
	done
	fail_with_screen "selected is $(selected), not $1"
}

# Lines with a colour in them.
colours() {
	tm capture-pane -e -p | grep $'\e\[[0-9;]*3[0-7]m' || true
}

# golden NAME: the screen is that one.
golden() {
	local file=$GOLDEN_DIR/top-$1.txt
	if [ "${GOLDEN-}" = write ]; then
		mkdir -p "$GOLDEN_DIR"
		screen >"$file"
	fi
	for ((i = 0; i < WAITS; i++)); do
		! diff <(screen) "$file" >/dev/null || return 0
		sleep 0.05
	done
	diff -u "$file" <(screen)
}

# A process with a file of its own, which only it maps.
start_sleeper() {
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/sleeper"
	"$BATS_TEST_TMPDIR/sleeper" 1000 3>&- &
	sleeper=$!
	until grep -A 4 "$BATS_TEST_TMPDIR/sleeper" "/proc/$sleeper/smaps" | grep -q '^Rss: *[1-9]'; do sleep 0.02; done
}

@test "plain: no header, one report, largest first" {
	memcgctl top
	[ "$status" = 0 ]
	[ "$(awk '{ print $1 }' <<<"$output" | xargs)" = "/db.slice /db.slice/main /web /web/a /web/b / /idle" ]
	[ "$(head -n 1 <<<"$output" | xargs)" = "/db.slice 500M - 250M 125M 8.0K 4.0K 512M" ]
	[ "$(grep '^/ ' <<<"$output" | xargs)" = "/ - - - - - - -" ]
}

@test "plain: order, depth, exact bytes" {
	memcgctl top --order path --depth 1 --bytes
	[ "$(awk '{ print $1 }' <<<"$output" | xargs)" = "/ /db.slice /idle /web" ]
	[ "$(tail -n 1 <<<"$output" | xargs)" = "/web 104857600 - 52428800 26214400 8192 4096 209715200" ]
	for order in charged anon file kernel swap limit rate; do
		memcgctl top --order "$order" --depth 0
		[ "$status" = 0 ]
		[ "$(awk '{ print $1 }' <<<"$output")" = / ]
	done
	memcgctl top --order limit
	[ "$(awk 'NR <= 3 { print $1 }' <<<"$output" | xargs)" = "/db.slice /db.slice/main /web" ]
}

@test "plain: several reports, with the change per second" {
	memcgctl top -n 3 -d 0.05
	[ "$(grep -c '^$' <<<"$output")" = 2 ]
	[ "$(grep -c '^/web ' <<<"$output")" = 3 ]
	[ "$(tail -n 1 <<<"$output" | awk '{ print $3 }')" = 0 ]
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	"$MEMCGCTL" top -n 2 -d 1 --json >"$BATS_TEST_TMPDIR/pipe" &
	exec 4<"$BATS_TEST_TMPDIR/pipe"
	read -r first <&4
	echo 1073741824 >"$MEMCGCTL_CGROUP/idle/memory.current"
	read -r second <&4
	exec 4<&-
	jq -e '.groups[] | select(.group == "/idle") | .charged == 0 and .rate == null' <<<"$first"
	# A second of waiting, and no more than a loaded machine takes.
	jq -e '.groups[0] | .group == "/idle" and .rate > 1073741824 / 100 and .rate <= 1073741824' <<<"$second"
}

@test "plain: JSON and CSV" {
	memcgctl top --json
	jq -e '.schema == 1 and (.groups | length) == 7 and (.groups[0] | .group == "/db.slice" and .charged == 524288000 and
		.anon == 262144000 and .limit == 536870912 and .rate == null)' <<<"$output"
	memcgctl top --csv
	[ "${lines[0]-}" = "" ]
	[ "${output%%$'\n'*}" = "group,id,charged,rate,anon,file,kernel,swap,limit" ]
	grep -q "^/web,$(stat -c %i "$MEMCGCTL_CGROUP/web"),104857600,,52428800,26214400,8192,4096,209715200$" <<<"$output"
}

@test "plain: hostile names, and the name of a link" {
	group $'x\e[31m\x9b\n"y' 8192 max
	ln -s "$MEMCGCTL" "$BATS_TEST_TMPDIR/memcg-top"
	run "$BATS_TEST_TMPDIR/memcg-top"
	[ "$status" = 0 ]
	[[ $output == *'/x\x1b[31m\x9b\x0a"y'* && $output != *$'\e'* ]]
}

@test "bad input" {
	fails 2 "top: x: no argument is expected (see memcgctl top --help)" top x
	fails 2 "top: nope: nothing to sort by (see memcgctl top --help)" top --order nope
	fails 2 "top: --delay: not a number of seconds from 0.01 to 86400 (see memcgctl top --help)" top -d 0
	fails 2 "top: --delay: not a number of seconds from 0.01 to 86400 (see memcgctl top --help)" top -d nan
	fails 2 "top: --iterations: not a number from 1 on (see memcgctl top --help)" top -n -1
	fails 2 "top: --depth: not a number from 0 on (see memcgctl top --help)" top --depth -1
	MEMCGCTL_CGROUP=/nonexistent memcgctl top
	[ "$status" = 4 ]
	[ "$(wc -l <<<"$error")" = 1 ]
}

@test "a terminal that is not known" {
	tm new-session -d "env TERM=nonsense '$MEMCGCTL' top; echo status \$?; cat" 3>&-
	wait_for "status 1"
	screen | grep -q "^memcgctl: top: nonsense: cannot use this terminal$"
}

@test "the screen, at several sizes" {
	for size in 40x10 80x24 120x40 250x80; do
		start "$size"
		wait_for "^   db.slice .* 0( |$)"
		golden "$size"
		keys q
		wait_for "status 0"
		stop
	done
	[ ! -s "$BATS_TEST_TMPDIR/stderr" ]
}

@test "resized while open, down to a corner and back" {
	start 80x24
	wait_for "^   db.slice .* 0 "
	keys Down Down
	for size in 40x10 120x40 5x3 1x1 20x4 80x24; do
		tm resize-window -x "${size%x*}" -y "${size#*x}"
		sleep 0.2
	done
	golden 80x24
	wait_selected main
	keys '?'
	wait_for "select a row"
	tm resize-window -x 40 -y 10
	wait_for "^keys"
	keys Escape
	wait_for "^   db.slice"
}

@test "ASCII, and a terminal without colours" {
	LOCALE=C
	start 80x24
	wait_for "^   db.slice .* 0 "
	golden ascii
	stop
	LOCALE=C.UTF-8 TERM_NAME=vt100
	start 80x24
	wait_for "^   db.slice .* 0 "
	golden 80x24
	[ -z "$(colours)" ]
}

@test "colours, and NO_COLOR" {
	start 80x24
	wait_for "^   db.slice"
	[ -n "$(colours)" ]
	stop
	NO_COLOR=1 start 80x24
	wait_for "^   db.slice"
	[ -z "$(colours)" ]
}

@test "sort keys" {
	start 80x24
	order / db.slice main web a b idle
	keys N
	order / db.slice main idle web a b
	keys R
	order / web b a idle db.slice main
	keys I
	order / db.slice main idle web a b
	keys t
	order / /db.slice /db.slice/main /idle /web /web/a /web/b
	keys M
	order /db.slice /db.slice/main /web /web/a /web/b / /idle
	for key in A:anon F:file K:kernel S:swap L:limit D:rate; do
		keys "${key%:*}"
		wait_for "by ${key#*:},"
	done
	keys t L
	order / db.slice main web a b idle
}

@test "the largest change first" {
	start 80x24
	keys D
	wait_for "by rate"
	(for ((n = 0; n < 2000; n++)); do
		echo $((n << 20)) >"$MEMCGCTL_CGROUP/idle/memory.current"
		sleep 0.05
	done) 3>&- &
	writer=$!
	order / idle
	wait_for "^   idle .* \+[0-9.]+M"
	kill "$writer"
}

@test "the selection: keys, and it stays on its group" {
	start 80x24
	wait_selected /
	keys Down
	wait_selected db.slice
	keys Down Down
	wait_selected web
	keys Up
	wait_selected main
	keys End
	wait_selected idle
	echo 900000000 >"$MEMCGCTL_CGROUP/idle/memory.current"
	order / idle
	wait_selected idle
	keys Home
	wait_selected /
	keys NPage
	wait_selected b
	keys PPage
	wait_selected /
}

@test "groups come and go, also the selected one" {
	start 80x24
	keys End
	wait_selected idle
	mkdir "$MEMCGCTL_CGROUP/new"
	echo 5000000000 >"$MEMCGCTL_CGROUP/new/memory.current"
	order / new
	wait_for "^8 groups"
	wait_selected idle
	rm -r "$MEMCGCTL_CGROUP/idle"
	wait_for "the selected group is gone"
	wait_for "^7 groups"
	wait_selected b
	rm -r "$MEMCGCTL_CGROUP"/{web,db.slice,new}
	wait_for "^1 groups"
	wait_selected /
	rm -r "$MEMCGCTL_CGROUP"
	sleep 0.3
	keys q
	wait_for "status"
}

@test "depth" {
	start 80x24 --depth 1
	order / db.slice web idle
	keys +
	order / db.slice main web a b idle
	keys - -
	wait_for "to a depth of 0"
	wait_gone "web"
	keys -
	wait_for "to a depth of 0"
	keys + +
	order / db.slice main web
}

@test "filter" {
	start 80x24
	keys /
	wait_for "^filter:"
	keys W E x BSpace B Enter
	wait_for 'filter "WEB"'
	order /web /web/a /web/b
	wait_gone "db.slice"
	keys / C-u
	wait_for "^filter: *$"
	keys nothing Enter
	wait_for "^0 groups"
	keys Down Space Enter c k Escape
	order / db.slice
	keys / web/a Enter
	wait_selected /web/a
	keys End
	rm -r "$MEMCGCTL_CGROUP/web/a"
	wait_for "the selected group is gone"
	keys Escape
	group web/a 62914560 67108864
	keys / a Escape
	wait_gone "^filter"
	wait_for "^7 groups"
}

@test "tags" {
	start 80x24
	keys Down Space
	wait_for '^\*  db.slice'
	wait_for "1 tagged"
	wait_selected main
	keys Space
	wait_for "2 tagged"
	keys U
	wait_gone tagged
	keys Home Down Space Home Down Space
	wait_gone '^\*'
}

@test "pause, interval, exact bytes" {
	start 80x24
	keys p
	wait_for ", paused"
	rm -r "$MEMCGCTL_CGROUP/idle"
	sleep 0.5
	screen | grep -q idle
	keys p
	wait_gone idle
	keys d
	wait_for "seconds between two reports: 0.1"
	keys C-u 0.05 Enter
	wait_for "every 0.05s"
	keys d C-u never Enter
	wait_for "not a number of seconds"
	wait_for "every 0.05s"
	keys r
	wait_for 524288000
	keys r
	wait_gone 524288000
	keys C-l
	wait_for "500M"
}

@test "help names each key, and each is in the manual" {
	start 120x50
	keys '?'
	wait_for "select a row"
	names=$(screen | sed -n 's/^ \([^ ,]*\)[, ].*/\1/p')
	[ "$(wc -w <<<"$names")" -gt 20 ]
	for name in $names; do
		sed -n 's/^\.It Ic//p' "$ROOT/man/memcgctl-top.8" | sed 's/\\&//;s/\\-/-/g' | grep -qF -- "$name"
	done
	keys q
	wait_for GROUP
	keys h
	wait_for "^keys"
	keys Enter
	wait_for GROUP
}

@test "a small screen shows all of the help" {
	start 40x10
	keys '?'
	wait_for "select a row"
	for ((n = 0; n < 10; n++)); do keys NPage; done
	wait_for "quit"
	for ((n = 0; n < 12; n++)); do keys PPage; done
	wait_for "select a row"
}

@test "objects of a group, and who maps one" {
	start_sleeper
	start 100x24
	keys Enter
	wait_for "^objects of /"
	wait_for "OBJECT +CHARGED +MAPPED +PRESENT +SHARED"
	keys /
	wait_for "^filter:"
	keys "$BATS_TEST_TMPDIR/sleeper" Enter
	wait_for "s ago"
	# The end of a long path is what is seen.
	wait_for "/sleeper .*[1-9][0-9.]*[KM]"
	[ "$(screen | sed -n '3,$p' | grep -c sleeper)" = 1 ]
	keys Enter
	wait_for "/sleeper: who pays and maps"
	wait_for "GROUP +CHARGED +MAPPED"
	wait_for "^ / +[0-9B-]+ +[1-9][0-9.]*[KM]"
	keys F5
	wait_for " [0-9] s ago"
	keys Escape
	wait_for "^objects of /"
	kill "$sleeper"
	wait "$sleeper" || true
	sleeper=
	# Nothing is looked at again until it is asked for.
	screen | grep -q sleeper
	keys F5
	wait_gone "/sleeper .*[1-9]"
	keys Left
	wait_for "^7 groups"
}

@test "a group is explained" {
	printf '%s\n' "anon 3145728" "file 2097152" "kernel 1048576" "sock 0" >"$MEMCGCTL_CGROUP/web/memory.stat"
	start 100x24
	keys / web Enter
	wait_for "web .*50%"
	keys End Up Down e
	wait_for "is charged with"
	wait_for "^The nearest limit is"
	keys q
	wait_for GROUP
	keys e
	wait_for "is charged with"
	keys Escape
	wait_for GROUP
}

@test "objects of a group that has none" {
	start 80x24
	keys Down Enter
	wait_for "^objects of /db.slice"
	wait_for "s ago"
	keys Enter Down c b Escape
	wait_for "^7 groups"
}

@test "hostile names of groups and objects" {
	name=$'x\e[31m\x9b\xff\n"y'
	group "$name" 8192 67108864
	start 80x24
	wait_for 'x\\x1b\[31m\\x9b\\xff\\x0a"y'
	keys /
	keys x Enter
	wait_for '^ /x\\x1b'
	keys Enter
	wait_for 'objects of /x\\x1b.* s ago'
	cp "$(command -v sleep)" "$BATS_TEST_TMPDIR/$name"
	"$BATS_TEST_TMPDIR/$name" 1000 3>&- &
	sleeper=$!
	while ! grep -q 'x.\[31m' "/proc/$sleeper/maps"; do sleep 0.02; done
	keys Escape Escape Home Enter / 1b Enter
	wait_for '/x\\x1b\[31m\\x9b\\xff\\x0a"y +'
	keys Enter
	wait_for "who pays and maps"
}

@test "without the module, what needs it says so in one line" {
	before=$(tree_state)
	start 80x24
	wait_for "no module"
	keys Down
	for key in c k; do
		keys "$key"
		wait_for "^module not loaded \(modprobe memcgctl\)"
		keys Down
		wait_gone "^module not loaded"
	done
	start_sleeper
	keys Home Enter / sleeper Enter
	wait_for "/sleeper +"
	for key in c b; do
		keys "$key"
		wait_for "^module not loaded \(modprobe memcgctl\)"
		keys Down
		wait_gone "^module not loaded"
	done
	[ "$(tree_state)" = "$before" ]
}

@test "its end: after N reports, by a signal, without a terminal" {
	start 80x24 -n 3
	wait_for "status 0"
	stop
	for signal in INT TERM; do
		start 80x24
		pkill -"$signal" -P "$(tm display-message -p '#{pane_pid}')" memcgctl
		wait_for "status 0"
		stop
	done
	start 80x24
	keys C-c
	wait_for "status 0"
	stop
	# The input decides, too: nobody could end it.
	tm new-session -d "'$MEMCGCTL' top </dev/null; echo status \$?; cat" 3>&-
	wait_for "status 0"
	screen | grep -q "^/db.slice "
}

@test "it ends with its terminal" {
	start 80x24
	pid=$(pgrep -P "$(tm display-message -p '#{pane_pid}')" memcgctl)
	stop
	for ((i = 0; i < WAITS; i++)); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}
