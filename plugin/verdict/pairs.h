/* verdict/pairs.h
 * Who has sent datagrams to whom, whatever the HANDLE
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_PAIRS_H
#define AMANDA_VERDICT_PAIRS_H

#include "verdict/endpoint.h"
#include "verdict/exchange.h"

#include <wsutil/wmem/wmem.h>

typedef struct amanda_pairs amanda_pairs_t;

/* An address and port that was asked for something, by whomever. */
typedef struct {
    amanda_endpoint_t endpoint;
    uint32_t last_req; /* number of the record of the last REQ to it, from 1; 0: none was seen */
} amanda_responder_t;

/* A requester and one whom it has sent something, as a requester does. */
typedef struct amanda_pair {
    amanda_endpoint_t requester;
    amanda_endpoint_t responder;
    unsigned hash; /* of these two, for it takes longer than the rest of a search */
    amanda_responder_t *to;
    amanda_exchange_t *latest; /* the exchange of these two that was opened last; NULL: none was */
} amanda_pair_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_pairs_t *amanda_pairs_new(wmem_allocator_t *scope);

/* The pair of these two; NULL where the requester has sent the responder nothing. */
amanda_pair_t *amanda_pairs_find(amanda_pairs_t *pairs, const amanda_endpoint_t *requester,
                                 const amanda_endpoint_t *responder);

/* The same, made if there is none. */
amanda_pair_t *amanda_pairs_make(amanda_pairs_t *pairs, const amanda_endpoint_t *requester,
                                 const amanda_endpoint_t *responder);

/* What is known of a responder, whoever asked it; NULL where nobody did. */
const amanda_responder_t *amanda_pairs_responder(const amanda_pairs_t *pairs, const amanda_endpoint_t *responder);

/* Says that a responder has sent something to this requester, and so that the capture has that direction, too. */
void amanda_pairs_reached(amanda_pairs_t *pairs, const amanda_endpoint_t *requester);

/* Whether the capture has shown any such packet to the host of this requester, whatever the port. */
bool amanda_pairs_is_reached(const amanda_pairs_t *pairs, const amanda_endpoint_t *requester);

#endif
