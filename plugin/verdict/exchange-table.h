/* verdict/exchange-table.h
 * Finds exchanges by their keys: requester, responder, HANDLE and SEQ
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_EXCHANGE_TABLE_H
#define AMANDA_VERDICT_EXCHANGE_TABLE_H

#include "verdict/datagram.h"
#include "verdict/endpoint.h"
#include "verdict/exchange.h"

#include <wsutil/wmem/wmem.h>

/* All exchanges of a capture file. */
typedef struct amanda_exchange_table amanda_exchange_table_t;

/* One requester and one HANDLE, whatever responder. */
typedef struct amanda_asker amanda_asker_t;

/* As much of a key as the table knows; NULL for the rest. */
typedef struct {
    amanda_asker_t *asker;
    amanda_group_t *group;
    amanda_exchange_t *exchange;
} amanda_place_t;

/* What a responder sent in an exchange whose REQ was not seen so far. */
typedef struct {
    uint64_t key;
    uint32_t rep_number; /* of the record of the last REP; 0: none */
    bool heard;          /* an ACK or NAK was seen */
} amanda_early_t;

/* Makes an empty table, which belongs to the scope and goes with it. */
amanda_exchange_table_t *amanda_exchange_table_new(wmem_allocator_t *scope);

/* Where the exchange of a datagram is, or would be: that with its SEQ, or, of a framed connection, the latest of its
 * HANDLE. from_requester: who sent it. */
amanda_place_t amanda_exchange_table_find(amanda_exchange_table_t *table, const amanda_datagram_t *datagram,
                                          const amanda_ends_t *ends, bool from_requester);

/* The ends of a datagram as they are in the keys of the table. A framed connection stands for both. */
amanda_ends_t amanda_exchange_table_ends(const amanda_datagram_t *datagram);

/* What is known of a datagram's exchange from before its REQ. ends: src is the requester. make: is to be made if there is
 * none; else NULL. */
amanda_early_t *amanda_exchange_table_early(const amanda_exchange_table_t *table, const amanda_datagram_t *datagram,
                                            const amanda_ends_t *ends, bool make);

/* The place of a REQ, with asker and group made if there were none. */
amanda_place_t amanda_exchange_table_place(amanda_exchange_table_t *table, const amanda_datagram_t *req,
                                           const amanda_ends_t *ends);

/* Makes an exchange with the key of a REQ, all else 0. There must be none with this key, but on a framed connection. */
amanda_exchange_t *amanda_exchange_table_add(amanda_exchange_table_t *table, amanda_group_t *group,
                                             const amanda_datagram_t *req);

/* The outstanding exchange of a group; NULL if there is none. */
amanda_exchange_t *amanda_exchange_table_outstanding(const amanda_group_t *group);

/* Notes that an exchange is outstanding now, which no other of its group may be, or that it is no longer. */
void amanda_exchange_table_open(amanda_exchange_t *exchange);
void amanda_exchange_table_close(amanda_exchange_t *exchange);

/* Where outcome/ keeps the number of the last job of the exchange's group, counted from 1; it holds 0 as long as there is
 * none. */
uint32_t *amanda_exchange_table_job(const amanda_exchange_t *exchange);

/* Of what the asker has outstanding with any responder: see amanda_outstanding_same_seq() and
 * amanda_outstanding_other_seq(). */
amanda_exchange_t *amanda_exchange_table_same_seq(const amanda_exchange_table_t *table, amanda_asker_t *asker,
                                                  int32_t seq);
amanda_exchange_t *amanda_exchange_table_other_seq(const amanda_exchange_table_t *table, amanda_asker_t *asker,
                                                   int32_t seq);

/* The one copy of a text that the table keeps. */
const char *amanda_exchange_table_intern(amanda_exchange_table_t *table, const char *text);

#endif
