// SPDX-License-Identifier: GPL-2.0-only
/* The module's tables of who pays and who maps, added up as they should be. Needs no module. */
#include "unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "attribution_decode.h"
#include "genl_fixture.h"
#include "memcgctl.h"
#include "procfs_fixture.h"

#define PAGE UINT64_C(4096)
#define GONE 0x7fffffff

/* Places in the tables of these tests: none, /a, /a/b, /c, one that was removed below /a. */
enum { NONE, A, B, C, DEAD, NR_PLACES };

/* What the module sends first: after the two sets that are in all tables, {a}, {a, b}, {c}, {a, dead}. */
static const uint32_t sets[] = { 0, 0, 1, A, 2, A, B, 1, C, 2, A, DEAD };
enum { SET_A = 2, SET_AB = 4, SET_C = 7, SET_DEAD = 9 };

struct table {
	struct fixture fixture;
	struct memcgctl_group place[NR_PLACES];
	struct attribution_build build;
	struct attribution_decoder decoder;
};

static void begin(struct table *table)
{
	static struct mcg_error err;

	fixture_open(&table->fixture, 2);
	memset(table->place, 0, sizeof(table->place));
	table->place[A].id = fixture_group(&table->fixture, "/a", 9 * PAGE);
	table->place[B].id = fixture_group(&table->fixture, "/a/b", 4 * PAGE);
	table->place[C].id = fixture_group(&table->fixture, "/c", PAGE);
	for (int i = A; i <= C; i++)
		table->place[i].living = table->place[i].id;
	table->place[DEAD].id = GONE;
	table->place[DEAD].living = table->place[A].id;
	assert_int_equal(build_begin(&table->build, &table->fixture.tree, &err), 0);
	assert_int_equal(decode_begin(&table->decoder, &table->build), 0);
}

static struct mcg_attribution *end(struct table *table)
{
	struct mcg_attribution *found = NULL;

	decode_end(&table->decoder);
	assert_int_equal(build_end(&table->build, 0, &found), 0);
	fixture_close(&table->fixture);
	return found;
}

/* Gives up after a message that was refused. */
static void give_up(struct table *table)
{
	struct mcg_attribution *none = NULL;

	decode_end(&table->decoder);
	assert_int_equal(build_end(&table->build, -1, &none), -1);
	assert_null(none);
	fixture_close(&table->fixture);
}

static struct nlmsghdr *table_message(const struct table *table)
{
	struct nlmsghdr *m = start(buf, MEMCGCTL_CMD_ATTRIBUTION);

	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_GROUPS, sizeof(table->place), table->place);
	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_SETS, sizeof(sets), sets);
	return m;
}

static void put_file(struct nlmsghdr *m, uint64_t ino, uint32_t generation, const char *name)
{
	struct nlattr *nest = mnl_attr_nest_start(m, MEMCGCTL_ATTRIBUTION_OBJECT);

	mnl_attr_put_u8(m, MEMCGCTL_OBJECT_KIND, MEMCGCTL_OBJECT_FILE);
	mnl_attr_put_u64(m, MEMCGCTL_OBJECT_DEV, 8 << 20 | 1);
	mnl_attr_put_u64(m, MEMCGCTL_OBJECT_INO, ino);
	mnl_attr_put_u32(m, MEMCGCTL_OBJECT_GENERATION, generation);
	mnl_attr_put_u64(m, MEMCGCTL_OBJECT_SIZE, 100 * PAGE);
	if (name)
		mnl_attr_put_strz(m, MEMCGCTL_OBJECT_NAME, name);
	mnl_attr_nest_end(m, nest);
}

static void put_cell(struct nlmsghdr *m, uint32_t object, uint32_t owner, uint32_t set, uint32_t pages)
{
	struct memcgctl_cell cell = { .object = object, .owner = owner, .set = set, .pages = pages };

	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_CELLS, sizeof(cell), &cell);
}

static const struct mcg_attr_group *group(const struct mcg_attribution *found, const char *path)
{
	for (size_t i = 0; i < found->nr_groups; i++) {
		if (found->groups[i].path && !strcmp(found->groups[i].path, path))
			return &found->groups[i];
	}
	fail_msg("no group %s", path);
	return NULL;
}

/* In pages; NULL stands for nobody. */
static uint64_t cell(const struct mcg_attribution *found, const char *owner, const char *mapper)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < found->nr_cells; i++) {
		const struct mcg_attr_cell *cell = &found->cells[i];
		const char *pays = mcg_attr_group_name(found, cell->owner);
		const char *maps = mcg_attr_group_name(found, cell->mapper);

		assert_true(!i || found->cells[i - 1].bytes >= cell->bytes);
		if (!strcmp(pays, owner ? owner : "(nobody)") &&
		    !strcmp(maps, mapper ? mapper : "(nobody)"))
			pages += cell->bytes / PAGE;
	}
	return pages;
}

