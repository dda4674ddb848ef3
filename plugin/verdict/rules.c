/* verdict/rules.c
 * The rules of the verdicts: judges each datagram by what was seen before it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/rules.h"

#include "verdict/copies.h"
#include "verdict/exchange-table.h"
#include "verdict/losses.h"
#include "verdict/merged.h"
#include "verdict/pairs.h"
#include "verdict/times.h"

struct amanda_verdicts {
    wmem_allocator_t *scope;
    amanda_exchange_table_t *table;
    amanda_verdict_records_t *records;
    amanda_hosts_t *hosts;
    amanda_pairs_t *pairs;
    amanda_copies_t *copies;
    amanda_merged_t *merged;
    int64_t timeout; /* nanoseconds */
};

/* A datagram before the judge: what it is, and what is to be said of it. */
typedef struct {
    amanda_verdicts_t *verdicts;
    const amanda_datagram_t *datagram;
    amanda_verdict_record_t *record;
    uint32_t number; /* of the record, from 1 */
    amanda_ends_t ends;
    int64_t now;
} trial_t;

amanda_verdicts_t *amanda_verdicts_new(wmem_allocator_t *scope, amanda_hosts_t *hosts, unsigned timeout)
{
    amanda_verdicts_t *verdicts = wmem_new0(scope, amanda_verdicts_t);

    verdicts->scope = scope;
    verdicts->table = amanda_exchange_table_new(scope);
    verdicts->records = amanda_verdict_records_new(scope);
    verdicts->hosts = hosts;
    verdicts->pairs = amanda_pairs_new(scope, hosts);
    verdicts->copies = amanda_copies_new(scope);
    verdicts->merged = amanda_merged_new(scope, verdicts->records);
    verdicts->timeout = (int64_t)timeout * AMANDA_SECOND;
    return verdicts;
}

static amanda_exchange_more_t *more_of(const trial_t *trial, amanda_exchange_t *exchange)
{
    return amanda_exchange_make_more(exchange, trial->verdicts->scope);
}

/* --- When an exchange is outstanding */

static void close_exchange(amanda_exchange_t *exchange, amanda_state_t how, uint32_t frame)
{
    exchange->state = (uint8_t)how;
    exchange->closed_in = frame;
    amanda_exchange_table_close(exchange);
}

/* Time alone never ends an exchange, unless the user sets a time-out: then it is closed here. */
static bool is_outstanding(const trial_t *trial, amanda_exchange_t *exchange)
{
    int64_t timeout = trial->verdicts->timeout;

    if (!exchange || exchange->state != AMANDA_STATE_OUTSTANDING)
        return false;
    if (timeout > 0 && amanda_times_between(amanda_exchange_last_time(exchange), trial->now) > timeout) {
        close_exchange(exchange, AMANDA_STATE_TIMED_OUT, 0);
        return false;
    }
    return true;
}

/* A requester uses a HANDLE for another SEQ only after it has finished with the one before. */
static void open_exchange(const trial_t *trial, amanda_exchange_t *exchange)
{
    amanda_exchange_t *other = amanda_exchange_table_outstanding(exchange->group);

    if (is_outstanding(trial, other))
        close_exchange(other, AMANDA_STATE_SUPERSEDED, trial->datagram->frame);
    exchange->state = AMANDA_STATE_OUTSTANDING;
    exchange->closed_in = 0;
    exchange->heard = false;
    amanda_exchange_table_open(exchange);
}

/* --- Copies */

/* Whether anything that makes a responder send again what it has sent came to this end since the record with this number:
 * amandad up to 2.4 answers any packet with its last reply, later ones answer a REQ that is sent again. */
static bool was_asked_since(const trial_t *trial, uint32_t number)
{
    const amanda_responder_t *known = amanda_pairs_sender(trial->verdicts->pairs, trial->datagram);

    return known && known->last_req > number;
}

