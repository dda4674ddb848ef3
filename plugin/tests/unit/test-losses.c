/* test-losses.c
 * What is told of lost datagrams, and on which side of the capture point
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "told-losses.h"

/* --- The ACK of the REP */

static void plainest_case_seen_from_the_client(void)
{
    use_version(3, 5);
    use_service("sendbackup");
    ask_and_answer(100);
    wait_seconds(4);
    use_handle("001-A8D40708");

    uint32_t next = req(200);

    use_handle("000-A8D40708");
    wait_seconds(6);

    uint32_t again = rep(100);

    expect_loss(again, AMANDA_LOST_REP_ACK, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(again).next_req, next);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
}

static void reply_that_its_requester_acknowledged_and_that_comes_again(void)
{
    use_version(3, 5);
    ask_and_answer(100);

    uint32_t ack = ack_from_requester(100);

    wait_seconds(10);

    uint32_t again = rep(100);

    expect_loss(again, AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER);
    expect_int(the_loss(again).lost, ack);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
}

static void copy_of_an_acknowledged_reply_is_no_loss(void)
{
    ask_and_answer(100);
    ack_from_requester(100);
    wait_seconds(3);
    expect_true(no_loss(rep(100)));
}

static void old_responder_repeats_its_reply_for_any_packet(void)
{
    use_service("sendbackup");
    ask_and_answer(100);

    uint32_t ack = ack_from_requester(100);

    wait_seconds(3);
    req(101);

    uint32_t again = rep(100);

    expect_loss(again, AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER);
    expect_int(the_loss(again).lost, ack);
}

static void new_responder_does_not(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    ack_from_requester(100);
    wait_seconds(3);
    req(101);
    expect_true(no_loss(rep(100)));
}

/* A reply that is sent five times, and that nothing follows: which was lost stays open. */
static void expect_or_of_five_replies(void)
{
    for (int i = 0; i < 3; i++) {
        wait_seconds(10);
        expect_true(no_loss(rep(100)));
    }
    wait_seconds(10);

    uint32_t last = rep(100);

    expect_loss(last, AMANDA_LOST_REP_OR_ACK, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(last).count, 4);
}

static void split_requests_of_old_planners_show_nothing(void)
{
    use_service("sendsize");
    ask_and_answer(100);
    use_handle("001-A8D40708");
    req(200);
    use_handle("000-A8D40708");
    expect_or_of_five_replies();
}

static void requester_that_may_have_given_up_shows_nothing(void)
{
    use_version(3, 5);
    use_service("noop");
    req(100);
    ack_from_responder(100);
    wait_seconds(30);
    req(100);
    wait_seconds(30);
    req(100);
    rep(100);
    wait_seconds(30);
    use_handle("001-A8D40708");
    req(200);
    use_handle("000-A8D40708");
    expect_or_of_five_replies();
}

static void requester_that_has_gone_before_the_reply_came(void)
{
    use_version(3, 5);
    use_service("sendsize");
    for (int i = 0; i < 3; i++) {
        req(100);
        wait_seconds(10);
    }
    ack_from_responder(100);
    rep(100);
    for (int i = 0; i < 4; i++) {
        wait_seconds(10);
        expect_true(no_loss(rep(100)));
    }
}

static void several_responders_are_no_loss(void)
{
    use_version(3, 5);
    req(100);
    ack_from_responder(100);
    ack_from_responder(100);
    rep(100);
    rep(100);
    ack_from_requester(100);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
    use_handle("001-A8D40708");
    req(200);
    ack_from_responder(200);
    use_payload("REP");
    rep(200);
    rep(200); /* seems to be a copy, but what the requester sends has none */
    use_payload(NULL);
    ack_from_requester(200);
    wait_seconds(10);
    expect_true(no_loss(rep(200)));
}

static void doubled_exchange_shows_its_loss(void)
{
    use_version(3, 5);
    use_payload("REQ");
    req(100);
    req(100);
    ack_from_responder(100);
    use_payload("REP");
    rep(100);
    rep(100);
    use_payload("ACK");
    ack_from_requester(100);
    ack_from_requester(100);
    wait_seconds(10);
    use_payload("REP");
    expect_loss(rep(100), AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER);
    expect_true(no_loss(rep(100)));
}

/* Each packet twice in the capture, and all that the responder sends as often as there are responders. */
static void doubled_answers_of_several_responders_are_no_loss(void)
{
    use_version(3, 5);
    use_payload("REQ");
    req(100);
    req(100);
    use_payload("REQ acknowledged");
    for (int i = 0; i < 4; i++)
        ack_from_responder(100);
    use_payload("REP");
    for (int i = 0; i < 4; i++)
        rep(100);
    use_payload("ACK");
    ack_from_requester(100);
    ack_from_requester(100);
    for (int i = 0; i < 2; i++) {
        wait_seconds(10);
        use_payload("REP");
        expect_true(no_loss(rep(100)));
        expect_true(no_loss(rep(100)));
    }
}

