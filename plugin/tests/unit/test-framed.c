/* test-framed.c
 * Exchanges of framed TCP connections: keys, verdicts, and what TCP cannot do
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

static void begin(void)
{
    use_version(3, 5);
    use_handle("1");
    use_connection(1);
}

static uint32_t run_of(uint32_t frame)
{
    return record_of(frame)->exchange->run;
}

static void an_exchange_is_what_one_handle_of_a_connection_carries(void)
{
    begin();

    uint32_t first = req(0);

    expect_str(verdict(first), "request");
    expect_false(is_duplicate(ack_from_responder(0)));
    expect_int(ack_in(first), 2);

    uint32_t answer = rep(0);

    expect_str(verdict(answer), "answer");
    expect_int(response_to(answer), first);
    expect_int(ack_in(answer), 0);

    uint32_t ack = ack_from_requester(0);

    expect_int(ack_in(answer), ack);
    expect_true(notes(ack, AMANDA_NOTE_ENDS));
    expect_false(lacks_reply(ack));
}

static void other_connections_and_handles_are_others(void)
{
    begin();

    uint32_t first = req(0);

    use_connection(2);
    expect_str(verdict(rep(0)), "no request");
    expect_str(verdict(req(0)), "request");
    use_connection(1);
    use_handle("2");
    expect_str(verdict(rep(0)), "no request");
    expect_str(verdict(req(0)), "request");
    use_handle("1");
    expect_int(response_to(rep(0)), first);
    use_connection(0);
    expect_str(verdict(rep(0)), "no request");
}

static void a_handle_may_be_used_again_once_its_exchange_has_ended(void)
{
    begin();

    uint32_t first = req(0);

    rep(0);
    ack_from_requester(0);

    uint32_t next = req(0);

    expect_str(verdict(next), "request");
    expect_true(record_of(next)->exchange != record_of(first)->exchange);
    expect_int(record_of(next)->exchange->number, 1);
    expect_true(notes(nak(0), AMANDA_NOTE_ENDS));

    uint32_t last = req(0);

    expect_str(verdict(last), "request");

    uint32_t answer = rep(0);

    expect_str(verdict(answer), "answer");
    expect_int(response_to(answer), last);
}

static void a_request_may_not_be_sent_again(void)
{
    begin();

    uint32_t first = req(0);

    expect_str(verdict(req(0)), "retransmission");
    expect_int(response_to(rep(0)), first);
    expect_str(verdict(rep(0)), "retransmission");
}

static void a_reply_behind_the_end_is_stale(void)
{
    begin();
    req(0);
    rep(0);

    uint32_t ack = ack_from_requester(0);
    uint32_t late = rep(0);

    expect_str(verdict(late), "stale");
    expect_int(closed_in(late), ack);
    expect_str(closed_by(late), "completed");
    expect_int(mistaken_for(late), 0);
}

static void the_connection_tells_whose_ack_it_is(void)
{
    begin();
    expect_true(is_unknown_ack(ack_from_requester(0)));
    expect_true(is_unknown_ack(ack_from_responder(0)));
    req(0);
    expect_false(notes(ack_from_responder(0), AMANDA_NOTE_FROM_REQUESTER));
    expect_true(is_duplicate(ack_from_responder(0)));
    rep(0);
    expect_true(notes(ack_from_requester(0), AMANDA_NOTE_FROM_REQUESTER));
}

static void what_a_connection_began_with_may_not_be_in_the_capture(void)
{
    begin();
    use_begun_before(true);

    uint32_t early = rep(0);

    expect_str(verdict(early), "no request");
    expect_true(notes(early, AMANDA_NOTE_BEGUN_BEFORE));
    req(0);
    rep(0);
    ack_from_requester(0);
    /* Its REQ is there. */
    expect_false(notes(rep(0), AMANDA_NOTE_BEGUN_BEFORE));
    use_connection(2);
    use_begun_before(false);
    expect_false(notes(rep(0), AMANDA_NOTE_BEGUN_BEFORE));
}

