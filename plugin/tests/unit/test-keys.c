/* test-keys.c
 * What makes an exchange: its key
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

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
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
