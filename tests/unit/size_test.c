// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <inttypes.h>

#include "size.h"

#define RAM (1000ULL << 20)

static void accepts(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} cases[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "007", 7 },
		{ "4096", 4096 },
		{ "1K", 1024 },
		{ "1Ki", 1024 },
		{ "8M", 8ULL << 20 },
		{ "8Mi", 8ULL << 20 },
		{ "3G", 3ULL << 30 },
		{ "3Gi", 3ULL << 30 },
		{ "2T", 2ULL << 40 },
		{ "2Ti", 2ULL << 40 },
		{ "16777215T", 16777215ULL << 40 },
		{ "18446744073709551614", UINT64_MAX - 1 },
		{ "0%", 0 },
		{ "50%", RAM / 2 },
		{ "100%", RAM },
		{ "max", MCG_SIZE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mcg_error err = { .status = MCG_OK };
		uint64_t size = 42;

		assert_int_equal(mcg_size_parse(cases[i].text, RAM, &size, &err), 0);
		assert_true(size == cases[i].size);
		assert_int_equal(err.status, MCG_OK);
	}
}

static void refuses(void **state)
{
	static const char *const cases[] = {
		"",
		" ",
		"12x",
		"12 ",
		" 12",
		"+12",
		"-12",
		"-1",
		"1.5G",
		"1,5G",
		"1k",
		"1m",
		"1KB",
		"1KiB",
		"1Kib",
		"1P",
		"K",
		"Ki",
		"1KK",
		"1iK",
		"0x10",
		"1e3",
		"max ",
		"MAX",
		"Max",
		"infinity",
		"%",
		"101%",
		"50%%",
		"50%K",
		"5K%",
		"-5%",
		"1\n",
		"1K\n",
		"\xff",
		"18446744073709551615",
		"18446744073709551616",
		"99999999999999999999999",
		"18014398509481984K",
		"16777216T",
		"99999999999999999999%",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mcg_error err = { .status = MCG_OK };
		uint64_t size = 42;

		assert_int_equal(mcg_size_parse(cases[i], RAM, &size, &err), -1);
		assert_int_equal(err.status, MCG_USAGE);
		assert_string_equal(err.subject, cases[i]);
		assert_true(err.message[0]);
		assert_true(size == 42);
	}
}

/* Every multiple of the units near the end of 64 bits is either exact or refused. */
static void never_wraps(void **state)
{
	static const char units[] = "KMGT";
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		unsigned int unit = next_random(&seed) % 4;
		uint64_t number = next_random(&seed) >> (next_random(&seed) % 64), size;
		struct mcg_error err;
		char text[40];
		bool fits = number <= (UINT64_MAX - 1) >> (10 * (unit + 1));

		snprintf(text, sizeof(text), "%" PRIu64 "%c", number, units[unit]);
		if (mcg_size_parse(text, RAM, &size, &err) == 0)
			assert_true(fits && size == number << (10 * (unit + 1)));
		else
			assert_true(!fits);
	}
}

static void percent_of_any_ram(void **state)
{
	uint64_t size;
	struct mcg_error err;

	(void)state;
	assert_int_equal(mcg_size_parse("100%", UINT64_MAX - 1, &size, &err), 0);
	assert_true(size == UINT64_MAX - 1);
	assert_int_equal(mcg_size_parse("1%", 99, &size, &err), 0);
	assert_true(size == 0);
	/* The RAM of this machine: more than a megabyte. */
	assert_int_equal(mcg_size_parse("100%", 0, &size, &err), 0);
	assert_true(size > 1 << 20);
}

static void formats(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
		{ 0, "0B" },
		{ 1, "1B" },
		{ 1023, "1023B" },
		{ 1024, "1.0K" },
		{ 1536, "1.5K" },
		{ 10188, "9.9K" },
		{ 10189, "10K" },
		{ 1023 * 1024, "1023K" },
		{ 1024 * 1024 - 1, "1.0M" },
		{ 1024 * 1024, "1.0M" },
		{ 8ULL << 20, "8.0M" },
		{ 64ULL << 20, "64M" },
		{ 3ULL << 40, "3.0T" },
		{ UINT64_MAX - 1, "16E" },
		{ MCG_SIZE_MAX, "max" },
	};
	char text[MCG_SIZE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(mcg_size_format(cases[i].size, 0, text), cases[i].text);
	assert_string_equal(mcg_size_format(1536, 1, text), "1536");
	assert_string_equal(mcg_size_format(UINT64_MAX - 1, 1, text), "18446744073709551614");
	assert_string_equal(mcg_size_format(MCG_SIZE_MAX, 1, text), "max");
}

