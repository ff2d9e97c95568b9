// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl top: changing who pays. What is asked about is copied first: groups come and go while the user thinks. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"
#include "memcgctl.h"
#include "object.h"
#include "receipt.h"
#include "size.h"
#include "text.h"
#include "top_private.h"

/* How often the user is told how far a claim is. */
#define SHOW_SECONDS 0.1

/* Groups that something is done to, by path. */
struct groups {
	char *path[MEMCGCTL_BIND_TARGETS];
	size_t n;
	bool too_many;
};

/**
 * struct act - what is done, and what for
 * @module: a connection
 * @from: descriptors of @n_from groups to be claimed from
 * @target: who is to pay
 * @file: what is claimed, unless it is groups
 * @out, @text, @size: where the result is written
 */
struct act {
	struct mcg_module *module;
	int from[MEMCGCTL_BIND_TARGETS];
	size_t n_from;
	struct target target;
	struct file_object file;
	uint32_t bind_id;
	struct mcg_output out;
	char *text;
	size_t size;
};

static void say_error(struct top *top)
{
	struct mcg_error *err = &top->ctx->err;

	top_say(top, "%s%s%s%s%s%s", err->subject, err->subject[0] ? ": " : "", err->message,
		err->hint[0] ? " (" : "", err->hint, err->hint[0] ? ")" : "");
	/* It is told; the command goes on. */
	memset(err, 0, sizeof(*err));
}

static bool begin(struct top *top, struct act *act)
{
	memset(act, 0, sizeof(*act));
	act->target = (struct target)NO_TARGET;
	act->file = (struct file_object)NO_FILE_OBJECT;
	if (top->tree.version != 2) {
		top_say(top, "the memory controller is on cgroup v1: nothing can be changed here");
		return false;
	}
	act->module = mcg_module_open(&top->ctx->err);
	if (!act->module)
		say_error(top);
	return act->module;
}

static void end(struct act *act)
{
	for (size_t i = 0; i < act->n_from; i++)
		close(act->from[i]);
	close_target(&act->target);
	close_file(&act->file);
	mcg_module_close(act->module);
}

static bool text_begin(struct top *top, struct act *act)
{
	act->out = (struct mcg_output){ .format = MCG_HUMAN, .bytes = top->raw };
	act->out.file = open_memstream(&act->text, &act->size);
	if (!act->out.file)
		top_say(top, "out of memory");
	return act->out.file;
}

/* Shows what was written. Return: whether a question, if there is one, was answered with y. */
static bool text_end(struct top *top, struct act *act, const char *title, const char *question)
{
	bool yes = false;

	if (!fclose(act->out.file))
		yes = top_show(top, title, act->text, question);
	free(act->text);
	return yes;
}

/* A line with a name in it, whatever bytes that has. */
static void put_line(struct act *act, const char *before, const char *name, const char *after)
{
	char *safe = mcg_text_escape(name, NULL);

	fprintf(act->out.file, "%s%s%s\n", before, safe ? safe : "?", after);
	free(safe);
}

static void groups_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		free(groups->path[i]);
}

static void groups_add(struct groups *groups, const char *path)
{
	if (groups->n == MEMCGCTL_BIND_TARGETS)
		groups->too_many = true;
	else if ((groups->path[groups->n] = strdup(path)))
		groups->n++;
}

static void add_tagged(struct top *top, struct groups *groups)
{
	struct mcg_sample *const *all;
	size_t n;

	all = mcg_sampler_groups(top->sampler, &n);
	for (size_t i = 0; i < n; i++)
		if (all[i]->mark == TOP_TAGGED)
			groups_add(groups, all[i]->path);
}

static const struct top_row *selected(struct top *top)
{
	struct top_list *list = &top->list[top->view];

	return list->n ? &list->row[list->at] : NULL;
}

