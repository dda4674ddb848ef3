/* test-naks-and-acks.c
 * NAKs and ACKs, and the bug, caught in the act
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

/* --- NAK */

static void a_nak_answers_its_request(void)
{
    uint32_t first = req(100);
    uint32_t refusal = nak(100);

    expect_int(response_to(refusal), first);
    expect_int(first_nak(first), refusal);
    expect_true(notes(refusal, AMANDA_NOTE_ENDS));
    expect_false(is_unexpected(refusal));
    expect_str(verdict(refusal), NULL);
    expect_false(is_unmatched(refusal));
}

static void a_nak_of_no_known_exchange_is_unexpected(void)
{
    uint32_t refusal = nak(100);

    expect_true(is_unexpected(refusal));
    expect_int(response_to(refusal), 0);
    expect_false(is_unmatched(refusal));
}

static void a_nak_of_a_completed_exchange_is_unexpected(void)
{
    uint32_t first = req(100);

    ack_from_requester(100);

    uint32_t refusal = nak(100);

    expect_true(is_unexpected(refusal));
    expect_int(response_to(refusal), first);
    expect_int(first_nak(first), 0);
    expect_false(notes(refusal, AMANDA_NOTE_ENDS));
}

static void a_second_nak_is_unexpected(void)
{
    uint32_t first = req(100);
    uint32_t refusal = nak(100);

    expect_true(is_unexpected(nak(100)));
    expect_int(first_nak(first), refusal);
}

static void a_nak_of_a_superseded_exchange_is_unexpected(void)
{
    req(100);
    req(101);
    expect_true(is_unexpected(nak(100)));
    expect_str(verdict(rep(101)), "answer");
}

static void an_ignored_nak_is_no_unexpected_one_and_ends_nothing(void)
{
    uint32_t first = req(100);

    ack_from_responder(100);

    uint32_t ignored = nak(100);

    expect_true(is_ignored(ignored));
    expect_false(is_unexpected(ignored));
    expect_false(notes(ignored, AMANDA_NOTE_ENDS));
    expect_int(response_to(ignored), first);
    expect_int(first_nak(first), ignored);
    expect_true(is_ignored(nak(100)));
    expect_int(first_nak(first), ignored);
}

/* --- ACK */

static void an_ack_of_no_known_exchange_is_unknown(void)
{
    uint32_t ack = ack_from_requester(100);

    expect_true(is_unknown_ack(ack));
    expect_int(response_to(ack), 0);
    expect_true(is_unknown_ack(ack_from_responder(100)));
    req(100);
    expect_true(is_unknown_ack(ack_from_requester(101)));
    expect_true(is_unknown_ack(ack_from_responder(101)));
    expect_true(is_unknown_ack(ack_from_requester_to(&second, 100)));
}

static void acks_name_the_first_transmission_of_their_request(void)
{
    uint32_t first = req(100);

    req(100);
    expect_int(response_to(ack_from_responder(100)), first);
    expect_int(response_to(ack_from_requester(100)), first);
}

static void the_first_ack_of_each_side_is_no_duplicate(void)
{
    req(100);
    expect_false(is_duplicate(ack_from_responder(100)));
    rep(100);
    expect_false(is_duplicate(ack_from_requester(100)));
}

static void a_further_ack_of_the_responder_is_a_duplicate(void)
{
    req(100);
    ack_from_responder(100);
    expect_true(is_duplicate(ack_from_responder(100)));
    req(100);
    expect_true(is_duplicate(ack_from_responder(100)));
    rep(100);
    ack_from_requester(100);
    expect_true(is_duplicate(ack_from_responder(100)));
}

static void a_further_ack_of_the_requester_is_a_duplicate(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);
    expect_true(is_duplicate(ack_from_requester(100)));
    rep(100);
    expect_true(is_duplicate(ack_from_requester(100)));
}

static void the_responders_first_ack_is_no_duplicate_even_if_late(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);
    expect_false(is_duplicate(ack_from_responder(100)));
}

