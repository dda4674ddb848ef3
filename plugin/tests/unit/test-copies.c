/* test-copies.c
 * Datagrams that the capture holds more than once
 *
 * Each test of an identification that is not known stands beside one where it is: only the former asks what came between.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

typedef uint32_t say_t(int32_t seq);

static uint32_t copy_of(uint32_t frame)
{
    const amanda_verdict_record_t *record = record_of(frame);

    return record->is_copy ? record->other.copy_of : 0;
}

/* Says the same as another datagram did: what a datagram says is told by a name, as the others of a test have none. */
static uint32_t say_again(say_t *say_it, const char *payload, uint16_t identification)
{
    use_payload(payload);
    use_identification(identification);

    uint32_t frame = say_it(100);

    use_payload(NULL);
    use_identification(0);
    return frame;
}

/* --- Rule 1: the same ends and bytes */

static void the_same_bytes_are_a_copy(void)
{
    uint32_t first = say_again(req, "REQ", 7);
    uint32_t second_time = say_again(req, "REQ", 7);

    expect_int(copy_of(first), 0);
    expect_str(verdict(first), "request");
    expect_int(copy_of(second_time), first);
    expect_str(verdict(second_time), "copy");
    expect_true(record_of(second_time)->exchange == record_of(first)->exchange);
    expect_int(ack_in(second_time), 0);
}

static void other_bytes_are_none(void)
{
    say_again(req, "REQ", 7);
    expect_int(copy_of(say_again(req, "REQ ", 7)), 0);
    expect_int(copy_of(say_again(req, "REP", 7)), 0);
    use_payload("REQ, which is longer than sixteen bytes, the last of which differs: 0");
    use_identification(7);
    req(100);
    use_payload("REQ, which is longer than sixteen bytes, the last of which differs: 1");
    expect_int(copy_of(req(100)), 0);
    use_payload("REQ, which is longer than sixteen bytes, the first of which differs");
    req(100);
    use_payload("rEQ, which is longer than sixteen bytes, the first of which differs");
    expect_int(copy_of(req(100)), 0);
}

static void another_length_on_the_wire_is_none(void)
{
    use_identification(7);
    use_cut_payload("REQ", 100);

    uint32_t first = req(100);

    expect_int(copy_of(req(100)), first);
    use_cut_payload("REQ", 101);
    expect_int(copy_of(req(100)), 0);
    use_payload("REQ");
    expect_int(copy_of(req(100)), 0);
}

static void other_ends_are_none(void)
{
    use_identification(7);
    use_payload("REQ");
    req(100);
    expect_int(copy_of(req_to(&second, 100)), 0);
    expect_int(copy_of(req_to(&client_other_port, 100)), 0);
    expect_int(copy_of(say(AMANDA_TYPE_REQ, &other_server, &client, 100)), 0);
    expect_int(copy_of(say(AMANDA_TYPE_REQ, &server_other_port, &client, 100)), 0);
    expect_int(copy_of(say(AMANDA_TYPE_REQ, &client, &server, 100)), 0);
}

/* --- Rule 2: the earlier one is no copy, and others may lie between */

static void all_copies_are_of_the_first(void)
{
    uint32_t first = say_again(req, "REQ", 7);

    say_again(req, "REQ", 7);
    wait_seconds(1.5);
    expect_int(copy_of(say_again(req, "REQ", 7)), first);
    wait_seconds(1);
    /* 2.5 seconds after the first. */
    expect_int(copy_of(say_again(req, "REQ", 7)), 0);
}

static void other_datagrams_may_lie_between(void)
{
    req(100);

    uint32_t one = say_again(prep, "PREP 1", 1);
    uint32_t two = say_again(prep, "PREP 2", 2);

    expect_int(copy_of(say_again(prep, "PREP 1", 1)), one);
    expect_int(copy_of(say_again(prep, "PREP 2", 2)), two);

    uint32_t three = say_again(prep, "PREP 3", 0);
    uint32_t four = say_again(prep, "PREP 4", 0);

    expect_int(copy_of(say_again(prep, "PREP 3", 0)), three);
    expect_int(copy_of(say_again(prep, "PREP 4", 0)), four);
}

/* --- Rule 3: 2 seconds at most, either way */

