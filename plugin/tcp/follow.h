/* tcp/follow.h
 * Follows the TCP connections of Amanda, from the first SYN on
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FOLLOW_H
#define AMANDA_TCP_FOLLOW_H

#include "tcp/connections.h"

/* Dissects what TCP hands over of a connection. data: its struct tcpinfo. */
int amanda_follow_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data);

/* The exchange that the TCP packet at hand belongs to, be it of a packet of Amanda or of a stream; NULL if it is none's.
 * *forth: whether it goes to the responder. */
const amanda_exchange_t *amanda_follow_exchange(packet_info *pinfo, bool *forth);

/* Registers the dissector of the connections, and its fields and expert infos, for the protocol. */
void amanda_follow_register(int proto);

/* Has Wireshark call it for every frame. */
void amanda_follow_handoff(int proto);

#endif
