// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: the view on a terminal: its beginning, its end, and waiting. */
#include <errno.h>
#include <curses.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "memcgctl.h"
#include "top_private.h"

/* How long a lone Esc is waited for to become something longer. */
#define ESCAPE_MS 25
/* How often a scan is asked how far it is. */
#define SCAN_MS 100

/* The module comes and goes; to ask for it takes a socket and one message. */
static void look_for_module(struct top *top, bool first)
{
	struct mcg_error ignored;
	struct mcg_module *module = mcg_module_open(&ignored);
	bool there = module;

	mcg_module_close(module);
	if (!first && top->module && !there)
		top_say(top, "the module was unloaded: going on from /proc alone");
	else if (!first && !top->module && there)
		top_say(top, "the module is loaded");
	top->module = there;
}

/* Return: whether one can go on. */
static bool refresh_when_due(struct top *top)
{
	if (top->paused || top_now() < top->next)
		return true;
	if (!top->left)
		return false;
	if (top->left > 0)
		top->left--;
	look_for_module(top, false);
	if (top_refresh(top))
		return false;
	top->next = top_now() + top->interval;
	return true;
}

static int milliseconds_left(const struct top *top)
{
	double left = (top->next - top_now()) * 1000;

	/* How far a scan is changes more often. */
	if (top->scan && (top->paused || left > SCAN_MS))
		return SCAN_MS;
	if (top->paused)
		return -1;
	return left < 0 ? 0 : left > 1e6 ? (int)1e6 : (int)left + 1;
}

unsigned int top_wait(struct top *top)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	wint_t key;
	int kind;

	while (!top->ended) {
		if (interrupted || !refresh_when_due(top))
			break;
		if (top_scan_look(top))
			top_say(top, "out of memory");
		top_draw(top);
		in.revents = 0;
		/* A signal ends it, too: a change of the size, or the end. */
		if (poll(&in, 1, milliseconds_left(top)) < 0 && errno != EINTR)
			break;
		kind = get_wch(&key);
		if (kind == OK || (kind == KEY_CODE_YES && key != KEY_RESIZE))
			return kind == OK ? key : TOP_KEY | key;
		/* The terminal has gone, or there is nothing more to come from it. */
		if (kind == ERR && in.revents & (POLLHUP | POLLERR | POLLNVAL))
			break;
	}
	top->ended = true;
	return 0;
}

bool top_stopped(struct top *top)
{
	wint_t key;

	top_draw(top);
	return interrupted || (get_wch(&key) == OK && key == 27);
}

int top_live(struct top *top)
{
	struct context *ctx = top->ctx;
	SCREEN *screen = newterm(NULL, stdout, stdin);
	const char *name = getenv("TERM");

	if (!screen)
		return mcg_fail(&ctx->err, MCG_FAILED, name ? name : "TERM",
				"cannot use this terminal");
	/* After curses, which would leave without a word. */
	catch_signals();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	top_screen_open();
	look_for_module(top, true);
	while (!top->ended) {
		unsigned int key = top_wait(top);

		if (key) {
			top->message[0] = '\0';
			top_key(top, key);
		}
	}
	endwin();
	delscreen(screen);
	return ctx->err.status == MCG_OK ? 0 : -1;
}
