/* test-runs.c
 * Which exchanges belong to one run of a program
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

static uint32_t run_of(uint32_t frame)
{
    return record_of(frame)->exchange->run;
}

static uint32_t ask(const host_t *requester, const char *service, int32_t seq)
{
    use_service(service);
    return say(AMANDA_TYPE_REQ, requester, &client, seq);
}

static void what_a_process_asks_is_one_run(void)
{
    uint32_t first = ask(&server, "noop", 1);
    uint32_t second_frame = ask(&server, "selfcheck", 2);

    expect_int(run_of(first), 0);
    expect_int(run_of(second_frame), 0);
    expect_int(run_of(rep(2)), 0);
    expect_int(run_of(ask(&server_other_port, "noop", 3)), 1);
    expect_int(run_of(ask(&other_server, "noop", 4)), 2);
}

static void dumpers_belong_to_the_run_of_their_planner(void)
{
    uint32_t plan = ask(&server, "sendsize", 1);

    expect_int(run_of(ask(&server_other_port, "sendbackup", 2)), run_of(plan));
    wait_seconds(7200);
    expect_int(run_of(ask(&server_other_port, "sendbackup", 3)), run_of(plan));
    expect_true(run_of(ask(&other_server, "sendbackup", 4)) != run_of(plan));
}

static void a_later_planner_begins_another_run(void)
{
    uint32_t plan = ask(&server, "sendsize", 1);

    wait_seconds(3601);

    uint32_t later = ask(&server, "sendsize", 2);

    expect_true(run_of(later) != run_of(plan));
    expect_int(run_of(ask(&server_other_port, "sendbackup", 3)), run_of(later));
}

static void dumpers_without_a_planner_are_one_run(void)
{
    uint32_t first = ask(&server, "sendbackup", 1);

    expect_int(run_of(ask(&server_other_port, "sendbackup", 2)), run_of(first));
    expect_true(run_of(ask(&server_other_port, "noop", 3)) != run_of(first));
}

static void a_request_sent_again_stays_in_its_run(void)
{
    uint32_t first = ask(&server, "noop", 1);

    wait_seconds(10);
    expect_int(run_of(ask(&server, "noop", 1)), run_of(first));
    expect_int(run_of(ask(&server, NULL, 2)), run_of(first));
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("runs", what_a_process_asks_is_one_run),
        UNIT_TEST("runs", dumpers_belong_to_the_run_of_their_planner),
        UNIT_TEST("runs", a_later_planner_begins_another_run),
        UNIT_TEST("runs", dumpers_without_a_planner_are_one_run),
        UNIT_TEST("runs", a_request_sent_again_stays_in_its_run),
    };

    return run_unit_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
