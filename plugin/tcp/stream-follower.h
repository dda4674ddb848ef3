/* tcp/stream-follower.h
 * Follow, as Wireshark calls it: the bytes of one stream of Amanda, also where several share one connection
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_STREAM_FOLLOWER_H
#define AMANDA_TCP_STREAM_FOLLOWER_H

#include "tcp/connections.h"

/* Bytes of a stream that a packet brings. */
typedef struct {
    const amanda_stream_t *stream;
    amanda_direction_t direction;
    uint64_t offset; /* of the first of them, in that direction */
    tvbuff_t *tvb;   /* NULL where only the gap is told */
    bool gap;        /* bytes before them are missing */
    bool alone;      /* no other stream has this connection, so that they may come in any order */
} amanda_followed_bytes_t;

/* Hands bytes to whoever follows their stream, if anybody does. To be called on every pass, for each byte once. */
void amanda_stream_follower_take(packet_info *pinfo, const amanda_followed_bytes_t *bytes);

/* The stream that the TCP packet at hand has bytes of, or the first of them; NULL if there is none. connection: its own, or
 * NULL. */
const amanda_stream_t *amanda_stream_follower_stream(const amanda_connection_t *connection, packet_info *pinfo);

/* Registers the follower for the protocol. */
void amanda_stream_follower_register(int proto);

#endif
