/* test-loss-limits.c
 * The limits of the loss rules, each from both sides, and what they must forget or leave untold
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "told-losses.h"

/* --- Limits of time */

static void a_timer_may_be_off_by_a_second_and_half_of_one_for_each_further_run(void)
{
    static const struct {
        double wait;
        bool is_timer;
    } cases[] = {
        {8.999, false},  {9, true},       {11, true},      {11.001, false}, {18.499, false}, {18.5, true},
        {21.5, true},    {21.501, false}, {27.999, false}, {28, true},      {32, true},      {32.001, false},
        {37.499, false}, {37.5, true},    {42.5, true},    {42.501, false}, {50, false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        ask_and_answer(100);
        ack_from_requester(100);
        wait_seconds(cases[i].wait);
        expect_int(no_loss(rep(100)), !cases[i].is_timer);
    }
}

static void a_timer_counts_from_the_last_rep(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    ack_from_requester(100);
    wait_seconds(5);
    rep(100);
    wait_seconds(5);
    expect_true(no_loss(rep(100)));
}

static void a_request_that_comes_again_within_9_seconds_is_a_copy(void)
{
    for (int later = 0; later < 2; later++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        use_service("noop");
        req(100);
        wait_seconds(later ? 9 : 8.999);
        req(100);
        ack_from_responder(100);
        expect_int(no_loss(rep(100)), !later);
    }
}

static void a_reply_passes_a_request_within_less_than_a_second(void)
{
    for (int earlier = 0; earlier < 2; earlier++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        req(100);
        ack_from_responder(100);
        wait_seconds(29);
        rep(100);
        wait_seconds(earlier ? 1 : 0.999);
        expect_int(no_loss(req(100)), !earlier);
    }
}

/* --- Another request shows that the one before it was finished with */

static void a_handle_that_is_used_again_shows_that_the_reply_had_come(void)
{
    use_service("sendsize");
    ask_and_answer(100);
    use_handle("001-A8D40708");
    req(200); /* a part of the same, which shows nothing */
    use_handle("000-A8D40708");

    uint32_t next = req(101);

    wait_seconds(10);

    uint32_t again = rep(100);

    expect_loss(again, AMANDA_LOST_REP_ACK, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(again).next_req, next);
    expect_false(the_loss(again).settles);
}

static void a_refusal_does_not_show_that_the_reply_had_come(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    nak(100);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
}

static void a_request_before_the_ack_makes_no_old_responder_repeat_its_reply_behind_it(void)
{
    use_service("sendbackup");
    ask_and_answer(100);
    use_handle("001-A8D40708");
    req(200);
    use_handle("000-A8D40708");
    ack_from_requester(100);
    wait_seconds(3);
    expect_true(no_loss(rep(100)));
}

static void a_request_before_the_reply_does_not_show_that_it_had_come(void)
{
    use_version(3, 5);
    use_service("sendbackup");
    req(100);
    ack_from_responder(100);
    use_handle("001-A8D40708");
    req(200);
    use_handle("000-A8D40708");
    rep(100);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
}

static void an_ack_that_ends_nothing_shows_no_lost_reply(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    wait_seconds(10);
    rep(100);
    req(101);
    expect_true(no_loss(ack_from_requester(100)));
}

/* --- What a request that is sent again makes forgotten */

static void a_lost_nak_is_told_once(void)
{
    use_version(3, 5);
    req(100);
    nak(100);
    wait_seconds(10);
    expect_loss(req(100), AMANDA_LOST_NAK, AMANDA_SIDE_REQUESTER);
    wait_seconds(10);
    expect_true(no_loss(req(100)));
}

static void replies_whose_loss_a_request_has_shown_are_not_told_again_at_the_ack(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    wait_seconds(10);
    rep(100);
    wait_seconds(20);
    expect_loss(req(100), AMANDA_LOST_REP, AMANDA_SIDE_REQUESTER);
    rep(100);
    expect_true(no_loss(ack_from_requester(100)));
}

static void an_icmp_error_tells_of_one_request_only(void)
{
    use_version(3, 5);

    uint32_t first = req(100);

    amanda_losses_returned(record_of(first));
    wait_seconds(20);
    expect_true(no_loss(req(100)));
    wait_seconds(20);
    expect_loss(req(100), AMANDA_LOST_REQ, AMANDA_SIDE_REQUESTER);
}

static void a_requester_that_asks_once_more_has_not_gone(void)
{
    use_version(3, 5);
    use_service("sendsize");
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            wait_seconds(10);
        req(100);
    }
    wait_seconds(9.5);
    ack_from_responder(100);

    uint32_t first = rep(100);

    wait_seconds(0.5);
    expect_true(no_loss(req(100)));
    wait_seconds(9.5);
    for (int i = 0; i < 3; i++) {
        expect_true(no_loss(rep(100)));
        wait_seconds(10);
    }

    uint32_t last = rep(100);

    expect_loss(last, AMANDA_LOST_REP_OR_ACK, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(last).lost, first);
}

