# SPDX-License-Identifier: GPL-2.0-only
#
# The targets that run something. What they need is installed by tests/rig/install-deps.

KERNEL ?= 6.12
RIG := tests/rig

# What a guest finds in its /usr/local: a real installation.
.PHONY: stage
stage: all
	@rm -rf $(BUILD)/stage
	@$(MAKE) --no-print-directory -s install DESTDIR=$(abspath $(BUILD))/stage PREFIX=/usr/local

.PHONY: shell
shell: ## a virtual machine with the module loaded and memcgctl on PATH (KERNEL=)
	@$(RIG)/install-deps build test lint
	@$(MAKE) --no-print-directory -s stage
	@$(RIG)/build-module $(KERNEL)
	@$(RIG)/vm --timeout 86400 $(KERNEL)

# Programs that tests run: the folders of tests add theirs. What holds mappings for show has no pages in
# common with what observes it.
HELPER_FLAGS_hold := -static
HELPERS := $(patsubst tests/kernel/helpers/%.c,$(BUILD)/helpers/%,$(wildcard tests/kernel/helpers/*.c))
$(BUILD)/helpers/%: tests/kernel/helpers/%.c $(BUILD)/libmemcgctl.a
	@mkdir -p $(@D)
	$(COMPILE) $(HELPER_FLAGS_$*) -o $@ $< -pthread -Wl,--as-needed -lm \
		$(if $(HELPER_FLAGS_$*),,$(BUILD)/libmemcgctl.a $(call pkg-libs,$(LIB_PKGS)))

# The program in a manual page, as a reader would build it.
STAGED_PKG_CONFIG = PKG_CONFIG_SYSROOT_DIR=$(abspath $(BUILD))/stage \
	PKG_CONFIG_PATH=$(abspath $(BUILD))/stage/usr/local/lib/pkgconfig $(PKG_CONFIG)
HELPERS += $(BUILD)/helpers/memcg_madvise-example
$(BUILD)/helpers/memcg_madvise-example: man/memcg_madvise.3 tests/cli/example | stage
	@mkdir -p $(@D)
	tests/cli/example $< >$@.c
	$(CC) -Wall -Wextra -Werror -o $@ $@.c $$($(STAGED_PKG_CONFIG) --cflags --libs libmemcgctl)

.PHONY: test-programs test
test-programs: $(HELPERS)

test: ## every test, on every supported kernel (SUITES=, KERNELS=, VARIANTS=, FILES= narrow it)
	@$(RIG)/install-deps build test lint
	@$(MAKE) --no-print-directory -s all stage test-programs
	@$(RIG)/test $(SUITES)

# Runs of their own: too long for every change. The last result of each is kept in tests/results.
SOAK_SECONDS ?= 300
.PHONY: debug-test soak
debug-test: export KERNELS := debug
debug-test: ## every kernel test on the debug kernel (KASAN, lockdep, kmemleak); built on first use
soak: export VARIANTS := parallel
soak: export SOAK_SECONDS := $(SOAK_SECONDS)
soak: ## the parallel tests on every kernel, each loop for SOAK_SECONDS
debug-test soak: export RESULTS = $(abspath $(BUILD))/results-$@
debug-test soak:
	@$(RIG)/install-deps build test lint
	@$(MAKE) --no-print-directory -s all stage test-programs
	@status=0; $(RIG)/test kernel || status=$$?; $(RIG)/record $(@:-test=); exit $$status
