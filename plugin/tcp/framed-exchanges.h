/* tcp/framed-exchanges.h
 * The exchanges in a framed connection: which packets belong together
 *
 * There are no sequence numbers, and TCP loses nothing: an exchange is everything with one handle, until the handle is
 * used again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FRAMED_EXCHANGES_H
#define AMANDA_TCP_FRAMED_EXCHANGES_H

#include "text/header-line.h"
#include "tcp/connections.h"

/* Written on the first pass only. Frame numbers are 0 where there is no such frame. */
typedef struct {
    amanda_exchange_facts_t *facts;
    const char *service; /* of the REQ; NULL where that was not seen */
    nstime_t req_time;
    uint32_t req_frame;
    uint32_t rep_frame; /* the first REP, else the first NAK */
    uint32_t req_acked_in;
    uint32_t rep_acked_in;
    bool closed;
} amanda_framed_exchange_t;

/* The exchange that a packet belongs to. Remembers the packet; transactions maps handles to exchanges. To be called on the
 * first pass. service: of a REQ, else NULL; it needs to live during the call only. */
amanda_framed_exchange_t *amanda_framed_exchange_follow(wmem_map_t *transactions, uint32_t handle, amanda_type_t type,
                                                        amanda_direction_t direction, const char *service,
                                                        const packet_info *pinfo);

/* On the first pass: the exchange that had this handle last; NULL if there was none. */
amanda_framed_exchange_t *amanda_framed_exchange_find(wmem_map_t *transactions, uint32_t handle);

/* Shows what a packet has to do with the others of its exchange. */
void amanda_framed_exchange_show(const amanda_framed_exchange_t *transaction, amanda_type_t type,
                                 amanda_direction_t direction, const packet_info *pinfo, tvbuff_t *tvb,
                                 proto_tree *tree);

#endif
