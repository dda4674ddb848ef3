/* verdict/losses.c
 * Which datagrams were lost, and on which side of the capture point, as far as those that came tell
 *
 * What was lost shows in what is sent again. A requester sends its REQ again 10 seconds later if neither an ACK nor a
 * reply came, or when it has waited for the reply in vain; a responder sends its REP again every 10 seconds until an ACK
 * comes. So a datagram that passed here and did not have its effect was lost behind this point, and one that must have
 * been sent and did not come by was lost before it. (Amanda 2.4 and 2.5 to 3.5 common-src/protocol.c; 2.4
 * client-src/amandad.c, later amandad-src/amandad.c.)
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/losses.h"

#include "verdict/pairs.h"
#include "verdict/times.h"

#include <string.h>

/* ACK_WAIT of the requester, ACK_TIMEOUT of the responder. Versions before 2.5 count whole seconds. */
#define TIMER (10 * AMANDA_SECOND)
#define TIMER_SLACK AMANDA_SECOND
#define MILLISECOND (AMANDA_SECOND / 1000)

/* A REQ that comes sooner after another is a copy that was made on the way. */
#define SOONEST_AGAIN (TIMER - TIMER_SLACK)

/* What comes this shortly before a REQ may have passed it on the way. */
#define CROSSING AMANDA_SECOND

/* A service that may take long, and replies so shortly after its REQ was sent again, has most probably begun with that. */
#define SOON AMANDA_SECOND

/* What a requester sends before it gives up: a REQ three times without an ACK, or three times without a REP. */
#define TRIES 3

/* How many times a responder sends a REP before it gives up. */
#define REP_TRIES 5

/* A responder sends its REP so long, every 10 seconds, also when the REQ comes again, which it does not acknowledge then. */
#define REP_TIME (REP_TRIES * TIMER)

/* As many as amanda_trace_t counts. */
#define MOST_ASKED 7
#define MOST_ANSWERS 31

struct amanda_losses {
    wmem_allocator_t *scope;
    wmem_array_t *told;
    int64_t begun; /* when the first datagram was captured */
    bool has_begun;
};

typedef struct {
    amanda_losses_t *losses;
    const amanda_datagram_t *datagram;
    const amanda_verdict_record_t *record;
    amanda_exchange_t *exchange;
    amanda_trace_t *trace;
    int64_t now;
} view_t;

amanda_losses_t *amanda_losses_new(wmem_allocator_t *scope)
{
    amanda_losses_t *losses = wmem_new0(scope, amanda_losses_t);

    losses->scope = scope;
    losses->told = wmem_array_new(scope, sizeof(amanda_loss_t));
    return losses;
}

static amanda_exchange_more_t *more_of(const view_t *view)
{
    return amanda_exchange_make_more(view->exchange, view->losses->scope);
}

static int64_t since(const view_t *view, int64_t then)
{
    return amanda_times_between(then, view->now);
}

static uint8_t one_more(uint8_t count)
{
    return count < UINT8_MAX ? (uint8_t)(count + 1) : count;
}

/* How many times a 10 second timer has run in this time, the slack of each run included; 0 if it is another time, which may
 * be any. */
static unsigned timer_runs(int64_t elapsed)
{
    if (elapsed < 0)
        return 0;
    for (unsigned runs = 1; runs <= 4; runs++) {
        int64_t off = elapsed - runs * TIMER;

        if (off >= -TIMER_SLACK * (runs + 1) / 2 && off <= TIMER_SLACK * (runs + 1) / 2)
            return runs;
    }
    return 0;
}

static amanda_loss_t *tell(const view_t *view, amanda_lost_t what, amanda_side_t where, uint32_t lost, unsigned count)
{
    const amanda_loss_t loss = {
        .frame = view->datagram->frame,
        .part = view->datagram->part,
        .exchange = view->exchange->number,
        .what = (uint8_t)what,
        .where = (uint8_t)where,
        .lost = lost,
        .count = (uint8_t)MIN(count, UINT8_MAX),
    };
    wmem_array_t *told = view->losses->told;

    wmem_array_append_one(told, loss);
    return (amanda_loss_t *)wmem_array_index(told, wmem_array_get_count(told) - 1);
}

/* One requester process asks one responder for one thing at a time. The exception: before 2.5, what did not fit into
 * one datagram was split, and all parts were sent at once (Amanda 2.4 server-src/planner.c and amcheck.c). */
