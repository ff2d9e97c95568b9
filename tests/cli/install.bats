#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154 # status, output and error are set by lib.bash
# make install: what a package would contain, and that a program can be built with it.

load lib

setup_file() {
	export DEST=$BATS_FILE_TMPDIR/dest
	make -s -C "$BATS_TEST_DIRNAME/../.." install DESTDIR="$DEST" PREFIX=/opt/mcg
}

@test "commands, links, pages and completions" {
	local name prefix=$DEST/opt/mcg
	[ -x "$prefix/bin/memcgctl" ]
	[ -e "$prefix/share/man/man7/memcgctl.7" ]
	[ -e "$prefix/share/man/man8/memcgctl.8" ]
	[ -e "$prefix/share/zsh/site-functions/_memcgctl" ]
	while read -r name; do
		run "$prefix/bin/memcg-$name" --help
		[ "$status" = 0 ]
		[[ ${lines[0]} == "usage: memcgctl $name"* ]]
		[ -e "$prefix/share/man/man8/memcgctl-$name.8" ]
		[ -e "$prefix/share/bash-completion/completions/memcg-$name" ]
		[ -e "$prefix/share/fish/vendor_completions.d/memcg-$name.fish" ]
	done < <("$prefix/bin/memcgctl" complete -- '' | cut -f 1)
}

@test "nothing outside of the prefix, nothing that leads outside, nothing that others may write" {
	[ "$(ls "$DEST")" = opt ]
	[ "$(ls "$DEST/opt")" = mcg ]
	run find "$DEST" -xtype l
	[ -z "$output" ]
	run find "$DEST" ! -type l -perm /022
	[ -z "$output" ]
	run grep -rlI "$DEST" "$DEST"
	[ "$status" = 1 ]
}

@test "a program built with pkg-config, shared and static" {
	local flags
	cat >"$BATS_TEST_TMPDIR/program.c" <<-'END'
		#include <memcgctl.h>
		#include <stdio.h>

		int main(void)
		{
			struct mcg_error err = { .status = MCG_OK };
			struct mcg_module *module = mcg_module_open(&err);

			puts(mcg_version());
			mcg_module_close(module);
			return err.status;
		}
	END
	export PKG_CONFIG_PATH=$DEST/opt/mcg/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$DEST
	flags=$(pkg-config --cflags --libs libmemcgctl)
	# shellcheck disable=SC2086
	cc -std=c99 -Wall -Wextra -Werror -o "$BATS_TEST_TMPDIR/shared" "$BATS_TEST_TMPDIR/program.c" $flags
	LD_LIBRARY_PATH=$DEST/opt/mcg/lib run "$BATS_TEST_TMPDIR/shared"
	[ "$status" = 3 ]
	[[ $output =~ ^[0-9]+\.[0-9]+ ]]
	cc -o "$BATS_TEST_TMPDIR/static" -I"$DEST/opt/mcg/include/memcgctl" "$BATS_TEST_TMPDIR/program.c" \
		"$DEST/opt/mcg/lib/libmemcgctl.a" -lmnl -lcgroup -ljansson
	run "$BATS_TEST_TMPDIR/static"
	[ "$status" = 3 ]
}

@test "the shared library shows what the header declares, and nothing else" {
	diff <(nm -D --defined-only "$DEST/opt/mcg/lib/libmemcgctl.so.0" | awk '{ print $3 }' | sort) \
		<(grep -A1 '^MCG_API' "$ROOT/lib/memcgctl.h" | grep -oE '(mcg|memcg)_[a-z_]*\(' | tr -d '(' | sort -u)
}

@test "the library neither prints nor exits" {
	run bash -c 'nm -u "$1" | awk "/ U / { print \$2 }" | grep -xE "printf|puts|putchar|perror|exit|_exit|abort|err|warn|error|stdout|stderr|__printf_chk"' - \
		"$DEST/opt/mcg/lib/libmemcgctl.a"
	[ -z "$output" ]
}
