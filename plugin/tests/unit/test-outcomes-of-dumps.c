/* test-outcomes-of-dumps.c
 * What became of dumps and restores
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "night.h"

static amanda_job_t *connected_dump(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/a");

    announce(job);
    answer(job);
    connect_all(job);
    return job;
}

static void a_whole_dump_is_a_success(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/a");

    whole_dump(job);
    expect_str(outcome_so_far(job, "/a"), "success");
    expect_str(why_at_end(job, "/a"), NULL);
}

static void a_strange_line_makes_it_strange(void)
{
    amanda_job_t *job = connected_dump();

    tell(job, AMANDA_LINE_STRANGE, "/bin/tar: ./f: file changed as we read it");
    whole_dump(job);
    expect_str(outcome_so_far(job, "/a"), "strange");
    expect_str(why_at_end(job, "/a"), "/bin/tar: ./f: file changed as we read it");
}

/* However many and however long they are: what is kept of one may not show what it was. */
static void lines_that_only_tell_of_the_end_add_up_to_one(void)
{
    amanda_job_t *job = connected_dump();
    char *most = g_strnfill(199, 'x');
    char *more = g_strconcat(most, ": exiting now", NULL);
    char *kept = g_strconcat("/bin/tar: /a: Cannot open; ", most, "…", NULL);

    tell(job, AMANDA_LINE_STRANGE, "/bin/tar: /a: Cannot open");
    for (int i = 0; i < 50; i++)
        tell(job, AMANDA_LINE_STRANGE, more);
    whole_dump(job);
    expect_str(why_at_end(job, "/a"), kept);
    g_free(most);
    g_free(more);
    g_free(kept);
}

static void an_error_beats_every_later_close(void)
{
    amanda_job_t *job = connected_dump();

    tell(job, AMANDA_LINE_STRANGE, "/bin/tar: /a: Cannot open");
    tell(job, AMANDA_LINE_ERROR, "/bin/tar returned 2");
    expect_str(outcome_so_far(job, "/a"), "failed");
    end_stream(job, AMANDA_STREAM_MESG, AMANDA_PARTY_REQUESTER, AMANDA_END_RST);
    expect_str(outcome_at_end(job, "/a"), "failed");
    expect_str(why_at_end(job, "/a"), "/bin/tar: /a: Cannot open (/bin/tar returned 2)");
}

static void a_retry_is_a_failure_whoever_closes(void)
{
    amanda_job_t *job = connected_dump();

    tell(job, AMANDA_LINE_RETRY, "delay 3 level 0 message \"snapshot is busy\"");
    end_stream(job, AMANDA_STREAM_MESG, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "failed");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_RETRY);
}

static void a_dump_without_a_size_or_data_is_not_whole(void)
{
    amanda_job_t *job = connected_dump();

    tell(job, AMANDA_LINE_INFO_END, "");
    tell(job, AMANDA_LINE_END, "");
    expect_str(outcome_so_far(job, "/a"), "failed");

    job = ask("sendbackup", 1, "/b");
    announce(job);
    answer(job);
    connect_all(job);
    tell(job, AMANDA_LINE_INFO_END, "");
    tell(job, AMANDA_LINE_SIZE, "10");
    tell(job, AMANDA_LINE_END, "");
    expect_str(outcome_so_far(job, "/b"), "");
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/b"), "failed");
}

static void a_wrong_number_of_bytes_is_a_failure(void)
{
    amanda_job_t *job = connected_dump();

    amanda_outcomes_checked(night, job, false, 100, 99, next_frame());
    expect_str(outcome_so_far(job, "/a"), "failed");
    expect_str(why_at_end(job, "/a"), "DATA has 99 bytes, but 100 were announced");
}

static void a_refused_port_is_not_connected(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/a");

    announce(job);
    answer(job);
    amanda_outcomes_stream_syn(night, job, AMANDA_STREAM_DATA, next_frame());
    expect_str(outcome_so_far(job, "/a"), "");
    amanda_outcomes_stream_refused(night, job, AMANDA_STREAM_DATA, NULL, next_frame());
    expect_str(outcome_so_far(job, "/a"), "not connected");
    expect_str(why_at_end(job, "/a"), "amclient refused the connection to the DATA port 50000 of amclient (RST)");
}

static void a_port_that_nobody_answers_is_not_connected(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/a");

    announce(job);
    answer(job);
    expect_str(outcome_at_end(job, "/a"), "running");
    for (int i = 0; i < 3; i++)
        amanda_outcomes_stream_syn(night, job, AMANDA_STREAM_DATA, next_frame());
    let_pass(12);
    expect_str(outcome_at_end(job, "/a"), "not connected");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_PORT_SILENT);
    ask("sendbackup", 0, "/b");
    expect_str(outcome_so_far(job, "/a"), "not connected");
}