/* --- The REP */

static void reply_that_is_acknowledged_at_the_second_time(void)
{
    use_version(3, 5);

    uint32_t first = ask_and_answer(100);

    wait_seconds(10);
    expect_true(no_loss(rep(100)));
    wait_seconds(10);
    expect_true(no_loss(rep(100)));

    uint32_t ack = ack_from_requester(100);

    expect_loss(ack, AMANDA_LOST_REP, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(ack).lost, first);
    expect_int(the_loss(ack).count, 2);
    expect_false(the_loss(ack).settles);
}

static void old_requester_acknowledges_every_reply(void)
{
    ask_and_answer(100);
    wait_seconds(10);
    rep(100);
    expect_true(no_loss(ack_from_requester(100)));
}

static void request_that_comes_again_after_its_reply(void)
{
    use_version(3, 5);

    uint32_t reply = ask_and_answer(100);

    wait_seconds(30);

    uint32_t again = req(100);

    expect_loss(again, AMANDA_LOST_REP, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(again).lost, reply);
    expect_true(no_loss(rep(100)));
    expect_true(no_loss(ack_from_requester(100)));
}

static void reply_that_passes_a_request_is_not_lost(void)
{
    use_version(3, 5);
    req(100);
    ack_from_responder(100);
    wait_seconds(29.99);
    rep(100);
    wait_seconds(0.01);
    expect_true(no_loss(req(100)));
}

/* --- The REQ and its ACK */

static void request_to_a_quick_service(void)
{
    use_version(3, 5);
    use_service("noop");

    uint32_t first = req(100);

    wait_seconds(10);
    expect_true(no_loss(req(100)));
    wait_seconds(0.1);
    expect_true(no_loss(ack_from_responder(100)));
    wait_seconds(5);

    uint32_t reply = rep(100);

    expect_loss(reply, AMANDA_LOST_REQ, AMANDA_SIDE_RESPONDER);
    expect_int(the_loss(reply).lost, first);
    expect_int(the_loss(reply).count, 1);
    expect_false(the_loss(reply).settles);
    expect_true(no_loss(ack_from_requester(100)));
}

static void each_request_that_was_lost_counts(void)
{
    use_version(3, 5);
    use_service("noop");

    uint32_t first = req(100);

    wait_seconds(10);
    req(100);
    wait_seconds(10);
    req(100);
    ack_from_responder(100);

    uint32_t reply = rep(100);

    expect_loss(reply, AMANDA_LOST_REQ, AMANDA_SIDE_RESPONDER);
    expect_int(the_loss(reply).lost, first);
    expect_int(the_loss(reply).count, 2);
}

static void busy_responder_that_acknowledges_each_request_lost_nothing(void)
{
    use_version(3, 5);
    use_service("sendbackup");
    for (int i = 0; i < 3; i++) {
        req(100);
        wait_seconds(10);
    }
    for (int i = 0; i < 3; i++)
        expect_true(no_loss(ack_from_responder(100)));
    expect_true(no_loss(rep(100)));
}

static void busy_responder_that_acknowledges_fewer_may_be_late(void)
{
    use_version(3, 5);
    use_service("sendbackup");
    for (int i = 0; i < 3; i++) {
        req(100);
        wait_seconds(10);
    }
    ack_from_responder(100);
    ack_from_responder(100);

    uint32_t reply = rep(100);

    expect_loss(reply, AMANDA_LOST_OR_LATE, AMANDA_SIDE_RESPONDER);
    expect_int(the_loss(reply).count, 1);
}

static void responder_that_is_late_by_more_than_a_second(void)
{
    for (int late = 0; late < 2; late++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        use_service("noop");
        req(100);
        wait_seconds(10);
        req(100);
        wait_seconds(late ? 1.001 : 1);
        ack_from_responder(100);
        expect_loss(rep(100), late ? AMANDA_LOST_OR_LATE : AMANDA_LOST_REQ, AMANDA_SIDE_RESPONDER);
    }
}

static void request_to_a_slow_service(void)
{
    use_version(3, 5);
    use_service("sendsize");
    req(100);
    wait_seconds(10);
    req(100);
    expect_true(no_loss(ack_from_responder(100)));
    wait_seconds(60);
    expect_loss(rep(100), AMANDA_LOST_REQ_OR_ANSWER, AMANDA_SIDE_RESPONDER);
}

static void reply_without_an_ack_may_be_one_that_is_sent_again(void)
{
    use_version(3, 5);
    use_service("noop");
    an_exchange_before();

    req(100);
    wait_seconds(10);
    req(100);

    /* The one that answers the first REQ, and the ACK of the second. */
    expect_loss(rep(100), AMANDA_LOST_REQ_OR_ANSWER, AMANDA_SIDE_RESPONDER);
    expect_loss(ack_from_requester(100), AMANDA_LOST_REQ_ACK, AMANDA_SIDE_RESPONDER);
}

