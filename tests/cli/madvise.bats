#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status and output are set by run
# The calls for programs, as far as they need no module: memcg_madvise(3) and its example.

load lib

setup_file() {
	export DEST=$BATS_FILE_TMPDIR/dest
	make -s -C "$BATS_TEST_DIRNAME/../.." install DESTDIR="$DEST" PREFIX=/opt/mcg
}

@test "the program of the manual page is built with pkg-config, and says what is missing" {
	local flags
	"$BATS_TEST_DIRNAME/example" "$DEST/opt/mcg/share/man/man3/memcg_madvise.3" >"$BATS_TEST_TMPDIR/example.c"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/example.c")" -gt 20 ]
	export PKG_CONFIG_PATH=$DEST/opt/mcg/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$DEST
	flags=$(pkg-config --cflags --libs libmemcgctl)
	# shellcheck disable=SC2086
	cc -Wall -Wextra -Werror -o "$BATS_TEST_TMPDIR/example" "$BATS_TEST_TMPDIR/example.c" $flags
	head -c 65536 /dev/zero >"$BATS_TEST_TMPDIR/file"
	LD_LIBRARY_PATH=$DEST/opt/mcg/lib run "$BATS_TEST_TMPDIR/example" "$BATS_TEST_TMPDIR/file"
	[ "$status" = 3 ]
	[ "$output" = "example: load the module first: modprobe memcgctl" ]
}

@test "every call and every error of the page is in the header, and every call of the header in the page" {
	local page=$ROOT/man/memcg_madvise.3 header=$ROOT/lib/memcgctl.h word
	diff <(sed -n 's/^\.Fn \(memcg_[a-z_]*\) .*/\1/p' "$page" | sort) \
		<(grep -o '^MCG_API int memcg_[a-z_]*' "$header" | sed 's/.* //' | sort)
	diff <(sed -n 's/^\.It Dv \(MADV_[A-Z_]*\)$/\1/p' "$page") \
		<(sed -n 's/^#define \(MADV_MEMCG_[A-Z]*\) .*/\1/p' "$ROOT/module/uapi/memcgctl.h")
	while read -r word; do
		grep -q "^\.It Bq Er $word$" "$page"
	done < <(sed -n '/^ \* memcg_/,$p' "$header" | grep -oE '\bE[A-Z]{4,}\b' | sort -u)
}
