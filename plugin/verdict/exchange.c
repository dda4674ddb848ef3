/* verdict/exchange.c
 * What is known of an exchange, and how its requester's version takes a reply
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/exchange.h"

#include "text/header-line.h"
#include "verdict/endpoint.h"

const amanda_exchange_more_t amanda_exchange_no_more;

amanda_exchange_more_t *amanda_exchange_make_more(amanda_exchange_t *exchange, wmem_allocator_t *scope)
{
    if (!exchange->more) {
        exchange->more = amanda_record_new0(scope, amanda_exchange_more_t);
        exchange->more->last_time = exchange->more->trace_time = exchange->first_time;
        exchange->more->trace_rep = exchange->rep_time;
        exchange->more->last_req = exchange->more->trace_req = exchange->first_req;
    }
    return exchange->more;
}

void amanda_exchange_note_rep(amanda_exchange_t *exchange, wmem_allocator_t *scope, uint32_t frame, int64_t now)
{
    if (exchange->last_rep)
        amanda_exchange_make_more(exchange, scope);
    exchange->last_rep = frame;
    exchange->rep_time = now;
}

bool amanda_exchange_compares_handle_only(const amanda_exchange_t *exchange)
{
    return exchange->version < AMANDA_VERSION(2, 5);
}

bool amanda_exchange_takes_other_seq(const amanda_exchange_t *exchange)
{
    return amanda_exchange_compares_handle_only(exchange) ||
           (exchange->krb4 && exchange->version < AMANDA_VERSION(2, 7));
}

bool amanda_exchange_ignores_nak(const amanda_exchange_t *exchange)
{
    return exchange->version < AMANDA_VERSION(2, 6) && exchange->waits_for_reply;
}

bool amanda_exchange_is_refused_before(const amanda_exchange_t *exchange)
{
    uint32_t first_nak = amanda_exchange_more(exchange)->first_nak;

    return first_nak && first_nak < exchange->first_req;
}
