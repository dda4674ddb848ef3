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

/* One in frames, whose streams are announced. */
static amanda_job_t *answered_dump(void)
{
    amanda_job_t *job;

    open_connection(0);
    job = ask_framed("sendbackup", 0, "/a");
    announce(job);
    only_reply(job);
    return job;
}

static void a_new_syn_of_the_same_ports_ends_the_dump(void)
{
    amanda_job_t *job = answered_dump();

    expect_str(outcome_so_far(job, "/a"), "");
    open_connection(0);
    expect_str(outcome_so_far(job, "/a"), "unfinished");
}

static void the_end_of_a_connection_is_that_of_its_streams(void)
{
    amanda_job_t *job = answered_dump();

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

/* --- More than there is room for */

static void no_more_syns_are_told_than_are_counted(void)
{
    const amanda_link_ends_t ends = link_ends(0);

    for (int i = 0; i < 254; i++)
        amanda_outcomes_link_syn(night, &ends, i > 0, next_frame());
    let_pass(10);
    expect_str(why_at_end(first_job(), NULL),
               "254 SYNs to port 10080 of 192.0.2.2 had no answer, nor had anything else in this capture");
    for (int i = 0; i < 3; i++)
        amanda_outcomes_link_syn(night, &ends, true, next_frame());
    let_pass(10);
    expect_str(why_at_end(first_job(), NULL),
               "255 or more SYNs to port 10080 of 192.0.2.2 had no answer, nor had anything else in this capture");
}

static void what_becomes_of_too_many_requests_on_a_connection_is_unknown(void)
{
    static const unsigned most = 64;
    const amanda_link_ends_t ends = link_ends(0);
    amanda_job_t *jobs[70];
    unsigned untold = 0;

    open_connection(0);
    for (unsigned i = 0; i < G_N_ELEMENTS(jobs); i++)
        jobs[i] = ask_framed("selfcheck", 0, "/a");
    /* One that is not told of its connection has its own reply all the same. */
    only_reply(jobs[1]);
    expect_str(outcome_so_far(jobs[1], "/a"), "missing");
    amanda_outcomes_link_missing(night, &ends);
    close_connection(0, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    for (unsigned i = 0; i < G_N_ELEMENTS(jobs); i++) {
        untold += jobs[i]->untold;
        if (i != 1)
            expect_str(outcome_at_end(jobs[i], "/a"), "unknown");
    }
    expect_int(untold, G_N_ELEMENTS(jobs) - most);
}

static void of_too_many_requests_on_a_connection_the_latest_are_told_how_it_ended(void)
{
    static const unsigned most = 64;
    amanda_job_t *jobs[1000];

    open_connection(0);
    for (unsigned i = 0; i < G_N_ELEMENTS(jobs); i++)
        jobs[i] = ask_framed("sendsize", 0, "/a");
    for (unsigned i = 0; i < G_N_ELEMENTS(jobs); i++)
        expect_str(outcome_at_end(jobs[i], "/a"), i + most + 1 < G_N_ELEMENTS(jobs) ? "unknown" : "running");
    close_connection(0, AMANDA_PARTY_RESPONDER, AMANDA_END_RST);
    for (unsigned i = 0; i < G_N_ELEMENTS(jobs); i++)
        expect_str(outcome_at_end(jobs[i], "/a"), i + most + 1 < G_N_ELEMENTS(jobs) ? "unknown" : "unanswered");
}

static void a_dump_that_is_not_told_how_its_connection_ended_is_unknown(void)
{
    amanda_job_t *dump = answered_dump();

    tell(dump, AMANDA_LINE_INFO_END, "");
    for (int i = 0; i < 70; i++)
        ask_framed("selfcheck", 0, "/a");
    expect_str(outcome_at_end(dump, "/a"), "unknown");
    close_connection(0, AMANDA_PARTY_RESPONDER, AMANDA_END_RST);
    expect_str(outcome_at_end(dump, "/a"), "unknown");
}

static void time_is_not_over_before_1970_nor_behind_2262(void)
{
    static const int64_t begins[] = {INT64_MIN, INT64_MIN / 2, -1, INT64_MAX - 30 * INT64_C(1000000000)};
    const amanda_link_ends_t ends = link_ends(0);

    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        start_night();
        begin_behind(0, begins[i]);
        amanda_outcomes_link_syn(night, &ends, false, next_frame());
        expect_str(outcome_at_end(first_job(), NULL), "running");
        let_pass(9);
        expect_str(outcome_at_end(first_job(), NULL), "running");
        let_pass(1);
        expect_str(outcome_at_end(first_job(), NULL), "unanswered");
    }
}

static void times_that_are_as_far_apart_as_can_be_settle_nothing(void)
{
    const amanda_link_ends_t ends = link_ends(0);
    amanda_job_t *dump;

    begin_behind(0, INT64_MAX - 3 * INT64_C(1000000000));
    dump = ask("sendbackup", 1, "/a");
    announce(dump);
    answer(dump);
    connect_all(dump);
    tell(dump, AMANDA_LINE_INFO_END, "");
    amanda_outcomes_link_syn(night, &ends, false, next_frame());
    begin_behind(100, INT64_MIN);
    amanda_outcomes_link_syn(night, &ends, false, next_frame());
    end_stream(dump, AMANDA_STREAM_MESG, AMANDA_PARTY_RESPONDER, AMANDA_END_RST);
    amanda_outcomes_streams_reacted(night, dump, AMANDA_END_RST, next_frame());
    expect_str(outcome_at_end(dump, "/a"), "unfinished");
    expect_str(outcome_at_end(first_job(), "/a"), "unfinished");
    expect_int(amanda_outcomes_job_count(night), 2);
}

static void who_tries_again_when_time_stamps_went_back_has_another_attempt(void)
{
    const amanda_link_ends_t ends = link_ends(0);

    begin_behind(0, INT64_C(7200) * 1000000000);
    amanda_outcomes_link_syn(night, &ends, false, next_frame());
    begin_behind(1, INT64_C(3600) * 1000000000);
    amanda_outcomes_link_syn(night, &ends, false, next_frame());
    expect_int(count_jobs(), 2);
}

static void syns_whose_time_stamps_went_back_are_counted(void)
{
    amanda_job_t *dump = ask("sendbackup", 0, "/a");

    announce(dump);
    answer(dump);
    begin_behind(100, INT64_C(20) * 1000000000);
    for (int i = 0; i < 3; i++) {
        amanda_outcomes_stream_syn(night, dump, AMANDA_STREAM_DATA, next_frame());
        begin_behind(101 + (uint32_t)i, INT64_C(10) * 1000000000 + i * INT64_C(1000000000));
    }
    let_pass(60);
    expect_str(why_at_end(dump, "/a"), "3 SYNs to the DATA port 50000 of amclient had no answer");
}

static void a_request_in_the_last_frame_is_found(void)
{
    unsigned count;

    begin_behind(UINT32_MAX - 2, INT64_C(1000000000));
    ask("noop", 0, "");
    ask("noop", 1, "");
    expect_int(amanda_outcomes_asked_in(night, UINT32_MAX - 1, &count), 0);
    expect_int(count, 1);
    expect_int(amanda_outcomes_asked_in(night, UINT32_MAX, &count), 1);
    expect_int(count, 1);
}

static void a_frame_with_several_requests_tells_no_job(void)
{
    const amanda_job_t *alone;

    begin_behind(9, INT64_C(1000000000));
    alone = ask("sendbackup", 0, "/a");
    begin_behind(10, INT64_C(2000000000));
    ask("sendbackup", 1, "/b");
    begin_behind(10, INT64_C(2000000000));
    ask("sendbackup", 2, "/c");
    expect_true(amanda_outcomes_job_of_request(night, 10) == alone);
    expect_true(amanda_outcomes_job_of_request(night, 11) == NULL);
    expect_true(amanda_outcomes_job_of_request(night, 12) == NULL);
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
        UNIT_TEST("limits", no_more_syns_are_told_than_are_counted),
        UNIT_TEST("limits", what_becomes_of_too_many_requests_on_a_connection_is_unknown),
        UNIT_TEST("limits", of_too_many_requests_on_a_connection_the_latest_are_told_how_it_ended),
        UNIT_TEST("limits", a_dump_that_is_not_told_how_its_connection_ended_is_unknown),
        UNIT_TEST("limits", time_is_not_over_before_1970_nor_behind_2262),
        UNIT_TEST("limits", times_that_are_as_far_apart_as_can_be_settle_nothing),
        UNIT_TEST("limits", who_tries_again_when_time_stamps_went_back_has_another_attempt),
        UNIT_TEST("limits", syns_whose_time_stamps_went_back_are_counted),
        UNIT_TEST("limits", a_request_in_the_last_frame_is_found),
        UNIT_TEST("outcomes-of-connections", a_frame_with_several_requests_tells_no_job),
    };

    return run_nights(argc, argv, tests, G_N_ELEMENTS(tests));
}
