/* SPDX-License-Identifier: GPL-2.0-only */
/* What bindings look like, and the claim that goes with one. */
#ifndef CMD_BINDING_H
#define CMD_BINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "memcgctl.h"

/* binding_list_write() - write all bindings, and what is present of each. Return: 0, or -1. */
int binding_list_write(struct context *ctx, struct mcg_module *module);

/**
 * struct binding_claim - the claim of what is present of a binding's object
 * @complete: neither an error nor a signal ended it
 */
struct binding_claim {
	struct mcg_receipt receipt;
	bool complete;
};

/**
 * binding_claim() - claim what is present for the targets of a binding
 * @claim: overwritten; true also after a failure
 *
 * Says how far it is when it takes long, and ends when a signal comes. Return: 0, or -1.
 */
int binding_claim(struct context *ctx, struct mcg_module *module, uint32_t id,
		  struct binding_claim *claim);

/* binding_claim_incomplete() - something stayed with others. */
bool binding_claim_incomplete(const struct binding_claim *claim);

/* binding_made_write() - write the id of a new binding, and the receipt of its claim unless @claim is NULL. Return: 0, or -1. */
int binding_made_write(struct context *ctx, uint32_t id, const struct binding_claim *claim);

#endif
