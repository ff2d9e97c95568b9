# SPDX-License-Identifier: GPL-2.0-only
#
# memcgctl: every cmd/*.c is linked directly, because a command is found through its linker section,
# which an archive member nobody refers to would not reach.

CMD_SRC := $(wildcard cmd/*.c)
CMD_OBJ := $(CMD_SRC:%.c=$(BUILD)/%.o)
CMD_PKGS := libmnl libcgroup popt jansson ncursesw

all: $(if $(CMD_SRC),$(BUILD)/memcgctl)

$(BUILD)/cmd/%.o: cmd/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(HARDEN_CFLAGS) -fPIE -Icmd $(call pkg-cflags,$(CMD_PKGS)) -c -o $@ $<

$(BUILD)/memcgctl: $(CMD_OBJ) $(BUILD)/libmemcgctl.a
	$(CC) $(CFLAGS) $(HARDEN_LDFLAGS) $(LDFLAGS) -pie -o $@ $^ $(call pkg-libs,$(CMD_PKGS))

# A link named memcg-NAME runs the command NAME.
.PHONY: install-cmd
install: install-cmd
install-cmd: $(BUILD)/memcgctl
	install -D $(BUILD)/memcgctl $(DESTDIR)$(PREFIX)/bin/memcgctl
	$(BUILD)/memcgctl complete -- '' | cut -f 1 | while read -r name; do \
		ln -sf memcgctl $(DESTDIR)$(PREFIX)/bin/memcg-$$name; \
	done
