# SPDX-License-Identifier: GPL-2.0-only
#
# The counter and the lifecycle of the module, built in user space: explored under every
# interleaving (model), changed on purpose (mutants), and run on real CPUs (stress).

MODEL_DIR := $(BUILD)/model
MODEL_OBJ := $(patsubst tests/model/%.c,$(MODEL_DIR)/%.o,$(wildcard tests/model/*.c)) $(MODEL_DIR)/counter.o
# The explorer's longjmp() from stack to stack is what fortified builds abort on.
MODEL_COMPILE = $(COMPILE) -U_FORTIFY_SOURCE -Itests/model/shim -Itests/model

$(MODEL_DIR)/%.o: tests/model/%.c
	@mkdir -p $(@D)
	$(MODEL_COMPILE) -c -o $@ $<

$(MODEL_DIR)/counter.o: module/core/counter.c
	@mkdir -p $(@D)
	$(MODEL_COMPILE) -c -o $@ $<

$(MODEL_DIR)/model: $(MODEL_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

.PHONY: model-test
model-test: $(MODEL_DIR)/model ## explore every interleaving of the counter and the lifecycle
	$(MODEL_DIR)/model
	CC='$(CC)' tests/model/mutants.sh $(MODEL_DIR)
