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

$(MODEL_DIR)/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -Itests/model/stress -Itests/model/shim -fsanitize=thread -pthread -c -o $@ $<

$(MODEL_DIR)/stress: $(MODEL_DIR)/tsan/tests/model/stress/stress.o $(MODEL_DIR)/tsan/module/core/counter.o
	$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=thread -pthread -o $@ $^

test-programs: $(MODEL_DIR)/model $(MODEL_DIR)/stress

.PHONY: model-test
model-test: $(MODEL_DIR)/model $(MODEL_DIR)/stress ## explore every interleaving of the counter and the lifecycle
	$(MODEL_DIR)/stress
	$(MODEL_DIR)/model
	CC='$(CC)' tests/model/mutants.sh $(MODEL_DIR)