static void fills_the_matrix(void **state)
{
	struct table table;
	struct mcg_attribution *found;
	struct nlmsghdr *m;

	(void)state;
	begin(&table);
	m = table_message(&table);
	put_file(m, 20, 0, "/file");
	put_cell(m, MEMCGCTL_OBJECT_ANON, B, SET_AB, 3);
	put_cell(m, MEMCGCTL_OBJECT_FILE, A, SET_C, 2);
	put_cell(m, MEMCGCTL_OBJECT_FILE, C, SET_AB, 8);
	put_cell(m, MEMCGCTL_OBJECT_FILE, NONE, SET_A, 1);
	put_cell(m, MEMCGCTL_OBJECT_ANON, DEAD, SET_DEAD, 5);
	put_cell(m, MEMCGCTL_OBJECT_CACHE, C, MEMCGCTL_SET_EMPTY, 7);
	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_END, 0, NULL);
	assert_int_equal(decode_message(m, &table.decoder), 0);
	found = end(&table);

	assert_int_equal(cell(found, "/a/b", "/a"), 3);
	assert_int_equal(cell(found, "/a/b", "/a/b"), 3);
	assert_int_equal(cell(found, "/a", "/c"), 2);
	assert_int_equal(cell(found, "/c", "/a"), 8);
	assert_int_equal(cell(found, "/c", "/a/b"), 8);
	assert_int_equal(cell(found, NULL, "/a"), 1);
	assert_int_equal(cell(found, "/a", "/a"), 5);
	assert_int_equal(cell(found, "/c", NULL), 7);
	assert_int_equal(found->nr_cells, 8);

	/* What /a and the group below it share is lent by that one, and by nobody seen from above. */
	assert_int_equal(group(found, "/a")->lent, 0);
	assert_int_equal(group(found, "/a/b")->lent, 3 * PAGE);
	assert_int_equal(group(found, "/c")->lent, 0);
	assert_int_equal(group(found, "/a")->borrowed, 8 * PAGE);
	assert_int_equal(group(found, "/a/b")->borrowed, 8 * PAGE);
	assert_int_equal(group(found, "/c")->borrowed, 2 * PAGE);
	assert_int_equal(group(found, "/a")->own, (3 + 5) * PAGE);
	assert_int_equal(group(found, "/a/b")->own, 0);
	assert_int_equal(group(found, "/a")->foreign, 2 * PAGE);
	assert_int_equal(group(found, "/c")->foreign, 8 * PAGE);
	mcg_attribution_free(found);
}

static void adds_up_tables(void **state)
{
	struct table table;
	struct mcg_attribution *found;
	const struct mcg_attr_file *file;
	struct nlmsghdr *m;

	(void)state;
	begin(&table);
	table.place[A].processes = 2;
	table.place[B].processes = 3;
	m = table_message(&table);
	put_file(m, 20, 0, "/second");
	put_cell(m, MEMCGCTL_OBJECT_ANON, B, SET_AB, 3);
	put_cell(m, MEMCGCTL_OBJECT_FILE, A, SET_C, 2);
	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_END, 0, NULL);
	assert_int_equal(decode_message(m, &table.decoder), 0);

	/* A table of its own, whose places are others; in two messages, the same file and one more. */
	table.place[A].processes = 0;
	table.place[B].processes = 1;
	m = table_message(&table);
	put_file(m, 10, 0, NULL);
	assert_int_equal(decode_message(m, &table.decoder), 0);
	m = start(buf, MEMCGCTL_CMD_ATTRIBUTION);
	put_file(m, 20, 0, "/second");
	put_cell(m, MEMCGCTL_OBJECT_FILE, NONE, SET_A, 1);
	put_cell(m, MEMCGCTL_OBJECT_FILE + 1, DEAD, SET_DEAD, 5);
	put_cell(m, MEMCGCTL_OBJECT_FILE + 1, C, MEMCGCTL_SET_EMPTY, 7);
	put_cell(m, MEMCGCTL_OBJECT_ANON, A, MEMCGCTL_SET_UNKNOWN, 4);
	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_END, 0, NULL);
	assert_int_equal(decode_message(m, &table.decoder), 0);
	found = end(&table);

	/* Of those that were gone the nearest above answers: {a, dead} is {a}. */
	assert_int_equal(group(found, "/a")->mapped, (3 + 1 + 5) * PAGE);
	assert_int_equal(group(found, "/a")->shared, 0);
	assert_int_equal(group(found, "/a")->share, (3 + 1 + 5) * PAGE);
	assert_int_equal(group(found, "/a/b")->mapped, 3 * PAGE);
	assert_int_equal(group(found, "/a/b")->shared, 3 * PAGE);
	assert_int_equal(group(found, "/a/b")->share, 3 * PAGE / 2);
	assert_int_equal(group(found, "/c")->mapped, 2 * PAGE);
	assert_int_equal(group(found, "/a")->processes, 2 + 3 + 1);
	assert_int_equal(group(found, "/a/b")->processes, 3 + 1);
	assert_int_equal(group(found, "/c")->processes, 0);
	assert_int_equal(found->gaps.busy, 4 * PAGE);

	assert_int_equal(found->nr_files, 2);
	file = &found->files[0];
	assert_int_equal(file->ino, 10);
	assert_string_equal(file->name, "(unknown)");
	assert_int_equal(file->present, PAGE);
	assert_int_equal(file->nr_owners, 1);
	assert_int_equal(file->owners[0].group, MCG_GROUP_NONE);
	assert_int_equal(file->foreign, 0);
	file = &found->files[1];
	assert_int_equal(file->ino, 20);
	assert_int_equal(file->dev_major, 8);
	assert_int_equal(file->dev_minor, 1);
	assert_string_equal(file->name, "/second");
	assert_true(file->has_size);
	assert_int_equal(file->size, 100 * PAGE);
	assert_int_equal(file->present, (2 + 5 + 7) * PAGE);
	assert_int_equal(file->foreign, (2 + 7) * PAGE);
	assert_int_equal(file->nr_owners, 2);
	/* Largest first; of equal ones the first group. */
	assert_string_equal(found->groups[file->owners[0].group].path, "/a");
	assert_int_equal(file->owners[0].bytes, (2 + 5) * PAGE);
	assert_int_equal(file->owners[1].bytes, 7 * PAGE);
	assert_int_equal(file->nr_mappers, 2);
	assert_int_equal(file->mappers[0].bytes, 5 * PAGE);
	assert_int_equal(file->mappers[1].bytes, 2 * PAGE);
	mcg_attribution_free(found);
}

