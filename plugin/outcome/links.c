/* outcome/links.c
 * TCP connections to Amanda's own port: which jobs they carry, and those that carry none
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/links.h"

#include <string.h>

#include "outcome/state.h"
#include "outcome/stream-facts.h"
#include "verdict/endpoint.h"

/* Attempts of the same two hosts that are closer than that are one job. */
#define BETWEEN_ATTEMPTS (30 * AMANDA_SECOND)

/* So many requests no program of Amanda has open on one connection; each packet may tell all of them something. */
#define JOBS_MAX 64

/* So much of what a responder says is enough. */
#define SAID_MAX 1000

struct amanda_link {
    amanda_link_key_t key;
    amanda_job_t *jobs;    /* the latest of those that were open when they were last looked at */
    amanda_job_t *attempt; /* the job of a connection that has no REQ yet */
    amanda_moment_t nak;   /* of such a connection; frame 0 where there was none */
    const char *nak_text;
    const char *said; /* by the responder, in no words of Amanda's protocol; NULL for nothing */
    bool said_whole;  /* to the end of its line */
    bool auth_differs;
    bool unreadable;
    bool hung_up; /* the responder has ended it before anything was asked */
};

typedef struct amanda_link link_t;

static link_t *link_of(amanda_outcomes_t *outcomes, const amanda_link_key_t *key)
{
    link_t *link = (link_t *)wmem_map_lookup(outcomes->links, key);

    if (!link) {
        link = amanda_record_new0(outcomes->scope, link_t);
        link->key = *key;
        wmem_map_insert(outcomes->links, &link->key, link);
    }
    return link;
}

static link_t *link_between(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    amanda_link_key_t key;

    memset(&key, 0, sizeof key);
    key.requester = amanda_hosts_of(outcomes->hosts, ends->requester);
    key.responder = amanda_hosts_of(outcomes->hosts, ends->responder);
    key.requester_port = ends->requester_port;
    key.responder_port = ends->responder_port;
    return link_of(outcomes, &key);
}

/* What becomes of their connection, these jobs are not told any more; so that it is not known how they end. */
static void leave_untold(amanda_job_t *job)
{
    for (; job; job = job->more->on_link)
        job->untold = true;
}

/* Takes the jobs that have all their outcomes out of the list; what is left can still be told something. Of more than
 * JOBS_MAX, the oldest are not told any more. */
static amanda_job_t *open_jobs(link_t *link)
{
    amanda_job_t **at = &link->jobs;
    int count = 0;

    while (*at && count < JOBS_MAX) {
        /* A job of a link has these. */
        amanda_job_t **next = &(*at)->more->on_link;

        if ((*at)->open) {
            at = next;
            count++;
        } else {
            *at = *next;
        }
    }
    leave_untold(*at);
    *at = NULL;
    return link->jobs;
}

void amanda_link_has_request(amanda_outcomes_t *outcomes, amanda_job_t *job)
{
    amanda_link_key_t key;

    memset(&key, 0, sizeof key);
    key.requester = job->requester;
    key.responder = job->responder;
    key.requester_port = job->requester_port;
    key.responder_port = job->responder_port;

    link_t *link = link_of(outcomes, &key);
    amanda_job_t *attempt = link->attempt;

    amanda_job_more_t *more = amanda_job_make_more(job, outcomes->scope);

    more->link = link;
    more->on_link = open_jobs(link);
    link->jobs = job;
    link->attempt = NULL;
    /* A NAK that came before any REQ refuses the first one: as soon as that has been read. */
    more->nak = link->nak;
    more->nak_text = link->nak_text;
    link->nak.frame = 0;
    more->said = link->said;
    job->auth_differs = link->auth_differs;
    job->hung_up = link->hung_up;
    if (attempt)
        attempt->dropped = attempt->dropped || !amanda_item_is_settled(&attempt->item);
}

void amanda_link_carries_streams(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    for (int role = 0; role < AMANDA_STREAMS; role++) {
        amanda_stream_facts_t *stream = &job->transfer->stream[role];

        if (stream->number && !amanda_stream_course(stream)->connected.frame)
            amanda_stream_make_course(stream, outcomes->scope)->connected = at;
    }
}

