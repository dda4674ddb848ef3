/* outcome/stream-facts.c
 * What the outcomes are told of the streams of a job
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/stream-facts.h"

#include <string.h>

#include "outcome/state.h"
#include "verdict/endpoint.h"

/* No TCP sends a SYN again so soon: such a one was captured twice. */
#define COPY_NANOSECONDS (AMANDA_SECOND / 7)

/* Bytes that are kept of a strange line. */
#define STRANGE_MAX 200

/* Behind one of which more was not kept */
#define MORE "…"

/* Between a line and the one that only tells how it ended */
#define AND "; "

static amanda_transfer_t *transfer_of(amanda_outcomes_t *outcomes, amanda_job_t *job)
{
    if (!job->transfer)
        job->transfer = amanda_record_new0(outcomes->scope, amanda_transfer_t);
    return job->transfer;
}

/* What became of a stream, to be written. */
static amanda_stream_course_t *course_of(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role)
{
    return amanda_stream_make_course(&transfer_of(outcomes, job)->stream[role], outcomes->scope);
}

void amanda_outcomes_announced(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                               uint32_t number, bool unmatched)
{
    amanda_transfer_t *transfer = transfer_of(outcomes, job);
    amanda_stream_facts_t *stream = &transfer->stream[role];

    if (number == 0 || (unmatched && !transfer->unmatched && stream->number))
        return;
    /* The reply that was asked for, after an old one. */
    if (!unmatched && transfer->unmatched && !job->stale)
        memset(transfer->stream, 0, sizeof transfer->stream);
    transfer->unmatched = unmatched;
    stream->number = number;
}

/* Time stamps may go back, and by any time. */
static bool is_copy(int64_t last, int64_t now)
{
    int64_t between = amanda_times_between(last, now);

    return between < COPY_NANOSECONDS && between > -COPY_NANOSECONDS;
}

void amanda_outcomes_stream_syn(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                amanda_moment_t at)
{
    amanda_stream_course_t *course = course_of(outcomes, job, role);

    if (!course->syn.frame)
        course->syn = at;
    else if (is_copy(course->last_syn.when, at.when))
        return;
    course->last_syn = at;
    course->syns++;
}

void amanda_outcomes_stream_connected(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                      amanda_moment_t at)
{
    amanda_stream_course_t *course = course_of(outcomes, job, role);

    if (!course->connected.frame)
        course->connected = at;
}

