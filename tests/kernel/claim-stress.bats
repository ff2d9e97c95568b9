#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240
# shellcheck disable=SC2154 # set by lib.bash and claim.bash
#
# Claims while everything else changes the same memory: nothing drifts, nobody stays.

load lib
load claim
bats_require_minimum_version 1.5.0

# make soak sets how long.
seconds=$((4 * ${RIG_SLOW:-1}))
[ "${SOAK_SECONDS:-0}" = 0 ] || seconds=$SOAK_SECONDS
file_pages=2048
file=/run/claim/file
disk_file=$RIG_SCRATCH/claimed

setup() {
	log_begin
	claim_setup
	swapon "$RIG_SWAP"
	dying=$(dying)
}

teardown() {
	! grep -qF " $RIG_SCRATCH/merged " /proc/mounts || umount -l "$RIG_SCRATCH/merged"
	claim_teardown
}

# churning GROUP SEED [FILE]: a process that changes FILE (on tmpfs) and its own memory, until it is ended. Sets $churn_pid,
# $churn_range, and until when there are claims after that.
churning() {
	local log=$BATS_TEST_TMPDIR/churn.$2
	(echo "$BASHPID" >"$cg/$1/cgroup.procs" &&
		exec churn $((2 * seconds + 60)) "${3-$file}" $file_pages "$2") >"$log" 2>&1 3>&- &
	until [ -s "$log" ]; do
		sleep 0.1
	done
	read -r churn_pid churn_range <"$log"
	# It is in memory, too, and charged to the group.
	rm "$log"
	until=$((SECONDS + seconds))
}

# claiming GROUP GROUP ARGUMENT…: in the background, claim to these in turn over and over, until the time is up, but three times at
# least. What a claim says is checked by the command: it adds up, or it fails.
claiming() {
	claim_in_turn "$@" 3>&- &
	jobs+=($!)
}

claim_in_turn() {
	local target status n error=$BATS_TEST_TMPDIR/error.$BASHPID
	for ((n = 0; n < 3 || SECONDS < until; n++)); do
		for target in "/$1" "/$2"; do
			status=0
			memcgctl claim --to "$target" "${@:3}" >/dev/null 2>"$error" || status=$?
			case $status in
			0 | 5) ;;
			# The process has ended, or the target has.
			*) grep -qE 'gone|no such|removed|no memory' "$error" ||
				cat "$error" >>"$BATS_TEST_TMPDIR/failed" ;;
			esac
		done
	done
}

# What was started ends, and everybody's memory with it.
end_all() {
	wait "${jobs[@]}" || :
	ended a b c
	rm -f "$file" "$disk_file" "$mnt/tracked"
	# What the file system has changed of its own is written, too.
	sync
	[ ! -e "$BATS_TEST_TMPDIR/failed" ] || { cat "$BATS_TEST_TMPDIR/failed" && return 1; }
	empty a b c
}

# A removed group ends when a grace period or two are over; but a CPU keeps swap slots that were given back for a while, and
# what it has charged ahead, and those their group.
none_dying() {
	local n
	swapoff "$RIG_SWAP"
	for ((n = 0; n < 300; n++)); do
		[ "$(dying)" -gt "$dying" ] || return 0
		charge_everywhere c
		sleep 0.2
	done
	echo "$(dying) groups are dying, and $dying were"
	return 1
}

# bats test_tags=variant,parallel
@test "claim: file and private memory go to and fro while four processes churn them" {
	jobs=()
	churning a 1
	churning b 2
	churning c 3
	one=("$churn_pid" "$churn_range")
	churning c 4
	claiming a b --pid "${one[@]}"
	claiming b c --pid "$churn_pid" "$churn_range"
	claiming a b --file "$file"
	looking "$file"
	end_all
}

# tracking GROUP: as churning, a process that fails when a mark of userfaultfd is lost. Sets $track_job, too.
tracking() {
	local log=$BATS_TEST_TMPDIR/track
	(echo "$BASHPID" >"$cg/$1/cgroup.procs" &&
		exec tracker "$seconds" 1024 "$mnt/tracked") >"$log" 2>&1 3>&- &
	track_job=$!
	until [ -s "$log" ]; do
		sleep 0.1
	done
	read -r track_pid track_range <"$log"
	rm "$log"
	until=$((SECONDS + seconds))
}

