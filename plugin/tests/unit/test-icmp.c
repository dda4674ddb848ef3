/* test-icmp.c
 * Which datagram an ICMP error quotes, and what that says of it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/icmp-errors.h"

#include "verdict/losses.h"
#include "verdict/rules.h"

#include "expect.h"

#include <string.h>

static const uint8_t server_bytes[] = {192, 0, 2, 1}, client_bytes[] = {192, 0, 2, 2},
                     router_bytes[] = {203, 0, 113, 1};
static const address server_address = {AT_IPv4, 4, server_bytes, NULL};
static const address client_address = {AT_IPv4, 4, client_bytes, NULL};
static const address router_address = {AT_IPv4, 4, router_bytes, NULL};

static wmem_allocator_t *scope;
static amanda_verdicts_t *verdicts;
static amanda_losses_t *losses;
static amanda_icmp_errors_t *errors;
static uint32_t frame;
static int seconds;

static amanda_datagram_t datagram_of(amanda_type_t type, const char *handle, int32_t seq)
{
    bool back = type == AMANDA_TYPE_REP;

    frame++;
    return (amanda_datagram_t){
        .frame = frame,
        .type = type,
        .src = back ? &client_address : &server_address,
        .dst = back ? &server_address : &client_address,
        .src_port = back ? 10080 : 850,
        .dst_port = back ? 850 : 10080,
        .arrival = {.secs = seconds},
        .handle = (const uint8_t *)handle,
        .handle_length = handle ? (int)strlen(handle) : 0,
        .seq = seq,
        .version = AMANDA_VERSION(3, 5),
    };
}

static const amanda_verdict_record_t *say(amanda_type_t type, const char *handle, int32_t seq)
{
    const amanda_datagram_t datagram = datagram_of(type, handle, seq);
    const amanda_verdict_record_t *record = amanda_verdicts_judge(verdicts, &datagram);

    amanda_losses_see(losses, &datagram, record);

    const amanda_icmp_error_t *error = amanda_icmp_errors_note(errors, &datagram, record);

    if (error && amanda_icmp_is_refusal((amanda_icmp_kind_t)error->kind))
        amanda_losses_returned(record);
    return record;
}

/* type AMANDA_TYPE_UNKNOWN, handle NULL, has_seq: where the quote ends. */
static const amanda_icmp_error_t *quote(amanda_icmp_kind_t kind, amanda_type_t type, const char *handle, bool has_seq,
                                        int32_t seq)
{
    const amanda_icmp_quote_t quoted = {
        .kind = kind,
        .sender = &router_address,
        .ttl = 63,
        .datagram = datagram_of(type, handle, seq),
        .has_seq = has_seq,
    };
    const amanda_icmp_error_t *error = amanda_icmp_errors_see(errors, &quoted);

    if (error->quoted && amanda_icmp_is_refusal(kind))
        amanda_losses_returned(error->quoted);
    return error;
}

static bool shows_loss(const amanda_verdict_record_t *record)
{
    unsigned count;

    return amanda_losses_recall(losses, record->frame, record->part, &count) != NULL;
}

static void the_latest_that_agrees(void)
{
    const amanda_verdict_record_t *first = say(AMANDA_TYPE_REQ, "000-1", 100);
    const amanda_verdict_record_t *second = say(AMANDA_TYPE_REQ, "000-2", 200);
    const amanda_verdict_record_t *reply = say(AMANDA_TYPE_REP, "000-2", 200);

    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 100)->quoted == first);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", false, 0)->quoted == first);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, NULL, false, 0)->quoted == second);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_UNKNOWN, NULL, false, 0)->quoted == second);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REP, NULL, false, 0)->quoted == reply);
    expect_true(!quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 101)->quoted);
    expect_true(!quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_ACK, "000-1", true, 100)->quoted);
    expect_true(!quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-10", true, 100)->quoted);
}