static void nothing_is_lost(void)
{
    unsigned count;

    begin();
    use_service("noop");
    req(0);
    wait_seconds(10);
    expect_true(losses(req(0), &count) == NULL);
    /* No ACK before it. */
    expect_true(losses(rep(0), &count) == NULL);
    wait_seconds(10);
    expect_true(losses(rep(0), &count) == NULL);
}

static void exchanges_are_counted_with_those_of_udp(void)
{
    begin();
    expect_int(record_of(req(0))->exchange->number, 0);
    use_connection(0);
    expect_int(record_of(req(0))->exchange->number, 1);
    use_connection(2);
    expect_int(record_of(req(0))->exchange->number, 2);
}

static void many_packets_of_one_frame_are_told_apart(void)
{
    enum { MANY = 1000 };
    uint32_t frame = 0;

    begin();
    for (uint32_t i = 0; i < MANY; i++) {
        use_part(amanda_datagram_part(4, i));
        frame = i % 2 == 0 ? req(0) : nak(0);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        use_part(amanda_datagram_part(4, i));
        expect_int(record_of(frame)->type, i % 2 == 0 ? AMANDA_TYPE_REQ : AMANDA_TYPE_NAK);
        expect_int(record_of(frame)->exchange->number, i / 2);
    }
    use_part(amanda_datagram_part(4, MANY));
    expect_true(record_of(frame) == NULL);
    use_part(amanda_datagram_part(3, 0));
    expect_true(record_of(frame) == NULL);
}

/* --- Runs */

static uint32_t ask(uint32_t connection, const host_t *responder, const char *service)
{
    use_connection(connection);
    use_service(service);
    return req_to(responder, 0);
}

static void what_a_host_asks_by_tcp_is_one_run(void)
{
    begin();

    uint32_t first = run_of(ask(1, &client, "noop"));

    expect_int(run_of(ask(2, &second, "noop")), first);
    use_handle("2");
    expect_int(run_of(ask(1, &client, "sendsize")), first);
    expect_int(run_of(ask(2, &second, "sendsize")), first);
    wait_seconds(7200);
    expect_int(run_of(ask(3, &client, "sendbackup")), first);
    expect_int(run_of(ask(4, &client, "sendbackup")), first);
}

static void what_it_asks_anew_is_another_run(void)
{
    begin();

    uint32_t check = run_of(ask(1, &client, "noop"));

    use_handle("2");
    expect_int(run_of(ask(1, &client, "selfcheck")), check);
    use_handle("1");

    uint32_t dump = run_of(ask(2, &client, "noop"));

    expect_true(dump != check);
    use_handle("2");
    expect_int(run_of(ask(2, &client, "sendsize")), dump);
    expect_int(run_of(ask(3, &client, "sendbackup")), dump);
    wait_seconds(3601);
    expect_true(run_of(ask(4, &second, "noop")) != dump);
}

static void streams_that_are_asked_for_again_are_one_run(void)
{
    begin();

    uint32_t first = run_of(ask(1, &client, "amidxtaped"));

    expect_int(run_of(ask(2, &client, "amidxtaped")), first);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("framed", an_exchange_is_what_one_handle_of_a_connection_carries),
        UNIT_TEST("framed", other_connections_and_handles_are_others),
        UNIT_TEST("framed", a_handle_may_be_used_again_once_its_exchange_has_ended),
        UNIT_TEST("framed", a_request_may_not_be_sent_again),
        UNIT_TEST("framed", a_reply_behind_the_end_is_stale),
        UNIT_TEST("framed", the_connection_tells_whose_ack_it_is),
        UNIT_TEST("framed", what_a_connection_began_with_may_not_be_in_the_capture),
        UNIT_TEST("framed", nothing_is_lost),
        UNIT_TEST("framed", exchanges_are_counted_with_those_of_udp),
        UNIT_TEST("framed", many_packets_of_one_frame_are_told_apart),
        UNIT_TEST("runs", what_a_host_asks_by_tcp_is_one_run),
        UNIT_TEST("runs", what_it_asks_anew_is_another_run),
        UNIT_TEST("runs", streams_that_are_asked_for_again_are_one_run),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
