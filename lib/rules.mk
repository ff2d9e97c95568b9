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

# A program includes <memcgctl.h>; the protocol it names lies beside it, as in the source tree.
LIB_INCLUDE = $(PREFIX)/include/memcgctl

.PHONY: install-lib
install: install-lib
install-lib: $(BUILD)/libmemcgctl.a $(BUILD)/$(LIB_SONAME)
	install -D -m 644 $(BUILD)/libmemcgctl.a $(DESTDIR)$(PREFIX)/lib/libmemcgctl.a
	install -D -m 755 $(BUILD)/$(LIB_SONAME) $(DESTDIR)$(PREFIX)/lib/$(LIB_SONAME)
	ln -sf $(LIB_SONAME) $(DESTDIR)$(PREFIX)/lib/libmemcgctl.so
	install -D -m 644 lib/memcgctl.h $(DESTDIR)$(LIB_INCLUDE)/memcgctl.h
	install -D -m 644 -t $(DESTDIR)$(LIB_INCLUDE)/uapi module/uapi/*.h
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@REQUIRES@|$(LIB_PKGS)|' \
		lib/libmemcgctl.pc.in >$(DESTDIR)$(PREFIX)/lib/pkgconfig/libmemcgctl.pc
