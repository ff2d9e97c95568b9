#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
# shellcheck disable=SC2154 # cg is set by lib.bash, mnt by show.bash
#
# show on real groups, against a naive count of every page table entry that shares no code with it.

load lib
load show
bats_require_minimum_version 1.5.0

setup() {
	log_begin
	show_setup
	module_load
}

teardown() {
	remove_groups
	[[ $(</proc/swaps) != *"$RIG_SWAP"* ]] || swapoff "$RIG_SWAP"
	echo 2 >/sys/kernel/mm/ksm/run
	echo 0 >/proc/sys/vm/nr_hugepages
	# The last one mounted is the first to go.
	awk -v dir="$BATS_TEST_TMPDIR/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | tac | xargs -r umount
}

@test "show: files, private copies, fork and holes agree with a naive count" {
	new_tmpfs 1 never
	new_group show1
	new_group show2
	new_group show2/a
	new_group show2/b
	in_group show1 dd if=/dev/urandom of="$mnt/file" bs=4k count=600 status=none
	in_group show2/a dd if=/dev/urandom of="$mnt/file" bs=4k count=300 seek=600 status=none
	truncate -s 20M "$mnt/sparse"

	# Everywhere, in windows that overlap, in holes, and as private mappings with copies.
	hold_in show1 "shared:$mnt/file:0:900:1" "shared:$mnt/file:100:500:3" "shared:$mnt/sparse:0:5000:97"
	hold_in show2/a "shared:$mnt/file:0:900:1" "private:$mnt/file:300:600:7" "anon:2000:3" \
		"fork:$cg/show2/b:5" "fork:$cg/show1:0"
	hold_in show2/b "shared:$mnt/file:450:450:2" "shared:$mnt/sparse:2000:3000:1" "private:$mnt/file:0:900:0"
	compare

	grep -q '^file,.*/show1 24[0-9]*;/show2/a' "$BATS_TEST_TMPDIR/naive"
}

@test "show: memfd, System V segments, shared and huge anonymous memory agree with a naive count" {
	new_group show1
	new_group show2
	hold_in show1 memfd:one:700 "fork:$cg/show2:0" sysv:100 "fork:$cg/show2:3" zero:300 "fork:$cg/show2:2" \
		huge:1024 "fork:$cg/show2:300"
	hold_in show2 memfd:one:300 sysv:50 zero:10 huge:512 anon:3000:0
	hold_in show2 memfd:one:300 "fork:$cg/show2:0" "fork:$cg/show2:0"
	# What one has is left with its old group.
	tail -n 1 "$cg/show2/cgroup.procs" >"$cg/show1/cgroup.procs"
	compare
	grep -q '^cell,/show2,/show1,' "$BATS_TEST_TMPDIR/shown"
}

@test "show: huge pages of a file agree with a naive count" {
	new_tmpfs 1 always
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/zero of="$mnt/file" bs=2M count=3 status=none
	hold_in show1 "shared:$mnt/file:0:1536:1"
	hold_in show2 "shared:$mnt/file:512:1024:1" "private:$mnt/file:0:700:9"
	compare
	# All of it is charged to the group that wrote it, which 6.1 tells of the first page only.
	grep -q '^file,.*,6291456,.*,/show1 6291456,' "$BATS_TEST_TMPDIR/shown"
}

# xfs reads into large folios on all kernels.
@test "show: large folios that are mapped in parts agree with a naive count" {
	new_tmpfs 1 never
	new_group show1
	new_group show2
	modprobe loop
	truncate -s 400M "$mnt/disk"
	mkfs.xfs -q "$mnt/disk"
	mkdir "$mnt/xfs"
	mount -o loop "$mnt/disk" "$mnt/xfs"
	file=$mnt/xfs/file
	dd if=/dev/urandom of="$file" bs=1M count=8 status=none
	# It is read anew, and nothing but it: a few pages at a time.
	umount "$mnt/xfs"
	mount -o loop "$mnt/disk" "$mnt/xfs"
	blockdev --setra 32 "$(findmnt -no SOURCE "$mnt/xfs")"
	in_group show1 dd if="$file" of=/dev/null bs=16k status=none
	hold_in show1 "read:$file:0:2048:1"
	# Some of what is beside each other, and so little that no count of mappings tells who.
	hold_in show2 "read:$file:0:1500:40" "read:$file:0:2048:2000"
	hold_in show2 "private:$file:1000:1000:7" "fork:$cg/show1:3"
	hold_in show1 "shared:$file:500:800:3"
	compare
	kill_group show1
	kill_group show2
	umount "$mnt/xfs"
}

