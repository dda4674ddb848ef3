/* test-suspects.c
 * The requests that an unmatched reply could be taken for, or was asked for: mistaken_for and asked_of
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

/* --- mistaken_for: another responder */

static void a_stale_reply_can_be_mistaken_for_that_of_another_responder(void)
{
    whole_exchange(100);

    uint32_t other = req_to(&second, 101);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_int(mistaken_for(reply), other);
    expect_true(is_taken(reply));
}

static void a_reply_of_no_request_can_be_mistaken_for_that_of_another_responder(void)
{
    uint32_t other = req_to(&second, 101);
    uint32_t reply = rep(100);

    expect_str(verdict(reply), "no request");
    expect_int(mistaken_for(reply), other);
    expect_true(is_taken(reply));
}

static void a_prep_can_be_mistaken_too(void)
{
    whole_exchange(100);

    uint32_t other = req_to(&second, 101);

    expect_int(mistaken_for(prep(100)), other);
}

static void another_service_of_the_same_host_is_another_responder(void)
{
    whole_exchange(100);

    uint32_t other = req_to(&client_other_port, 101);

    expect_int(mistaken_for(rep(100)), other);
}

static void a_reply_is_not_mistaken_for_one_with_its_own_seq(void)
{
    whole_exchange(100);
    req_to(&second, 100);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_int(mistaken_for(reply), 0);
    expect_false(is_taken(reply));
}

static void a_reply_is_not_mistaken_by_a_requester_of_2_5_or_later(void)
{
    whole_exchange(100);
    use_version(2, 5);
    use_ticket(true); /* krb4 compares the address */
    req_to(&second, 101);
    use_version(3, 5);
    req_to(&third, 102);

    uint32_t reply = rep(100);

    expect_str(verdict(reply), "stale");
    expect_int(mistaken_for(reply), 0);
    expect_false(is_taken(reply));
}

static void a_reply_is_not_mistaken_by_another_requester_or_under_another_handle(void)
{
    whole_exchange(100);
    say(AMANDA_TYPE_REQ, &other_server, &second, 101);
    say(AMANDA_TYPE_REQ, &server_other_port, &second, 101);
    use_handle("001-A8D40708");
    req_to(&second, 101);
    use_handle("000-A8D40708");
    expect_int(mistaken_for(rep(100)), 0);
}

static void a_reply_is_not_mistaken_for_one_to_a_finished_request(void)
{
    use_timeout(1000);
    whole_exchange(100);
    req_to(&third, 104); /* times out */
    wait_seconds(1001);
    whole_exchange_with(&second, 101);
    req_to(&second, 102);
    nak_from(&second, 102);
    expect_int(mistaken_for(rep(100)), 0);
    expect_int(mistaken_for(rep(99)), 0);
}

static void of_several_the_request_whose_first_transmission_came_last_is_named(void)
{
    whole_exchange(100);

    uint32_t one = req_to(&second, 101);
    uint32_t last = req_to(&third, 102);

    req_to(&second, 101); /* a retransmission makes it none the younger */
    expect_int(mistaken_for(rep(100)), last);
    ack_from_requester_to(&third, 102);
    expect_int(mistaken_for(rep(100)), one);
}

static void of_several_the_last_counts_also_where_an_older_one_was_opened_again(void)
{
    whole_exchange(100);
    req_to(&second, 101);
    nak_from(&second, 101);

    uint32_t last = req_to(&third, 102);

    req_to(&second, 101);
    expect_int(mistaken_for(rep(100)), last);
}

static void of_several_with_one_seq_the_last_counts_also_where_an_older_one_was_opened_again(void)
{
    req_to(&second, 101);
    nak_from(&second, 101);

    uint32_t last = req_to(&third, 101);

    req_to(&second, 101);
    expect_int(mistaken_for(rep(100)), last);
}

static void of_several_with_one_seq_an_older_one_is_named_once_the_last_is_finished(void)
{
    uint32_t older = req_to(&second, 101);

    req_to(&third, 101);
    use_version(3, 5);
    req_to(&client_other_port, 101);
    ack_from_requester_to(&third, 101);
    expect_int(mistaken_for(rep(100)), older);
}

