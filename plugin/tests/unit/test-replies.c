/* test-replies.c
 * The table of replies
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

/* --- answer */

static void the_first_rep_is_the_answer(void)
{
    uint32_t first = req(100);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "answer");
    expect_int(response_to(reply), first);
    expect_int(first_rep(first), reply);
    expect_false(is_unmatched(reply));
}

static void every_prep_is_an_answer(void)
{
    uint32_t first = req(100);

    ack_from_responder(100);
    expect_str(verdict(prep(100)), "answer");
    expect_str(verdict(prep(100)), "answer");
    rep(100);

    uint32_t last = prep(100);

    expect_str(verdict(last), "answer");
    expect_int(response_to(last), first);
}

static void a_rep_behind_a_prep_is_the_answer(void)
{
    uint32_t first = req(100);

    prep(100);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "answer");
    expect_int(first_rep(first), reply);
}

static void a_reply_to_a_retransmitted_request_belongs_to_the_first_transmission(void)
{
    uint32_t first = req(100);

    req(100);
    expect_int(response_to(rep(100)), first);
}

static void replies_may_cross(void)
{
    uint32_t one = req_to(&client, 100);
    uint32_t other = req_to(&second, 101);

    expect_int(response_to(rep_from(&second, 101)), other);
    expect_int(response_to(rep_from(&client, 100)), one);
}

/* --- retransmission */

static void a_second_rep_is_a_retransmission_of_the_first(void)
{
    req(100);

    uint32_t first = rep(100);
    uint32_t again = rep(100);
    uint32_t last = rep(100);

    expect_str(verdict(again), "retransmission");
    expect_str(verdict(last), "retransmission");
    expect_int(first_rep(last), first);
    expect_false(is_unmatched(last));
}

static void a_rep_is_a_retransmission_also_where_the_first_came_before_a_refusal(void)
{
    req(100);

    uint32_t first = rep(100);

    nak(100);
    req(100);

    uint32_t again = rep(100);

    expect_str(verdict(again), "retransmission");
    expect_int(first_rep(again), first);
}

static void a_rep_is_a_retransmission_also_where_the_first_came_before_a_time_out(void)
{
    use_timeout(60);
    req(100);

    uint32_t first = rep(100);

    wait_seconds(61);
    req(100);

    uint32_t again = rep(100);

    expect_str(verdict(again), "retransmission");
    expect_int(first_rep(again), first);
}

static void a_rep_is_the_answer_where_those_before_were_unmatched(void)
{
    req(100);
    nak(100);
    expect_str(verdict(rep(100)), "stale");
    req(100);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "answer");
    expect_int(first_rep(reply), reply);
}

/* --- SEQ mismatch */

static void a_reply_to_a_finished_request_is_a_seq_mismatch_where_another_is_outstanding(void)
{
    uint32_t old = req(100);

    rep(100);

    uint32_t end = ack_from_requester(100);
    uint32_t next = req(101);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "SEQ mismatch");
    expect_true(is_unmatched(reply));
    expect_int(response_to(reply), old);
    expect_int(mistaken_for(reply), next);
    expect_str(closed_by(reply), "completed");
    expect_int(closed_in(reply), end);
}

static void a_reply_to_no_known_request_is_a_seq_mismatch_where_another_is_outstanding(void)
{
    uint32_t next = req(101);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "SEQ mismatch");
    expect_int(response_to(reply), 0);
    expect_int(mistaken_for(reply), next);
    expect_str(closed_by(reply), NULL);
    expect_int(closed_in(reply), 0);
}

static void a_prep_can_be_a_seq_mismatch(void)
{
    uint32_t next = req(101);
    uint32_t reply = prep(100);

    expect_str(verdict(reply), "SEQ mismatch");
    expect_true(is_unmatched(reply));
    expect_int(mistaken_for(reply), next);
}

static void a_seq_mismatch_names_the_first_transmission(void)
{
    uint32_t next = req(101);

    req(101);
    expect_int(mistaken_for(rep(100)), next);
}

static void a_seq_mismatch_changes_nothing(void)
{
    req(101);
    rep(100);
    expect_str(verdict(rep(101)), "answer");
    expect_str(verdict(rep(100)), "SEQ mismatch");
}

static void a_seq_mismatch_names_the_request_of_its_own_group(void)
{
    uint32_t own = req_to(&client, 101);

    req_to(&second, 102);
    expect_int(mistaken_for(rep(100)), own);
}

static void a_requester_below_2_5_takes_a_seq_mismatch_for_the_answer(void)
{
    use_version(2, 3);
    req(101);
    expect_true(is_taken(rep(100)));
    use_version(2, 4);
    req(102);
    expect_true(is_taken(rep(100)));
}

