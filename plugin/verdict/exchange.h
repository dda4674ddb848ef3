/* verdict/exchange.h
 * What is known of an exchange, and how its requester's version takes a reply
 *
 * Knows nothing of trees, columns and packets, as all of verdict/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_EXCHANGE_H
#define AMANDA_VERDICT_EXCHANGE_H

#include "ws-compat.h"

#include <wsutil/wmem/wmem.h>

#include "verdict/exchange-facts.h"

typedef enum {
    AMANDA_STATE_OUTSTANDING,
    AMANDA_STATE_COMPLETED,
    AMANDA_STATE_REFUSED,
    AMANDA_STATE_SUPERSEDED,
    AMANDA_STATE_TIMED_OUT
} amanda_state_t;

/* Requester, responder and HANDLE; see verdict/exchange-table.h. */
typedef struct amanda_group amanda_group_t;

/* Requester and responder; see verdict/pairs.h. */
struct amanda_pair;

/* What verdict/losses.c remembers of an exchange; nobody else looks at it. Frame numbers are 0 where there is no such
 * frame. */
typedef struct {
    uint32_t first_rep;     /* the first REP since the last REQ */
    uint32_t rep;           /* the last REP */
    uint32_t ack_after;     /* of the requester's last ACK: milliseconds since the REP before it */
    uint32_t requester_ack; /* the requester's last ACK */
    uint32_t next_req;      /* the next REQ to the same responder, where that shows that this one was finished with */
    uint8_t reqs;           /* transmissions of the REQ */
    uint8_t reqs_pending; /* REQs that were sent again because nothing came back, and of which nothing is told so far */
    uint8_t acks;         /* the responder's ACKs since these */
    uint8_t reps_pending; /* REPs that were sent again because no ACK came back */
    bool copied : 1;      /* a late copy of the REQ came: the service may have run twice */
    bool answered : 1;    /* anything of the responder was seen */
    bool pending_later : 1; /* and so it was before reqs_pending */
    bool late : 1;          /* the responder did not answer the last of reqs_pending at once */
    bool heard : 1;         /* an ACK or PREP was seen since the last REQ */
    bool gave_up : 1;       /* the requester may have given up before next_req */
    bool gone : 1;          /* the requester may have given up before the first REP since the last REQ */
    bool several : 1;       /* more answers than requests: several responders share the port */
    bool ack_told : 1;      /* the loss of the ACK of the REP was told */
    bool maybe_again : 1;   /* its REQ may have been sent before the capture began */
    bool unacked : 1;       /* a reply came, and no ACK of the REQ so far: lost, or out of order in the file */
    bool or_told : 1;       /* it was told that REPs or their ACKs were lost, and not which */
    bool req_returned : 1;  /* an ICMP error says what became of the last REQ, */
    bool rep_returned : 1;  /* or of what the responder sent last, */
    bool ack_returned : 1;  /* or of the requester's last ACK */
    /* How many times over the capture has what the two sent. Bits, so that a trace gets no larger. */
    uint8_t asked_again : 3;    /* copies of what the requester sent last; stops at 7 */
    uint8_t answers : 5;        /* what the responder sent, but for copies; not counted on, as answered_again, at 31 */
    uint8_t most_asked : 3;     /* the most that asked_again was */
    uint8_t answered_again : 5; /* what look like copies of the answers */
} amanda_trace_t;

/* What few exchanges have: those whose REQ or REP was sent again, or that had a NAK or an odd reply or ACK. */
typedef struct {
    int64_t last_time;      /* see verdict/times.h: of the last REQ */
    uint32_t last_req;      /* the last REQ */
    uint32_t closed_number; /* of the record of the ACK that completed this, where it is unexplained */
    uint32_t nak_number;    /* of the record of the last NAK, whatever became of it */
    uint32_t first_nak;     /* the first NAK that came while the exchange was outstanding */
    uint32_t mistaken_rep;  /* the last REP that could be taken for the answer to this */

    /* Of verdict/losses.c, as amanda_trace_t. */
    int64_t trace_time;   /* see verdict/times.h: of the last REQ that is no copy made on the way */
    uint32_t trace_req;   /* and its frame */
    int64_t trace_rep;    /* the time of the last REP that it has seen */
    uint32_t pending_req; /* the first of the REQs that reqs_pending counts */
    uint32_t trace_nak;   /* the last NAK since the last REQ, if the requester takes it */

    /* Of verdict/exchange-table.c, in the first exchange of an asker: what is outstanding with any responder, once a second
     * one has a part in it. */
    struct amanda_outstanding *outstanding;
} amanda_exchange_more_t;

/* From so many transmissions of a REQ on, one more makes no difference. */
#define AMANDA_SENT_MAX 3

/* Everything that shares requester, responder, HANDLE and SEQ. Owned by the table of exchanges; frame numbers are 0 where there is
 * no such frame. */