static bool shows_end_of(const amanda_exchange_t *exchange, const amanda_exchange_t *next)
{
    if (exchange->version >= AMANDA_VERSION(2, 5) || exchange->group == next->group)
        return true;
    if (!exchange->service || !next->service)
        return false;
    return strcmp(exchange->service, next->service) != 0 ||
           (strcmp(exchange->service, "sendsize") != 0 && strcmp(exchange->service, "selfcheck") != 0);
}

static void see_first_req(const view_t *view)
{
    amanda_pair_t *pair = view->exchange->pair;

    /* It may have been sent before the capture began, and acknowledged then. */
    view->trace->heard = view->exchange->heard_before;
    view->trace->maybe_again = !pair->latest && since(view, view->losses->begun) < REP_TIME;
    if (pair->latest) {
        amanda_trace_t *before = &pair->latest->trace;

        if (!before->next_req && shows_end_of(pair->latest, view->exchange)) {
            before->next_req = view->datagram->frame;
            before->gave_up =
                before->reqs >= TRIES && since(view, amanda_exchange_trace_time(pair->latest)) >= SOONEST_AGAIN;
        }
    }
    pair->latest = view->exchange;
}

/* Services that have nothing to do before they reply. */
static bool replies_at_once(const amanda_exchange_t *exchange)
{
    static const char *const services[] = {"noop", "sendbackup", "amindexd", "amidxtaped"};

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        if (g_strcmp0(exchange->service, services[i]) == 0)
            return true;
    }
    return false;
}

/* Which of a REQ and its answer was lost. Had the REQ arrived, a reply that takes no time would have been here before it was
 * sent again; and a reply that takes time would not have come so shortly after it was. */
static amanda_lost_t what_of_req(const view_t *view)
{
    const amanda_trace_t *trace = view->trace;

    if (trace->late)
        return AMANDA_LOST_OR_LATE;
    /* A REP without an ACK may be one that is sent again, and the first one was lost. Where none came before the REQ was sent
     * once more, it takes its time. */
    if (trace->pending_later || trace->acks == 0 || view->datagram->type == AMANDA_TYPE_NAK ||
        view->datagram->type == AMANDA_TYPE_REQ)
        return AMANDA_LOST_REQ_OR_ANSWER;
    if (replies_at_once(view->exchange) || since(view, amanda_exchange_trace_time(view->exchange)) <= SOON)
        return AMANDA_LOST_REQ;
    return AMANDA_LOST_REQ_OR_ANSWER;
}

/* The responder is there, so what it did not answer before, it did not get, or its answer was lost. A responder that was
 * busy answers each REQ in the end, with an ACK. */
static void tell_reqs(const view_t *view)
{
    amanda_trace_t *trace = view->trace;
    unsigned acks = MAX(trace->acks, 1U); /* where none came, another answer did */
    unsigned missing = trace->reqs_pending + 1U > acks ? trace->reqs_pending + 1U - acks : 0;

    if (missing > 0 && trace->reqs_pending > 0) {
        if (trace->acks == 0)
            trace->late =
                replies_at_once(view->exchange) && since(view, amanda_exchange_trace_time(view->exchange)) > CROSSING;
        tell(view, what_of_req(view), AMANDA_SIDE_RESPONDER, amanda_exchange_more(view->exchange)->pending_req,
             missing);
    }
    trace->reqs_pending = trace->acks = 0;
    trace->late = false;
}

/* Neither an ACK nor anything else has come by since the last REQ. What that means the responder will show. */
static void unanswered_again(const view_t *view, int64_t waited)
{
    amanda_trace_t *trace = view->trace;
    unsigned runs = timer_runs(waited);

    if (runs == 0 || runs >= TRIES)
        return;
    if (runs > 1)
        tell(view, AMANDA_LOST_REQ, AMANDA_SIDE_REQUESTER, 0, runs - 1);
    if (trace->reqs_pending == 0) {
        amanda_exchange_more_t *more = more_of(view);

        more->pending_req = more->trace_req;
        trace->pending_later = trace->answered;
        trace->acks = 0;
    }
    trace->reqs_pending = one_more(trace->reqs_pending);
}

/* amandad acknowledges a REQ before it does anything else. An ACK that stands behind the reply in the file stands before
 * whatever comes then. */
