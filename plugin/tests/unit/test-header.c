/* test-header.c
 * What the header line is read as: whole, tolerated, malformed and cut
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/header-line.h"

#include "expect.h"

static amanda_header_t header;
static const uint8_t *text;

static amanda_header_status_t parse_bytes(const char *bytes, int length, bool cut)
{
    text = (const uint8_t *)bytes;
    return amanda_header_parse(text, length, cut, &header);
}

static amanda_header_status_t parse(const char *line)
{
    return parse_bytes(line, (int)strlen(line), false);
}

/* The bytes of a span, as a string until the next call; NULL if it is empty. */
static const char *bytes_of(amanda_span_t span)
{
    static char copy[128];

    if (span.length == 0)
        return NULL;
    g_assert_true(span.length < (int)sizeof copy);
    memcpy(copy, text + span.offset, (size_t)span.length);
    copy[span.length] = '\0';
    return copy;
}

/* --- What Amanda sends */

static void every_value_is_exactly_its_own_bytes(void)
{
    expect_int(parse("Amanda 3.5 REQ HANDLE 000-00000001 SEQ 1796138363\nSECURITY USER backup\n"), AMANDA_HEADER_WHOLE);
    expect_int(header.version.offset, 7);
    expect_int(header.version.length, 3);
    expect_int(header.type.offset, 11);
    expect_int(header.type.length, 3);
    expect_int(header.handle.offset, 22);
    expect_int(header.handle.length, 12);
    expect_int(header.seq.offset, 39);
    expect_int(header.seq.length, 10);
    expect_int(header.length, 50);
    expect_int(header.seq_value, 1796138363);
    expect_true(header.seq_is_number);
    expect_int(header.version_code, AMANDA_VERSION(3, 5));
    expect_true(amanda_header_is_well_formed(&header));
}

static void every_type_is_known(void)
{
    static const struct {
        const char *line;
        amanda_type_t type;
    } lines[] = {
        {"Amanda 2.4 REQ HANDLE h SEQ 1\n", AMANDA_TYPE_REQ},   {"Amanda 2.4 REP HANDLE h SEQ 1\n", AMANDA_TYPE_REP},
        {"Amanda 2.4 PREP HANDLE h SEQ 1\n", AMANDA_TYPE_PREP}, {"Amanda 2.4 ACK HANDLE h SEQ 1\n", AMANDA_TYPE_ACK},
        {"Amanda 2.4 NAK HANDLE h SEQ 1\n", AMANDA_TYPE_NAK},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_int(parse(lines[i].line), AMANDA_HEADER_WHOLE);
        expect_int(header.type_code, lines[i].type);
        expect_true(amanda_header_is_well_formed(&header));
    }
}

