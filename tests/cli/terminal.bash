# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# top in a real terminal: tmux, with a server of its own. MEMCGCTL is the command; teardown calls stop.

# A test may have others.
TERM_NAME=screen-256color
LOCALE=C.UTF-8

# A server for each terminal: one that is told to end takes a while to go.
servers=0
tm() {
	env -u TMUX LC_ALL=C.UTF-8 tmux -u -S "$BATS_TEST_TMPDIR/tmux$servers" -f /dev/null "$@"
}

stop() {
	tm kill-server
	servers=$((servers + 1))
}

# start COLSxROWS [ARG...]: what comes after the command has ended is its status.
start() {
	local size=$1
	shift
	tm new-session -d -x "${size%x*}" -y "${size#*x}" \
		"env LC_ALL=$LOCALE TERM=$TERM_NAME '$MEMCGCTL' top -d 0.1 $* 2>'$BATS_TEST_TMPDIR/stderr'
		echo status \$?; cat" 3>&-
	tm set-option -g status off
	tm resize-window -x "${size%x*}" -y "${size#*x}"
	[ "${size#*x}" -lt 3 ] || wait_for GROUP
}

keys() {
	tm send-keys "$@"
}

screen() {
	tm capture-pane -p
}

# A bound on waiting that no working machine reaches.
WAITS=300

fail_with_screen() {
	echo "$1" >&2
	screen >&2
	return 1
}

# wait_for REGEX: on the screen.
wait_for() {
	for ((i = 0; i < WAITS; i++)); do
		! screen | grep -qE -- "$1" || return 0
		sleep 0.05
	done
	fail_with_screen "never seen: $1"
}

wait_gone() {
	for ((i = 0; i < WAITS; i++)); do
		screen | grep -qE -- "$1" || return 0
		sleep 0.05
	done
	fail_with_screen "always seen: $1"
}
