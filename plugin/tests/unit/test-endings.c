/* test-endings.c
 * How an exchange ends
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

static void the_requesters_ack_completes_an_exchange(void)
{
    req(100);
    rep(100);

    uint32_t ack = ack_from_requester(100);
    uint32_t again = rep(100);

    expect_true(notes(ack, AMANDA_NOTE_ENDS));
    expect_str(verdict(again), "stale");
    expect_str(closed_by(again), "completed");
    expect_int(closed_in(again), ack);
}

static void the_requesters_ack_completes_an_exchange_whose_rep_was_not_captured(void)
{
    req(100);

    uint32_t ack = ack_from_requester(100);

    wait_seconds(3);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_str(closed_by(reply), "completed");
    expect_int(closed_in(reply), ack);
}

static void the_responders_ack_ends_nothing(void)
{
    req(100);
    ack_from_responder(100);
    ack_from_responder(100);
    expect_str(verdict(rep(100)), "answer");
}

static void a_rep_alone_ends_nothing(void)
{
    req(100);
    rep(100);
    expect_str(verdict(req(100)), "retransmission");
    expect_str(verdict(rep(100)), "retransmission");
}

static void an_ack_with_another_key_ends_nothing(void)
{
    req(100);
    ack_from_requester(99);
    ack_from_requester_to(&second, 100);
    say(AMANDA_TYPE_ACK, &other_server, &client, 100);
    use_handle("001-A8D40708");
    ack_from_requester(100);
    use_handle("000-A8D40708");
    expect_str(verdict(rep(100)), "answer");
}

static void the_responders_nak_refuses_an_exchange(void)
{
    req(100);

    uint32_t refusal = nak(100);
    uint32_t reply = rep(100);

    expect_true(notes(refusal, AMANDA_NOTE_ENDS));
    expect_false(is_unexpected(refusal));
    expect_str(verdict(reply), "stale");
    expect_str(closed_by(reply), "refused");
    expect_int(closed_in(reply), refusal);
}

static void a_nak_from_the_requester_refuses_nothing(void)
{
    req(100);
    expect_true(is_unexpected(say(AMANDA_TYPE_NAK, &server, &client, 100)));
    expect_str(verdict(rep(100)), "answer");
}

static void a_nak_with_another_key_refuses_nothing(void)
{
    req(100);
    nak(99);
    nak_from(&second, 100);
    say(AMANDA_TYPE_NAK, &client, &other_server, 100);
    use_handle("001-A8D40708");
    nak(100);
    use_handle("000-A8D40708");
    expect_str(verdict(rep(100)), "answer");
}

static void below_2_6_a_nak_behind_an_ack_is_ignored(void)
{
    static const unsigned minors[] = {3, 4, 5};

    for (int32_t i = 0; i < (int32_t)G_N_ELEMENTS(minors); i++) {
        use_version(2, minors[i]);
        req(i);
        ack_from_responder(i);

        uint32_t ignored = nak(i);

        expect_true(is_ignored(ignored));
        expect_false(is_unexpected(ignored));
        expect_false(notes(ignored, AMANDA_NOTE_ENDS));
        expect_str(verdict(rep(i)), "answer");
    }
}

static void below_2_6_a_nak_behind_a_prep_is_ignored(void)
{
    use_version(2, 5);
    req(100);
    prep(100);
    expect_true(is_ignored(nak(100)));
    expect_str(verdict(rep(100)), "answer");
}

static void below_2_6_a_nak_behind_a_rep_alone_counts(void)
{
    req(100);
    rep(100);
    expect_false(is_ignored(nak(100)));
    expect_str(closed_by(rep(100)), "refused");
}

static void below_2_6_the_requesters_own_ack_is_not_heard_of_the_responder(void)
{
    /* An ACK of a refused exchange ends nothing, and the responder has not been heard when it is open again. */
    req(100);
    nak(100);
    ack_from_requester(100);
    req(100);
    expect_false(is_ignored(nak(100)));
}