/* The tagged groups, or else the selected one. */
static bool take_groups(struct top *top, struct groups *groups)
{
	const struct top_row *row = selected(top);

	memset(groups, 0, sizeof(*groups));
	add_tagged(top, groups);
	if (!groups->n && row && row->path)
		groups_add(groups, row->path);
	if (groups->too_many)
		top_say(top, "more than %d groups are tagged", MEMCGCTL_BIND_TARGETS);
	return groups->n && !groups->too_many;
}

/* Claims in steps. Return: 0, 1 when the user stopped it, -1 on error; the receipt is true in any case. */
static int work(struct top *top, struct act *act, uint32_t flags, struct mcg_receipt *receipt)
{
	size_t parts = act->n_from ? act->n_from : 1;
	double next = top_now() + SHOW_SECONDS;
	int ret = 0;

	memset(receipt, 0, sizeof(*receipt));
	for (size_t i = 0; i < parts && !ret; i++) {
		struct mcg_claim claim = MCG_CLAIM_INIT;

		claim.flags = flags;
		claim.bind_id = act->bind_id;
		if (!act->bind_id) {
			claim.from = act->n_from ? act->from[i] : -1;
			claim.fd = act->n_from ? -1 : act->file.fd;
			claim.target = act->target.fd;
			claim.ancestor = act->target.ancestor;
		}
		do {
			char moved[MCG_SIZE_TEXT];

			ret = mcg_claim_step(act->module, &claim, receipt, &top->ctx->err);
			if (ret <= 0 || top_now() < next)
				continue;
			next = top_now() + SHOW_SECONDS;
			top_say(top, "%s so far; Esc stops",
				mcg_size_format(receipt->moved, top->raw, moved));
			if (top_stopped(top))
				return 1;
		} while (ret > 0);
	}
	top->message[0] = '\0';
	return ret;
}

/* The dry run, the question, the claim, the receipt. */
static void claim(struct top *top, struct act *act)
{
	struct mcg_receipt receipt;
	int ret = work(top, act, MEMCGCTL_CLAIM_DRY_RUN, &receipt);

	if (ret < 0)
		say_error(top);
	if (ret || !text_begin(top, act))
		return;
	receipt_write(&act->out, &receipt, act->target.path, true);
	if (!text_end(top, act, "dry run: nothing was moved", "claim it? (y/n)"))
		return;
	ret = work(top, act, 0, &receipt);
	if (!text_begin(top, act))
		return;
	receipt_write(&act->out, &receipt, act->target.path, false);
	if (ret > 0)
		fputs("stopped: that is what was done\n", act->out.file);
	else if (ret < 0)
		put_line(act, "ended by an error: ", top->ctx->err.message, "");
	memset(&top->ctx->err, 0, sizeof(top->ctx->err));
	text_end(top, act, "receipt", NULL);
}

static bool open_from(struct top *top, struct act *act, const struct groups *groups)
{
	for (size_t i = 0; i < groups->n; i++) {
		int fd = mcg_group_open(&top->tree, groups->path[i], "cgroup.procs", O_WRONLY,
					&top->ctx->err);

		if (fd < 0) {
			say_error(top);
			return false;
		}
		act->from[act->n_from++] = fd;
	}
	return true;
}

static void claim_groups(struct top *top)
{
	char name[TOP_TEXT] = "self";
	struct groups groups;
	struct act act;

	if (take_groups(top, &groups) && begin(top, &act)) {
		if (top_ask(top, "charge it to the group:", name, sizeof(name))) {
			if (open_target(top->ctx, &top->tree, name, &act.target))
				say_error(top);
			else if (open_from(top, &act, &groups))
				claim(top, &act);
		}
		end(&act);
	}
	groups_free(&groups);
}

