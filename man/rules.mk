# SPDX-License-Identifier: GPL-2.0-only
#
# Man pages. The list of commands in memcgctl(8) comes from the commands themselves.

MAN_PAGES := $(patsubst man/%,$(BUILD)/man/%,$(wildcard man/*.[378]))
MAN_DIR = $(DESTDIR)$(PREFIX)/share/man

all: $(MAN_PAGES)

$(BUILD)/man/%: man/%
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/man/memcgctl.8: man/memcgctl.8 $(BUILD)/memcgctl
	@mkdir -p $(@D)
	{ echo '.Bl -tag -width Ds'; $(BUILD)/memcgctl complete -- '' | sort | \
		while IFS="$$(printf '\t')" read -r name summary; do \
			printf '.It Xr memcgctl-%s 8\n%s\n' "$$name" "$$summary"; \
		done; echo '.El'; } >$@.list
	sed -e '/^\.\\" COMMANDS:/{' -e 'r $@.list' -e d -e '}' $< >$@
	rm -f $@.list

.PHONY: install-man
install: install-man
install-man: $(MAN_PAGES)
	install -d $(MAN_DIR)/man3 $(MAN_DIR)/man7 $(MAN_DIR)/man8
	install -m 644 $(filter %.3,$(MAN_PAGES)) $(MAN_DIR)/man3
	install -m 644 $(filter %.7,$(MAN_PAGES)) $(MAN_DIR)/man7
	install -m 644 $(filter %.8,$(MAN_PAGES)) $(MAN_DIR)/man8
