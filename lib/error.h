/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An error as it travels from where it happened to main(): what failed, on what, why, what to do about it, and
 * the exit status that goes with it. The library fills it in and returns -1; it never prints and never exits.
 */
#ifndef MCG_ERROR_H
#define MCG_ERROR_H

/* The exit statuses of every command (DESIGN: section 5). */
enum mcg_status {
	MCG_OK,
	MCG_FAILED,
	MCG_USAGE,
	MCG_NO_MODULE,
	MCG_NOT_FOUND,
	MCG_PARTLY,
	MCG_NOT_PERMITTED,
};

/**
 * struct mcg_error - one error
 * @status: exit status; %MCG_OK means that no error was set
 * @subject: on what: a group, file, process or argument as the user named it; may be empty
 * @message: what went wrong and why
 * @hint: what to do about it; may be empty
 */
struct mcg_error {
	enum mcg_status status;
	char subject[512];
	char message[1024];
	char hint[256];
};

/**
 * mcg_fail() - record an error
 * @err: where to record it; an earlier error in it is replaced
 * @status: exit status
 * @subject: on what; NULL for nothing in particular
 * @fmt: printf format of the message
 *
 * Text that does not fit is cut. Return: -1, so that a caller can `return mcg_fail(...)`.
 */
int mcg_fail(struct mcg_error *err, enum mcg_status status, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * mcg_fail_errno() - record an error of a system call
 * @err: where to record it
 * @errnum: the errno value; decides the status: a missing object is %MCG_NOT_FOUND, a refusal %MCG_NOT_PERMITTED
 * @subject: on what
 * @fmt: printf format of what was tried ("cannot open"); the text of @errnum follows it
 */
int mcg_fail_errno(struct mcg_error *err, int errnum, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* mcg_hint() - add what to do about the error recorded last. Return: -1. */
int mcg_hint(struct mcg_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* mcg_status_of_errno() - the exit status that an errno value stands for. */
enum mcg_status mcg_status_of_errno(int errnum);

#endif
