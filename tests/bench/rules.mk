# SPDX-License-Identifier: GPL-2.0-only
#
# What a limit, a claim and the views cost.

BENCH := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $(filter %.c %.a,$^) $(BENCH_LIBS)

$(BUILD)/bench/claim $(BUILD)/bench/limits $(BUILD)/bench/refresh: $(BUILD)/libmemcgctl.a
$(BUILD)/bench/claim $(BUILD)/bench/limits $(BUILD)/bench/refresh: BENCH_LIBS = $(call pkg-libs,$(LIB_PKGS))

.PHONY: bench bench-programs
bench-programs: $(BENCH)

bench: ## what limits, claims and views cost, counted in instructions or taken natively (KERNELS=, ROUNDS=)
	@$(RIG)/install-deps build test bench
	@$(MAKE) --no-print-directory -s stage bench-programs
	@tests/bench/run