/* Whether its sender has had a reason to send a datagram once more since the record with this number. */
static bool may_be_sent_again(const trial_t *trial, uint32_t number)
{
    const amanda_datagram_t *datagram = trial->datagram;
    bool is_req = datagram->type == AMANDA_TYPE_REQ;
    const amanda_exchange_t *exchange = NULL;

    if (is_req || datagram->type == AMANDA_TYPE_ACK)
        exchange = amanda_exchange_table_find(trial->verdicts->table, datagram, &trial->ends, true).exchange;
    if (is_req)
        return exchange && amanda_exchange_more(exchange)->nak_number > number;
    if (exchange) /* its requester's ACK */
        return exchange->rep_number > number;
    return was_asked_since(trial, number);
}

/* A copy has no part in any other rule: says so, and returns true. Else remembers the datagram for what comes later. */
static bool judge_copy(const trial_t *trial)
{
    amanda_verdicts_t *verdicts = trial->verdicts;
    amanda_verdict_record_t *record = trial->record;
    amanda_copy_key_t key = amanda_copies_key(trial->datagram, &trial->ends);
    bool certain;
    uint32_t held_back;
    uint32_t candidate = amanda_copies_find(verdicts->copies, &key, &certain, &held_back);

    if (held_back)
        record->held_back = amanda_verdict_records_at(verdicts->records, held_back)->held_back = true;
    if (!candidate || (!certain && may_be_sent_again(trial, candidate))) {
        amanda_copies_add(verdicts->copies, &key, trial->number);
        return false;
    }

    amanda_verdict_record_make_copy(record, amanda_verdict_records_at(verdicts->records, candidate), !certain);
    return true;
}

/* --- Requests */

/* Whether the capture has anything that a responder has sent to this host, whatever the port. */
static bool is_reached(const amanda_verdicts_t *verdicts, const address *addr)
{
    const amanda_host_t *host = amanda_hosts_find(verdicts->hosts, addr);

    return host && host->reached;
}

/* What a REQ that is sent again while its exchange is outstanding tells of the answer that does not come. */
static unsigned notes_on_repeated_req(const trial_t *trial, const amanda_exchange_t *exchange)
{
    /* Without an ACK the REQ goes out three times, 10 seconds apart (Amanda 2.3 to 3.5 common-src/protocol.c). */
    static const int64_t longer_than_for_an_ack = 15 * AMANDA_SECOND;
    bool replied = exchange->last_rep || exchange->rep_before || amanda_exchange_more(exchange)->first_nak;
    unsigned notes = 0;

    if (!exchange->responder_acked && !exchange->heard && !exchange->heard_before && !replied && exchange->sent >= 2)
        notes = exchange->req_returned ? AMANDA_NOTE_RETURNED : AMANDA_NOTE_REQ_UNHEARD;
    else if (exchange->responder_acked && !replied &&
             amanda_times_between(amanda_exchange_last_time(exchange), trial->now) > longer_than_for_an_ack)
        notes = AMANDA_NOTE_REQ_UNANSWERED;
    /* An answer may have come, if the capture holds only what requesters send. */
    if (trial->datagram->connection ? trial->datagram->one_sided : !is_reached(trial->verdicts, trial->datagram->src))
        notes |= AMANDA_NOTE_ONE_SIDED;
    return notes;
}

/* What a responder sends may be captured before the REQ, or the capture may begin between the two. */
static void remember_early(const trial_t *trial)
{
    const amanda_ends_t ends = {.src = trial->ends.dst, .dst = trial->ends.src};
    amanda_early_t *early = amanda_exchange_table_early(trial->verdicts->table, trial->datagram, &ends, true);

    if (trial->datagram->type == AMANDA_TYPE_REP)
        early->rep_number = trial->number;
    else
        early->heard = true;
}

static void recall_early(const trial_t *trial, amanda_exchange_t *exchange)
{
    const amanda_early_t *early =
        amanda_exchange_table_early(trial->verdicts->table, trial->datagram, &trial->ends, false);

    if (early) {
        exchange->rep_before = early->rep_number != 0;
        exchange->rep_number = early->rep_number;
        exchange->heard_before = early->heard;
    }
}

