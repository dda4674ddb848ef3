/* verdict/copies.h
 * Remembers the datagrams that came lately, to recognise one that the capture holds more than once
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_COPIES_H
#define AMANDA_VERDICT_COPIES_H

#include "verdict/datagram.h"
#include "verdict/endpoint.h"

#include <wsutil/wmem/wmem.h>

typedef struct amanda_copies amanda_copies_t;

/* What makes two datagrams one, and one datagram two. */
typedef struct {
    uint64_t digest;         /* of endpoints, length and captured bytes; nobody can foresee it */
    int64_t when;            /* see verdict/times.h */
    uint16_t identification; /* of IPv4; 0: not known */
} amanda_copy_key_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_copies_t *amanda_copies_new(wmem_allocator_t *scope);

/* The key of a datagram between these endpoints. */
amanda_copy_key_t amanda_copies_key(const amanda_datagram_t *datagram, const amanda_ends_t *ends);

/* Which earlier datagram of the same bytes, at most 2 seconds away, a datagram may be a copy of: its number, as given to
 * amanda_copies_add(), or 0 if there is none. *certain is always set: true where the identification says so; else it is a
 * copy only if its sender had no reason to send it again. *held_back is set, too: to the number of an earlier one with the
 * same bytes and identification that is further away, for the network held one of them back; 0 if there is none. */
uint32_t amanda_copies_find(const amanda_copies_t *copies, const amanda_copy_key_t *key, bool *certain,
                            uint32_t *held_back);

/* Remembers a datagram that is no copy, by any number of the caller's but 0. Those that came long ago, by their number
 * and by time, are forgotten. */
void amanda_copies_add(amanda_copies_t *copies, const amanda_copy_key_t *key, uint32_t number);

#endif