void amanda_outcomes_stream_refused(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                    const amanda_refuser_t *by, amanda_moment_t at)
{
    amanda_stream_course_t *course = course_of(outcomes, job, role);

    if (course->refused.frame)
        return;
    course->refused = at;
    course->refusal = amanda_refusal_keep(outcomes, job->responder, by);
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_stream_bytes(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                  uint64_t bytes, amanda_moment_t at)
{
    amanda_stream_course_t *course = course_of(outcomes, job, role);

    course->bytes = bytes;
    course->last_byte = at;
    if (!course->connected.frame)
        course->connected = at;
}

void amanda_outcomes_stream_missing(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role)
{
    course_of(outcomes, job, role)->missing = true;
}

static int64_t last_byte(const amanda_transfer_t *transfer, amanda_stream_role_t role)
{
    const amanda_moment_t *last = &amanda_stream_course(&transfer->stream[role])->last_byte;

    return last->frame ? last->when : 0;
}

static const amanda_refusal_t *reset_of(const amanda_outcomes_t *outcomes, const amanda_job_t *job, amanda_party_t side,
                                        const amanda_refuser_t *by)
{
    return amanda_refusal_keep(outcomes, side == AMANDA_PARTY_REQUESTER ? job->requester : job->responder, by);
}

static void end_stream(const amanda_transfer_t *transfer, amanda_stream_course_t *course, amanda_party_t side,
                       amanda_end_t how, const amanda_refusal_t *reset, amanda_moment_t at)
{
    if (course->ended[side].frame)
        return;
    course->awaited = course->awaited && side != AMANDA_PARTY_REQUESTER;
    if (!course->ended[AMANDA_PARTY_REQUESTER].frame && !course->ended[AMANDA_PARTY_RESPONDER].frame) {
        course->data_before = last_byte(transfer, AMANDA_STREAM_DATA);
        course->mesg_before = last_byte(transfer, AMANDA_STREAM_MESG);
    }
    course->ended[side] = at;
    course->how[side] = how;
    if (!course->refusal)
        course->refusal = reset;
}

void amanda_outcomes_stream_awaited(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role)
{
    course_of(outcomes, job, role)->awaited = true;
}

void amanda_outcomes_streams_awaited(amanda_outcomes_t *outcomes, amanda_job_t *job)
{
    for (int role = 0; job->transfer && role < AMANDA_STREAMS; role++) {
        amanda_stream_facts_t *stream = &job->transfer->stream[role];

        if (stream->number || stream->course)
            amanda_stream_make_course(stream, outcomes->scope)->awaited =
                stream->number && !amanda_stream_course(stream)->ended[AMANDA_PARTY_REQUESTER].frame;
    }
}

void amanda_outcomes_stream_ended(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                  amanda_party_t side, amanda_end_t how, const amanda_refuser_t *by, amanda_moment_t at)
{
    end_stream(transfer_of(outcomes, job), course_of(outcomes, job, role), side, how, reset_of(outcomes, job, side, by),
               at);
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_streams_ended(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_party_t side,
                                   amanda_end_t how, const amanda_refuser_t *by, amanda_moment_t at)
{
    const amanda_refusal_t *reset = job->transfer ? reset_of(outcomes, job, side, by) : NULL;

    for (int role = 0; job->transfer && role < AMANDA_STREAMS; role++) {
        amanda_stream_facts_t *stream = &job->transfer->stream[role];

        if (!stream->number || amanda_stream_course(stream)->ended[side].frame)
            continue;
        end_stream(job->transfer, amanda_stream_make_course(stream, outcomes->scope), side, how, reset, at);
        stream->course->cut_short[side] = true;
    }
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_streams_reacted(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_end_t how,
                                     amanda_moment_t at)
{
    (void)outcomes;
    for (int role = 0; job->transfer && role < AMANDA_STREAMS; role++) {
        amanda_stream_course_t *course = job->transfer->stream[role].course;

        if (!course || !course->ended[AMANDA_PARTY_REQUESTER].frame || course->reaction.frame)
            continue;
        course->reaction = at;
        course->reacted = how;
    }
}

/* Whether a program only says that it ends now: what it said before is why. GNU tar, bsdtar and dump. */
static bool only_ends(const char *text)
{
    static const char *const ends[] = {"exiting now", " previous errors", " previous errors.", "dump is aborted."};

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_suffix(text, ends[i]))
            return true;
    }
    return false;
}

/* Of the strange lines the last one is kept, for there may be thousands of them; and with one that only tells of the end,
 * the one before it. */
static void keep_strange(const amanda_outcomes_t *outcomes, amanda_transfer_t *transfer, const char *text)
{
    bool ends = only_ends(text);
    char *at;

    while (g_ascii_isspace(*text))
        text++;
    if (!transfer->strange) {
        transfer->strange = (char *)wmem_alloc(outcomes->scope, (STRANGE_MAX + sizeof MORE) * 2 + sizeof AND);
        *transfer->strange = '\0';
    }
    at = transfer->strange;
    if (*at && ends) {
        /* What is kept may be cut, and not show it any more. */
        if (transfer->strange_ends)
            return;
        at = g_stpcpy(at + strlen(at), AND);
    }
    transfer->strange_ends = ends;
    g_utf8_strncpy(at, text, g_utf8_strlen(text, STRANGE_MAX - 1));
    if (strlen(at) < strlen(text))
        memcpy(at + strlen(at), MORE, sizeof MORE);
    amanda_outcome_one_line(at);
}

void amanda_outcomes_line(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_line_kind_t kind, const char *text,
                          amanda_moment_t at)
{
    amanda_transfer_t *transfer = transfer_of(outcomes, job);

    switch (kind) {
    case AMANDA_LINE_ERROR:
        if (!transfer->error)
            transfer->error = amanda_outcome_keep(outcomes, text);
        break;
    case AMANDA_LINE_RETRY:
        if (!transfer->retry)
            transfer->retry = amanda_outcome_keep(outcomes, text);
        break;
    case AMANDA_LINE_STRANGE:
        transfer->odd = true;
        if (transfer->error)
            break;
        keep_strange(outcomes, transfer, text);
        break;
    case AMANDA_LINE_ODD:
        transfer->odd = true;
        break;
    case AMANDA_LINE_SIZE:
        transfer->has_size = true;
        break;
    case AMANDA_LINE_INFO_END:
        transfer->info_ended = true;
        break;
    case AMANDA_LINE_END:
        transfer->ended = true;
        break;
    case AMANDA_LINE_DISK:
        if (!transfer->disk && *text)
            transfer->disk = amanda_outcome_keep(outcomes, text);
        break;
    }
    if (kind == AMANDA_LINE_ERROR || kind == AMANDA_LINE_RETRY || kind == AMANDA_LINE_END)
        amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_checked(amanda_outcomes_t *outcomes, amanda_job_t *job, bool good, uint64_t announced,
                             uint64_t counted, amanda_moment_t at)
{
    amanda_transfer_t *transfer = transfer_of(outcomes, job);

    /* Of a dump of which only parts are restored, it is not known how many bytes those are. */
    if (transfer->partial)
        return;
    transfer->checked = good;
    transfer->damaged = !good;
    transfer->announced_bytes = announced;
    transfer->counted_bytes = counted;
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_partial_restore(amanda_outcomes_t *outcomes, amanda_job_t *job)
{
    transfer_of(outcomes, job)->partial = true;
}
