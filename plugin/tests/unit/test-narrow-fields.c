/* test-narrow-fields.c
 * Counts, times and numbers of frames that are larger than what is kept of them has room for
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "told-losses.h"

/* More than 16 bits count. */
#define VERY_MANY 70000

/* More than 8 bits count. */
#define MANY 300

/* The time stamps that are furthest apart, but for so many seconds: nearly 292 years. */
static void wait_as_long_as_can_be(double seconds_more)
{
    wait_seconds(4700000000);
    wait_seconds(4523372036.854775807 + seconds_more);
}

/* --- How often */

static void a_request_that_is_sent_very_often_has_its_ack_and_its_answer(void)
{
    start_again(WMEM_ALLOCATOR_BLOCK);
    use_version(3, 5);

    uint32_t first = req(100);
    uint32_t last = first;

    for (unsigned i = 1; i < VERY_MANY; i++) {
        wait_seconds(10);
        last = req(100);
        expect_str(verdict(last), "retransmission");
        expect_int(notes(last, AMANDA_NOTE_REQ_UNHEARD), i >= 2);
    }
    expect_int(last, first + VERY_MANY - 1);

    uint32_t ack = ack_from_responder(100);

    expect_int(ack_in(first), ack);
    expect_int(ack_in(last), ack);
    expect_str(verdict(rep(100)), "answer");
}

static void requests_that_are_lost_are_counted_up_to_255(void)
{
    an_exchange_before();
    use_version(3, 5);
    use_service("noop");

    uint32_t first = req(100);

    for (int i = 0; i < MANY; i++) {
        wait_seconds(10);
        expect_true(no_loss(req(100)));
    }

    ack_from_responder(100);

    amanda_loss_t loss = the_loss(rep(100));

    expect_int(loss.count, UINT8_MAX);
    expect_int(loss.lost, first);
}

static void replies_that_are_lost_are_counted_up_to_255(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    for (int i = 0; i < MANY; i++) {
        wait_seconds(10);
        rep(100);
    }

    amanda_loss_t loss = the_loss(ack_from_requester(100));

    expect_int(loss.what, AMANDA_LOST_REP);
    expect_int(loss.count, UINT8_MAX);
}

/* Each REP is there twice, and nothing else is: two responders share the port. Neither number may begin at 0 again. */
static void copies_of_very_many_answers_remain_those_of_several_responders(void)
{
    use_version(3, 5);
    req(100);
    ack_from_responder(100);
    use_payload("answer");
    for (int i = 0; i < MANY; i++) {
        expect_true(no_loss(rep(100)));
        wait_seconds(0.001);
        rep(100);
        wait_seconds(9.999);
    }
}

static void more_acks_than_are_counted_are_still_more_than_there_were_requests(void)
{
    use_version(3, 5);
    req(100);
    for (int i = 0; i < MANY; i++)
        ack_from_responder(100);
    rep(100);
    for (int i = 0; i < 5; i++) {
        wait_seconds(10);
        expect_true(no_loss(rep(100)));
    }
}

/* --- When */

/* 292 years and some seconds later a difference is one of the other sign. */
static void what_is_as_far_apart_as_can_be_was_sent_by_no_timer(void)
{
    static const double more[] = {-50, -10, -1, 0, 1, 5, 10, 20, 30, 41, 50};

    for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        wait_seconds(-5700000000);
        ask_and_answer(100);
        ack_from_requester(100);
        wait_as_long_as_can_be(more[i]);
        expect_true(no_loss(rep(100)));
        expect_true(no_loss(req(100)));
    }
}

static void an_ack_after_months_is_followed_by_no_timer(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    wait_seconds(100 * 86400.0); /* more milliseconds than 32 bits count */
    ack_from_requester(100);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
    ack_from_requester(100);
    wait_seconds(10);
    expect_loss(rep(100), AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER);
}

static void an_ack_before_its_reply_was_sent_at_the_same_time(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    wait_seconds(-7200);
    ack_from_requester(100);
    wait_seconds(7210);
    expect_loss(rep(100), AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER);
}

