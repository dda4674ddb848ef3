/* verdict/exchange.c
 * What is known of an exchange, and how its requester's version takes a reply
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/exchange.h"

#include "text/header-line.h"

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
    return exchange->first_nak && exchange->first_nak < exchange->first_req;
}