static void of_several_those_with_the_seq_of_the_reply_are_left_out(void)
{
    uint32_t other = req_to(&second, 101);

    req_to(&third, 100);
    expect_int(mistaken_for(rep(100)), other);
    expect_int(mistaken_for(prep(100)), other);
}

static void all_of_several_with_the_seq_of_the_reply_are_left_out(void)
{
    req_to(&second, 100);

    uint32_t last = req_to(&third, 100);
    uint32_t reply = rep(100);

    expect_int(mistaken_for(reply), 0);
    expect_int(asked_of(reply), last);
}

static void of_several_those_of_later_versions_are_left_out(void)
{
    uint32_t old = req_to(&second, 101);

    use_version(3, 5);
    req_to(&third, 102);

    uint32_t reply = rep(100);

    expect_int(mistaken_for(reply), old);
    expect_true(is_taken(reply));
}

static void a_request_to_another_responder_names_its_first_transmission(void)
{
    uint32_t first = req_to(&second, 101);

    req_to(&second, 101);
    expect_int(mistaken_for(rep(100)), first);
}

static void of_very_many_responders_the_right_one_is_named(void)
{
    enum { COUNT = 300 };
    host_t hosts[COUNT];
    uint32_t frames[COUNT];

    for (int i = 0; i < COUNT; i++) {
        hosts[i] = (host_t){{198, 51, (uint8_t)(i >> 8), (uint8_t)i}, 4, 10080};
        frames[i] = req_to(&hosts[i], i % 7);
    }
    for (int i = COUNT - 1; i > 7; i--) {
        uint32_t reply = rep_from(&third, i % 7);

        expect_int(mistaken_for(reply), frames[i - 1]);
        expect_int(asked_of(reply), frames[i]);
        ack_from_requester_to(&hosts[i], i % 7);
    }
}

/* --- asked_of */

static void a_reply_from_another_address_was_asked_of_the_first(void)
{
    uint32_t asked = req(100);
    uint32_t reply = rep_from(&second, 100);

    expect_str(verdict(reply), "no request");
    expect_int(asked_of(reply), asked);
    expect_int(mistaken_for(reply), 0);
}

static void a_reply_from_another_port_was_asked_of_the_same_host(void)
{
    uint32_t asked = req(100);
    uint32_t reply = rep_from(&client_other_port, 100);

    expect_int(asked_of(reply), asked);
    expect_true(notes(reply, AMANDA_NOTE_OTHER_PORT));
    expect_false(notes(rep_from(&second, 100), AMANDA_NOTE_OTHER_PORT));
}

static void a_requester_below_2_5_takes_a_reply_from_another_address(void)
{
    req(100);
    expect_true(is_taken(rep_from(&second, 100)));
}

static void a_requester_of_2_5_or_later_drops_a_reply_from_another_address(void)
{
    use_version(2, 5);
    req(100);
    expect_false(is_taken(rep_from(&second, 100)));
    use_ticket(true);
    req(101);
    expect_false(is_taken(rep_from(&second, 101)));
    use_version(3, 5);
    req(102);
    expect_false(is_taken(rep_from(&second, 102)));
}

static void asked_of_names_no_finished_request(void)
{
    use_timeout(60);
    whole_exchange(100);
    expect_int(asked_of(rep_from(&second, 100)), 0);
    req(101);
    nak(101);
    expect_int(asked_of(rep_from(&second, 101)), 0);
    req(102);
    req(103);
    expect_int(asked_of(rep_from(&second, 102)), 0);
    wait_seconds(61);
    expect_int(asked_of(rep_from(&second, 103)), 0);
}

static void asked_of_names_no_other_requester_and_no_other_handle(void)
{
    say(AMANDA_TYPE_REQ, &other_server, &client, 100);
    say(AMANDA_TYPE_REQ, &server_other_port, &client, 100);
    use_handle("001-A8D40708");
    req(100);
    use_handle("000-A8D40708");
    expect_int(asked_of(rep_from(&second, 100)), 0);
}

static void asked_of_is_for_no_request_alone(void)
{
    /* A stale reply and a SEQ mismatch, whose own exchanges were seen */
    whole_exchange_with(&second, 100);
    req(100);
    expect_str(verdict(rep_from(&second, 100)), "stale");
    expect_int(asked_of(rep_from(&second, 100)), 0);
    req_to(&second, 101);
    expect_str(verdict(rep_from(&second, 100)), "SEQ mismatch");
    expect_int(asked_of(rep_from(&second, 100)), 0);
}

