/* outcome/facts.c
 * What the outcomes are told of requests and replies
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/facts.h"

#include <string.h>

#include "outcome/links.h"
#include "outcome/rules.h"
#include "outcome/state.h"
#include "outcome/went-on.h"

static const struct {
    const char *service;
    amanda_job_kind_t kind;
} kinds[] = {
    {"noop", AMANDA_JOB_NOOP},       {"selfcheck", AMANDA_JOB_CHECK},    {"sendsize", AMANDA_JOB_ESTIMATE},
    {"sendbackup", AMANDA_JOB_DUMP}, {"amidxtaped", AMANDA_JOB_RESTORE}, {"restore", AMANDA_JOB_RESTORE},
};

/* Of a service that nearly all ask for, no copy is kept. */
static void set_service(const amanda_outcomes_t *outcomes, amanda_job_t *job, const char *service)
{
    for (size_t i = 0; service && i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(kinds[i].service, service) == 0) {
            job->service = kinds[i].service;
            job->kind = kinds[i].kind;
            return;
        }
    }
    job->service = amanda_outcome_keep(outcomes, service);
}

static void heard(amanda_job_t *job, amanda_moment_t at)
{
    amanda_host_t *host = job->responder;

    if (!host->first_heard.frame)
        host->first_heard = at;
    host->last_heard = at;
}

amanda_job_t *amanda_outcomes_request(amanda_outcomes_t *outcomes, const amanda_request_fact_t *fact)
{
    amanda_job_t *job = amanda_job_make(outcomes, fact->requester, fact->responder, AMANDA_JOB_OTHER, fact->at);

    set_service(outcomes, job, fact->service);
    job->requester_port = fact->requester_port;
    job->responder_port = fact->responder_port;
    job->framed = fact->framed;
    job->req_cut = fact->cut;
    job->transmissions = 1;
    amanda_went_on_by_socket(outcomes, job, fact->last_of_group, fact->seq, fact->at);
    if (job->framed)
        amanda_link_has_request(outcomes, job);
    return job;
}

void amanda_outcomes_client(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *name)
{
    amanda_host_t *host;

    if (job->client || *name == '\0')
        return;
    host = (amanda_host_t *)amanda_job_client_host(job);
    job->client = host->name && strcmp(host->name, name) == 0 ? host->name : amanda_outcome_keep(outcomes, name);
    if (!host->name)
        host->name = job->client;
}

void amanda_outcomes_disk(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, const char *device,
                          const int *levels, unsigned level_count)
{
    amanda_item_t *item = amanda_job_add(job, outcomes->scope, disk, device);
    amanda_item_told_t *told = amanda_item_make_told(item, outcomes->scope);

    for (unsigned i = 0; i < level_count; i++)
        told->asked |= UINT64_C(1) << CLAMP(levels[i], 0, AMANDA_LEVEL_MAX);
}

void amanda_outcomes_left_to_server(amanda_job_t *job, const char *disk, int level)
{
    amanda_item_t *item = amanda_job_find(job, disk, strlen(disk));

    if (item && item->told && job->kind == AMANDA_JOB_ESTIMATE)
        item->told->sized |= UINT64_C(1) << CLAMP(level, 0, AMANDA_LEVEL_MAX);
}

