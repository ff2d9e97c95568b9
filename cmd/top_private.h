/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command top, inside: top.c has options, plain output and the main loop; top_groups.c the rows of groups;
 * top_files.c those of objects and their groups; top_scan.c finds these in the background; top_keys.c says what a key
 * does; top_act.c changes who pays; top_explain.c says why; top_text.c shows text and asks; top_screen.c draws.
 */
#ifndef CMD_TOP_PRIVATE_H
#define CMD_TOP_PRIVATE_H

#include <wchar.h>

#include "attribution.h"
#include "command.h"
#include "group.h"
#include "sample.h"

struct scan;

/* Groups are sorted by these; the first ones are the figures of a sample. */
enum top_sort {
	TOP_SORT_CHARGED = MCG_FIGURE_CHARGED,
	TOP_SORT_ANON = MCG_FIGURE_ANON,
	TOP_SORT_FILE = MCG_FIGURE_FILE,
	TOP_SORT_KERNEL = MCG_FIGURE_KERNEL,
	TOP_SORT_SWAP = MCG_FIGURE_SWAP,
	TOP_SORT_LIMIT = MCG_FIGURE_LIMIT,
	TOP_SORT_RATE = MCG_FIGURES,
	TOP_SORT_PATH,
	TOP_SORTS,
};

#define TOP_TAGGED 1
#define TOP_TEXT 256

enum top_view { TOP_GROUPS, TOP_OBJECTS, TOP_FILE };

/* Figures of a row in the views of objects. */
enum top_column { TOP_CHARGED, TOP_MAPPED, TOP_PRESENT, TOP_SHARED, TOP_COLUMNS };

/**
 * struct top_row - a line of the table
 * @label: as it is; escaped when it is drawn
 * @depth: how far it is set in
 * @group: of a group in the tree; otherwise NULL
 * @key, @key2: what makes the row the same one after a refresh
 * @file: an object; otherwise NULL
 * @path: of a group that has no sample here
 * @heading: cannot be selected
 * @figure: in the views of objects; %MCG_FIGURE_UNKNOWN for none
 */
struct top_row {
	const char *label;
	unsigned int depth;
	struct mcg_sample *group;
	uint64_t key;
	uint64_t key2;
	const struct mcg_attr_file *file;
	const char *path;
	bool heading;
	uint64_t figure[TOP_COLUMNS];
};

/**
 * struct top_list - what one view shows, and where one is in it
 * @key, @key2: of the selected row
 * @chosen: a row was selected by the user, so that it is followed
 * @at: its place
 * @first: row at the top of the screen
 * @filter: part of the name; empty for all
 */
struct top_list {
	struct top_row *row;
	size_t n;
	size_t room;
	uint64_t key;
	uint64_t key2;
	bool chosen;
	size_t at;
	size_t first;
	char filter[TOP_TEXT];
};

/**
 * struct top - the running command
 * @list: by view
 * @scan: under way, or NULL; @scanning says how far it is
 * @found: who pays for and maps what, at @found_at; NULL before the first scan
 * @subject: path of the group whose objects are shown
 * @file_dev, @file_ino: the object that is shown
 * @module: it was there at the last refresh
 * @message: one line for the user, until the next key
 * @question: what is asked in the last line, or NULL; @input is the answer so far
 * @text: shown in place of the table, or NULL, from line @text_first on; @text_title stands above it
 * @interval: seconds
 * @left: refreshes to do; -1 for no end
 * @next: when the next one is due
 * @visible: rows that fit on the screen
 * @ended: the user or a signal ended it
 */
struct top {
	struct context *ctx;
	struct mcg_tree tree;
	struct mcg_sampler *sampler;
	bool module;
	struct scan *scan;
	char scanning[64];
	struct mcg_attribution *found;
	double found_at;
	enum top_view view;
	struct top_list list[TOP_FILE + 1];
	char *subject;
	uint64_t file_dev;
	uint64_t file_ino;
	char *file_name;
	char message[TOP_TEXT];
	const char *question;
	wchar_t input[TOP_TEXT];
	const char *text;
	const char *text_title;
	size_t text_first;
	enum top_sort sort;
	bool reverse;
	bool flat;
	bool paused;
	bool raw;
	unsigned int depth;
	double interval;
	long left;
	double next;
	int visible;
	bool ended;
};

/* top.c */

