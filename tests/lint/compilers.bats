#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# limit: 400
#
# Both compilers build it, and find nothing to warn of.

build_with() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	nice make -s CC="$1" BUILD="$BATS_TEST_TMPDIR/build" WERROR=1 all
	"$BATS_TEST_TMPDIR/build/memcgctl" --version
}

@test "gcc builds it without a warning" {
	build_with gcc
}

@test "clang builds it without a warning" {
	build_with clang
}
