// SPDX-License-Identifier: LGPL-2.1-or-later
#include "size.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static const char units[] = "KMGT";

/*
 * Reads the digits of @base at *@text and moves past them; -1 when there is none or they overflow.
 */
static int take_number(const char **text, unsigned int base, uint64_t *value)
{
	const char *p = *text;
	uint64_t v = 0;

	for (;; p++) {
		unsigned int digit;

		if (*p >= '0' && *p <= '9')
			digit = *p - '0';
		else if (base == 16 && *p >= 'a' && *p <= 'f')
			digit = *p - 'a' + 10;
		else if (base == 16 && *p >= 'A' && *p <= 'F')
			digit = *p - 'A' + 10;
		else
			break;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
			return -1;
	}
	if (p == *text)
		return -1;
	*text = p;
	*value = v;
	return 0;
}

int mcg_number_parse(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v;

	if (take_number(&text, 10, &v) || *text || v > max)
		return -1;
	*value = v;
	return 0;
}

static uint64_t ram_size(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		return 0;
	return (uint64_t)info.totalram * info.mem_unit;
}

static int bad_size(struct mcg_error *err, const char *text)
{
	mcg_fail(err, MCG_USAGE, text, "not a size");
	return mcg_hint(err, "give bytes, or a number with K, M, G or T, or N%% of RAM, or max");
}

int mcg_size_parse(const char *text, uint64_t ram, uint64_t *size, struct mcg_error *err)
{
	const char *p = text;
	const char *unit;
	uint64_t v;

	if (!strcmp(text, "max")) {
		*size = MCG_SIZE_MAX;
		return 0;
	}
	if (*p < '0' || *p > '9')
		return bad_size(err, text);
	if (take_number(&p, 10, &v))
		return mcg_fail(err, MCG_USAGE, text, "size too large");
	if (!strcmp(p, "%")) {
		if (v > 100)
			return mcg_fail(err, MCG_USAGE, text, "more than 100%% of RAM");
		if (!ram)
			ram = ram_size();
		/* Split, so that the product cannot overflow whatever @ram is. */
		*size = ram / 100 * v + ram % 100 * v / 100;
		return 0;
	}
	if (*p) {
		unit = strchr(units, *p);
		if (!unit || (p[1] && strcmp(p + 1, "i")))
			return bad_size(err, text);
		if (__builtin_mul_overflow(v, (uint64_t)1 << (10 * (unit - units + 1)), &v))
			return mcg_fail(err, MCG_USAGE, text, "size too large");
	}
	if (v == MCG_SIZE_MAX)
		return mcg_fail(err, MCG_USAGE, text, "size too large");
	*size = v;
	return 0;
}

char *mcg_size_format(uint64_t size, int exact, char *text)
{
	static const char letters[] = "BKMGTPE";
	unsigned int unit = 0;
	long double value = size;

	if (size == MCG_SIZE_MAX) {
		strcpy(text, "max");
		return text;
	}
	if (exact) {
		snprintf(text, MCG_SIZE_TEXT, "%" PRIu64, size);
		return text;
	}
	/* 1023.5 would be written as 1024 of this unit: that is 1.0 of the next. */
	while (value >= 1023.5L && unit < strlen(letters) - 1) {
		value /= 1024;
		unit++;
	}
	if (unit && value < 9.95L)
		snprintf(text, MCG_SIZE_TEXT, "%.1Lf%c", value, letters[unit]);
	else
		snprintf(text, MCG_SIZE_TEXT, "%.0Lf%c", value, letters[unit]);
	return text;
}

static int take_address(const char **p, uint64_t *value)
{
	if ((*p)[0] == '0' && ((*p)[1] == 'x' || (*p)[1] == 'X'))
		*p += 2;
	return take_number(p, 16, value);
}

int mcg_range_parse(const char *text, uint64_t *start, uint64_t *end, struct mcg_error *err)
{
	uint64_t page = sysconf(_SC_PAGESIZE);
	const char *p = text;
	uint64_t s, e;

	if (take_address(&p, &s) || *p++ != '-' || take_address(&p, &e) || *p) {
		mcg_fail(err, MCG_USAGE, text, "not a range");
		return mcg_hint(err, "give START-END in hexadecimal, as in /proc/PID/maps");
	}
	if (s >= e)
		return mcg_fail(err, MCG_USAGE, text, "the range ends before it starts");
	if (s % page || e % page)
		return mcg_fail(err, MCG_USAGE, text,
				"the range does not begin and end at a page (%" PRIu64 " bytes)",
				page);
	*start = s;
	*end = e;
	return 0;
}

static size_t word_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]))
		n++;
	return n;
}

/* Bytes of OFF in what stands behind a colon, or 0 when that is no OFF+LEN. */
static size_t span_offset(const char *text)
{
	size_t offset = *text >= '0' && *text <= '9' ? word_length(text) : 0;
	size_t length = text[offset] == '+' ? word_length(text + offset + 1) : 0;

	return length && !text[offset + 1 + length] ? offset : 0;
}

int mcg_span_parse(const char *text, size_t *length, uint64_t *start, uint64_t *end,
		   struct mcg_error *err)
{
	uint64_t page = sysconf(_SC_PAGESIZE), off, len;
	const char *colon = strrchr(text, ':');
	size_t n = colon ? span_offset(colon + 1) : 0;
	char number[64];

	*length = strlen(text);
	*start = 0;
	*end = MCG_SIZE_MAX;
	if (!n)
		return 0;
	if (n >= sizeof(number))
		return mcg_fail(err, MCG_USAGE, text, "size too large");
	memcpy(number, colon + 1, n);
	number[n] = '\0';
	if (mcg_size_parse(number, 0, &off, err) || mcg_size_parse(colon + 1 + n + 1, 0, &len, err))
		return -1;
	if (!len)
		return mcg_fail(err, MCG_USAGE, text, "the range is empty");
	/* An end that is none would mean the whole file. */
	if (len != MCG_SIZE_MAX && (__builtin_add_overflow(off, len, end) || *end == MCG_SIZE_MAX))
		return mcg_fail(err, MCG_USAGE, text, "size too large");
	if (off % page || (len != MCG_SIZE_MAX && len % page))
		return mcg_fail(err, MCG_USAGE, text,
				"the range does not begin and end at a page (%" PRIu64 " bytes)",
				page);
	*length = colon - text;
	*start = off;
	return 0;
}
