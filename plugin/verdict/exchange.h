/* verdict/exchange.h
 * Follows every exchange, and judges each datagram by what was seen before it
 *
 * Knows nothing of trees, columns and packets: it takes what a header says, and returns a record.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_EXCHANGE_H
#define AMANDA_VERDICT_EXCHANGE_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/nstime.h>
#include <wsutil/wmem/wmem.h>

#include "text/header-line.h"

typedef enum {
    AMANDA_VERDICT_NONE, /* ACK and NAK */
    AMANDA_VERDICT_REQUEST,
    AMANDA_VERDICT_RETRANSMISSION,
    AMANDA_VERDICT_LATE_COPY,
    AMANDA_VERDICT_ANSWER,
    AMANDA_VERDICT_STALE,
    AMANDA_VERDICT_SEQ_MISMATCH,
    AMANDA_VERDICT_NO_REQUEST
} amanda_verdict_t;

typedef enum {
    AMANDA_STATE_OUTSTANDING,
    AMANDA_STATE_COMPLETED,
    AMANDA_STATE_REFUSED,
    AMANDA_STATE_SUPERSEDED,
    AMANDA_STATE_TIMED_OUT
} amanda_state_t;

/* What else is to be said of a datagram. */
enum {
    AMANDA_NOTE_NAK_UNEXPECTED = 1 << 0,
    AMANDA_NOTE_NAK_IGNORED = 1 << 1,
    AMANDA_NOTE_ACK_DUPLICATE = 1 << 2,
    AMANDA_NOTE_ACK_UNKNOWN = 1 << 3,
    AMANDA_NOTE_ACK_NO_REPLY = 1 << 4,
    AMANDA_NOTE_ACK_STALE_ACCEPTED = 1 << 5,
    AMANDA_NOTE_TAKEN = 1 << 6,          /* this requester takes such an unmatched reply for the answer */
    AMANDA_NOTE_FROM_REQUESTER = 1 << 7, /* an ACK that the requester sent */
    AMANDA_NOTE_AWAITS_ACK = 1 << 8,     /* internal: no ACK seen yet, ack_in links the records that wait with it */
    AMANDA_NOTE_ENDS = 1 << 9,           /* this datagram ended its exchange */
    AMANDA_NOTE_REQ_UNHEARD = 1 << 10, /* a REQ sent for the third time or more, with nothing from the responder yet */
    AMANDA_NOTE_REQ_UNANSWERED = 1 << 11, /* a REQ sent again because the reply did not come in time after its ACK */
    AMANDA_NOTE_FIRST_ACK = 1 << 12       /* the responder's first ACK, or the requester's first one after a REP */
};

typedef struct amanda_group amanda_group_t;

#define AMANDA_ADDRESS_KEY 16

/* An address and port as bytes that can be compared and hashed as they are; see amanda_endpoint_of(). */
typedef struct {
    uint8_t address_type;
    uint8_t address_length;
    uint16_t port;
    uint8_t address[AMANDA_ADDRESS_KEY];
} amanda_endpoint_t;

/* What verdict/losses.c remembers of an exchange; nobody else looks at it. Frame numbers are 0 where there is no such
 * frame. */
typedef struct {
    int64_t req_time;       /* nanoseconds since the epoch: of the last REQ that is no copy made on the way */
    int64_t rep_time;       /* the same, of the last REP */
    uint32_t req;           /* the last REQ that is no copy made on the way */
    uint32_t pending_req;   /* the first of the REQs that reqs_pending counts */
    uint32_t first_rep;     /* the first REP since the last REQ */
    uint32_t rep;           /* the last REP */
    uint32_t ack;           /* the responder's last ACK since the last REQ */
    uint32_t nak;           /* the last NAK since the last REQ, if the requester takes it */
    uint32_t requester_ack; /* the requester's last ACK */
    uint32_t next_req;      /* the next REQ to the same responder, where that shows that this one was finished with */
    uint8_t reqs;           /* transmissions of the REQ */
    uint8_t reqs_pending;   /* REQs since the responder was last seen that were sent again because nothing came back */
    uint8_t reqs_open;    /* REQs of which it was told that they or their answers were lost; it may still show which */
    uint8_t reps_pending; /* REPs that were sent again because no ACK came back */
    bool copied : 1;      /* a late copy of the REQ came: the service may have run twice */
    bool answered : 1;    /* anything of the responder was seen */
    bool heard : 1;       /* an ACK or PREP was seen since the last REQ */
    bool gave_up : 1;     /* the requester may have given up before next_req */
    bool ack_told : 1;    /* the loss of the ACK of the REP was told */
} amanda_trace_t;

/* Everything that shares requester, responder, HANDLE and SEQ. Owned by the verdicts; frame numbers are 0 where there is
 * no such frame. */