static void tell_unacked(const view_t *view)
{
    if (view->trace->unacked)
        tell(view, AMANDA_LOST_REQ_ACK, AMANDA_SIDE_RESPONDER, 0, 1);
    view->trace->unacked = false;
}

/* Whether a requester that sends its REQ again after this time would have taken a NAK: before 2.6, once it waits for the reply,
 * it ignores one, and the ACK that had it do so may not be in the capture. */
static bool waits_for_ack(const view_t *view, int64_t waited)
{
    return view->exchange->version >= AMANDA_VERSION(2, 6) || timer_runs(waited) == 1;
}

/* A REQ that is sent again after its ACK or a PREP tells nothing: the reply did not come in the requester's time. */
static void see_req_again(const view_t *view)
{
    amanda_trace_t *trace = view->trace;
    amanda_exchange_more_t *more = more_of(view);
    int64_t waited = since(view, amanda_exchange_trace_time(view->exchange));
    bool crossing = trace->first_rep != 0 && since(view, amanda_exchange_trace_rep(view->exchange)) < CROSSING;
    unsigned reps = trace->reps_pending + (trace->first_rep != 0 && !crossing ? 1U : 0U);

    if (waited < SOONEST_AGAIN)
        return;
    if (trace->acks > 0)
        tell_reqs(view);
    if (trace->req_returned || trace->rep_returned) {
        /* Nothing was lost without a word. */
    } else if (more->trace_nak) {
        if (waits_for_ack(view, waited))
            tell(view, AMANDA_LOST_NAK, AMANDA_SIDE_REQUESTER, more->trace_nak, 1);
    } else if (reps > 0) {
        tell(view, AMANDA_LOST_REP, AMANDA_SIDE_REQUESTER, trace->first_rep, reps)->settles = trace->or_told;
    } else if (!trace->heard && !crossing && !view->datagram->first_fragment) {
        unanswered_again(view, waited);
    }
    more->trace_time = view->now;
    more->trace_req = view->datagram->frame;
    more->trace_nak = 0;
    trace->reqs = one_more(trace->reqs);
    trace->first_rep = crossing ? trace->rep : 0;
    trace->reps_pending = 0;
    trace->heard = trace->req_returned = trace->rep_returned = trace->or_told = trace->gone = false;
}

static void see_req(const view_t *view)
{
    switch (view->record->verdict) {
    case AMANDA_VERDICT_REQUEST:
        view->trace->reqs = 1;
        see_first_req(view);
        break;
    case AMANDA_VERDICT_RETRANSMISSION:
        see_req_again(view);
        break;
    default:
        view->trace->copied = true;
        break;
    }
}

static void see_responders_ack(const view_t *view)
{
    amanda_trace_t *trace = view->trace;

    /* amandad acknowledges what it gets: a REQ that it had answered has come again, and is not in the capture. */
    if (trace->first_rep && !trace->unacked)
        trace->copied = true;
    if (trace->acks == 0)
        trace->late = since(view, amanda_exchange_trace_time(view->exchange)) > CROSSING;
    trace->acks = one_more(trace->acks);
    if (trace->acks > trace->reqs)
        trace->several = true;
    trace->answered = trace->heard = true;
    trace->unacked = false;
}

/* A REP that is sent again after the requester's ACK. One that comes right behind it did not wait for it in vain: the two
 * passed each other on the way, or are out of order in the file. */
static void see_acknowledged_rep_again(const view_t *view, unsigned runs, uint32_t next_req)
{
    const amanda_trace_t *trace = view->trace;
    /* A timer that has run has run for less than a minute. */
    bool in_vain =
        runs > 0 &&
        since(view, amanda_exchange_trace_rep(view->exchange)) - (int64_t)trace->ack_after * MILLISECOND >= CROSSING;
    const amanda_exchange_t *latest = view->exchange->pair->latest;
    /* amandad of 2.4 waits for an ACK, and takes whatever else comes as a reason to send its REP again. It does not wait if it
     * has answered another REQ since. */
    bool swallowed = view->datagram->version < AMANDA_VERSION(2, 5) && next_req > trace->requester_ack &&
                     !(latest && latest != view->exchange && latest->trace.answered);

    if (in_vain || swallowed)
        tell(view, AMANDA_LOST_REP_ACK, AMANDA_SIDE_RESPONDER, trace->requester_ack, 1);
}