void amanda_outcomes_request_read(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    amanda_went_on_by_disk(outcomes, job, at);
    if (amanda_job_more(job)->nak.frame)
        amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_request_again(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    amanda_job_make_more(job, outcomes->scope)->last_req = at;
    job->returned_last = false;
    if (job->transmissions < UINT8_MAX)
        job->transmissions++;
}

void amanda_outcomes_request_acked(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    (void)outcomes;
    heard(job, at);
    job->req_acked = at;
}

void amanda_outcomes_partial(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    heard(job, at);
    amanda_job_make_more(job, outcomes->scope)->prep = at;
}

void amanda_outcomes_reply(amanda_outcomes_t *outcomes, amanda_job_t *job, bool cut, amanda_moment_t at)
{
    heard(job, at);
    if (!job->rep.frame)
        job->rep = at;
    else
        amanda_job_make_more(job, outcomes->scope)->last_rep = at;
    job->rep_cut = cut;
    if (job->framed && job->transfer)
        amanda_link_carries_streams(outcomes, job, at);
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_reply_again(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    heard(job, at);
    amanda_job_make_more(job, outcomes->scope)->last_rep = at;
}

/* When nobody waits for a job's connections any more; never, where no time stamp is that late. */
static int64_t due_of(const amanda_job_t *job)
{
    int64_t acked = job->rep_acked.when;

    return acked > INT64_MAX - AMANDA_CONNECT_TIME ? INT64_MAX : acked + AMANDA_CONNECT_TIME;
}

void amanda_outcomes_reply_acked(amanda_outcomes_t *outcomes, amanda_job_t *job, bool no_reply, bool stale,
                                 amanda_moment_t at)
{
    if (job->rep_acked.frame)
        return;
    job->rep_acked = at;
    job->ack_no_reply = no_reply;
    job->responder->unseen = job->responder->unseen || no_reply;
    job->stale = stale;
    if (job->kind == AMANDA_JOB_DUMP)
        job->responder->dump = job;
    amanda_job_settle(outcomes, job, at);
    if (job->open && job->transfer && !job->framed) {
        wmem_array_append_one(outcomes->connecting, job);
        outcomes->clock.due = MIN(outcomes->clock.due, due_of(job));
    }
}

bool amanda_outcomes_took_waiting_reply(amanda_job_t *job)
{
    if (!job->ack_no_reply || !job->open || job->rep.frame)
        return false;
    job->ack_no_reply = false;
    job->stale = true;
    return true;
}

void amanda_outcomes_nak(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *text, amanda_moment_t at)
{
    amanda_job_more_t *more = amanda_job_make_more(job, outcomes->scope);

    heard(job, at);
    more->nak = at;
    more->nak_text = text ? amanda_outcome_keep(outcomes, text) : NULL;
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_returned(amanda_outcomes_t *outcomes, amanda_job_t *job, bool of_responder,
                              const amanda_refuser_t *by, amanda_moment_t at)
{
    amanda_job_more_t *more = amanda_job_make_more(job, outcomes->scope);

    job->returned_last = job->returned_last || !of_responder;
    if (of_responder && !more->gone.frame) {
        more->gone = at;
        more->returned = amanda_refusal_keep(outcomes, job->requester, by);
    } else if (!of_responder && !more->refused.frame) {
        more->refused = at;
        more->refusal = amanda_refusal_keep(outcomes, job->responder, by);
    }
    amanda_job_settle(outcomes, job, at);
}

void amanda_outcomes_unreadable(amanda_outcomes_t *outcomes, amanda_job_t *job)
{
    (void)outcomes;
    job->encrypted = true;
}

void amanda_outcomes_reply_missing(amanda_outcomes_t *outcomes, amanda_job_t *job)
{
    (void)outcomes;
    amanda_job_misses_reply(job);
}

/* Those whose ports nobody waits at any more. */
static void settle_due(amanda_outcomes_t *outcomes, amanda_moment_t now)
{
    unsigned count = wmem_array_get_count(outcomes->connecting);

    outcomes->clock.due = INT64_MAX;
    while (outcomes->connected < count && outcomes->clock.due == INT64_MAX) {
        amanda_job_t *job = *(amanda_job_t **)wmem_array_index(outcomes->connecting, outcomes->connected);
        int64_t due = due_of(job);

        if (due > now.when) {
            outcomes->clock.due = due;
            return;
        }
        outcomes->connected++;
        amanda_job_settle(outcomes, job, now);
    }
}

void amanda_outcomes_capture_goes_on(amanda_outcomes_t *outcomes, amanda_moment_t now, bool tcp)
{
    outcomes->clock.now = MAX(outcomes->clock.now, now.when);
    outcomes->clock.tcp_seen = outcomes->clock.tcp_seen || tcp;
    if (now.when >= outcomes->clock.due)
        settle_due(outcomes, now);
}

amanda_job_t *amanda_outcomes_job_of_request(amanda_outcomes_t *outcomes, uint32_t frame)
{
    unsigned count;
    unsigned first = amanda_outcomes_asked_in(outcomes, frame, &count);

    return count == 1 ? amanda_outcomes_job(outcomes, first) : NULL;
}
