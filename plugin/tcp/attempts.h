/* tcp/attempts.h
 * Attempts to connect to Amanda's own ports, or to those that a reply announced: refused, or never answered
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_ATTEMPTS_H
#define AMANDA_TCP_ATTEMPTS_H

#include "tcp/connections.h"
#include "tcp/segments.h"

typedef struct amanda_attempts amanda_attempts_t;

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_attempts_t *amanda_attempts_new(wmem_allocator_t *scope);

/* On the first pass: a SYN to one of Amanda's own ports begins a connection, of which it is not known yet what it is.
 * Returns the connection; NULL if that is no such SYN. */
amanda_connection_t *amanda_attempts_begin(packet_info *pinfo, const amanda_segment_t *segment);

/* On the first pass: a segment of a connection. Tells the outcomes what it means for one to Amanda's own ports. Returns
 * whether it refuses that. */
bool amanda_attempts_see(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo);

/* Shows that a packet refuses a connection to one of Amanda's own ports. */
void amanda_attempts_show_refused(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                                  proto_tree *tree);

/* On a later pass, shows that nothing ever answered a SYN, if this is the first such one of the two hosts, and of the port
 * where that is Amanda's own. */
void amanda_attempts_show_unanswered(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                                     proto_tree *tree);

/* Registers the expert infos of this part for the protocol. */
void amanda_attempts_register(int proto);

#endif
