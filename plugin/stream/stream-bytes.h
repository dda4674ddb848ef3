/* stream/stream-bytes.h
 * Bytes of a stream, on their way through the parts that dissect what the streams carry
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_STREAM_BYTES_H
#define AMANDA_STREAM_STREAM_BYTES_H

#include "show/common-fields.h"
#include "stream/dump-model.h"

/* Bytes of one direction of a stream. Raw TCP connections and the framed transports are alike from here on. */
typedef struct {
    packet_info *pinfo;
    tvbuff_t *tvb;    /* all offsets count in this */
    proto_tree *tree; /* may be NULL, and everything but the items is to be done all the same */
    amanda_stream_t *stream;
    amanda_direction_t direction;
    uint64_t offset; /* of the first byte in the stream */
    bool fresh;      /* seen for the first time, and in order: what it says is to be remembered */
    bool last;       /* nothing follows: a line without its end is whole */
    bool mid_line;   /* the first byte does not begin a line */
    bool overlong;   /* and its line was too long to wait for: its beginning was shown */
    bool first; /* nothing of a connection of its own was captured before: mid_line, where its SYN was not either */
    amanda_span_t info_text; /* what the Info column shows of it */
    int info_rank;           /* how much that matters; 0 where there is none yet */
    const char *info_also;   /* what it shows behind that; NULL for nothing */
} amanda_stream_bytes_t;

/* A function that dissects one line of a stream. */
typedef void (*amanda_stream_bytes_line_t)(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line);

/* Dissects a piece line by line. Returns the number of bytes that are done with; what is left begins a line
 * whose end has not come yet. */
int amanda_stream_bytes_lines(amanda_stream_bytes_t *piece, amanda_stream_bytes_line_t dissect_line);

/* Dissects a line that has no form of its own. */
void amanda_stream_bytes_plain_line(amanda_stream_bytes_t *piece, const uint8_t *text, amanda_span_t line);

/* Proposes a line for the Info column: the first one of the highest rank is shown. */
void amanda_stream_bytes_offer(amanda_stream_bytes_t *piece, int rank, amanda_span_t line);

/* Shows the line that a stream ended in, if it did. */
void amanda_stream_bytes_show_unfinished(const amanda_half_t *half, packet_info *pinfo, tvbuff_t *tvb,
                                         proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_stream_bytes_register(int proto);

#endif
