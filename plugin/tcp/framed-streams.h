/* tcp/framed-streams.h
 * The bytes of streams that come in frames
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FRAMED_STREAMS_H
#define AMANDA_TCP_FRAMED_STREAMS_H

#include "tcp/framed-connections.h"

/* Dissects a frame of a stream, or a further part of one. */
void amanda_framed_stream_dissect(amanda_frame_t *frame, amanda_stream_t *stream);

/* Dissects a frame without payload, which ends one direction of a stream. */
void amanda_framed_stream_dissect_end(amanda_frame_t *frame, amanda_stream_t *stream);

/* Registers the expert infos of this part for the protocol. */
void amanda_framed_streams_register(int proto);

#endif
