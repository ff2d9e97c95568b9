// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcgctl complete: what could stand next on the command line, for the completions of the shells.
 *
 * The arguments are the words after "memcgctl", the last one as far as it is typed. One candidate
 * per line, with a tab and a description where there is one. A line ":file" or ":program" leaves
 * the word to the shell.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "group.h"

/* The word being completed, and what stands before the candidates in it ("--mode="). */
struct word {
	const char *text;
	char lead[64];
};

/* A name with control characters cannot be passed on line by line, nor typed. */
static bool plain(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			return false;
	return true;
}

static void offer(const struct word *word, const char *candidate, const char *description)
{
	if (strncmp(candidate, word->text, strlen(word->text)) || !plain(candidate))
		return;
	printf("%s%s", word->lead, candidate);
	if (description && plain(description))
		printf("\t%s", description);
	putchar('\n');
}

static void offer_commands(const struct word *word)
{
	for_each_command(c)
		if (!((*c)->flags & COMMAND_HIDDEN))
			offer(word, (*c)->name, (*c)->summary);
}

static void offer_options(const struct word *word, const struct poptOption *options)
{
	for (const struct poptOption *o = options; o && (o->longName || o->shortName || o->arg); o++) {
		char text[64];

		if (!o->longName)
			continue;
		snprintf(text, sizeof(text), "--%s", o->longName);
		offer(word, text, o->descrip);
	}
}

/* @words: separated by any of @separators */
static void offer_words(const struct word *word, const char *words, const char *separators)
{
	char *copy = strdup(words), *save;

	for (char *w = copy ? strtok_r(copy, separators, &save) : NULL; w;
	     w = strtok_r(NULL, separators, &save))
		offer(word, w, NULL);
	free(copy);
}

static int offer_group(const char *path, uint64_t id, void *data)
{
	(void)id;
	offer(data, path, NULL);
	return 0;
}

static void offer_groups(const struct word *word)
{
	struct mcg_error ignored;
	struct mcg_tree tree;

	offer(word, "self", "the group of the caller");
	if (mcg_tree_open(&tree, &ignored))
		return;
	mcg_group_walk(&tree, offer_group, (void *)word, &ignored);
	mcg_tree_close(&tree);
}

static void offer_processes(const struct word *word)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char name[300], comm[64] = "";
		FILE *file;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(name, sizeof(name), "/proc/%s/comm", entry->d_name);
		file = fopen(name, "re");
		if (!file)
			continue;
		if (!fgets(comm, sizeof(comm), file))
			comm[0] = '\0';
		comm[strcspn(comm, "\n")] = '\0';
		offer(word, entry->d_name, comm);
		fclose(file);
	}
	if (dir)
		closedir(dir);
}

static void offer_kind(const struct word *word, char kind)
{
	switch (kind) {
	case ARG_GROUP:
		offer_groups(word);
		break;
	case ARG_PROCESS:
		offer_processes(word);
		break;
	case ARG_COMMAND:
		offer_commands(word);
		break;
	case ARG_SIZE:
		offer(word, "max", "no limit");
		break;
	case ARG_FILE:
		puts(":file");
		break;
	case ARG_PROGRAM:
		puts(":program");
		break;
	}
}

/* One of the words of a description: the kind of an argument, or, among several, the argument itself. */
static void offer_described(const struct word *word, const char *text, bool several)
{
	static const struct {
		const char *name;
		char kind;
	} kinds[] = {
		{ "GROUP", ARG_GROUP }, { "FILE", ARG_FILE }, { "DIR", ARG_FILE },
		{ "PID", ARG_PROCESS }, { "SIZE", ARG_SIZE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].name);

		/* What may follow it ("FILE[:OFF+LEN]") is for people. */
		if (!strncmp(text, kinds[i].name, len) && (!text[len] || text[len] == '[')) {
			offer_kind(word, kinds[i].kind);
			return;
		}
	}
	if (several)
		offer(word, text, NULL);
}

/* What the argument of an option can be is said by its description. */
static void offer_argument(const struct word *word, const char *description)
{
	char *copy = strdup(description), *save;

	for (char *w = copy ? strtok_r(copy, "|", &save) : NULL; w; w = strtok_r(NULL, "|", &save))
		offer_described(word, w, strchr(description, '|'));
	free(copy);
}

/* The option of @options with the @len characters of @name that takes an argument, or NULL. */
static const struct poptOption *find_option(const struct poptOption *options, const char *name,
					    size_t len)
{
	for (const struct poptOption *o = options; o && (o->longName || o->shortName || o->arg); o++)
		if (o->longName && o->argDescrip && strlen(o->longName) == len &&
		    !strncmp(o->longName, name, len))
			return o;
	return NULL;
}

static void complete_argument(const struct command *command, const char **words, int n,
			      struct word *word)
{
	const char *value = strchr(word->text, '=');
	const struct poptOption *option = NULL;
	int position = 0;
	const char *kind = command->args;

	if (!strncmp(word->text, "--", 2) && value)
		option = find_option(command->options, word->text + 2, value - word->text - 2);
	if (option) {
		snprintf(word->lead, sizeof(word->lead), "--%s=", option->longName);
		word->text = value + 1;
		offer_argument(word, option->argDescrip);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (!strcmp(words[i], "--")) {
			puts(":program");
			return;
		}
		option = strncmp(words[i], "--", 2)
				 ? NULL
				 : find_option(command->options, words[i] + 2, strlen(words[i] + 2));
		if (option && i == n - 1) {
			offer_argument(word, option->argDescrip);
			return;
		}
		if (option)
			i++;
		else if (words[i][0] != '-')
			position++;
	}
	if (word->text[0] == '-') {
		offer_options(word, command->options);
		offer_options(word, global_options);
		return;
	}
	if (!position && command->words)
		offer_words(word, command->words, " ");
	for (int i = 0; kind && i < position && kind[0] && kind[1]; i++)
		kind++;
	if (kind && *kind)
		offer_kind(word, *kind);
}

static int run_complete(struct context *ctx)
{
	struct word word = { .text = ctx->n_args ? ctx->args[ctx->n_args - 1] : "" };
	int first = 0;

	/* Global options may stand before the command; none of them takes an argument. */
	while (first < ctx->n_args - 1 && ctx->args[first][0] == '-')
		first++;
	if (first >= ctx->n_args - 1) {
		if (word.text[0] == '-')
			offer_options(&word, global_options);
		else
			offer_commands(&word);
		return 0;
	}
	for_each_command(c)
		if (!strcmp((*c)->name, ctx->args[first]))
			complete_argument(*c, ctx->args + first + 1, ctx->n_args - first - 2, &word);
	return 0;
}

static const struct command command_complete = {
	.name = "complete",
	.summary = "write what could stand next on the command line",
	.usage = "-- [WORD...]",
	.flags = COMMAND_HIDDEN,
	.run = run_complete,
};
COMMAND(complete);