/* One that is sent again without an ACK. It shows that the ACK was lost if the requester went on to something else; which of
 * the REP and its ACK was lost, an ACK may still show, until the responder gives up. */
static void see_open_rep_again(const view_t *view, unsigned runs, uint32_t next_req)
{
    amanda_trace_t *trace = view->trace;

    if (next_req && !trace->gave_up) {
        if (trace->first_rep && trace->first_rep < next_req) {
            amanda_loss_t *loss = tell(view, AMANDA_LOST_REP_ACK, AMANDA_SIDE_REQUESTER, 0, 1);

            loss->next_req = next_req;
            loss->settles = trace->or_told;
            trace->ack_told = true;
            trace->reps_pending = 0;
        }
    } else if (runs > 0 && trace->first_rep) {
        trace->reps_pending = one_more(trace->reps_pending);
        if (trace->reps_pending == REP_TRIES - 1) {
            tell(view, AMANDA_LOST_REP_OR_ACK, AMANDA_SIDE_REQUESTER, trace->first_rep, trace->reps_pending);
            trace->or_told = true;
        }
    }
}

/* Of what the responder sent there are more copies than the capture makes of what the requester sent: some are none, but
 * what several responders sent. */
static bool has_several_responders(const amanda_trace_t *trace)
{
    return trace->several || trace->answered_again > trace->most_asked * trace->answers;
}

static void see_rep_again(const view_t *view)
{
    amanda_trace_t *trace = view->trace;
    const amanda_exchange_t *exchange = view->exchange;
    unsigned runs = timer_runs(since(view, amanda_exchange_trace_rep(view->exchange)));
    uint32_t next_req = trace->next_req;

    if (trace->copied || trace->rep_returned || trace->ack_returned || has_several_responders(trace))
        return;
    if (!next_req && exchange->state == AMANDA_STATE_SUPERSEDED)
        next_req = exchange->closed_in;
    if (trace->requester_ack > trace->rep)
        see_acknowledged_rep_again(view, runs, next_req);
    else if (!trace->requester_ack && !trace->ack_told && !trace->gone)
        see_open_rep_again(view, runs, next_req);
}

void amanda_losses_swallowed(const amanda_datagram_t *reply, amanda_exchange_t *latest)
{
    if (reply->version < AMANDA_VERSION(2, 5))
        latest->trace.heard = true;
}

/* A REP: the first one since the last REQ, or one that is sent again. */
static void see_rep(const view_t *view)
{
    amanda_trace_t *trace = view->trace;

    if (trace->rep)
        see_rep_again(view);
    trace->rep_returned = trace->ack_returned = false;
    if (!trace->first_rep) {
        trace->first_rep = view->datagram->frame;
        trace->gone = trace->reqs >= TRIES && since(view, amanda_exchange_trace_time(view->exchange)) >= SOONEST_AGAIN;
    }
    trace->rep = view->datagram->frame;
    if (view->exchange->more)
        view->exchange->more->trace_rep = view->now;
    trace->ack_after = 0;
}

/* Whether a reply comes without an ACK of the REQ before it. Where the file has replies in front of their REQ, the ACK may be
 * further away; and who waits for the reply longer than for an ACK has had that, wherever it is. */
static bool lacks_ack(const view_t *view)
{
    const amanda_trace_t *trace = view->trace;
    const amanda_exchange_t *exchange = view->exchange;

    return !trace->answered && !exchange->heard_before && !exchange->rep_before && !trace->maybe_again &&
           view->record->verdict == AMANDA_VERDICT_ANSWER && !(view->record->notes & AMANDA_NOTE_OUT_OF_ORDER) &&
           since(view, amanda_exchange_trace_time(view->exchange)) < SOONEST_AGAIN;
}

static void see_reply(const view_t *view)
{
    amanda_trace_t *trace = view->trace;
    amanda_exchange_t *latest = view->exchange->pair->latest;

    if (latest && latest != view->exchange)
        amanda_losses_swallowed(view->datagram, latest);
    tell_unacked(view);
    tell_reqs(view);
    trace->unacked = lacks_ack(view);
    trace->answered = true;
    /* Who refuses replies no more: the NAK is older than what stands behind it. */
    if (view->exchange->more)
        view->exchange->more->trace_nak = 0;
    /* The other fragments of a reply may have been lost before they came here. */
    if (view->datagram->type == AMANDA_TYPE_PREP || view->datagram->first_fragment)
        trace->heard = true;
    else
        see_rep(view);
}