@test "show: swapped, merged and reserved huge pages, and owners that are gone, agree with a naive count" {
	new_tmpfs 1 never
	new_group show1
	new_group show2
	new_group show3
	new_group show3/gone
	swapon "$RIG_SWAP"
	# What is on swap is no page. Some has come back, of what one maps and of what two do.
	hold_in show1 anon:400:1 pageout again:4 memfd:one:400 pageout again:3 "fork:$cg/show2:7"
	hold_in show2 anon:300:1 "fork:$cg/show1:5" pageout
	[ "$(<"$cg/show1/memory.swap.current")" -ge $((400 * 4096)) ]

	echo 1000 >/sys/kernel/mm/ksm/pages_to_scan
	echo 1 >/sys/kernel/mm/ksm/run
	hold_in show1 anon:100:1 same
	hold_in show2 anon:50:1 same
	for ((n = 0; n < 300; n++)); do
		[ "$(</sys/kernel/mm/ksm/pages_sharing)" -lt 149 ] || break
		sleep 0.2
	done
	[ "$(</sys/kernel/mm/ksm/pages_sharing)" = 149 ]
	echo 0 >/sys/kernel/mm/ksm/run

	echo 4 >/proc/sys/vm/nr_hugepages
	hold_in show1 huge-file:1024 "fork:$cg/show2:600"

	in_group show3/gone dd if=/dev/urandom of="$mnt/file" bs=4k count=300 status=none
	hold_in show1 "shared:$mnt/file:0:300:1"
	rmdir "$cg/show3/gone"
	compare
	# Its heir lends it.
	grep -E "^file,.*,/show3 [0-9]+,/show1 [0-9]+$" "$BATS_TEST_TMPDIR/naive"
}

# processes [OPTION]: how many there are in show1 and in show2.
processes() {
	memcgctl show --csv "$@" | tr -d '\r' | awk -F , '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 ~ /^\/show[12]$/ { print $1, $at["processes"] }' | sort
}

@test "show: many processes that share all" {
	new_tmpfs 1 never
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/zero of="$mnt/file" bs=4k count=2000 status=none
	steps=("shared:$mnt/file:0:2000:1")
	for ((i = 0; i < 20; i++)); do
		steps+=("fork:$cg/show$((i % 2 + 1)):1")
	done
	hold_in show1 "${steps[@]}"
	compare
	# One that has ended, which nobody has waited for, is none any more.
	(echo "$BASHPID" >"$cg/show2/cgroup.procs" && exec sh -c ': & exec sleep 100') 3>&- &
	until grep -qs ") Z $! " /proc/[0-9]*/stat; do sleep 0.1; done
	for how in "" --procfs; do
		run processes $how
		echo "$how: $output"
		[ "$output" = $'/show1 11\n/show2 11' ]
	done
}

# The module's answer comes in tables of bounded size; these are more than one holds.
@test "show: thousands of files, and of mappings of one file, by the module as from /proc" {
	new_tmpfs 1 never
	mkdir "$mnt/many"
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/zero of="$mnt/file" bs=4k count=10 status=none
	hold_in show1 "files:$mnt/many:4500"
	hold_in show1 "again-and-again:$mnt/file:2100"
	hold_in show2 "again-and-again:$mnt/file:2100" "shared:$mnt/file:0:10:1"
	shown_files --procfs | ours >"$BATS_TEST_TMPDIR/procfs"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/procfs")" -ge 4501 ]
	shown_files | ours | diff - "$BATS_TEST_TMPDIR/procfs"
}

# rows FILE: what is about the groups of the test.
rows() {
	grep /show1 "$1" | sort
}

