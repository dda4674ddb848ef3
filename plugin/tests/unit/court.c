/* court.c
 * A few words in which to tell the verdicts what the network carries, and to ask what it made of it
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "court.h"

const host_t server = {{192, 0, 2, 1}, 4, 842};
const host_t server_other_port = {{192, 0, 2, 1}, 4, 843};
const host_t other_server = {{192, 0, 2, 101}, 4, 842};
const host_t client = {{192, 0, 2, 11}, 4, 10080};
const host_t client_other_port = {{192, 0, 2, 11}, 4, 10081};
const host_t second = {{192, 0, 2, 12}, 4, 10080};
const host_t third = {{192, 0, 2, 13}, 4, 10080};

static struct {
    wmem_allocator_t *scope;
    amanda_verdicts_t *verdicts;
    amanda_losses_t *losses;
    amanda_program_runs_t *runs;
    uint32_t frame;
    uint32_t part;
    int64_t now; /* nanoseconds */
    uint16_t version;
    uint32_t connection;
    bool begun_before;
    bool ticket;
    const char *service;
    const uint8_t *handle;
    int handle_length;
    const uint8_t *payload;
    uint32_t length;
    uint32_t wire_length;
    uint16_t identification;
    uint32_t said;
} court;

void use_version(unsigned major, unsigned minor)
{
    court.version = AMANDA_VERSION(major, minor);
}

void use_handle(const char *handle)
{
    use_handle_bytes((const uint8_t *)handle, (int)strlen(handle));
}

void use_handle_bytes(const uint8_t *handle, int length)
{
    court.handle = handle;
    court.handle_length = length;
}

void use_ticket(bool ticket)
{
    court.ticket = ticket;
}

void use_service(const char *service)
{
    court.service = service;
}

void use_timeout(unsigned seconds)
{
    court.verdicts = amanda_verdicts_new(court.scope, amanda_hosts_new(court.scope), seconds);
    court.losses = amanda_losses_new(court.scope);
    court.runs = amanda_program_runs_new(court.scope);
}

void use_part(uint32_t part)
{
    court.part = part;
}

void use_connection(uint32_t connection)
{
    court.connection = connection;
}

void use_begun_before(bool begun_before)
{
    court.begun_before = begun_before;
}

void use_payload(const char *payload)
{
    use_cut_payload(payload, payload ? (uint32_t)strlen(payload) : 0);
}

void use_cut_payload(const char *payload, uint32_t wire_length)
{
    court.payload = (const uint8_t *)payload;
    court.length = payload ? (uint32_t)strlen(payload) : 0;
    court.wire_length = wire_length;
}

void use_identification(uint16_t identification)
{
    court.identification = identification;
}

void wait_seconds(double seconds)
{
    court.now += (int64_t)(seconds * 1e9);
}

void begin_behind_frame(uint32_t frame)
{
    court.frame = frame;
}

void start_again(wmem_allocator_type_t type)
{
    if (court.scope)
        wmem_destroy_allocator(court.scope);
    memset(&court, 0, sizeof court);
    court.scope = wmem_allocator_new(type);
    court.now = INT64_C(1089240000) * 1000000000;
    use_timeout(0);
    use_version(2, 4);
    use_handle("000-A8D40708");
}

static void run(const void *data)
{
    start_again(WMEM_ALLOCATOR_STRICT);
    ((const unit_test_t *)data)->function();
    wmem_destroy_allocator(court.scope);
    court.scope = NULL;
}

int run_unit_tests(int argc, char **argv, const unit_test_t *tests, size_t count)
{
    g_test_init(&argc, &argv, NULL);
    wmem_init();
    for (size_t i = 0; i < count; i++)
        g_test_add_data_func(tests[i].path, &tests[i], run);

    int status = g_test_run();

    wmem_cleanup();
    return status;
}

static void set_host(address *addr, const host_t *host)
{
    set_address(addr, host->address_length == 4 ? AT_IPv4 : AT_IPv6, host->address_length, host->address);
}

uint32_t say(amanda_type_t type, const host_t *from, const host_t *to, int32_t seq)
{
    address src;
    address dst;

    set_host(&src, from);
    set_host(&dst, to);
    if (court.part == 0)
        court.frame++;
    court.said++;

    const amanda_datagram_t datagram = {
        .frame = court.frame,
        .part = court.part,
        .type = type,
        .src = &src,
        .dst = &dst,
        .src_port = from->port,
        .dst_port = to->port,
        .arrival = {court.now / 1000000000, (int)(court.now % 1000000000)},
        .handle = court.handle,
        .handle_length = court.handle_length,
        .seq = seq,
        .version = court.version,
        .krb4 = type == AMANDA_TYPE_REQ && court.ticket,
        .service = type == AMANDA_TYPE_REQ ? court.service : NULL,
        .payload = court.payload ? court.payload : (const uint8_t *)&court.said,
        .length = court.payload ? court.length : (uint32_t)sizeof court.said,
        .wire_length = court.wire_length,
        .identification = court.identification,
        .connection = court.connection,
        .from_requester = from->port == server.port,
        .begun_before = court.begun_before,
    };

    const amanda_verdict_record_t *record = amanda_verdicts_judge(court.verdicts, &datagram);

    amanda_losses_see(court.losses, &datagram, record);
    amanda_program_runs_see(court.runs, &datagram, record);
    return court.frame;
}

uint32_t req(int32_t seq)
{
    return req_to(&client, seq);
}

