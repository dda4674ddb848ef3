/* outcome/rules.c
 * Which outcome an item has: the rules, in the order in which they are asked
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/rules.h"

#include <string.h>

#include "verdict/times.h"

/* A requester sends a REQ so often, and waits so long for the ACK of each. */
#define TRANSMISSIONS 3
#define ACK_SECONDS 10

int64_t amanda_rules_timer(const amanda_job_t *job)
{
    int64_t seconds;
    int estimates = 0;

    switch (job->kind) {
    case AMANDA_JOB_NOOP:
    case AMANDA_JOB_CHECK:
        seconds = 30; /* ctimeout */
        break;
    case AMANDA_JOB_ESTIMATE:
        for (const amanda_item_t *item = &job->item; item; item = item->next) {
            for (uint64_t levels = amanda_item_told(item)->asked; levels; levels &= levels - 1)
                estimates++;
        }
        seconds = INT64_C(300) * MAX(estimates, 1); /* etimeout, of each estimate */
        break;
    default:
        seconds = 60;
    }
    return seconds * AMANDA_SECOND;
}

amanda_party_t amanda_rules_sender(const amanda_job_t *job)
{
    return job->service && strcmp(job->service, "restore") == 0 ? AMANDA_PARTY_REQUESTER : AMANDA_PARTY_RESPONDER;
}

/* Nanoseconds from then to where the capture is. */
static int64_t since(const amanda_case_t *c, amanda_moment_t then)
{
    return amanda_times_between(then.when, c->now);
}

/* The streams that count: those of an old reply do only if that was taken for the answer. */
static const amanda_transfer_t *transfer_of(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = c->job->transfer;

    return transfer && (!transfer->unmatched || c->job->stale) ? transfer : NULL;
}

static const amanda_stream_facts_t *stream_of(const amanda_case_t *c, amanda_stream_role_t role)
{
    const amanda_transfer_t *transfer = transfer_of(c);

    return transfer && transfer->stream[role].number ? &transfer->stream[role] : NULL;
}

bool amanda_rules_is_connected(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = transfer_of(c);

    for (int role = 0; transfer && role < AMANDA_STREAMS; role++) {
        if (amanda_stream_course(&transfer->stream[role])->connected.frame)
            return true;
    }
    return false;
}

/* Whether the capture has nothing of a responder whose replies are acknowledged: what it sends goes another way. */
static bool is_out_of_sight(const amanda_job_t *job)
{
    return !job->responder->first_heard.frame && job->responder->unseen;
}

/* Whether the requester has an answer that the capture does not have, or may have. */
static bool has_unseen_answer(const amanda_job_t *job)
{
    return !job->rep.frame && !job->stale &&
           (job->ack_no_reply || job->missing || job->encrypted || is_out_of_sight(job));
}

static bool lacks_mesg(const amanda_case_t *c)
{
    const amanda_stream_facts_t *mesg = stream_of(c, AMANDA_STREAM_MESG);

    return mesg && amanda_stream_course(mesg)->missing;
}

/* Whether the requester has ended a stream of which it had more than has come so far. */
static bool is_awaited(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = transfer_of(c);

    for (int role = 0; transfer && role < AMANDA_STREAMS; role++) {
        if (amanda_stream_course(&transfer->stream[role])->awaited)
            return true;
    }
    return false;
}

bool amanda_rules_cannot_tell(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;
    const amanda_transfer_t *transfer = transfer_of(c);

    return job->encrypted || job->untold || has_unseen_answer(job) || is_awaited(c) || lacks_mesg(c) ||
           (transfer && !job->framed && !c->tcp_seen);
}

/* Whether what the REP says counts: it has arrived, or nothing shows any more that it has not. */
static bool is_answered(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;

    if (!job->rep.frame)
        return false;
    if (job->framed || job->rep_acked.frame)
        return true;
    return c->over && amanda_job_last_rep(job).frame > amanda_job_last_req(job).frame;
}

/* 1: a NAK ended the job. */
static bool is_refused(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;
    const amanda_job_more_t *more = amanda_job_more(job);

    /* A NAK before any REQ is that of the first one, if there comes one. */
    if (job->kind == AMANDA_JOB_CONNECTION)
        return more->nak.frame && (more->closed.frame || c->over);
    return more->nak.frame != 0;
}

/* An error of the REP that is this item's: one that names no disk is that of each which has no line of its own. */
static bool has_error(const amanda_case_t *c)
{
    const amanda_item_t *item = c->item;
    const amanda_item_told_t *told = amanda_item_told(item);

    return told->error || (amanda_job_more(c->job)->error && !told->named && !c->job->rep_cut);
}