static void begin_exchange(const trial_t *trial, amanda_exchange_t *exchange)
{
    const amanda_datagram_t *datagram = trial->datagram;

    exchange->version = datagram->version;
    exchange->krb4 = datagram->krb4;
    exchange->first_req = datagram->frame;
    exchange->first_time = trial->now;
    if (!datagram->connection) {
        exchange->pair = amanda_pairs_make(trial->verdicts->pairs, datagram);
        recall_early(trial, exchange);
    }
    open_exchange(trial, exchange);
    if (datagram->refused_in) {
        more_of(trial, exchange)->first_nak = datagram->refused_in;
        close_exchange(exchange, AMANDA_STATE_REFUSED, datagram->refused_in);
    }
}

/* Whether an exchange that has ended is opened again by its REQ. By UDP, a requester never sends a REQ again that it has
 * finished with; a connection has no SEQ, and what is asked there under the same handle is another thing. */
static bool opens_again(const amanda_exchange_t *exchange)
{
    return exchange->state == AMANDA_STATE_REFUSED || exchange->state == AMANDA_STATE_TIMED_OUT;
}

static void judge_req(const trial_t *trial)
{
    const amanda_datagram_t *datagram = trial->datagram;
    amanda_verdict_record_t *record = trial->record;
    amanda_exchange_table_t *table = trial->verdicts->table;
    amanda_place_t place = amanda_exchange_table_place(table, datagram, &trial->ends);
    amanda_exchange_t *exchange = place.exchange;
    bool outstanding = is_outstanding(trial, exchange);

    if (!exchange || (datagram->connection && !outstanding)) {
        exchange = amanda_exchange_table_add(table, place.group, datagram);
        record->verdict = AMANDA_VERDICT_REQUEST;
        begin_exchange(trial, exchange);
    } else if (outstanding) {
        record->verdict = AMANDA_VERDICT_RETRANSMISSION;
        record->notes |= notes_on_repeated_req(trial, exchange);
    } else if (opens_again(exchange)) {
        record->verdict = AMANDA_VERDICT_RETRANSMISSION;
        open_exchange(trial, exchange);
    } else {
        record->verdict = AMANDA_VERDICT_LATE_COPY;
    }
    record->exchange = exchange;
    if (exchange->pair)
        exchange->pair->to->last_req = trial->number;
    if (!exchange->service && datagram->service)
        exchange->service = amanda_exchange_table_intern(table, datagram->service);
    if (record->verdict == AMANDA_VERDICT_LATE_COPY)
        return;
    if (record->verdict == AMANDA_VERDICT_RETRANSMISSION) {
        more_of(trial, exchange)->last_time = trial->now;
        exchange->more->last_req = datagram->frame;
    }
    exchange->waits_for_reply = false;
    exchange->sent = (uint8_t)MIN(exchange->sent + 1, AMANDA_SENT_MAX);
    amanda_verdict_records_await(trial->verdicts->records, &exchange->reqs_awaiting);
}

/* --- Replies */

/* Of the asker's outstanding exchanges that a question finds, the first that has not timed out. */
static amanda_exchange_t *ask(const trial_t *trial, amanda_asker_t *asker,
                              amanda_exchange_t *(*question)(const amanda_exchange_table_t *, amanda_asker_t *,
                                                             int32_t))
{
    amanda_exchange_t *found;

    if (!asker)
        return NULL;
    do {
        found = question(trial->verdicts->table, asker, trial->datagram->seq);
    } while (found && !is_outstanding(trial, found));
    return found;
}

/* Whether a REP that comes behind the ACK that completed its exchange only seems to do so: several capture points, queues
 * or clocks. Had anyone asked this responder since, it might be another REP. */
static bool is_out_of_order(const trial_t *trial, const amanda_exchange_t *exchange)
{
    static const int64_t near = 2 * AMANDA_SECOND;
    int64_t between = amanda_times_between(exchange->rep_time, trial->now);

    return trial->datagram->type == AMANDA_TYPE_REP && exchange->unexplained && !exchange->last_rep &&
           !exchange->rep_before && exchange->state == AMANDA_STATE_COMPLETED && between <= near && between >= -near &&
           exchange->pair && exchange->pair->to->last_req < amanda_exchange_more(exchange)->closed_number;
}

static void judge_out_of_order(const trial_t *trial, amanda_exchange_t *exchange)
{
    amanda_verdict_record_t *record = trial->record;

    record->verdict = AMANDA_VERDICT_ANSWER;
    record->notes |= AMANDA_NOTE_OUT_OF_ORDER;
    record->other.ack_in = exchange->closed_in;
    exchange->first_rep = exchange->last_rep = trial->datagram->frame;
    exchange->rep_time = trial->now;
    exchange->rep_acked = true;
}

