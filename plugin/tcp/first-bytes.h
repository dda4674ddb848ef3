/* tcp/first-bytes.h
 * What a connection to one of Amanda's ports is: its first bytes decide, and not the port
 *
 * There are two protocols on 10082, other programs use these ports, too, and Amanda can use any.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FIRST_BYTES_H
#define AMANDA_TCP_FIRST_BYTES_H

#include "tcp/connections.h"

#include <epan/prefs.h>

/* What the first bytes of a connection are. */
typedef enum {
    AMANDA_FIRST_FOREIGN,
    AMANDA_FIRST_TOO_FEW,
    AMANDA_FIRST_FRAME,
    AMANDA_FIRST_TLS,
    AMANDA_FIRST_INDEX_SERVER,
    AMANDA_FIRST_TAPE_SERVER
} amanda_first_bytes_t;

/* On the first pass: what the first bytes of a connection are, as far as they are there with this segment. Gives the
 * connection that meaning, if they tell. */
amanda_first_bytes_t amanda_first_bytes_consider(amanda_connection_t *connection, const amanda_segment_t *segment,
                                                 packet_info *pinfo);

/* On the first pass: looks at a packet of a connection to one of Amanda's ports of which it is not known yet what it is;
 * TCP may not hand over the first bytes. */
void amanda_first_bytes_consider_again(amanda_connection_t *connection, packet_info *pinfo);

/* The sides of a connection are what its first bytes make them, whichever side it was to. On the first pass. */
void amanda_first_bytes_settle_sides(amanda_connection_t *connection, amanda_first_bytes_t first, tvbuff_t *tvb,
                                     const packet_info *pinfo);

/* Tells which dissectors a connection gets: tcp, or tls where its bytes are TLS; NULL if there is none. */
void amanda_first_bytes_handoff(dissector_handle_t tcp, dissector_handle_t tls);

/* Of the streams that replies announce:
 *
 * Whoever can send a datagram can send a reply that names any port. The port of a reply that answers a request is Amanda's,
 * unless it is reserved; where another protocol has it, who speaks first decides. The ports of any other reply are watched
 * only, until their first bytes show that they are a stream, or nobody else takes them. */

/* On the first pass, where a connection to the port of its stream begins: decides on it, as far as its port and its reply
 * tell. dissector: for its payload. */
void amanda_first_bytes_begin_stream(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector);

/* On the first pass, for a segment with payload that all others have seen: decides on its connection if it is watched only
 * as yet. dissector: for what follows; the segment itself is left to the caller. */
void amanda_first_bytes_consider_stream(amanda_connection_t *connection, const amanda_segment_t *segment,
                                        packet_info *pinfo, dissector_handle_t dissector);

/* Whether the payload of this packet, tvb, is Amanda's. On the first pass, the first one that is asked for decides where
 * another protocol has the port. */
bool amanda_first_bytes_take(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo);

/* Registers the preference of this part. */
void amanda_first_bytes_register_preferences(module_t *module);

#endif
