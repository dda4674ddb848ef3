/* test-exchanges.c
 * The table of requests, time-outs, and what is kept
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

/* --- Time */

static void time_alone_ends_nothing(void)
{
    req(100);
    wait_seconds(1e9);
    expect_str(verdict(rep(100)), "answer");
}

static void a_time_out_comes_after_more_than_the_seconds_set(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(60);
    expect_str(verdict(rep(100)), "answer");
    wait_seconds(1e-9);

    uint32_t late = rep(100);

    expect_str(verdict(late), "stale");
    expect_str(closed_by(late), "timed out");
    expect_int(closed_in(late), 0);
}

static void a_time_out_counts_from_the_last_req(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(40);
    expect_str(verdict(req(100)), "retransmission");
    wait_seconds(40);
    expect_str(verdict(rep(100)), "answer");
    wait_seconds(20);
    expect_str(verdict(rep(100)), "retransmission");
    wait_seconds(1);
    expect_str(verdict(rep(100)), "stale");
}

static void what_is_no_req_of_its_key_does_not_delay_a_time_out(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(40);
    ack_from_responder(100);
    prep(100);
    req_to(&second, 100);
    wait_seconds(40);
    expect_str(closed_by(rep(100)), "timed out");
}

static void a_late_copy_does_not_delay_anything(void)
{
    use_timeout(60);
    req(100);
    ack_from_requester(100);
    wait_seconds(40);
    expect_str(verdict(req(100)), "late copy");
    expect_str(closed_by(rep(100)), "completed");
}

static void a_timed_out_exchange_is_opened_by_its_own_req(void)
{
    use_timeout(60);

    uint32_t first = req(100);

    wait_seconds(61);
    expect_str(verdict(req(100)), "retransmission");

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "answer");
    expect_int(response_to(reply), first);
}

static void a_timed_out_exchange_is_not_superseded(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(61);
    req(101);
    ack_from_requester(101);
    expect_str(closed_by(rep(100)), "timed out");
    expect_str(verdict(req(100)), "retransmission");
}

static void a_timed_out_exchange_is_not_completed(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(61);

    uint32_t ack = ack_from_requester(100);

    expect_false(notes(ack, AMANDA_NOTE_ENDS));
    expect_false(lacks_reply(ack));
    expect_false(is_duplicate(ack));
    expect_str(closed_by(rep(100)), "timed out");
}

static void a_timed_out_exchange_is_not_refused(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(61);
    expect_true(is_unexpected(nak(100)));
    expect_str(closed_by(rep(100)), "timed out");
}

static void a_timed_out_exchange_makes_no_seq_mismatch(void)
{
    use_timeout(60);
    req(100);
    rep(100);
    ack_from_requester(100);
    req(101);
    wait_seconds(61);
    expect_str(verdict(rep(100)), "stale");
    expect_str(verdict(rep(99)), "no request");
}

static void a_finished_exchange_does_not_time_out(void)
{
    use_timeout(60);
    req(100);

    uint32_t end = ack_from_requester(100);

    wait_seconds(61);
    expect_str(closed_by(rep(100)), "completed");
    expect_int(closed_in(rep(100)), end);
    expect_str(verdict(req(100)), "late copy");
}

/* --- The table of requests */

static void a_req_of_no_known_exchange_is_a_request(void)
{
    expect_str(verdict(req(100)), "request");
    expect_str(verdict(rep(100)), "answer");
}

static void a_req_of_an_outstanding_exchange_is_a_retransmission(void)
{
    uint32_t first = req(100);
    uint32_t again = req(100);

    expect_str(verdict(again), "retransmission");
    expect_int(response_to(again), first);
    expect_str(verdict(req(100)), "retransmission");
    ack_from_responder(100);
    expect_str(verdict(req(100)), "retransmission");
    rep(100);
    expect_str(verdict(req(100)), "retransmission");
}

static void a_req_of_a_refused_exchange_opens_it_again(void)
{
    uint32_t first = req(100);

    nak(100);

    uint32_t again = req(100);

    expect_str(verdict(again), "retransmission");
    expect_int(response_to(again), first);
    expect_str(verdict(rep(100)), "answer");
}

static void a_req_of_a_completed_exchange_is_a_late_copy(void)
{
    uint32_t first = req(100);

    rep(100);
    ack_from_requester(100);

    uint32_t copy = req(100);

    expect_str(verdict(copy), "late copy");
    expect_int(response_to(copy), first);
}