/* The frames that explain why a reply matches nothing. */
static void explain_unmatched(const trial_t *trial, const amanda_place_t *place, amanda_exchange_t *other)
{
    const amanda_datagram_t *datagram = trial->datagram;
    amanda_verdict_record_t *record = trial->record;
    bool taken = other && amanda_exchange_takes_other_seq(other);

    if (!other) {
        other = ask(trial, place->asker, amanda_exchange_table_other_seq);
        taken = other != NULL;
    }
    if (other) {
        record->of.reply.mistaken_for = other->first_req;
        if (datagram->type == AMANDA_TYPE_REP)
            more_of(trial, other)->mistaken_rep = datagram->frame;
    }
    if (record->verdict == AMANDA_VERDICT_NO_REQUEST) {
        const amanda_exchange_t *asked = ask(trial, place->asker, amanda_exchange_table_same_seq);

        if (asked) {
            record->other.asked_of = asked->first_req;
            if (asked->pair && addresses_equal(&asked->pair->responder->addr, trial->datagram->src))
                record->notes |= AMANDA_NOTE_OTHER_PORT;
            taken = amanda_exchange_compares_handle_only(asked);
        }
    }
    if (taken)
        record->notes |= AMANDA_NOTE_TAKEN;
    if (place->exchange) {
        record->of.reply.closed_in = place->exchange->closed_in;
        record->closed_by = place->exchange->state;
    }
}

/* Which texts of their own tell what the capture lacks. pair: of a datagram without an exchange; NULL for none. */
static unsigned notes_on_unmatched(const trial_t *trial, const amanda_exchange_t *exchange, const amanda_pair_t *pair)
{
    const amanda_datagram_t *datagram = trial->datagram;

    if (exchange && trial->record->verdict == AMANDA_VERDICT_STALE && datagram->type == AMANDA_TYPE_REP &&
        exchange->unexplained && !exchange->last_rep && !exchange->rep_before)
        return AMANDA_NOTE_BEHIND_ACK;
    if (trial->record->verdict != AMANDA_VERDICT_NO_REQUEST)
        return 0;
    if (datagram->connection)
        return datagram->begun_before ? AMANDA_NOTE_BEGUN_BEFORE : 0;
    return pair ? 0 : AMANDA_NOTE_ONE_SIDED;
}

static void judge_unmatched(const trial_t *trial, const amanda_place_t *place)
{
    amanda_exchange_t *other = place->group ? amanda_exchange_table_outstanding(place->group) : NULL;
    const amanda_pair_t *pair = place->exchange || trial->datagram->connection
                                    ? NULL
                                    : amanda_pairs_find_of_reply(trial->verdicts->pairs, trial->datagram);

    if (!is_outstanding(trial, other))
        other = NULL;
    if (other)
        trial->record->verdict = AMANDA_VERDICT_SEQ_MISMATCH;
    else
        trial->record->verdict = place->exchange ? AMANDA_VERDICT_STALE : AMANDA_VERDICT_NO_REQUEST;
    explain_unmatched(trial, place, other);
    trial->record->notes |= notes_on_unmatched(trial, place->exchange, pair);
    if (pair && pair->latest)
        amanda_losses_swallowed(trial->datagram, pair->latest);
}