/* --- What is told once, and settled later */

static void of_replies_or_their_acks_it_is_told_once_and_settled_by_the_next_request(void)
{
    use_service("sendbackup");
    ask_and_answer(100);
    for (int i = 0; i < 3; i++) {
        wait_seconds(10);
        rep(100);
    }
    wait_seconds(10);
    expect_loss(rep(100), AMANDA_LOST_REP_OR_ACK, AMANDA_SIDE_REQUESTER);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
    use_handle("001-A8D40708");
    req(200);
    use_handle("000-A8D40708");

    uint32_t again = rep(100);

    expect_loss(again, AMANDA_LOST_REP_ACK, AMANDA_SIDE_REQUESTER);
    expect_true(the_loss(again).settles);
}

static void of_requests_behind_an_ack_the_answer_may_have_been_lost(void)
{
    use_version(3, 5);
    use_service("noop");
    req(100);
    ack_from_responder(100);
    wait_seconds(10);

    uint32_t pending = req(100);

    wait_seconds(10);
    expect_true(no_loss(req(100)));
    ack_from_responder(100);

    uint32_t reply = rep(100);

    expect_loss(reply, AMANDA_LOST_REQ_OR_ANSWER, AMANDA_SIDE_RESPONDER);
    expect_int(the_loss(reply).lost, pending);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("time", a_timer_may_be_off_by_a_second_and_half_of_one_for_each_further_run),
        UNIT_TEST("time", a_timer_counts_from_the_last_rep),
        UNIT_TEST("time", a_request_that_comes_again_within_9_seconds_is_a_copy),
        UNIT_TEST("time", a_reply_passes_a_request_within_less_than_a_second),
        UNIT_TEST("next", a_handle_that_is_used_again_shows_that_the_reply_had_come),
        UNIT_TEST("next", a_refusal_does_not_show_that_the_reply_had_come),
        UNIT_TEST("next", a_request_before_the_ack_makes_no_old_responder_repeat_its_reply_behind_it),
        UNIT_TEST("next", a_request_before_the_reply_does_not_show_that_it_had_come),
        UNIT_TEST("next", an_ack_that_ends_nothing_shows_no_lost_reply),
        UNIT_TEST("again", a_lost_nak_is_told_once),
        UNIT_TEST("again", replies_whose_loss_a_request_has_shown_are_not_told_again_at_the_ack),
        UNIT_TEST("again", an_icmp_error_tells_of_one_request_only),
        UNIT_TEST("again", a_requester_that_asks_once_more_has_not_gone),
        UNIT_TEST("told", of_replies_or_their_acks_it_is_told_once_and_settled_by_the_next_request),
        UNIT_TEST("told", of_requests_behind_an_ack_the_answer_may_have_been_lost),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