/* The last connection without a REQ between these hosts, if this one is another attempt of the same program. */
static amanda_job_t *same_attempt(amanda_outcomes_t *outcomes, const link_t *link, amanda_moment_t at)
{
    amanda_link_key_t hosts = link->key;

    hosts.requester_port = 0;
    hosts.responder_port = 0;

    amanda_job_t *job = (amanda_job_t *)wmem_map_lookup(outcomes->attempts, &hosts);

    /* What was answered with TLS may be well, and is no failure that is tried again. */
    if (!job || job->dropped || job->encrypted)
        return NULL;

    int64_t between = amanda_times_between(amanda_job_last_req(job).when, at.when);

    /* Time stamps may go back. */
    return between < BETWEEN_ATTEMPTS && between > -BETWEEN_ATTEMPTS ? job : NULL;
}

static amanda_job_t *new_attempt(amanda_outcomes_t *outcomes, const link_t *link, amanda_moment_t at)
{
    amanda_link_key_t *hosts = (amanda_link_key_t *)wmem_memdup(outcomes->scope, &link->key, sizeof link->key);
    amanda_job_t *job = amanda_job_make(outcomes, (amanda_host_t *)link->key.requester,
                                        (amanda_host_t *)link->key.responder, AMANDA_JOB_CONNECTION, at);

    hosts->requester_port = 0;
    hosts->responder_port = 0;
    job->framed = true;
    job->requester_port = link->key.requester_port;
    job->responder_port = link->key.responder_port;
    wmem_map_insert(outcomes->attempts, hosts, job);
    return job;
}

void amanda_outcomes_link_syn(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, bool again,
                              amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);

    if (!again) {
        /* Ports are used again at once: whoever opens this connection anew has given the old one up. */
        for (amanda_job_t *job = open_jobs(link); job; job = job->more->on_link) {
            job->more->went_on = at;
            amanda_job_settle(outcomes, job, at);
        }
        link->jobs = NULL;
        link->unreadable = link->auth_differs = link->said_whole = link->hung_up = false;
        link->nak.frame = 0;
        link->said = NULL;
        link->attempt = same_attempt(outcomes, link, at);
        if (!link->attempt)
            link->attempt = new_attempt(outcomes, link, at);
    }
    if (link->attempt) {
        amanda_job_make_more(link->attempt, outcomes->scope)->last_req = at;
        if (link->attempt->transmissions < UINT8_MAX)
            link->attempt->transmissions++;
    }
}

void amanda_outcomes_link_opened(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);

    if (link->attempt && !link->attempt->req_acked.frame)
        link->attempt->req_acked = at;
}

void amanda_outcomes_link_of_others(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    link_t *link = link_between(outcomes, ends);

    if (link->attempt && !amanda_item_is_settled(&link->attempt->item))
        link->attempt->dropped = true;
    link->attempt = NULL;
}

void amanda_outcomes_link_refused(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends,
                                  const amanda_refuser_t *by, amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);
    amanda_job_more_t *more;

    if (!link->attempt)
        return;
    more = amanda_job_make_more(link->attempt, outcomes->scope);
    more->refused = at;
    more->refusal = amanda_refusal_keep(outcomes, link->attempt->responder, by);
    amanda_job_settle(outcomes, link->attempt, at);
}

static void close_job(const amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_party_t side, amanda_end_t how,
                      const amanda_refusal_t *reset, amanda_moment_t at)
{
    amanda_job_more_t *more = amanda_job_make_more(job, outcomes->scope);

    more->closed = at;
    more->closed_by = side;
    more->closed_how = how;
    more->refusal = reset;
}

void amanda_outcomes_link_ended(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_party_t side,
                                amanda_end_t how, const amanda_refuser_t *by, amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);
    amanda_job_t *attempt = link->attempt;
    const amanda_refusal_t *reset =
        amanda_refusal_keep(outcomes, side == AMANDA_PARTY_REQUESTER ? link->key.requester : link->key.responder, by);

    if (attempt && link->unreadable) {
        attempt->encrypted = true;
    } else if (attempt && !amanda_job_more(attempt)->closed.frame) {
        close_job(outcomes, attempt, side, how, reset, at);
        amanda_job_settle(outcomes, attempt, at);
    }
    /* Those that are settled stay in the list: how the other side reacts tells why. */
    for (amanda_job_t *job = link->jobs; job; job = job->more->on_link) {
        if (!job->open)
            continue;
        if (!job->more->closed.frame)
            close_job(outcomes, job, side, how, reset, at);
        amanda_outcomes_streams_ended(outcomes, job, side, how, by, at);
    }
}