static void ranges(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"1000",
		"1000-",
		"-1000",
		"1000-2000-3000",
		"2000-1000",
		"1000-1000",
		"1001-2000",
		"1000-2001",
		"0x-0x1000",
		"1000 -2000",
		"g-h",
		"0-10000000000000000",
		"ffffffffffffffff0-ffffffffffffffff1000",
		"-1000-2000",
		"+1000-2000",
		"1000-2000 ",
		"0X1000_2000",
	};
	uint64_t start = 1, end = 2;
	struct mcg_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(mcg_range_parse(bad[i], &start, &end, &err), -1);
		assert_int_equal(err.status, MCG_USAGE);
		assert_true(start == 1 && end == 2);
	}
	assert_int_equal(mcg_range_parse("7f0012340000-7f00ABCDe000", &start, &end, &err), 0);
	assert_true(start == 0x7f0012340000 && end == 0x7f00abcde000);
	assert_int_equal(mcg_range_parse("0x1000-0XFFFFFFFFFFFFF000", &start, &end, &err), 0);
	assert_true(start == 0x1000 && end == 0xfffffffffffff000);
}

static void numbers(void **state)
{
	uint64_t value = 5;

	(void)state;
	assert_int_equal(mcg_number_parse("18446744073709551615", UINT64_MAX, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(mcg_number_parse("10", 10, &value), 0);
	assert_int_equal(mcg_number_parse("11", 10, &value), -1);
	assert_int_equal(mcg_number_parse("18446744073709551616", UINT64_MAX, &value), -1);
	assert_int_equal(mcg_number_parse("", 10, &value), -1);
	assert_int_equal(mcg_number_parse("1 ", 10, &value), -1);
	assert_int_equal(mcg_number_parse("-1", 10, &value), -1);
	assert_int_equal(value, 10);
}

static void spans(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		uint64_t start;
		uint64_t end;
	} cases[] = {
		{ "/a", 2, 0, MCG_SIZE_MAX },
		{ "", 0, 0, MCG_SIZE_MAX },
		{ "/a:", 3, 0, MCG_SIZE_MAX },
		{ "/a:4096", 7, 0, MCG_SIZE_MAX },
		{ "/a:+4096", 8, 0, MCG_SIZE_MAX },
		{ "/a:4096+", 8, 0, MCG_SIZE_MAX },
		{ "/a:max+4096", 11, 0, MCG_SIZE_MAX },
		{ "/a:0+4096/b", 11, 0, MCG_SIZE_MAX },
		{ "/a:0+4096+", 10, 0, MCG_SIZE_MAX },
		{ "/a:0+4K", 2, 0, 4096 },
		{ "/a:1M+8Ki", 2, 1 << 20, (1 << 20) + 8192 },
		{ "/a:4096+max", 2, 4096, MCG_SIZE_MAX },
		{ "/a:0+4K:0+max", 7, 0, MCG_SIZE_MAX },
		{ ":0+4K", 0, 0, 4096 },
	};
	static const char *const wrong[] = {
		"/a:0+0",
		"/a:1+4096",
		"/a:0+1",
		"/a:0+4x",
		"/a:4x+0",
		"/a:0+4P",
		"/a:0+999999T9",
		"/a:4096+18446744073709551614",
		"/a:18446744073709551614+max",
		"/a:00000000000000000000000000000000000000000000000000000000000000000+4096",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mcg_error err = { .status = MCG_OK };
		uint64_t start, end;
		size_t length;

		assert_int_equal(mcg_span_parse(cases[i].text, &length, &start, &end, &err), 0);
		assert_int_equal(length, cases[i].length);
		assert_true(start == cases[i].start);
		assert_true(end == cases[i].end);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct mcg_error err = { .status = MCG_OK };
		uint64_t start, end;
		size_t length;

		assert_int_equal(mcg_span_parse(wrong[i], &length, &start, &end, &err), -1);
		assert_int_equal(err.status, MCG_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),     cmocka_unit_test(refuses),
		cmocka_unit_test(never_wraps), cmocka_unit_test(percent_of_any_ram),
		cmocka_unit_test(formats),     cmocka_unit_test(ranges),
		cmocka_unit_test(spans),       cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
