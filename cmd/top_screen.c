// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcgctl top: drawing, and nothing else. The whole screen is made anew in memory each time, and curses sends what
 * differs, so that nothing flickers.
 */
#include <langinfo.h>
#include <math.h>
#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "size.h"
#include "text.h"
#include "top_private.h"

/* Lines above and below the table. */
#define HEAD_LINES 2
#define FOOT_LINES 1
#define TITLE_SIZE 1024

enum { PAIR_OK = 1, PAIR_WARN, PAIR_FULL, PAIR_HEAD };

enum kind { FIGURE, RATE, BAR, PART };

/**
 * struct column - a column beside the names
 * @figure: &enum mcg_figure, or &enum top_column
 * @rank: the column with the lowest one is the first to be shown when there is little room
 */
struct column {
	const char *title;
	enum kind kind;
	int figure;
	int width;
	int raw_width;
	int rank;
};

static const struct column group_columns[] = {
	{ "CHARGED", FIGURE, MCG_FIGURE_CHARGED, 7, 16, 0 },
	{ "RATE/s", RATE, 0, 7, 16, 1 },
	{ "OF LIMIT", BAR, 0, 13, 13, 2 },
	{ "ANON", FIGURE, MCG_FIGURE_ANON, 6, 16, 4 },
	{ "FILE", FIGURE, MCG_FIGURE_FILE, 6, 16, 5 },
	{ "KERNEL", FIGURE, MCG_FIGURE_KERNEL, 6, 16, 6 },
	{ "SWAP", FIGURE, MCG_FIGURE_SWAP, 6, 16, 7 },
	{ "LIMIT", FIGURE, MCG_FIGURE_LIMIT, 6, 16, 3 },
	{ NULL, FIGURE, 0, 0, 0, 0 },
};

static const struct column object_columns[] = {
	{ "CHARGED", PART, TOP_CHARGED, 7, 16, 0 },
	{ "MAPPED", PART, TOP_MAPPED, 7, 16, 1 },
	{ "PRESENT", PART, TOP_PRESENT, 7, 16, 2 },
	{ "SHARED", PART, TOP_SHARED, 7, 16, 3 },
	{ NULL, PART, 0, 0, 0, 0 },
};

static const struct column part_columns[] = {
	{ "CHARGED", PART, TOP_CHARGED, 7, 16, 0 },
	{ "MAPPED", PART, TOP_MAPPED, 7, 16, 1 },
	{ NULL, PART, 0, 0, 0, 0 },
};

static const struct column *const view_columns[] = { group_columns, object_columns, part_columns };
static const char *const view_names[] = { "GROUP", "OBJECT", "GROUP" };

static bool utf8, coloured;

void top_screen_open(void)
{
	const char *no = getenv("NO_COLOR");

	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	coloured = has_colors() && !(no && *no);
	if (!coloured)
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_OK, COLOR_GREEN, -1);
	init_pair(PAIR_WARN, COLOR_YELLOW, -1);
	init_pair(PAIR_FULL, COLOR_RED, -1);
	init_pair(PAIR_HEAD, COLOR_CYAN, -1);
}

static attr_t colour(int pair)
{
	return coloured ? COLOR_PAIR(pair) : A_NORMAL;
}

/* Columns that wide characters take; -1 for one that cannot be shown cannot be here: the text is escaped. */
static int width_of(const wchar_t *text, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n; i++)
		width += wcwidth(text[i]) > 0 ? wcwidth(text[i]) : 0;
	return width;
}

/* Writes text that is safe in just @width columns; what does not fit is cut at one end, and marked. */
static void put_cut(const char *safe, int width, bool cut_left)
{
	size_t size = strlen(safe) + 1, n, from = 0;
	wchar_t *wide = calloc(size + 1, sizeof(*wide));
	const char *mark = utf8 ? "…" : "~";
	int took;

	n = wide ? mbstowcs(wide, safe, size) : (size_t)-1;
	if (n == (size_t)-1 || width <= 0) {
		free(wide);
		return;
	}
	took = width_of(wide, n);
	if (took > width) {
		while (n > from && width_of(wide + from, n - from) > width - 1) {
			if (cut_left)
				from++;
			else
				n--;
		}
		took = width_of(wide + from, n - from) + 1;
		if (cut_left)
			addstr(mark);
		addnwstr(wide + from, n - from);
		if (!cut_left)
			addstr(mark);
	} else {
		addnwstr(wide, n);
	}
	for (; took < width; took++)
		addch(' ');
	free(wide);
}

/* Of a path the end says more than the beginning. */
static void put_safe(const char *safe, int width)
{
	put_cut(safe, width, safe[0] == '/');
}

static void put_text(const char *text, int width)
{
	char *safe = mcg_text_escape(text, NULL);

	if (safe)
		put_safe(safe, width);
	free(safe);
}

static void put_size(const struct top *top, uint64_t size, int width)
{
	char text[MCG_SIZE_TEXT] = "-";

	if (size != MCG_FIGURE_UNKNOWN)
		mcg_size_format(size, top->raw, text);
	printw(" %*s", width, text);
}

