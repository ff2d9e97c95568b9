/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Text that comes from outside (names of groups, files, processes) is an attacker's bytes. Nothing
 * of it reaches a terminal, a CSV file or a JSON document except through here.
 */
#ifndef MCG_TEXT_H
#define MCG_TEXT_H

#include <jansson.h>
#include <stddef.h>

/**
 * mcg_text_escape() - make text safe and measurable for a terminal
 * @text: any bytes, in the encoding of the locale
 * @width: columns that the result takes; may be NULL
 *
 * Control and formatting characters (those that reorder or hide text, too), what the locale cannot
 * show, and invalid bytes become \xNN, byte by byte. A backslash stays as it is. Return: new
 * string, to be freed; NULL without memory.
 */
char *mcg_text_escape(const char *text, size_t *width);

/**
 * mcg_text_csv() - quote one CSV field (RFC 4180)
 * @text: any bytes; control characters other than tab and invalid UTF-8 become \xNN
 *
 * Quoted when it holds a comma or a quote. Return: new string, or NULL without memory.
 */
char *mcg_text_csv(const char *text);

/**
 * mcg_text_json() - a JSON string of any bytes
 * @text: any bytes, or NULL
 *
 * Valid UTF-8 stays as it is. In other text every byte that is no part of valid UTF-8 becomes \xNN,
 * and so does a backslash, so that it can be told from an escape. Return: new reference; JSON null
 * for NULL; NULL without memory.
 */
json_t *mcg_text_json(const char *text);

#endif