@test "show: what is not asked for is left out by the module, and the rest is the same" {
	module_load
	new_tmpfs 1 never
	for group in show1 show1/a show1/b show2; do
		new_group $group
	done
	in_group show1/a dd if=/dev/zero of="$mnt/file" bs=4k count=600 status=none
	in_group show2 dd if=/dev/zero of="$mnt/theirs" bs=4k count=300 status=none
	in_group show2 dd if=/dev/zero of="$mnt/small" bs=4k count=20 status=none
	hold_in show1/b "shared:$mnt/file:0:300:1" "shared:$mnt/theirs:0:200:1" "shared:$mnt/small:0:20:1" anon:100:1
	hold_in show2 "shared:$mnt/file:100:500:1" "shared:$mnt/theirs:0:300:1" anon:100:1
	for option in "" --matrix "--matrix --all"; do
		# shellcheck disable=SC2086 # none or some
		memcgctl show --csv $option >"$BATS_TEST_TMPDIR/all"
		# shellcheck disable=SC2086 # none or some
		memcgctl show --csv $option /show1 >"$BATS_TEST_TMPDIR/some"
		[ "$(rows "$BATS_TEST_TMPDIR/all" | wc -l)" -ge 3 ]
		diff <(rows "$BATS_TEST_TMPDIR/all") <(rows "$BATS_TEST_TMPDIR/some")
	done
	# Both have the same group above them, which is the filter.
	memcgctl show --csv /show1/a /show1/b >"$BATS_TEST_TMPDIR/some"
	diff <(memcgctl show --csv | grep -E '^/show1/[ab],') <(grep /show1 "$BATS_TEST_TMPDIR/some")

	memcgctl show --files --all --csv | awk -F , -v mnt="$mnt/" 'index($1, mnt) && $5 >= 1048576' >"$BATS_TEST_TMPDIR/all"
	memcgctl show --files --all --csv --min 1M | grep -F "$mnt/" >"$BATS_TEST_TMPDIR/some"
	diff "$BATS_TEST_TMPDIR/all" "$BATS_TEST_TMPDIR/some"
	grep "$mnt/theirs" "$BATS_TEST_TMPDIR/some"
	run ! grep "$mnt/small" "$BATS_TEST_TMPDIR/some"

	# And it is the module that leaves it out.
	[ "$(attribution | grep ^files | cut -c 7-)" -ge 4 ]
	attribution min $((1 << 60)) >"$BATS_TEST_TMPDIR/cells"
	grep -x 'files 0' "$BATS_TEST_TMPDIR/cells"
	grep -x "cell /show2 /show1/b $((220 * 4096))" "$BATS_TEST_TMPDIR/cells"
	attribution | grep -q '^cell /show2 /show2 '
	attribution subtree /show1 >"$BATS_TEST_TMPDIR/cells"
	grep -q '^cell /show2 /show1/b ' "$BATS_TEST_TMPDIR/cells"
	# What they map together is among what show1 maps; what is show2's alone is not.
	[ "$(sed -n 's,^cell /show2 /show2 ,,p' "$BATS_TEST_TMPDIR/cells")" = $((200 * 4096)) ]
	run ! grep -E '^cell (/|/show2) /( |$)' "$BATS_TEST_TMPDIR/cells"
	attribution file "$mnt/theirs" >"$BATS_TEST_TMPDIR/cells"
	[ "$(sort "$BATS_TEST_TMPDIR/cells" | paste -sd ,)" = "cell /show2 /show1/b $((200 * 4096)),cell /show2 /show2 $((300 * 4096)),files 1" ]
}

@test "show: a file that nobody maps has an owner, by the module" {
	module_load
	new_tmpfs 1 never
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/zero of="$mnt/file" bs=4k count=100 status=none
	run -0 memcgctl show --csv "$mnt/file"
	[[ $output == *$'\n'"/show1,$((100 * 4096)),0"* ]]
	memcgctl show --json "$mnt/file" | grep -F "\"file\": \"$mnt/file\""
	run -1 memcgctl show --procfs "$mnt/file"
	hold_in show2 "shared:$mnt/file:0:30:1"
	run -0 memcgctl show --csv "$mnt/file"
	[[ $output == *"/show1,$((100 * 4096)),0"* && $output == *"/show2,0,$((30 * 4096))"* ]]
	: >"$mnt/empty"
	run -1 memcgctl show "$mnt/empty"
	[[ $output == *"nothing of it is in memory"* ]]
}