static void time_decides(void)
{
    uint32_t first = say_again(req, "REQ", 7);

    wait_seconds(2);
    expect_int(copy_of(say_again(req, "REQ", 7)), first);
    wait_seconds(-4);
    expect_int(copy_of(say_again(req, "REQ", 7)), first);
    wait_seconds(-0.000001);
    expect_int(copy_of(say_again(req, "REQ", 7)), 0);
}

static void time_decides_without_identification(void)
{
    uint32_t first = say_again(req, "REQ", 0);

    wait_seconds(2);
    expect_int(copy_of(say_again(req, "REQ", 0)), first);
    wait_seconds(-4);
    expect_int(copy_of(say_again(req, "REQ", 0)), first);
    wait_seconds(4.000001);
    expect_int(copy_of(say_again(req, "REQ", 0)), 0);
}

static void files_one_behind_the_other_are_no_problem(void)
{
    uint32_t first = say_again(req, "REQ", 7);

    for (int i = 0; i < 100; i++) {
        wait_seconds(10);
        req(1000 + i);
    }
    wait_seconds(-999.9);
    expect_int(copy_of(say_again(req, "REQ", 7)), first);
}

/* --- Rule 4, first half: known identifications */

static void two_identifications_are_two_datagrams(void)
{
    say_again(req, "REQ", 7);

    uint32_t other = say_again(req, "REQ", 8);

    expect_int(copy_of(other), 0);
    expect_str(verdict(other), "retransmission");
    expect_int(copy_of(say_again(req, "REQ", 7)), 1);
    expect_int(copy_of(say_again(req, "REQ", 8)), other);
}

static void the_latest_with_this_identification_is_the_one(void)
{
    say_again(req, "REQ", 7);
    wait_seconds(3);

    uint32_t later = say_again(req, "REQ", 7);

    expect_int(copy_of(later), 0);
    wait_seconds(-1.5);
    expect_int(copy_of(say_again(req, "REQ", 7)), later);
}

static void an_identification_tells_whatever_lies_between(void)
{
    say_again(req, "REQ", 7);
    nak(100);
    expect_int(copy_of(say_again(req, "REQ", 7)), 1);

    uint32_t reply = say_again(rep, "REP", 9);

    req(100);
    expect_int(copy_of(say_again(rep, "REP", 9)), reply);
}

/* --- Rule 4, second half: not known, so the latest with the same bytes, unless its sender had a reason */

static void one_unknown_identification_is_enough(void)
{
    uint32_t first = say_again(req, "REQ", 7);

    expect_int(copy_of(say_again(req, "REQ", 0)), first);

    uint32_t reply = say_again(rep, "REP", 0);

    expect_int(copy_of(say_again(rep, "REP", 9)), reply);
}

static void only_the_latest_of_unknown_identification_counts(void)
{
    say_again(req, "REQ", 0);
    nak(100);

    uint32_t later = say_again(req, "REQ", 7);

    expect_int(copy_of(later), 0);
    /* The first one, whose identification is not known, is not the latest. */
    expect_int(copy_of(say_again(req, "REQ", 8)), 0);
}

static void a_nak_makes_a_request_come_again(void)
{
    say_again(req, "REQ", 0);
    expect_int(copy_of(say_again(req, "REQ", 0)), 1);
    nak(101); /* another key */
    expect_int(copy_of(say_again(req, "REQ", 0)), 1);
    nak(100);

    uint32_t again = say_again(req, "REQ", 0);

    expect_int(copy_of(again), 0);
    expect_str(verdict(again), "retransmission");
    expect_int(copy_of(say_again(req, "REQ", 0)), again);
    nak(100);
    ack_from_requester(100);
    nak(100); /* of what is outstanding no more */
    expect_int(copy_of(say_again(req, "REQ", 0)), 0);
}

static void a_copy_of_a_nak_is_no_reason(void)
{
    say_again(req, "REQ", 0);
    say_again(nak, "NAK", 3);

    uint32_t again = say_again(req, "REQ", 0);

    expect_int(copy_of(again), 0);
    expect_true(copy_of(say_again(nak, "NAK", 3)) != 0);
    expect_int(copy_of(say_again(req, "REQ", 0)), again);
}