static void a_req_of_a_superseded_exchange_is_a_late_copy(void)
{
    req(100);
    req(101);
    expect_str(verdict(req(100)), "late copy");
}

static void a_late_copy_opens_nothing(void)
{
    req(100);
    rep(100);

    uint32_t end = ack_from_requester(100);

    req(100);
    expect_str(verdict(req(100)), "late copy");

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_str(closed_by(reply), "completed");
    expect_int(closed_in(reply), end);
}

static void the_reply_to_a_late_copy_is_a_seq_mismatch_where_another_request_is_outstanding(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);

    uint32_t next = req(101);

    req(100);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "SEQ mismatch");
    expect_int(mistaken_for(reply), next);
}

/* --- The service */

static void the_service_is_that_of_the_first_req_with_a_whole_line(void)
{
    uint32_t cut = req(100);

    use_service("sendsize");
    req(100);
    use_service("noop");
    req(100);
    expect_str(service(cut), "sendsize");
    expect_str(service(rep(100)), "sendsize");
}

static void the_service_can_come_from_a_late_copy(void)
{
    req(100);
    ack_from_requester(100);
    use_service("selfcheck");
    req(100);
    expect_str(service(rep(100)), "selfcheck");
}

static void each_exchange_has_a_service_of_its_own(void)
{
    use_service("selfcheck");
    req(100);
    use_service("sendsize");
    req(101);
    expect_str(service(rep(100)), "selfcheck");
    expect_str(service(rep(101)), "sendsize");
    use_service(NULL);
    req(102);
    expect_str(service(rep(102)), NULL);
}

/* --- What is kept */

static void a_record_is_found_by_frame_and_layer(void)
{
    uint32_t frame = req(100);

    use_part(5);
    rep(100);
    expect_str(verdict(frame), "answer");
    use_part(7);
    ack_from_requester(100);
    expect_int(record_of(frame)->type, AMANDA_TYPE_ACK);
    expect_true(record_of(frame + 1) == NULL);
    use_part(6);
    expect_true(record_of(frame) == NULL);
    use_part(5);
    expect_str(verdict(frame), "answer");
    use_part(0);
    expect_str(verdict(frame), "request");
    expect_true(record_of(frame + 1) == NULL);
}

static void of_records_with_one_number_the_last_is_found(void)
{
    /* With a read filter, tshark gives a frame that it rejects and the next one the same number. */
    uint32_t frame = req(99);

    use_part(5);
    req(100);
    rep(100);
    expect_str(verdict(frame), "answer");
    ack_from_requester(100);
    rep(100);
    expect_str(verdict(frame), "stale");
    use_part(0);
    expect_str(verdict(req(100)), "late copy");
}

static void every_record_of_many_is_found(void)
{
    for (int32_t seq = 0; seq < 1000; seq++) {
        req(seq);
        rep(seq);
    }
    for (uint32_t frame = 1; frame <= 2000; frame++)
        expect_str(verdict(frame), frame % 2 ? "request" : "answer");
    expect_true(record_of(2001) == NULL);
}

static void exchanges_are_counted_from_0_in_the_order_of_their_first_reqs(void)
{
    uint32_t one = req(100);
    uint32_t again = req(100);
    uint32_t other = req_to(&second, 100);
    uint32_t last = req(101);

    expect_int(record_of(one)->exchange->number, 0);
    expect_int(record_of(again)->exchange->number, 0);
    expect_int(record_of(other)->exchange->number, 1);
    expect_int(record_of(last)->exchange->number, 2);
}

static void a_third_req_shows_that_nothing_came_back(void)
{
    req(100);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
    expect_true(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
    ack_from_responder(100);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
}

static void what_the_file_has_before_the_req_has_come_back(void)
{
    ack_from_responder(100);
    req(100);
    req(100);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
    rep(200);
    req(200);
    req(200);
    expect_false(notes(req(200), AMANDA_NOTE_REQ_UNHEARD));
}

static void where_nothing_comes_to_the_requester_the_capture_may_hold_one_direction_only(void)
{
    rep(1);
    say(AMANDA_TYPE_REQ, &other_server, &client, 100);
    say(AMANDA_TYPE_REQ, &other_server, &client, 100);

    uint32_t again = say(AMANDA_TYPE_REQ, &other_server, &client, 100);

    expect_true(notes(again, AMANDA_NOTE_REQ_UNHEARD));
    expect_true(notes(again, AMANDA_NOTE_ONE_SIDED));
    say(AMANDA_TYPE_REP, &second, &other_server, 5);
    expect_false(notes(say(AMANDA_TYPE_REQ, &other_server, &client, 100), AMANDA_NOTE_ONE_SIDED));
}

static void a_req_after_its_ack_shows_that_no_reply_came_in_time(void)
{
    req(100);
    ack_from_responder(100);
    wait_seconds(30);
    expect_true(notes(req(100), AMANDA_NOTE_REQ_UNANSWERED));
    rep(100);
    wait_seconds(30);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNANSWERED));
}

