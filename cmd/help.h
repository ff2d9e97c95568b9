/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_HELP_H
#define CMD_HELP_H

struct command;

/* Each writes to stdout. Return: 0, or -1 when it could not be written (main reports that). */
int help_all(void);
int help_command(const struct command *command);
int help_version(void);

#endif