void amanda_outcomes_link_hung_up(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    link_t *link = link_between(outcomes, ends);

    link->hung_up = true;
    /* Another connection of the same program may have settled it. */
    if (!link->attempt || amanda_item_is_settled(&link->attempt->item))
        return;
    link->attempt->hung_up = true;
    amanda_job_make_more(link->attempt, outcomes->scope)->closed_by = AMANDA_PARTY_RESPONDER;
}

void amanda_outcomes_link_awaited(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    for (amanda_job_t *job = open_jobs(link_between(outcomes, ends)); job; job = job->more->on_link) {
        amanda_job_misses_reply(job);
        amanda_outcomes_streams_awaited(outcomes, job);
    }
}

void amanda_outcomes_link_reacted(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_end_t how,
                                  amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);

    for (amanda_job_t *job = link->jobs; job; job = job->more->on_link)
        amanda_outcomes_streams_reacted(outcomes, job, how, at);
}

void amanda_outcomes_link_nak(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, const char *text,
                              amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);

    link->nak = at;
    link->nak_text = text ? amanda_outcome_keep(outcomes, text) : NULL;
    /* Where the capture has no REQ, the end of the connection settles it. */
    if (link->attempt) {
        amanda_job_more_t *more = amanda_job_make_more(link->attempt, outcomes->scope);

        more->nak = link->nak;
        more->nak_text = link->nak_text;
    }
}

/* Tells the jobs of a link what it knows by now. */
static void tell_jobs(const amanda_outcomes_t *outcomes, link_t *link)
{
    if (link->attempt) {
        amanda_job_make_more(link->attempt, outcomes->scope)->said = link->said;
        link->attempt->auth_differs = link->auth_differs;
    }
    for (amanda_job_t *job = open_jobs(link); job; job = job->more->on_link) {
        job->more->said = link->said;
        job->auth_differs = link->auth_differs;
    }
}

void amanda_outcomes_link_said(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, const char *text)
{
    link_t *link = link_between(outcomes, ends);

    if (link->said_whole)
        return;

    size_t length = strcspn(text, "\r\n");
    char *line = g_strdup_printf("%s%.*s", link->said ? link->said : "", (int)length, text);

    link->said_whole = text[length] != '\0' || strlen(line) > SAID_MAX;
    link->said = *line ? amanda_outcome_keep(outcomes, line) : NULL;
    g_free(line);
    tell_jobs(outcomes, link);
}

void amanda_outcomes_link_tls(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    const link_t *link = link_between(outcomes, ends);

    if (link->attempt && !amanda_item_is_settled(&link->attempt->item))
        link->attempt->tls = true;
}

void amanda_outcomes_link_tls_alert(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_party_t side,
                                    uint8_t alert, amanda_moment_t at)
{
    link_t *link = link_between(outcomes, ends);
    amanda_job_t *attempt = link->attempt;

    /* What was asked has got through. */
    if (!attempt || link->jobs || amanda_job_more(attempt)->closed.frame)
        return;
    link->unreadable = attempt->encrypted = false;
    close_job(outcomes, attempt, side, AMANDA_END_FIN, NULL, at);
    attempt->more->tls_alert = alert;
    amanda_job_settle(outcomes, attempt, at);
}

void amanda_outcomes_link_auth_differs(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    link_t *link = link_between(outcomes, ends);

    link->auth_differs = true;
    tell_jobs(outcomes, link);
}

void amanda_outcomes_link_unreadable(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    link_t *link = link_between(outcomes, ends);

    link->unreadable = true;
    if (link->attempt)
        link->attempt->encrypted = true;
    for (amanda_job_t *job = open_jobs(link); job; job = job->more->on_link)
        job->encrypted = true;
}

void amanda_outcomes_link_missing(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends)
{
    for (amanda_job_t *job = open_jobs(link_between(outcomes, ends)); job; job = job->more->on_link)
        amanda_job_misses_reply(job);
}
