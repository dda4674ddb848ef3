/* test-outcomes-of-connections.c
 * What became of connections to Amanda's port, and of the jobs that they carry
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "night.h"

/* The jobs that have an outcome. */
static unsigned count_jobs(void)
{
    unsigned shown = 0;

    for (unsigned i = 0; i < amanda_outcomes_job_count(night); i++)
        shown += !amanda_outcomes_job(night, i)->dropped;
    return shown;
}

static amanda_job_t *first_job(void)
{
    return amanda_outcomes_job(night, 0);
}

static void open_connection(unsigned socket)
{
    const amanda_link_ends_t ends = link_ends(socket);

    amanda_outcomes_link_syn(night, &ends, false, next_frame());
    amanda_outcomes_link_opened(night, &ends, next_frame());
}

static void close_connection(unsigned socket, amanda_party_t side, amanda_end_t how)
{
    const amanda_link_ends_t ends = link_ends(socket);

    amanda_outcomes_link_ended(night, &ends, side, how, NULL, next_frame());
}

static void a_connection_with_a_request_is_no_job(void)
{
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("noop", 0, "");
    only_reply(job);
    expect_str(outcome_so_far(job, NULL), "success");
    close_connection(0, AMANDA_PARTY_REQUESTER, AMANDA_END_FIN);
    expect_int(count_jobs(), 1);
}

static void a_refused_connection_is_unanswered(void)
{
    const amanda_link_ends_t ends = link_ends(0);

    for (int i = 0; i < 3; i++) {
        amanda_outcomes_link_syn(night, &ends, false, next_frame());
        amanda_outcomes_link_refused(night, &ends, NULL, next_frame());
        let_pass(5);
    }
    expect_int(count_jobs(), 1);
    expect_str(outcome_so_far(first_job(), NULL), "unanswered");
    expect_int(cause_at_end(first_job(), NULL), AMANDA_CAUSE_NOBODY_LISTENS);
    let_pass(31);
    amanda_outcomes_link_syn(night, &ends, false, next_frame());
    amanda_outcomes_link_refused(night, &ends, NULL, next_frame());
    expect_int(count_jobs(), 2);
}

static void syns_without_an_answer_are_unanswered_at_the_end(void)
{
    const amanda_link_ends_t ends = link_ends(0);

    for (int i = 0; i < 3; i++)
        amanda_outcomes_link_syn(night, &ends, i > 0, next_frame());
    expect_str(outcome_at_end(first_job(), NULL), "running");
    let_pass(10);
    expect_str(outcome_at_end(first_job(), NULL), "unanswered");
}

static void what_is_encrypted_is_unknown(void)
{
    const amanda_link_ends_t ends = link_ends(0);

    open_connection(0);
    amanda_outcomes_link_unreadable(night, &ends);
    close_connection(0, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_at_end(first_job(), NULL), "unknown");
}

static void a_nak_before_any_request_refuses_the_first(void)
{
    const amanda_link_ends_t ends = link_ends(0);
    amanda_job_t *job;

    open_connection(0);
    amanda_outcomes_link_nak(night, &ends, "192.0.2.1 doesn't resolve to itself", next_frame());
    expect_str(outcome_so_far(first_job(), NULL), "");
    job = ask_framed("selfcheck", 0, "/a");
    expect_str(outcome_so_far(job, "/a"), "refused");
    expect_str(why_at_end(job, "/a"), "192.0.2.1 doesn't resolve to itself");
    expect_int(count_jobs(), 1);
}

static void a_connection_that_is_closed_leaves_its_request_unanswered(void)
{
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("sendsize", 0, "/a /b");
    close_connection(0, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/b"), "unanswered");
}

static void missing_bytes_may_have_held_the_answer(void)
{
    const amanda_link_ends_t ends = link_ends(0);
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("sendsize", 0, "/a");
    amanda_outcomes_link_missing(night, &ends);
    close_connection(0, AMANDA_PARTY_REQUESTER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "");
    expect_str(outcome_at_end(job, "/a"), "unknown");
}

static void a_new_syn_of_the_same_ports_ends_the_dump(void)
{
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("sendbackup", 0, "/a");
    announce(job);
    only_reply(job);
    expect_str(outcome_so_far(job, "/a"), "");
    open_connection(0);
    expect_str(outcome_so_far(job, "/a"), "unfinished");
}

static void the_end_of_a_connection_is_that_of_its_streams(void)
{
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("sendbackup", 0, "/a");
    announce(job);
    only_reply(job);
    tell(job, AMANDA_LINE_INFO_END, "");
    close_connection(0, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "unfinished");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_AMANDAD_DIED);
}

static void a_framed_dump_ends_with_its_streams(void)
{
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("sendbackup", 0, "/a");
    whole_dump(job);
    expect_str(outcome_so_far(job, "/a"), "success");
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("outcomes-of-connections", a_connection_with_a_request_is_no_job),
        UNIT_TEST("outcomes-of-connections", a_refused_connection_is_unanswered),
        UNIT_TEST("outcomes-of-connections", syns_without_an_answer_are_unanswered_at_the_end),
        UNIT_TEST("outcomes-of-connections", what_is_encrypted_is_unknown),
        UNIT_TEST("outcomes-of-connections", a_nak_before_any_request_refuses_the_first),
        UNIT_TEST("outcomes-of-connections", a_connection_that_is_closed_leaves_its_request_unanswered),
        UNIT_TEST("outcomes-of-connections", missing_bytes_may_have_held_the_answer),
        UNIT_TEST("outcomes-of-connections", a_new_syn_of_the_same_ports_ends_the_dump),
        UNIT_TEST("outcomes-of-connections", the_end_of_a_connection_is_that_of_its_streams),
        UNIT_TEST("outcomes-of-connections", a_framed_dump_ends_with_its_streams),
    };

    return run_nights(argc, argv, tests, G_N_ELEMENTS(tests));
}
