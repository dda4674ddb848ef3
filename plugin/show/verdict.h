/* show/verdict.h
 * Shows what was found out about a datagram's exchange: verdict, links, times and expert infos
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_VERDICT_H
#define AMANDA_SHOW_VERDICT_H

#include "show/common-fields.h"

#include "verdict/verdict-record.h"

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_show_exchange_register(int proto);

/* Adds the generated items of a record to tree, and its expert infos to the packet, tree or no tree.
 *
 * wire_service: whether the packet itself names its service, so that it is not to be shown a second time. */
void amanda_show_exchange(const amanda_verdict_record_t *record, bool wire_service, packet_info *pinfo, tvbuff_t *tvb,
                          proto_tree *tree);

/* The same of a NAK that came before the REQ that it refuses, once that has been seen. refused: the exchange of the REQ. */
void amanda_show_early_refusal(const amanda_exchange_t *refused, tvbuff_t *tvb, proto_tree *tree);

/* Adds the numbers of an exchange and of its run as generated items to tree; nothing for NULL. */
void amanda_show_exchange_numbers(const amanda_exchange_t *exchange, tvbuff_t *tvb, proto_tree *tree);

/* What is not normal about a record, in brackets, for the beginning of its Info: "[Stale: answers 11] ", with a blank behind
 * it; "" for nearly all. In pool, or static. */
const char *amanda_exchange_mark(const amanda_verdict_record_t *record, wmem_allocator_t *pool);

/* The time from an exchange's first REQ to the packet at hand. */
nstime_t amanda_time_since_request(const amanda_exchange_t *exchange, const packet_info *pinfo);

/* The verdict in words, as in amanda.verdict; NULL for a datagram that has none. */
const char *amanda_verdict_text(amanda_verdict_t verdict);

#endif
