// SPDX-License-Identifier: GPL-2.0-only
#include "receipt.h"

#include <stdio.h>
#include <stdlib.h>

#include "size.h"
#include "text.h"

/* What is left of the group that was claimed from. */
static void write_pins(const struct mcg_output *out, const struct mcg_receipt *receipt)
{
	char size[MCG_SIZE_TEXT];

	for (unsigned int i = 0; i < receipt->n_pins; i++) {
		const struct mcg_pin *pin = &receipt->pin[i];

		fprintf(out->file, "%s: ", receipt->from_dead ? "keeps it" : "stays");
		mcg_size_format(pin->amount, out->bytes, size);
		switch (pin->kind) {
		case MEMCGCTL_PIN_KERNEL:
			fprintf(out->file, "kernel memory, which cannot be moved: %s\n", size);
			break;
		case MEMCGCTL_PIN_PERCPU:
			fprintf(out->file, "of that, memory of each CPU: %s\n", size);
			break;
		case MEMCGCTL_PIN_SOCKETS:
			fprintf(out->file, "buffers of sockets: %s\n", size);
			break;
		case MEMCGCTL_PIN_SWAP:
			fprintf(out->file, "swap space: %s\n", size);
			break;
		case MEMCGCTL_PIN_GROUPS:
			fprintf(out->file, "groups below it that are gone, too: %ju\n",
				(uintmax_t)pin->amount);
			break;
		case MEMCGCTL_PIN_CONTROLLER:
			fprintf(out->file, "the controller %s\n", pin->name);
			break;
		case MEMCGCTL_PIN_REFERENCES:
			fprintf(out->file, "references of something else (sockets, writeback): %ju\n",
				(uintmax_t)pin->amount);
			break;
		default:
			fprintf(out->file, "%s: %ju\n", mcg_pin_name(pin->kind),
				(uintmax_t)pin->amount);
		}
	}
}

static void write_room(const struct mcg_output *out, const struct mcg_receipt *receipt,
		       const char *target)
{
	char room[MCG_SIZE_TEXT];

	if (receipt->room == MEMCGCTL_SIZE_MAX)
		fprintf(out->file, "no limit of %s or above is in the way\n", target);
	else
		fprintf(out->file, "%s has room for %s%s\n", target,
			mcg_size_format(receipt->room, out->bytes, room),
			receipt->room < receipt->moved ? ": not for all of it" : "");
}

void receipt_write(const struct mcg_output *out, const struct mcg_receipt *receipt,
		   const char *target_path, bool dry_run)
{
	char *target = mcg_text_escape(target_path, NULL);
	char moved[MCG_SIZE_TEXT], size[MCG_SIZE_TEXT];

	fprintf(out->file, "%s %s of %s present to %s\n", dry_run ? "would move" : "moved",
		mcg_size_format(receipt->moved, out->bytes, moved),
		mcg_size_format(receipt->present, out->bytes, size), target ? target : "?");
	if (receipt->swap_moved)
		fprintf(out->file, "moved the charge of %s of swap space\n",
			mcg_size_format(receipt->swap_moved, out->bytes, size));
	for (int i = 0; i <= MEMCGCTL_SKIP_MAX; i++)
		if (receipt->skipped[i])
			fprintf(out->file, "%s %s: %s\n", dry_run ? "would skip" : "skipped",
				mcg_size_format(receipt->skipped[i], out->bytes, size),
				i == MEMCGCTL_SKIP_TARGET ? "target (its own already)"
							  : mcg_skip_name(i));
	write_pins(out, receipt);
	if (dry_run)
		write_room(out, receipt, target ? target : "?");
	free(target);
}
