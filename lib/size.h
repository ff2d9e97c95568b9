/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MCG_SIZE_H
#define MCG_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* "No limit"; written `max`. The same value as %MEMCGCTL_SIZE_MAX of the protocol. */
#define MCG_SIZE_MAX UINT64_MAX

/* Room for any size as mcg_size_format() writes it, its end included. */
#define MCG_SIZE_TEXT 24

/**
 * mcg_size_parse() - read a SIZE argument
 * @text: digits, optionally followed by K, M, G, T or Ki, Mi, Gi, Ti (base 1024); or N% of RAM
 *	(at most 100%); or `max`. Nothing else: no sign, no space, no fraction, no small letters.
 * @ram: bytes of RAM that N% refers to; 0 asks the kernel
 * @size: the result in bytes; written only on success
 * @err: why it is not a size
 *
 * A number that is no "max" never gives %MCG_SIZE_MAX: it would not fit. Return: 0, or -1.
 */
int mcg_size_parse(const char *text, uint64_t ram, uint64_t *size, struct mcg_error *err);

/**
 * mcg_size_format() - write a size for people: three or four digits and a unit ("1.5M", "640K",
 * "12M")
 * @size: bytes; %MCG_SIZE_MAX gives "max"
 * @exact: write all the bytes, without a unit
 * @text: at least %MCG_SIZE_TEXT bytes
 *
 * Rounds to nearest. Return: @text.
 */
char *mcg_size_format(uint64_t size, int exact, char *text);

/**
 * mcg_range_parse() - read START-END, as /proc/PID/maps writes addresses
 * @text: two hexadecimal numbers (with or without 0x) joined by '-'; END is one past the last byte
 * @start: multiple of the page size
 * @end: multiple of the page size, above @start
 *
 * Return: 0, or -1 with @err set.
 */
int mcg_range_parse(const char *text, uint64_t *start, uint64_t *end, struct mcg_error *err);

/**
 * mcg_span_parse() - read PATH or PATH:OFF+LEN
 * @text: OFF and LEN are as for mcg_size_parse(), but no N%; LEN may be `max`, which is to the end of the file.
 *	A path that itself ends like that, with a digit, a plus and letters or digits only, is given with `:0+max`.
 * @length: bytes of @text that are the path
 * @start: OFF, or 0; a multiple of the page size
 * @end: one past the last byte, a multiple of the page size; %MCG_SIZE_MAX for the end of the file
 *
 * Return: 0, or -1 with @err set.
 */
int mcg_span_parse(const char *text, size_t *length, uint64_t *start, uint64_t *end,
		   struct mcg_error *err);

/**
 * mcg_number_parse() - read a decimal number: digits only
 * @text: the digits
 * @max: highest allowed value
 * @value: the result; written only on success
 *
 * Return: 0, or -1 when @text is anything else or above @max.
 */
int mcg_number_parse(const char *text, uint64_t max, uint64_t *value);

#endif