/* The object that the view is about, by value. */
static bool take_object(struct top *top, struct top_object *object)
{
	const struct top_row *row = selected(top);
	const struct mcg_attr_file *file = top_file(top);

	if (top->view == TOP_OBJECTS)
		file = row ? row->file : NULL;
	object->name = file ? strdup(file->name) : NULL;
	if (!object->name) {
		top_say(top, "select an object");
		return false;
	}
	object->ino = file->ino;
	object->dev_major = file->dev_major;
	object->dev_minor = file->dev_minor;
	return true;
}

/* The group that is meant when nobody says otherwise: the one that is selected, or else the one that is shown. */
static const char *default_group(struct top *top)
{
	const struct top_row *row = selected(top);

	return top->view == TOP_FILE ? row ? row->path : NULL : top->subject;
}

static void claim_file(struct top *top)
{
	const char *path = default_group(top);
	struct top_object object;
	struct act act;

	if (!path) {
		top_say(top, "select a group that is to pay");
		return;
	}
	if (!take_object(top, &object))
		return;
	if (begin(top, &act)) {
		act.target.path = strdup(path);
		if (!act.target.path)
			top_say(top, "out of memory");
		else if (open_target_path(top->ctx, &top->tree, &act.target) ||
			 top_object_open(top, &object, &act.file))
			say_error(top);
		else
			claim(top, &act);
		end(&act);
	}
	free(object.name);
}

void top_claim(struct top *top, int arg)
{
	(void)arg;
	if (top->view == TOP_GROUPS)
		claim_groups(top);
	else
		claim_file(top);
}

static void list_groups(struct act *act, const char *object, const struct groups *groups)
{
	put_line(act, "", object, "");
	for (size_t i = 0; i < groups->n; i++)
		put_line(act, "to ", groups->path[i], "");
}

/* What would be bound, then what was, then what is present, if that is wanted, too. */
static void bind_ask(struct top *top, struct act *act, const char *object,
		     const struct groups *groups, const struct mcg_bind *bind)
{
	char present[MCG_SIZE_TEXT];
	struct mcg_receipt receipt;
	int ret = work(top, act, MEMCGCTL_CLAIM_DRY_RUN, &receipt);

	if (ret < 0)
		say_error(top);
	if (ret || !text_begin(top, act))
		return;
	list_groups(act, object, groups);
	fprintf(act->out.file,
		"What comes of it from now on is charged there.\n"
		"%s is present, and stays charged as it is.\n",
		mcg_size_format(receipt.present, top->raw, present));
	if (!text_end(top, act, "dry run: nothing is bound yet", "bind it? (y/n)"))
		return;
	if (mcg_bind(act->module, bind, &act->bind_id, &top->ctx->err)) {
		say_error(top);
		return;
	}
	if (!text_begin(top, act))
		return;
	fprintf(act->out.file, "binding %u\n", act->bind_id);
	list_groups(act, object, groups);
	if (!text_end(top, act, "bound", "claim what is present, too? (y/n)"))
		return;
	if (work(top, act, 0, &receipt) < 0)
		say_error(top);
	if (!text_begin(top, act))
		return;
	receipt_write(&act->out, &receipt, groups->n > 1 ? "these groups" : groups->path[0], false);
	text_end(top, act, "receipt", NULL);
}

static void bind_object(struct top *top, struct act *act, const struct top_object *object,
			const struct groups *groups)
{
	struct target group[MEMCGCTL_BIND_TARGETS];
	struct mcg_bind_target target[MEMCGCTL_BIND_TARGETS] = { { 0 } };
	struct mcg_bind bind = { .mount_fd = -1, .pidfd = -1, .end = MEMCGCTL_SIZE_MAX };
	int ret = top_object_open(top, object, &act->file);

	bind.fd = act->file.fd;
	bind.target = target;
	for (; !ret && bind.n_targets < groups->n; bind.n_targets++) {
		struct target *t = &group[bind.n_targets];

		*t = (struct target)NO_TARGET;
		t->path = strdup(groups->path[bind.n_targets]);
		ret = t->path ? open_target_path(top->ctx, &top->tree, t)
			      : mcg_fail(&top->ctx->err, MCG_FAILED, NULL, "out of memory");
		target[bind.n_targets].fd = t->fd;
		target[bind.n_targets].ancestor = t->ancestor;
	}
	if (ret) {
		say_error(top);
	} else {
		/* The dry run asks what is present; whoever is named as its target makes no difference to that. */
		act->target.fd = group[0].fd;
		act->target.ancestor = group[0].ancestor;
		bind_ask(top, act, object->name, groups, &bind);
		act->target = (struct target)NO_TARGET;
	}
	for (size_t i = 0; i < bind.n_targets; i++)
		close_target(&group[i]);
}