static bool has_failed_estimate(const amanda_case_t *c)
{
    const amanda_item_t *item = c->item;
    const amanda_item_told_t *told = amanda_item_told(item);

    if (told->sized)
        return false;
    if (told->failed && (told->asked & ~told->failed) == 0)
        return true;
    return !c->job->rep_cut && (told->failed || told->error || amanda_job_more(c->job)->error);
}

/* The dump came to an end, but it is not whole. */
static bool is_not_whole(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = transfer_of(c);
    const amanda_stream_facts_t *data = stream_of(c, AMANDA_STREAM_DATA);
    const amanda_stream_course_t *course = amanda_stream_course(data);

    if (!transfer->ended || lacks_mesg(c))
        return false;
    return !transfer->has_size || !transfer->info_ended ||
           (data && course->ended[AMANDA_PARTY_RESPONDER].frame && course->bytes == 0 && !course->missing);
}

/* 2: the client says so, or what it sent is not whole. */
static bool is_failed(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = transfer_of(c);

    switch (c->job->kind) {
    case AMANDA_JOB_CONNECTION:
        return false;
    case AMANDA_JOB_ESTIMATE:
        return is_answered(c) && has_failed_estimate(c);
    case AMANDA_JOB_DUMP:
        if (transfer && (transfer->error || transfer->damaged || is_not_whole(c)))
            return true;
        if (transfer && transfer->retry && (is_answered(c) || amanda_rules_is_connected(c)))
            return true;
        return is_answered(c) && (amanda_item_told(c->item)->error || amanda_job_more(c->job)->error);
    case AMANDA_JOB_RESTORE:
        if (transfer && (transfer->error || transfer->damaged))
            return true;
        break;
    default:
        break;
    }
    return is_answered(c) && has_error(c);
}

/* A connection to Amanda's port that ended before its first REQ. */
static bool has_failed_to_ask(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;
    const amanda_job_more_t *more = amanda_job_more(job);

    if (job->encrypted)
        return false;
    return more->refused.frame || more->closed.frame || (c->over && job->hung_up) ||
           (c->over && !job->req_acked.frame && since(c, amanda_job_last_req(job)) >= ACK_SECONDS * AMANDA_SECOND);
}

/* Whether the requester knows that its request has arrived. A REQ that is sent again is acknowledged anew, and an ACK that
 * comes later than it waits finds nobody. */
static bool is_acknowledged(const amanda_job_t *job)
{
    return job->req_acked.frame > amanda_job_last_req(job).frame &&
           amanda_times_between(amanda_job_last_req(job).when, job->req_acked.when) < ACK_SECONDS * AMANDA_SECOND;
}

bool amanda_rules_had_given_up(const amanda_job_t *job)
{
    const amanda_moment_t last_req = amanda_job_last_req(job);
    const amanda_moment_t *sign = job->req_acked.frame ? &job->req_acked : &job->rep;

    return !job->framed && job->transmissions >= TRANSMISSIONS && sign->frame > last_req.frame &&
           amanda_times_between(last_req.when, sign->when) >= ACK_SECONDS * AMANDA_SECOND;
}

/* Whether nothing can come any more where the capture ends: after the last transmission, or one that was returned and that
 * the requester did not repeat in its time. */
static bool has_had_its_time(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;
    bool is_last = job->transmissions >= TRANSMISSIONS;
    int64_t waited = since(c, amanda_job_last_req(job));

    if (is_acknowledged(job))
        return is_last && waited >= amanda_rules_timer(job);

    bool has_waited = waited >= ACK_SECONDS * AMANDA_SECOND;

    return job->returned_last ? is_last || has_waited : is_last && has_waited;
}

/* 3: the requester got no answer. */
static bool is_unanswered(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;
    const amanda_job_more_t *more = amanda_job_more(job);

    if (job->kind == AMANDA_JOB_CONNECTION)
        return has_failed_to_ask(c);
    if (is_answered(c) || job->stale || has_unseen_answer(job) || amanda_rules_is_connected(c))
        return false;
    /* A reply that was not returned may have arrived, whatever becomes of its repetitions. */
    if ((more->gone.frame && amanda_job_last_rep(job).frame == job->rep.frame) || more->closed.frame)
        return true;
    if (more->went_on.frame)
        return !job->rep.frame || amanda_job_last_rep(job).frame < amanda_job_last_req(job).frame;
    return c->over && !job->rep.frame && has_had_its_time(c);
}

