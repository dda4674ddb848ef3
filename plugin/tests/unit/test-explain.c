/* test-explain.c
 * What the error texts of Amanda mean
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "text/error-meanings.h"

#include "error-texts.h"
#include "expect.h"

#include <time.h>

static const char *reason_of(const char *text)
{
    const amanda_error_meaning_t *explanation = amanda_error_meaning(text, strlen(text));

    return explanation ? explanation->reason : NULL;
}

/* As real programs said it; the parts that differ from host to host are those of recordings. */
static void known_texts_have_a_reason(void)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"user backup from amserver is not allowed to execute the service frobnicate: /var/backups/.amandahosts: "
         "invalid "
         "service frobnicate",
         "service not allowed"},
        {"user root from amserver is not allowed to execute the service noop: Please add the line \"amserver root "
         "amdump\" to /var/backups/.amandahosts on the client",
         "user not allowed"},
        {"user root from h is not allowed to execute the service amindexd: Please add the line \"h root amindexd "
         "amidxtaped\" to /root/.amandahosts on the server",
         "user not allowed"},
        {"user a from h is not allowed to execute the service noop: Please add \"amdump\" to the line in "
         "/a/.amandahosts",
         "user not allowed"},
        {"user a from h is not allowed to execute the service noop: cannot open /a/.amandahosts: No such file or "
         "directory",
         "no .amandahosts"},
        {"user a from h is not allowed to execute the service noop: /a/.amandahosts: owned by id 0, should be 34",
         "wrong owner of .amandahosts"},
        {"/a/.amandahosts: owned by id 0, should be 34", "wrong owner of .amandahosts"},
        {"sendsize: invalid service, add 'sendsize' as argument to amandad", "invalid service"},
        {"noop: invalid service, add 'noop' as argument to amandad", "invalid service"},
        {"sendsize: invalid service", "invalid service"},
        {"host srv: port 33000 not secure", "port not secure"},
        {"[host h: port 1030 not secure]", "port not secure"},
        {"unexpected packet type REP", "unexpected packet"},
        {"timeout on reply pipe", "service timed out"},
        {"amandad busy", "amandad busy"},
        {"unknown service: frobnicate", "unknown service"},
        {"packet as no SERVICE line", "no SERVICE line"},
        {"expected \"HANDLE\", got \"x\"", "packet not understood"},
        {"expected string, got empty field", "packet not understood"},
        {"192.0.2.1 doesn't resolve to itself, it resolves to 192.0.2.7", "host name mismatch"},
        {"service /usr/lib/amanda/selfcheck failed: pid 13971 exited with code 1", "service failed"},
        {"service /usr/lib/amanda/selfcheck failed: pid 13971 exited with signal 11", "service crashed"},
        {"FORMAT ERROR IN REQUEST PACKET", "request not understood"},
        {"[client configured for auth=bsd while server requested 'bsdtcp']", "auth differs"},
        {"[GNUTAR program not available]", "program not available"},
        {"[dir /tmp needs 64KB, only has 3KB available.]", "disk full"},
        {"[can not execute /bin/tar: No such file or directory (ruid:0 euid:34)", "no access to a file"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        expect_case(cases[i].text);
        expect_str(reason_of(cases[i].text), cases[i].reason);
    }
}

static void every_text_has_a_remedy_or_a_reason_for_none(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(error_texts); i++) {
        const char *text = error_texts[i].text;
        const amanda_error_meaning_t *meaning = amanda_error_meaning(text, strlen(text));

        expect_case(text);
        expect_str(meaning ? meaning->reason : NULL, error_texts[i].reason);
        expect_int(!meaning || !meaning->remedy, error_texts[i].why_no_remedy != NULL);
        if (meaning) {
            expect_true(strlen(meaning->explanation) > 20);
            expect_true(!meaning->remedy || strlen(meaning->remedy) > 20);
        }
    }
}

static void a_first_character_may_be_overwritten(void)
{
    static const char *const texts[] = {"etnameinfo failed: x", "?etnameinfo failed: x", "etpeername returned: x"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        expect_case(texts[i]);
        expect_true(amanda_error_meaning_beheaded(texts[i], strlen(texts[i])) != NULL);
        expect_true(amanda_error_meaning(texts[i], strlen(texts[i])) == NULL);
    }
    expect_case("others");
    expect_true(amanda_error_meaning_beheaded("", 0) == NULL);
    expect_true(amanda_error_meaning_beheaded("no such text", 12) == NULL);
}

static void old_clients_are_harmless(void)
{
    expect_true(amanda_error_meaning("unknown service: noop", 21)->harmless);
    expect_true(amanda_error_meaning("noop: invalid service", 21)->harmless);
    /* This client knows noop, but is not set up for it. */
    expect_false(amanda_error_meaning("noop: invalid service, add 'noop' as argument to amandad", 56)->harmless);
    expect_false(amanda_error_meaning("unknown service: sendsize", 25)->harmless);
}

static void unknown_texts_stay_unknown(void)
{
    static const char *const texts[] = {"", "[", "]", "[]", "*", "no such text", "host srv: port 33000 not secure!"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        expect_case(texts[i]);
        expect_str(reason_of(texts[i]), NULL);
    }
}

static void the_length_counts(void)
{
    expect_true(amanda_error_meaning("amandad busy and so on", 12) != NULL);
    expect_true(amanda_error_meaning("amandad busy", 11) == NULL);
    expect_true(amanda_error_meaning("unknown service: \0\xff", 19) != NULL);
    /* A NUL byte is not the end of the text, nor of a pattern. */
    expect_true(amanda_error_meaning("amandad busy\0", 13) == NULL);
}

static void check_unbracket(const char *text, const char *inside)
{
    const char *result = text;
    size_t length = strlen(text);

    amanda_error_unbracket(&result, &length);
    expect_case(text);
    expect_int(length, strlen(inside));
    expect_int(memcmp(result, inside, length), 0);
}

static void brackets_are_left_out(void)
{
    check_unbracket("[a b]", "a b");
    check_unbracket("[a b", "a b");
    check_unbracket("[a b] c", "[a b] c");
    check_unbracket("[a [b] c]", "a [b] c");
    check_unbracket("a b]", "a b]");
    check_unbracket("[", "");
    check_unbracket("[]", "");
    check_unbracket("", "");
}

static void run(const void *test)
{
    expect_case(NULL);
    ((const unit_test_t *)test)->function();
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("explain", every_text_has_a_remedy_or_a_reason_for_none),
        UNIT_TEST("explain", a_first_character_may_be_overwritten),
        UNIT_TEST("explain", known_texts_have_a_reason),
        UNIT_TEST("explain", old_clients_are_harmless),
        UNIT_TEST("explain", unknown_texts_stay_unknown),
        UNIT_TEST("explain", the_length_counts),
        UNIT_TEST("explain", brackets_are_left_out),
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i], run);
    return g_test_run();
}
