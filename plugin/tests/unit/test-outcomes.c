/* test-outcomes.c
 * What became of checks and estimates
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "night.h"

static void a_check_without_an_error_is_a_success_at_its_ack(void)
{
    amanda_job_t *job = ask("selfcheck", 0, "/a /b");

    amanda_outcomes_request_acked(night, job, next_frame());
    amanda_outcomes_reply_ok(night, job, "/a");
    amanda_outcomes_reply_ok(night, job, "/b");
    only_reply(job);
    expect_str(outcome_so_far(job, "/a"), "");
    expect_str(outcome_at_end(job, "/a"), "success");
    amanda_outcomes_reply_acked(night, job, false, false, next_frame());
    expect_str(outcome_so_far(job, "/a"), "success");
    expect_str(outcome_so_far(job, "/b"), "success");
}

static void an_error_is_of_the_disk_that_it_names(void)
{
    amanda_job_t *job = ask("selfcheck", 0, "/srv/d1 /srv/d9 /srv/d3");

    amanda_outcomes_reply_ok(night, job, "/srv/d1");
    amanda_outcomes_reply_error(night, job, NULL, -1,
                                "amclient: Could not access /srv/d9 (/srv/d9): No such file or directory");
    amanda_outcomes_reply_error(night, job, NULL, -1, "can not read/write '/var/lib/amanda/.': Permission denied");
    answer(job);
    expect_str(outcome_so_far(job, "/srv/d1"), "success");
    expect_str(outcome_so_far(job, "/srv/d9"), "failed");
    expect_str(outcome_so_far(job, "/srv/d3"), "failed");
    expect_str(why_at_end(job, "/srv/d9"), "amclient: Could not access /srv/d9 (/srv/d9): No such file or directory");
    expect_str(why_at_end(job, "/srv/d3"), "can not read/write '/var/lib/amanda/.': Permission denied");
}

static void many_disks_are_found_by_their_names(void)
{
    wmem_strbuf_t *disks = wmem_strbuf_new(NULL, "/first");
    amanda_job_t *job;

    for (int i = 0; i < 100; i++)
        wmem_strbuf_append_printf(disks, " /disk%d", i);
    job = ask("selfcheck", 0, wmem_strbuf_get_str(disks));
    amanda_outcomes_reply_error(night, job, NULL, -1, "[can not read '/disk77': Permission denied]");
    amanda_outcomes_reply_ok(night, job, "/first");
    answer(job);
    expect_str(outcome_so_far(job, "/disk77"), "failed");
    expect_str(outcome_so_far(job, "/first"), "success");
    expect_str(outcome_so_far(job, "/disk7"), "missing");
    wmem_free(NULL, (char *)wmem_strbuf_finalize(disks));
}

static void a_warning_makes_a_check_strange(void)
{
    amanda_job_t *job = ask("selfcheck", 0, "/a");

    amanda_outcomes_reply_warning(night, job, NULL, "the device of /a is slow");
    answer(job);
    expect_str(outcome_so_far(job, "/a"), "strange");
}

static void an_estimate_needs_a_size_of_each_level(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/all /some /none /error /silent");

    amanda_outcomes_reply_size(night, job, "/all", 0, 100);
    amanda_outcomes_reply_size(night, job, "/all", 1, 10);
    amanda_outcomes_reply_size(night, job, "/some", 0, 100);
    amanda_outcomes_reply_size(night, job, "/some", 1, -1);
    amanda_outcomes_reply_size(night, job, "/none", 0, -1);
    amanda_outcomes_reply_size(night, job, "/none", 1, -2);
    amanda_outcomes_reply_error(night, job, "/error", 0, "no such directory");
    answer(job);
    expect_str(outcome_so_far(job, "/all"), "success");
    expect_str(outcome_so_far(job, "/some"), "strange");
    expect_str(outcome_so_far(job, "/none"), "failed");
    expect_str(outcome_so_far(job, "/error"), "failed");
    expect_str(outcome_so_far(job, "/silent"), "missing");
}

static void an_error_without_a_disk_fails_each_estimate_without_a_size(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/a /b");

    amanda_outcomes_reply_size(night, job, "/a", 0, 1);
    amanda_outcomes_reply_size(night, job, "/a", 1, 1);
    amanda_outcomes_reply_error(night, job, NULL, -1, "service sendsize failed: pid 7 exited with signal 9");
    answer(job);
    expect_str(outcome_so_far(job, "/a"), "success");
    expect_str(outcome_so_far(job, "/b"), "failed");
}

static void a_nak_refuses_all(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/a /b");

    amanda_outcomes_nak(night, job,
                        "user amanda from server is not allowed to execute the service sendsize: Please add "
                        "the line \"server amanda amdump\" to /etc/amandahosts on the client",
                        next_frame());
    expect_str(outcome_so_far(job, "/a"), "refused");
    expect_str(outcome_so_far(job, "/b"), "refused");

    const amanda_settlement_t settlement = amanda_outcomes_get(night, &job->item, NULL);

    expect_true(amanda_outcome_remedy(&job->item, &settlement) != NULL);
}

static void no_answer_is_none_once_the_requester_goes_on(void)
{
    amanda_job_t *job = ask("noop", 0, "");
    amanda_job_t *other = ask("noop", 1, "");

    ask("selfcheck", 0, "/a");
    expect_str(outcome_so_far(job, NULL), "unanswered");
    expect_str(outcome_so_far(other, NULL), "");
    expect_str(outcome_at_end(other, NULL), "running");
}

static void three_transmissions_and_ten_seconds_are_no_answer_at_the_end(void)
{
    amanda_job_t *job = ask("noop", 0, "");

    let_pass(10);
    amanda_outcomes_request_again(night, job, next_frame());
    let_pass(60);
    expect_str(outcome_at_end(job, NULL), "running");
    amanda_outcomes_request_again(night, job, next_frame());
    let_pass(9);
    expect_str(outcome_at_end(job, NULL), "running");
    let_pass(1);
    expect_str(outcome_at_end(job, NULL), "unanswered");
    expect_str(outcome_so_far(job, NULL), "");
}

static void an_acknowledged_request_has_the_timer_of_its_service(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/a");

    for (int i = 0; i < 2; i++)
        amanda_outcomes_request_again(night, job, next_frame());
    amanda_outcomes_request_acked(night, job, next_frame());
    let_pass(599);
    expect_str(outcome_at_end(job, "/a"), "running");
    let_pass(2);
    expect_str(outcome_at_end(job, "/a"), "unanswered");
}

static void what_an_icmp_error_returns_is_no_answer(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/a");

    amanda_outcomes_request_acked(night, job, next_frame());
    let_pass(25);
    amanda_outcomes_reply_size(night, job, "/a", 0, 1);
    amanda_outcomes_reply_size(night, job, "/a", 1, 1);
    only_reply(job);
    amanda_outcomes_returned(night, job, true, NULL, next_frame());
    expect_str(outcome_so_far(job, "/a"), "unanswered");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_TOO_LATE);
}

static void what_was_not_captured_is_unknown(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/a");
    amanda_job_t *cut = ask("selfcheck", 1, "/a");

    amanda_outcomes_reply_acked(night, job, true, false, next_frame());
    ask("sendsize", 0, "/a");
    expect_str(outcome_so_far(job, "/a"), "");
    expect_str(outcome_at_end(job, "/a"), "unknown");
    amanda_outcomes_reply(night, cut, true, next_frame());
    amanda_outcomes_reply_acked(night, cut, false, false, next_frame());
    expect_str(outcome_at_end(cut, "/a"), "unknown");
}

static void an_old_reply_says_nothing_of_the_disks_that_were_asked(void)
{
    amanda_job_t *job = ask("sendsize", 0, "/a");

    amanda_outcomes_reply_acked(night, job, false, true, next_frame());
    expect_str(outcome_so_far(job, "/a"), "missing");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_STALE_REPLY);
}

static void a_hundred_thousand_requests_take_no_longer_each(void)
{
    amanda_job_t *first = ask("sendsize", 0, "/a");
    unsigned count;

    for (unsigned i = 1; i < 100000; i++)
        ask("sendsize", i % 50, "/a");
    expect_str(outcome_so_far(first, "/a"), "unanswered");
    expect_int(amanda_outcomes_job_count(night), 100000);
    expect_true(amanda_outcomes_settled_in(night, 51, &count) && count == 1);
    expect_true(amanda_outcomes_settled_in(night, 50, &count) == NULL);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("outcomes", a_check_without_an_error_is_a_success_at_its_ack),
        UNIT_TEST("outcomes", an_error_is_of_the_disk_that_it_names),
        UNIT_TEST("outcomes", many_disks_are_found_by_their_names),
        UNIT_TEST("outcomes", a_warning_makes_a_check_strange),
        UNIT_TEST("outcomes", an_estimate_needs_a_size_of_each_level),
        UNIT_TEST("outcomes", an_error_without_a_disk_fails_each_estimate_without_a_size),
        UNIT_TEST("outcomes", a_nak_refuses_all),
        UNIT_TEST("outcomes", no_answer_is_none_once_the_requester_goes_on),
        UNIT_TEST("outcomes", three_transmissions_and_ten_seconds_are_no_answer_at_the_end),
        UNIT_TEST("outcomes", an_acknowledged_request_has_the_timer_of_its_service),
        UNIT_TEST("outcomes", what_an_icmp_error_returns_is_no_answer),
        UNIT_TEST("outcomes", what_was_not_captured_is_unknown),
        UNIT_TEST("outcomes", an_old_reply_says_nothing_of_the_disks_that_were_asked),
        UNIT_TEST("outcomes", a_hundred_thousand_requests_take_no_longer_each),
    };

    return run_nights(argc, argv, tests, G_N_ELEMENTS(tests));
}