typedef struct amanda_exchange {
    amanda_group_t *group;
    struct amanda_exchange_facts
        *facts;          /* what the bodies said; see verdict/exchange-facts.h; NULL until there is something */
    const char *service; /* of the first REQ with a whole SERVICE line; NULL until one was seen; interned */
    int64_t first_time;  /* nanoseconds since the epoch: of the first REQ */
    int64_t last_time;   /* the same, of the last REQ */
    int64_t rep_time;    /* the same, of the last REP of any verdict */
    amanda_trace_t trace;
    int32_t seq;
    uint32_t run;       /* see verdict/program-runs.h */
    uint32_t number;    /* counts the exchanges of a capture from 0, in the order of their first REQs */
    uint32_t first_req; /* the frame that stands for the REQ in every link */
    uint32_t last_req;
    uint32_t first_rep; /* the first REP with the verdict answer */
    uint32_t last_rep;  /* the last REP of any verdict */
    uint32_t first_nak; /* the first NAK that came while the exchange was outstanding */
    uint32_t closed_in;
    uint32_t mistaken_rep;  /* the last REP that could be taken for the answer to this */
    uint32_t reqs_awaiting; /* number (from 1) of the last REQ record that waits for the responder's ACK */
    uint32_t reps_awaiting; /* the same, of REP records and the requester's ACK */
    uint16_t version;       /* of the first REQ, as AMANDA_VERSION() */
    uint8_t state;          /* amanda_state_t */
    uint8_t sent;           /* transmissions of the REQ but for late copies; stops at 255 */
    bool krb4 : 1;          /* the first REQ had a SECURITY TICKET */
    bool requester_acked : 1;
    bool rep_acked : 1; /* the requester has sent an ACK after a REP */
    bool responder_acked : 1;
    bool heard : 1; /* an ACK or PREP of the responder was seen since the exchange was last opened */
} amanda_exchange_t;

/* What the first pass found out about one datagram, and does not change again, but for ack_in. */
typedef struct {
    amanda_exchange_t *exchange; /* NULL where no REQ with this key was seen before */
    uint32_t frame;
    uint32_t ack_in; /* see amanda_verdict_record_ack_in() */
    union {
        struct {                   /* unmatched reply, else 0: */
            uint32_t closed_in;    /* the frame that ended its own exchange */
            uint32_t mistaken_for; /* an outstanding REQ that it could be taken to answer */
        } reply;
        int64_t acks_since; /* first ACK: nanoseconds since the epoch, of the last REQ or REP before it */
    } of;
    union {
        uint32_t asked_of; /* no request: the same REQ, outstanding with another responder */
        uint32_t accepted; /* ACK: the stale reply that was taken for the answer */
        uint32_t acks;     /* any other ACK of a known exchange: the REQ or REP that it acknowledges */
    } other;
    unsigned notes : 13;
    unsigned verdict : 4;   /* amanda_verdict_t */
    unsigned closed_by : 3; /* unmatched reply of a known exchange: its amanda_state_t */
    unsigned type : 3;      /* amanda_type_t */
    unsigned layer : 8;
} amanda_verdict_record_t;

/* What an exchange is told of a datagram. The pointers need to live during the call only. */
typedef struct {
    uint32_t frame;
    uint8_t layer; /* tells several datagrams in one frame apart */
    amanda_type_t type;
    const address *src;
    const address *dst;
    uint16_t src_port;
    uint16_t dst_port;
    nstime_t arrival; /* since the epoch */
    const uint8_t *handle;
    int handle_length; /* at least 1 */
    int32_t seq;
    uint16_t version;    /* AMANDA_VERSION() */
    bool krb4;           /* a REQ with SECURITY TICKET */
    const char *service; /* of a REQ with a whole SERVICE line, else NULL */
} amanda_datagram_t;

typedef struct amanda_verdicts amanda_verdicts_t;

/* The key of an address and port. An address of more than AMANDA_ADDRESS_KEY bytes goes into it as a digest. */
amanda_endpoint_t amanda_endpoint_of(const address *addr, uint16_t port);

/* A hash of an endpoint, which nobody can foresee. */
unsigned amanda_endpoint_hash(const amanda_endpoint_t *endpoint);

/* A time since the epoch in nanoseconds; absurd times wrap. */
int64_t amanda_nanoseconds_of(const nstime_t *timestamp);

/* The same time as Wireshark has it. */
nstime_t amanda_nstime_of(int64_t nanoseconds);

/* Makes the state for one capture file. It belongs to the scope and goes with it. timeout: seconds since the last REQ
 * after which an exchange is no longer outstanding; 0 for never. */
amanda_verdicts_t *amanda_verdicts_new(wmem_allocator_t *scope, unsigned timeout);

/* Judges a datagram by the rules of verdicts, and remembers it. To be called once for each datagram, in capture order.
 * The type must be known and the handle not empty. Returns the record, which belongs to the verdicts and stays where it
 * is only until the next call. */
const amanda_verdict_record_t *amanda_verdicts_judge(amanda_verdicts_t *verdicts, const amanda_datagram_t *datagram);

/* The record that amanda_verdicts_judge() made, or NULL if there is none; valid until the next datagram is judged. */
const amanda_verdict_record_t *amanda_verdicts_recall(const amanda_verdicts_t *verdicts, uint32_t frame, uint8_t layer);

/* REQ: the frame of the responder's first ACK after it; REP: of the requester's; 0 if none was seen so far. */
uint32_t amanda_verdict_record_ack_in(const amanda_verdict_record_t *record);

/* Whether a reply matches no outstanding request. */
bool amanda_verdict_record_is_unmatched(const amanda_verdict_record_t *record);

/* Whether this exchange's requester compares nothing but the HANDLE of a reply, wherever it comes from (below 2.5:
 * Amanda 2.4.5 common-src/protocol.c). */
bool amanda_exchange_compares_handle_only(const amanda_exchange_t *exchange);

#endif
