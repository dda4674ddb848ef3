/* outcome/causes.c
 * Why an item has its outcome: the cause, not the symptom
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/causes.h"

#include <string.h>

#include "outcome/refusals.h"
#include "outcome/state.h"
#include "outcome/tls-alerts.h"

/* What is being explained. */
typedef struct {
    const amanda_case_t *c;
    wmem_allocator_t *pool;
    amanda_cause_t cause;
} why_t;

const char *amanda_cause_host(const amanda_host_t *host, wmem_allocator_t *pool)
{
    return host->name ? host->name : amanda_refusal_address(&host->addr, pool);
}

const char *amanda_cause_stream(const amanda_transfer_t *transfer, const amanda_stream_facts_t *stream)
{
    static const char *const names[AMANDA_STREAMS] = {"DATA", "MESG", "INDEX", "STATE", "CTL", "CMD"};

    return names[stream - transfer->stream];
}

/* Seconds from one time to another. */
static double seconds(int64_t from, int64_t to)
{
    return (double)amanda_times_between(from, to) / (double)AMANDA_SECOND;
}

/* How often a request or SYN was sent, of which no more is counted than fits. */
static const char *transmissions(const why_t *why)
{
    unsigned count = why->c->job->transmissions;

    return wmem_strdup_printf(why->pool, count < UINT8_MAX ? "%u" : "%u or more", count);
}

static const char *why_refused(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);

    why->cause = AMANDA_CAUSE_NAK;
    return more->nak_text ? more->nak_text : "The request was refused; the capture has no reason";
}

/* The client's own words. What its program said last before the error is the cause: "tar returned 2" is a symptom. */
static const char *client_words(why_t *why, const char *error)
{
    const amanda_transfer_t *transfer = why->c->job->transfer;

    why->cause = AMANDA_CAUSE_CLIENT_SAYS;
    if (*error == '\0')
        return transfer && transfer->strange ? transfer->strange : "One side says ERROR, and not why";
    if (transfer && transfer->strange && error == transfer->error)
        return wmem_strdup_printf(why->pool, "%s (%s)", transfer->strange, error);
    return error;
}

static const char *why_damaged(why_t *why)
{
    const amanda_transfer_t *transfer = why->c->job->transfer;

    why->cause = AMANDA_CAUSE_DAMAGED;
    if (transfer->announced_bytes != transfer->counted_bytes)
        return wmem_strdup_printf(why->pool, "DATA has %" PRIu64 " bytes, but %" PRIu64 " were announced",
                                  transfer->counted_bytes, transfer->announced_bytes);
    return "DATA has another CRC than the one that was announced";
}

static const char *why_not_whole(why_t *why)
{
    const amanda_transfer_t *transfer = why->c->job->transfer;

    why->cause = AMANDA_CAUSE_NOT_WHOLE;
    if (!transfer->has_size)
        return "The client ended the dump without a line that tells its size";
    return transfer->info_ended ? "The client ended the dump without one byte of DATA"
                                : "The client ended the dump without having told how to restore it (info end)";
}

static const char *why_failed(why_t *why)
{
    const amanda_item_t *item = why->c->item;
    const amanda_item_told_t *told = amanda_item_told(item);
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    const amanda_transfer_t *transfer = job->transfer;

    if (transfer && transfer->error)
        return client_words(why, transfer->error);
    if (told->error)
        return client_words(why, told->error);
    if (transfer && transfer->retry) {
        why->cause = AMANDA_CAUSE_RETRY;
        return wmem_strdup_printf(why->pool, "The client asks for another try: %s", transfer->retry);
    }
    if (more->error)
        return client_words(why, more->error);
    if (transfer && transfer->damaged)
        return why_damaged(why);
    if (transfer && transfer->ended)
        return why_not_whole(why);
    why->cause = AMANDA_CAUSE_CLIENT_SAYS;
    return "The client could not estimate any of the levels that were asked";
}

