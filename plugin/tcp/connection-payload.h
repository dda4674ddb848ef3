/* tcp/connection-payload.h
 * The bytes of a connection, as its packets bring them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_CONNECTION_PAYLOAD_H
#define AMANDA_TCP_CONNECTION_PAYLOAD_H

#include "tcp/connections.h"

#include <epan/dissectors/packet-tcp.h>

/* Tells which protocol to keep what belongs to a packet under. To be called once. */
void amanda_connection_payload_register(int proto);

/* Dissects the payload of a packet's segment, and whatever else has its turn with it. A packet may hold several (tunnels,
 * aggregates), of which TCP may hand over some. What is found in the packet, after TCP is through with it, is its last
 * segment; a call for a segment that the call before was for does nothing.
 *
 * asked: whether TCP asked for it, so that something is to be shown even if all bytes are known already. */
void amanda_connection_payload_segment(amanda_connection_t *connection, const amanda_segment_t *segment,
                                       packet_info *pinfo, proto_tree *tree, bool asked);

/* Dissects what waited in one direction, and has its turn with a packet that has no part of it. tvb: of the packet. */
void amanda_connection_payload_turns(amanda_connection_t *connection, amanda_direction_t direction,
                                     amanda_reassembly_turn_t *turns, tvbuff_t *tvb, packet_info *pinfo,
                                     proto_tree *tree);

/* The segment that TCP hands over in tvb: as it stands in the packet, or as tcpinfo says where TCP put it together from
 * several, or it cannot be read from the packet, or another one is found there. */
amanda_segment_t amanda_connection_payload_given(packet_info *pinfo, const struct tcpinfo *tcpinfo, tvbuff_t *tvb);

/* On the first pass: tells where the direction of a packet begins, if TCP saw the beginning of the connection. */
void amanda_connection_payload_begin(amanda_connection_t *connection, packet_info *pinfo);

#endif
