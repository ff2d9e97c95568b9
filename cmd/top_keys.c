// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: what a key does. Help is made from the same table. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "top_private.h"

#define ESCAPE 27
#define CONTROL(c) ((c)&0x1f)

/* Views in which a key does something. */
#define IN_GROUPS (1u << TOP_GROUPS)
#define IN_OBJECTS (1u << TOP_OBJECTS)
#define IN_FILE (1u << TOP_FILE)
#define EVERYWHERE (IN_GROUPS | IN_OBJECTS | IN_FILE)

/**
 * struct key - a key and what it does
 * @arg: given to @act
 * @name: for help; NULL for another key of the line above
 */
struct key {
	unsigned int key;
	unsigned int views;
	void (*act)(struct top *top, int arg);
	int arg;
	const char *name;
	const char *help;
};

static struct top_list *shown(struct top *top)
{
	return &top->list[top->view];
}

/* Goes by @by rows, past headings, as far as it goes. */
static void go(struct top *top, long by)
{
	struct top_list *list = shown(top);
	long last = (long)list->n - 1, at = (long)list->at + by;

	if (last < 0)
		return;
	at = at < 0 ? 0 : at > last ? last : at;
	while (list->row[at].heading && at + (by < 0 ? -1 : 1) >= 0 && at + (by < 0 ? -1 : 1) <= last)
		at += by < 0 ? -1 : 1;
	if (list->row[at].heading)
		return;
	list->at = at;
	list->key = list->row[at].key;
	list->key2 = list->row[at].key2;
	list->chosen = true;
}

static void move_by(struct top *top, int by)
{
	go(top, by);
}

static void page(struct top *top, int direction)
{
	go(top, (long)direction * (top->visible > 1 ? top->visible - 1 : 1));
}

static void edge(struct top *top, int direction)
{
	struct top_list *list = shown(top);

	go(top, direction * (long)list->n);
	/* At the top one wants to see what is the largest, not to follow what is it now. */
	if (direction < 0)
		list->chosen = false;
}

/* What is not among the rows any more is not gone: the user did not want to see it. */
static void rebuild(struct top *top)
{
	int ret = top_rows_build(top);

	top->message[0] = '\0';
	if (ret)
		top_say(top, "out of memory");
}

static void sort(struct top *top, int by)
{
	top->sort = by;
	top->reverse = false;
	rebuild(top);
}

static void reverse(struct top *top, int arg)
{
	(void)arg;
	top->reverse = !top->reverse;
	rebuild(top);
}

static void tree(struct top *top, int arg)
{
	(void)arg;
	top->flat = !top->flat;
	rebuild(top);
}

static void deeper(struct top *top, int by)
{
	struct mcg_sample *const *all;
	unsigned int deepest = 0;
	size_t n;

	all = mcg_sampler_groups(top->sampler, &n);
	for (size_t i = 0; i < n; i++)
		if (all[i]->depth > deepest)
			deepest = all[i]->depth;
	/* One step back from "all" is just less than all there is. */
	if (by < 0 && top->depth > deepest)
		top->depth = deepest;
	if (by > 0 || top->depth)
		top->depth += by;
	rebuild(top);
	top_say(top, "groups to a depth of %u", top->depth);
}

static void ask_filter(struct top *top, int arg)
{
	struct top_list *list = shown(top);
	char text[TOP_TEXT];

	(void)arg;
	strcpy(text, list->filter);
	if (!top_ask(top, "filter:", text, sizeof(text)))
		return;
	strcpy(list->filter, text);
	rebuild(top);
}

static void tag(struct top *top, int arg)
{
	struct top_list *list = shown(top);

	(void)arg;
	if (list->n && list->row[list->at].group) {
		list->row[list->at].group->mark ^= TOP_TAGGED;
		go(top, 1);
	}
}

static void untag(struct top *top, int arg)
{
	struct mcg_sample *const *all;
	size_t n;

	(void)arg;
	all = mcg_sampler_groups(top->sampler, &n);
	for (size_t i = 0; i < n; i++)
		all[i]->mark = 0;
}

static void pause_view(struct top *top, int arg)
{
	(void)arg;
	top->paused = !top->paused;
	top->next = top_now();
}

static void interval(struct top *top, int arg)
{
	char text[TOP_TEXT], *end;
	double seconds;

	(void)arg;
	snprintf(text, sizeof(text), "%g", top->interval);
	if (!top_ask(top, "seconds between two reports:", text, sizeof(text)))
		return;
	seconds = strtod(text, &end);
	if (*end || end == text || watch_check(top->ctx, text, seconds)) {
		memset(&top->ctx->err, 0, sizeof(top->ctx->err));
		top_say(top, "not a number of seconds from %.2f to %.0f", WATCH_MIN, WATCH_MAX);
		return;
	}
	top->interval = seconds;
	top->next = top_now() + seconds;
}

static void exact(struct top *top, int arg)
{
	(void)arg;
	top->raw = !top->raw;
}

static void redraw(struct top *top, int arg)
{
	(void)arg;
	clearok(curscr, TRUE);
	top->next = top_now();
}

static void quit(struct top *top, int arg)
{
	(void)arg;
	top->ended = true;
}

static void back(struct top *top, int arg)
{
	(void)arg;
	if (top->view != TOP_GROUPS) {
		top->view--;
		top_list_place(shown(top));
	} else if (shown(top)->filter[0]) {
		shown(top)->filter[0] = '\0';
		rebuild(top);
	}
}

static void enter(struct top *top, int arg)
{
	(void)arg;
	top_open(top);
}

