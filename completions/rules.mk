# SPDX-License-Identifier: GPL-2.0-only
#
# Completions ask the binary. Shells find them by the name of the command, so each link name has one, too.

COMPLETION_DIR = $(DESTDIR)$(PREFIX)/share

.PHONY: install-completions
install: install-completions
install-completions: $(BUILD)/memcgctl
	install -D -m 644 completions/memcgctl.bash $(COMPLETION_DIR)/bash-completion/completions/memcgctl
	install -D -m 644 completions/memcgctl.zsh $(COMPLETION_DIR)/zsh/site-functions/_memcgctl
	install -D -m 644 completions/memcgctl.fish $(COMPLETION_DIR)/fish/vendor_completions.d/memcgctl.fish
	$(BUILD)/memcgctl complete -- '' | cut -f 1 | while read -r name; do \
		ln -sf memcgctl $(COMPLETION_DIR)/bash-completion/completions/memcg-$$name; \
		ln -sf memcgctl.fish $(COMPLETION_DIR)/fish/vendor_completions.d/memcg-$$name.fish; \
	done
