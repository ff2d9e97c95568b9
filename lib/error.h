/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An error travels from where it happened to main() in a struct mcg_error: what failed, on what,
 * why, what to do about it, and the exit status that goes with it. The library fills it in and
 * returns -1; it never prints and never exits.
 */
#ifndef MCG_ERROR_H
#define MCG_ERROR_H

#include "memcgctl.h"

/**
 * mcg_fail() - record an error
 * @err: where to record it; an earlier error in it is replaced
 * @status: exit status
 * @subject: on what; NULL for nothing in particular
 * @fmt: printf format of the message
 *
 * Text that does not fit is cut. Return: -1, so that a caller can `return mcg_fail(...)`.
 */
int mcg_fail(struct mcg_error *err, enum mcg_status status, const char *subject, const char *fmt,
	     ...) __attribute__((format(printf, 4, 5)));

/**
 * mcg_fail_errno() - record an error of a system call
 * @err: where to record it
 * @errnum: the errno value; decides the status: a missing object is %MCG_NOT_FOUND, a refusal
 *	%MCG_NOT_PERMITTED
 * @subject: on what
 * @fmt: printf format of what was tried ("cannot open"); the text of @errnum follows it
 */
int mcg_fail_errno(struct mcg_error *err, int errnum, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* mcg_hint() - add what to do about the error recorded last. Return: -1. */
int mcg_hint(struct mcg_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* mcg_subject() - say on what an error was that does not know it. Return: -1. */
int mcg_subject(struct mcg_error *err, const char *subject);

/* mcg_status_of_errno() - the exit status that an errno value stands for. */
enum mcg_status mcg_status_of_errno(int errnum);

#endif