static bool is_dead_port(const amanda_case_t *c, const amanda_stream_facts_t *stream)
{
    const amanda_stream_course_t *course = amanda_stream_course(stream);
    const amanda_job_t *job = c->job;

    /* What is no port is a stream in a connection that is there. */
    if (!stream->number || job->framed || stream->number > UINT16_MAX || course->connected.frame)
        return false;
    if (course->refused.frame)
        return true;
    if (!c->tcp_seen)
        return false;
    if (amanda_job_more(job)->went_on.frame)
        return true;
    if (course->syn.frame)
        return c->over && since(c, course->syn) >= ACK_SECONDS * AMANDA_SECOND;
    return job->rep_acked.frame && since(c, job->rep_acked) >= AMANDA_CONNECT_TIME;
}

const amanda_stream_facts_t *amanda_rules_dead_port(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = transfer_of(c);

    for (int role = 0; transfer && role < AMANDA_STREAMS; role++) {
        if (is_dead_port(c, &transfer->stream[role]))
            return &transfer->stream[role];
    }
    return NULL;
}

/* 4: a port that the REP announced, and no connection to it. */
static bool is_not_connected(const amanda_case_t *c)
{
    return amanda_rules_dead_port(c) != NULL;
}

/* Whether a stream other than MESG was reset, or was closed by its receiver before its sender had ended it. */
static bool is_broken(const amanda_case_t *c, const amanda_stream_facts_t *stream)
{
    const amanda_stream_course_t *course = amanda_stream_course(stream);
    amanda_party_t sender = amanda_rules_sender(c->job);
    amanda_party_t receiver = sender == AMANDA_PARTY_REQUESTER ? AMANDA_PARTY_RESPONDER : AMANDA_PARTY_REQUESTER;

    if (!stream)
        return false;
    /* Where streams end by frames, the sender's end may be among what is missing. */
    if (course->ended[receiver].frame && !course->ended[sender].frame)
        return !course->missing || (course->how[receiver] != AMANDA_END_FRAME && !course->cut_short[receiver]);
    if (course->ended[receiver].frame && course->ended[receiver].frame < course->ended[sender].frame)
        return true;
    return course->ended[sender].frame && (course->how[sender] == AMANDA_END_RST || course->cut_short[sender]);
}

/* The frame in which either side ended a stream first; 0 for none, and for no stream. */
static uint32_t first_end(const amanda_stream_facts_t *stream)
{
    const amanda_stream_course_t *course = amanda_stream_course(stream);

    return course->ended[amanda_course_ended_by(course)].frame;
}

static bool has_ended(const amanda_stream_facts_t *stream)
{
    return first_end(stream) != 0;
}

const amanda_stream_facts_t *amanda_rules_broken_stream(const amanda_case_t *c)
{
    bool dump = c->job->kind == AMANDA_JOB_DUMP;
    const amanda_stream_facts_t *mesg = stream_of(c, AMANDA_STREAM_MESG);
    const amanda_stream_facts_t *streams[] = {stream_of(c, AMANDA_STREAM_DATA),
                                              dump ? stream_of(c, AMANDA_STREAM_INDEX) : NULL};
    const amanda_stream_facts_t *first = dump && has_ended(mesg) && !c->job->transfer->ended ? mesg : NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        if (is_broken(c, streams[i]) && (!first || first_end(streams[i]) < first_end(first)))
            first = streams[i];
    }
    return first;
}

/* 5: connected, and broken off. */
static bool is_unfinished(const amanda_case_t *c)
{
    if ((c->job->kind != AMANDA_JOB_DUMP && c->job->kind != AMANDA_JOB_RESTORE) || !amanda_rules_is_connected(c) ||
        lacks_mesg(c))
        return false;
    return amanda_rules_broken_stream(c) || (amanda_job_more(c->job)->went_on.frame && !is_awaited(c));
}

/* 6: the REP came whole, was acknowledged, and says nothing about this disk. */
static bool is_missing(const amanda_case_t *c)
{
    const amanda_item_told_t *told = amanda_item_told(c->item);
    const amanda_job_t *job = c->job;

    if ((job->kind != AMANDA_JOB_ESTIMATE && job->kind != AMANDA_JOB_CHECK) || !told->disk || told->named)
        return false;
    if (job->stale)
        return true;
    /* What the server estimates itself is asked of nobody. */
    if (told->sized && (told->asked & ~told->sized) == 0)
        return false;
    if (!job->rep.frame || job->rep_cut || !(job->framed || job->rep_acked.frame))
        return false;
    /* A selfcheck that speaks of no disk at all says of all of them that it found nothing. */
    return job->kind == AMANDA_JOB_ESTIMATE || job->names_items || !job->oks;
}