static void a_port_that_nobody_tries_is_not_connected(void)
{
    amanda_job_t *job;

    job = ask("sendbackup", 0, "/a");
    announce(job);
    answer(job);
    let_pass(31);
    expect_str(outcome_at_end(job, "/a"), "not connected");
}

static void mesg_must_not_end_before_the_dump(void)
{
    amanda_job_t *job = connected_dump();

    tell(job, AMANDA_LINE_INFO_END, "");
    send_data(job, 1000);
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "");
    end_stream(job, AMANDA_STREAM_MESG, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "unfinished");
}

static void data_must_not_be_closed_by_the_requester_first(void)
{
    amanda_job_t *job = connected_dump();

    tell(job, AMANDA_LINE_INFO_END, "");
    send_data(job, 1000);
    let_pass(12);
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_REQUESTER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "unfinished");
    amanda_outcomes_streams_reacted(night, job, AMANDA_END_FRAME, next_frame());
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_PROGRAM_HANGS);
}

static void bytes_of_mesg_that_are_missing_leave_it_unknown(void)
{
    amanda_job_t *job = connected_dump();

    amanda_outcomes_stream_missing(night, job, AMANDA_STREAM_MESG);
    end_stream(job, AMANDA_STREAM_MESG, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, "/a"), "");
    expect_str(outcome_at_end(job, "/a"), "unknown");
    tell(job, AMANDA_LINE_ERROR, "no space");
    expect_str(outcome_at_end(job, "/a"), "failed");
}

static void the_same_disk_asked_of_from_anywhere_ends_the_first_try(void)
{
    amanda_job_t *job = connected_dump();

    ask("sendbackup", 1, "/a");
    expect_str(outcome_so_far(job, "/a"), "unfinished");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_WENT_ON);
}

static void an_old_reply_that_was_taken_is_named(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/victim");

    amanda_outcomes_announced(night, job, AMANDA_STREAM_DATA, 50009, true);
    amanda_outcomes_stream_refused(night, job, AMANDA_STREAM_DATA, NULL, next_frame());
    expect_str(outcome_so_far(job, "/victim"), "");
    amanda_outcomes_reply_acked(night, job, false, true, next_frame());
    expect_str(outcome_so_far(job, "/victim"), "not connected");
    expect_int(cause_at_end(job, "/victim"), AMANDA_CAUSE_STALE_REPLY);
}

static void an_old_reply_that_waited_until_the_request_was_out_is_named(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/victim");

    expect_int(amanda_outcomes_took_waiting_reply(job), false);
    amanda_outcomes_reply_acked(night, job, true, false, next_frame());
    expect_str(outcome_at_end(job, "/victim"), "unknown");
    expect_int(amanda_outcomes_took_waiting_reply(job), true);
    amanda_outcomes_announced(night, job, AMANDA_STREAM_DATA, 50009, true);
    amanda_outcomes_stream_refused(night, job, AMANDA_STREAM_DATA, NULL, next_frame());
    expect_str(outcome_so_far(job, "/victim"), "not connected");
    expect_int(cause_at_end(job, "/victim"), AMANDA_CAUSE_STALE_REPLY);
    expect_int(amanda_outcomes_took_waiting_reply(job), false);
}

static amanda_job_t *begin_restore(void)
{
    amanda_job_t *job = ask("amidxtaped", 0, "");

    amanda_outcomes_announced(night, job, AMANDA_STREAM_CTL, 50000, false);
    amanda_outcomes_announced(night, job, AMANDA_STREAM_DATA, 50001, false);
    answer(job);
    amanda_outcomes_stream_connected(night, job, AMANDA_STREAM_CTL, next_frame());
    amanda_outcomes_stream_connected(night, job, AMANDA_STREAM_DATA, next_frame());
    send_data(job, 32768);
    return job;
}

static void a_restore_ends_when_the_client_ends_it(void)
{
    amanda_job_t *job = begin_restore();

    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, NULL), "");
    end_stream(job, AMANDA_STREAM_CTL, AMANDA_PARTY_REQUESTER, AMANDA_END_FIN);
    expect_str(outcome_so_far(job, NULL), "success");
}

static void a_restore_without_its_bytes_has_failed(void)
{
    amanda_job_t *job = begin_restore();

    amanda_outcomes_checked(night, job, false, 2017280, 997924, next_frame());
    expect_str(outcome_so_far(job, NULL), "failed");
    job = begin_restore();
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_RESPONDER, AMANDA_END_RST);
    expect_str(outcome_so_far(job, NULL), "unfinished");
}

