// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names that container runtimes and systemd give to groups, made short enough to be read. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group.h"

/* A container's id, and as much of it as docker(1) and crictl(1) show. */
#define ID_DIGITS 64
#define ID_SHOWN 12
/* A pod's UID is 8-4-4-4-12 digits, parted by "-", or "_" in the name of a slice. */
#define UID_SIZE 36
#define UID_SHOWN 8

static size_t digits(const char *text)
{
	size_t n = 0;

	while (isdigit((unsigned char)text[n]) || (text[n] >= 'a' && text[n] <= 'f'))
		n++;
	return n;
}

static bool is_uid(const char *text)
{
	static const unsigned char parts[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < sizeof(parts); i++) {
		if (digits(text) != parts[i])
			return false;
		text += parts[i];
		if (i + 1 < sizeof(parts) && *text != '-' && *text != '_')
			return false;
		text++;
	}
	return true;
}

static bool ends(const char *rest, const char *suffix)
{
	return !*rest || !strcmp(rest, suffix);
}

/* "cri-containerd-ID.scope", "ID": the runtime and the first digits. */
static bool short_container(const char *name, char *buf, size_t size)
{
	const char *id = strrchr(name, '-');

	id = id ? id + 1 : name;
	if (digits(id) != ID_DIGITS || !ends(id + ID_DIGITS, ".scope"))
		return false;
	snprintf(buf, size, "%.*s%.*s", (int)(id - name), name, ID_SHOWN, id);
	return true;
}

/* "kubepods-burstable-podUID.slice", "podUID": the pod; what class it is of is the group above. */
static bool short_pod(const char *name, char *buf, size_t size)
{
	const char *uid = name;

	while ((uid = strstr(uid, "pod")) && !is_uid(uid + 3))
		uid++;
	if (!uid || !ends(uid + 3 + UID_SIZE, ".slice"))
		return false;
	snprintf(buf, size, "pod%.*s", UID_SHOWN, uid + 3);
	return true;
}

/* What systemd escapes, "\x2d" for "-" most of all, where it is a character that can be seen. */
static void unescape(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	while (*name && n + 1 < size) {
		char code[3] = { 0 };
		long c = 0;

		if (name[0] == '\\' && name[1] == 'x' && digits(name + 2) >= 2) {
			memcpy(code, name + 2, 2);
			c = strtol(code, NULL, 16);
		}
		if (c > ' ' && c <= '~' && c != '/') {
			buf[n++] = c;
			name += 4;
		} else {
			buf[n++] = *name++;
		}
	}
	buf[n] = '\0';
}

static bool is_unit(const char *name)
{
	static const char *const suffixes[] = { ".service", ".scope", ".slice",
						".socket",  ".mount", ".swap" };
	const char *suffix = strrchr(name, '.');

	for (size_t i = 0; suffix && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (!strcmp(suffix, suffixes[i]))
			return true;
	}
	return false;
}

const char *mcg_group_short(const char *name, char *buf, size_t size)
{
	if (short_container(name, buf, size) || short_pod(name, buf, size))
		return buf;
	if (is_unit(name))
		unescape(name, buf, size);
	else
		snprintf(buf, size, "%s", name);
	return buf;
}
