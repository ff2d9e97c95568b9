/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command is. One file per command; the file registers the command with COMMAND(), and
 * nothing else knows of it: help, completion and the link names read the linker section. A command
 * includes no other command.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <popt.h>
#include <stdbool.h>

#include "error.h"
#include "table.h"

/* What an argument of a command is, for completion: one letter per argument in @args below. */
#define ARG_GROUP 'g'
#define ARG_FILE 'f'
#define ARG_PROCESS 'p'
#define ARG_COMMAND 'c'
#define ARG_PROGRAM 'x'
#define ARG_SIZE 's'

enum command_flags {
	/* Said by help. The command itself connects, after it has checked its arguments. */
	COMMAND_NEEDS_MODULE = 1,
	/* Not listed in help: for programs (completion), not for people. */
	COMMAND_HIDDEN = 2,
};

/**
 * struct context - what a running command gets
 * @args: arguments that are no options, ended by NULL
 * @n_args: how many
 * @out: where and how to write the result
 * @err: filled in by the command when it fails
 */
struct context {
	const char **args;
	int n_args;
	struct mcg_output out;
	struct mcg_error err;
};

/**
 * struct command - one command
 * @name: its exact name
 * @summary: one line for the list of commands, small letter first, no full stop
 * @usage: synopsis after the name, without the global options
 * @options: popt table of its own options, ended by POPT_TABLEEND; NULL for none. An argument
 *	is described by the words GROUP, FILE, PID, SIZE or by A|B|C, which completion understands.
 * @words: first arguments that are words ("limit"), separated by blanks; NULL for none
 * @args: kinds of the other arguments; the last one repeats (ARG_GROUP...); NULL for none
 * @flags: &enum command_flags
 * @run: does it. Return: 0, or -1 with @err set. With @err.status %MCG_PARTLY and an empty
 *	message main prints nothing: the result has said it.
 */
struct command {
	const char *name;
	const char *summary;
	const char *usage;
	const struct poptOption *options;
	const char *words;
	const char *args;
	unsigned int flags;
	int (*run)(struct context *ctx);
};

/* The linker gives these names the ends of the section "commands". */
extern const struct command *const __start_commands[];
extern const struct command *const __stop_commands[];

#define COMMAND(id)                                                                                \
	static const struct command *const command_##id##_entry                                    \
		__attribute__((used, section("commands"))) = &command_##id

#define for_each_command(c)                                                                        \
	for (const struct command *const *c = __start_commands; c < __stop_commands; c++)

/* The options that every command has. */
extern const struct poptOption global_options[];

/*
 * Set by the first SIGINT or SIGTERM after catch_signals(); a command that works in steps looks at
 * it.
 */
extern volatile int interrupted;
void catch_signals(void);

/* usage_error() - a mistake in the arguments. Return: -1. */
int usage_error(struct context *ctx, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
