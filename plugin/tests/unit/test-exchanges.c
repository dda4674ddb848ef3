/* test-exchanges.c
 * What makes an exchange, how one ends, and the table of requests
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

/* --- The key: requester address and port, responder address and port, HANDLE, SEQ */

static void another_requester_address_is_another_exchange(void)
{
    req(100);
    expect_str(verdict(say(AMANDA_TYPE_REP, &client, &other_server, 100)), "no request");
    expect_str(verdict(say(AMANDA_TYPE_REQ, &other_server, &client, 100)), "request");
    expect_str(verdict(rep(100)), "answer");
    expect_str(verdict(say(AMANDA_TYPE_REP, &client, &other_server, 100)), "answer");
}

static void another_requester_port_is_another_exchange(void)
{
    req(100);
    expect_str(verdict(say(AMANDA_TYPE_REP, &client, &server_other_port, 100)), "no request");
    expect_str(verdict(say(AMANDA_TYPE_REQ, &server_other_port, &client, 100)), "request");
    expect_str(verdict(rep(100)), "answer");
}

static void another_responder_address_is_another_exchange(void)
{
    req(100);
    expect_str(verdict(rep_from(&second, 100)), "no request");
    expect_str(verdict(req_to(&second, 100)), "request");
    expect_str(verdict(rep(100)), "answer");
    expect_str(verdict(rep_from(&second, 100)), "answer");
}

static void another_responder_port_is_another_exchange(void)
{
    req(100);
    expect_str(verdict(rep_from(&client_other_port, 100)), "no request");
    expect_str(verdict(req_to(&client_other_port, 100)), "request");
    expect_str(verdict(rep(100)), "answer");
}

static void another_seq_is_another_exchange(void)
{
    req(100);
    expect_str(verdict(rep(101)), "SEQ mismatch");
    expect_str(verdict(req(101)), "request");
    expect_str(verdict(rep(101)), "answer");
}

static void another_handle_is_another_exchange(void)
{
    req(100);
    use_handle("001-A8D40708");
    expect_str(verdict(rep(100)), "no request");
    expect_str(verdict(req(100)), "request");
    expect_str(verdict(rep(100)), "answer");
    use_handle("000-A8D40708");
    expect_str(verdict(rep(100)), "answer");
}

static void handles_are_compared_byte_for_byte(void)
{
    static const char *const others[] = {"000-a8d40708",  "000-A8D40709", "000-A8D4070",
                                         "000-A8D407080", "00-A8D40708",  "0000-A8D40708"};

    req(100);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        use_handle(others[i]);
        expect_str(verdict(rep(100)), "no request");
    }
    use_handle("000-A8D40708");
    expect_str(verdict(rep(100)), "answer");
}

static void handles_may_hold_any_bytes(void)
{
    static const uint8_t one[] = {0xff, 0x01, 0x80, 0xc3};
    static const uint8_t other[] = {0xff, 0x01, 0x80, 0xc4};

    use_handle_bytes(one, sizeof one);
    req(100);
    use_handle_bytes(other, sizeof other);
    expect_str(verdict(rep(100)), "no request");
    use_handle_bytes(one, sizeof one);
    expect_str(verdict(rep(100)), "answer");
}

static void long_handles_that_are_equal_belong_together(void)
{
    static const int lengths[] = {31, 32, 33, 47, 48, 49, 50, 64, 255, 256, 257, 1000, 65535, 65536, 70000};

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        char *handle = g_strnfill((gsize)lengths[i], 'h');

        use_handle(handle);
        expect_str(verdict(req(100)), "request");
        expect_str(verdict(req(100)), "retransmission");
        expect_str(verdict(rep(100)), "answer");
        expect_false(is_unknown_ack(ack_from_requester(100)));
        g_free(handle);
    }
}

