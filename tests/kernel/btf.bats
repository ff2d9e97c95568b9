#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 400
#
# What the module declares by hand is what the kernel has, said by bpftool and not by the module; and a module
# that was built for something else refuses the feature.
# shellcheck disable=SC2094,SC2086,SC2154 # lib.bash and stress.bash set them

load lib
load stress

# built: the declarations that this kernel's module was built with, as a line NAME<tab>TEXT each.
built() {
	local name text
	while IFS=$'\t' read -r name text; do
		# Two may have the same text, of which a kernel has but one.
		! LC_ALL=C grep -qaF -- "$text" "$MODULE" || ! LC_ALL=C grep -qaP -- "$name\\x00" "$MODULE" || printf '%s\t%s\n' "$name" "$text"
	done <"$BATS_FILE_TMPDIR/protos"
}

setup_file() {
	# P(ret, name, type, type): the texts the way bpftool's dump yields them.
	sed -n 's/.*P(\(.*\)).*/\1/p' "$BATS_TEST_DIRNAME"/../../module/compat/proto.h | grep -v '^P$' |
		awk -F ', ' '{ args = ""; for (i = 3; i <= NF; i++) args = args (i > 3 ? ", " : "") $i
			print $2 "\t" $1 "(" args ")" }' >"$BATS_FILE_TMPDIR/protos"
	# btf_member_offset("struct", "member")
	cat "$BATS_TEST_DIRNAME"/../../module/*.c "$BATS_TEST_DIRNAME"/../../module/*/*.c |
		sed -n 's/.*btf_member_offset("\([a-z_]*\)", "\([a-z_]*\)").*/\1.\2/p' >"$BATS_FILE_TMPDIR/members"
	cut -f 1 "$BATS_FILE_TMPDIR/protos" | cat - "$BATS_FILE_TMPDIR/members" >"$BATS_FILE_TMPDIR/names"
	bpftool btf dump file /sys/kernel/btf/vmlinux format raw |
		gawk -v NAMES="$BATS_FILE_TMPDIR/names" -f "$BATS_TEST_DIRNAME/btf.awk" >"$BATS_FILE_TMPDIR/kernel"
	built >"$BATS_FILE_TMPDIR/built"
}

setup() {
	stress_setup
}

teardown() {
	stress_teardown
}

@test "every prototype declared by hand is the kernel's" {
	local name text status=0
	cat "$BATS_FILE_TMPDIR/kernel"
	[ "$(wc -l <"$BATS_FILE_TMPDIR/built")" -ge 3 ]
	while IFS=$'\t' read -r name text; do
		grep -qxF "$name"$'\t'"$text" "$BATS_FILE_TMPDIR/kernel" || {
			echo "differs: $name $text"
			status=1
		}
	done <"$BATS_FILE_TMPDIR/built"
	[ "$status" = 0 ]
}

@test "every member of a private struct is an array of long with room for its index" {
	local member line
	[ -s "$BATS_FILE_TMPDIR/members" ]
	while read -r member; do
		line=$(grep "^$member"$'\t' "$BATS_FILE_TMPDIR/kernel")
		echo "$line"
		[[ $line =~ (long|long\ int|atomic_long_t)\[([0-9]+)\]$ ]]
		[ "${BASH_REMATCH[2]}" -ge 35 ]
	done < <(grep '^memcg_vmstats' "$BATS_FILE_TMPDIR/members")
}

@test "a module built for another prototype refuses the feature and says which" {
	local name text wrong same
	module_unload
	while IFS=$'\t' read -r name text; do
		# The same length, so that it stays a module: another name for the last type.
		wrong=${text%??}"#)"
		[ "${#wrong}" = "${#text}" ]
		LC_ALL=C sed "s/${text//\*/[*]}/$wrong/" "$MODULE" >/tmp/wrong.ko
		run insmod /tmp/wrong.ko
		dmesg | grep -F "memcgctl: $name in this kernel is $text; built for $wrong"
		# The core cannot do without some; then it does not load at all.
		[ "$status" = 0 ] || continue
		# Those with the same text are all wrong now, and one is named.
		same=$(awk -F '\t' -v text="$text" '$2 == text { print $1 }' "$BATS_FILE_TMPDIR/built" | paste -sd '|')
		memcgctl status | grep -E "feature.*unavailable.*($same) has another signature"
		if memcgctl status | grep "kmem .*$name has another signature"; then
			new_group "wrong-$name"
			run memcgctl kmem limit "/wrong-$name" 8M
			[ "$status" = 1 ]
			[[ $output == *"$name has another signature"* ]]
		fi
		not_ours
		rmmod memcgctl
	done < <(awk -F '\t' '!seen[$2]++' "$BATS_FILE_TMPDIR/built")
	rm /tmp/wrong.ko
}
