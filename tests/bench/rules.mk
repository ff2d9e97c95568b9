# SPDX-License-Identifier: GPL-2.0-only
#
# What a limit and a claim cost, in instructions.

BENCH := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $(filter %.c %.a,$^) $(BENCH_LIBS)

$(BUILD)/bench/claim $(BUILD)/bench/limits $(BUILD)/bench/refresh: $(BUILD)/libmemcgctl.a
$(BUILD)/bench/claim $(BUILD)/bench/limits $(BUILD)/bench/refresh: BENCH_LIBS = $(call pkg-libs,$(LIB_PKGS))

.PHONY: bench bench-programs
bench-programs: $(BENCH)

bench: ## count instructions with and without limits, and of a claim (KERNELS=, ROUNDS=)
	@$(RIG)/install-deps build test
	@$(MAKE) --no-print-directory -s stage bench-programs
	@tests/bench/run