static void long_handles_that_differ_anywhere_are_kept_apart(void)
{
    static const int lengths[] = {16, 47, 48, 49, 64, 300, 65503};

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        int places[] = {0, lengths[i] / 2, lengths[i] - 1};
        char *handle = g_strnfill((gsize)lengths[i], 'h');

        use_handle(handle);
        req(100);
        for (size_t place = 0; place < G_N_ELEMENTS(places); place++) {
            handle[places[place]] = 'i';
            expect_str(verdict(rep(100)), "no request");
            handle[places[place]] = 'h';
        }
        expect_str(verdict(rep(100)), "answer");
        g_free(handle);
    }
}

static void handles_that_differ_in_length_only_are_kept_apart(void)
{
    for (int length = 1; length < 300; length++) {
        char *handle = g_strnfill((gsize)length, 'h');

        use_handle(handle);
        expect_str(verdict(req(100)), "request");
        g_free(handle);
    }
    for (int length = 300; length > 0; length--) {
        char *handle = g_strnfill((gsize)length, 'i');

        use_handle(handle);
        expect_str(verdict(req(100)), "request");
        g_free(handle);
    }
}

static void many_handles_are_kept_apart(void)
{
    for (int32_t i = 0; i < 5000; i++) {
        char handle[16];

        g_snprintf(handle, sizeof handle, "000-%08x", (unsigned)i);
        use_handle(handle);
        expect_str(verdict(req(100)), "request");
    }
}

static void seq_is_a_signed_number(void)
{
    static const int32_t seqs[] = {0, 1, -1, 2, -2, INT32_MAX, INT32_MIN, INT32_MAX - 1, INT32_MIN + 1};

    for (size_t i = 0; i < G_N_ELEMENTS(seqs); i++) {
        expect_str(verdict(req(seqs[i])), "request");
        expect_str(verdict(rep(seqs[i])), "answer");
        ack_from_requester(seqs[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(seqs); i++)
        expect_str(verdict(rep(seqs[i])), "stale");
}

static void addresses_of_version_6_are_kept_apart_to_their_last_byte(void)
{
    static const host_t asker = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}, 16, 848};
    static const host_t one = {{0x20, 0x01, 0x0d, 0xb8, [15] = 2}, 16, 10080};
    static const host_t other = {{0x20, 0x01, 0x0d, 0xb8, [15] = 3}, 16, 10080};

    say(AMANDA_TYPE_REQ, &asker, &one, 100);
    expect_str(verdict(say(AMANDA_TYPE_REP, &other, &asker, 100)), "no request");
    expect_str(verdict(say(AMANDA_TYPE_REP, &one, &asker, 100)), "answer");
}

static void an_address_of_version_4_is_none_of_version_6(void)
{
    static const host_t asker = {{192, 0, 2, 1}, 16, 842};
    static const host_t asked = {{192, 0, 2, 11}, 16, 10080};

    say(AMANDA_TYPE_REQ, &asker, &asked, 100);
    expect_str(verdict(rep(100)), "no request");
    expect_str(verdict(say(AMANDA_TYPE_REP, &asked, &asker, 100)), "answer");
}

static void both_hosts_may_ask_each_other_with_one_handle_and_seq(void)
{
    uint32_t one = req(100);
    uint32_t other = say(AMANDA_TYPE_REQ, &client, &server, 100);

    expect_str(verdict(other), "request");
    expect_int(response_to(rep(100)), one);
    expect_int(response_to(say(AMANDA_TYPE_REP, &server, &client, 100)), other);
}

static void each_seq_of_a_group_is_remembered(void)
{
    uint32_t first = req(0);

    for (int32_t seq = 1; seq < 1000; seq++)
        req(seq);
    for (int32_t seq = 0; seq < 999; seq++)
        expect_int(response_to(rep(seq)), first + (uint32_t)seq);
    expect_str(verdict(rep(999)), "answer");
    expect_int(response_to(rep(1000)), 0);
}

