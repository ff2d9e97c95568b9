/* SPDX-License-Identifier: GPL-2.0-only */
/* What several commands do in the same way. */
#ifndef CMD_COMMON_H
#define CMD_COMMON_H

#include <math.h>

#include "command.h"
#include "group.h"

/* What an option --watch holds when it was not given. */
#define WATCH_OFF NAN

/**
 * watch() - repeat a report until a signal comes
 * @seconds: pause between two reports; %WATCH_OFF reports once
 * @report: writes one report. Return: 0, or -1 with an error set, which ends it.
 *
 * A terminal is cleared before each report; otherwise an empty line parts two tables, and each JSON
 * document takes one line.
 */
int watch(struct context *ctx, double seconds, int (*report)(struct context *ctx, void *data),
	  void *data);

/* A day; more is a typing error, and would not fit where it goes. */
#define WATCH_MAX 86400.0
/* Less would do nothing but load the machine. */
#define WATCH_MIN 0.01

/*
 * watch_check() - a usage error of @option for a pause that makes no sense; before anything is done. Return: 0, or -1.
 */
int watch_check(struct context *ctx, const char *option, double seconds);

/* open_tree_v2() - mcg_tree_open() for commands that cannot work on cgroup v1. Return: 0, or -1. */
int open_tree_v2(struct context *ctx, struct mcg_tree *tree);

#endif
