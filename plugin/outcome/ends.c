/* outcome/ends.c
 * Why a dump or restore broke off: who ended it first, how, after what silence, and what the other side made of it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/causes.h"

#include "outcome/refusals.h"
#include "outcome/state.h"

/* Streams that end so close together are ended by one program that dies. */
#define MOMENTS (AMANDA_SECOND / 2)

/* A silence that somebody may have taken for the end. */
#define SILENCE (5 * AMANDA_SECOND)

/* A reaction that comes so soon is none of somebody who had to think about it. */
#define AT_ONCE AMANDA_SECOND

/* So many times longer than DATA's was MESG's silence, where that was because nothing was to be said. */
#define MANY 10

/* Timers of firewalls are not shorter than that. */
#define IDLE (30 * AMANDA_SECOND)

/* DATA that came so shortly before shows that the client was at work. */
#define FLOWING (2 * AMANDA_SECOND)

typedef struct {
    const amanda_case_t *c;
    wmem_allocator_t *pool;
    const amanda_stream_facts_t *stream; /* that ended first, too early */
    amanda_party_t side;                 /* that ended it */
    amanda_moment_t at;
    amanda_end_t how;
    int64_t data_silence; /* until then; -1 where there was no byte */
    int64_t mesg_silence;
    int64_t silence; /* the shorter of the two */
    bool data_flowed;
} end_t;

static bool find_end(end_t *end)
{
    const amanda_stream_course_t *course;

    end->stream = amanda_rules_broken_stream(end->c);
    if (!end->stream)
        return false;
    course = amanda_stream_course(end->stream);
    end->side = amanda_course_ended_by(course);
    end->at = course->ended[end->side];
    end->how = course->how[end->side];
    return true;
}

static void find_silence(end_t *end)
{
    const amanda_stream_facts_t *stream = end->stream;
    const amanda_stream_course_t *course = amanda_stream_course(stream);

    end->data_silence = course->data_before ? amanda_times_between(course->data_before, end->at.when) : -1;
    end->mesg_silence = course->mesg_before ? amanda_times_between(course->mesg_before, end->at.when) : -1;
    end->silence = end->data_silence < 0 || (end->mesg_silence >= 0 && end->mesg_silence < end->data_silence)
                       ? end->mesg_silence
                       : end->data_silence;
    end->data_flowed =
        end->data_silence >= 0 && (end->data_silence <= FLOWING || end->data_silence < end->mesg_silence / MANY);
}

/* ", after 300.0 s without a byte of MESG, while DATA flowed" */
static const char *silence_text(const end_t *end)
{
    const double second = (double)AMANDA_SECOND;
    const amanda_stream_facts_t *mesg = &end->c->job->transfer->stream[AMANDA_STREAM_MESG];

    if (end->data_silence < 0 && end->mesg_silence < 0)
        return ", before a byte of DATA or MESG had come";
    if (end->data_flowed && end->stream == mesg && end->mesg_silence >= SILENCE)
        return wmem_strdup_printf(end->pool, ", after %.1f s without a byte of MESG, while DATA flowed",
                                  (double)end->mesg_silence / second);
    if (end->data_flowed)
        return ", while DATA flowed";
    return wmem_strdup_printf(end->pool, ", after %.1f s without a byte of DATA or MESG",
                              (double)end->silence / second);
}

/* Whether it was neither of the two hosts. */
static bool is_foreign(const end_t *end)
{
    return end->how == AMANDA_END_RST && amanda_refusal_is_foreign(amanda_stream_course(end->stream)->refusal);
}

static const char *how_text(const end_t *end)
{
    switch (end->how) {
    case AMANDA_END_RST:
        return is_foreign(end)
                   ? wmem_strdup_printf(end->pool, "reset (%s)",
                                        amanda_refusal_text(amanda_stream_course(end->stream)->refusal, end->pool))
                   : "reset (RST)";
    case AMANDA_END_FRAME:
        return "ended (end of stream)";
    default:
        return "closed (FIN)";
    }
}

/* Whether the client ended everything that it still had at about the same time, and that was more than one stream. */
static bool all_at_once(const end_t *end)
{
    const amanda_transfer_t *transfer = end->c->job->transfer;
    int count = 0;

    for (int role = 0; role < AMANDA_STREAMS; role++) {
        const amanda_stream_facts_t *stream = &transfer->stream[role];
        const amanda_moment_t *ended = &amanda_stream_course(stream)->ended[AMANDA_PARTY_RESPONDER];

        /* What has ended in its time says nothing. */
        if (!stream->number || (ended->frame && amanda_times_between(end->at.when, ended->when) < -MOMENTS))
            continue;
        if (!ended->frame || amanda_times_between(end->at.when, ended->when) > MOMENTS)
            return false;
        count++;
    }
    return count > 1;
}

static int64_t own_silence(const end_t *end)
{
    return end->stream == &end->c->job->transfer->stream[AMANDA_STREAM_MESG] ? end->mesg_silence : end->silence;
}

static amanda_cause_t cause_of_device(const end_t *end)
{
    return own_silence(end) >= IDLE ? AMANDA_CAUSE_IDLE_RESET : AMANDA_CAUSE_FIREWALL_REFUSES;
}