/* top_now() - seconds of a clock that does not jump. */
double top_now(void);
/* top_refresh() - read all counters again, and make the rows anew. Return: 0, or -1 with the error set. */
int top_refresh(struct top *top);
/* top_rows_build() - make the rows of the view anew. Return: 0, or -1 without memory. */
int top_rows_build(struct top *top);
/* top_say() - tell the user something, in one line, until the next key. */
__attribute__((format(printf, 2, 3))) void top_say(struct top *top, const char *fmt, ...);

/* top_live.c */

/* Added to the code of a key that is no character. */
#define TOP_KEY 0x40000000u

/* top_live() - the view on a terminal, until the user ends it. Return: 0, or -1 with the error set. */
int top_live(struct top *top);
/*
 * top_wait() - wait for a key; counters are read and the screen is drawn meanwhile. Return: the character, %TOP_KEY
 * and a code of curses, or 0 at the end.
 */
unsigned int top_wait(struct top *top);

/* top_stopped() - draw, and look whether the user or a signal ends what is under way. */
bool top_stopped(struct top *top);

/* top_screen.c */

void top_screen_open(void);
/* top_draw() - draw what there is now. */
void top_draw(struct top *top);

/* top_text.c */

/* top_ask() - ask for a line. @answer: what stands there at first, and the result. Return: false when the user gave up. */
bool top_ask(struct top *top, const char *question, char *answer, size_t size);
/* top_confirm() - ask for y or n. */
bool top_confirm(struct top *top, const char *question);
/* top_show() - show text until a key ends it; with a @question, until that is answered. Return: it was answered with y. */
bool top_show(struct top *top, const char *title, const char *text, const char *question);

/* top_keys.c */

/* top_key() - do what a key stands for. */
void top_key(struct top *top, unsigned int key);

/* top_groups.c */

/* top_sort_find() - the order with that name. Return: 0, or -1. */
int top_sort_find(const char *name, enum top_sort *sort);
const char *top_sort_name(enum top_sort sort);
/* top_list_add() - a new row at the end, all zero. Return: NULL without memory. */
struct top_row *top_list_add(struct top_list *list);
/* top_list_place() - find the selected row again after the rows were made anew. Return: false when it has gone. */
bool top_list_place(struct top_list *list);
/* top_matches() - whether a name has the filter's text in it, in small letters or capitals. */
bool top_matches(const struct top_list *list, const char *name);
/* top_groups_build() - make the rows of the view of groups. Return: 0, or -1 without memory. */
int top_groups_build(struct top *top);
size_t top_count_tagged(const struct top *top);
/* top_rate_format() - a change per second for people. Return: @text, of %MCG_SIZE_TEXT bytes. */
char *top_rate_format(double rate, bool raw, char *text);

/* top_files.c */

/* top_open() - show what is in the selected row: objects of a group, groups of an object. */
void top_open(struct top *top);
/* top_scan() - find out who pays for and maps what, unless that is under way. */
void top_scan(struct top *top);
/* top_scan_look() - take the result when it is there. Return: 0, or -1 without memory. */
int top_scan_look(struct top *top);
/* top_files_build() - make the rows of the views of objects. Return: 0, or -1 without memory. */
int top_files_build(struct top *top);

/* top_file() - the object whose groups are shown, or NULL when nobody maps it any more. */
const struct mcg_attr_file *top_file(const struct top *top);

/* top_explain.c */

/* top_explain() - why the selected group is charged with what it is. */
void top_explain(struct top *top, int arg);

/* top_object.c */

/* An object by value; @name is to be freed. */
struct top_object {
	char *name;
	uint64_t ino;
	uint32_t dev_major;
	uint32_t dev_minor;
};

struct file_object;

/**
 * top_object_open() - open an object that was found in /proc
 * @file: overwritten; release with close_file(), also after a failure
 *
 * Only what is the same file is opened, whatever its name leads to by now. Return: 0, or -1 with the error set.
 */
int top_object_open(struct top *top, const struct top_object *object, struct file_object *file);

/* top_act.c: each asks first, and says in one line why it cannot be done. */

/* top_claim() - claim all of the tagged or selected groups, or an object for the group that is shown or selected. */
void top_claim(struct top *top, int arg);
/* top_bind() - bind an object to the tagged groups, or one that is asked for. */
void top_bind(struct top *top, int arg);
/* top_limit() - limit the kernel memory of the tagged or selected groups. */
void top_limit(struct top *top, int arg);

#endif