static void look_again(struct top *top, int arg)
{
	(void)arg;
	top_scan(top);
}

static void help(struct top *top, int arg);

static const struct key keys[] = {
	{ TOP_KEY | KEY_UP, EVERYWHERE, move_by, -1, "Up, Down", "select a row" },
	{ TOP_KEY | KEY_DOWN, EVERYWHERE, move_by, 1, NULL, NULL },
	{ TOP_KEY | KEY_PPAGE, EVERYWHERE, page, -1, "PgUp, PgDn", "go by a screen" },
	{ TOP_KEY | KEY_NPAGE, EVERYWHERE, page, 1, NULL, NULL },
	{ TOP_KEY | KEY_HOME, EVERYWHERE, edge, -1, "Home, End", "go to the first or last row" },
	{ TOP_KEY | KEY_END, EVERYWHERE, edge, 1, NULL, NULL },
	{ '\r', IN_GROUPS | IN_OBJECTS, enter, 0, "Enter, Right",
	  "open: a group's objects, who pays for and maps an object" },
	{ '\n', IN_GROUPS | IN_OBJECTS, enter, 0, NULL, NULL },
	{ TOP_KEY | KEY_ENTER, IN_GROUPS | IN_OBJECTS, enter, 0, NULL, NULL },
	{ TOP_KEY | KEY_RIGHT, IN_GROUPS | IN_OBJECTS, enter, 0, NULL, NULL },
	{ 'e', IN_GROUPS, top_explain, 0, "e", "explain: why it is charged with what it is" },
	{ TOP_KEY | KEY_F(5), IN_OBJECTS | IN_FILE, look_again, 0, "F5",
	  "look at all processes again" },
	{ ESCAPE, EVERYWHERE, back, 0, "Esc, Left", "go back; in the groups: no filter" },
	{ TOP_KEY | KEY_LEFT, EVERYWHERE, back, 0, NULL, NULL },
	{ TOP_KEY | KEY_BACKSPACE, EVERYWHERE, back, 0, NULL, NULL },
	{ 127, EVERYWHERE, back, 0, NULL, NULL },
	{ 'M', IN_GROUPS, sort, TOP_SORT_CHARGED, "M", "sort by what is charged" },
	{ 'D', IN_GROUPS, sort, TOP_SORT_RATE, "D", "sort by the change per second" },
	{ 'A', IN_GROUPS, sort, TOP_SORT_ANON, "A", "sort by private memory" },
	{ 'F', IN_GROUPS, sort, TOP_SORT_FILE, "F", "sort by page cache and shared memory" },
	{ 'K', IN_GROUPS, sort, TOP_SORT_KERNEL, "K", "sort by kernel memory" },
	{ 'S', IN_GROUPS, sort, TOP_SORT_SWAP, "S", "sort by swap space" },
	{ 'L', IN_GROUPS, sort, TOP_SORT_LIMIT, "L", "sort by memory.max" },
	{ 'N', IN_GROUPS, sort, TOP_SORT_PATH, "N", "sort by name" },
	{ 'R', IN_GROUPS, reverse, 0, "R, I", "least first" },
	{ 'I', IN_GROUPS, reverse, 0, NULL, NULL },
	{ 't', IN_GROUPS, tree, 0, "t", "a tree, or one list" },
	{ '+', IN_GROUPS, deeper, 1, "+, -", "show deeper groups, or fewer" },
	{ '-', IN_GROUPS, deeper, -1, NULL, NULL },
	{ '/', IN_GROUPS | IN_OBJECTS, ask_filter, 0, "/", "show names with this text in them" },
	{ ' ', IN_GROUPS, tag, 0, "Space", "tag a group, or no longer" },
	{ 'U', EVERYWHERE, untag, 0, "U", "tag none" },
	{ 'c', IN_GROUPS, top_claim, 0, "c",
	  "claim all that is charged to the tagged groups, or this one" },
	{ 'c', IN_OBJECTS, top_claim, 0, "c", "claim this object for the group that is shown" },
	{ 'c', IN_FILE, top_claim, 0, "c", "claim the object for this group" },
	{ 'b', IN_OBJECTS | IN_FILE, top_bind, 0, "b",
	  "bind the object to the tagged groups, or one of your choice" },
	{ 'k', IN_GROUPS, top_limit, 0, "k",
	  "limit the kernel memory of the tagged groups, or this one" },
	{ 'p', EVERYWHERE, pause_view, 0, "p", "pause, or go on" },
	{ 'd', EVERYWHERE, interval, 0, "d", "seconds between two reports" },
	{ 'r', EVERYWHERE, exact, 0, "r", "exact bytes, or units" },
	{ CONTROL('l'), EVERYWHERE, redraw, 0, "Ctrl-L", "draw all anew" },
	{ '?', EVERYWHERE, help, 0, "?, h", "this help" },
	{ 'h', EVERYWHERE, help, 0, NULL, NULL },
	{ 'q', EVERYWHERE, quit, 0, "q", "quit" },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static void help(struct top *top, int arg)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)arg;
	if (!out)
		return;
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].name && keys[i].views & 1u << top->view)
			fprintf(out, " %-12s %s\n", keys[i].name, keys[i].help);
	if (!fclose(out))
		top_show(top, "keys", text, NULL);
	free(text);
}

void top_key(struct top *top, unsigned int key)
{
	for (size_t i = 0; i < N_KEYS; i++) {
		if (keys[i].key == key && keys[i].views & 1u << top->view) {
			keys[i].act(top, keys[i].arg);
			return;
		}
	}
}
