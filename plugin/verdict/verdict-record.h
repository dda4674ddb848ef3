/* verdict/verdict-record.h
 * What the first pass found out about each datagram, kept for the passes that come later
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_VERDICT_RECORD_H
#define AMANDA_VERDICT_VERDICT_RECORD_H

#include "text/header-line.h"
#include "verdict/exchange.h"

#include <wsutil/wmem/wmem.h>

typedef enum {
    AMANDA_VERDICT_NONE, /* ACK and NAK, copies of them too */
    AMANDA_VERDICT_REQUEST,
    AMANDA_VERDICT_RETRANSMISSION,
    AMANDA_VERDICT_LATE_COPY,
    AMANDA_VERDICT_COPY,
    AMANDA_VERDICT_ANSWER,
    AMANDA_VERDICT_STALE,
    AMANDA_VERDICT_SEQ_MISMATCH,
    AMANDA_VERDICT_NO_REQUEST
} amanda_verdict_t;

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
    AMANDA_NOTE_COPY_GUESSED = AMANDA_NOTE_AWAITS_ACK, /* a copy whose identification does not tell that it is one */
    AMANDA_NOTE_ENDS = 1 << 9,                         /* this datagram ended its exchange */
    AMANDA_NOTE_REQ_UNHEARD = 1 << 10, /* a REQ sent for the third time or more, with nothing from the responder yet */
    AMANDA_NOTE_REQ_UNANSWERED = 1 << 11, /* a REQ sent again because the reply did not come in time after its ACK */
    AMANDA_NOTE_FIRST_ACK = 1 << 12,      /* the responder's first ACK, or the requester's first one after a REP */
    /* no request: it may lie before the begin of the capture, as its connection does */
    AMANDA_NOTE_BEGUN_BEFORE = 1 << 13,
    /* a REQ sent for the third time or more, with nothing but ICMP errors yet; a REP sent again after an ICMP error about it */
    AMANDA_NOTE_RETURNED = 1 << 14,
    AMANDA_NOTE_OTHER_PORT =
        AMANDA_NOTE_RETURNED,           /* no request: what it answers was asked of another port of its address */
    AMANDA_NOTE_OUT_OF_ORDER = 1 << 15, /* an answer that was captured after its ACK */
    AMANDA_NOTE_BEHIND_ACK =
        AMANDA_NOTE_BEGUN_BEFORE, /* stale: the first REP of an exchange that an unexplained ACK completed */
    /* no request: no packet of its requester to its responder was seen before; a REQ sent again: no packet of anyone to its
     * requester's host was */
    AMANDA_NOTE_ONE_SIDED = 1 << 16
};

/* What the first pass found out about one datagram, and does not change again, but for ack_in. */
typedef struct {
    amanda_exchange_t *exchange; /* NULL where no REQ with this key was seen before */
    uint32_t frame;
    uint32_t part; /* see amanda_datagram_t */
    union {
        struct {                   /* unmatched reply, else 0: */
            uint32_t closed_in;    /* the frame that ended its own exchange */
            uint32_t mistaken_for; /* an outstanding REQ that it could be taken to answer */
        } reply;
        int64_t acks_since; /* first ACK: see verdict/times.h, of the last REQ or REP before it */
    } of;
    union {
        uint32_t ack_in;   /* REQ, and REP of a known exchange: see amanda_verdict_record_ack_in() */
        uint32_t copy_of;  /* a copy: the frame of the earlier one */
        uint32_t asked_of; /* no request: the same REQ, outstanding with another responder */
        uint32_t accepted; /* ACK: the stale reply that was taken for the answer */
        uint32_t acks;     /* any other ACK of a known exchange: the REQ or REP that it acknowledges */
    } other;
    /* 32 bits; there are as many of these records as datagrams. */
    unsigned notes : 17;
    unsigned is_copy : 1;   /* of an earlier one */
    unsigned verdict : 4;   /* amanda_verdict_t */
    unsigned closed_by : 3; /* unmatched reply of a known exchange: its amanda_state_t */
    unsigned type : 3;      /* amanda_type_t */
    unsigned has_copy : 1;  /* the capture holds it more than once */
    unsigned held_back : 1; /* and this once more, much later or earlier: it was on its way all the time */
    unsigned
        in_fragments : 1; /* came in fragments, of which only the capture's reader knows how often they are there */
    unsigned framed : 1;  /* came by a framed TCP connection */
} amanda_verdict_record_t;

/* All of a capture file, in its order. */
typedef struct amanda_verdict_records amanda_verdict_records_t;

/* REQ: the frame of the responder's first ACK after it; REP: of the requester's; 0 if none was seen so far. */
uint32_t amanda_verdict_record_ack_in(const amanda_verdict_record_t *record);

/* Whether a reply matches no outstanding request. */
bool amanda_verdict_record_is_unmatched(const amanda_verdict_record_t *record);

/* Whether the requester sent it. */
static inline bool amanda_verdict_record_is_from_requester(const amanda_verdict_record_t *record)
{
    return record->type == AMANDA_TYPE_REQ || (record->notes & AMANDA_NOTE_FROM_REQUESTER);
}

/* Makes an empty store, which belongs to the scope and goes with it. */
amanda_verdict_records_t *amanda_verdict_records_new(wmem_allocator_t *scope);

/* Adds a copy of the record, which stays where it is. Frames, and parts within a frame, must come in their order. */
amanda_verdict_record_t *amanda_verdict_records_add(amanda_verdict_records_t *records,
                                                    const amanda_verdict_record_t *record);

/* How many there are; and the one with this number, counted from 1 in the order in which they were added. */
uint32_t amanda_verdict_records_count(const amanda_verdict_records_t *records);
amanda_verdict_record_t *amanda_verdict_records_at(const amanda_verdict_records_t *records, uint32_t number);

/* Whether any of them is of no exchange: what was seen belongs to a REQ that was not. */
bool amanda_verdict_records_have_stray(const amanda_verdict_records_t *records);

/* The record of a datagram; NULL if there is none. */
const amanda_verdict_record_t *amanda_verdict_records_find(const amanda_verdict_records_t *records, uint32_t frame,
                                                           uint32_t part);

/* Says of the record that was added last that it waits for an ACK, with those that *awaiting stands for: 0 for none. */
void amanda_verdict_records_await(amanda_verdict_records_t *records, uint32_t *awaiting);

/* Tells all that wait that their ACK came in this frame. */
void amanda_verdict_records_acked(amanda_verdict_records_t *records, uint32_t *awaiting, uint32_t frame);

/* Makes a record that of a copy of another datagram. guessed: no identification says so. */
void amanda_verdict_record_make_copy(amanda_verdict_record_t *record, amanda_verdict_record_t *original, bool guessed);

#endif
