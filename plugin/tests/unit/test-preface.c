/* test-security_service.c
 * The SECURITY and SERVICE lines: whole, absent and cut
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/security-service.h"

#include "expect.h"

static amanda_security_service_t security_service;
static const char *text;

static void parse_cut(const char *body, int captured, amanda_type_t type, bool cut)
{
    text = body;
    amanda_security_service_parse((const uint8_t *)body, captured, 0, type, cut, &security_service);
}

static void parse(const char *body)
{
    parse_cut(body, (int)strlen(body), AMANDA_TYPE_REQ, false);
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

static const char *body(void)
{
    return text + security_service.body;
}

static void both_lines_are_read(void)
{
    parse("SECURITY USER amanda\nSERVICE sendsize\nOPTIONS ;\n");
    expect_str(bytes_of(security_service.security_line), "SECURITY USER amanda\n");
    expect_str(bytes_of(security_service.security), "USER amanda");
    expect_str(bytes_of(security_service.user), "amanda");
    expect_str(bytes_of(security_service.service_line), "SERVICE sendsize\n");
    expect_str(bytes_of(security_service.service), "sendsize");
    expect_str(body(), "OPTIONS ;\n");
    expect_false(security_service.krb4);
}

static void either_line_may_be_absent(void)
{
    parse("SERVICE noop\nOPTIONS ;\n");
    expect_int(security_service.security.length, 0);
    expect_str(bytes_of(security_service.service), "noop");
    expect_str(body(), "OPTIONS ;\n");
    parse("SECURITY USER amanda\nOPTIONS ;\n");
    expect_str(bytes_of(security_service.user), "amanda");
    expect_int(security_service.service.length, 0);
    expect_str(body(), "OPTIONS ;\n");
    parse("OPTIONS ;\n");
    expect_int(security_service.security.length, 0);
    expect_int(security_service.service.length, 0);
    expect_str(body(), "OPTIONS ;\n");
    parse("");
    expect_int(security_service.service.length, 0);
    expect_int(security_service.body, 0);
}

static void a_ticket_makes_it_krb4(void)
{
    parse("SECURITY TICKET \"$04$01abc\"\nSERVICE noop\n");
    expect_true(security_service.krb4);
    expect_str(bytes_of(security_service.ticket), "\"$04$01abc\"");
    expect_str(bytes_of(security_service.service), "noop");
    parse("SECURITY TICKET\nSERVICE noop\n");
    expect_true(security_service.krb4);
    parse("SECURITY TICKETS abc\nSERVICE noop\n");
    expect_false(security_service.krb4);
    parse("SECURITY USER TICKET\nSERVICE noop\n");
    expect_false(security_service.krb4);
}

static void mutual_authentication_is_read_from_a_reply(void)
{
    const char *reply = "SECURITY MUTUAL-AUTH \"$01$02\"\nOPTIONS ;\n";

    parse_cut(reply, (int)strlen(reply), AMANDA_TYPE_REP, false);
    expect_str(bytes_of(security_service.mutual_auth), "\"$01$02\"");
    expect_str(body(), "OPTIONS ;\n");
    expect_false(security_service.krb4);
}

static void only_a_req_has_a_service_line(void)
{
    static const amanda_type_t types[] = {AMANDA_TYPE_REP, AMANDA_TYPE_PREP, AMANDA_TYPE_ACK, AMANDA_TYPE_NAK};
    const char *line = "SERVICE noop\nOPTIONS ;\n";

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        parse_cut(line, (int)strlen(line), types[i], false);
        expect_int(security_service.service.length, 0);
        expect_str(body(), line);
    }
}

static void white_space_before_the_lines_is_tolerated(void)
{
    /* 2.4 skips all of it behind the header and behind the SECURITY line. */
    static const char *const requests[] = {
        "\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n",
        "\r\n  SECURITY USER amanda\n\t SERVICE noop\nOPTIONS ;\n",
        "SECURITY USER amanda\n\nSERVICE noop\nOPTIONS ;\n",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        expect_case(requests[i]);
        parse(requests[i]);
        expect_str(bytes_of(security_service.user), "amanda");
        expect_str(bytes_of(security_service.service), "noop");
        expect_str(body(), "OPTIONS ;\n");
    }
}