static void a_requester_of_2_5_or_2_6_takes_a_seq_mismatch_with_a_ticket_only(void)
{
    static const unsigned minors[] = {5, 6};
    int32_t seq = 100;

    for (size_t i = 0; i < G_N_ELEMENTS(minors); i++) {
        use_version(2, minors[i]);
        use_ticket(false);
        req(++seq);
        expect_false(is_taken(rep(1)));
        use_ticket(true);
        req(++seq);
        expect_true(is_taken(rep(1)));
    }
}

static void a_requester_above_2_6_drops_a_seq_mismatch(void)
{
    use_version(3, 1);
    req(101);
    expect_false(is_taken(rep(100)));
    use_ticket(true);
    req(102);
    expect_false(is_taken(rep(100)));
}

static void the_ticket_is_that_of_the_first_req(void)
{
    use_version(2, 5);
    req(101);
    use_ticket(true);
    req(101);
    expect_false(is_taken(rep(100)));
    req(102);
    use_ticket(false);
    req(102);
    expect_true(is_taken(rep(100)));
}

static void who_takes_a_seq_mismatch_depends_on_the_outstanding_request_alone(void)
{
    use_version(2, 4);
    req(100);
    use_version(3, 5);
    req(101);
    expect_false(is_taken(rep(100)));
    use_version(2, 4);
    req(102);
    use_version(3, 5);
    expect_true(is_taken(rep(101)));
}

/* --- stale */

static void a_reply_to_a_completed_request_is_stale(void)
{
    uint32_t first = req(100);

    rep(100);

    uint32_t end = ack_from_requester(100);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_true(is_unmatched(reply));
    expect_int(response_to(reply), first);
    expect_str(closed_by(reply), "completed");
    expect_int(closed_in(reply), end);
    expect_int(mistaken_for(reply), 0);
    expect_false(is_taken(reply));
}

static void a_reply_to_a_refused_request_is_stale(void)
{
    uint32_t first = req(100);
    uint32_t end = nak(100);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_int(response_to(reply), first);
    expect_str(closed_by(reply), "refused");
    expect_int(closed_in(reply), end);
}

static void a_reply_to_a_superseded_request_is_stale_once_the_next_is_finished(void)
{
    uint32_t first = req(100);
    uint32_t end = req(101);

    rep(101);
    ack_from_requester(101);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_int(response_to(reply), first);
    expect_str(closed_by(reply), "superseded");
    expect_int(closed_in(reply), end);
}

static void a_reply_to_a_timed_out_request_is_stale(void)
{
    use_timeout(60);

    uint32_t first = req(100);

    wait_seconds(61);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_int(response_to(reply), first);
    expect_str(closed_by(reply), "timed out");
    expect_int(closed_in(reply), 0);
}

static void a_prep_can_be_stale(void)
{
    req(100);

    uint32_t end = ack_from_requester(100);
    uint32_t reply = prep(100);

    expect_str(verdict(reply), "stale");
    expect_true(is_unmatched(reply));
    expect_int(closed_in(reply), end);
}

static void what_another_group_has_outstanding_makes_no_seq_mismatch(void)
{
    whole_exchange(100);
    req_to(&second, 101);
    say(AMANDA_TYPE_REQ, &other_server, &client, 101);
    say(AMANDA_TYPE_REQ, &client, &server, 101);
    use_handle("001-A8D40708");
    req(101);
    use_handle("000-A8D40708");
    expect_str(verdict(rep(100)), "stale");
}

static void a_stale_reply_changes_nothing(void)
{
    whole_exchange(100);
    expect_str(verdict(rep(100)), "stale");
    expect_str(verdict(rep(100)), "stale");
    expect_str(verdict(req(100)), "late copy");
}

/* --- no request */

static void a_reply_without_any_request_is_no_request(void)
{
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "no request");
    expect_true(is_unmatched(reply));
    expect_int(response_to(reply), 0);
    expect_int(mistaken_for(reply), 0);
    expect_int(asked_of(reply), 0);
    expect_str(closed_by(reply), NULL);
    expect_false(is_taken(reply));
}

static void a_reply_with_an_unknown_seq_is_no_request_where_its_group_has_nothing_outstanding(void)
{
    whole_exchange(100);
    expect_str(verdict(rep(101)), "no request");
}

static void a_prep_can_be_no_request(void)
{
    uint32_t reply = prep(100);

    expect_str(verdict(reply), "no request");
    expect_true(is_unmatched(reply));
}

static void a_reply_from_the_requester_is_no_request(void)
{
    req(100);
    expect_str(verdict(say(AMANDA_TYPE_REP, &server, &client, 100)), "no request");
    expect_str(verdict(rep(100)), "answer");
}

static void a_reply_before_its_request_is_no_request(void)
{
    uint32_t early = rep(100);

    req(100);
    expect_str(verdict(early), "no request");
    expect_int(response_to(early), 0);
    expect_str(verdict(rep(100)), "answer");
}

/* --- Captured behind the ACK */

