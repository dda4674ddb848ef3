/* verdict/losses.h
 * Which datagrams were lost, and on which side of the capture point, as far as those that came tell
 *
 * Knows nothing of trees and packets, as all of verdict/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_LOSSES_H
#define AMANDA_VERDICT_LOSSES_H

#include "verdict/datagram.h"
#include "verdict/verdict-record.h"

typedef enum {
    AMANDA_LOST_REQ,
    AMANDA_LOST_REQ_ACK, /* the responder's ACK */
    AMANDA_LOST_REP,
    AMANDA_LOST_REP_ACK, /* the requester's ACK */
    AMANDA_LOST_NAK,
    AMANDA_LOST_REQ_OR_ANSWER, /* the REQ, or what the responder sent because of it: nothing tells which so far */
    AMANDA_LOST_REP_OR_ACK,    /* the REP, or the requester's ACK: nothing tells which so far */
    AMANDA_LOST_OR_LATE,       /* the REQ or its answer; or nothing, if the responder was busy: it answers late */
    AMANDA_LOST_BETWEEN, /* this very datagram, between two capture points: no losses.c tells it, see verdict/merged.h */
    AMANDA_LOST_KINDS
} amanda_lost_t;

typedef enum {
    AMANDA_SIDE_REQUESTER, /* between the requester and the capture point */
    AMANDA_SIDE_RESPONDER  /* between the capture point and the responder */
} amanda_side_t;

/* A loss, with the datagram that shows it. Frame numbers are 0 where there is no such frame. */
typedef struct {
    uint32_t frame;    /* that shows it */
    uint32_t exchange; /* number of the exchange */
    uint32_t lost;     /* the frame that was lost behind the capture point, or whose answer was */
    uint32_t next_req; /* the requester's next REQ to this responder, which shows that it had its reply */
    uint32_t part;     /* see amanda_datagram_t */
    uint8_t what;      /* amanda_lost_t */
    uint8_t where;     /* amanda_side_t */
    uint8_t count;     /* of datagrams */
    bool settles;      /* this tells what an earlier "or" of the same exchange left open, and counts instead of it */
} amanda_loss_t;

typedef struct amanda_losses amanda_losses_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_losses_t *amanda_losses_new(wmem_allocator_t *scope);

/* Looks at a datagram, in capture order and once for each, right after the verdicts has judged it. */
void amanda_losses_see(amanda_losses_t *losses, const amanda_datagram_t *datagram,
                       const amanda_verdict_record_t *record);

/* A REP of an exchange that the capture may not have, to a requester whose latest exchange is another: amandad of 2.4 that waits
 * for the ACK of a REP takes the next REQ for a wrong answer (Amanda 2.4 client-src/amandad.c): it sends the REP again, and nobody
 * serves that REQ. It was not lost. */
void amanda_losses_swallowed(const amanda_datagram_t *reply, amanda_exchange_t *latest);

/* An ICMP error says what became of a datagram, by its record: it was not lost, and neither was its answer. In capture order. */
void amanda_losses_returned(const amanda_verdict_record_t *record);

/* The losses that a datagram shows, count of them one after the other; NULL if there are none. Valid until the next
 * datagram is seen. */
const amanda_loss_t *amanda_losses_recall(const amanda_losses_t *losses, uint32_t frame, uint32_t part,
                                          unsigned *count);

#endif
