// SPDX-License-Identifier: LGPL-2.1-or-later
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum mcg_status mcg_status_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
	case ESRCH:
	case ENODEV:
		return MCG_NOT_FOUND;
	case EPERM:
	case EACCES:
		return MCG_NOT_PERMITTED;
	default:
		return MCG_FAILED;
	}
}

static void start(struct mcg_error *err, enum mcg_status status, int errnum, const char *subject)
{
	err->status = status;
	err->errnum = errnum;
	err->hint[0] = '\0';
	snprintf(err->subject, sizeof(err->subject), "%s", subject ? subject : "");
}

int mcg_fail(struct mcg_error *err, enum mcg_status status, const char *subject, const char *fmt, ...)
{
	va_list ap;

	start(err, status, 0, subject);
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	return -1;
}

int mcg_fail_errno(struct mcg_error *err, int errnum, const char *subject, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	start(err, mcg_status_of_errno(errnum), errnum, subject);
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	len = strlen(err->message);
	snprintf(err->message + len, sizeof(err->message) - len, ": %s", strerror(errnum));
	return -1;
}

int mcg_hint(struct mcg_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	return -1;
}

int mcg_subject(struct mcg_error *err, const char *subject)
{
	if (!err->subject[0])
		snprintf(err->subject, sizeof(err->subject), "%s", subject);
	return -1;
}
