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

/* What links a packet to others of its exchange, where no record tells; frame numbers are 0 for none. */
typedef struct {
    uint32_t response_in;
    uint32_t response_to;
    uint32_t ack_in;
    uint32_t ack_to;
    bool has_time;
    nstime_t delay; /* since the request */
} amanda_links_t;

/* Adds the links as generated items to tree. */
void amanda_show_links(const amanda_links_t *links, tvbuff_t *tvb, proto_tree *tree);

/* Appends to the Info column, in brackets, what is not normal about a record. */
void amanda_show_exchange_in_info(const amanda_verdict_record_t *record, packet_info *pinfo);

/* The time from an exchange's first REQ to the packet at hand. */
nstime_t amanda_time_since_request(const amanda_exchange_t *exchange, const packet_info *pinfo);

/* The verdict in words, as in amanda.verdict; NULL for a datagram that has none. */
const char *amanda_verdict_text(amanda_verdict_t verdict);

#endif
