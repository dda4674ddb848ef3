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

/* Registers the dissector of the connections, and its fields and expert infos, for the protocol. */
void amanda_follow_register(int proto);

#endif
