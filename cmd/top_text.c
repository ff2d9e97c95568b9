// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: text in place of the table, and questions in the last line. */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "top_private.h"

#define ESCAPE 27
#define CONTROL(c) ((c)&0x1f)

static bool is_enter(unsigned int key)
{
	return key == '\r' || key == '\n' || key == (TOP_KEY | KEY_ENTER);
}

static bool is_erase(unsigned int key)
{
	return key == (TOP_KEY | KEY_BACKSPACE) || key == CONTROL('h') || key == 127;
}

bool top_ask(struct top *top, const char *question, char *answer, size_t size)
{
	size_t n = mbstowcs(top->input, answer, TOP_TEXT - 1);
	unsigned int key;

	if (n == (size_t)-1)
		n = 0;
	top->input[n] = L'\0';
	top->question = question;
	while ((key = top_wait(top)) && !is_enter(key) && key != ESCAPE) {
		if (is_erase(key))
			n -= n > 0;
		else if (key == CONTROL('u'))
			n = 0;
		else if (!(key & TOP_KEY) && key >= ' ' && n < TOP_TEXT - 1)
			top->input[n++] = key;
		top->input[n] = L'\0';
	}
	top->question = NULL;
	if (!is_enter(key))
		return false;
	n = wcstombs(answer, top->input, size);
	if (n != (size_t)-1 && n < size)
		return true;
	top_say(top, "too long");
	return false;
}

bool top_confirm(struct top *top, const char *question)
{
	unsigned int key;

	top->input[0] = L'\0';
	top->question = question;
	while ((key = top_wait(top)) && key != 'y' && key != 'n' && key != 'q' && key != ESCAPE) {
		if ((key == (TOP_KEY | KEY_DOWN) || key == ' ') && top->text)
			top->text_first++;
		else if (key == (TOP_KEY | KEY_UP) && top->text_first)
			top->text_first--;
	}
	top->question = NULL;
	return key == 'y';
}

bool top_show(struct top *top, const char *title, const char *text, const char *question)
{
	bool yes = false;
	unsigned int key;

	top->text = text;
	top->text_title = title;
	top->text_first = 0;
	if (question) {
		yes = top_confirm(top, question);
	} else {
		while ((key = top_wait(top)) && key != 'q' && key != ESCAPE && !is_enter(key)) {
			if (key == (TOP_KEY | KEY_DOWN) || key == (TOP_KEY | KEY_NPAGE) || key == ' ')
				top->text_first += key == (TOP_KEY | KEY_DOWN) ? 1 : top->visible;
			else if (key == (TOP_KEY | KEY_UP) && top->text_first)
				top->text_first--;
			else if (key == (TOP_KEY | KEY_PPAGE))
				top->text_first -= top->text_first < (size_t)top->visible
							   ? top->text_first
							   : (size_t)top->visible;
		}
	}
	top->text = NULL;
	return yes;
}