/* A connection that was refused. */
static const char *why_refused_connection(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_refusal_t *refusal = amanda_job_more(job)->refusal;
    const char *host = amanda_cause_host(job->responder, why->pool);
    const char *text = amanda_refusal_text(refusal, why->pool);

    if (amanda_refusal_has_no_way(refusal)) {
        why->cause = AMANDA_CAUSE_SILENT;
        return wmem_strdup_printf(why->pool, "There is no way to %s (%s)", host, text);
    }
    /* No host answers a SYN by ICMP. */
    if (amanda_refusal_is_foreign(refusal) || (refusal && refusal->icmp)) {
        why->cause = AMANDA_CAUSE_FIREWALL_REFUSES;
        return wmem_strdup_printf(why->pool, "A firewall refuses connections to port %u of %s (%s)",
                                  job->responder_port, host, text);
    }
    why->cause = AMANDA_CAUSE_NOBODY_LISTENS;
    return wmem_strdup_printf(why->pool, "Nobody listens on port %u of %s: the connection was refused",
                              job->responder_port, host);
}

/* The responder's own words, or what it speaks, where it answers with nothing of Amanda's; NULL where it says nothing. */
static const char *why_foreign(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);

    why->cause = AMANDA_CAUSE_CONNECTION_CLOSED;
    if (more->said)
        return more->said;
    return job->auth_differs ? "One side uses auth ssl, and the other one an auth without TLS (bsdtcp)" : NULL;
}

/* What one side has against the TLS of the other one. */
static const char *why_not_tls(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    bool by_responder = more->closed_by == AMANDA_PARTY_RESPONDER;

    return wmem_strdup_printf(why->pool, "%s broke off TLS with %s (alert %u)",
                              amanda_cause_host(by_responder ? job->responder : job->requester, why->pool),
                              amanda_tls_alert_name(more->tls_alert), more->tls_alert);
}

/* A connection that came to nothing. */
static const char *why_no_connection(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    const char *host = amanda_cause_host(job->responder, why->pool);

    if (more->refused.frame)
        return why_refused_connection(why);
    if (more->closed.frame || job->hung_up) {
        const char *foreign = why_foreign(why);

        if (foreign)
            return foreign;
        if (more->tls_alert)
            return why_not_tls(why);
        if (job->tls && more->closed_by == AMANDA_PARTY_RESPONDER)
            return wmem_strdup_printf(why->pool,
                                      "%s %s the connection, and did not answer TLS: does it run with auth ssl?", host,
                                      more->closed_how == AMANDA_END_RST ? "reset" : "closed");
        if (job->tls && !job->encrypted && more->closed.frame)
            return wmem_strdup_printf(why->pool, "%s closed the connection: its TLS had no answer",
                                      amanda_cause_host(job->requester, why->pool));
        return wmem_strdup_printf(
            why->pool, "%s %s the connection before anything was asked",
            more->closed_by == AMANDA_PARTY_RESPONDER ? host : amanda_cause_host(job->requester, why->pool),
            more->closed_how == AMANDA_END_RST ? "reset" : "closed");
    }
    why->cause = AMANDA_CAUSE_SILENT;
    return wmem_strdup_printf(why->pool, "%s SYNs to port %u of %s had no answer%s", transmissions(why),
                              job->responder_port, host,
                              job->responder->first_heard.frame ? "" : ", nor had anything else in this capture");
}

/* The last sign of the responder in an exchange that came to nothing. */
static amanda_moment_t last_sign(const amanda_job_t *job)
{
    const amanda_job_more_t *more = amanda_job_more(job);

    if (amanda_job_last_rep(job).frame)
        return amanda_job_last_rep(job);
    return more->prep.frame ? more->prep : job->req_acked;
}

