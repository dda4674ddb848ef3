/* test-ack-in.c
 * Which ACK a REQ or REP got: ack_in
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

static void a_req_is_acknowledged_by_the_responders_first_ack_behind_it(void)
{
    uint32_t first = req(100);

    expect_int(ack_in(first), 0);

    uint32_t ack = ack_from_responder(100);

    ack_from_responder(100);
    expect_int(ack_in(first), ack);
}

static void every_copy_of_a_req_is_acknowledged_by_the_first_ack_behind_it(void)
{
    uint32_t first = req(100);
    uint32_t again = req(100);
    uint32_t ack = ack_from_responder(100);
    uint32_t last = req(100);

    expect_int(ack_in(last), 0);

    uint32_t last_ack = ack_from_responder(100);

    expect_int(ack_in(first), ack);
    expect_int(ack_in(again), ack);
    expect_int(ack_in(last), last_ack);
}

static void a_late_copy_is_not_acknowledged(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);

    uint32_t copy = req(100);

    ack_from_responder(100);
    expect_int(ack_in(copy), 0);
}

static void a_req_can_be_acknowledged_when_its_exchange_has_ended(void)
{
    uint32_t first = req(100);

    rep(100);
    ack_from_requester(100);
    expect_int(ack_in(first), 0);

    uint32_t ack = ack_from_responder(100);

    expect_int(ack_in(first), ack);
}

static void a_req_is_not_acknowledged_by_its_requester(void)
{
    uint32_t first = req(100);

    ack_from_requester(100);
    expect_int(ack_in(first), 0);
}

static void a_rep_is_acknowledged_by_the_requesters_first_ack_behind_it(void)
{
    req(100);
    ack_from_responder(100);

    uint32_t reply = rep(100);
    uint32_t again = rep(100);

    expect_int(ack_in(reply), 0);

    uint32_t ack = ack_from_requester(100);
    uint32_t last = rep(100);
    uint32_t last_ack = ack_from_requester(100);

    expect_int(ack_in(reply), ack);
    expect_int(ack_in(again), ack);
    expect_int(ack_in(last), last_ack);
}

static void an_unmatched_rep_is_acknowledged_where_its_exchange_was_seen(void)
{
    req(100);
    rep(100);
    ack_from_requester(100);
    req(101);

    uint32_t old = rep(100);
    uint32_t unknown = rep(99);

    ack_from_requester(101);
    expect_int(ack_in(old), 0);

    uint32_t ack = ack_from_requester(100);

    ack_from_requester(99);
    expect_int(ack_in(old), ack);
    expect_int(ack_in(unknown), 0);
}

static void a_prep_is_not_acknowledged(void)
{
    req(100);

    uint32_t part = prep(100);

    ack_from_requester(100);
    expect_int(ack_in(part), 0);
}

static void a_rep_is_not_acknowledged_by_the_responder(void)
{
    req(100);

    uint32_t reply = rep(100);

    ack_from_responder(100);
    expect_int(ack_in(reply), 0);
}

static void a_long_chain_of_copies_is_acknowledged_at_once(void)
{
    enum { COUNT = 1000 };
    uint32_t reqs[COUNT];
    uint32_t reps[COUNT];

    for (int i = 0; i < COUNT; i++) {
        reqs[i] = req(100);
        reps[i] = rep(100);
    }

    uint32_t responders = ack_from_responder(100);
    uint32_t requesters = ack_from_requester(100);

    for (int i = 0; i < COUNT; i++) {
        expect_int(ack_in(reqs[i]), responders);
        expect_int(ack_in(reps[i]), requesters);
    }
}

static void chains_of_several_exchanges_do_not_mix(void)
{
    uint32_t one = req(100);
    uint32_t other = req_to(&second, 100);
    uint32_t one_again = req(100);
    uint32_t other_again = req_to(&second, 100);
    uint32_t ack = ack_from_responder(100);

    expect_int(ack_in(one), ack);
    expect_int(ack_in(one_again), ack);
    expect_int(ack_in(other), 0);
    expect_int(ack_in(other_again), 0);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("ack-in", a_req_is_acknowledged_by_the_responders_first_ack_behind_it),
        UNIT_TEST("ack-in", every_copy_of_a_req_is_acknowledged_by_the_first_ack_behind_it),
        UNIT_TEST("ack-in", a_late_copy_is_not_acknowledged),
        UNIT_TEST("ack-in", a_req_can_be_acknowledged_when_its_exchange_has_ended),
        UNIT_TEST("ack-in", a_req_is_not_acknowledged_by_its_requester),
        UNIT_TEST("ack-in", a_rep_is_acknowledged_by_the_requesters_first_ack_behind_it),
        UNIT_TEST("ack-in", an_unmatched_rep_is_acknowledged_where_its_exchange_was_seen),
        UNIT_TEST("ack-in", a_prep_is_not_acknowledged),
        UNIT_TEST("ack-in", a_rep_is_not_acknowledged_by_the_responder),
        UNIT_TEST("ack-in", a_long_chain_of_copies_is_acknowledged_at_once),
        UNIT_TEST("ack-in", chains_of_several_exchanges_do_not_mix),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