static void from_2_6_on_a_nak_behind_an_ack_counts(void)
{
    static const unsigned versions[][2] = {{2, 6}, {3, 1}, {3, 5}, {4, 0}};

    for (int32_t i = 0; i < (int32_t)G_N_ELEMENTS(versions); i++) {
        use_version(versions[i][0], versions[i][1]);
        req(i);
        ack_from_responder(i);
        prep(i);

        uint32_t refusal = nak(i);

        expect_false(is_ignored(refusal));
        expect_str(closed_by(rep(i)), "refused");
        expect_int(closed_in(rep(i)), refusal);
    }
}

static void what_was_heard_before_a_refusal_does_not_make_the_next_nak_ignored(void)
{
    req(100);
    nak(100);
    ack_from_responder(100); /* late: the exchange is not open now */
    req(100);
    expect_false(is_ignored(nak(100)));
    req(100);
    ack_from_responder(100);
    expect_true(is_ignored(nak(100)));
}

static void what_was_heard_before_a_time_out_does_not_make_the_next_nak_ignored(void)
{
    use_timeout(60);
    req(100);
    ack_from_responder(100);
    wait_seconds(61);
    req(100);
    expect_false(is_ignored(nak(100)));
}

static void a_request_sent_again_makes_its_requester_wait_for_its_ack_anew(void)
{
    req(100);
    ack_from_responder(100);
    expect_true(is_ignored(nak(100)));
    req(100);
    rep(100); /* does not count */
    expect_false(is_ignored(nak(100)));
}

static void a_req_with_another_seq_supersedes(void)
{
    req(100);

    uint32_t next = req(101);

    rep(101);
    ack_from_requester(101);

    uint32_t old = rep(100);

    expect_str(verdict(old), "stale");
    expect_str(closed_by(old), "superseded");
    expect_int(closed_in(old), next);
}

static void a_req_of_another_group_supersedes_nothing(void)
{
    req(100);
    req_to(&second, 101);
    req_to(&client_other_port, 101);
    say(AMANDA_TYPE_REQ, &other_server, &client, 101);
    say(AMANDA_TYPE_REQ, &server_other_port, &client, 101);
    say(AMANDA_TYPE_REQ, &client, &server, 101);
    use_handle("001-A8D40708");
    req(101);
    use_handle("000-A8D40708");
    expect_str(verdict(rep(100)), "answer");
}

static void a_refused_req_sent_again_supersedes(void)
{
    req(100);
    nak(100);
    req(101);

    uint32_t again = req(100);

    expect_str(verdict(again), "retransmission");

    uint32_t other = rep(101);

    expect_str(verdict(other), "SEQ mismatch");
    expect_str(closed_by(other), "superseded");
    expect_int(closed_in(other), again);
    expect_str(verdict(rep(100)), "answer");
}

static void a_timed_out_req_sent_again_supersedes(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(61);
    req(101);

    uint32_t again = req(100);

    expect_str(verdict(again), "retransmission");

    uint32_t other = rep(101);

    expect_str(closed_by(other), "superseded");
    expect_int(closed_in(other), again);
}

static void a_late_copy_supersedes_nothing(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);
    req(101);
    expect_str(verdict(req(100)), "late copy");
    expect_str(verdict(rep(101)), "answer");
}

static void the_first_event_decides_completed(void)
{
    req(100);
    rep(100);

    uint32_t end = ack_from_requester(100);

    expect_true(is_unexpected(nak(100)));
    ack_from_requester(100);
    ack_from_responder(100);
    req(101);
    ack_from_requester(101);

    uint32_t old = rep(100);

    expect_str(closed_by(old), "completed");
    expect_int(closed_in(old), end);
}

static void the_first_event_decides_refused(void)
{
    req(100);

    uint32_t end = nak(100);

    expect_true(is_unexpected(nak(100)));
    ack_from_requester(100);
    req(101);
    ack_from_requester(101);

    uint32_t old = rep(100);

    expect_str(closed_by(old), "refused");
    expect_int(closed_in(old), end);
}

static void the_first_event_decides_superseded(void)
{
    req(100);

    uint32_t end = req(101);

    ack_from_requester(100);
    expect_true(is_unexpected(nak(100)));
    req(102);
    ack_from_requester(102);

    uint32_t old = rep(100);

    expect_str(closed_by(old), "superseded");
    expect_int(closed_in(old), end);
}