static void a_rep_behind_its_ack_is_the_answer_up_to_2_seconds_away(void)
{
    static const struct {
        double away;
        const char *verdict;
    } cases[] = {{2, "answer"}, {2.001, "stale"}, {-2, "answer"}, {-2.001, "stale"}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        req(100);
        ack_from_requester(100);
        wait_seconds(cases[i].away);

        uint32_t reply = rep(100);

        expect_str(verdict(reply), cases[i].verdict);
        expect_int(notes(reply, AMANDA_NOTE_OUT_OF_ORDER), strcmp(cases[i].verdict, "answer") == 0);
    }
}

static void a_rep_behind_its_ack_is_stale_where_its_responder_was_asked_between_the_two(void)
{
    req(100);
    ack_from_requester(100);
    say(AMANDA_TYPE_REQ, &other_server, &client, 7);
    expect_str(verdict(rep(100)), "stale");
    req(101);
    ack_from_requester(101);
    req_to(&second, 7); /* another responder */
    expect_true(notes(rep(101), AMANDA_NOTE_OUT_OF_ORDER));
}

static void the_first_rep_behind_an_unexplained_ack_has_a_text_of_its_own_and_no_prep(void)
{
    req(100);
    ack_from_requester(100);
    wait_seconds(2.001);

    uint32_t partial = prep(100);
    uint32_t first = rep(100);
    uint32_t later = rep(100);

    expect_str(verdict(partial), "stale");
    expect_int(notes(partial, AMANDA_NOTE_BEHIND_ACK), 0);
    expect_true(notes(first, AMANDA_NOTE_BEHIND_ACK));
    expect_int(notes(later, AMANDA_NOTE_BEHIND_ACK), 0);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("answer", the_first_rep_is_the_answer),
        UNIT_TEST("answer", every_prep_is_an_answer),
        UNIT_TEST("answer", a_rep_behind_a_prep_is_the_answer),
        UNIT_TEST("answer", a_reply_to_a_retransmitted_request_belongs_to_the_first_transmission),
        UNIT_TEST("answer", replies_may_cross),
        UNIT_TEST("retransmission", a_second_rep_is_a_retransmission_of_the_first),
        UNIT_TEST("retransmission", a_rep_is_a_retransmission_also_where_the_first_came_before_a_refusal),
        UNIT_TEST("retransmission", a_rep_is_a_retransmission_also_where_the_first_came_before_a_time_out),
        UNIT_TEST("retransmission", a_rep_is_the_answer_where_those_before_were_unmatched),
        UNIT_TEST("mismatch", a_reply_to_a_finished_request_is_a_seq_mismatch_where_another_is_outstanding),
        UNIT_TEST("mismatch", a_reply_to_no_known_request_is_a_seq_mismatch_where_another_is_outstanding),
        UNIT_TEST("mismatch", a_prep_can_be_a_seq_mismatch),
        UNIT_TEST("mismatch", a_seq_mismatch_names_the_first_transmission),
        UNIT_TEST("mismatch", a_seq_mismatch_changes_nothing),
        UNIT_TEST("mismatch", a_seq_mismatch_names_the_request_of_its_own_group),
        UNIT_TEST("mismatch", a_requester_below_2_5_takes_a_seq_mismatch_for_the_answer),
        UNIT_TEST("mismatch", a_requester_of_2_5_or_2_6_takes_a_seq_mismatch_with_a_ticket_only),
        UNIT_TEST("mismatch", a_requester_above_2_6_drops_a_seq_mismatch),
        UNIT_TEST("mismatch", the_ticket_is_that_of_the_first_req),
        UNIT_TEST("mismatch", who_takes_a_seq_mismatch_depends_on_the_outstanding_request_alone),
        UNIT_TEST("stale", a_reply_to_a_completed_request_is_stale),
        UNIT_TEST("stale", a_reply_to_a_refused_request_is_stale),
        UNIT_TEST("stale", a_reply_to_a_superseded_request_is_stale_once_the_next_is_finished),
        UNIT_TEST("stale", a_reply_to_a_timed_out_request_is_stale),
        UNIT_TEST("stale", a_prep_can_be_stale),
        UNIT_TEST("stale", what_another_group_has_outstanding_makes_no_seq_mismatch),
        UNIT_TEST("stale", a_stale_reply_changes_nothing),
        UNIT_TEST("no-request", a_reply_without_any_request_is_no_request),
        UNIT_TEST("no-request", a_reply_with_an_unknown_seq_is_no_request_where_its_group_has_nothing_outstanding),
        UNIT_TEST("no-request", a_prep_can_be_no_request),
        UNIT_TEST("no-request", a_reply_from_the_requester_is_no_request),
        UNIT_TEST("no-request", a_reply_before_its_request_is_no_request),
        UNIT_TEST("behind-ack", a_rep_behind_its_ack_is_the_answer_up_to_2_seconds_away),
        UNIT_TEST("behind-ack", a_rep_behind_its_ack_is_stale_where_its_responder_was_asked_between_the_two),
        UNIT_TEST("behind-ack", the_first_rep_behind_an_unexplained_ack_has_a_text_of_its_own_and_no_prep),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
