/* verdict/outstanding.h
 * What one requester has outstanding under one HANDLE with several responders at once
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_OUTSTANDING_H
#define AMANDA_VERDICT_OUTSTANDING_H

#include "verdict/exchange.h"

#include <wsutil/wmem/wmem.h>

typedef struct amanda_outstanding amanda_outstanding_t;

/* Makes an empty set, which belongs to the scope and goes with it. */
amanda_outstanding_t *amanda_outstanding_new(wmem_allocator_t *scope);

/* Adds or removes an exchange, at the cost of the logarithm of their number. To add one that is there, or to remove one
 * that is not, does nothing. */
void amanda_outstanding_add(amanda_outstanding_t *set, amanda_exchange_t *exchange);
void amanda_outstanding_remove(amanda_outstanding_t *set, amanda_exchange_t *exchange);

/* Of those with this SEQ, the one whose first transmission came last; NULL if there is none. */
amanda_exchange_t *amanda_outstanding_same_seq(const amanda_outstanding_t *set, int32_t seq);

/* Of those with another SEQ whose requester compares nothing but the HANDLE, the one whose first transmission came
 * last; NULL if there is none. */
amanda_exchange_t *amanda_outstanding_other_seq(const amanda_outstanding_t *set, int32_t seq);

#endif