static void both_are_found_again(void)
{
    const amanda_verdict_record_t *request = say(AMANDA_TYPE_REQ, "000-1", 100);

    expect_true(!amanda_icmp_errors_quoting(errors, request->frame, request->part));

    const amanda_icmp_error_t *first = quote(AMANDA_ICMP_PROHIBITED, AMANDA_TYPE_REQ, "000-1", true, 100);
    const amanda_icmp_error_t *again = quote(AMANDA_ICMP_PROHIBITED, AMANDA_TYPE_REQ, "000-1", true, 100);

    expect_int(first->quoted_frame, request->frame);
    expect_int(first->ttl, 63);
    expect_true(addresses_equal(&first->sender, &router_address));
    expect_true(first->sender.data != router_bytes);
    expect_true(amanda_icmp_errors_quoting(errors, request->frame, request->part) == first);
    expect_true(amanda_icmp_errors_recall(errors, first->frame, 0) == first);
    expect_true(amanda_icmp_errors_recall(errors, again->frame, 0) == again);
    expect_true(!amanda_icmp_errors_recall(errors, request->frame, 0));
    expect_true(!amanda_icmp_errors_recall(errors, first->frame, 1));
}

static void what_was_sent_long_before_is_forgotten(void)
{
    const amanda_verdict_record_t *first = say(AMANDA_TYPE_REQ, "000-1", 0);

    for (int32_t seq = 1; seq < 4096; seq++)
        say(AMANDA_TYPE_REQ, "000-1", seq);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 0)->quoted == first);

    const amanda_verdict_record_t *last = say(AMANDA_TYPE_REQ, "000-1", 4096);

    expect_true(!quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 0)->quoted);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 4096)->quoted == last);
    expect_true(quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", false, 0)->quoted == last);
}

static void what_was_returned_was_not_lost(void)
{
    for (int time = 0; time < 3; time++) {
        const amanda_verdict_record_t *request = say(AMANDA_TYPE_REQ, "000-1", 100);

        expect_true(!shows_loss(request));
        expect_int(request->notes & (AMANDA_NOTE_RETURNED | AMANDA_NOTE_REQ_UNHEARD),
                   time < 2 ? 0 : AMANDA_NOTE_RETURNED);
        quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 100);
        seconds += 10;
    }
}

static void what_was_only_redirected_may_be_lost(void)
{
    for (int time = 0; time < 3; time++) {
        const amanda_verdict_record_t *request = say(AMANDA_TYPE_REQ, "000-1", 100);

        expect_true(!shows_loss(request));
        expect_int(request->notes & (AMANDA_NOTE_RETURNED | AMANDA_NOTE_REQ_UNHEARD),
                   time < 2 ? 0 : AMANDA_NOTE_REQ_UNHEARD);
        quote(AMANDA_ICMP_OTHER, AMANDA_TYPE_REQ, "000-1", true, 100);
        seconds += 10;
    }
    expect_true(shows_loss(say(AMANDA_TYPE_REP, "000-1", 100)));
}

static void an_error_excuses_one_transmission(void)
{
    say(AMANDA_TYPE_REQ, "000-1", 100);
    quote(AMANDA_ICMP_HOST_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 100);
    seconds += 10;
    expect_true(!shows_loss(say(AMANDA_TYPE_REQ, "000-1", 100)));
    seconds += 10;
    expect_true(!shows_loss(say(AMANDA_TYPE_REQ, "000-1", 100)));
    expect_true(shows_loss(say(AMANDA_TYPE_REP, "000-1", 100)));
}

static void a_reply_that_was_returned_was_not_lost(void)
{
    say(AMANDA_TYPE_REQ, "000-1", 100);
    seconds += 1;
    say(AMANDA_TYPE_REP, "000-1", 100);
    quote(AMANDA_ICMP_PROHIBITED, AMANDA_TYPE_REP, "000-1", true, 100);
    seconds += 10;

    const amanda_verdict_record_t *again = say(AMANDA_TYPE_REP, "000-1", 100);

    expect_true(!shows_loss(again));
    expect_int(again->notes & AMANDA_NOTE_RETURNED, AMANDA_NOTE_RETURNED);
    seconds += 10;
    again = say(AMANDA_TYPE_REP, "000-1", 100);
    expect_int(again->notes & AMANDA_NOTE_RETURNED, 0);
    for (int time = 0; time < 3; time++) {
        expect_true(!shows_loss(again));
        seconds += 10;
        again = say(AMANDA_TYPE_REP, "000-1", 100);
    }
    expect_true(shows_loss(again));
}

