// SPDX-License-Identifier: GPL-2.0-only
#include "explanation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "text.h"

/* Groups that are named in one sentence. */
#define NAMED 3

void explanation_figures(const struct mcg_attribution *found,
			 const struct mcg_explanation *explanation, uint64_t *figure)
{
	const struct mcg_attr_group *group = &found->groups[explanation->group];
	bool owners = !found->gaps.no_frames && !found->gaps.no_owners;

	figure[EXPLAIN_CHARGED] = explanation->charged;
	figure[EXPLAIN_OWN] = owners ? group->own : MCG_EXPLAIN_UNKNOWN;
	figure[EXPLAIN_LENT] = owners ? group->lent : MCG_EXPLAIN_UNKNOWN;
	figure[EXPLAIN_FOREIGN] = owners ? group->foreign : MCG_EXPLAIN_UNKNOWN;
	figure[EXPLAIN_UNMAPPED] = explanation->unmapped;
	figure[EXPLAIN_KERNEL] = explanation->kind[MCG_KIND_KERNEL];
	figure[EXPLAIN_SOCKETS] = explanation->kind[MCG_KIND_SOCK];
	figure[EXPLAIN_ORPHANED] = explanation->orphaned;
	figure[EXPLAIN_BORROWED] = owners ? group->borrowed : MCG_EXPLAIN_UNKNOWN;
	figure[EXPLAIN_SWAP] = explanation->kind[MCG_KIND_SWAP];
}

/* What no shell takes for anything else. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,";

/* One word. Names are an attacker's bytes: whatever is not plain is quoted, and what is no character of ASCII is written as $'\xNN'. */
static void put_word(FILE *file, const char *word)
{
	if (*word && !word[strspn(word, plain)]) {
		fputs(word, file);
		return;
	}
	fputs("$'", file);
	for (; *word; word++) {
		unsigned char c = *word;

		if (c < ' ' || c > '~')
			fprintf(file, "\\x%02x", c);
		else if (c == '\'' || c == '\\')
			fprintf(file, "\\%c", c);
		else
			fputc(c, file);
	}
	fputc('\'', file);
}

char *explanation_command(const struct mcg_attribution *found, const struct mcg_advice *advice)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	fputs(advice->bind ? "memcgctl bind --claim --file " : "memcgctl claim --file ", file);
	put_word(file, advice->way ? advice->way : advice->file->name);
	for (int i = 0; i <= advice->bind; i++) {
		fputs(" --to ", file);
		put_word(file, found->groups[advice->to[i]].path);
	}
	if (advice->way) {
		fputs(" # ", file);
		put_word(file, advice->file->name);
	}
	return fclose(file) ? NULL : text;
}

/* A sentence about so many bytes; nothing about none. */
static void say(const struct mcg_output *out, uint64_t bytes, const char *what, const char *who)
{
	char size[MCG_SIZE_TEXT];

	if (!bytes || bytes == MCG_EXPLAIN_UNKNOWN)
		return;
	fprintf(out->file, "%10s  %s%s%s\n", mcg_size_format(bytes, out->bytes, size), what,
		who ? ": " : "", who ? who : "");
}

/*
 * The groups outside that pay for what is mapped inside, or (@lenders false) map what is paid for inside, most of it first. To be
 * freed; NULL for none.
 */
static char *others(const struct mcg_attribution *found, uint32_t group, bool lenders)
{
	uint32_t seen[NAMED];
	size_t n = 0, size;
	char *text = NULL;
	FILE *file = open_memstream(&text, &size);

	for (size_t i = 0; file && i < found->nr_cells; i++) {
		const struct mcg_attr_cell *cell = &found->cells[i];
		uint32_t inside = lenders ? cell->mapper : cell->owner;
		uint32_t outside = lenders ? cell->owner : cell->mapper;
		bool new = outside < found->nr_groups;

		if (!mcg_attr_is_within(found, inside, group) ||
		    mcg_attr_is_within(found, outside, group))
			continue;
		for (size_t j = 0; j < n; j++)
			new &= seen[j] != outside;
		if (!new)
			continue;
		if (n == NAMED) {
			fputs(" and others", file);
			break;
		}
		seen[n++] = outside;
		fprintf(file, "%s%s", n > 1 ? ", " : "", mcg_attr_group_name(found, outside));
	}
	if (file)
		fclose(file);
	if (n)
		return text;
	free(text);
	return NULL;
}