@test "show: one process: who pays for what it maps, and who else maps that" {
	new_tmpfs 1 never
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/zero of="$mnt/file" bs=4k count=600 status=none
	hold_in show2 "shared:$mnt/file:0:300:1" "shared:$mnt/file:500:100:1" anon:200:2 "fork:$cg/show1:8"
	read -r pid <"$cg/show2/cgroup.procs"
	hold_in show1 "shared:$mnt/file:0:450:1" anon:300:1
	# But for the pages of the kernel itself.
	rss=$(awk '/^[0-9a-f]+-/ { own = !/\[v/ } /^Rss:/ && own { n += $2 } END { print n * 1024 }' "/proc/$pid/smaps")
	echo "rss $rss"
	memcgctl show --csv "pid:$pid" >"$BATS_TEST_TMPDIR/parts"
	memcgctl show --csv "pid:$pid" --files >"$BATS_TEST_TMPDIR/files"
	cat "$BATS_TEST_TMPDIR"/{parts,files}
	# All that it has in memory, and nothing else.
	[ "$(awk -F , '$1 == "/show2" { print $3 }' "$BATS_TEST_TMPDIR/parts")" = "$rss" ]
	[ "$(awk -F , 'NR > 1 { n += $5 } END { print n }' "$BATS_TEST_TMPDIR/files")" = "$rss" ]
	grep -qF ",$((600 * 4096)),$((400 * 4096)),$((300 * 4096)),/show1 $((400 * 4096)),\"/show2 $((400 * 4096)),/show1 $((300 * 4096))\"" "$BATS_TEST_TMPDIR/files"
	# What the child has not copied since it shares.
	grep -q '^(private memory),.*,"/show2 [0-9]*,/show1 [0-9]*"' "$BATS_TEST_TMPDIR/files"
	memcgctl show --json "pid:$pid" | grep -F '"file": "(private memory)"'
	run ! memcgctl show "pid:$pid" /show1
	[[ $output == *"a process is shown alone"* ]]
	run -4 memcgctl show pid:4000000
	run -1 memcgctl show pid:2
	[[ $output == *"a thread of the kernel"* ]]
	run -6 setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl show "pid:$pid"
}

@test "show: one file of two overlays" {
	new_tmpfs 1 never
	mkdir "$mnt"/{lower,upper1,upper2,work1,work2,merged1,merged2}
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/urandom of="$mnt/lower/file" bs=4k count=300 status=none
	modprobe overlay
	for i in 1 2; do
		mount -t overlay -o "lowerdir=$mnt/lower,upperdir=$mnt/upper$i,workdir=$mnt/work$i" "show$i" "$mnt/merged$i"
	done
	hold_in show1 "private:$mnt/merged1/file:0:300:0" "private:$mnt/merged1/file:0:150:2"
	hold_in show2 "private:$mnt/merged2/file:0:200:0" "private:$mnt/merged2/file:0:100:3"
	# The module tells of what is in memory, and that is one file.
	compare "$(stat -c %d "$mnt/merged2/file")"
	[ "$(awk -F , '$1 == "group" && $2 == "/show2" { print $4 }' "$BATS_TEST_TMPDIR/shown")" -ge $((150 * 4096)) ]
	memcgctl show "$mnt/merged2/file" | grep '^/show2'
}

@test "show: charged is what the kernel counts" {
	new_group show1
	new_group show1/a
	hold_in show1/a anon:2000:1
	# At rest only what is held back for each CPU moves.
	for _ in 1 2 3; do
		before=$(mem_current show1)
		charged=$(memcgctl show --csv /show1 | awk -F , '$1 == "/show1" { print $3 }')
		after=$(mem_current show1)
		[ "$before" != "$after" ] || break
	done
	[ "$before $charged" = "$after $before" ]
}

# figure NAME GROUP: of the table of kinds.
figure() {
	tr -d '\r' <"$BATS_TEST_TMPDIR/kinds" | awk -F , -v name="$1" -v group="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == group { print $at[name] }'
}