static void the_requesters_first_ack_of_a_refused_exchange_is_no_duplicate_and_changes_nothing(void)
{
    req(100);

    uint32_t end = nak(100);
    uint32_t ack = ack_from_requester(100);

    expect_false(is_duplicate(ack));
    expect_false(lacks_reply(ack));
    expect_false(notes(ack, AMANDA_NOTE_ENDS));
    expect_int(closed_in(rep(100)), end);
    expect_true(is_duplicate(ack_from_requester(100)));
}

static void the_requesters_first_ack_of_a_superseded_exchange_is_no_duplicate_and_changes_nothing(void)
{
    req(100);

    uint32_t end = req(101);
    uint32_t ack = ack_from_requester(100);

    expect_false(is_duplicate(ack));
    expect_false(lacks_reply(ack));
    expect_int(closed_in(rep(100)), end);
    expect_str(verdict(rep(101)), "answer");
}

static void the_ack_that_completes_an_exchange_is_never_a_duplicate(void)
{
    req(100);
    nak(100);
    ack_from_requester(100);
    ack_from_requester(100);
    req(100);
    rep(100);

    uint32_t ack = ack_from_requester(100);

    expect_false(is_duplicate(ack));
    expect_true(notes(ack, AMANDA_NOTE_ENDS));
    expect_true(is_duplicate(ack_from_requester(100)));
}

static void the_responders_acks_are_not_counted_anew_when_an_exchange_is_opened_again(void)
{
    use_version(3, 5);
    req(100);
    ack_from_responder(100);
    nak(100);
    req(100);
    expect_true(is_duplicate(ack_from_responder(100)));
}

static void the_requesters_acks_are_not_counted_anew_when_an_exchange_is_opened_again(void)
{
    req(100);
    nak(100);
    ack_from_requester(100);
    req(100);
    nak(100);
    expect_true(is_duplicate(ack_from_requester(100)));
}

static void an_ack_between_two_that_ask_each_other_is_the_requesters(void)
{
    uint32_t one = req(100);

    say(AMANDA_TYPE_REQ, &client, &server, 100);
    rep(100);

    uint32_t ack = ack_from_requester(100);

    expect_int(response_to(ack), one);
    expect_true(notes(ack, AMANDA_NOTE_ENDS));
    expect_str(verdict(rep(100)), "stale");
    expect_str(verdict(say(AMANDA_TYPE_REP, &server, &client, 100)), "answer");
}

static void an_ack_with_the_seq_of_another_exchange_is_the_responders_of_that(void)
{
    /* The server asks with 100, the client with 101: the server's ACK of 101 acknowledges the client's REQ. */
    req(100);

    uint32_t other = say(AMANDA_TYPE_REQ, &client, &server, 101);
    uint32_t ack = ack_from_requester(101);

    expect_int(response_to(ack), other);
    expect_false(notes(ack, AMANDA_NOTE_FROM_REQUESTER));
    expect_int(ack_in(other), ack);
}

/* --- An ACK without a reply, and the bug, caught in the act */

static void an_ack_without_a_reply_is_noted(void)
{
    req(100);

    uint32_t ack = ack_from_requester(100);

    expect_true(lacks_reply(ack));
    expect_int(accepted(ack), 0);
}

static void an_ack_behind_the_answer_is_not_noted(void)
{
    req(100);
    rep(100);
    expect_false(lacks_reply(ack_from_requester(100)));
}

static void an_ack_behind_a_prep_alone_is_noted(void)
{
    req(100);
    prep(100);
    expect_true(lacks_reply(ack_from_requester(100)));
}

static void an_ack_behind_an_answer_before_a_refusal_is_not_noted(void)
{
    req(100);
    rep(100);
    nak(100);
    req(100);
    expect_false(lacks_reply(ack_from_requester(100)));
}

static void a_further_ack_without_a_reply_is_a_duplicate_only(void)
{
    req(100);
    ack_from_requester(100);

    uint32_t ack = ack_from_requester(100);

    expect_false(lacks_reply(ack));
    expect_true(is_duplicate(ack));
}