static void the_version_is_that_of_the_first_req(void)
{
    use_version(2, 4);
    req(100);
    use_version(3, 5);
    req(100);
    ack_from_responder(100);
    expect_true(is_ignored(nak(100)));

    use_handle("001-A8D40708");
    use_version(3, 5);
    req(100);
    use_version(2, 4);
    req(100);
    ack_from_responder(100);
    expect_false(is_ignored(nak(100)));
}

/* --- How an exchange ends */

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

static void what_was_heard_counts_after_a_retransmission_of_an_open_request(void)
{
    req(100);
    ack_from_responder(100);
    req(100);
    expect_true(is_ignored(nak(100)));
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

    use_layer(5);
    rep(100);
    expect_str(verdict(frame), "answer");
    use_layer(7);
    ack_from_requester(100);
    expect_int(record(frame)->type, AMANDA_TYPE_ACK);
    expect_true(record(frame + 1) == NULL);
    use_layer(6);
    expect_true(record(frame) == NULL);
    use_layer(5);
    expect_str(verdict(frame), "answer");
    use_layer(0);
    expect_str(verdict(frame), "request");
    expect_true(record(frame + 1) == NULL);
}

static void of_records_with_one_number_the_last_is_found(void)
{
    /* With a read filter, tshark gives a frame that it rejects and the next one the same number. */
    uint32_t frame = req(99);

    use_layer(5);
    req(100);
    rep(100);
    expect_str(verdict(frame), "answer");
    ack_from_requester(100);
    rep(100);
    expect_str(verdict(frame), "stale");
    use_layer(0);
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
    expect_true(record(2001) == NULL);
}

static void exchanges_are_counted_from_0_in_the_order_of_their_first_reqs(void)
{
    uint32_t one = req(100);
    uint32_t again = req(100);
    uint32_t other = req_to(&second, 100);
    uint32_t last = req(101);

    expect_int(record(one)->exchange->number, 0);
    expect_int(record(again)->exchange->number, 0);
    expect_int(record(other)->exchange->number, 1);
    expect_int(record(last)->exchange->number, 2);
}

static void a_third_req_shows_that_nothing_came_back(void)
{
    req(100);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
    expect_true(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
    ack_from_responder(100);
    expect_false(notes(req(100), AMANDA_NOTE_REQ_UNHEARD));
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

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("key", another_requester_address_is_another_exchange),
        UNIT_TEST("key", another_requester_port_is_another_exchange),
        UNIT_TEST("key", another_responder_address_is_another_exchange),
        UNIT_TEST("key", another_responder_port_is_another_exchange),
        UNIT_TEST("key", another_seq_is_another_exchange),
        UNIT_TEST("key", another_handle_is_another_exchange),
        UNIT_TEST("key", handles_are_compared_byte_for_byte),
        UNIT_TEST("key", handles_may_hold_any_bytes),
        UNIT_TEST("key", long_handles_that_are_equal_belong_together),
        UNIT_TEST("key", long_handles_that_differ_anywhere_are_kept_apart),
        UNIT_TEST("key", handles_that_differ_in_length_only_are_kept_apart),
        UNIT_TEST("key", many_handles_are_kept_apart),
        UNIT_TEST("key", seq_is_a_signed_number),
        UNIT_TEST("key", addresses_of_version_6_are_kept_apart_to_their_last_byte),
        UNIT_TEST("key", an_address_of_version_4_is_none_of_version_6),
        UNIT_TEST("key", both_hosts_may_ask_each_other_with_one_handle_and_seq),
        UNIT_TEST("key", each_seq_of_a_group_is_remembered),
        UNIT_TEST("key", the_version_is_that_of_the_first_req),
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
        UNIT_TEST("end", what_was_heard_counts_after_a_retransmission_of_an_open_request),
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
        UNIT_TEST("repeated", a_req_after_its_ack_shows_that_no_reply_came_in_time),
        UNIT_TEST("repeated", a_req_ten_seconds_after_its_ack_only_shows_that_the_ack_was_lost),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
