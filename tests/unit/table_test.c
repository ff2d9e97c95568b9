// SPDX-License-Identifier: GPL-2.0-only
/* Text of strangers, and the three forms of a result. */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>

#include "table.h"
#include "text.h"

static void escapes_for_a_terminal(void **state)
{
	static const struct {
		const char *text, *safe;
		size_t width;
	} cases[] = {
		{ "", "", 0 },
		{ "plain/name.service", "plain/name.service", 18 },
		{ "back\\slash", "back\\slash", 10 },
		{ "a\nb", "a\\x0ab", 6 },
		{ "\033[2Jx", "\\x1b[2Jx", 8 },
		{ "\x7f", "\\x7f", 4 },
		{ "\xc2\x9b"
		  "2J",
		  "\\xc2\\x9b2J", 10 }, /* CSI of C1 */
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", 4 },
		{ "\xe7\x8c\xab", "\xe7\x8c\xab", 2 }, /* a wide character */
		{ "e\xcc\x81", "e\xcc\x81", 1 },       /* a combining one */
		{ "\xff\xfe", "\\xff\\xfe", 8 },
		{ "x\xe7\x8c", "x\\xe7\\x8c", 9 },	   /* cut */
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", 12 }, /* a surrogate */
		{ "\xe2\x80\xae"
		  "txt",
		  "\\xe2\\x80\\xaetxt", 15 },		   /* right to left override */
		{ "\xe2\x80\x8b", "\\xe2\\x80\\x8b", 12 }, /* zero width space */
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf", 12 }, /* byte order mark */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t width = 99;
		char *safe = mcg_text_escape(cases[i].text, &width);

		assert_string_equal(safe, cases[i].safe);
		assert_int_equal(width, cases[i].width);
		free(safe);
	}
}

static void escapes_all_in_the_c_locale(void **state)
{
	char *safe;

	(void)state;
	setlocale(LC_ALL, "C");
	safe = mcg_text_escape("\xc3\xbc!", NULL);
	assert_string_equal(safe, "\\xc3\\xbc!");
	free(safe);
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
}

static void quotes_csv(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "a", "a" },
		{ "a b", "a b" },
		{ "a,b", "\"a,b\"" },
		{ "a\"b", "\"a\"\"b\"" },
		{ "\"", "\"\"\"\"" },
		{ "a\nb", "a\\x0ab" },
		{ "a\r", "a\\x0d" },
		{ "\xff,", "\"\\xff,\"" },
		{ "\xc3\xbc", "\xc3\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *csv = mcg_text_csv(cases[i][0]);

		assert_string_equal(csv, cases[i][1]);
		free(csv);
	}
}

static void makes_json_of_any_bytes(void **state)
{
	static const char *const cases[][2] = {
		{ "a\\x2db", "a\\x2db" },
		{ "\xff", "\\xff" },
		{ "a\\\xff", "a\\x5c\\xff" },
		{ "\n\x01", "\n\x01" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xe7\x8c\xab\xe7", "\xe7\x8c\xab\\xe7" },
	};
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json = mcg_text_json(cases[i][0]);
		assert_true(json_is_string(json));
		assert_string_equal(json_string_value(json), cases[i][1]);
		json_decref(json);
	}
	assert_true(json_is_null(mcg_text_json(NULL)));
}

/* Whatever the bytes, what comes out holds no control character, and JSON takes it. */
static void random_bytes_are_safe(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[24] = "", *safe, *csv;
		json_t *json;
		size_t len = next_random(&seed) % sizeof(text);

		for (size_t c = 0; c + 1 < len; c++)
			text[c] = 1 + next_random(&seed) % 255;
		safe = mcg_text_escape(text, NULL);
		csv = mcg_text_csv(text);
		json = mcg_text_json(text);
		assert_true(safe && csv && json_is_string(json));
		for (char *p = safe; *p; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		assert_null(strpbrk(csv, "\n\r\033"));
		free(safe);
		free(csv);
		json_decref(json);
	}
}

