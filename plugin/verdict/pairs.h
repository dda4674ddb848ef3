/* verdict/pairs.h
 * Who has sent datagrams to whom, whatever the HANDLE
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_PAIRS_H
#define AMANDA_VERDICT_PAIRS_H

#include "verdict/datagram.h"
#include "verdict/exchange.h"
#include "verdict/hosts.h"

#include <wsutil/wmem/wmem.h>

typedef struct amanda_pairs amanda_pairs_t;

/* A requester and one whom it has sent something, as a requester does. */
typedef struct amanda_pair {
    amanda_host_t *requester;
    amanda_host_t *responder;
    amanda_responder_t *to;
    amanda_exchange_t *latest; /* the exchange of these two that was opened last; NULL: none was */
    uint16_t requester_port;
} amanda_pair_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_pairs_t *amanda_pairs_new(wmem_allocator_t *scope, amanda_hosts_t *hosts);

/* The pair of a datagram that a responder sent; NULL where its requester has sent it nothing. */
amanda_pair_t *amanda_pairs_find_of_reply(amanda_pairs_t *pairs, const amanda_datagram_t *datagram);

/* The pair of a datagram that a requester sent, made if there is none. */
amanda_pair_t *amanda_pairs_make(amanda_pairs_t *pairs, const amanda_datagram_t *datagram);

/* What is known of the responder that sent this datagram, whoever asked it; NULL where nobody did. */
const amanda_responder_t *amanda_pairs_sender(const amanda_pairs_t *pairs, const amanda_datagram_t *datagram);

#endif
