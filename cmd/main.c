// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcgctl: finds the command, reads the options, and is the only place that reports errors.
 */
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "help.h"
#include "text.h"

#define LINK_PREFIX "memcg-"

enum {
	OPT_HELP = 1,
	OPT_VERSION,
	OPT_JSON,
	OPT_CSV,
	OPT_BYTES,
};

static struct {
	bool help;
	bool version;
	bool bytes;
	enum mcg_format format;
	/* The command, for messages; NULL before it is known. */
	const char *command;
} global;

volatile int interrupted;

static void on_global_option(poptContext con, enum poptCallbackReason reason,
			     const struct poptOption *opt, const char *arg, void *data)
{
	(void)con;
	(void)reason;
	(void)arg;
	(void)data;
	switch (opt->val) {
	case OPT_HELP:
		global.help = true;
		break;
	case OPT_VERSION:
		global.version = true;
		break;
	case OPT_JSON:
		global.format = MCG_JSON;
		break;
	case OPT_CSV:
		global.format = MCG_CSV;
		break;
	case OPT_BYTES:
		global.bytes = true;
		break;
	}
}

const struct poptOption global_options[] = {
	{ NULL, '\0', POPT_ARG_CALLBACK, (void *)on_global_option, 0, NULL, NULL },
	{ "json", '\0', POPT_ARG_NONE, NULL, OPT_JSON, "write one JSON document", NULL },
	{ "csv", '\0', POPT_ARG_NONE, NULL, OPT_CSV, "write comma-separated values", NULL },
	{ "bytes", '\0', POPT_ARG_NONE, NULL, OPT_BYTES, "write exact sizes in bytes", NULL },
	{ "help", 'h', POPT_ARG_NONE, NULL, OPT_HELP, "show help and exit", NULL },
	{ "version", 'V', POPT_ARG_NONE, NULL, OPT_VERSION, "show the version and exit", NULL },
	POPT_TABLEEND,
};

int usage_error(struct context *ctx, const char *subject, const char *fmt, ...)
{
	char message[sizeof(ctx->err.message)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	mcg_fail(&ctx->err, MCG_USAGE, subject, "%s", message);
	return mcg_hint(&ctx->err, "see memcgctl%s%s --help", global.command ? " " : "",
			global.command ? global.command : "");
}

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

void catch_signals(void)
{
	/* No SA_RESTART: a wait must end, so that the command sees the flag. */
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void report_json(const struct mcg_error *err)
{
	json_t *error =
		json_pack("{s:o, s:o, s:o, s:o, s:i}", "command", mcg_text_json(global.command),
			  "subject", mcg_text_json(err->subject[0] ? err->subject : NULL),
			  "message", mcg_text_json(err->message), "hint",
			  mcg_text_json(err->hint[0] ? err->hint : NULL), "status", (int)err->status);
	json_t *document = json_pack("{s:i, s:o}", "schema", MCG_JSON_SCHEMA, "error", error);

	json_dumpf(document, stderr, JSON_COMPACT);
	fputc('\n', stderr);
	json_decref(document);
}

static void report(const struct mcg_error *err)
{
	const char *parts[] = { global.command, err->subject, err->message };
	char *hint;

	if (global.format == MCG_JSON) {
		report_json(err);
		return;
	}
	fputs("memcgctl", stderr);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *text = parts[i] && parts[i][0] ? mcg_text_escape(parts[i], NULL) : NULL;

		if (text)
			fprintf(stderr, ": %s", text);
		free(text);
	}
	hint = err->hint[0] ? mcg_text_escape(err->hint, NULL) : NULL;
	if (hint)
		fprintf(stderr, " (%s)", hint);
	free(hint);
	fputc('\n', stderr);
}

static const struct command *find_command(const char *name)
{
	for_each_command(c)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

/*
 * Reads all options, also behind a wrong one: a later --json decides how that is reported.
 * Return: the other arguments, which live as long as @con, or NULL with an error set.
 */
static const char **read_options(poptContext con, struct context *ctx)
{
	static const char *none[] = { NULL };
	const char **args;
	int ret;

	while ((ret = poptGetNextOpt(con)) != -1)
		if (ret < -1 && ctx->err.status == MCG_OK)
			usage_error(ctx, poptBadOption(con, POPT_BADOPTION_NOALIAS), "%s",
				    poptStrerror(ret));
	if (ctx->err.status != MCG_OK)
		return NULL;
	args = poptGetArgs(con);
	return args ? args : none;
}

/* Options before the command: only global ones. Return: index of the command in argv, or -1. */
static int read_leading(int argc, char **argv, struct context *ctx)
{
	const struct poptOption table[] = {
		{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)global_options, 0, NULL, NULL },
		POPT_TABLEEND,
	};
	poptContext con = poptGetContext("memcgctl", argc, (const char **)argv, table,
					 POPT_CONTEXT_POSIXMEHARDER);
	const char **args = read_options(con, ctx);
	int n = 0;

	while (args && args[n])
		n++;
	poptFreeContext(con);
	return args ? argc - n : -1;
}

static int run_command(const struct command *command, int argc, char **argv, struct context *ctx)
{
	const struct poptOption own[] = {
		{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)command->options, 0, NULL, NULL },
		{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)global_options, 0, NULL, NULL },
		POPT_TABLEEND,
	};
	/*
	 * popt ends a table of tables at the first NULL one, so a command without options starts
	 * one later.
	 */
	poptContext con = poptGetContext(command->name, argc, (const char **)argv,
					 command->options ? own : own + 1, 0);
	int ret = -1;

	ctx->args = read_options(con, ctx);
	if (!ctx->args)
		goto out;
	if (global.help || global.version) {
		ret = global.help ? help_command(command) : help_version();
		goto out;
	}
	while (ctx->args[ctx->n_args])
		ctx->n_args++;
	ctx->out = (struct mcg_output){
		.file = stdout,
		.format = global.format,
		.bytes = global.bytes,
		.header = true,
	};
	ret = command->run(ctx);
out:
	poptFreeContext(con);
	return ret;
}

static int run(int argc, char **argv, struct context *ctx)
{
	const char *name = basename(argv[0]);
	const struct command *command;
	int first = 0;

	if (!strncmp(name, LINK_PREFIX, strlen(LINK_PREFIX))) {
		name += strlen(LINK_PREFIX);
	} else {
		first = read_leading(argc, argv, ctx);
		if (first < 0)
			return -1;
		name = argv[first];
		if (global.help)
			return help_all();
		if (global.version)
			return help_version();
		if (!name)
			return usage_error(ctx, NULL, "no command given");
	}
	command = find_command(name);
	if (!command)
		return usage_error(ctx, name, "no such command");
	global.command = command->name;
	return run_command(command, argc - first, argv + first, ctx);
}

int main(int argc, char **argv)
{
	struct context ctx = { .args = NULL };

	setlocale(LC_ALL, "");
	if (!argc || run(argc, argv, &ctx)) {
		if (ctx.err.status == MCG_OK)
			mcg_fail(&ctx.err, MCG_FAILED, NULL, "failed");
		if (ctx.err.message[0])
			report(&ctx.err);
		return ctx.err.status;
	}
	if (fflush(stdout) || ferror(stdout)) {
		mcg_fail_errno(&ctx.err, errno, NULL, "cannot write the result");
		report(&ctx.err);
		return MCG_FAILED;
	}
	return MCG_OK;
}
