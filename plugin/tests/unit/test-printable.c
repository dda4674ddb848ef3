/* test-printable.c
 * What can be shown of text out of packets
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/printable.h"

#include "expect.h"

static void expect_printable(const char *text, const char *expected)
{
    char shown[256];

    expect_int(amanda_printable(shown, sizeof shown, text, strlen(text)), strlen(expected));
    expect_str(shown, expected);
}

static void text_stays_as_it_is(void)
{
    expect_printable("", "");
    expect_printable(" /home/\303\244\\ ~", " /home/\303\244\\ ~");
    expect_printable("\346\227\245\346\234\254 \360\237\222\276", "\346\227\245\346\234\254 \360\237\222\276");
    expect_printable("\302\240", "\302\240");
}

static void control_characters_are_escaped(void)
{
    expect_printable("\a\b\f\n\r\t\v", "\\a\\b\\f\\n\\r\\t\\v");
    expect_printable("\001\033]0;x\177", "\\001\\033]0;x\\177");
    expect_printable("\302\200\302\205\302\233\302\237", "\\u0080\\u0085\\u009b\\u009f");
}

static void each_control_character_of_ascii_is_escaped(void)
{
    static const char letters[] = "abtnvfr"; /* of 7 to 13 */

    for (int byte = 1; byte < 0x80; byte++) {
        const char text[] = {'a', (char)byte, 'z', '\0'};
        char expected[8];

        if (byte >= '\a' && byte <= '\r')
            g_snprintf(expected, sizeof expected, "a\\%cz", letters[byte - '\a']);
        else if (byte < ' ' || byte == 0x7f)
            g_snprintf(expected, sizeof expected, "a\\%03oz", (unsigned)byte);
        else
            g_strlcpy(expected, text, sizeof expected);
        expect_printable(text, expected);
    }
}

static void what_changes_the_direction_is_escaped(void)
{
    expect_printable("\342\200\252\342\200\256", "\\u202a\\u202e");
    expect_printable("\342\201\246\342\201\251", "\\u2066\\u2069");
    expect_printable("\342\200\216\342\200\217\330\234", "\\u200e\\u200f\\u061c");
}

static void what_ends_a_line_or_has_no_shape_is_escaped(void)
{
    expect_printable("\342\200\250\342\200\251", "\\u2028\\u2029");
    expect_printable("\357\273\277\363\240\200\201", "\\ufeff\\U000e0001");
}

static void bad_bytes_are_replaced_one_by_one(void)
{
    expect_printable("a\377\303(\200", "a\357\277\275\357\277\275(\357\277\275");
    expect_printable("\355\240\200", "\357\277\275\357\277\275\357\277\275"); /* half of a pair of surrogates */
    expect_printable("\300\200", "\357\277\275\357\277\275");
    expect_printable("\342\202", "\357\277\275\357\277\275"); /* ends too early */
}

static void expect_cut(size_t size, const char *text, const char *expected)
{
    char shown[16];

    memset(shown, 'x', sizeof shown);
    amanda_printable(shown, size, text, strlen(text));
    expect_str(shown, expected);
    expect_int(shown[size], 'x');
}

static void what_is_too_long_is_cut_behind_a_character(void)
{
    expect_cut(1, "abc", "");
    expect_cut(3, "abc", "ab");
    expect_cut(4, "abc", "abc");
    expect_cut(3, "a\303\244", "a");
    expect_cut(5, "a\001b", "a");
    expect_cut(6, "a\001b", "a\\001");
    expect_cut(4, "a\377b", "a");
}

static void a_nul_byte_ends_it(void)
{
    char shown[8];

    expect_int(amanda_printable(shown, sizeof shown, "a\0b", 3), 1);
    expect_str(shown, "a");
}

static void plain_text_is_known_by_its_bytes(void)
{
    expect_true(amanda_is_printable("a ~", 3));
    expect_true(amanda_is_printable("a\n", 1));
    expect_false(amanda_is_printable("a\n", 2));
    expect_false(amanda_is_printable("\177", 1));
    expect_false(amanda_is_printable("\303\244", 2));
    expect_false(amanda_is_printable("\0", 1));
}

static void each_byte_is_known_wherever_it_stands(void)
{
    for (unsigned at = 0; at < 20; at++) {
        for (int byte = 0; byte <= UINT8_MAX; byte++) {
            char text[20];

            memset(text, byte % 2 ? ' ' : '~', sizeof text);
            text[at] = (char)byte;
            expect_int(amanda_is_printable(text, sizeof text), byte >= ' ' && byte <= '~');
        }
    }
}

static void whole_characters_fit(void)
{
    expect_int(amanda_fit("abc", 2), 2);
    expect_int(amanda_fit("abc", 9), 3);
    expect_int(amanda_fit("a\303\244", 2), 1);
    expect_int(amanda_fit("a", -1), 0);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("printable", text_stays_as_it_is),
        UNIT_TEST("printable", control_characters_are_escaped),
        UNIT_TEST("printable", each_control_character_of_ascii_is_escaped),
        UNIT_TEST("printable", what_changes_the_direction_is_escaped),
        UNIT_TEST("printable", what_ends_a_line_or_has_no_shape_is_escaped),
        UNIT_TEST("printable", bad_bytes_are_replaced_one_by_one),
        UNIT_TEST("printable", what_is_too_long_is_cut_behind_a_character),
        UNIT_TEST("printable", a_nul_byte_ends_it),
        UNIT_TEST("printable", plain_text_is_known_by_its_bytes),
        UNIT_TEST("printable", each_byte_is_known_wherever_it_stands),
        UNIT_TEST("printable", whole_characters_fit),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].function);
    return g_test_run();
}