static void slow_service_that_replies_within_a_second_began_with_the_last_request(void)
{
    for (int later = 0; later < 2; later++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_version(3, 5);
        use_service("sendsize");
        req(100);
        wait_seconds(10);
        req(100);
        ack_from_responder(100);
        wait_seconds(later ? 1.001 : 1);
        expect_loss(rep(100), later ? AMANDA_LOST_REQ_OR_ANSWER : AMANDA_LOST_REQ, AMANDA_SIDE_RESPONDER);
    }
}

static void slow_service_that_replies_soon_after_the_second_request(void)
{
    use_version(3, 5);
    use_service("sendsize");
    req(100);
    wait_seconds(10);
    req(100);
    ack_from_responder(100);
    wait_seconds(0.5);

    uint32_t reply = prep(100);

    expect_loss(reply, AMANDA_LOST_REQ, AMANDA_SIDE_RESPONDER);
    expect_true(no_loss(rep(100)));
}

static void request_that_an_old_responder_swallowed(void)
{
    use_service("sendbackup");
    ask_and_answer(100);
    req(101);
    rep(100);
    wait_seconds(10);
    expect_true(no_loss(req(101)));
    expect_true(no_loss(ack_from_responder(101)));
}

static void request_that_an_old_responder_swallowed_whose_own_request_is_not_there(void)
{
    use_service("sendbackup");
    req(101);
    rep(100);
    wait_seconds(10);
    req(101);
    ack_from_responder(101);
    expect_true(no_loss(rep(101)));
}

static void responder_that_never_answers(void)
{
    use_version(3, 5);
    req(100);
    for (int i = 0; i < 2; i++) {
        wait_seconds(10);
        expect_true(no_loss(req(100)));
    }
}

static void request_that_was_lost_before_it_came_here(void)
{
    use_version(3, 5);
    req(100);
    wait_seconds(20);
    expect_loss(req(100), AMANDA_LOST_REQ, AMANDA_SIDE_REQUESTER);
}

static void requester_that_waited_for_the_reply_lost_nothing(void)
{
    use_version(3, 5);
    req(100);
    ack_from_responder(100);
    wait_seconds(10); /* its time for the reply may be as short as that for an ACK */
    expect_true(no_loss(req(100)));
    prep(100);
    wait_seconds(10);
    expect_true(no_loss(req(100)));
}

static void reply_without_an_ack_before_it(void)
{
    an_exchange_before();
    req(100);
    expect_true(no_loss(rep(100)));
    expect_loss(ack_from_requester(100), AMANDA_LOST_REQ_ACK, AMANDA_SIDE_RESPONDER);
    expect_true(no_loss(ack_from_requester(100)));
}

/* Before that the responder may still wait for the ACK of its REP, and sends it again at once for a REQ that is sent again. */
static void ack_that_may_lie_before_the_capture_is_not_lost(void)
{
    for (int later = 0; later < 2; later++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        use_handle("001-A8D40708");
        ack_from_requester(7);
        wait_seconds(later ? 50 : 49.999);
        use_handle("000-A8D40708");
        req(100);
        rep(100);

        uint32_t ack = ack_from_requester(100);

        if (later)
            expect_loss(ack, AMANDA_LOST_REQ_ACK, AMANDA_SIDE_RESPONDER);
        else
            expect_true(no_loss(ack));
    }
}

static void partial_reply_without_an_ack_before_it(void)
{
    an_exchange_before();
    req(100);
    expect_true(no_loss(prep(100)));
    expect_loss(rep(100), AMANDA_LOST_REQ_ACK, AMANDA_SIDE_RESPONDER);
    expect_true(no_loss(ack_from_requester(100)));
}

static void copy_of_a_request_is_no_loss(void)
{
    use_version(3, 5);
    req(100);
    wait_seconds(3);
    expect_true(no_loss(req(100)));
}

static void service_that_ran_twice_shows_nothing(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    ack_from_requester(100);
    req(100);
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
}

/* --- The NAK */

static void refused_request_that_comes_again(void)
{
    use_version(3, 5);
    req(100);

    uint32_t refusal = nak(100);

    wait_seconds(10);

    uint32_t again = req(100);

    expect_loss(again, AMANDA_LOST_NAK, AMANDA_SIDE_REQUESTER);
    expect_int(the_loss(again).lost, refusal);
}

static void ignored_nak_is_not_lost(void)
{
    use_version(2, 5);
    req(100);
    ack_from_responder(100);
    nak(100);
    wait_seconds(30);
    expect_true(no_loss(req(100)));
}

