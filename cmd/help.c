// SPDX-License-Identifier: GPL-2.0-only
/* Help is read from the commands themselves; there is no second list to keep. */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define HELP_COLUMN 30

static int by_name(const void *a, const void *b)
{
	const struct command *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void list_commands(void)
{
	size_t n = __stop_commands - __start_commands;
	const struct command **sorted = calloc(n, sizeof(*sorted));

	if (!sorted)
		return;
	memcpy(sorted, __start_commands, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 0; i < n; i++)
		if (!(sorted[i]->flags & COMMAND_HIDDEN))
			printf("  %-10s %s\n", sorted[i]->name, sorted[i]->summary);
	free(sorted);
}

static void list_options(const struct poptOption *options)
{
	for (const struct poptOption *o = options; o && (o->longName || o->shortName || o->arg); o++) {
		char text[256];
		int n = 0;

		if (!o->longName || o->argInfo & POPT_ARGFLAG_DOC_HIDDEN)
			continue;
		if (o->shortName)
			n = snprintf(text, sizeof(text), "-%c, ", o->shortName);
		snprintf(text + n, sizeof(text) - n, "--%s%s%s", o->longName,
			 o->argDescrip ? " " : "", o->argDescrip ? o->argDescrip : "");
		if (strlen(text) > HELP_COLUMN)
			printf("  %s\n  %-*s %s\n", text, HELP_COLUMN, "", o->descrip);
		else
			printf("  %-*s %s\n", HELP_COLUMN, text, o->descrip);
	}
}

int help_all(void)
{
	puts("usage: memcgctl [OPTION...] COMMAND [ARG...]\n"
	     "\n"
	     "Decides, shows and limits who pays for memory.\n"
	     "\n"
	     "commands:");
	list_commands();
	puts("\noptions of every command:");
	list_options(global_options);
	puts("\nmemcgctl COMMAND --help tells more; so do memcgctl(8) and memcgctl(7).");
	return 0;
}

int help_command(const struct command *command)
{
	const char *usage = command->usage;

	/* One line of the synopsis per form of the command. */
	for (bool first = true; usage; first = false) {
		const char *end = strchr(usage, '\n');

		printf("%s memcgctl %s%s%.*s\n", first ? "usage:" : "      ", command->name,
		       *usage && *usage != '\n' ? " " : "",
		       end ? (int)(end - usage) : (int)strlen(usage), usage);
		usage = end ? end + 1 : NULL;
	}
	printf("\n%s%s\n", command->summary,
	       command->flags & COMMAND_NEEDS_MODULE ? " (needs the kernel module)" : "");
	if (command->options) {
		puts("\noptions:");
		list_options(command->options);
	}
	puts("\noptions of every command:");
	list_options(global_options);
	return 0;
}

int help_version(void)
{
	puts("memcgctl " MEMCGCTL_VERSION);
	return 0;
}

static int run_help(struct context *ctx)
{
	if (ctx->n_args > 1)
		return usage_error(ctx, ctx->args[1], "one command at most");
	if (!ctx->n_args)
		return help_all();
	for_each_command(c)
		if (!strcmp((*c)->name, ctx->args[0]))
			return help_command(*c);
	return usage_error(ctx, ctx->args[0], "no such command");
}

static const struct command command_help = {
	.name = "help",
	.summary = "show the commands, or the help of one",
	.usage = "[COMMAND]",
	.args = (const char[]){ ARG_COMMAND, '\0' },
	.run = run_help,
};
COMMAND(help);
