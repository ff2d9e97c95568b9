# SPDX-License-Identifier: GPL-2.0-only
#
# memcgctl: who pays for memory on Linux. `make help` lists the targets.
#
# Everything is built below build/. What a folder builds is said by the rules.mk in that folder.

PREFIX ?= /usr/local
DESTDIR ?=
KDIR ?= /lib/modules/$(shell uname -r)/build
BUILD ?= build
VERSION := 0.1

CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config

# A warning stops a CI run; it does not stop somebody with a newer compiler than ours.
ifeq ($(CI),true)
WERROR ?= 1
endif

WARN := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 $(if $(filter 1,$(WERROR)),-Werror)
HARDEN_CFLAGS := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection
HARDEN_LDFLAGS := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
# For the unit tests: the same sources, in a second set of objects.
SANITIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

CFLAGS ?= -O2 -g
ALL_CPPFLAGS = -D_GNU_SOURCE -DMEMCGCTL_VERSION='"$(VERSION)"' -Ilib -Imodule $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS)
COMPILE = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP

# pkg(NAME…): flags of the libraries, asked only by the rule that needs them.
pkg-cflags = $(shell $(PKG_CONFIG) --cflags $(1))
pkg-libs = $(shell $(PKG_CONFIG) --libs $(1))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: all
all: ## build the commands and the library

include $(sort $(wildcard */rules.mk tests/*/rules.mk))

# Header dependencies that earlier compilations found.
include $(shell [ ! -d $(BUILD) ] || find $(BUILD) -path '$(BUILD)/module-*' -prune -o -type f -name '*.d' -print)

.PHONY: install clean help
install: all ## install commands, library, man pages and completions (DESTDIR=, PREFIX=)

clean: ## remove what was built (the cache of kernels and images stays)
	rm -rf $(BUILD)

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | \
		awk -F '\t' '{ printf "make %-15s %s\n", $$1, $$2 }'