static void the_longest_time_limit_is_none_that_is_over_at_once(void)
{
    use_timeout(UINT_MAX);
    wait_seconds(-3000000000);
    req(100);
    wait_seconds(4294967294.0);
    expect_str(verdict(rep(100)), "answer");
    req(101);
    wait_seconds(4294967296.0);
    expect_str(verdict(rep(101)), "stale");
}

static void before_1970_and_behind_2262_all_is_as_ever(void)
{
    static const double far[] = {-5000000000.0, 8200000000.0, 9000000000.0};

    for (size_t i = 0; i < G_N_ELEMENTS(far); i++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        /* In two steps: the tests count from 1970. */
        wait_seconds(far[i] > 8e9 ? 8000000000.0 : far[i]);
        ask_and_answer(100);
        ack_from_requester(100);
        wait_seconds(10);
        expect_loss(rep(100), AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER);
    }
}

/* --- Where */

static void the_last_frames_that_have_a_number_are_told_apart(void)
{
    begin_behind_frame(UINT32_MAX - 6);
    use_version(3, 5);

    uint32_t first = req(100);
    uint32_t again = req(100);
    uint32_t ack = ack_from_responder(100);
    uint32_t reply = rep(100);
    uint32_t last = ack_from_requester(100);
    uint32_t stale = rep(100);

    expect_int(stale, UINT32_MAX);
    expect_int(ack_in(first), ack);
    expect_int(ack_in(again), ack);
    expect_int(ack_in(reply), last);
    expect_int(first_rep(last), reply);
    expect_str(verdict(stale), "stale");
    expect_int(closed_in(stale), last);
    expect_int(response_to(reply), first);
}

static void the_last_part_of_a_frame_is_found(void)
{
    uint32_t frame = req(100);

    expect_true(amanda_datagram_part(UINT8_MAX, 0xfffffe) < amanda_datagram_part(UINT8_MAX, 0xffffff));
    expect_true(amanda_datagram_part(1, 0xffffff) < amanda_datagram_part(2, 0));
    use_part(amanda_datagram_part(UINT8_MAX, 0xffffff));
    expect_int(rep(100), frame);
    use_part(0);
    expect_str(closed_by(ack_from_requester(100)), NULL);
}

/* --- How long */

static void handles_whose_lengths_differ_by_what_16_bits_count_are_two(void)
{
    static uint8_t bytes[UINT16_MAX + 8];

    memset(bytes, 'h', sizeof bytes);
    use_handle_bytes(bytes, 7);
    req(100);
    use_handle_bytes(bytes, UINT16_MAX + 8);
    expect_str(verdict(rep(100)), "no request");
    req(100);
    use_handle_bytes(bytes, UINT16_MAX + 7);
    expect_str(verdict(rep(100)), "no request");
    use_handle_bytes(bytes, UINT16_MAX + 8);
    expect_str(verdict(rep(100)), "answer");
    use_handle_bytes(bytes, 7);
    expect_str(verdict(rep(100)), "answer");
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("count", a_request_that_is_sent_very_often_has_its_ack_and_its_answer),
        UNIT_TEST("count", requests_that_are_lost_are_counted_up_to_255),
        UNIT_TEST("count", replies_that_are_lost_are_counted_up_to_255),
        UNIT_TEST("count", copies_of_very_many_answers_remain_those_of_several_responders),
        UNIT_TEST("count", more_acks_than_are_counted_are_still_more_than_there_were_requests),
        UNIT_TEST("time", what_is_as_far_apart_as_can_be_was_sent_by_no_timer),
        UNIT_TEST("time", an_ack_after_months_is_followed_by_no_timer),
        UNIT_TEST("time", an_ack_before_its_reply_was_sent_at_the_same_time),
        UNIT_TEST("time", the_longest_time_limit_is_none_that_is_over_at_once),
        UNIT_TEST("time", before_1970_and_behind_2262_all_is_as_ever),
        UNIT_TEST("frame", the_last_frames_that_have_a_number_are_told_apart),
        UNIT_TEST("frame", the_last_part_of_a_frame_is_found),
        UNIT_TEST("length", handles_whose_lengths_differ_by_what_16_bits_count_are_two),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
