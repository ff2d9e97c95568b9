# SPDX-License-Identifier: GPL-2.0-only
#
# What it can do, shown.

$(BUILD)/demo/%: tests/demo/%.c
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $<

.PHONY: demo demo-programs
demo-programs: $(BUILD)/demo/ring
demo: ## see it work on PostgreSQL, a memfd ring and a dentry storm, in a virtual machine (KERNEL=)
	@$(RIG)/install-deps build test
	@$(MAKE) --no-print-directory -s stage bench-programs demo-programs
	@tests/demo/run
