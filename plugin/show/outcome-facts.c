/* show/outcome-facts.c
 * Tells the outcomes what packets say: requests, replies, and the lines of both
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/outcome-facts.h"

#include "verdict/exchange-table.h"
#include "verdict/pairs.h"
#include "verdict/times.h"
#include "show/capture.h"
#include "show/ipv4.h"

/* The packet whose lines are being read. */
static struct {
    const amanda_body_t *body; /* NULL where its lines say nothing to the outcomes */
    amanda_job_t *job;
    const char *nak_text; /* in the memory of the packet */
    uint32_t frame;
} reading;

static amanda_job_t *job_of(const amanda_body_t *body)
{
    return body->facts ? body->facts->job : NULL;
}

/* The job that the lines of a body are about; NULL if they are about none. */
static amanda_job_t *job_read(const amanda_body_t *body)
{
    return reading.body == body && reading.frame == body->pinfo->num && !PINFO_FD_VISITED(body->pinfo) ? reading.job
                                                                                                       : NULL;
}

static void read_on(const amanda_body_t *body, amanda_job_t *job)
{
    reading.body = body;
    reading.job = job;
    reading.nak_text = NULL;
    reading.frame = body->pinfo->num;
}

/* job: NULL where this is the first of its REQs. */
static void begin_request(const amanda_body_t *body, amanda_job_t *job, amanda_moment_t at)
{
    const packet_info *pinfo = body->pinfo;
    const amanda_verdict_record_t *record = body->record;

    if (record && record->verdict != AMANDA_VERDICT_REQUEST && record->verdict != AMANDA_VERDICT_RETRANSMISSION)
        return;
    if (job) {
        amanda_outcomes_request_again(amanda_capture()->outcomes, job, at);
        return;
    }

    const amanda_pair_t *pair = record && record->exchange ? record->exchange->pair : NULL;
    const amanda_request_fact_t fact = {
        .service = body->service,
        .last_of_group = record && record->exchange ? amanda_exchange_table_job(record->exchange) : NULL,
        .requester = pair ? pair->requester : amanda_hosts_of(amanda_capture()->hosts, &pinfo->src),
        .responder = amanda_body_responder(body),
        .requester_port = (uint16_t)pinfo->srcport,
        .responder_port = (uint16_t)pinfo->destport,
        .seq = record && record->exchange ? record->exchange->seq : 0,
        .framed = body->framed,
        .cut = body->cut,
        .at = at,
    };

    amanda_capture()->awake = true;
    job = amanda_outcomes_request(amanda_capture()->outcomes, &fact);
    body->facts->job = job;
    read_on(body, job);
}

static void begin_ack(const amanda_body_t *body, amanda_job_t *job, bool from_requester, amanda_moment_t at)
{
    unsigned notes = body->record ? body->record->notes : 0;

    if (notes & (AMANDA_NOTE_ACK_DUPLICATE | AMANDA_NOTE_ACK_UNKNOWN))
        return;
    if (from_requester)
        amanda_outcomes_reply_acked(amanda_capture()->outcomes, job, (notes & AMANDA_NOTE_ACK_NO_REPLY) != 0,
                                    (notes & AMANDA_NOTE_ACK_STALE_ACCEPTED) != 0, at);
    else
        amanda_outcomes_request_acked(amanda_capture()->outcomes, job, at);
}

/* Whether a reply is the one that counts. */
static bool is_answer(const amanda_body_t *body, const amanda_job_t *job)
{
    return body->record ? body->record->verdict == AMANDA_VERDICT_ANSWER : !job->rep.frame;
}

static void begin_reply(const amanda_body_t *body, amanda_job_t *job, amanda_moment_t at)
{
    if (body->type == AMANDA_TYPE_PREP && is_answer(body, job))
        amanda_outcomes_partial(amanda_capture()->outcomes, job, at);
    else if (body->type == AMANDA_TYPE_REP && is_answer(body, job))
        read_on(body, job);
    else if (body->type == AMANDA_TYPE_REP)
        amanda_outcomes_reply_again(amanda_capture()->outcomes, job, at);
}

/* How far a host is, from its first datagrams; copies come another way. That of a copy means nothing alone: of the first REQ
 * no job is known yet. */
static void see_ttl(const amanda_body_t *body, amanda_job_t *job, bool from_requester)
{
    amanda_host_t *host = from_requester ? job->requester : job->responder;

    if (!body->framed && (host->udp_ttls[0] == 0) != amanda_body_is_copy(body) && !PINFO_FD_VISITED(body->pinfo))
        amanda_host_saw_ttl(host, amanda_time_to_live(body->tvb, body->pinfo), true);
}