static void the_first_event_decides_timed_out(void)
{
    use_timeout(60);
    req(100);
    wait_seconds(61);
    ack_from_requester(100);
    nak(100);
    req(101);
    ack_from_requester(101);

    uint32_t old = rep(100);

    expect_str(closed_by(old), "timed out");
    expect_int(closed_in(old), 0);
}

static void only_its_own_req_opens_a_refused_exchange(void)
{
    req(100);
    nak(100);
    ack_from_responder(100);
    prep(100);
    rep(100);
    ack_from_requester(100);
    req_to(&second, 100);
    say(AMANDA_TYPE_REQ, &other_server, &client, 100);
    req(101);
    ack_from_requester(101);
    expect_str(closed_by(rep(100)), "refused");
    expect_str(verdict(req(100)), "retransmission");
    expect_str(verdict(rep(100)), "answer");
}

static void a_refused_exchange_that_is_open_again_can_end_in_each_way(void)
{
    req(100);
    nak(100);
    req(100);

    uint32_t refusal = nak(100);

    expect_int(closed_in(rep(100)), refusal);
    req(100);

    uint32_t next = req(101);

    expect_int(closed_in(rep(100)), next);
    nak(101);
    req(101);

    uint32_t end = ack_from_requester(101);

    expect_str(closed_by(rep(101)), "completed");
    expect_int(closed_in(rep(101)), end);
}

static void a_frame_tells_how_its_exchange_had_ended_as_of_then(void)
{
    req(100);

    uint32_t refusal = nak(100);
    uint32_t reply = rep(100);

    req(100);
    rep(100);
    ack_from_requester(100);
    expect_str(closed_by(reply), "refused");
    expect_int(closed_in(reply), refusal);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("end", the_requesters_ack_completes_an_exchange),
        UNIT_TEST("end", the_requesters_ack_completes_an_exchange_whose_rep_was_not_captured),
        UNIT_TEST("end", the_responders_ack_ends_nothing),
        UNIT_TEST("end", a_rep_alone_ends_nothing),
        UNIT_TEST("end", an_ack_with_another_key_ends_nothing),
        UNIT_TEST("end", the_responders_nak_refuses_an_exchange),
        UNIT_TEST("end", a_nak_from_the_requester_refuses_nothing),
        UNIT_TEST("end", a_nak_with_another_key_refuses_nothing),
        UNIT_TEST("end", below_2_6_a_nak_behind_an_ack_is_ignored),
        UNIT_TEST("end", below_2_6_a_nak_behind_a_prep_is_ignored),
        UNIT_TEST("end", below_2_6_a_nak_behind_a_rep_alone_counts),
        UNIT_TEST("end", below_2_6_the_requesters_own_ack_is_not_heard_of_the_responder),
        UNIT_TEST("end", from_2_6_on_a_nak_behind_an_ack_counts),
        UNIT_TEST("end", what_was_heard_before_a_refusal_does_not_make_the_next_nak_ignored),
        UNIT_TEST("end", what_was_heard_before_a_time_out_does_not_make_the_next_nak_ignored),
        UNIT_TEST("end", a_request_sent_again_makes_its_requester_wait_for_its_ack_anew),
        UNIT_TEST("end", a_req_with_another_seq_supersedes),
        UNIT_TEST("end", a_req_of_another_group_supersedes_nothing),
        UNIT_TEST("end", a_refused_req_sent_again_supersedes),
        UNIT_TEST("end", a_timed_out_req_sent_again_supersedes),
        UNIT_TEST("end", a_late_copy_supersedes_nothing),
        UNIT_TEST("end", the_first_event_decides_completed),
        UNIT_TEST("end", the_first_event_decides_refused),
        UNIT_TEST("end", the_first_event_decides_superseded),
        UNIT_TEST("end", the_first_event_decides_timed_out),
        UNIT_TEST("end", only_its_own_req_opens_a_refused_exchange),
        UNIT_TEST("end", a_refused_exchange_that_is_open_again_can_end_in_each_way),
        UNIT_TEST("end", a_frame_tells_how_its_exchange_had_ended_as_of_then),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