static const char *why_too_late(why_t *why, amanda_moment_t sign)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    const char *what = amanda_job_last_rep(job).frame ? "reply"
                       : more->prep.frame             ? "partial reply"
                                                      : "acknowledgement";

    /* Whether the requester still waited, nothing tells. */
    if (amanda_refusal_is_foreign(more->returned) || amanda_refusal_is_prohibition(more->returned)) {
        why->cause = AMANDA_CAUSE_FIREWALL_REFUSES;
        return wmem_strdup_printf(
            why->pool, "The %s (frame %u), %.1f s after the request, was refused on its way back (%s, frame %u)", what,
            sign.frame, seconds(job->req.when, sign.when), amanda_refusal_text(more->returned, why->pool),
            more->gone.frame);
    }
    why->cause = AMANDA_CAUSE_TOO_LATE;
    return wmem_strdup_printf(why->pool,
                              "Answered too late: the %s (frame %u) came %.1f s after the request, when the requester "
                              "had gone",
                              what, sign.frame, seconds(job->req.when, sign.when));
}

/* The dump that amandad is still busy with or hangs in, though it broke off: where the client was there, but amandad has
 * said nothing since. Over UDP, one amandad serves all requests. */
static const amanda_job_t *hangs_in(const why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_t *dump = job->responder->dump;
    const amanda_settlement_t *settled = dump ? &dump->item.settled : NULL;
    amanda_cause_t cause = AMANDA_CAUSE_NONE;

    if (job->framed || !settled || settled->outcome != AMANDA_OUTCOME_UNFINISHED ||
        job->req.frame < settled->at.frame || job->responder->last_heard.when > settled->at.when)
        return NULL;

    const amanda_case_t c = {
        .item = &dump->item, .job = dump, .now = why->c->now, .over = why->c->over, .tcp_seen = why->c->tcp_seen};

    amanda_cause_of_end(&c, &cause, why->pool);
    return cause == AMANDA_CAUSE_PROGRAM_HANGS || cause == AMANDA_CAUSE_SENDBACKUP_DIED ? dump : NULL;
}

/* While amandad waits for the connections of a dump, 30 seconds for each, it answers nobody. */
static const amanda_job_t *busy_with(const amanda_job_t *job)
{
    const amanda_job_t *dump = job->responder->dump;

    if (!dump || dump == job || !dump->transfer || dump->framed ||
        dump->rep_acked.when > amanda_job_last_req(job).when ||
        amanda_times_between(dump->rep_acked.when, job->req.when) > INT64_C(120) * AMANDA_SECOND)
        return NULL;
    for (int role = 0; role < AMANDA_STREAMS; role++) {
        const amanda_stream_facts_t *stream = &dump->transfer->stream[role];

        if (stream->number && stream->number <= UINT16_MAX && !amanda_stream_course(stream)->connected.frame)
            return dump;
    }
    return NULL;
}

static const char *timer_name(const amanda_job_t *job)
{
    switch (job->kind) {
    case AMANDA_JOB_NOOP:
    case AMANDA_JOB_CHECK:
        return "ctimeout";
    case AMANDA_JOB_ESTIMATE:
        return "etimeout";
    default:
        return "60 s";
    }
}

static const char *why_silent(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const char *host = amanda_cause_host(job->responder, why->pool);
    const char *heard = "";

    why->cause = job->req_acked.frame ? AMANDA_CAUSE_NO_REPLY : AMANDA_CAUSE_SILENT;
    if (!job->responder->first_heard.frame)
        heard = ": nothing at all came from it in this capture";
    else if (job->responder->first_heard.when < job->req.when)
        heard = job->responder->last_heard.when > amanda_job_last_req(job).when ? ", though it answered other requests"
                                                                                : ", though it had answered before";
    if (job->req_acked.frame)
        return wmem_strdup_printf(why->pool,
                                  "%s acknowledged the request (frame %u), but its reply did not come before the "
                                  "requester gave up (%s)",
                                  host, job->req_acked.frame, timer_name(job));
    return wmem_strdup_printf(why->pool, "%s answered none of %s transmissions of the request%s", host,
                              transmissions(why), heard);
}

