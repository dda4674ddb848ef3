/* test-loss-order.c
 * Neighbours that stand in each other's place in the file make no loss
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "told-losses.h"

static void ack_that_is_captured_behind_the_reply_is_not_lost(void)
{
    req(101);
    expect_true(no_loss(rep(101)));
    expect_true(no_loss(ack_from_responder(101)));
    expect_true(no_loss(ack_from_requester(101)));
}

static void ack_that_is_captured_before_its_request_is_not_lost(void)
{
    ack_from_responder(101);
    req(101);
    expect_true(no_loss(rep(101)));
    expect_true(no_loss(ack_from_requester(101)));
}

static void repeated_reply_that_is_captured_behind_its_ack(void)
{
    use_version(3, 5);
    ask_and_answer(100);
    wait_seconds(10);
    expect_true(no_loss(ack_from_requester(100)));
    wait_seconds(0.999);
    expect_true(no_loss(rep(100)));
}

static void nak_that_is_captured_before_its_request_answers_it(void)
{
    use_version(3, 5);
    nak(100);
    req(100);
    wait_seconds(10);
    expect_true(no_loss(req(100)));
    expect_true(no_loss(nak(100)));
}

static void nak_that_is_captured_before_what_made_its_requester_ignore_it(void)
{
    use_version(2, 5);
    req(100);
    nak(100);
    prep(100);
    wait_seconds(30);
    expect_true(no_loss(req(100)));
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("ack", ack_that_is_captured_behind_the_reply_is_not_lost),
        UNIT_TEST("ack", ack_that_is_captured_before_its_request_is_not_lost),
        UNIT_TEST("rep", repeated_reply_that_is_captured_behind_its_ack),
        UNIT_TEST("nak", nak_that_is_captured_before_its_request_answers_it),
        UNIT_TEST("nak", nak_that_is_captured_before_what_made_its_requester_ignore_it),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
