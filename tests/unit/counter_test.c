// SPDX-License-Identifier: GPL-2.0-only
/* What the counter means, one thread at a time. Races: tests/model. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/counter.h"

static struct counter root, middle, leaf;
static struct counter *over;

static int three_levels(void **state)
{
	(void)state;
	counter_init(&root, NULL, 0);
	counter_init(&middle, &root, 0);
	counter_init(&leaf, &middle, 0);
	return 0;
}

static long peak(struct counter *c)
{
	return atomic_long_read(&c->peak);
}

static long forced(struct counter *c)
{
	return atomic_long_read(&c->forced);
}

static long breaches(struct counter *c)
{
	return atomic_long_read(&c->breaches);
}

static void assert_usages(long in_root, long in_middle, long in_leaf)
{
	assert_int_equal(atomic_long_read(&root.usage), in_root);
	assert_int_equal(atomic_long_read(&middle.usage), in_middle);
	assert_int_equal(atomic_long_read(&leaf.usage), in_leaf);
}

static void begins_strict_and_without_a_limit(void **state)
{
	(void)state;
	counter_init(&leaf, &middle, 7);
	assert_true(leaf.strict);
	assert_int_equal(leaf.limit, COUNTER_MAX);
	assert_int_equal(counter_usage(&leaf), 7);
	assert_int_equal(peak(&leaf), 7);
	assert_true(counter_try_charge(&leaf, COUNTER_MAX - 7, &over));
	assert_null(over);
	assert_false(counter_try_charge(&leaf, 1, &over));
}

static void charges_all_levels(void **state)
{
	(void)state;
	assert_true(counter_try_charge(&leaf, 3, &over));
	assert_true(counter_try_charge(&middle, 2, &over));
	assert_true(counter_try_charge(&root, 1, &over));
	assert_usages(6, 5, 3);
	counter_uncharge(&leaf, 2);
	assert_usages(4, 3, 1);
	counter_uncharge(&middle, 2);
	assert_usages(2, 1, 1);
}

static void each_level_holds(void **state)
{
	struct counter *const levels[] = { &leaf, &middle, &root };
	int i;

	for (i = 0; i < 3; i++) {
		three_levels(state);
		counter_set_limit(levels[i], 4);
		assert_true(counter_try_charge(&leaf, 4, &over));
		assert_null(over);
		assert_false(counter_try_charge(&leaf, 1, &over));
		assert_ptr_equal(over, levels[i]);
		assert_usages(4, 4, 4);
		assert_int_equal(breaches(levels[i]), 0);
		counter_uncharge(&leaf, 1);
		assert_true(counter_try_charge(&leaf, 1, &over));
	}
}

static void the_lowest_level_refuses_first(void **state)
{
	(void)state;
	counter_set_limit(&root, 1);
	counter_set_limit(&middle, 1);
	assert_false(counter_try_charge(&leaf, 2, &over));
	assert_ptr_equal(over, &middle);
	assert_usages(0, 0, 0);
}

static void a_refused_try_shows_in_the_peak_below_only(void **state)
{
	(void)state;
	counter_set_limit(&middle, 1);
	assert_false(counter_try_charge(&leaf, 2, &over));
	assert_int_equal(peak(&leaf), 2);
	assert_int_equal(peak(&middle), 0);
	assert_int_equal(peak(&root), 0);
}

static void the_peak_stays(void **state)
{
	(void)state;
	assert_true(counter_try_charge(&leaf, 5, &over));
	counter_uncharge(&leaf, 5);
	counter_charge(&leaf, 2);
	assert_int_equal(peak(&leaf), 5);
	assert_int_equal(peak(&root), 5);
	counter_charge(&middle, 4);
	assert_int_equal(peak(&leaf), 5);
	assert_int_equal(peak(&root), 6);
}

static void a_soft_level_lets_through_and_counts(void **state)
{
	(void)state;
	counter_set_limit(&middle, 2);
	counter_set_strict(&middle, false);
	assert_true(counter_try_charge(&leaf, 2, &over));
	assert_null(over);
	assert_true(counter_try_charge(&leaf, 3, &over));
	assert_ptr_equal(over, &middle);
	assert_int_equal(counter_over(&middle), 3);
	assert_int_equal(breaches(&middle), 1);
	assert_int_equal(breaches(&leaf) + breaches(&root), 0);
	assert_int_equal(forced(&middle), 0);
	assert_usages(5, 5, 5);
}

static void the_lowest_of_two_soft_levels_is_reported(void **state)
{
	(void)state;
	counter_set_limit(&leaf, 2);
	counter_set_strict(&leaf, false);
	counter_set_limit(&root, 1);
	counter_set_strict(&root, false);
	assert_true(counter_try_charge(&leaf, 2, &over));
	assert_ptr_equal(over, &root);
	assert_true(counter_try_charge(&leaf, 1, &over));
	assert_ptr_equal(over, &leaf);
	assert_int_equal(breaches(&leaf), 1);
	assert_int_equal(breaches(&root), 2);
}

static void a_refusal_above_leaves_no_breach_below(void **state)
{
	(void)state;
	counter_set_limit(&leaf, 1);
	counter_set_strict(&leaf, false);
	counter_set_limit(&root, 1);
	assert_false(counter_try_charge(&leaf, 2, &over));
	assert_ptr_equal(over, &root);
	assert_int_equal(breaches(&leaf), 0);
	assert_usages(0, 0, 0);
}

static void forced_counts_what_lies_past_the_limit(void **state)
{
	(void)state;
	counter_set_limit(&leaf, 1);
	counter_set_limit(&middle, 3);
	counter_charge(&leaf, 4);
	assert_usages(4, 4, 4);
	assert_int_equal(forced(&leaf), 3);
	assert_int_equal(forced(&middle), 1);
	assert_int_equal(forced(&root), 0);
	counter_charge(&leaf, 2);
	assert_int_equal(forced(&leaf), 5);
	assert_int_equal(forced(&middle), 3);
	assert_int_equal(breaches(&leaf), 2);
	counter_uncharge(&leaf, 6);
	assert_int_equal(forced(&leaf), 5);
	assert_int_equal(peak(&leaf), 6);
}

static void a_limit_below_the_usage_lets_it_only_fall(void **state)
{
	(void)state;
	assert_true(counter_try_charge(&leaf, 5, &over));
	assert_int_equal(counter_set_limit(&leaf, 2), COUNTER_MAX);
	assert_int_equal(counter_over(&leaf), 3);
	assert_false(counter_try_charge(&leaf, 1, &over));
	counter_uncharge(&leaf, 3);
	assert_false(counter_try_charge(&leaf, 1, &over));
	counter_uncharge(&leaf, 1);
	assert_true(counter_try_charge(&leaf, 1, &over));
	assert_int_equal(counter_set_limit(&leaf, COUNTER_MAX), 2);
}

static void a_limit_of_zero_takes_nothing(void **state)
{
	(void)state;
	counter_set_limit(&leaf, 0);
	assert_false(counter_try_charge(&leaf, 1, &over));
	assert_usages(0, 0, 0);
}

static void the_usage_may_be_negative_until_the_baseline(void **state)
{
	(void)state;
	counter_set_limit(&leaf, 1);
	counter_uncharge(&leaf, 5);
	assert_usages(-5, -5, -5);
	assert_int_equal(counter_usage(&leaf), 0);
	assert_int_equal(counter_over(&leaf), 0);
	assert_int_equal(peak(&leaf), 0);
	assert_true(counter_try_charge(&leaf, 2, &over));
	assert_usages(-3, -3, -3);
	counter_set_usage(&leaf, 7);
	assert_int_equal(counter_usage(&leaf), 7);
	assert_int_equal(peak(&leaf), 7);
	assert_int_equal(counter_over(&leaf), 6);
}

static void a_negative_usage_without_a_limit_does_not_overflow(void **state)
{
	(void)state;
	counter_uncharge(&leaf, COUNTER_MAX);
	assert_int_equal(counter_over(&leaf), 0);
	assert_true(counter_try_charge(&leaf, COUNTER_MAX, &over));
	assert_usages(0, 0, 0);
}

#define LEVELS 70

static void a_path_longer_than_a_word(void **state)
{
	static struct counter path[LEVELS];
	int i;

	(void)state;
	for (i = 0; i < LEVELS; i++) {
		counter_init(&path[i], i + 1 < LEVELS ? &path[i + 1] : NULL, 0);
		counter_set_limit(&path[i], 1);
		counter_set_strict(&path[i], false);
	}
	assert_true(counter_try_charge(&path[0], 2, &over));
	assert_ptr_equal(over, &path[0]);
	assert_int_equal(breaches(&path[63]), 1);
	assert_int_equal(breaches(&path[64]), 0);
	assert_int_equal(counter_usage(&path[LEVELS - 1]), 2);
	counter_set_strict(&path[LEVELS - 1], true);
	assert_false(counter_try_charge(&path[0], 1, &over));
	assert_ptr_equal(over, &path[LEVELS - 1]);
	for (i = 0; i < LEVELS; i++)
		assert_int_equal(counter_usage(&path[i]), 2);
}

#define TEST(name) cmocka_unit_test_setup(name, three_levels)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(begins_strict_and_without_a_limit),
		TEST(charges_all_levels),
		TEST(each_level_holds),
		TEST(the_lowest_level_refuses_first),
		TEST(a_refused_try_shows_in_the_peak_below_only),
		TEST(the_peak_stays),
		TEST(a_soft_level_lets_through_and_counts),
		TEST(the_lowest_of_two_soft_levels_is_reported),
		TEST(a_refusal_above_leaves_no_breach_below),
		TEST(forced_counts_what_lies_past_the_limit),
		TEST(a_limit_below_the_usage_lets_it_only_fall),
		TEST(a_limit_of_zero_takes_nothing),
		TEST(the_usage_may_be_negative_until_the_baseline),
		TEST(a_negative_usage_without_a_limit_does_not_overflow),
		TEST(a_path_longer_than_a_word),
	};

	return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