static void a_request_to_a_responder_makes_it_answer_again(void)
{
    static const struct {
        say_t *say_it;
        const char *payload;
    } answers[] = {{rep, "REP"}, {prep, "PREP"}, {nak, "NAK"}, {ack_from_responder, "ACK"}};

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        start_again(WMEM_ALLOCATOR_STRICT);
        req(100);

        uint32_t answer = say_again(answers[i].say_it, answers[i].payload, 0);

        req_to(&client_other_port, 100); /* to another responder */
        expect_int(copy_of(say_again(answers[i].say_it, answers[i].payload, 0)), answer);
        say(AMANDA_TYPE_REQ, &other_server, &client, 100); /* from anyone */
        expect_int(copy_of(say_again(answers[i].say_it, answers[i].payload, 0)), 0);
    }
}

static void a_late_copy_of_a_request_is_a_reason_and_a_copy_is_none(void)
{
    say_again(req, "REQ", 7);
    ack_from_requester(100);
    wait_seconds(3);

    uint32_t reply = say_again(rep, "REP", 0);

    say_again(req, "REQ", 7); /* late: too long ago for a copy */

    uint32_t again = say_again(rep, "REP", 0);

    expect_int(copy_of(again), 0);
    expect_true(again > reply);
    expect_true(copy_of(say_again(req, "REQ", 7)) != 0);
    expect_int(copy_of(say_again(rep, "REP", 0)), again);
}

static void a_reply_makes_a_requester_acknowledge_again(void)
{
    req(100);
    rep(100);

    uint32_t ack = say_again(ack_from_requester, "ACK", 0);

    expect_false(is_duplicate(ack));
    req(101); /* is none for it */
    rep(101);
    prep(100);
    expect_int(copy_of(say_again(ack_from_requester, "ACK", 0)), ack);
    rep(100);

    uint32_t again = say_again(ack_from_requester, "ACK", 0);

    expect_int(copy_of(again), 0);
    expect_true(is_duplicate(again));
}

static void a_reply_out_of_order_is_no_reason(void)
{
    req(100);

    uint32_t ack = say_again(ack_from_requester, "ACK", 0);

    expect_true(notes(rep(100), AMANDA_NOTE_OUT_OF_ORDER));
    expect_int(copy_of(say_again(ack_from_requester, "ACK", 0)), ack);
    rep(100);
    expect_int(copy_of(say_again(ack_from_requester, "ACK", 0)), 0);
}

static void a_reply_before_its_request_counts(void)
{
    uint32_t ack = say_again(ack_from_requester, "ACK", 0);

    rep(100);
    req(100);
    expect_int(copy_of(say_again(ack_from_requester, "ACK", 0)), 0);
    expect_true(notes(ack, AMANDA_NOTE_ACK_UNKNOWN));
    /* That it completed this was explained by no REP that it acknowledges, but a REP was seen. */
    expect_str(verdict(rep(100)), "stale");
}

static void an_ack_of_nothing_is_a_responders(void)
{
    uint32_t ack = say_again(ack_from_responder, "ACK", 0);

    expect_int(copy_of(say_again(ack_from_responder, "ACK", 0)), ack);
    req(101);
    expect_int(copy_of(say_again(ack_from_responder, "ACK", 0)), 0);
}

/* --- What a copy is not */

static void a_copy_has_what_its_original_has(void)
{
    uint32_t early = say_again(rep, "REP", 7);

    expect_str(verdict(early), "no request");
    req(100);

    uint32_t copy = say_again(rep, "REP", 7);

    expect_str(verdict(copy), "copy");
    expect_int(response_to(copy), 0);
    expect_false(is_unmatched(copy));
    expect_int(mistaken_for(copy), 0);
}

static void copies_change_nothing(void)
{
    unsigned count;

    use_version(3, 5);
    use_service("noop");
    say_again(req, "REQ", 1);
    say_again(req, "REQ", 1);
    say_again(ack_from_responder, "ACK", 2);

    uint32_t ack = say_again(ack_from_responder, "ACK", 2);

    expect_false(is_duplicate(ack));
    expect_str(verdict(ack), NULL);
    expect_int(copy_of(ack), 3);

    uint32_t reply = say_again(rep, "REP", 3);
    uint32_t copy = say_again(rep, "REP", 3);

    expect_int(first_rep(copy), reply);
    expect_true(losses(copy, &count) == NULL);
    ack = say_again(ack_from_requester, "ACK of REP", 4);
    expect_int(ack_in(copy), 0);
    expect_int(ack_in(reply), ack);
    expect_true(notes(say_again(ack_from_requester, "ACK of REP", 4), AMANDA_NOTE_FROM_REQUESTER));
    expect_str(verdict(say_again(req, "REQ", 1)), "copy");
    expect_str(verdict(rep(100)), "stale");
    expect_str(closed_by(rep(100)), "completed");
}