static amanda_cause_t cause_of_client(const end_t *end)
{
    const amanda_transfer_t *transfer = end->c->job->transfer;
    const amanda_stream_facts_t *data = &transfer->stream[AMANDA_STREAM_DATA];

    if (end->c->job->kind != AMANDA_JOB_DUMP)
        return AMANDA_CAUSE_CLIENT_ENDED;
    if (end->how == AMANDA_END_RST && own_silence(end) >= IDLE)
        return AMANDA_CAUSE_IDLE_RESET;
    /* Whoever has something to say after that is not dead. */
    if (transfer->error)
        return AMANDA_CAUSE_CLIENT_ENDED;
    if (all_at_once(end))
        return AMANDA_CAUSE_AMANDAD_DIED;
    return amanda_stream_course(data)->last_byte.frame > end->at.frame || end->data_flowed
               ? AMANDA_CAUSE_SENDBACKUP_DIED
               : AMANDA_CAUSE_CLIENT_ENDED;
}

/* That a RST came at once when the requester ended a stream. */
static const char *reset_text(const end_t *end, amanda_cause_t *cause)
{
    const amanda_refusal_t *reset = amanda_stream_course(end->stream)->refusal;

    if (amanda_refusal_is_foreign(reset)) {
        *cause = cause_of_device(end);
        return wmem_strdup_printf(end->pool, "; something between the hosts reset it at once (%s)",
                                  amanda_refusal_text(reset, end->pool));
    }
    /* No timer of a device is that short. */
    *cause = own_silence(end) >= IDLE ? AMANDA_CAUSE_IDLE_RESET : AMANDA_CAUSE_CUT_OFF;
    return "; the client reset it at once: it had lost the connection before, or was restarted";
}

/* Whether the capture has all that came of DATA, and that is nothing. */
static bool has_no_data(const end_t *end)
{
    const amanda_stream_course_t *data = amanda_stream_course(&end->c->job->transfer->stream[AMANDA_STREAM_DATA]);

    return data->bytes == 0 && !data->missing && !data->ended[AMANDA_PARTY_RESPONDER].frame;
}

/* What the client made of it that the requester ended a stream. */
static const char *reaction_text(const end_t *end, amanda_cause_t *cause)
{
    const amanda_stream_facts_t *stream = end->stream;
    const amanda_stream_course_t *course = amanda_stream_course(stream);
    bool soon = course->reaction.frame && amanda_times_between(end->at.when, course->reaction.when) <= AT_ONCE;

    *cause = AMANDA_CAUSE_SERVER_STOPPED;
    if (end->data_flowed || end->c->job->kind != AMANDA_JOB_DUMP)
        return "";
    if (end->silence >= SILENCE)
        *cause = AMANDA_CAUSE_DATA_TIMEOUT;
    if (!course->reaction.frame) {
        if (!end->c->over || amanda_times_between(end->at.when, end->c->now) < SILENCE)
            return "";
        *cause = AMANDA_CAUSE_CUT_OFF;
        return "; the client never reacted: it or the network was gone";
    }
    if (course->reacted == AMANDA_END_RST && soon)
        return reset_text(end, cause);
    if (course->reacted == AMANDA_END_HOLE && end->silence >= SILENCE) {
        *cause = AMANDA_CAUSE_DATA_LOST;
        return "; the client had sent more, which was lost on the way";
    }
    if (end->c->job->transfer->ended && has_no_data(end)) {
        *cause = AMANDA_CAUSE_DATA_LOST;
        return "; the client said that the dump was at its end, but not a byte of it came";
    }
    if (end->silence < SILENCE)
        return "";
    if (!soon) {
        *cause = AMANDA_CAUSE_CUT_OFF;
        return "; the client did not react for a while: it or the network was gone";
    }
    *cause = AMANDA_CAUSE_PROGRAM_HANGS;
    return "; the client acknowledged that, so its host and network are well: its program hangs";
}

static const char *program_of(const end_t *end)
{
    switch (cause_of_client(end)) {
    case AMANDA_CAUSE_AMANDAD_DIED:
        return ": it ended all its streams at once, so its amandad or its host went down";
    case AMANDA_CAUSE_SENDBACKUP_DIED:
        return ": its sendbackup died";
    case AMANDA_CAUSE_IDLE_RESET:
        return ": something between the hosts has reset an idle connection";
    default:
        return "";
    }
}

const char *amanda_cause_of_end(const amanda_case_t *c, amanda_cause_t *cause, wmem_allocator_t *pool)
{
    const amanda_job_t *job = c->job;
    end_t end = {.c = c, .pool = pool};
    const char *name;
    const char *more;

    if (!find_end(&end))
        return NULL;
    find_silence(&end);
    name = amanda_cause_stream(job->transfer, end.stream);
    if (is_foreign(&end)) {
        *cause = cause_of_device(&end);
        more = ": something between the hosts did so in its name";
    } else if (end.side == AMANDA_PARTY_RESPONDER) {
        *cause = cause_of_client(&end);
        more = program_of(&end);
    } else {
        more = reaction_text(&end, cause);
    }
    return wmem_strdup_printf(
        pool, "%s, %s, %s %s in frame %u%s%s", end.side == AMANDA_PARTY_RESPONDER ? "The responder" : "The requester",
        amanda_cause_host(end.side == AMANDA_PARTY_RESPONDER ? job->responder : job->requester, pool), how_text(&end),
        name, end.at.frame, silence_text(&end), more);
}