# bats test_tags=parallel
@test "claim: page cache goes to and fro while it is written, written back and dropped" {
	jobs=()
	churning a 8 "$disk_file"
	churning b 9 "$disk_file"
	churning c 10 "$disk_file"
	claiming a b --file "$disk_file"
	claiming b c --file "$disk_file"
	claiming c a --pid "$churn_pid" "$churn_range"
	end_all
}

# bats test_tags=parallel
@test "claim: huge pages go to and fro, of a file, too, and userfaultfd loses no mark" {
	jobs=()
	mount -o remount,huge=always "$mnt"
	# Huge pages of a file that khugepaged puts together of pages of several groups are counted wrongly by the kernel itself.
	echo never >/sys/kernel/mm/transparent_hugepage/enabled
	tracking a
	churning b 11
	claiming a b --pid "$track_pid" "$track_range"
	claiming b c --file "$mnt/tracked"
	claiming c a --pid "$churn_pid" "$churn_range" --include-shared
	claiming c b --file "$file"
	wait "$track_job"
	end_all
}

@test "claim: while limits change and targets are removed" {
	local n=0
	jobs=()
	churning a 5
	churning b 6
	claiming a b --pid "$churn_pid" "$churn_range"
	claiming b c --file "$file"
	while [ "$SECONDS" -lt "$until" ]; do
		n=$((n + 1))
		mkdir "$cg/gone$n"
		memcgctl claim --to "/gone$n" --file "$file" >/dev/null 2>&1 &
		echo 2M >"$cg/c/memory.max"
		memcgctl claim --to "/gone$n" --pid "$churn_pid" "$churn_range" >/dev/null 2>&1 || :
		rmdir "$cg/gone$n"
		wait $! || :
		echo max >"$cg/c/memory.max"
	done
	end_all
	[ "$n" -gt 0 ]
	none_dying
}

# bats test_tags=parallel
@test "claim: while swap goes and comes, files are copied up, and groups that are claimed from are removed" {
	local n=0 merged=$RIG_SCRATCH/merged
	jobs=()
	mkdir "$RIG_SCRATCH/"{lower,upper,work,merged}
	mount -t overlay -o "lowerdir=$RIG_SCRATCH/lower,upperdir=$RIG_SCRATCH/upper,workdir=$RIG_SCRATCH/work" overlay "$merged"
	churning a 12
	claiming a b --pid "$churn_pid" "$churn_range"
	claiming b c --file "$file"
	while [ "$SECONDS" -lt "$until" ]; do
		n=$((n + 1))
		in_group c dd if=/dev/zero of="$RIG_SCRATCH/lower/$n" bs=1M count=1 status=none
		new_group "gone$n"
		in_group "gone$n" dd if=/dev/zero of="$mnt/gone$n" bs=1M count=1 status=none
		swapoff "$RIG_SWAP"
		memcgctl claim --to /b --file "$merged/$n" >/dev/null 2>&1 &
		in_group a tee -a "$merged/$n" <<<"copied up" >/dev/null
		wait $! || :
		swapon "$RIG_SWAP"
		memcgctl claim --to /c --from "/gone$n" >/dev/null 2>&1 &
		rmdir "$cg/gone$n"
		wait $! || :
		rm "$mnt/gone$n" "$merged/$n"
	done
	umount "$merged"
	rm -r "$RIG_SCRATCH/"{lower,upper,work,merged}
	end_all
	[ "$n" -gt 0 ]
	none_dying
}

@test "claim: rmmod while claims run" {
	local n=0
	jobs=()
	churning a 7
	claiming a b --pid "$churn_pid" "$churn_range"
	while [ "$SECONDS" -lt "$until" ]; do
		memcgctl claim --to /c --file "$file" >/dev/null 2>&1 &
		rmmod memcgctl && n=$((n + 1))
		module_load
		wait $! || :
	done
	# Told so while the module was away.
	wait "${jobs[@]}" || :
	rm -f "$BATS_TEST_TMPDIR/failed"
	end_all
	[ "$n" -gt 0 ]
}