uint32_t req_to(const host_t *responder, int32_t seq)
{
    return say(AMANDA_TYPE_REQ, &server, responder, seq);
}

uint32_t rep(int32_t seq)
{
    return rep_from(&client, seq);
}

uint32_t rep_from(const host_t *responder, int32_t seq)
{
    return say(AMANDA_TYPE_REP, responder, &server, seq);
}

uint32_t prep(int32_t seq)
{
    return prep_from(&client, seq);
}

uint32_t prep_from(const host_t *responder, int32_t seq)
{
    return say(AMANDA_TYPE_PREP, responder, &server, seq);
}

uint32_t nak(int32_t seq)
{
    return nak_from(&client, seq);
}

uint32_t nak_from(const host_t *responder, int32_t seq)
{
    return say(AMANDA_TYPE_NAK, responder, &server, seq);
}

uint32_t ack_from_responder(int32_t seq)
{
    return say(AMANDA_TYPE_ACK, &client, &server, seq);
}

uint32_t ack_from_requester(int32_t seq)
{
    return ack_from_requester_to(&client, seq);
}

uint32_t ack_from_requester_to(const host_t *responder, int32_t seq)
{
    return say(AMANDA_TYPE_ACK, &server, responder, seq);
}

const amanda_loss_t *losses(uint32_t frame, unsigned *count)
{
    return amanda_losses_recall(court.losses, frame, court.part, count);
}

const amanda_verdict_record_t *record_of(uint32_t frame)
{
    return amanda_verdicts_recall(court.verdicts, frame, court.part);
}

/* The record of a frame that must have one. */
static const amanda_verdict_record_t *need(uint32_t frame)
{
    const amanda_verdict_record_t *record = record_of(frame);

    g_assert_nonnull(record);
    return record;
}

const char *verdict(uint32_t frame)
{
    switch ((amanda_verdict_t)need(frame)->verdict) {
    case AMANDA_VERDICT_NONE:
        return NULL;
    case AMANDA_VERDICT_REQUEST:
        return "request";
    case AMANDA_VERDICT_RETRANSMISSION:
        return "retransmission";
    case AMANDA_VERDICT_LATE_COPY:
        return "late copy";
    case AMANDA_VERDICT_COPY:
        return "copy";
    case AMANDA_VERDICT_ANSWER:
        return "answer";
    case AMANDA_VERDICT_STALE:
        return "stale";
    case AMANDA_VERDICT_SEQ_MISMATCH:
        return "SEQ mismatch";
    case AMANDA_VERDICT_NO_REQUEST:
        return "no request";
    }
    return "not a verdict";
}

const char *closed_by(uint32_t frame)
{
    if (!is_unmatched(frame) || !need(frame)->exchange)
        return NULL;
    switch ((amanda_state_t)need(frame)->closed_by) {
    case AMANDA_STATE_OUTSTANDING:
        return "outstanding";
    case AMANDA_STATE_COMPLETED:
        return "completed";
    case AMANDA_STATE_REFUSED:
        return "refused";
    case AMANDA_STATE_SUPERSEDED:
        return "superseded";
    case AMANDA_STATE_TIMED_OUT:
        return "timed out";
    }
    return "not a state";
}

const char *service(uint32_t frame)
{
    return need(frame)->exchange ? need(frame)->exchange->service : NULL;
}

bool notes(uint32_t frame, unsigned note)
{
    return (need(frame)->notes & note) != 0;
}

bool is_duplicate(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_ACK_DUPLICATE);
}

bool is_unknown_ack(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_ACK_UNKNOWN);
}

bool lacks_reply(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_ACK_NO_REPLY);
}

bool is_unexpected(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_NAK_UNEXPECTED);
}

bool is_ignored(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_NAK_IGNORED);
}

bool is_unmatched(uint32_t frame)
{
    return amanda_verdict_record_is_unmatched(need(frame));
}

bool is_taken(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_TAKEN);
}

uint32_t closed_in(uint32_t frame)
{
    return need(frame)->of.reply.closed_in;
}

uint32_t response_to(uint32_t frame)
{
    return need(frame)->exchange ? need(frame)->exchange->first_req : 0;
}

uint32_t mistaken_for(uint32_t frame)
{
    return need(frame)->of.reply.mistaken_for;
}

uint32_t asked_of(uint32_t frame)
{
    return need(frame)->verdict == AMANDA_VERDICT_NO_REQUEST ? need(frame)->other.asked_of : 0;
}

uint32_t accepted(uint32_t frame)
{
    return notes(frame, AMANDA_NOTE_ACK_STALE_ACCEPTED) ? need(frame)->other.accepted : 0;
}

uint32_t ack_in(uint32_t frame)
{
    return amanda_verdict_record_ack_in(need(frame));
}

uint32_t first_rep(uint32_t frame)
{
    return need(frame)->exchange ? need(frame)->exchange->first_rep : 0;
}

uint32_t first_nak(uint32_t frame)
{
    return need(frame)->exchange ? amanda_exchange_more(need(frame)->exchange)->first_nak : 0;
}

bool has_both_ends(uint32_t frame)
{
    return amanda_verdicts_have_both_ends(court.verdicts, need(frame));
}

uint32_t whole_exchange_with(const host_t *responder, int32_t seq)
{
    req_to(responder, seq);
    rep_from(responder, seq);
    return ack_from_requester_to(responder, seq);
}

uint32_t whole_exchange(int32_t seq)
{
    return whole_exchange_with(&client, seq);
}
