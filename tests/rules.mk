# SPDX-License-Identifier: GPL-2.0-only
#
# The targets that run something. What they need is installed by tests/rig/install-deps.

KERNEL ?= 6.12
RIG := tests/rig

# What a guest finds in its /usr/local: a real installation.
.PHONY: stage
stage: all
	@$(MAKE) --no-print-directory -s install DESTDIR=$(abspath $(BUILD))/stage PREFIX=/usr/local

.PHONY: shell
shell: ## a virtual machine with the module loaded and memcgctl on PATH (KERNEL=)
	@$(RIG)/install-deps build test
	@$(MAKE) --no-print-directory -s stage
	@$(RIG)/build-module $(KERNEL)
	@$(RIG)/vm --timeout 86400 $(KERNEL)