static void write_others(const struct mcg_output *out, const struct mcg_attribution *found,
			 const struct mcg_explanation *explanation, const uint64_t *figure)
{
	char *mappers = others(found, explanation->group, false);
	char *owners = others(found, explanation->group, true);
	char *maps = mappers ? mcg_text_escape(mappers, NULL) : NULL;
	char *pays = owners ? mcg_text_escape(owners, NULL) : NULL;

	say(out, figure[EXPLAIN_LENT], "its processes map, and others do, too (lent)", maps);
	say(out, figure[EXPLAIN_FOREIGN], "only others map (foreign)", maps);
	say(out, figure[EXPLAIN_UNMAPPED], "no process maps: page cache, and files in memory", NULL);
	say(out, figure[EXPLAIN_KERNEL],
	    "the kernel holds for it: slab, page tables, per-CPU memory", NULL);
	say(out, figure[EXPLAIN_SOCKETS], "in buffers of sockets", NULL);
	if (figure[EXPLAIN_ORPHANED] && figure[EXPLAIN_ORPHANED] != MCG_EXPLAIN_UNKNOWN) {
		fputs("Of all that,\n", out->file);
		say(out, figure[EXPLAIN_ORPHANED],
		    "is of shared files and memory that none of its processes uses (orphaned)", NULL);
	}
	if (figure[EXPLAIN_BORROWED] && figure[EXPLAIN_BORROWED] != MCG_EXPLAIN_UNKNOWN) {
		fputs("Beside that,\n", out->file);
		say(out, figure[EXPLAIN_BORROWED],
		    "its processes map, and others pay for (borrowed)", pays);
	}
	if (figure[EXPLAIN_SWAP] && figure[EXPLAIN_SWAP] != MCG_EXPLAIN_UNKNOWN) {
		fputs("And in swap space,\n", out->file);
		say(out, figure[EXPLAIN_SWAP], "was moved out of memory", NULL);
	}
	free(mappers);
	free(owners);
	free(maps);
	free(pays);
}

static void write_limits(const struct mcg_output *out, const struct mcg_explanation *explanation,
			 const char *path)
{
	const struct mcg_limit *limit = explanation->limit;
	char size[MCG_SIZE_TEXT], left[MCG_SIZE_TEXT];
	char *name;

	if (!explanation->n_limits) {
		fputs("Neither it nor a group above it has a limit.\n", out->file);
		return;
	}
	name = mcg_text_escape(limit->path, NULL);
	mcg_size_format(limit->limit, out->bytes, size);
	mcg_size_format(limit->limit > limit->usage ? limit->limit - limit->usage : 0, out->bytes,
			left);
	if (strcmp(limit->path, path))
		fprintf(out->file, "The nearest limit is %s of %s, %s: %s left.\n", limit->what,
			name ? name : "?", size, left);
	else
		fprintf(out->file, "The nearest limit is its own %s, %s: %s left.\n", limit->what,
			size, left);
	free(name);
}

static void write_advices(const struct mcg_output *out, const struct mcg_attribution *found,
			  const struct mcg_explanation *explanation)
{
	if (explanation->n_advices)
		fputs("What would change it most:\n", out->file);
	for (size_t i = 0; i < explanation->n_advices; i++) {
		int64_t change = explanation->advice[i].change;
		char *command = explanation_command(found, &explanation->advice[i]);
		char size[MCG_SIZE_TEXT];

		mcg_size_format(llabs(change), out->bytes, size);
		fprintf(out->file, "%9s%s  %s\n", change < 0 ? "-" : "+", size,
			command ? command : "?");
		free(command);
	}
}

void explanation_write(const struct mcg_output *out, const struct mcg_attribution *found,
		       const struct mcg_explanation *explanation)
{
	uint64_t figure[EXPLAIN_FIGURES];
	const char *path = found->groups[explanation->group].path;
	char *name = mcg_text_escape(path, NULL);
	char size[MCG_SIZE_TEXT];

	explanation_figures(found, explanation, figure);
	if (explanation->charged == MCG_EXPLAIN_UNKNOWN)
		fprintf(out->file, "%s has no counter of its own. Of what is charged to it,\n",
			name ? name : "?");
	else
		fprintf(out->file, "%s is charged with %s. Of that,\n", name ? name : "?",
			mcg_size_format(explanation->charged, out->bytes, size));
	say(out, figure[EXPLAIN_OWN], "its processes map, and nobody else does (own)", NULL);
	write_others(out, found, explanation, figure);
	write_limits(out, explanation, path);
	write_advices(out, found, explanation);
	free(name);
}
