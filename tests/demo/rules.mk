# SPDX-License-Identifier: GPL-2.0-only
#
# What it can do, shown.

.PHONY: demo
demo: ## see it work on PostgreSQL and on a dentry storm, in a virtual machine (KERNEL=)
	@$(RIG)/install-deps build test
	@$(MAKE) --no-print-directory -s stage bench-programs
	@tests/demo/run