static void the_ack_shows_that_a_seq_mismatch_was_taken_for_the_answer(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);
    req(101);

    uint32_t old = rep(100);
    uint32_t ack = ack_from_requester(101);

    expect_int(accepted(ack), old);
    expect_false(lacks_reply(ack));
    expect_false(is_duplicate(ack));
    expect_true(notes(ack, AMANDA_NOTE_ENDS));
}

static void the_ack_shows_that_the_reply_of_another_responder_was_taken(void)
{
    req_to(&second, 101);

    uint32_t old = rep_from(&client, 100);

    expect_str(verdict(old), "no request");
    expect_int(accepted(ack_from_requester_to(&second, 101)), old);
}

static void the_ack_shows_that_a_stale_reply_of_another_responder_was_taken(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);
    req_to(&second, 101);

    uint32_t old = rep(100);

    expect_str(verdict(old), "stale");
    expect_int(accepted(ack_from_requester_to(&second, 101)), old);
}

static void of_several_old_replies_the_latest_was_taken(void)
{
    req(103);
    rep(100);

    uint32_t latest = rep(101);

    expect_int(accepted(ack_from_requester(103)), latest);
}

static void an_old_reply_to_another_request_was_not_taken_for_this_one(void)
{
    uint32_t frame;

    req(101);
    frame = rep(100); /* mistaken for 101, */
    req(102);         /* which is superseded */
    expect_str(verdict(frame), "SEQ mismatch");
    expect_true(lacks_reply(ack_from_requester(102)));
}

static void an_old_reply_taken_before_a_refusal_counts(void)
{
    req(101);

    uint32_t old = rep(100);

    nak(101);
    req(101);
    expect_int(accepted(ack_from_requester(101)), old);
}

static void an_old_reply_taken_before_a_time_out_counts(void)
{
    use_timeout(60);
    req(101);

    uint32_t old = rep(100);

    wait_seconds(61);
    req(101);
    expect_int(accepted(ack_from_requester(101)), old);
}

static void an_old_reply_that_came_while_the_request_was_refused_was_not_taken(void)
{
    req(101);
    nak(101);
    expect_int(mistaken_for(rep(100)), 0);
    req(101);
    expect_true(lacks_reply(ack_from_requester(101)));
}

static void an_old_prep_was_not_taken_for_the_answer(void)
{
    req(101);
    prep(100);

    uint32_t ack = ack_from_requester(101);

    expect_int(accepted(ack), 0);
    expect_true(lacks_reply(ack));
}

static void an_old_reply_was_not_taken_where_the_answer_came_too(void)
{
    req(101);
    rep(100);
    rep(101);

    uint32_t ack = ack_from_requester(101);

    expect_int(accepted(ack), 0);
    expect_false(lacks_reply(ack));
}

static void an_old_reply_was_not_taken_by_a_requester_of_2_5_or_later(void)
{
    use_version(2, 5);
    req(101);
    rep(100);
    expect_true(lacks_reply(ack_from_requester(101)));
    use_version(3, 5);
    use_ticket(true);
    req(102);
    rep(100);
    expect_true(lacks_reply(ack_from_requester(102)));
}

static void an_old_reply_was_taken_by_a_requester_with_a_ticket(void)
{
    use_ticket(true);
    use_version(2, 5);
    req(101);

    uint32_t old = rep(100);

    expect_int(accepted(ack_from_requester(101)), old);
    use_version(2, 6);
    req(102);
    old = rep(100);
    expect_int(accepted(ack_from_requester(102)), old);
}

static void what_asked_of_names_was_not_taken_for_a_stale_answer(void)
{
    /* It is the answer, from another address: no stale one. */
    req(100);
    expect_int(asked_of(rep_from(&second, 100)), 1);

    uint32_t ack = ack_from_requester(100);

    expect_int(accepted(ack), 0);
    expect_true(lacks_reply(ack));
}