static void of_several_that_were_asked_the_last_is_named(void)
{
    req_to(&client, 100);

    uint32_t last = req_to(&second, 100);

    req_to(&client, 100);
    expect_int(asked_of(rep_from(&third, 100)), last);
}

static void of_several_that_were_asked_the_last_is_named_whatever_its_version(void)
{
    use_version(3, 5);
    req_to(&client, 100);
    use_version(2, 4);

    uint32_t old = req_to(&second, 100);
    uint32_t reply = rep_from(&third, 100);

    expect_int(asked_of(reply), old);
    expect_true(is_taken(reply));
    use_version(3, 5);

    uint32_t modern = req_to(&client_other_port, 100);

    reply = rep_from(&third, 100);
    expect_int(asked_of(reply), modern);
    expect_false(is_taken(reply));
}

static void asked_of_stands_beside_mistaken_for_and_decides_who_takes_it(void)
{
    uint32_t other = req_to(&second, 101);

    use_version(3, 5);

    uint32_t asked = req_to(&client, 100);
    uint32_t reply = rep_from(&third, 100);

    expect_int(asked_of(reply), asked);
    expect_int(mistaken_for(reply), other);
    expect_false(is_taken(reply));
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("mistaken-for", a_stale_reply_can_be_mistaken_for_that_of_another_responder),
        UNIT_TEST("mistaken-for", a_reply_of_no_request_can_be_mistaken_for_that_of_another_responder),
        UNIT_TEST("mistaken-for", a_prep_can_be_mistaken_too),
        UNIT_TEST("mistaken-for", another_service_of_the_same_host_is_another_responder),
        UNIT_TEST("mistaken-for", a_reply_is_not_mistaken_for_one_with_its_own_seq),
        UNIT_TEST("mistaken-for", a_reply_is_not_mistaken_by_a_requester_of_2_5_or_later),
        UNIT_TEST("mistaken-for", a_reply_is_not_mistaken_by_another_requester_or_under_another_handle),
        UNIT_TEST("mistaken-for", a_reply_is_not_mistaken_for_one_to_a_finished_request),
        UNIT_TEST("mistaken-for", of_several_the_request_whose_first_transmission_came_last_is_named),
        UNIT_TEST("mistaken-for", of_several_the_last_counts_also_where_an_older_one_was_opened_again),
        UNIT_TEST("mistaken-for", of_several_with_one_seq_the_last_counts_also_where_an_older_one_was_opened_again),
        UNIT_TEST("mistaken-for", of_several_with_one_seq_an_older_one_is_named_once_the_last_is_finished),
        UNIT_TEST("mistaken-for", of_several_those_with_the_seq_of_the_reply_are_left_out),
        UNIT_TEST("mistaken-for", all_of_several_with_the_seq_of_the_reply_are_left_out),
        UNIT_TEST("mistaken-for", of_several_those_of_later_versions_are_left_out),
        UNIT_TEST("mistaken-for", a_request_to_another_responder_names_its_first_transmission),
        UNIT_TEST("mistaken-for", of_very_many_responders_the_right_one_is_named),
        UNIT_TEST("asked-of", a_reply_from_another_address_was_asked_of_the_first),
        UNIT_TEST("asked-of", a_reply_from_another_port_was_asked_of_the_same_host),
        UNIT_TEST("asked-of", a_requester_below_2_5_takes_a_reply_from_another_address),
        UNIT_TEST("asked-of", a_requester_of_2_5_or_later_drops_a_reply_from_another_address),
        UNIT_TEST("asked-of", asked_of_names_no_finished_request),
        UNIT_TEST("asked-of", asked_of_names_no_other_requester_and_no_other_handle),
        UNIT_TEST("asked-of", asked_of_is_for_no_request_alone),
        UNIT_TEST("asked-of", of_several_that_were_asked_the_last_is_named),
        UNIT_TEST("asked-of", of_several_that_were_asked_the_last_is_named_whatever_its_version),
        UNIT_TEST("asked-of", asked_of_stands_beside_mistaken_for_and_decides_who_takes_it),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