/* How much of what it may have at most: of its limit, or else of the machine's memory. */
static double part_of_limit(const struct mcg_sample *group)
{
	double all = (double)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	uint64_t limit = group->figure[MCG_FIGURE_LIMIT], charged = group->figure[MCG_FIGURE_CHARGED];

	if (charged == MCG_FIGURE_UNKNOWN)
		return NAN;
	if (limit != MCG_FIGURE_UNKNOWN && limit != MCG_SIZE_MAX && limit < all)
		all = limit;
	if (all > 0 && charged < all)
		return charged / all;
	return 1;
}

static void put_bar(const struct mcg_sample *group, int width, attr_t attr)
{
	static const char *const eighths[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	double part = part_of_limit(group);
	int cells = width - 5, full, i;
	attr_t pair = colour(part >= 0.9 ? PAIR_FULL : part >= 0.7 ? PAIR_WARN : PAIR_OK);

	if (isnan(part)) {
		printw(" %*s", width, "-");
		return;
	}
	full = part * cells * 8;
	addch(' ');
	/* A selected row has one look from end to end. */
	attrset(attr & A_REVERSE ? attr : attr | pair);
	for (i = 0; i < full / 8; i++)
		addstr(utf8 ? "█" : "#");
	if (i < cells) {
		addstr(utf8 ? eighths[full % 8] : full % 8 >= 4 ? "+" : " ");
		i++;
	}
	attrset(attr);
	for (; i < cells; i++)
		addch(' ');
	printw(" %3d%%", (int)(part * 100));
}

static void put_rate(const struct top *top, const struct mcg_sample *group, int width, attr_t attr)
{
	char text[MCG_SIZE_TEXT];
	attr_t pair = group->rate > 0 ? colour(PAIR_WARN) : group->rate < 0 ? colour(PAIR_HEAD) : 0;

	top_rate_format(group->rate, top->raw, text);
	attrset(attr & A_REVERSE ? attr : attr | pair);
	printw(" %*s", width, text);
	attrset(attr);
}

/* Which columns fit beside names of a readable width. Return: columns left to the names; @shown is a set of indices. */
static int fit_columns(const struct top *top, const struct column *columns, unsigned int *shown)
{
	int least = COLS < 60 ? 18 : 24, left = COLS - 1;

	*shown = 0;
	for (int rank = 0; rank < 8; rank++) {
		for (int i = 0; columns[i].title; i++) {
			int width = 1 + (top->raw ? columns[i].raw_width : columns[i].width);

			if (columns[i].rank != rank)
				continue;
			if (left - width < least)
				return left;
			left -= width;
			*shown |= 1u << i;
		}
	}
	return left;
}

static void draw_row(struct top *top, const struct top_row *row, bool selected,
		     const struct column *columns, unsigned int shown, int names)
{
	int indent = row->depth < (unsigned int)names / 4 ? 2 * (int)row->depth : names / 2;
	attr_t attr = selected ? A_REVERSE : row->heading ? A_BOLD : A_NORMAL;
	bool tagged = row->group && row->group->mark == TOP_TAGGED;
	bool is_name = row->group && row->label == row->group->name;
	char name[MCG_GROUP_SHORT];

	if (tagged)
		attr |= A_BOLD;
	attrset(attr);
	addch(tagged ? '*' : ' ');
	printw("%*s", indent, "");
	put_text(is_name ? mcg_group_short(row->label, name, sizeof(name)) : row->label,
		 names - indent);
	for (int i = 0; columns[i].title; i++) {
		int width = top->raw ? columns[i].raw_width : columns[i].width;

		if (!(shown & 1u << i))
			continue;
		if (row->heading)
			printw(" %*s", width, "");
		else if (columns[i].kind == RATE)
			put_rate(top, row->group, width, attr);
		else if (columns[i].kind == BAR)
			put_bar(row->group, width, attr);
		else if (columns[i].kind == FIGURE)
			put_size(top, row->group->figure[columns[i].figure], width);
		else
			put_size(top, row->figure[columns[i].figure], width);
	}
	attrset(A_NORMAL);
}

static void draw_table(struct top *top)
{
	struct top_list *list = &top->list[top->view];
	const struct column *columns = view_columns[top->view];
	unsigned int shown;
	int names = fit_columns(top, columns, &shown);

	attrset(A_REVERSE | colour(PAIR_HEAD));
	move(1, 0);
	addch(' ');
	put_safe(view_names[top->view], names);
	for (int i = 0; columns[i].title; i++)
		if (shown & 1u << i)
			printw(" %*s", top->raw ? columns[i].raw_width : columns[i].width,
			       columns[i].title);
	attrset(A_NORMAL);
	if (list->at < list->first)
		list->first = list->at;
	if (top->visible > 0 && list->at >= list->first + top->visible)
		list->first = list->at - top->visible + 1;
	/* No empty lines at the end while there is something above. */
	if (list->first + top->visible > list->n)
		list->first = list->n > (size_t)top->visible ? list->n - top->visible : 0;
	for (int i = 0; i < top->visible && list->first + i < list->n; i++) {
		struct top_row *row = &list->row[list->first + i];

		if (row->group)
			mcg_sample_detail(top->sampler, row->group);
		move(HEAD_LINES + i, 0);
		draw_row(top, row, list->first + i == list->at, columns, shown, names);
	}
}

/* Of when the objects are. */
static void say_scan(const struct top *top, char *text, size_t size)
{
	if (top->scan)
		snprintf(text, size, ": looking at %s", top->scanning);
	else if (top->found)
		snprintf(text, size, ", %.0f s ago", top_now() - top->found_at);
	else
		text[0] = '\0';
}

static void draw_title(const struct top *top)
{
	const struct top_list *list = &top->list[top->view];
	char text[TITLE_SIZE], more[2 * TOP_TEXT] = "";
	size_t tagged = top_count_tagged(top), n = 0;
	char when[TOP_TEXT / 2];

	say_scan(top, when, sizeof(when));
	if (top->paused)
		n += snprintf(more + n, sizeof(more) - n, ", paused");
	if (tagged)
		n += snprintf(more + n, sizeof(more) - n, ", %zu tagged", tagged);
	if (list->filter[0])
		snprintf(more + n, sizeof(more) - n, ", filter \"%s\"", list->filter);
	if (top->text)
		snprintf(text, sizeof(text), "%s", top->text_title);
	else if (top->view == TOP_OBJECTS)
		snprintf(text, sizeof(text), "objects of %s%s%s", top->subject, when, more);
	else if (top->view == TOP_FILE)
		snprintf(text, sizeof(text), "%s: who pays and maps%s", top->file_name, when);
	else
		snprintf(text, sizeof(text), "%zu groups by %s%s, every %gs%s, %s", list->n,
			 top->reverse ? "least " : "", top_sort_name(top->sort), top->interval,
			 more, top->module ? "module loaded" : "no module");
	move(0, 0);
	attrset(A_BOLD);
	put_text(text, COLS);
	attrset(A_NORMAL);
}

/*
 * Wraps between characters: what is shown here has names in it, which have no better place. Return: the number of
 * lines; those from @first to @last are drawn.
 */
static size_t draw_lines(const char *text, size_t first, size_t last)
{
	char *copy = strdup(text), *rest = copy, *line;
	size_t n = 0;

	while (copy && (line = strsep(&rest, "\n"))) {
		size_t length = strlen(line);

		do {
			size_t took = length < (size_t)COLS ? length : (size_t)COLS;
			char kept;

			/* Not within a character of several bytes. */
			while (took > 1 && (line[took] & 0xc0) == 0x80)
				took--;
			kept = line[took];
			line[took] = '\0';
			if (n >= first && n < last) {
				move(1 + n - first, 0);
				put_text(line, COLS);
			}
			n++;
			line[took] = kept;
			line += took;
			length -= took;
		} while (length);
	}
	free(copy);
	return n;
}

static void draw_text(struct top *top)
{
	size_t room = LINES - 1 - FOOT_LINES > 0 ? LINES - 1 - FOOT_LINES : 0;
	size_t n = draw_lines(top->text, 0, 0);

	/* No empty lines at the end while there is something above. */
	if (top->text_first + room > n)
		top->text_first = n > room ? n - room : 0;
	draw_lines(top->text, top->text_first, top->text_first + room);
}

/* The answer so far; when it is long, its end, where the cursor is. */
static void draw_question(const struct top *top)
{
	char answer[TOP_TEXT * 4], line[sizeof(answer) + TOP_TEXT], *safe;
	size_t width = 0;

	if (wcstombs(answer, top->input, sizeof(answer)) == (size_t)-1)
		answer[0] = '\0';
	snprintf(line, sizeof(line), "%s %s", top->question, answer);
	safe = mcg_text_escape(line, &width);
	move(LINES - 1, 0);
	attrset(A_BOLD);
	if (safe)
		put_cut(safe, COLS - 2, true);
	attrset(A_NORMAL);
	move(LINES - 1, (int)width < COLS - 2 ? (int)width : COLS - 2);
	free(safe);
}

static void draw_foot(const struct top *top)
{
	static const char *const hints[] = {
		"q quit  ? help  Enter objects  / filter  Space tag  c claim  k kmem",
		"Esc back  ? help  Enter who pays  F5 look again  / filter  c claim  b bind",
		"Esc back  ? help  F5 look again  c claim  b bind",
	};

	if (top->question) {
		draw_question(top);
		return;
	}
	move(LINES - 1, 0);
	attrset(top->message[0] ? A_BOLD : A_NORMAL);
	/* The last place of a screen scrolls it on some terminals. */
	if (top->message[0])
		put_text(top->message, COLS - 1);
	else
		put_text(top->text ? "Esc back" : hints[top->view], COLS - 1);
	attrset(A_NORMAL);
}

void top_draw(struct top *top)
{
	top->visible = LINES - HEAD_LINES - FOOT_LINES;
	if (top->visible < 0)
		top->visible = 0;
	erase();
	draw_title(top);
	if (top->text)
		draw_text(top);
	else
		draw_table(top);
	draw_foot(top);
	curs_set(!!top->question);
	wnoutrefresh(stdscr);
	doupdate();
}