static const struct mcg_column columns[] = {
	{ "name", "NAME", MCG_TEXT, "?" },   { "size", "SIZE", MCG_SIZE, "max" },
	{ "hidden", NULL, MCG_COUNT, NULL }, { "count", "N", MCG_COUNT, NULL },
	{ "tags", "TAGS", MCG_TEXT, "" },    { NULL, NULL, MCG_TEXT, NULL },
};

static json_t *sample(void)
{
	json_t *rows =
		json_pack("[{s:s, s:I, s:i, s:i, s:[ss]}, {s:s, s:n, s:n}, {s:s, s:i, s:i, s:s}]",
			  "name", "/a", "size", (json_int_t)8 << 20, "hidden", 7, "count", 12,
			  "tags", "x", "y", "name", "/\xe7\x8c\xab\033", "size", "count", "name",
			  "/b,c", "size", 1000, "count", 3, "tags", "last");

	assert_non_null(rows);
	return rows;
}

static char *write_rows(struct mcg_output out)
{
	struct mcg_error err = { .status = MCG_OK };
	char *text = NULL;
	json_t *rows = sample();
	size_t size;

	out.file = open_memstream(&text, &size);
	assert_int_equal(mcg_rows_write(&out, "rows", columns, rows, &err), 0);
	fclose(out.file);
	json_decref(rows);
	return text;
}

static void writes_for_people(void **state)
{
	char *text = write_rows((struct mcg_output){ .format = MCG_HUMAN, .header = true });

	(void)state;
	assert_string_equal(text, "NAME      SIZE   N  TAGS\n"
				  "/a        8.0M  12  x,y\n"
				  "/\xe7\x8c\xab\\x1b    max   -\n"
				  "/b,c     1000B   3  last\n");
	free(text);
	text = write_rows((struct mcg_output){ .format = MCG_HUMAN, .bytes = true });
	assert_string_equal(text, "/a       8388608  12  x,y\n"
				  "/\xe7\x8c\xab\\x1b      max   -\n"
				  "/b,c        1000   3  last\n");
	free(text);
}

static void writes_csv(void **state)
{
	char *text = write_rows((struct mcg_output){ .format = MCG_CSV, .header = true });

	(void)state;
	assert_string_equal(text, "name,size,hidden,count,tags\n"
				  "/a,8388608,7,12,\"x,y\"\n"
				  "/\xe7\x8c\xab\\x1b,max,-,-,\n"
				  "\"/b,c\",1000,-,3,last\n");
	free(text);
}

static void writes_json(void **state)
{
	char *text = write_rows((struct mcg_output){ .format = MCG_JSON, .compact = true });
	json_t *document = json_loads(text, 0, NULL), *rows = sample();

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(document, "schema")), MCG_JSON_SCHEMA);
	assert_true(json_equal(json_object_get(document, "rows"), rows));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	json_decref(document);
	json_decref(rows);
	free(text);
}

static void says_when_it_cannot_write(void **state)
{
	struct mcg_output out = { .file = fopen("/dev/full", "w"), .header = true };
	json_t *rows = sample();

	(void)state;
	for (out.format = MCG_HUMAN; out.format <= MCG_CSV; out.format++) {
		struct mcg_error err = { .status = MCG_OK };

		assert_int_equal(mcg_rows_write(&out, "rows", columns, rows, &err), -1);
		assert_int_equal(err.status, MCG_FAILED);
		assert_non_null(strstr(err.message, "cannot write"));
		clearerr(out.file);
	}
	json_decref(rows);
	fclose(out.file);
}

static int use_utf8(void **state)
{
	(void)state;
	return !setlocale(LC_ALL, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_for_a_terminal),
		cmocka_unit_test(escapes_all_in_the_c_locale),
		cmocka_unit_test(quotes_csv),
		cmocka_unit_test(makes_json_of_any_bytes),
		cmocka_unit_test(random_bytes_are_safe),
		cmocka_unit_test(writes_for_people),
		cmocka_unit_test(writes_csv),
		cmocka_unit_test(writes_json),
		cmocka_unit_test(says_when_it_cannot_write),
	};

	return cmocka_run_group_tests_name("table", tests, use_utf8, NULL);
}