static const char *why_closed(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    /* What the responder has ended before is over, whoever ends the rest. */
    bool by_responder = more->closed_by == AMANDA_PARTY_RESPONDER || job->hung_up;
    const char *host = amanda_cause_host(by_responder ? job->responder : job->requester, why->pool);
    const char *how = more->closed_how == AMANDA_END_RST ? "reset" : "closed";
    const char *foreign = why_foreign(why);

    if (foreign)
        return foreign;
    if (amanda_refusal_is_foreign(more->refusal)) {
        why->cause = AMANDA_CAUSE_FIREWALL_REFUSES;
        return wmem_strdup_printf(why->pool,
                                  "Something between the hosts reset the connection before the answer came (%s)",
                                  amanda_refusal_text(more->refusal, why->pool));
    }
    if (!by_responder) {
        why->cause = AMANDA_CAUSE_NO_REPLY;
        return wmem_strdup_printf(why->pool, "%s gave up and %s the connection %.1f s after its request (%s)", host,
                                  how, seconds(amanda_job_last_req(job).when, more->closed.when), timer_name(job));
    }
    return wmem_strdup_printf(why->pool, "%s %s the connection before it had answered", host, how);
}

/* A REQ that an ICMP error returned. */
static const char *why_returned(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    const amanda_refusal_t *refusal = more->refusal;
    const char *host = amanda_cause_host(job->responder, why->pool);
    const char *text = amanda_refusal_text(refusal, why->pool);

    if (amanda_refusal_has_no_way(refusal)) {
        why->cause = AMANDA_CAUSE_SILENT;
        return wmem_strdup_printf(why->pool, "There is no way to %s: the request was returned (%s, frame %u)", host,
                                  text, more->refused.frame);
    }
    if (amanda_refusal_is_foreign(refusal) || amanda_refusal_is_prohibition(refusal)) {
        why->cause = AMANDA_CAUSE_FIREWALL_REFUSES;
        return wmem_strdup_printf(why->pool, "A firewall refuses the request to port %u of %s (%s, frame %u)",
                                  job->responder_port, host, text, more->refused.frame);
    }
    why->cause = AMANDA_CAUSE_NOBODY_LISTENS;
    return wmem_strdup_printf(why->pool,
                              "An ICMP error (frame %u) returned the request: nobody listens on port %u of %s, or a "
                              "firewall refuses it",
                              more->refused.frame, job->responder_port, host);
}

/* The dump for whose connections amandad still waited. */
static const char *why_busy(why_t *why, const amanda_job_t *busy)
{
    why->cause = AMANDA_CAUSE_BUSY;
    return wmem_strdup_printf(why->pool,
                              "The client's amandad was still waiting for the connections of the dump that was "
                              "asked for in frame %u",
                              busy->req.frame);
}

/* The requester waits so long for the ACK of its last transmission; a reply that comes behind that finds nobody. */
static const char *why_too_late_for_ack(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_t *busy = busy_with(job);
    amanda_moment_t sign = job->req_acked.frame ? job->req_acked : job->rep;

    if (busy)
        return why_busy(why, busy);
    why->cause = AMANDA_CAUSE_TOO_LATE;
    return wmem_strdup_printf(why->pool,
                              "Answered too late: the %s (frame %u) came %.1f s after the last transmission of the "
                              "request, when the requester had given up",
                              job->req_acked.frame ? "acknowledgement" : "reply", sign.frame,
                              seconds(amanda_job_last_req(job).when, sign.when));
}