/* It is sent again after 10 seconds where no ACK came, and only after more where one did, which the capture may lack. */
static void nak_that_an_ack_may_have_had_ignored(void)
{
    use_version(2, 5);
    req(100);
    nak(100);
    wait_seconds(10);
    expect_loss(req(100), AMANDA_LOST_NAK, AMANDA_SIDE_REQUESTER);
    req(101);
    nak(101);
    wait_seconds(30);
    expect_true(no_loss(req(101)));
}

static void request_that_is_refused_at_the_second_time(void)
{
    use_version(3, 5);
    use_service("noop");
    req(100);
    wait_seconds(10);
    req(100);
    expect_loss(nak(100), AMANDA_LOST_REQ_OR_ANSWER, AMANDA_SIDE_RESPONDER);
}

/* --- Nothing */

static void exchange_without_losses_shows_none(void)
{
    use_version(3, 5);
    for (int32_t seq = 100; seq < 105; seq++) {
        uint32_t request = req(seq);
        uint32_t last = 0;

        ack_from_responder(seq);
        wait_seconds(5);
        prep(seq);
        wait_seconds(8);
        rep(seq);
        last = ack_from_requester(seq);
        for (uint32_t frame = request; frame <= last; frame++)
            expect_true(no_loss(frame));
    }
}

static void datagrams_of_unknown_exchanges_show_nothing(void)
{
    expect_true(no_loss(rep(100)));
    wait_seconds(10);
    expect_true(no_loss(rep(100)));
    expect_true(no_loss(nak(100)));
    expect_true(no_loss(ack_from_requester(100)));
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("ack_of_rep", plainest_case_seen_from_the_client),
        UNIT_TEST("ack_of_rep", reply_that_its_requester_acknowledged_and_that_comes_again),
        UNIT_TEST("ack_of_rep", copy_of_an_acknowledged_reply_is_no_loss),
        UNIT_TEST("ack_of_rep", old_responder_repeats_its_reply_for_any_packet),
        UNIT_TEST("ack_of_rep", new_responder_does_not),
        UNIT_TEST("ack_of_rep", split_requests_of_old_planners_show_nothing),
        UNIT_TEST("ack_of_rep", requester_that_may_have_given_up_shows_nothing),
        UNIT_TEST("ack_of_rep", requester_that_has_gone_before_the_reply_came),
        UNIT_TEST("ack_of_rep", several_responders_are_no_loss),
        UNIT_TEST("ack_of_rep", doubled_exchange_shows_its_loss),
        UNIT_TEST("ack_of_rep", doubled_answers_of_several_responders_are_no_loss),
        UNIT_TEST("rep", reply_that_is_acknowledged_at_the_second_time),
        UNIT_TEST("rep", old_requester_acknowledges_every_reply),
        UNIT_TEST("rep", request_that_comes_again_after_its_reply),
        UNIT_TEST("rep", reply_that_passes_a_request_is_not_lost),
        UNIT_TEST("req", request_to_a_quick_service),
        UNIT_TEST("req", request_to_a_slow_service),
        UNIT_TEST("req", slow_service_that_replies_soon_after_the_second_request),
        UNIT_TEST("req", request_that_an_old_responder_swallowed),
        UNIT_TEST("req", request_that_an_old_responder_swallowed_whose_own_request_is_not_there),
        UNIT_TEST("req", responder_that_never_answers),
        UNIT_TEST("req", request_that_was_lost_before_it_came_here),
        UNIT_TEST("nak", nak_that_an_ack_may_have_had_ignored),
        UNIT_TEST("req", requester_that_waited_for_the_reply_lost_nothing),
        UNIT_TEST("req", reply_without_an_ack_before_it),
        UNIT_TEST("req", ack_that_may_lie_before_the_capture_is_not_lost),
        UNIT_TEST("req", partial_reply_without_an_ack_before_it),
        UNIT_TEST("req", each_request_that_was_lost_counts),
        UNIT_TEST("req", busy_responder_that_acknowledges_each_request_lost_nothing),
        UNIT_TEST("req", busy_responder_that_acknowledges_fewer_may_be_late),
        UNIT_TEST("req", reply_without_an_ack_may_be_one_that_is_sent_again),
        UNIT_TEST("req", responder_that_is_late_by_more_than_a_second),
        UNIT_TEST("req", slow_service_that_replies_within_a_second_began_with_the_last_request),
        UNIT_TEST("req", copy_of_a_request_is_no_loss),
        UNIT_TEST("req", service_that_ran_twice_shows_nothing),
        UNIT_TEST("nak", refused_request_that_comes_again),
        UNIT_TEST("nak", ignored_nak_is_not_lost),
        UNIT_TEST("nak", request_that_is_refused_at_the_second_time),
        UNIT_TEST("nothing", exchange_without_losses_shows_none),
        UNIT_TEST("nothing", datagrams_of_unknown_exchanges_show_nothing),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