static void words_that_only_begin_alike_are_body(void)
{
    parse("SECURITYUSER amanda\nSERVICES noop\n");
    expect_int(security_service.security.length, 0);
    expect_int(security_service.service.length, 0);
    expect_str(body(), "SECURITYUSER amanda\nSERVICES noop\n");
}

static void the_name_of_a_service_is_its_first_word(void)
{
    parse("SERVICE sendsize PROGRAM DUMP\nOPTIONS ;\n");
    expect_str(bytes_of(security_service.service), "sendsize");
    expect_str(bytes_of(security_service.program), "DUMP");
    parse("SERVICE  selfcheck \nOPTIONS ;\n");
    expect_str(bytes_of(security_service.service), "selfcheck");
    expect_int(security_service.program.length, 0);
    parse("SERVICE noop\r\nOPTIONS ;\n");
    expect_str(bytes_of(security_service.service), "noop");
    parse("SERVICE\nOPTIONS ;\n");
    expect_int(security_service.service.length, 0);
    expect_str(body(), "OPTIONS ;\n");
}

static void a_service_line_may_end_with_an_uncut_packet(void)
{
    parse("SECURITY USER amanda\nSERVICE noop");
    expect_str(bytes_of(security_service.service), "noop");
    expect_str(body(), "");
}

static void a_service_is_known_only_from_a_whole_line(void)
{
    const char *lines = "SECURITY USER amanda\nSERVICE sendsize\nOPTIONS ;\n";
    int end = (int)(strstr(lines, "OPTIONS") - lines);

    for (int captured = 0; captured < end; captured++) {
        parse_cut(lines, captured, AMANDA_TYPE_REQ, true);
        expect_int(security_service.service.length, 0);
    }
    for (int captured = end; captured <= (int)strlen(lines); captured++) {
        parse_cut(lines, captured, AMANDA_TYPE_REQ, true);
        expect_str(bytes_of(security_service.service), "sendsize");
    }
}

static void a_ticket_is_known_from_the_whole_word_on(void)
{
    const char *lines = "SECURITY TICKET abc\nSERVICE noop\n";
    int end = (int)(strstr(lines, " abc") - lines);

    for (int captured = 0; captured <= end; captured++) {
        parse_cut(lines, captured, AMANDA_TYPE_REQ, true);
        expect_false(security_service.krb4);
    }
    for (int captured = end + 1; captured <= (int)strlen(lines); captured++) {
        parse_cut(lines, captured, AMANDA_TYPE_REQ, true);
        expect_true(security_service.krb4);
    }
}

static void the_lines_begin_behind_the_header(void)
{
    const char *packet = "HEADER\nSECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n";

    text = packet;
    amanda_security_service_parse((const uint8_t *)packet, (int)strlen(packet), 7, AMANDA_TYPE_REQ, false,
                                  &security_service);
    expect_str(bytes_of(security_service.user), "amanda");
    expect_str(bytes_of(security_service.service), "noop");
    expect_int(security_service.security.offset, 16);
    expect_int(security_service.user.offset, 21);
    expect_int(security_service.service.offset, 36);
    expect_int(security_service.body, 41);
}

static void run(const void *data)
{
    expect_case(NULL);
    ((const unit_test_t *)data)->function();
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("security_service", both_lines_are_read),
        UNIT_TEST("security_service", either_line_may_be_absent),
        UNIT_TEST("security_service", a_ticket_makes_it_krb4),
        UNIT_TEST("security_service", mutual_authentication_is_read_from_a_reply),
        UNIT_TEST("security_service", only_a_req_has_a_service_line),
        UNIT_TEST("security_service", white_space_before_the_lines_is_tolerated),
        UNIT_TEST("security_service", words_that_only_begin_alike_are_body),
        UNIT_TEST("security_service", the_name_of_a_service_is_its_first_word),
        UNIT_TEST("security_service", a_service_line_may_end_with_an_uncut_packet),
        UNIT_TEST("security_service", a_service_is_known_only_from_a_whole_line),
        UNIT_TEST("security_service", a_ticket_is_known_from_the_whole_word_on),
        UNIT_TEST("security_service", the_lines_begin_behind_the_header),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i], run);
    return g_test_run();
}
