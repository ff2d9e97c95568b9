# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests: every tests/unit/NAME_test.c is a program, built with ASan and UBSan and linked with
# the library built likewise. UNIT_OBJ_NAME_test names further objects.

UNIT_DIR := $(BUILD)/san/unit
UNIT_TESTS := $(patsubst tests/unit/%.c,$(UNIT_DIR)/%,$(wildcard tests/unit/*_test.c))
UNIT_CPPFLAGS_counter_test := -Itests/model/stress -Itests/model/shim
UNIT_OBJ_attribution_test := $(UNIT_DIR)/genl_fixture.o $(UNIT_DIR)/procfs_fixture.o
UNIT_OBJ_counter_test := $(UNIT_DIR)/core/counter.o
UNIT_OBJ_decode_test := $(UNIT_DIR)/genl_fixture.o
UNIT_OBJ_genl_test := $(UNIT_DIR)/genl_fixture.o
UNIT_OBJ_procfs_test := $(UNIT_DIR)/procfs_fixture.o
UNIT_OBJ_procfs_model_test := $(UNIT_DIR)/procfs_fixture.o
UNIT_LDFLAGS_procfs_model_test := -Wl,--wrap=ioctl

$(UNIT_DIR)/%_test.o: tests/unit/%_test.c
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZE) $(UNIT_CPPFLAGS_$*_test) $(call pkg-cflags,cmocka $(LIB_PKGS)) -c -o $@ $<

$(UNIT_DIR)/%_fixture.o: tests/unit/%_fixture.c
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZE) $(call pkg-cflags,$(LIB_PKGS)) -c -o $@ $<

$(UNIT_DIR)/core/%.o: module/core/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(SANITIZE) $(UNIT_CPPFLAGS_$*_test) -c -o $@ $<

.SECONDEXPANSION:
$(UNIT_TESTS): $(UNIT_DIR)/%: $(UNIT_DIR)/%.o $$(UNIT_OBJ_$$*) $(LIB_SAN_OBJ)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(UNIT_LDFLAGS_$*) -o $@ $^ $(call pkg-libs,cmocka $(LIB_PKGS))

test-programs: $(UNIT_TESTS)

.PHONY: unit-test
unit-test: $(UNIT_TESTS) ## unit tests of the library and the counter (ASan, UBSan)
	@status=0; for test in $(UNIT_TESTS); do \
		CMOCKA_MESSAGE_OUTPUT=TAP $$test || status=1; \
	done; exit $$status