static const char *why_unanswered(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);
    const amanda_job_t *busy = busy_with(job);
    const amanda_job_t *hung = hangs_in(why);
    amanda_moment_t sign = last_sign(job);

    if (job->kind == AMANDA_JOB_CONNECTION)
        return why_no_connection(why);
    if (more->refused.frame)
        return why_returned(why);
    if (hung) {
        why->cause = AMANDA_CAUSE_BUSY;
        return wmem_strdup_printf(why->pool,
                                  "The client's amandad has said nothing since the dump that was asked for in frame %u "
                                  "broke off: it is still busy with that, or hangs",
                                  hung->req.frame);
    }
    if (busy)
        return why_busy(why, busy);
    if (more->gone.frame && sign.frame)
        return why_too_late(why, sign);
    if (more->closed.frame)
        return why_closed(why);
    return why_silent(why);
}

/* Of the ports without a connection, the one that tells most: whoever waits for one does not try the next. */
static const amanda_stream_facts_t *telling_port(const amanda_case_t *c)
{
    const amanda_stream_facts_t *port = amanda_rules_dead_port(c);
    const amanda_stream_course_t *course = amanda_stream_course(port);

    if (!port || course->refused.frame || course->syn.frame)
        return port;
    for (int role = 0; role < AMANDA_STREAMS; role++) {
        const amanda_stream_facts_t *stream = &c->job->transfer->stream[role];

        course = amanda_stream_course(stream);
        if (course->syn.frame && !course->connected.frame)
            return stream;
    }
    return port;
}

static const char *why_not_connected(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const amanda_stream_facts_t *port = telling_port(why->c);
    const amanda_stream_course_t *course = amanda_stream_course(port);
    const char *host = amanda_cause_host(job->responder, why->pool);
    const char *name;

    if (job->transfer->unmatched) {
        why->cause = AMANDA_CAUSE_STALE_REPLY;
        if (course->refused.frame || course->syn.frame)
            return "An old reply to another request was taken for the answer; the ports that it announces are dead";
        return "An old reply to another request was taken for the answer; what its ports send is not of this disk";
    }
    if (!port)
        return NULL;
    name = amanda_cause_stream(job->transfer, port);
    if (course->refused.frame) {
        /* No host answers a SYN by ICMP. */
        bool between = amanda_refusal_is_foreign(course->refusal) || (course->refusal && course->refusal->icmp);

        why->cause = between ? AMANDA_CAUSE_FIREWALL_REFUSES : AMANDA_CAUSE_PORT_REFUSED;
        return wmem_strdup_printf(why->pool, "%s refused the connection to the %s port %d of %s (%s)",
                                  between ? "A firewall" : host, name, (int)port->number, host,
                                  course->refusal ? amanda_refusal_text(course->refusal, why->pool) : "RST");
    }
    if (course->syn.frame) {
        why->cause = AMANDA_CAUSE_PORT_SILENT;
        return wmem_strdup_printf(why->pool, "%u SYNs to the %s port %d of %s had no answer", course->syns, name,
                                  (int)port->number, host);
    }
    if (!job->rep_acked.frame && amanda_rules_had_given_up(job))
        return why_too_late_for_ack(why);
    why->cause = AMANDA_CAUSE_NEVER_TRIED;
    return wmem_strdup_printf(why->pool, "Nobody connected to the %s port %d of %s", name, (int)port->number, host);
}

/* What a REP that comes again after its ACK proves of a dump that never said a word. */
static bool is_ack_lost(const amanda_job_t *job)
{
    return !job->framed && job->rep_acked.frame &&
           amanda_job_last_rep(job).frame > MAX(job->rep_acked.frame, job->rep.frame);
}

/* What the client says after an end tells why, if it was its own. */
static const char *with_later_words(why_t *why, const char *end)
{
    const amanda_stream_course_t *stream = amanda_stream_course(amanda_rules_broken_stream(why->c));
    const amanda_cause_t cause = why->cause;
    const char *words = client_words(why, why->c->job->transfer->error);

    if (amanda_course_ended_by(stream) == AMANDA_PARTY_RESPONDER && !amanda_refusal_is_foreign(stream->refusal))
        return wmem_strdup_printf(why->pool, "%s, after this: %s", words, end);
    why->cause = cause;
    return wmem_strdup_printf(why->pool, "%s; then the client said: %s", end, words);
}