static void judge_reply(const trial_t *trial)
{
    const amanda_datagram_t *datagram = trial->datagram;
    amanda_verdict_record_t *record = trial->record;
    amanda_place_t place = amanda_exchange_table_find(trial->verdicts->table, datagram, &trial->ends, false);
    amanda_exchange_t *exchange = place.exchange;

    record->exchange = exchange;
    if (exchange && is_out_of_order(trial, exchange)) {
        judge_out_of_order(trial, exchange);
        return;
    }
    if (is_outstanding(trial, exchange)) {
        record->verdict = AMANDA_VERDICT_ANSWER;
        if (datagram->type == AMANDA_TYPE_PREP)
            exchange->heard = exchange->waits_for_reply = true;
        else if (exchange->first_rep)
            record->verdict = AMANDA_VERDICT_RETRANSMISSION;
        else
            exchange->first_rep = datagram->frame;
    } else {
        judge_unmatched(trial, &place);
    }
    if (exchange && datagram->type == AMANDA_TYPE_REP) {
        if (record->verdict == AMANDA_VERDICT_RETRANSMISSION && exchange->rep_returned)
            record->notes |= AMANDA_NOTE_RETURNED;
        exchange->rep_returned = false;
        amanda_exchange_note_rep(exchange, trial->verdicts->scope, datagram->frame, trial->now);
        exchange->rep_number = trial->number;
        amanda_verdict_records_await(trial->verdicts->records, &exchange->reps_awaiting);
    } else if (!exchange && datagram->type == AMANDA_TYPE_REP && !datagram->connection) {
        remember_early(trial);
    }
}

/* --- NAK and ACK */

static void judge_nak(const trial_t *trial)
{
    const amanda_datagram_t *datagram = trial->datagram;
    amanda_verdict_record_t *record = trial->record;
    amanda_exchange_t *exchange =
        amanda_exchange_table_find(trial->verdicts->table, datagram, &trial->ends, false).exchange;

    record->exchange = exchange;
    if (exchange)
        more_of(trial, exchange)->nak_number = trial->number;
    else if (!datagram->connection)
        remember_early(trial);
    if (!is_outstanding(trial, exchange)) {
        record->notes |= AMANDA_NOTE_NAK_UNEXPECTED;
        return;
    }
    if (!exchange->more->first_nak)
        exchange->more->first_nak = datagram->frame;
    if (amanda_exchange_ignores_nak(exchange)) {
        record->notes |= AMANDA_NOTE_NAK_IGNORED;
        return;
    }
    close_exchange(exchange, AMANDA_STATE_REFUSED, datagram->frame);
    record->notes |= AMANDA_NOTE_ENDS;
}

/* An ACK that completes its exchange. */
static void complete(const trial_t *trial, amanda_exchange_t *exchange)
{
    amanda_verdict_record_t *record = trial->record;

    close_exchange(exchange, AMANDA_STATE_COMPLETED, trial->datagram->frame);
    record->notes |= AMANDA_NOTE_ENDS;
    if (!exchange->last_rep)
        exchange->rep_time = trial->now;
    if (exchange->first_rep)
        return;
    if (amanda_exchange_more(exchange)->mistaken_rep && amanda_exchange_takes_other_seq(exchange)) {
        record->notes |= AMANDA_NOTE_ACK_STALE_ACCEPTED;
        record->other.accepted = exchange->more->mistaken_rep;
    } else {
        record->notes |= AMANDA_NOTE_ACK_NO_REPLY;
        exchange->unexplained = true;
        more_of(trial, exchange)->closed_number = trial->number;
    }
}

static void judge_requesters_ack(const trial_t *trial, amanda_exchange_t *exchange)
{
    amanda_verdict_record_t *record = trial->record;

    record->notes |= AMANDA_NOTE_FROM_REQUESTER;
    record->other.acks = exchange->last_rep;
    if (exchange->last_rep && !exchange->rep_acked) {
        exchange->rep_acked = true;
        record->notes |= AMANDA_NOTE_FIRST_ACK;
        record->of.acks_since = exchange->rep_time;
    }
    if (is_outstanding(trial, exchange))
        complete(trial, exchange);
    else if (exchange->requester_acked)
        record->notes |= AMANDA_NOTE_ACK_DUPLICATE;
    exchange->requester_acked = true;
    amanda_verdict_records_acked(trial->verdicts->records, &exchange->reps_awaiting, trial->datagram->frame);
}

static void judge_responders_ack(const trial_t *trial, amanda_exchange_t *exchange)
{
    amanda_verdict_record_t *record = trial->record;

    record->other.acks = amanda_exchange_last_req(exchange);
    if (exchange->responder_acked) {
        record->notes |= AMANDA_NOTE_ACK_DUPLICATE;
    } else {
        record->notes |= AMANDA_NOTE_FIRST_ACK;
        record->of.acks_since = amanda_exchange_last_time(exchange);
    }
    exchange->responder_acked = true;
    exchange->heard = exchange->waits_for_reply = true;
    amanda_verdict_records_acked(trial->verdicts->records, &exchange->reqs_awaiting, trial->datagram->frame);
}