void amanda_outcome_facts_begin(const amanda_body_t *body, bool from_requester)
{
    amanda_job_t *job = job_of(body);

    if (job)
        see_ttl(body, job, from_requester || body->type == AMANDA_TYPE_REQ);
    reading.body = NULL;
    if (!amanda_body_is_new(body) || !body->facts || !amanda_capture()->outcomes)
        return;

    const amanda_moment_t at = amanda_outcome_moment(body->pinfo);

    amanda_outcomes_capture_goes_on(amanda_capture()->outcomes, at, false);
    if (body->type == AMANDA_TYPE_REQ)
        begin_request(body, job, at);
    else if (job && body->type == AMANDA_TYPE_ACK)
        begin_ack(body, job, from_requester, at);
    else if (body->type == AMANDA_TYPE_NAK)
        read_on(body, job);
    else if (job)
        begin_reply(body, job, at);
}

void amanda_outcome_facts_end(const amanda_body_t *body)
{
    amanda_job_t *job = job_read(body);

    if (!job)
        return;

    amanda_outcomes_t *outcomes = amanda_capture()->outcomes;
    const amanda_moment_t at = amanda_outcome_moment(body->pinfo);

    reading.body = NULL;
    switch (body->type) {
    case AMANDA_TYPE_REQ:
        amanda_outcomes_request_read(outcomes, job, at);
        break;
    case AMANDA_TYPE_NAK:
        if (!body->record || !(body->record->notes & (AMANDA_NOTE_NAK_UNEXPECTED | AMANDA_NOTE_NAK_IGNORED)))
            amanda_outcomes_nak(outcomes, job, reading.nak_text, at);
        break;
    default:
        amanda_outcomes_reply(outcomes, job, body->cut, at);
    }
}

const char *amanda_outcome_facts_nak_text(const amanda_body_t *body)
{
    return reading.body == body && reading.frame == body->pinfo->num ? reading.nak_text : NULL;
}

void amanda_outcome_facts_returned(const amanda_icmp_error_t *error, const packet_info *pinfo)
{
    const amanda_verdict_record_t *returned = error->quoted;
    const amanda_refuser_t by = {
        .sender = error->sender.type == AT_NONE ? NULL : &error->sender,
        .kind = error->kind,
        .ttl = error->ttl,
        .icmp = true,
    };
    amanda_job_t *job = returned->exchange ? returned->exchange->facts.job : NULL;
    bool is_ack = returned->type == AMANDA_TYPE_ACK;

    /* That nobody hears the requester's ACK says nothing of its answer. */
    if (PINFO_FD_VISITED(pinfo) || !job || (is_ack && returned->notes & AMANDA_NOTE_FROM_REQUESTER))
        return;
    amanda_outcomes_returned(amanda_capture()->outcomes, job, returned->type != AMANDA_TYPE_REQ, &by,
                             amanda_outcome_moment(pinfo));
}

void amanda_outcome_facts_client(const amanda_body_t *body, const char *name)
{
    amanda_job_t *job = job_read(body);

    if (job && body->type == AMANDA_TYPE_REQ)
        amanda_outcomes_client(amanda_capture()->outcomes, job, name);
}

void amanda_outcome_facts_disk(const amanda_body_t *body, const char *disk, const char *device, const int *levels,
                               unsigned level_count)
{
    amanda_job_t *job = job_read(body);

    if (job && body->type == AMANDA_TYPE_REQ && disk)
        amanda_outcomes_disk(amanda_capture()->outcomes, job, disk, device, levels, level_count);
}

void amanda_outcome_facts_left_to_server(const amanda_body_t *body, const char *disk, const int *levels,
                                         unsigned level_count, unsigned left)
{
    amanda_job_t *job = job_read(body);

    if (!job || body->type != AMANDA_TYPE_REQ || !disk)
        return;
    for (unsigned i = 0; i < level_count; i++) {
        if (left >> i & 1)
            amanda_outcomes_left_to_server(job, disk, levels[i]);
    }
}

void amanda_outcome_facts_trouble(const amanda_body_t *body, bool warning, const char *disk, int level,
                                  const char *text)
{
    amanda_job_t *job = job_read(body);

    if (body->type == AMANDA_TYPE_NAK && reading.body == body && !reading.nak_text)
        reading.nak_text = text;
    if (!job || body->type == AMANDA_TYPE_REQ || body->type == AMANDA_TYPE_NAK)
        return;
    if (warning) {
        amanda_outcomes_reply_warning(amanda_capture()->outcomes, job, disk, text);
    } else {
        amanda_outcomes_reply_error(amanda_capture()->outcomes, job, disk, level, text);
    }
}

void amanda_outcome_facts_ok(const amanda_body_t *body, const char *text)
{
    amanda_job_t *job = job_read(body);

    if (job)
        amanda_outcomes_reply_ok(amanda_capture()->outcomes, job, text);
}

void amanda_outcome_facts_size(const amanda_body_t *body, const char *disk, int level, int64_t kib)
{
    amanda_job_t *job = job_read(body);

    if (job)
        amanda_outcomes_reply_size(amanda_capture()->outcomes, job, disk, level, kib);
}

void amanda_outcome_facts_retry(const amanda_body_t *body, const char *text)
{
    amanda_job_t *job = job_read(body);

    if (job)
        amanda_outcomes_reply_retry(amanda_capture()->outcomes, job, text);
}
