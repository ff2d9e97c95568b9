# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libmemcgctl: one set of position-independent objects serves the archive and the shared library.

LIB_SRC := $(wildcard lib/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
LIB_SAN_OBJ := $(LIB_SRC:%.c=$(BUILD)/san/%.o)
LIB_PKGS := libmnl libcgroup jansson
LIB_SONAME := libmemcgctl.so.0

all: $(if $(LIB_SRC),$(BUILD)/libmemcgctl.a $(BUILD)/$(LIB_SONAME))

$(BUILD)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(HARDEN_CFLAGS) -fPIC -fvisibility=hidden $(call pkg-cflags,$(LIB_PKGS)) -c -o $@ $<

$(BUILD)/san/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZE) $(call pkg-cflags,$(LIB_PKGS)) -c -o $@ $<

$(BUILD)/libmemcgctl.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/$(LIB_SONAME): $(LIB_OBJ)
	$(CC) $(CFLAGS) $(HARDEN_LDFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(LIB_SONAME) -o $@ $^ \
		$(call pkg-libs,$(LIB_PKGS))
	ln -sf $(LIB_SONAME) $(BUILD)/libmemcgctl.so
