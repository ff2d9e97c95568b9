// SPDX-License-Identifier: GPL-2.0-only
/* memcgctl dead --why: what keeps one dead group, and what would free it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution.h"
#include "attribution_dump.h"
#include "common.h"
#include "dead_private.h"
#include "gaps.h"
#include "text.h"

static const struct mcg_column columns[] = {
	{ "what", "WHAT", MCG_TEXT, NULL },    { "bytes", "SIZE", MCG_SIZE, "-" },
	{ "count", "COUNT", MCG_COUNT, "-" },  { "name", "WHERE", MCG_TEXT, "-" },
	{ "inode", "INODE", MCG_COUNT, "-" },  { "device", NULL, MCG_TEXT, "-" },
	{ "free", "FREED-BY", MCG_TEXT, "-" }, { NULL, NULL, MCG_TEXT, NULL },
};

struct why {
	json_t *rows;
	char drain[64];
};

static void add(struct why *why, const char *what, json_t *bytes, json_t *count, json_t *name,
		const char *free)
{
	json_array_append_new(why->rows, json_pack("{s:s, s:o, s:o, s:o, s:n, s:n, s:s}", "what",
						   what, "bytes", bytes, "count", count, "name",
						   name, "inode", "device", "free", free));
}

static const char *kind_of(const struct mcg_attr_file *file)
{
	if (file->kind == MEMCGCTL_OBJECT_BLOCK)
		return "block device";
	return file->kind == MEMCGCTL_OBJECT_SHMEM ? "shmem" : "file";
}

/* Where it is mounted nowhere here, the path alone could be any file's. */
static json_t *place_of(const struct mcg_attr_file *file, const char *device)
{
	json_t *place;
	char *text;

	if (!file->inside || file->name[0] != '/')
		return mcg_text_json(file->name);
	if (asprintf(&text, "%s on device %s", file->name, device) < 0)
		return NULL;
	place = mcg_text_json(text);
	free(text);
	return place;
}

static void add_file(struct why *why, const struct mcg_attr_file *file)
{
	char device[32];

	snprintf(device, sizeof(device), "%" PRIu32 ":%" PRIu32, file->dev_major, file->dev_minor);
	json_array_append_new(why->rows,
			      json_pack("{s:s, s:I, s:n, s:o, s:I, s:s, s:s}", "what", kind_of(file),
					"bytes", (json_int_t)file->present, "count", "name",
					place_of(file, device), "inode", (json_int_t)file->ino,
					"device", device, "free", why->drain));
}

static int by_size(const void *a, const void *b)
{
	const struct mcg_attr_file *left = a, *right = b;

	return (left->present < right->present) - (left->present > right->present);
}

/* Each file of which it pays for something; what is of none (truncated, being swapped) has no name. */
static int add_memory(struct context *ctx, struct mcg_module *module, const struct mcg_tree *tree,
		      const struct mcg_dead *dead, struct why *why)
{
	struct mcg_attribution *found;
	const struct mcg_attr_query query = { .owner = dead->id };
	uint64_t named = 0, files = dead->file + dead->shmem;

	if (dead->anon)
		add(why, "private memory", json_integer((json_int_t)dead->anon), json_null(),
		    json_null(), why->drain);
	if (mcg_attribution_dump(module, tree, &query, &found, &ctx->err))
		return -1;
	if (found->nr_files)
		qsort(found->files, found->nr_files, sizeof(*found->files), by_size);
	for (size_t i = 0; i < found->nr_files; i++) {
		if (!found->files[i].present)
			continue;
		add_file(why, &found->files[i]);
		named += found->files[i].present;
	}
	if (files > named)
		add(why, "page cache", json_integer((json_int_t)(files - named)), json_null(),
		    json_string("of no file that could be told"), why->drain);
	if (ctx->out.format != MCG_JSON)
		print_gaps("dead", &found->gaps);
	mcg_attribution_free(found);
	return 0;
}

/* In which areas it is the kernel does not tell: all there are, by commas. */
static json_t *swap_areas(void)
{
	FILE *file = fopen("/proc/swaps", "re");
	char line[512], areas[1024] = "";
	size_t len = 0;

	/* The first line names the columns. */
	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \t\n")] = '\0';
		if (len + strlen(line) + 3 < sizeof(areas))
			len += (size_t)snprintf(areas + len, sizeof(areas) - len, "%s%s",
						len ? ", " : "", line);
	}
	if (file)
		fclose(file);
	return len ? mcg_text_json(areas) : json_null();
}

static void add_rest(struct why *why, const struct mcg_dead *dead)
{
	char swap[96];

	snprintf(swap, sizeof(swap), "%s, or swapoff", why->drain);
	if (dead->swap)
		add(why, "swap", json_integer((json_int_t)dead->swap), json_null(), swap_areas(),
		    swap);
	if (dead->sockets)
		add(why, "sockets", json_integer((json_int_t)dead->sockets), json_null(),
		    json_null(), "the end of the programs that have them open");
	if (dead->groups)
		add(why, "dead groups below it", json_null(),
		    json_integer((json_int_t)dead->groups), json_null(), "what frees those");
	for (size_t i = 0; i < dead->n_controllers; i++)
		add(why, "another controller", json_null(), json_null(),
		    mcg_text_json(dead->controller[i]), "itself, when it has no more use for it");
	if (dead->references)
		add(why, "other references", json_null(), json_integer((json_int_t)dead->references),
		    json_null(), "sync, when it is a writeback domain; the end of open sockets");
}

static int write_why(struct context *ctx, const struct mcg_dead *dead, json_t *rows)
{
	if (ctx->out.format == MCG_JSON)
		return mcg_json_write(&ctx->out,
				      json_pack("{s:I, s:o, s:o, s:O}", "id", (json_int_t)dead->id,
						"path", mcg_text_json(dead->path), "living",
						mcg_text_json(dead->living_path), "keepers", rows),
				      &ctx->err);
	if (ctx->out.format == MCG_HUMAN) {
		char *path = mcg_text_escape(dead_name(dead), NULL);

		fprintf(ctx->out.file, "%s (id %" PRIu64 ") %s, and is kept by%s\n", path, dead->id,
			dead->off ? "is there, but has lost the memory controller" : "was removed",
			json_array_size(rows) ? ":" : " nothing any more: it is about to go");
		free(path);
		if (!json_array_size(rows))
			return 0;
	}
	return mcg_table_write(&ctx->out, columns, rows, &ctx->err);
}

int dead_why(struct context *ctx, struct mcg_module *module, const char *text)
{
	struct why why = { .rows = json_array() };
	const struct mcg_dead *dead;
	struct mcg_dead_list list = { .n = 0 };
	struct mcg_tree tree;
	uint64_t id;
	int ret = -1;

	if (dead_id(ctx, text, &id) || open_tree_v2(ctx, &tree))
		return -1;
	snprintf(why.drain, sizeof(why.drain), "memcgctl dead drain %" PRIu64, id);
	if (mcg_dead_list(module, &list, &ctx->err))
		goto out;
	dead = dead_find(&list, id);
	if (!dead) {
		mcg_fail(&ctx->err, MCG_NOT_FOUND, text, "no dead group has that id");
		goto out;
	}
	if (mcg_dead_charged(dead) && add_memory(ctx, module, &tree, dead, &why))
		goto out;
	add_rest(&why, dead);
	ret = write_why(ctx, dead, why.rows);
out:
	mcg_dead_list_free(&list);
	json_decref(why.rows);
	mcg_tree_close(&tree);
	return ret;
}