typedef struct amanda_exchange {
    amanda_group_t *group;
    struct amanda_pair *pair;      /* NULL by TCP */
    amanda_exchange_facts_t facts; /* what the bodies said */
    amanda_exchange_more_t *more;  /* NULL as long as there is nothing in it; see amanda_exchange_more() */
    const char *service;           /* of the first REQ with a whole SERVICE line; NULL until one was seen; interned */
    int64_t first_time;            /* see verdict/times.h: of the first REQ */
    int64_t rep_time; /* the same, of the last REP of any verdict; until there is one, of the completing ACK */
    amanda_trace_t trace;
    int32_t seq;
    uint32_t run;        /* see verdict/program-runs.h */
    uint32_t number;     /* counts the exchanges of a capture from 0, in the order of their first REQs */
    uint32_t first_req;  /* the frame that stands for the REQ in every link */
    uint32_t first_rep;  /* the first REP with the verdict answer */
    uint32_t last_rep;   /* the last REP of any verdict */
    uint32_t rep_number; /* of the record of the last REP, before the first REQ too, but not of one out of order */
    uint32_t closed_in;
    uint32_t reqs_awaiting; /* the REQs that wait for the responder's ACK; see amanda_verdict_records_await() */
    uint32_t reps_awaiting; /* the same, of REPs and the requester's ACK */
    uint16_t version;       /* of the first REQ, as AMANDA_VERSION() */
    uint8_t state : 3;      /* amanda_state_t */
    uint8_t sent : 2;       /* transmissions of the REQ but for late copies; stops at AMANDA_SENT_MAX */
    bool krb4 : 1;          /* the first REQ had a SECURITY TICKET */
    bool requester_acked : 1;
    bool heard_before : 1; /* an ACK or NAK of the responder with this key was seen before the first REQ, */
    bool rep_before : 1;   /* or a REP */
    bool unexplained : 1;  /* an ACK completed this that nothing explained: no REP was seen that it may be for */
    bool rep_acked : 1;    /* the requester has sent an ACK after a REP */
    bool responder_acked : 1;
    bool waits_for_reply : 1; /* an ACK or PREP of the responder was seen since the last REQ */
    bool heard : 1;           /* an ACK or PREP of the responder was seen since the exchange was last opened */
    bool req_returned : 1;    /* an ICMP error said that a REQ did not arrive; see verdict/icmp-errors.h */
    bool rep_returned : 1;    /* the same of its last REP */
} amanda_exchange_t;

/* What is not there reads as 0. */
extern const amanda_exchange_more_t amanda_exchange_no_more;

/* What else there is of an exchange, to be read, but for the last REQ and REP; never NULL. */
static inline const amanda_exchange_more_t *amanda_exchange_more(const amanda_exchange_t *exchange)
{
    return exchange->more ? exchange->more : &amanda_exchange_no_more;
}

/* The same to be written: made in scope where it is not there yet. Only of an exchange with a REQ. */
amanda_exchange_more_t *amanda_exchange_make_more(amanda_exchange_t *exchange, wmem_allocator_t *scope);

/* The frame and time of the last REQ (see verdict/times.h); and the time of the last one that is no copy made on the
 * way, for verdict/losses.c. */
static inline uint32_t amanda_exchange_last_req(const amanda_exchange_t *exchange)
{
    return exchange->more ? exchange->more->last_req : exchange->first_req;
}

static inline int64_t amanda_exchange_last_time(const amanda_exchange_t *exchange)
{
    return exchange->more ? exchange->more->last_time : exchange->first_time;
}

static inline int64_t amanda_exchange_trace_time(const amanda_exchange_t *exchange)
{
    return exchange->more ? exchange->more->trace_time : exchange->first_time;
}

/* The time of the last REP that verdict/losses.c has seen, where it has seen one. */
static inline int64_t amanda_exchange_trace_rep(const amanda_exchange_t *exchange)
{
    return exchange->more ? exchange->more->trace_rep : exchange->rep_time;
}

/* Notes that a REP came in this frame and at that time: the last one now. verdict/losses.c goes by the one before until it
 * sees this. */
void amanda_exchange_note_rep(amanda_exchange_t *exchange, wmem_allocator_t *scope, uint32_t frame, int64_t now);

/* Whether this exchange's requester compares nothing but the HANDLE of a reply, wherever it comes from (below 2.5:
 * Amanda 2.4.5 common-src/protocol.c). */
bool amanda_exchange_compares_handle_only(const amanda_exchange_t *exchange);

/* Whether it takes a reply with another SEQ, too: so does the krb4 driver of 2.5 and 2.6, which compares the address and
 * port, but not the SEQ (common-src/krb4-security.c). */
bool amanda_exchange_takes_other_seq(const amanda_exchange_t *exchange);

/* Whether its responder had refused it before its REQ came: by a NAK to the connection, before it had read anything. */
bool amanda_exchange_is_refused_before(const amanda_exchange_t *exchange);

/* Whether it ignores a NAK now: before 2.6, once it waits for the reply (Amanda 2.5.2 common-src/protocol.c, s_repwait). */
bool amanda_exchange_ignores_nak(const amanda_exchange_t *exchange);

#endif