static void tells_generations_apart(void **state)
{
	struct table table;
	struct mcg_attribution *found;
	struct nlmsghdr *m;

	(void)state;
	begin(&table);
	m = table_message(&table);
	put_file(m, 1, 7, "/SYSV00000000");
	put_file(m, 1, 8, "/SYSV00000000");
	put_cell(m, MEMCGCTL_OBJECT_FILE, A, SET_A, 1);
	put_cell(m, MEMCGCTL_OBJECT_FILE + 1, A, SET_A, 2);
	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_END, 0, NULL);
	assert_int_equal(decode_message(m, &table.decoder), 0);
	found = end(&table);
	assert_int_equal(found->nr_files, 2);
	assert_int_equal(found->files[0].present + found->files[1].present, 3 * PAGE);
	mcg_attribution_free(found);
}

static void refuses_places_that_are_not_there(void **state)
{
	static const struct memcgctl_cell wrong[] = {
		{ .object = MEMCGCTL_OBJECT_FILE, .owner = A, .set = SET_A, .pages = 1 },
		{ .object = UINT32_MAX, .owner = A, .set = SET_A, .pages = 1 },
		{ .object = 0, .owner = NR_PLACES, .set = SET_A, .pages = 1 },
		{ .object = 0, .owner = UINT32_MAX, .set = SET_A, .pages = 1 },
		{ .object = 0, .owner = A, .set = sizeof(sets) / sizeof(sets[0]), .pages = 1 },
		{ .object = 0, .owner = A, .set = UINT32_MAX, .pages = 1 },
		/* In the middle of a set: what is there counts as many as there are not. */
		{ .object = 0, .owner = A, .set = sizeof(sets) / sizeof(sets[0]) - 1, .pages = 1 },
	};
	struct nlmsghdr *m;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct table table;

		begin(&table);
		m = table_message(&table);
		mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_CELLS, sizeof(wrong[i]), &wrong[i]);
		errno = 0;
		assert_int_equal(decode_message(m, &table.decoder), -1);
		assert_int_equal(errno, EBADMSG);
		give_up(&table);
	}
}

/* Whatever the bytes, an answer or an error: the sanitizers see the rest. */
static void survives_any_bytes(void **state)
{
	static char whole[sizeof(buf)];
	struct nlmsghdr *m = (void *)buf;
	struct table table;
	size_t size;

	(void)state;
	begin(&table);
	m = table_message(&table);
	put_file(m, 20, 0, "/file");
	put_cell(m, MEMCGCTL_OBJECT_FILE, A, SET_AB, 2);
	mnl_attr_put(m, MEMCGCTL_ATTRIBUTION_END, 0, NULL);
	size = m->nlmsg_len;
	memcpy(whole, buf, size);
	give_up(&table);

	for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; at < size; at++) {
		for (int bit = 0; bit < 8; bit += 7) {
			struct attribution_build build = { .outside = MCG_GROUP_NONE };
			struct attribution_decoder decoder;
			struct mcg_attribution *none = NULL;

			build.result = calloc(1, sizeof(*build.result));
			assert_non_null(build.result);
			memcpy(buf, whole, size);
			buf[at] ^= 1 << bit;
			assert_int_equal(decode_begin(&decoder, &build), 0);
			decode_message(m, &decoder);
			decode_message(m, &decoder);
			decode_end(&decoder);
			build_end(&build, -1, &none);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up_tables),
		cmocka_unit_test(fills_the_matrix),
		cmocka_unit_test(tells_generations_apart),
		cmocka_unit_test(refuses_places_that_are_not_there),
		cmocka_unit_test(survives_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