static void see_requesters_ack(const view_t *view)
{
    amanda_trace_t *trace = view->trace;

    tell_unacked(view);
    /* Before 2.5 a requester acknowledges a REP also when it has forgotten the request. */
    if (trace->reps_pending > 0 && (view->record->notes & AMANDA_NOTE_ENDS) &&
        view->exchange->version >= AMANDA_VERSION(2, 5))
        tell(view, AMANDA_LOST_REP, AMANDA_SIDE_REQUESTER, trace->first_rep, trace->reps_pending)->settles =
            trace->or_told;
    trace->reps_pending = 0;
    trace->requester_ack = view->datagram->frame;
    trace->ack_after =
        trace->rep
            ? (uint32_t)CLAMP(since(view, amanda_exchange_trace_rep(view->exchange)) / MILLISECOND, 0, UINT32_MAX)
            : 0;
}

static void see_nak(const view_t *view)
{
    tell_reqs(view);
    view->trace->answered = true;
    if (view->record->notes & AMANDA_NOTE_ENDS)
        more_of(view)->trace_nak = view->datagram->frame;
}

/* Copies tell nothing of losses, but how many times over the capture has what either side sent. */
static void see_copy(const view_t *view)
{
    amanda_trace_t *trace = view->trace;

    if (amanda_verdict_record_is_from_requester(view->record)) {
        if (trace->asked_again < MOST_ASKED)
            trace->asked_again++;
        trace->most_asked = MAX(trace->most_asked, trace->asked_again);
    } else if (view->record->notes & AMANDA_NOTE_COPY_GUESSED) {
        if (MAX(trace->answers, trace->answered_again) < MOST_ANSWERS)
            trace->answered_again++;
    }
}

static void count_sent(const view_t *view)
{
    amanda_trace_t *trace = view->trace;

    if (amanda_verdict_record_is_from_requester(view->record))
        trace->asked_again = 0;
    else if (MAX(trace->answers, trace->answered_again) < MOST_ANSWERS)
        trace->answers++;
}

void amanda_losses_returned(const amanda_verdict_record_t *record)
{
    if (!record->exchange)
        return;

    amanda_trace_t *trace = &record->exchange->trace;

    if (record->type == AMANDA_TYPE_REQ)
        trace->req_returned = true;
    else if (record->notes & AMANDA_NOTE_FROM_REQUESTER)
        trace->ack_returned = true;
    else
        trace->rep_returned = true;
}

void amanda_losses_see(amanda_losses_t *losses, const amanda_datagram_t *datagram,
                       const amanda_verdict_record_t *record)
{
    const view_t view = {
        .losses = losses,
        .datagram = datagram,
        .record = record,
        .exchange = record->exchange,
        .trace = record->exchange ? &record->exchange->trace : NULL,
        .now = amanda_times_of(&datagram->arrival),
    };

    /* TCP loses nothing. */
    if (record->framed)
        return;
    if (!losses->has_begun) {
        losses->begun = view.now;
        losses->has_begun = true;
    }
    if (!view.exchange)
        return;
    if (record->is_copy) {
        see_copy(&view);
        return;
    }
    count_sent(&view);
    switch (datagram->type) {
    case AMANDA_TYPE_REQ:
        see_req(&view);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_PREP:
        see_reply(&view);
        break;
    case AMANDA_TYPE_ACK:
        if (record->notes & AMANDA_NOTE_FROM_REQUESTER)
            see_requesters_ack(&view);
        else
            see_responders_ack(&view);
        break;
    default:
        see_nak(&view);
        break;
    }
}

const amanda_loss_t *amanda_losses_recall(const amanda_losses_t *losses, uint32_t frame, uint32_t part, unsigned *count)
{
    unsigned low = 0;
    unsigned high = wmem_array_get_count(losses->told);
    const amanda_loss_t *told = (const amanda_loss_t *)wmem_array_get_raw(losses->told);
    unsigned end = high;

    *count = 0;
    if (high == 0 || told[high - 1].frame < frame) /* as nearly always on the first pass */
        return NULL;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (told[middle].frame < frame || (told[middle].frame == frame && told[middle].part < part))
            low = middle + 1;
        else
            high = middle;
    }
    while (low + *count < end && told[low + *count].frame == frame && told[low + *count].part == part)
        ++*count;
    return *count > 0 ? told + low : NULL;
}
