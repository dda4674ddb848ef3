/* test-features.c
 * Features strings: good ones, those that the receivers reject, and the default
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/feature-sets.h"

#include "expect.h"

static amanda_feature_set_t set;

static bool parse(const char *hex)
{
    return amanda_features_parse(hex, strlen(hex), &set);
}

static const char *releases(const char *hex, size_t length)
{
    const amanda_feature_release_t *release = amanda_features_release(hex, length);

    return release ? release->names : NULL;
}

static unsigned count(void)
{
    unsigned features = 0;

    for (unsigned i = 0; i < 8 * AMANDA_FEATURE_BYTES; i++)
        features += amanda_features_has(&set, i);
    return features;
}

static void the_second_digit_of_a_byte_has_its_low_bits(void)
{
    expect_true(parse("01"));
    expect_true(amanda_features_has(&set, 0));
    expect_int(count(), 1);
    expect_true(parse("0010"));
    expect_true(amanda_features_has(&set, 12));
    expect_int(count(), 1);
    expect_true(parse("00000000000000000000000000000000000010"));
    expect_true(amanda_features_has(&set, AMANDA_FE_req_options_timestamp));
    expect_int(count(), 1);
}

static void both_cases_of_letters_are_digits(void)
{
    expect_true(parse("aBCdEf"));
    expect_int(set.bytes[0], 0xab);
    expect_int(set.bytes[1], 0xcd);
    expect_int(set.bytes[2], 0xef);
}

static void numbers_are_those_of_amanda(void)
{
    expect_int(AMANDA_FE_have_feature_support, 0);
    expect_int(AMANDA_FE_partial_estimate, 52);
    expect_int(AMANDA_FE_interface_quoted_text, 68);
    expect_int(AMANDA_FE_req_xml, 80);
    expect_int(AMANDA_FE_selfcheck_message, 113);
    expect_int(AMANDA_FE_sendbackup_statedone, 151);
    expect_int(AMANDA_FEATURE_COUNT, 152);
}

static void an_odd_digit_is_dropped(void)
{
    expect_true(parse("fff"));
    expect_true(set.odd);
    expect_int(count(), 8);
    expect_true(parse("f"));
    expect_true(set.odd);
    expect_int(count(), 0);
    expect_true(parse("ff"));
    expect_false(set.odd);
}

static void other_characters_reject_all(void)
{
    expect_false(parse("ffg0"));
    expect_int(count(), 0);
    expect_false(parse("UNKNOWNFEATURE"));
    expect_false(parse("ff ff"));
    expect_true(parse(""));
    expect_int(count(), 0);
}

static void more_than_there_is_room_for_is_ignored(void)
{
    char hex[2 * AMANDA_FEATURE_BYTES + 11];

    memset(hex, 'f', sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    expect_true(parse(hex));
    expect_int(count(), 8 * AMANDA_FEATURE_BYTES);
    expect_false(amanda_features_has(&set, 8 * AMANDA_FEATURE_BYTES));
    hex[sizeof hex - 2] = '?';
    expect_true(parse(hex));
}

/* common-src/amfeatures.c, am_set_default_feature_set() */
static void the_default_is_that_of_2_4_2(void)
{
    static const uint8_t numbers[] = {2,  4,  5,  8,  9,  11, 14, 15, 17, 18, 19,
                                      20, 21, 22, 23, 24, 31, 33, 34, 35, 36, 40};

    amanda_features_default(&set);
    expect_int(count(), G_N_ELEMENTS(numbers));
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        expect_true(amanda_features_has(&set, numbers[i]));
    expect_true(amanda_features_string_has(NULL, 2));
    expect_false(amanda_features_string_has(NULL, AMANDA_FE_req_xml));
    expect_false(amanda_features_string_has("?", 0));
    expect_true(amanda_features_string_has("01", 0));
}

static void releases_are_known_by_the_whole_string(void)
{
    expect_str(releases("fffffeff9ffe0f", 14), "2.4.3, 2.4.4");
    expect_str(releases("FFFFFEFF9FFE0F", 14), "2.4.3, 2.4.4");
    expect_str(releases("fffffeff9ffe0f", 12), NULL);
    expect_str(releases("", 0), NULL);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("features", the_second_digit_of_a_byte_has_its_low_bits),
        UNIT_TEST("features", both_cases_of_letters_are_digits),
        UNIT_TEST("features", numbers_are_those_of_amanda),
        UNIT_TEST("features", an_odd_digit_is_dropped),
        UNIT_TEST("features", other_characters_reject_all),
        UNIT_TEST("features", more_than_there_is_room_for_is_ignored),
        UNIT_TEST("features", the_default_is_that_of_2_4_2),
        UNIT_TEST("features", releases_are_known_by_the_whole_string),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].function);
    return g_test_run();
}
