/* tcp/frames.h
 * The framed TCP transports: packets and streams in frames of one connection
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FRAMES_H
#define AMANDA_TCP_FRAMES_H

#include "tcp/framed-connections.h"

/* Dissects the frames in bytes that follow those of the last call for this direction. What is not whole is kept until the
 * rest comes; but of a stream's frame, each part is dissected as it comes.
 *
 * gap: bytes before these are missing. */
void amanda_frames_dissect(amanda_connection_t *connection, amanda_direction_t direction, tvbuff_t *tvb,
                           packet_info *pinfo, proto_tree *tree, bool gap);

/* Shows what is left over where a connection with frames is closed: requests without an answer, and streams that did not
 * end. See amanda_framed_close(). */
void amanda_frames_show_closed(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                               proto_tree *tree);

/* So many bytes are needed to tell that: length, handle, type, and "SECURITY ". */
#define AMANDA_FRAME_FIRST (AMANDA_FRAME_HEADER + 10)

/* Whether these bytes can be the first frame of a connection: a packet, and not one that only an ACK can be. */
bool amanda_frame_is_first(tvbuff_t *tvb);

/* Whether these bytes can be the length, or length and handle, in front of the first frame of a connection, and nothing else:
 * with auth ssl, they come in records of their own. */
bool amanda_frame_is_header(tvbuff_t *tvb);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_frame_register(int proto);

#endif
