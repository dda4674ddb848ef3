/* test-quote.c
 * Quoted words, the lines that hold them, and what they say
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/common-fields.h"
#include "text/quoted-strings.h"

#include "expect.h"

/* The words of a text, with | between them; "malformed" words are marked by a ! in front. */
static const char *words_of(const char *text)
{
    static char joined[256];
    int offset = 0;

    joined[0] = '\0';
    for (;;) {
        bool quoted, malformed;
        amanda_span_t word = amanda_quoted_word((const uint8_t *)text, (int)strlen(text), &offset, &quoted, &malformed);

        if (word.length == 0)
            return joined;
        if (joined[0])
            g_strlcat(joined, "|", sizeof joined);
        if (malformed)
            g_strlcat(joined, "!", sizeof joined);
        g_strlcat(joined, text + word.offset, MIN(sizeof joined, strlen(joined) + (size_t)word.length + 1));
        expect_int(quoted, memchr(text + word.offset, '"', (size_t)word.length) != NULL);
    }
}

static void words_end_at_white_space_outside_of_quotes(void)
{
    expect_str(words_of(""), "");
    expect_str(words_of("  "), "");
    expect_str(words_of("a  b\tc"), "a|b|c");
    expect_str(words_of("\"a b\" c"), "\"a b\"|c");
    expect_str(words_of("x=\"a b\";y c"), "x=\"a b\";y|c");
    expect_str(words_of("\"a\\\" b\" c"), "\"a\\\" b\"|c");
    expect_str(words_of("\"a\\\\\" b"), "\"a\\\\\"|b");
    expect_str(words_of("\"\" b"), "\"\"|b");
    expect_str(words_of("a\\\"b c"), "a\\\"b|c");
}

static void an_open_quote_takes_the_rest(void)
{
    expect_str(words_of("a \"b c"), "a|!\"b c");
    expect_str(words_of("\"a\\\""), "!\"a\\\"");
    expect_str(words_of("\"a\\"), "!\"a\\");
}

static const char *unquoted(const char *text)
{
    static char said[256];
    size_t length = amanda_unquote((const uint8_t *)text, (amanda_span_t){0, (int)strlen(text)}, said);

    expect_int(length, strlen(said));
    return said;
}

/* The strings of Amanda's own quoting-test.c among them */
static void quotes_and_escapes_are_resolved(void)
{
    expect_str(unquoted(""), "");
    expect_str(unquoted("\"\""), "");
    expect_str(unquoted("simple"), "simple");
    expect_str(unquoted("\"sp a ces\""), "sp a ces");
    expect_str(unquoted("\"\\\"foo bar\\\"\""), "\"foo bar\"");
    expect_str(unquoted("\"back\\\\slash\""), "back\\slash");
    expect_str(unquoted("\"bs-end\\\\\""), "bs-end\\");
    expect_str(unquoted("\"backslash\\\\nletter\""), "backslash\\nletter");
    expect_str(unquoted("\"\\t\\r\\n\\f\""), "\t\r\n\f");
    expect_str(unquoted("\"\\303\\244\\0041\""), "\303\244\0041");
    expect_str(unquoted("\"a\\000b\""), "ab");
    expect_str(unquoted("\"a\\400\\777\""), "a\377");
    expect_str(unquoted("\"\\q\""), "q");
    expect_str(unquoted("\"trailing\\"), "trailing");
    expect_str(unquoted("ends\"here"), "endshere");
}

/* The lines of a text, with | between them. */
static const char *lines_of(const char *text)
{
    static char joined[256];
    int length = (int)strlen(text), offset = 0;

    joined[0] = '\0';
    while (offset < length) {
        amanda_span_t line;

        amanda_quoted_line((const uint8_t *)text, length, offset, &line, &offset);
        if (joined[0])
            g_strlcat(joined, "|", sizeof joined);
        g_strlcat(joined, text + line.offset, MIN(sizeof joined, strlen(joined) + (size_t)line.length + 1));
    }
    return joined;
}

static void a_line_feed_in_quotes_ends_no_line(void)
{
    expect_str(lines_of("a\nb\n"), "a|b");
    expect_str(lines_of("a\r\nb"), "a|b");
    expect_str(lines_of("\"a\nb\" 1\nc\n"), "\"a\nb\" 1|c");
    expect_str(lines_of("a\\\nb\nc\n"), "a\\\nb|c");
    expect_str(lines_of("\"a\\\"\nb\"\nc"), "\"a\\\"\nb\"|c");
    expect_str(lines_of("\"a\\\\\"\nb"), "\"a\\\\\"|b");
}

static void an_open_quote_ends_with_its_line(void)
{
    expect_str(lines_of("\"a\nb\nc"), "\"a|b|c");
    expect_str(lines_of("a \"\nb"), "a \"|b");
}

static void a_line_feed_tells_whole_lines(void)
{
    const uint8_t text[] = "a\nb";
    amanda_span_t line;
    int next;

    expect_true(amanda_quoted_line(text, 3, 0, &line, &next));
    expect_int(next, 2);
    expect_false(amanda_quoted_line(text, 3, 2, &line, &next));
    expect_int(next, 3);
    expect_int(line.length, 1);
    expect_false(amanda_quoted_line(text, 3, 3, &line, &next));
    expect_int(line.length, 0);
}

static void expect_valid_text(const char *bytes, size_t length, const char *expected)
{
    wmem_allocator_t *pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);

    expect_str(amanda_valid_text(pool, bytes, length), expected);
    wmem_destroy_allocator(pool);
}

static void text_is_made_valid(void)
{
    expect_valid_text("ab\303\244", 4, "ab\303\244");
    expect_valid_text("a\377b\303", 4, "a\357\277\275b\357\277\275");
    expect_valid_text("a\0b", 3, "a");
    expect_valid_text("", 0, "");
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("quote", words_end_at_white_space_outside_of_quotes),
        UNIT_TEST("quote", an_open_quote_takes_the_rest),
        UNIT_TEST("quote", quotes_and_escapes_are_resolved),
        UNIT_TEST("quote", a_line_feed_in_quotes_ends_no_line),
        UNIT_TEST("quote", an_open_quote_ends_with_its_line),
        UNIT_TEST("quote", a_line_feed_tells_whole_lines),
        UNIT_TEST("quote", text_is_made_valid),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_func(tests[i].path, tests[i].function);
    return g_test_run();
}
