# SPDX-License-Identifier: GPL-2.0-only
#
# Lint is in pieces; `make -k lint` runs them all even when one fails.

LINT_C := $(wildcard cmd/*.[ch] lib/*.[ch] module/*.[ch] module/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch] \
	tests/*/*/*/*.[ch])
# Sparse needs some kernel's headers: those of KDIR, or else the newest that are installed.
LINT_KDIR = $(firstword $(wildcard $(KDIR)) $(lastword $(sort $(wildcard /lib/modules/*/build))) $(KDIR))
# The commands lie between two symbols of the linker, which cppcheck takes for two arrays.
CPPCHECK := cppcheck --quiet --std=c11 --enable=warning,portability,performance --error-exitcode=1 \
	--template='{file}:{line}: {message} [{id}]' --inline-suppr --suppress=comparePointers

LINT := lint-deps lint-layers lint-format lint-sparse lint-cppcheck lint-shell lint-man
.PHONY: lint format $(LINT)
lint: $(LINT) ## check layers, style, sparse, cppcheck, shellcheck and man pages

lint-deps:
	tests/rig/install-deps build test lint
$(filter-out lint-deps,$(LINT)): | lint-deps

lint-layers:
	bats tests/lint

lint-format:
	@status=0; for file in $(LINT_C); do \
		clang-format $$file | cmp -s - $$file && continue; \
		echo "$$file: not in the style of .clang-format (make format)"; status=1; \
	done; exit $$status

format: ## put the C sources into the kernel's style
	clang-format -i $(LINT_C)

# Not who locks and unlocks: a walk of page tables ends with a lock that was taken behind a pointer, which sparse does not see.
lint-sparse:
	$(MAKE) --no-print-directory module KDIR=$(LINT_KDIR) BUILD=$(BUILD)/sparse C=2 CF="-Wsparse-error -Wno-context"

lint-cppcheck:
	$(CPPCHECK) -Ilib -Icmd -Imodule cmd lib tests/unit

lint-shell:
	tests/lint/shell

lint-man:
	@# Which other manuals this machine has says nothing about ours.
	@! mandoc -T lint -W style $(wildcard man/*.[1-9]) 2>&1 | \
		grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