static void an_ack_that_completes_nothing_shows_nothing(void)
{
    req(101);
    rep(100);
    ack_from_requester(101);
    expect_int(accepted(ack_from_requester(101)), 0);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("nak", a_nak_answers_its_request),
        UNIT_TEST("nak", a_nak_of_no_known_exchange_is_unexpected),
        UNIT_TEST("nak", a_nak_of_a_completed_exchange_is_unexpected),
        UNIT_TEST("nak", a_second_nak_is_unexpected),
        UNIT_TEST("nak", a_nak_of_a_superseded_exchange_is_unexpected),
        UNIT_TEST("nak", an_ignored_nak_is_no_unexpected_one_and_ends_nothing),
        UNIT_TEST("ack", an_ack_of_no_known_exchange_is_unknown),
        UNIT_TEST("ack", acks_name_the_first_transmission_of_their_request),
        UNIT_TEST("ack", the_first_ack_of_each_side_is_no_duplicate),
        UNIT_TEST("ack", a_further_ack_of_the_responder_is_a_duplicate),
        UNIT_TEST("ack", a_further_ack_of_the_requester_is_a_duplicate),
        UNIT_TEST("ack", the_responders_first_ack_is_no_duplicate_even_if_late),
        UNIT_TEST("ack", the_requesters_first_ack_of_a_refused_exchange_is_no_duplicate_and_changes_nothing),
        UNIT_TEST("ack", the_requesters_first_ack_of_a_superseded_exchange_is_no_duplicate_and_changes_nothing),
        UNIT_TEST("ack", the_ack_that_completes_an_exchange_is_never_a_duplicate),
        UNIT_TEST("ack", the_responders_acks_are_not_counted_anew_when_an_exchange_is_opened_again),
        UNIT_TEST("ack", the_requesters_acks_are_not_counted_anew_when_an_exchange_is_opened_again),
        UNIT_TEST("ack", an_ack_between_two_that_ask_each_other_is_the_requesters),
        UNIT_TEST("ack", an_ack_with_the_seq_of_another_exchange_is_the_responders_of_that),
        UNIT_TEST("no-reply", an_ack_without_a_reply_is_noted),
        UNIT_TEST("no-reply", an_ack_behind_the_answer_is_not_noted),
        UNIT_TEST("no-reply", an_ack_behind_a_prep_alone_is_noted),
        UNIT_TEST("no-reply", an_ack_behind_an_answer_before_a_refusal_is_not_noted),
        UNIT_TEST("no-reply", a_further_ack_without_a_reply_is_a_duplicate_only),
        UNIT_TEST("accepted", the_ack_shows_that_a_seq_mismatch_was_taken_for_the_answer),
        UNIT_TEST("accepted", the_ack_shows_that_the_reply_of_another_responder_was_taken),
        UNIT_TEST("accepted", the_ack_shows_that_a_stale_reply_of_another_responder_was_taken),
        UNIT_TEST("accepted", of_several_old_replies_the_latest_was_taken),
        UNIT_TEST("accepted", an_old_reply_to_another_request_was_not_taken_for_this_one),
        UNIT_TEST("accepted", an_old_reply_taken_before_a_refusal_counts),
        UNIT_TEST("accepted", an_old_reply_taken_before_a_time_out_counts),
        UNIT_TEST("accepted", an_old_reply_that_came_while_the_request_was_refused_was_not_taken),
        UNIT_TEST("accepted", an_old_prep_was_not_taken_for_the_answer),
        UNIT_TEST("accepted", an_old_reply_was_not_taken_where_the_answer_came_too),
        UNIT_TEST("accepted", an_old_reply_was_not_taken_by_a_requester_of_2_5_or_later),
        UNIT_TEST("accepted", an_old_reply_was_taken_by_a_requester_with_a_ticket),
        UNIT_TEST("accepted", what_asked_of_names_was_not_taken_for_a_stale_answer),
        UNIT_TEST("accepted", an_ack_that_completes_nothing_shows_nothing),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