/* It may be a requester's: then the capture does not hold its responder's packets alone. */
static void judge_unknown_ack(const trial_t *trial)
{
    trial->record->notes |= AMANDA_NOTE_ACK_UNKNOWN;
    if (trial->datagram->connection)
        return;
    amanda_pairs_make(trial->verdicts->pairs, trial->datagram);
    remember_early(trial);
}

/* An ACK is the requester's when its source is the requester of an exchange with its key, else the responder's. */
static void judge_ack(const trial_t *trial)
{
    const amanda_datagram_t *datagram = trial->datagram;
    amanda_exchange_table_t *table = trial->verdicts->table;
    amanda_exchange_t *exchange = amanda_exchange_table_find(table, datagram, &trial->ends, true).exchange;
    bool from_requester = datagram->connection ? datagram->from_requester : exchange != NULL;

    if (!exchange && !datagram->connection)
        exchange = amanda_exchange_table_find(table, datagram, &trial->ends, false).exchange;
    trial->record->exchange = exchange;
    if (!exchange)
        judge_unknown_ack(trial);
    else if (from_requester)
        judge_requesters_ack(trial, exchange);
    else
        judge_responders_ack(trial, exchange);
}

/* Remembers that the capture holds what responders send to this host. */
static void note_direction(const trial_t *trial)
{
    const amanda_verdict_record_t *record = trial->record;
    bool of_responder = record->type == AMANDA_TYPE_ACK
                            ? record->exchange && !(record->notes & AMANDA_NOTE_FROM_REQUESTER)
                            : record->type != AMANDA_TYPE_REQ;

    if (!of_responder || trial->datagram->connection)
        return;

    amanda_host_t *host = record->exchange && record->exchange->pair
                              ? record->exchange->pair->requester
                              : amanda_hosts_of(trial->verdicts->hosts, trial->datagram->dst);

    host->reached = true;
}

const amanda_verdict_record_t *amanda_verdicts_judge(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram)
{
    const amanda_verdict_record_t begun = {
        .frame = datagram->frame,
        .part = datagram->part,
        .type = datagram->type,
        .framed = datagram->connection != 0,
        .in_fragments = datagram->in_fragments,
    };

    if (datagram->type == AMANDA_TYPE_UNKNOWN)
        return NULL;

    amanda_verdict_record_t *record = amanda_verdict_records_add(verdicts->records, &begun);
    const trial_t trial = {
        .verdicts = verdicts,
        .datagram = datagram,
        .record = record,
        .number = amanda_verdict_records_count(verdicts->records),
        .ends = amanda_exchange_table_ends(datagram),
        .now = amanda_times_of(&datagram->arrival),
    };

    /* TCP doubles nothing. */
    if (!datagram->connection && judge_copy(&trial))
        return record;
    switch (datagram->type) {
    case AMANDA_TYPE_REQ:
        judge_req(&trial);
        break;
    case AMANDA_TYPE_REP:
    case AMANDA_TYPE_PREP:
        judge_reply(&trial);
        break;
    case AMANDA_TYPE_NAK:
        judge_nak(&trial);
        break;
    default:
        judge_ack(&trial);
        break;
    }
    note_direction(&trial);
    return record;
}

const amanda_verdict_record_t *amanda_verdicts_recall(const amanda_verdicts_t *verdicts, uint32_t frame, uint32_t part)
{
    return amanda_verdict_records_find(verdicts->records, frame, part);
}

bool amanda_verdicts_is_reached(const amanda_verdicts_t *verdicts, const address *host)
{
    return is_reached(verdicts, host);
}

bool amanda_verdicts_lack_requests(const amanda_verdicts_t *verdicts)
{
    return amanda_verdict_records_have_stray(verdicts->records);
}

bool amanda_verdicts_have_both_ends(const amanda_verdicts_t *verdicts, const amanda_verdict_record_t *record)
{
    return amanda_merged_has_both_ends(verdicts->merged, record);
}