/* Asks for a group by any name that a group has. */
static bool ask_group(struct top *top, const char *question, const char *before, struct groups *groups)
{
	char name[TOP_TEXT], *path;

	snprintf(name, sizeof(name), "%s", before);
	if (!top_ask(top, question, name, sizeof(name)))
		return false;
	if (mcg_group_resolve(&top->tree, name, &path, &top->ctx->err)) {
		say_error(top);
		return false;
	}
	groups_add(groups, path);
	free(path);
	return groups->n;
}

void top_bind(struct top *top, int arg)
{
	const char *path = default_group(top);
	char name[TOP_TEXT];
	struct groups groups = { .n = 0 };
	struct top_object object;
	struct act act;

	(void)arg;
	snprintf(name, sizeof(name), "%s", path ? path : "");
	add_tagged(top, &groups);
	if (groups.too_many)
		top_say(top, "more than %d groups are tagged", MEMCGCTL_BIND_TARGETS);
	if (!groups.too_many && take_object(top, &object)) {
		if (begin(top, &act)) {
			if (groups.n ||
			    ask_group(top, "charge what comes to the group:", name, &groups))
				bind_object(top, &act, &object, &groups);
			end(&act);
		}
		free(object.name);
	}
	groups_free(&groups);
}

/* Sets one limit after the other; what was done is told even when the next one fails. */
static void set_limits(struct top *top, struct act *act, const struct groups *groups, uint64_t limit)
{
	struct context *ctx = top->ctx;

	if (!text_begin(top, act))
		return;
	for (size_t i = 0; i < groups->n; i++) {
		int fd = limit_open(ctx, &top->tree, groups->path[i], O_WRONLY);
		struct mcg_kmem kmem;

		if (fd >= 0 &&
		    !mcg_kmem_set(act->module, fd, limit, MEMCGCTL_KMEM_ENFORCE, &kmem, &ctx->err)) {
			/* Of a limit that was taken away, nothing else is known. */
			if (limit == MCG_SIZE_MAX)
				put_line(act, "", groups->path[i], ": no kmem limit");
			else
				limit_write(&act->out, &kmem, groups->path[i]);
			mcg_kmem_free(&kmem);
		} else {
			put_line(act, "", groups->path[i], ": not limited");
			put_line(act, "  ", ctx->err.message, "");
			memset(&ctx->err, 0, sizeof(ctx->err));
		}
		if (fd >= 0)
			close(fd);
	}
	text_end(top, act, "kmem limit", NULL);
}

void top_limit(struct top *top, int arg)
{
	char text[TOP_TEXT] = "", question[TOP_TEXT];
	struct groups groups;
	struct act act;
	uint64_t limit;

	(void)arg;
	if (take_groups(top, &groups) && begin(top, &act)) {
		if (groups.n == 1)
			snprintf(question, sizeof(question),
				 "kmem limit of %s (SIZE or max):", groups.path[0]);
		else
			snprintf(question, sizeof(question),
				 "kmem limit of %zu groups (SIZE or max):", groups.n);
		if (top_ask(top, question, text, sizeof(text))) {
			if (mcg_size_parse(text, 0, &limit, &top->ctx->err))
				say_error(top);
			else
				set_limits(top, &act, &groups, limit);
		}
		end(&act);
	}
	groups_free(&groups);
}