/* Everything of a dump or restore that has to come in order has come. */
static bool is_whole(const amanda_case_t *c)
{
    const amanda_transfer_t *transfer = transfer_of(c);
    const amanda_stream_facts_t *mesg = stream_of(c, AMANDA_STREAM_MESG);
    const amanda_stream_facts_t *data = stream_of(c, AMANDA_STREAM_DATA);
    const amanda_stream_course_t *data_course = amanda_stream_course(data);
    const amanda_stream_facts_t *names = stream_of(c, AMANDA_STREAM_INDEX);
    const amanda_stream_facts_t *control = stream_of(c, AMANDA_STREAM_CTL);
    const amanda_stream_course_t *control_course = amanda_stream_course(control);
    amanda_party_t sender = amanda_rules_sender(c->job);

    if (!transfer ||
        (data && (!data_course->ended[sender].frame || (data_course->bytes == 0 && !data_course->missing))))
        return false;
    if (c->job->kind == AMANDA_JOB_RESTORE)
        return data && control && control_course->ended[AMANDA_PARTY_REQUESTER].frame &&
               control_course->how[AMANDA_PARTY_REQUESTER] != AMANDA_END_RST;
    return transfer->ended && transfer->has_size && transfer->info_ended && has_ended(mesg) &&
           (!names || amanda_stream_course(names)->ended[AMANDA_PARTY_RESPONDER].frame) && !lacks_mesg(c);
}

/* 7: well, but for something strange. */
static bool is_strange(const amanda_case_t *c)
{
    const amanda_item_t *item = c->item;
    const amanda_item_told_t *told = amanda_item_told(item);

    switch (c->job->kind) {
    case AMANDA_JOB_DUMP:
        return is_whole(c) && c->job->transfer->odd;
    case AMANDA_JOB_ESTIMATE:
        return is_answered(c) && !c->job->rep_cut && told->sized && (told->asked & ~told->sized) != 0;
    case AMANDA_JOB_CHECK:
        return is_answered(c) && !c->job->rep_cut &&
               (told->warning || (amanda_job_more(c->job)->warning && !told->named));
    default:
        return false;
    }
}

/* 8: well. */
static bool is_success(const amanda_case_t *c)
{
    const amanda_item_t *item = c->item;
    const amanda_item_told_t *told = amanda_item_told(item);

    switch (c->job->kind) {
    case AMANDA_JOB_DUMP:
    case AMANDA_JOB_RESTORE:
        return is_whole(c);
    case AMANDA_JOB_ESTIMATE:
        return is_answered(c) && told->sized && (told->asked & ~told->sized) == 0;
    case AMANDA_JOB_CONNECTION:
        return false;
    default:
        return is_answered(c) && !c->job->rep_cut;
    }
}

/* 9: the capture cannot tell. */
static bool is_unknown(const amanda_case_t *c)
{
    const amanda_job_t *job = c->job;
    bool needs_disks = job->kind == AMANDA_JOB_ESTIMATE || job->kind == AMANDA_JOB_CHECK;

    return c->over && (amanda_rules_cannot_tell(c) || (is_answered(c) && job->rep_cut) ||
                       (is_answered(c) && job->req_cut && needs_disks && !amanda_item_told(c->item)->disk));
}

/* 10: the capture ends before any of these. */
static bool is_running(const amanda_case_t *c)
{
    return c->over;
}

bool amanda_rules_is_waiting(const amanda_job_t *job)
{
    return !job->framed && !job->transfer && !job->more && !job->rep_acked.frame && !job->stale;
}

amanda_outcome_t amanda_rules_outcome(const amanda_case_t *c)
{
    static const struct {
        amanda_outcome_t outcome;
        bool (*holds)(const amanda_case_t *c);
    } rules[] = {
        {AMANDA_OUTCOME_REFUSED, is_refused},       {AMANDA_OUTCOME_FAILED, is_failed},
        {AMANDA_OUTCOME_UNANSWERED, is_unanswered}, {AMANDA_OUTCOME_NOT_CONNECTED, is_not_connected},
        {AMANDA_OUTCOME_UNFINISHED, is_unfinished}, {AMANDA_OUTCOME_MISSING, is_missing},
        {AMANDA_OUTCOME_STRANGE, is_strange},       {AMANDA_OUTCOME_SUCCESS, is_success},
        {AMANDA_OUTCOME_UNKNOWN, is_unknown},       {AMANDA_OUTCOME_RUNNING, is_running},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].holds(c))
            return rules[i].outcome;
    }
    return AMANDA_OUTCOME_NONE;
}
