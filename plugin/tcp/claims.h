/* tcp/claims.h
 * Whose the connection to an announced port is: Amanda's, or another protocol's that has the same port
 *
 * Whoever can send a datagram can send a reply that names any port. The port of a reply that answers a request is Amanda's,
 * unless it is reserved; where another protocol has it, who speaks first decides. The ports of any other reply are watched
 * only, until their first bytes show that they are a stream, or nobody else takes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_CLAIMS_H
#define AMANDA_TCP_CLAIMS_H

#include "tcp/connections.h"

#include <epan/prefs.h>

/* On the first pass, where a connection to the port of its stream begins: decides on it, as far as its port and its reply
 * tell. dissector: for its payload. */
void amanda_claims_begin(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector);

/* On the first pass, for a segment with payload that all others have seen: decides on its connection if it is watched only
 * as yet. dissector: for what follows; the segment itself is left to the caller. */
void amanda_claims_consider(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo,
                            dissector_handle_t dissector);

/* Whether the payload of this packet is Amanda's. On the first pass, the first one that is asked for decides where another
 * protocol has the port. */
bool amanda_claims_takes(amanda_connection_t *connection, packet_info *pinfo);

/* Registers the preference of this part. */
void amanda_claims_register_preferences(module_t *module);

#endif