static void an_error_in_front_of_what_it_quotes(void)
{
    for (int time = 0; time < 3; time++) {
        const amanda_icmp_error_t *error =
            quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 100 + time);
        const amanda_verdict_record_t *request = say(AMANDA_TYPE_REQ, "000-1", 100 + time);

        expect_int(error->quoted_frame, request->frame);
        expect_true(error->quoted == request);
        expect_true(amanda_icmp_errors_quoting(errors, request->frame, request->part) == error);
        expect_true(request->exchange->req_returned);
        seconds += 10;
        expect_true(!shows_loss(say(AMANDA_TYPE_REQ, "000-1", 100 + time)));
        expect_true(!shows_loss(say(AMANDA_TYPE_REP, "000-1", 100 + time)));
    }
}

static void of_several_in_front_the_first_is_named(void)
{
    const amanda_icmp_error_t *first[4];
    const amanda_icmp_error_t *last[4];

    for (int seq = 0; seq < 4; seq++) {
        first[seq] = quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, seq);
        for (int copy = 0; copy < 2; copy++)
            last[seq] = quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, seq);
    }
    for (int seq = 0; seq < 4; seq++) {
        const amanda_verdict_record_t *request = say(AMANDA_TYPE_REQ, "000-1", seq);

        expect_true(first[seq]->quoted == request && last[seq]->quoted == request);
        expect_true(amanda_icmp_errors_quoting(errors, request->frame, request->part) == first[seq]);
    }
}

static void what_comes_long_behind_an_error_is_another(void)
{
    const amanda_icmp_error_t *error = quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_REQ, "000-1", true, 100);
    const amanda_icmp_error_t *bare = quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_UNKNOWN, NULL, false, 0);

    seconds += 3;

    const amanda_verdict_record_t *request = say(AMANDA_TYPE_REQ, "000-1", 100);

    expect_true(!error->quoted && !bare->quoted);
    expect_true(!request->exchange->req_returned);
    expect_true(!amanda_icmp_errors_quoting(errors, request->frame, request->part));
}

static void ports_alone_do_not_tell_what_comes_behind(void)
{
    const amanda_icmp_error_t *bare = quote(AMANDA_ICMP_PORT_UNREACHABLE, AMANDA_TYPE_UNKNOWN, NULL, false, 0);

    say(AMANDA_TYPE_REQ, "000-1", 100);
    expect_true(!bare->quoted);
}

static void what_is_no_error_is_none(void)
{
    amanda_icmp_kind_t kind;

    expect_true(!amanda_icmp_kind_of(4, 0, 0, &kind) && !amanda_icmp_kind_of(4, 8, 0, &kind));
    expect_true(!amanda_icmp_kind_of(6, 0, 0, &kind) && !amanda_icmp_kind_of(6, 128, 0, &kind));
    expect_true(amanda_icmp_kind_of(6, 1, 200, &kind));
    expect_int(kind, AMANDA_ICMP_PROHIBITED);
    expect_true(amanda_icmp_kind_of(4, 3, 13, &kind));
    expect_int(kind, AMANDA_ICMP_PROHIBITED);
}

static void run(gconstpointer data)
{
    const unit_test_t *test = (const unit_test_t *)data;

    scope = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    verdicts = amanda_verdicts_new(scope, amanda_hosts_new(scope), 0);
    losses = amanda_losses_new(scope);
    errors = amanda_icmp_errors_new(scope);
    frame = 0;
    seconds = 0;
    test->function();
    wmem_destroy_allocator(scope);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("icmp", the_latest_that_agrees),
        UNIT_TEST("icmp", both_are_found_again),
        UNIT_TEST("icmp", what_was_sent_long_before_is_forgotten),
        UNIT_TEST("icmp", what_was_returned_was_not_lost),
        UNIT_TEST("icmp", what_was_only_redirected_may_be_lost),
        UNIT_TEST("icmp", an_error_excuses_one_transmission),
        UNIT_TEST("icmp", a_reply_that_was_returned_was_not_lost),
        UNIT_TEST("icmp", an_error_in_front_of_what_it_quotes),
        UNIT_TEST("icmp", of_several_in_front_the_first_is_named),
        UNIT_TEST("icmp", what_comes_long_behind_an_error_is_another),
        UNIT_TEST("icmp", ports_alone_do_not_tell_what_comes_behind),
        UNIT_TEST("icmp", what_is_no_error_is_none),
    };

    g_test_init(&argc, &argv, NULL);
    wmem_init();
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i], run);

    int status = g_test_run();

    wmem_cleanup();
    return status;
}
