// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: why a group is charged with what it is. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explanation.h"
#include "top_private.h"

/* How often it is looked whether the scan is done. */
#define LOOK_MS 50

/* Who pays and who maps, as of now. Return: false when the user gave up, or it cannot be found out. */
static bool look(struct top *top, const char *path)
{
	top->text = "looking at all processes...";
	top->text_title = path;
	top->text_first = 0;
	top_scan(top);
	while (top->scan && !top_stopped(top)) {
		napms(LOOK_MS);
		if (top_scan_look(top))
			top_say(top, "out of memory");
	}
	top->text = NULL;
	return !top->scan && top->found;
}

static void show_explanation(struct top *top, const char *path)
{
	struct mcg_output out = top->ctx->out;
	struct mcg_explanation explanation;
	struct mcg_error err;
	char *text = NULL;
	size_t size;

	if (mcg_explain(&top->tree, path, top->found, &explanation, &err)) {
		top_say(top, "%s: %s", err.subject, err.message);
		return;
	}
	out.file = open_memstream(&text, &size);
	out.bytes = top->raw;
	if (out.file)
		explanation_write(&out, top->found, &explanation);
	if (out.file && !fclose(out.file))
		top_show(top, path, text, NULL);
	free(text);
	mcg_explanation_free(&explanation);
}

void top_explain(struct top *top, int arg)
{
	const struct top_list *list = &top->list[TOP_GROUPS];
	char *path;

	(void)arg;
	if (!list->n)
		return;
	if (top->tree.version != 2) {
		top_say(top, "explained only with the memory controller on cgroup v2");
		return;
	}
	path = strdup(list->row[list->at].group->path);
	if (path && look(top, path))
		show_explanation(top, path);
	free(path);
}