@test "show: kinds of memory are those of memory.stat, and what is orphaned is told" {
	new_tmpfs 1 never
	new_group show1
	new_group show2
	in_group show1 dd if=/dev/zero of="$mnt/file" bs=4k count=100 status=none
	hold_in show2 "shared:$mnt/file:0:100:1" anon:200:0
	memcgctl show --kinds --csv >"$BATS_TEST_TMPDIR/kinds"
	cat "$BATS_TEST_TMPDIR/kinds"
	for group in show1 show2; do
		for kind in anon shmem file kernel sock; do
			[ "$(figure $kind /$group)" = "$(awk -v kind=$kind '$1 == kind { print $2 }' "$cg/$group/memory.stat")" ]
		done
		[ "$(figure swap /$group)" = "$(cat "$cg/$group/memory.swap.current")" ]
	done
	[ "$(figure shmem /show1)" -ge 409600 ]
	[ "$(figure orphaned /show1)" = 409600 ]
	# What it says that it is ready with, and has not open any more.
	[ "$(figure orphaned /show2)" = "$(figure shmem /show2)" ]
	[ -z "$(figure orphaned /)" ]
	rmmod memcgctl
	memcgctl show --kinds --csv >"$BATS_TEST_TMPDIR/kinds"
	[ "$(figure anon /show2)" = "$(awk '$1 == "anon" { print $2 }' "$cg/show2/memory.stat")" ]
	[ -z "$(figure orphaned /show1)" ]
	module_load
}

@test "show: hostile names" {
	new_group show1
	new_group $'show2\e[31m\xff,"'
	hold_in $'show2\e[31m\xff,"' $'memfd:\e]0;x\a\xfe:10' "fork:$cg/show1:0"
	# And one that hardly fits in a path.
	new_tmpfs 1 never
	(
		cd "$mnt"
		for ((i = 0; i < 18; i++)); do
			mkdir "$(printf %0218d $i)"
			cd "$(printf %0218d $i)"
		done
		truncate -s 4k file
		hold_in show1 shared:file:0:1:1
	)
	memcgctl show --files --all >"$BATS_TEST_TMPDIR/table"
	grep -q '/0*17/file ' "$BATS_TEST_TMPDIR/table"
	{
		memcgctl show
		memcgctl show --files
		memcgctl show --files --json
	} >>"$BATS_TEST_TMPDIR/table"
	run ! grep -P '[\x00-\x09\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/table"
	grep -F 'show2\x1b[31m\xff,"' "$BATS_TEST_TMPDIR/table"
	grep -F '/memfd:\x1b]0;x\x07\xfe (deleted)' "$BATS_TEST_TMPDIR/table"
}

@test "show: without privilege, and in a namespace" {
	new_group show1
	new_group show1/in
	new_group show1/other
	hold_in show1/other memfd:secret:100
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl show
	[[ $output == *"incomplete: processes that may not be read:"*"no page frame numbers"* ]]
	setpriv --reuid 65534 --regid 65534 --clear-groups memcgctl show --files --all >"$BATS_TEST_TMPDIR/table" 2>&1
	run ! grep secret "$BATS_TEST_TMPDIR/table"

	# In a cgroup namespace, what is outside has no name; the processes of this PID namespace are seen.
	in_group show1/in unshare --cgroup --mount bash -c '
		umount /sys/fs/cgroup
		mount -t cgroup2 none /sys/fs/cgroup
		memcgctl show --csv' >"$BATS_TEST_TMPDIR/table"
	grep '^/,' "$BATS_TEST_TMPDIR/table"
	grep '^(outside),' "$BATS_TEST_TMPDIR/table"
	run ! grep show1 "$BATS_TEST_TMPDIR/table"
	# Those of another one are not.
	in_group show1/in unshare --pid --fork --mount-proc memcgctl show --procfs 2>&1 >/dev/null | grep hidden
}

@test "show: under load" {
	new_group show1
	in_group show1 stress-ng --quiet --fork 2 --vm 2 --vm-bytes 32M --mmap 1 --mmap-bytes 8M --timeout 20 3>&- &
	for ((i = 0; i < 15; i++)); do
		memcgctl show --json >/dev/null
		memcgctl show --files --all >/dev/null
	done
	kill_group show1
	wait
}