static void what_has_ended_in_time_does_not_hide_that_amandad_died(void)
{
    amanda_job_t *job = connected_dump();

    end_stream(job, AMANDA_STREAM_INDEX, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    let_pass(5);
    send_data(job, 32768);
    end_stream(job, AMANDA_STREAM_MESG, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_SENDBACKUP_DIED);
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_AMANDAD_DIED);
}

static void an_amandad_that_hangs_answers_nobody(void)
{
    amanda_job_t *job = connected_dump();
    amanda_job_t *next;

    send_data(job, 32768);
    let_pass(20);
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_REQUESTER, AMANDA_END_FIN);
    amanda_outcomes_streams_reacted(night, job, AMANDA_END_FRAME, next_frame());
    next = ask("sendbackup", 1, "/b");
    ask("sendbackup", 1, "/c");
    expect_str(outcome_so_far(next, "/b"), "unanswered");
    expect_int(cause_at_end(next, "/b"), AMANDA_CAUSE_BUSY);
}

static void a_host_that_is_gone_does_not_hang(void)
{
    amanda_job_t *job = connected_dump();
    amanda_job_t *next;

    send_data(job, 32768);
    let_pass(20);
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_REQUESTER, AMANDA_END_FIN);
    next = ask("sendbackup", 1, "/b");
    let_pass(30);
    ask("sendbackup", 1, "/c");
    expect_int(cause_at_end(next, "/b"), AMANDA_CAUSE_SILENT);
}

static void a_port_that_nobody_tries_is_settled_by_the_first_frame_after_its_time(void)
{
    amanda_job_t *job = ask("sendbackup", 0, "/a");

    announce(job);
    answer(job);
    let_pass(29);
    expect_str(outcome_so_far(job, "/a"), "");
    let_pass(1);
    expect_str(outcome_so_far(job, "/a"), "not connected");
    expect_int(cause_at_end(job, "/a"), AMANDA_CAUSE_NEVER_TRIED);
}

int main(int argc, char **argv)
{
    static const unit_test_t tests[] = {
        UNIT_TEST("outcomes-of-dumps", a_whole_dump_is_a_success),
        UNIT_TEST("outcomes-of-dumps", a_strange_line_makes_it_strange),
        UNIT_TEST("outcomes-of-dumps", lines_that_only_tell_of_the_end_add_up_to_one),
        UNIT_TEST("outcomes-of-dumps", an_error_beats_every_later_close),
        UNIT_TEST("outcomes-of-dumps", a_retry_is_a_failure_whoever_closes),
        UNIT_TEST("outcomes-of-dumps", a_dump_without_a_size_or_data_is_not_whole),
        UNIT_TEST("outcomes-of-dumps", a_wrong_number_of_bytes_is_a_failure),
        UNIT_TEST("outcomes-of-dumps", a_refused_port_is_not_connected),
        UNIT_TEST("outcomes-of-dumps", a_port_that_nobody_answers_is_not_connected),
        UNIT_TEST("outcomes-of-dumps", a_port_that_nobody_tries_is_not_connected),
        UNIT_TEST("outcomes-of-dumps", mesg_must_not_end_before_the_dump),
        UNIT_TEST("outcomes-of-dumps", data_must_not_be_closed_by_the_requester_first),
        UNIT_TEST("outcomes-of-dumps", bytes_of_mesg_that_are_missing_leave_it_unknown),
        UNIT_TEST("outcomes-of-dumps", the_same_disk_asked_of_from_anywhere_ends_the_first_try),
        UNIT_TEST("outcomes-of-dumps", an_old_reply_that_was_taken_is_named),
        UNIT_TEST("outcomes-of-dumps", an_old_reply_that_waited_until_the_request_was_out_is_named),
        UNIT_TEST("outcomes-of-dumps", a_restore_ends_when_the_client_ends_it),
        UNIT_TEST("outcomes-of-dumps", a_restore_without_its_bytes_has_failed),
        UNIT_TEST("outcomes-of-dumps", what_has_ended_in_time_does_not_hide_that_amandad_died),
        UNIT_TEST("outcomes-of-dumps", an_amandad_that_hangs_answers_nobody),
        UNIT_TEST("outcomes-of-dumps", a_host_that_is_gone_does_not_hang),
        UNIT_TEST("outcomes-of-dumps", a_port_that_nobody_tries_is_settled_by_the_first_frame_after_its_time),
    };

    return run_nights(argc, argv, tests, G_N_ELEMENTS(tests));
}