static void versions_can_be_compared(void)
{
    static const struct {
        const char *line;
        uint16_t version;
    } lines[] = {
        {"Amanda 2.3 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(2, 3)},
        {"Amanda 2.4 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(2, 4)},
        {"Amanda 2.10 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(2, 10)},
        {"Amanda 3.0 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(3, 0)},
        {"Amanda 10.1 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(10, 1)},
        {"Amanda 2.4.5p1 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(2, 4)},
        {"Amanda 02.04 ACK HANDLE h SEQ 1\n", AMANDA_VERSION(2, 4)},
        {"Amanda x.y ACK HANDLE h SEQ 1\n", UINT16_MAX},
        {"Amanda . ACK HANDLE h SEQ 1\n", UINT16_MAX},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_int(parse(lines[i].line), AMANDA_HEADER_WHOLE);
        expect_int(header.version_code, lines[i].version);
    }
    expect_true(AMANDA_VERSION(2, 4) < AMANDA_VERSION(2, 5));
    expect_true(AMANDA_VERSION(2, 10) < AMANDA_VERSION(3, 1));
    parse("Amanda 99999999999999999999.99999999999999999999 ACK HANDLE h SEQ 1\n");
    expect_true(header.version_code >= AMANDA_VERSION(2, 6));
}

/* --- What some of Amanda's parsers take */

static const struct {
    const char *line;
    const char *version;
    const char *handle;
    const char *seq;
    int32_t value;
    int length;
} tolerated[] = {
    {"Amanda  2.4   REQ    HANDLE  h  SEQ   100\n", "2.4", "h", "100", 100, 42},
    {"Amanda\t2.4\tREQ\tHANDLE\th\tSEQ\t100\n", "2.4", "h", "100", 100, 32},
    {"Amanda\n2.4\nREQ\nHANDLE\nh\nSEQ\n100\nrest", "2.4", "h", "100", 100, 32},
    {"Amanda\r\n2.4\v\fREQ HANDLE h SEQ 100\r\nrest", "2.4", "h", "100", 100, 35},
    {"Amanda 2.4 REQ HANDLE h SEQ \n\n -100\nrest", "2.4", "h", "-100", -100, 36},
    {"Amanda 2.4 REQ HANDLE h SEQ 100", "2.4", "h", "100", 100, 31},
    {"Amanda 2.4 REQ HANDLE h SEQ 100 \t\nrest", "2.4", "h", "100", 100, 34},
    {"Amanda 2.4 REQ HANDLE HANDLE SEQ 100\n", "2.4", "HANDLE", "100", 100, 37},
    {"Amanda 2.4 REQ HANDLE SEQ SEQ 100\n", "2.4", "SEQ", "100", 100, 34},
    {"Amanda 2.4 REQ HANDLE h SEQ -1\n", "2.4", "h", "-1", -1, 31},
    {"Amanda 2.4 REQ HANDLE h SEQ +1\n", "2.4", "h", "+1", 1, 31},
    {"Amanda 2.4 REQ HANDLE h SEQ 007\n", "2.4", "h", "007", 7, 32},
    {"Amanda 2.4 REQ HANDLE h SEQ -0\n", "2.4", "h", "-0", 0, 31},
    {"Amanda 2.4 REQ HANDLE h SEQ 2147483647\n", "2.4", "h", "2147483647", INT32_MAX, 39},
    {"Amanda 2.4 REQ HANDLE h SEQ -2147483648\n", "2.4", "h", "-2147483648", INT32_MIN, 40},
    {"Amanda 2.4 REQ HANDLE h SEQ 2147483648\n", "2.4", "h", "2147483648", INT32_MIN, 39},
    {"Amanda 2.4 REQ HANDLE h SEQ 4294967295\n", "2.4", "h", "4294967295", -1, 39},
    {"Amanda 2.4 REQ HANDLE h SEQ 4294967396\n", "2.4", "h", "4294967396", 100, 39},
    {"Amanda 2.4 REQ HANDLE h SEQ -4294967196\n", "2.4", "h", "-4294967196", 100, 40},
    /* Beyond 64 bits it is the largest number, or the smallest one. */
    {"Amanda 2.4 REQ HANDLE h SEQ 999999999999999999\n", "2.4", "h", "999999999999999999", -1486618625, 47},
    {"Amanda 2.4 REQ HANDLE h SEQ 1000000000000000000\n", "2.4", "h", "1000000000000000000", -1486618624, 48},
    {"Amanda 2.4 REQ HANDLE h SEQ 9223372036854775807\n", "2.4", "h", "9223372036854775807", -1, 48},
    {"Amanda 2.4 REQ HANDLE h SEQ 9223372036854775808\n", "2.4", "h", "9223372036854775808", -1, 48},
    {"Amanda 2.4 REQ HANDLE h SEQ 9999999999999999999\n", "2.4", "h", "9999999999999999999", -1, 48},
    {"Amanda 2.4 REQ HANDLE h SEQ 18446744073709551716\n", "2.4", "h", "18446744073709551716", -1, 49},
    {"Amanda 2.4 REQ HANDLE h SEQ -9223372036854775807\n", "2.4", "h", "-9223372036854775807", 1, 49},
    {"Amanda 2.4 REQ HANDLE h SEQ -9223372036854775808\n", "2.4", "h", "-9223372036854775808", 0, 49},
    {"Amanda 2.4 REQ HANDLE h SEQ -9223372036854775809\n", "2.4", "h", "-9223372036854775809", 0, 49},
    {"Amanda 2.4 REQ HANDLE h SEQ -99999999999999999999\n", "2.4", "h", "-99999999999999999999", 0, 50},
    {"Amanda 2.4 REQ HANDLE h SEQ 00000000000000000000100\n", "2.4", "h", "00000000000000000000100", 100, 52},
};

static void white_space_and_numbers_are_tolerated_as_the_real_parsers_do(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tolerated); i++) {
        expect_case(tolerated[i].line);
        expect_int(parse(tolerated[i].line), AMANDA_HEADER_WHOLE);
        expect_str(bytes_of(header.version), tolerated[i].version);
        expect_str(bytes_of(header.type), "REQ");
        expect_str(bytes_of(header.handle), tolerated[i].handle);
        expect_str(bytes_of(header.seq), tolerated[i].seq);
        expect_int(header.seq_value, tolerated[i].value);
        expect_true(header.seq_is_number);
        expect_int(header.length, tolerated[i].length);
    }
}

static void blanks_around_the_dot_of_the_version_are_tolerated(void)
{
    /* 2.4 reads an integer, a dot and an integer, with white space wherever it likes. */
    static const char *const lines[] = {
        "Amanda 2 . 4 REQ HANDLE h SEQ 100\n",
        "Amanda 2. 4 REQ HANDLE h SEQ 100\n",
        "Amanda 2 .4 REQ HANDLE h SEQ 100\n",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_case(lines[i]);
        expect_int(parse(lines[i]), AMANDA_HEADER_WHOLE);
        expect_int(header.type_code, AMANDA_TYPE_REQ);
        expect_str(bytes_of(header.handle), "h");
        expect_int(header.seq_value, 100);
        expect_int(header.version_code, AMANDA_VERSION(2, 4));
    }
}

static void a_seq_that_is_no_plain_number_is_read_like_atoi(void)
{
    static const struct {
        const char *line;
        const char *seq;
        int32_t value;
    } lines[] = {
        {"Amanda 3.5 REQ HANDLE h SEQ abc\n", "abc", 0},       {"Amanda 3.5 REQ HANDLE h SEQ 103abc\n", "103", 103},
        {"Amanda 3.5 REQ HANDLE h SEQ 103 abc\n", "103", 103}, {"Amanda 3.5 REQ HANDLE h SEQ -\n", "-", 0},
        {"Amanda 3.5 REQ HANDLE h SEQ --1\n", "--1", 0},       {"Amanda 3.5 REQ HANDLE h SEQ 0x10\n", "0", 0},
        {"Amanda 3.5 REQ HANDLE h SEQ 1.5\n", "1", 1},         {"Amanda 3.5 REQ HANDLE h SEQ \xff\n", "\xff", 0},
        {"Amanda 3.5 REQ HANDLE h SEQ -12x", "-12", -12},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_case(lines[i].line);
        expect_int(parse(lines[i].line), AMANDA_HEADER_WHOLE);
        expect_str(bytes_of(header.seq), lines[i].seq);
        expect_int(header.seq_value, lines[i].value);
        expect_false(header.seq_is_number);
        expect_false(amanda_header_is_well_formed(&header));
    }
}

static void a_nul_byte_ends_the_text(void)
{
    static const char behind[] = "Amanda 3.5 REQ HANDLE h SEQ 107\0\nSERVICE noop\n";
    static const char inside[] = "Amanda 3.5 REQ HANDLE h\0 SEQ 107\n";
    static const char in_seq[] = "Amanda 3.5 REQ HANDLE h SEQ 1\0007\n";

    expect_int(parse_bytes(behind, (int)sizeof behind - 1, false), AMANDA_HEADER_WHOLE);
    expect_int(header.seq_value, 107);
    expect_int(header.length, 31);
    expect_int(parse_bytes(inside, (int)sizeof inside - 1, false), AMANDA_HEADER_NO_SEQ_KEY);
    expect_str(bytes_of(header.handle), "h");
    expect_int(parse_bytes(in_seq, (int)sizeof in_seq - 1, false), AMANDA_HEADER_WHOLE);
    expect_int(header.seq_value, 1);
    /* Nor does a cut behind it take anything away. */
    expect_int(parse_bytes(behind, (int)sizeof behind - 1, true), AMANDA_HEADER_WHOLE);
    expect_int(header.seq_value, 107);
}

static void handles_may_be_long_and_hold_any_bytes_but_white_space(void)
{
    char *handle = g_strnfill(60000, '\xfe');
    char *line = g_strconcat("Amanda 3.5 REQ HANDLE ", handle, " SEQ 5\n", NULL);

    expect_int(parse(line), AMANDA_HEADER_WHOLE);
    expect_int(header.handle.length, 60000);
    expect_int(header.seq_value, 5);
    g_free(line);
    g_free(handle);
}

/* --- What none takes */

static void a_malformed_line_says_where_and_how_it_goes_wrong(void)
{
    static const struct {
        const char *line;
        amanda_header_status_t status;
        int offset; /* of what is wrong */
        int length;
    } lines[] = {
        {"Amanda", AMANDA_HEADER_BAD_VERSION, 6, 0},
        {"Amanda ", AMANDA_HEADER_BAD_VERSION, 7, 0},
        {"Amanda 35 REP HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_VERSION, 7, 2},
        {"Amanda REP HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_VERSION, 7, 3},
        {"Amanda 3.5", AMANDA_HEADER_BAD_TYPE, 10, 0},
        {"Amanda 3.5\n", AMANDA_HEADER_BAD_TYPE, 11, 0},
        {"Amanda 3.5 FOO HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_TYPE, 11, 3},
        {"Amanda 3.5 rep HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_TYPE, 11, 3},
        {"Amanda 2.3 .NAK HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_TYPE, 11, 4},
        {"Amanda 3.5 REPP HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_TYPE, 11, 4},
        {"Amanda 3.5 RE HANDLE h SEQ 1\n", AMANDA_HEADER_BAD_TYPE, 11, 2},
        {"Amanda 3.5 REP", AMANDA_HEADER_NO_HANDLE_KEY, 14, 0},
        {"Amanda 3.5 REP handle h SEQ 1\n", AMANDA_HEADER_NO_HANDLE_KEY, 15, 6},
        {"Amanda 3.5 REP SEQ 1\n", AMANDA_HEADER_NO_HANDLE_KEY, 15, 3},
        {"Amanda 3.5 REP HANDLEh SEQ 1\n", AMANDA_HEADER_NO_HANDLE_KEY, 15, 7},
        {"Amanda 3.5 REP HANDLE", AMANDA_HEADER_EMPTY_HANDLE, 21, 0},
        {"Amanda 3.5 REP HANDLE  SEQ 1\n", AMANDA_HEADER_EMPTY_HANDLE, 23, 0},
        {"Amanda 3.5 REP HANDLE SEQ 1\n", AMANDA_HEADER_EMPTY_HANDLE, 22, 0},
        {"Amanda 3.5 REP HANDLE h\n", AMANDA_HEADER_NO_SEQ_KEY, 24, 0},
        {"Amanda 3.5 REP HANDLE h\nOPTIONS ;\n", AMANDA_HEADER_NO_SEQ_KEY, 24, 7},
        {"Amanda 3.5 REP HANDLE h seq 1\n", AMANDA_HEADER_NO_SEQ_KEY, 24, 3},
        {"Amanda 3.5 REP HANDLE h h SEQ 1\n", AMANDA_HEADER_NO_SEQ_KEY, 24, 1},
        {"Amanda 3.5 REP HANDLE h SEQ", AMANDA_HEADER_NO_SEQ, 27, 0},
        {"Amanda 3.5 REP HANDLE h SEQ \n", AMANDA_HEADER_NO_SEQ, 28, 0},
        {"Amanda 2.4 REP HANDLE h SEQ\nOPTIONS ;\n", AMANDA_HEADER_NO_SEQ, 27, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_case(lines[i].line);
        expect_int(parse(lines[i].line), lines[i].status);
        expect_int(header.status, lines[i].status);
        expect_int(header.wrong.offset, lines[i].offset);
        expect_int(header.wrong.length, lines[i].length);
        expect_false(amanda_header_is_well_formed(&header));
    }
}

static void what_a_malformed_line_says_before_it_goes_wrong_stays(void)
{
    parse("Amanda 3.5 REP HANDLE h seq 1\n");
    expect_str(bytes_of(header.version), "3.5");
    expect_str(bytes_of(header.type), "REP");
    expect_int(header.type_code, AMANDA_TYPE_REP);
    expect_str(bytes_of(header.handle), "h");
    expect_str(bytes_of(header.seq), NULL);
    parse("Amanda 3.5 FOO HANDLE h SEQ 12\n");
    expect_str(bytes_of(header.type), "FOO");
    expect_str(bytes_of(header.handle), "h");
    expect_int(header.seq_value, 12);
    parse("Amanda 3.5 REP HANDLE  SEQ 12\n");
    expect_str(bytes_of(header.type), "REP");
    expect_str(bytes_of(header.handle), NULL);
    expect_int(header.seq_value, 12);
}

static void what_does_not_begin_with_the_word_amanda_is_foreign(void)
{
    static const char *const lines[] = {
        "",
        "A",
        "Amand",
        "amanda 3.5 REP HANDLE h SEQ 1\n",
        "AMANDA 3.5 REP HANDLE h SEQ 1\n",
        "Amanda3.5 REP HANDLE h SEQ 1\n",
        "Amandas 3.5 REP HANDLE h SEQ 1\n",
        "<34>Amanda 3.5 REP HANDLE h SEQ 1\n",
        "AAmanda 3.5 REP HANDLE h SEQ 1\n",
        "SEQ 1\n",
        "\xff\xff\xff\xff",
        "   ",
    };
    static const char nul[] = "\0Amanda 3.5 REP HANDLE h SEQ 1\n";

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_int(parse(lines[i]), AMANDA_HEADER_FOREIGN);
        expect_false(amanda_header_is_well_formed(&header));
    }
    expect_int(parse_bytes(nul, (int)sizeof nul - 1, false), AMANDA_HEADER_FOREIGN);
}

static void only_what_amanda_itself_sends_is_well_formed(void)
{
    static const char *const lines[] = {
        "Amanda  3.5 REP HANDLE h SEQ 1\n", /* not a version behind the first blank */
        "Amanda x.y REP HANDLE h SEQ 1\n",  "Amanda 3.5 FOO HANDLE h SEQ 1\n",   "Amanda 3.5 REP HANDLE h SEQ one\n",
        "Amanda 3.5 REP HANDLE h SEQ 1x\n", "Amanda 3.5 REP HANDLE h SEQ\n",     "Amanda 3.5 REP HANDLE SEQ 1\n",
        "Amanda 35 REP HANDLE h SEQ 1\n",   "Amanda 3.5 REP h SEQ 1\n",          "Amanda 3.5 REP HANDLE h 1\n",
        "Amanda is a fine name.\n",         "Amanda 3.5 was released in 2017\n",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        expect_case(lines[i]);
        parse(lines[i]);
        expect_false(amanda_header_is_well_formed(&header));
    }
}

/* --- What a capture cuts */

static const char line_to_cut[] = "Amanda 3.5 PREP HANDLE 000-00000001 SEQ -1796138363\n";

/* Where the word ends that begins here; a word counts only when the byte behind it was captured, too. */
static bool holds(const char *line, int captured, const char *word)
{
    return captured > (int)(strstr(line, word) - line + (int)strlen(word));
}

static void a_line_is_whole_only_with_its_line_feed(void)
{
    for (int captured = 1; captured < (int)sizeof line_to_cut - 1; captured++)
        expect_int(parse_bytes(line_to_cut, captured, true), AMANDA_HEADER_CUT);
    expect_int(parse_bytes(line_to_cut, (int)sizeof line_to_cut - 1, true), AMANDA_HEADER_WHOLE);
}

static void a_cut_line_has_the_values_that_it_holds_whole(void)
{
    for (int captured = 1; captured < (int)sizeof line_to_cut - 1; captured++) {
        parse_bytes(line_to_cut, captured, true);
        expect_str(bytes_of(header.version), holds(line_to_cut, captured, "3.5") ? "3.5" : NULL);
        expect_str(bytes_of(header.type), holds(line_to_cut, captured, "PREP") ? "PREP" : NULL);
        expect_str(bytes_of(header.handle), holds(line_to_cut, captured, "000-00000001") ? "000-00000001" : NULL);
        expect_int(header.seq.length, 0);
        expect_false(amanda_header_is_well_formed(&header));
    }
}

static void nothing_captured_is_foreign(void)
{
    expect_int(parse_bytes(NULL, 0, true), AMANDA_HEADER_FOREIGN);
    expect_int(parse_bytes(NULL, 0, false), AMANDA_HEADER_FOREIGN);
}

static void the_same_bytes_that_are_not_cut_are_no_cut_line(void)
{
    for (int length = 1; length < (int)sizeof line_to_cut - 2; length++) {
        amanda_header_status_t status = parse_bytes(line_to_cut, length, false);

        expect_true(status != AMANDA_HEADER_CUT);
        /* The first digit of SEQ makes it whole, with or without a line feed. */
        expect_int(status == AMANDA_HEADER_WHOLE, length > (int)(strstr(line_to_cut, "SEQ -") - line_to_cut) + 4);
    }
}

static void an_error_that_was_captured_is_one_however_the_rest_was_cut(void)
{
    expect_int(parse_bytes("Amanda 35 RE", 12, true), AMANDA_HEADER_BAD_VERSION);
    expect_int(parse_bytes("Amanda 3.5 REP handle h", 23, true), AMANDA_HEADER_NO_HANDLE_KEY);
    expect_int(parse_bytes("Amanda 3.5 REP HANDLE h seq ", 28, true), AMANDA_HEADER_NO_SEQ_KEY);
}

static void tolerated_lines_can_be_cut_anywhere(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tolerated); i++) {
        const char *line = tolerated[i].line;

        expect_case(line);
        if (line[tolerated[i].length - 1] != '\n')
            continue;
        for (int captured = 1; captured < tolerated[i].length; captured++)
            expect_int(parse_bytes(line, captured, true), AMANDA_HEADER_CUT);
        for (int captured = tolerated[i].length; captured <= (int)strlen(line); captured++) {
            expect_int(parse_bytes(line, captured, true), AMANDA_HEADER_WHOLE);
            expect_int(header.seq_value, tolerated[i].value);
        }
    }
}

static void no_byte_behind_the_captured_ones_is_read(void)
{
    /* From the heap, so that a memory checker sees it. */
    for (int captured = 1; captured < (int)sizeof line_to_cut; captured++) {
        char *copy = (char *)g_malloc((gsize)captured);

        memcpy(copy, line_to_cut, (size_t)captured);
        parse_bytes(copy, captured, true);
        parse_bytes(copy, captured, false);
        g_free(copy);
    }
    expect_int(header.seq_value, -1796138363);
}

static void the_text_ends_at_the_first_nul_byte(void)
{
    expect_int(amanda_text_length((const uint8_t *)"ab\0cd", 5), 2);
    expect_int(amanda_text_length((const uint8_t *)"abcd", 4), 4);
    expect_int(amanda_text_length((const uint8_t *)"\0", 1), 0);
    expect_int(amanda_text_length(NULL, 0), 0);
}

static void run(const void *data)
{
    expect_case(NULL);
    ((const unit_test_t *)data)->function();
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("whole", every_value_is_exactly_its_own_bytes),
        UNIT_TEST("whole", every_type_is_known),
        UNIT_TEST("whole", versions_can_be_compared),
        UNIT_TEST("tolerated", white_space_and_numbers_are_tolerated_as_the_real_parsers_do),
        UNIT_TEST("tolerated", blanks_around_the_dot_of_the_version_are_tolerated),
        UNIT_TEST("tolerated", a_seq_that_is_no_plain_number_is_read_like_atoi),
        UNIT_TEST("tolerated", a_nul_byte_ends_the_text),
        UNIT_TEST("tolerated", handles_may_be_long_and_hold_any_bytes_but_white_space),
        UNIT_TEST("malformed", a_malformed_line_says_where_and_how_it_goes_wrong),
        UNIT_TEST("malformed", what_a_malformed_line_says_before_it_goes_wrong_stays),
        UNIT_TEST("malformed", what_does_not_begin_with_the_word_amanda_is_foreign),
        UNIT_TEST("malformed", only_what_amanda_itself_sends_is_well_formed),
        UNIT_TEST("cut", a_line_is_whole_only_with_its_line_feed),
        UNIT_TEST("cut", a_cut_line_has_the_values_that_it_holds_whole),
        UNIT_TEST("cut", nothing_captured_is_foreign),
        UNIT_TEST("cut", the_same_bytes_that_are_not_cut_are_no_cut_line),
        UNIT_TEST("cut", an_error_that_was_captured_is_one_however_the_rest_was_cut),
        UNIT_TEST("cut", tolerated_lines_can_be_cut_anywhere),
        UNIT_TEST("cut", no_byte_behind_the_captured_ones_is_read),
        UNIT_TEST("text", the_text_ends_at_the_first_nul_byte),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i], run);
    return g_test_run();
}
