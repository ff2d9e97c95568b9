// SPDX-License-Identifier: LGPL-2.1-or-later
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/*
 * Characters that take no column but change how others are shown: zero width, direction marks,
 * embeddings, overrides and isolates, line and paragraph separators, byte order mark, interlinear
 * marks, tags. They could make one name look like another, and iswprint() accepts most of them.
 */
static bool is_format(wchar_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

static char *put_hex(char *out, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out += sprintf(out, "\\x%02x", (unsigned char)bytes[i]);
	return out;
}

char *mcg_text_escape(const char *text, size_t *width)
{
	size_t left = strlen(text);
	char *start = malloc(4 * left + 1);
	char *out = start;
	mbstate_t state = { 0 };
	size_t columns = 0;

	if (!start)
		return NULL;
	while (left) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, left, &state);
		bool valid = n != (size_t)-1 && n != (size_t)-2;

		if (!valid) {
			memset(&state, 0, sizeof(state));
			n = 1;
		}
		if (valid && iswprint(c) && !is_format(c) && wcwidth(c) >= 0) {
			memcpy(out, text, n);
			out += n;
			columns += wcwidth(c);
		} else {
			out = put_hex(out, text, n);
			columns += 4 * n;
		}
		text += n;
		left -= n;
	}
	*out = '\0';
	if (width)
		*width = columns;
	return start;
}

/* Bytes of the valid UTF-8 sequence at @s (RFC 3629: no surrogates, no overlong forms), or 0. */
static size_t utf8_sequence(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (u[0] < 0x80)
		return 1;
	if (u[0] >= 0xc2 && u[0] <= 0xdf)
		n = 2;
	else if (u[0] >= 0xe0 && u[0] <= 0xef)
		n = 3;
	else if (u[0] >= 0xf0 && u[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (u[0] == 0xe0)
		low = 0xa0;
	else if (u[0] == 0xed)
		high = 0x9f;
	else if (u[0] == 0xf0)
		low = 0x90;
	else if (u[0] == 0xf4)
		high = 0x8f;
	if (u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (u[i] < 0x80 || u[i] > 0xbf)
			return 0;
	return n;
}

/*
 * Copies @text, with \xNN for what @bad says of a byte of ASCII and for everything that is no valid
 * UTF-8.
 */
static char *hex_copy(const char *text, bool (*bad)(char c))
{
	char *start = malloc(4 * strlen(text) + 1);
	char *out = start;

	if (!start)
		return NULL;
	while (*text) {
		size_t n = utf8_sequence(text);

		if (!n || (n == 1 && bad(*text))) {
			out = put_hex(out, text, 1);
			text++;
			continue;
		}
		memcpy(out, text, n);
		out += n;
		text += n;
	}
	*out = '\0';
	return start;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool is_backslash(char c)
{
	return c == '\\';
}

char *mcg_text_csv(const char *text)
{
	char *clean = hex_copy(text, is_control);
	char *quoted, *out;

	if (!clean || !strpbrk(clean, ",\""))
		return clean;
	quoted = malloc(2 * strlen(clean) + 3);
	if (quoted) {
		out = quoted;
		*out++ = '"';
		for (const char *p = clean; *p; p++) {
			if (*p == '"')
				*out++ = '"';
			*out++ = *p;
		}
		*out++ = '"';
		*out = '\0';
	}
	free(clean);
	return quoted;
}

json_t *mcg_text_json(const char *text)
{
	json_t *json;
	char *clean;

	if (!text)
		return json_null();
	json = json_string(text);
	if (json)
		return json;
	clean = hex_copy(text, is_backslash);
	json = clean ? json_string(clean) : NULL;
	free(clean);
	return json;
}
