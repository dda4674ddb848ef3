/* amanda-position.h
 * Where the bytes of a TCP segment belong in their stream, and whether any are missing before them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_POSITION_H
#define AMANDA_POSITION_H

#include "ws-compat.h"

#include <epan/packet.h>
#include <epan/dissectors/packet-tcp.h>

/* One direction of a TCP connection. Written on the first pass only. */
typedef struct {
    wmem_array_t *marks; /* from which every place in the stream can be told; NULL before the first byte */
    uint32_t next;       /* the sequence number that is expected */
} amanda_position_t;

/* What the first pass found out about the bytes that the dissector is called for. */
typedef struct {
    uint64_t offset; /* of the first byte that is new, in the stream */
    int skip;        /* so many bytes were seen before */
    bool gap;        /* bytes are missing before them */
} amanda_place_t;

/* Finds the place of length bytes that TCP hands over as tcpinfo says. On the first pass, remembers that they came.
 * pinfo, proto: place is kept with the frame under the protocol where it cannot be told anew on a later pass. */
amanda_place_t amanda_position_find(amanda_position_t *position, packet_info *pinfo, int proto,
                                    const struct tcpinfo *tcpinfo, int length);

/* Tells that of the bytes that amanda_position_find() was asked about last, only the first so many are done with; TCP
 * will hand over the others again. To be called on the first pass, with the frame at hand. */
void amanda_position_done(amanda_position_t *position, uint32_t frame, const struct tcpinfo *tcpinfo, int length);

#endif
