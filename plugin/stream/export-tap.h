/* stream/export-tap.h
 * What the export of objects is told of the streams
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_EXPORT_TAP_H
#define AMANDA_STREAM_EXPORT_TAP_H

#include "stream/stream-bytes.h"

/* Bytes of a stream, or its end. They may come more than once, and before those in front of them. It lives as long as the
 * packet's memory. */
typedef struct {
    const amanda_stream_t *stream;
    amanda_direction_t direction;
    uint64_t offset;      /* of the first byte in the stream */
    const uint8_t *bytes; /* NULL where length is 0 */
    unsigned length;
    const char *sender; /* the address they come from, as text; NULL of the end */
    bool ends;          /* no byte is told here, and offset is where the stream has ended */
} amanda_export_tap_t;

/* Tells the export, if there is any, of a piece, which must not have been joined to what came before it. On every pass. */
void amanda_export_tap_bytes(const amanda_stream_bytes_t *piece);

/* Tells it that the sender of this direction has ended it, and that of a connection of its own no byte is missing. On every
 * pass. */
void amanda_export_tap_end(const amanda_stream_t *stream, amanda_direction_t direction, packet_info *pinfo);

/* Which tap it is; see <epan/export_object.h>. To be called once. */
void amanda_export_tap_is(int tap);

#endif
