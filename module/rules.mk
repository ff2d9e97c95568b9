# SPDX-License-Identifier: GPL-2.0-only
#
# The module is built from a copy of its sources below build/, one per kernel, so that the tree stays
# clean and several kernels can be built side by side. `cp -u` keeps Kbuild's own dependencies right.

# Not include/config/kernel.release: on Debian it may differ from what `uname -r` says.
KVER = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' $(KDIR)/include/generated/utsrelease.h)
MODULE_BUILD = $(BUILD)/module-$(KVER)
MODULE_SRC := module
# DEBUG_INFO=0: without what only a debugger wants, it is built in four fifths of the time and loads in a third.
KMAKE = $(MAKE) -C $(KDIR) M=$(abspath $(MODULE_BUILD)) \
	KCFLAGS='$(strip $(KCFLAGS) $(if $(filter 1,$(WERROR)),-Werror) $(if $(filter 0,$(DEBUG_INFO)),-g0))' \
	$(if $(filter 0,$(DEBUG_INFO)),CONFIG_DEBUG_INFO_BTF_MODULES=)

.PHONY: module module-install
module: ## build the kernel module (KDIR= chooses the kernel)
	@[ -e $(KDIR)/Makefile ] || { echo "no kernel headers in $(KDIR): install them or set KDIR=" >&2; exit 1; }
	@mkdir -p $(MODULE_BUILD)
	@# A source that is gone must not linger in the copy: Kbuild may find sources by wildcard.
	@cd $(MODULE_BUILD) && find . -name '*.[chS]' ! -name '*.mod.c' | while read -r f; do \
		[ -e "$(abspath $(MODULE_SRC))/$$f" ] || rm -f "$$f"; done
	@cp -rpu $(MODULE_SRC)/. $(MODULE_BUILD)
	$(KMAKE) modules

module-install: module ## install the module (KDIR=, DESTDIR=)
	install -D -m 644 $(MODULE_BUILD)/memcgctl.ko $(DESTDIR)/lib/modules/$(KVER)/updates/memcgctl.ko
	$(if $(DESTDIR),,depmod $(KVER))