static const char *why_unfinished(why_t *why)
{
    const amanda_job_t *job = why->c->job;
    const char *text;

    if (job->transfer->unmatched) {
        why->cause = AMANDA_CAUSE_STALE_REPLY;
        return "An old reply to another request was taken for the answer";
    }
    if (is_ack_lost(job)) {
        why->cause = AMANDA_CAUSE_ACK_LOST;
        return wmem_strdup_printf(why->pool,
                                  "The client sent its reply again (frame %u) after it was acknowledged: the "
                                  "acknowledgement (frame %u) was lost on the way to the client",
                                  amanda_job_last_rep(job).frame, job->rep_acked.frame);
    }
    text = amanda_cause_of_end(why->c, &why->cause, why->pool);
    if (text)
        return job->transfer->error ? with_later_words(why, text) : text;
    why->cause = AMANDA_CAUSE_WENT_ON;
    return wmem_strdup_printf(why->pool, "The requester went on to something else (frame %u) before it ended",
                              amanda_job_more(job)->went_on.frame);
}

static const char *why_missing(why_t *why)
{
    if (why->c->job->stale) {
        why->cause = AMANDA_CAUSE_STALE_REPLY;
        return "An old reply to another request was taken for the answer; it says nothing about this disk";
    }
    why->cause = AMANDA_CAUSE_NOT_NAMED;
    return "The reply says nothing about this disk";
}

static const char *why_strange(why_t *why)
{
    const amanda_item_t *item = why->c->item;
    const amanda_item_told_t *told = amanda_item_told(item);
    const amanda_job_t *job = why->c->job;
    const amanda_job_more_t *more = amanda_job_more(job);

    why->cause = AMANDA_CAUSE_CLIENT_SAYS;
    if (job->transfer && job->transfer->strange)
        return job->transfer->strange;
    if (told->warning || more->warning)
        return told->warning ? told->warning : more->warning;
    if (told->error)
        return told->error;
    return job->kind == AMANDA_JOB_ESTIMATE ? "The client has a size for some of the levels, not for all"
                                            : "The client's program said something strange";
}

static const char *why_unknown(const why_t *why)
{
    const amanda_job_t *job = why->c->job;

    if (job->encrypted)
        return "It is encrypted";
    if (job->rep_cut || job->req_cut)
        return "The capture does not hold all of the packets (snapshot length)";
    if (!job->rep.frame)
        return "The requester acknowledges a reply, and the capture has none to this request";
    return why->c->tcp_seen ? "Bytes of its streams, or the begin of their connections, are not in the capture"
                            : "The capture has no TCP";
}

const char *amanda_cause_find(const amanda_case_t *c, amanda_outcome_t outcome, amanda_cause_t *cause,
                              wmem_allocator_t *pool)
{
    why_t why = {.c = c, .pool = pool, .cause = AMANDA_CAUSE_NONE};
    const char *text = NULL;

    switch (outcome) {
    case AMANDA_OUTCOME_REFUSED:
        text = why_refused(&why);
        break;
    case AMANDA_OUTCOME_FAILED:
        text = why_failed(&why);
        break;
    case AMANDA_OUTCOME_UNANSWERED:
        text = why_unanswered(&why);
        break;
    case AMANDA_OUTCOME_NOT_CONNECTED:
        text = why_not_connected(&why);
        break;
    case AMANDA_OUTCOME_UNFINISHED:
        text = why_unfinished(&why);
        break;
    case AMANDA_OUTCOME_MISSING:
        text = why_missing(&why);
        break;
    case AMANDA_OUTCOME_STRANGE:
        text = why_strange(&why);
        break;
    case AMANDA_OUTCOME_UNKNOWN:
        text = why_unknown(&why);
        break;
    default:
        break;
    }
    *cause = why.cause;
    return text;
}