static void a_req_ten_seconds_after_its_ack_only_shows_that_the_ack_was_lost(void)
{
    req(100);
    ack_from_responder(100);
    wait_seconds(10);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNANSWERED));
}

static void a_req_after_its_ack_is_unanswered_once_more_than_15_seconds_have_passed(void)
{
    for (int later = 0; later < 2; later++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        req(100);
        ack_from_responder(100);
        wait_seconds(later ? 15.001 : 15);
        expect_int(notes(req(100), AMANDA_NOTE_REQ_UNANSWERED), later);
    }
}

static void a_prep_before_a_time_out_does_not_answer_what_was_asked_since(void)
{
    use_timeout(60);
    req(100);
    prep(100);
    wait_seconds(10);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
    wait_seconds(61);
    req(100);
    wait_seconds(10);
    expect_true(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("time", time_alone_ends_nothing),
        UNIT_TEST("time", a_time_out_comes_after_more_than_the_seconds_set),
        UNIT_TEST("time", a_time_out_counts_from_the_last_req),
        UNIT_TEST("time", what_is_no_req_of_its_key_does_not_delay_a_time_out),
        UNIT_TEST("time", a_late_copy_does_not_delay_anything),
        UNIT_TEST("time", a_timed_out_exchange_is_opened_by_its_own_req),
        UNIT_TEST("time", a_timed_out_exchange_is_not_superseded),
        UNIT_TEST("time", a_timed_out_exchange_is_not_completed),
        UNIT_TEST("time", a_timed_out_exchange_is_not_refused),
        UNIT_TEST("time", a_timed_out_exchange_makes_no_seq_mismatch),
        UNIT_TEST("time", a_finished_exchange_does_not_time_out),
        UNIT_TEST("req", a_req_of_no_known_exchange_is_a_request),
        UNIT_TEST("req", a_req_of_an_outstanding_exchange_is_a_retransmission),
        UNIT_TEST("req", a_req_of_a_refused_exchange_opens_it_again),
        UNIT_TEST("req", a_req_of_a_completed_exchange_is_a_late_copy),
        UNIT_TEST("req", a_req_of_a_superseded_exchange_is_a_late_copy),
        UNIT_TEST("req", a_late_copy_opens_nothing),
        UNIT_TEST("req", the_reply_to_a_late_copy_is_a_seq_mismatch_where_another_request_is_outstanding),
        UNIT_TEST("service", the_service_is_that_of_the_first_req_with_a_whole_line),
        UNIT_TEST("service", the_service_can_come_from_a_late_copy),
        UNIT_TEST("service", each_exchange_has_a_service_of_its_own),
        UNIT_TEST("record", a_record_is_found_by_frame_and_layer),
        UNIT_TEST("record", of_records_with_one_number_the_last_is_found),
        UNIT_TEST("record", every_record_of_many_is_found),
        UNIT_TEST("record", exchanges_are_counted_from_0_in_the_order_of_their_first_reqs),
        UNIT_TEST("repeated", a_third_req_shows_that_nothing_came_back),
        UNIT_TEST("repeated", what_the_file_has_before_the_req_has_come_back),
        UNIT_TEST("repeated", where_nothing_comes_to_the_requester_the_capture_may_hold_one_direction_only),
        UNIT_TEST("repeated", a_req_after_its_ack_shows_that_no_reply_came_in_time),
        UNIT_TEST("repeated", a_req_ten_seconds_after_its_ack_only_shows_that_the_ack_was_lost),
        UNIT_TEST("repeated", a_req_after_its_ack_is_unanswered_once_more_than_15_seconds_have_passed),
        UNIT_TEST("repeated", a_prep_before_a_time_out_does_not_answer_what_was_asked_since),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