static void connections_have_no_copies(void)
{
    use_connection(1);
    say_again(req, "REQ", 7);
    expect_str(verdict(say_again(req, "REQ", 7)), "retransmission");
}

static void what_was_not_captured_whole_may_be_a_copy(void)
{
    use_identification(9);
    use_cut_payload("Amanda 2.4 REQ", 400);
    req(100);
    expect_str(verdict(req(100)), "copy");
}

/* --- Two capture points */

static uint32_t say_twice(say_t *say_it, const char *payload, uint16_t identification)
{
    say_again(say_it, payload, identification);
    return say_again(say_it, payload, identification);
}

static void four_copies_some_of_each_direction_show_two_capture_points(void)
{
    say_twice(req, "REQ", 1);
    say_twice(ack_from_responder, "ACK", 2);

    uint32_t reply = say_twice(rep, "REP", 3);

    expect_false(has_both_ends(reply));
    say_twice(ack_from_requester, "ACK", 4);
    /* A mirror port doubles all. The next datagram is there once, whatever the port; but not of another host. */
    expect_false(has_both_ends(reply));
    expect_true(has_both_ends(req_to(&client_other_port, 300)));
    expect_false(has_both_ends(req_to(&second, 400)));
}

static void copies_of_one_direction_show_nothing(void)
{
    uint32_t last = 0;

    for (uint16_t i = 1; i <= 5; i++) {
        wait_seconds(3);
        last = say_twice(req, "REQ", i);
    }
    expect_false(has_both_ends(last));
}

static void what_arrived_without_a_copy_shows_one_capture_point(void)
{
    say_twice(req, "REQ", 1);
    say_twice(ack_from_responder, "ACK", 2);
    say_twice(rep, "REP", 3);
    say_twice(ack_from_requester, "ACK", 4);

    uint32_t request = req(200);

    expect_true(has_both_ends(request)); /* it may be lost */
    ack_from_responder(200);
    expect_false(has_both_ends(request));
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("bytes", the_same_bytes_are_a_copy),
        UNIT_TEST("bytes", other_bytes_are_none),
        UNIT_TEST("bytes", another_length_on_the_wire_is_none),
        UNIT_TEST("bytes", other_ends_are_none),
        UNIT_TEST("earlier", all_copies_are_of_the_first),
        UNIT_TEST("earlier", other_datagrams_may_lie_between),
        UNIT_TEST("time", time_decides),
        UNIT_TEST("time", time_decides_without_identification),
        UNIT_TEST("time", files_one_behind_the_other_are_no_problem),
        UNIT_TEST("identification", two_identifications_are_two_datagrams),
        UNIT_TEST("identification", the_latest_with_this_identification_is_the_one),
        UNIT_TEST("identification", an_identification_tells_whatever_lies_between),
        UNIT_TEST("reason", one_unknown_identification_is_enough),
        UNIT_TEST("reason", only_the_latest_of_unknown_identification_counts),
        UNIT_TEST("reason", a_nak_makes_a_request_come_again),
        UNIT_TEST("reason", a_copy_of_a_nak_is_no_reason),
        UNIT_TEST("reason", a_request_to_a_responder_makes_it_answer_again),
        UNIT_TEST("reason", a_late_copy_of_a_request_is_a_reason_and_a_copy_is_none),
        UNIT_TEST("reason", a_reply_makes_a_requester_acknowledge_again),
        UNIT_TEST("reason", a_reply_out_of_order_is_no_reason),
        UNIT_TEST("reason", a_reply_before_its_request_counts),
        UNIT_TEST("reason", an_ack_of_nothing_is_a_responders),
        UNIT_TEST("state", a_copy_has_what_its_original_has),
        UNIT_TEST("state", copies_change_nothing),
        UNIT_TEST("state", connections_have_no_copies),
        UNIT_TEST("state", what_was_not_captured_whole_may_be_a_copy),
        UNIT_TEST("both-ends", four_copies_some_of_each_direction_show_two_capture_points),
        UNIT_TEST("both-ends", copies_of_one_direction_show_nothing),
        UNIT_TEST("both-ends", what_arrived_without_a_copy_shows_one_capture_point),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
