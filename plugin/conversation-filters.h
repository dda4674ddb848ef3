/* conversation-filters.h
 * What Wireshark offers under Conversation Filter for an Amanda packet
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_CONVERSATION_FILTERS_H
#define AMANDA_CONVERSATION_FILTERS_H

#include "verdict/verdict-record.h"

/* Registers the filters. record_of_packet: finds the record of the datagram that a packet carries, if it has one. */
void amanda_filters_register(const amanda_verdict_record_t *(*record_of_packet)(packet_info *pinfo));

#endif
