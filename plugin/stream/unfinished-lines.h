/* stream/unfinished-lines.h
 * Lines that begin in one packet and end in another
 *
 * TCP's own desegmentation could wait for the end of a line, too. But from Wireshark 4.4 on, a segment that is sent again
 * while it waits makes it lose a segment behind that; and where a stream ends without a line feed, it waits for ever.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_UNFINISHED_LINES_H
#define AMANDA_STREAM_UNFINISHED_LINES_H

#include "stream/stream-bytes.h"

/* What the first pass found out about the place of some bytes in their stream. */
typedef struct {
    uint64_t offset;             /* of the first of them */
    const amanda_tail_t *prefix; /* what of their first line came before them; NULL where that is nothing */
    int prefix_length;
    bool mid_line;  /* they do not begin a line, and its beginning is not known */
    bool overlong;  /* nor do they end it, and its beginning was shown: it was too long to wait for */
    bool gap;       /* bytes before them are missing */
    bool after_end; /* the end of the stream was told before them */
} amanda_unfinished_t;

/* On the first pass: what is known of the next bytes of that direction, from what came of it before. offset: in the stream;
 * gap: bytes are missing before these. */
amanda_unfinished_t amanda_unfinished_next(amanda_half_t *half, uint64_t offset, bool gap);

/* The next slice that a frame keeps, in the order in which they are made; made on the first pass by amanda_unfinished_next(). NULL on
 * a later pass if there is none. */
const amanda_unfinished_t *amanda_unfinished_find(packet_info *pinfo, amanda_half_t *half, uint64_t offset, bool gap);

/* The payload with what came before it of its first line, as a data source of its own; the payload itself where nothing
 * did. name: of the data source. */
tvbuff_t *amanda_unfinished_join(const amanda_unfinished_t *slice, tvbuff_t *payload, packet_info *pinfo,
                                 const char *name);

/* Remembers a piece, of which so many bytes are done with. To be called on the first pass. slice: its own; NULL for DATA,
 * which has no lines. */
void amanda_unfinished_done(const amanda_stream_bytes_t *piece, const amanda_unfinished_t *slice, int done);

/* Keeps what is left of a joined buffer behind the first so many bytes. To be called on the first pass. */
void amanda_unfinished_keep_tail(amanda_half_t *half, tvbuff_t *tvb, int done);

/* The same where nothing is done with, and the bytes were not joined to what came before. */
void amanda_unfinished_append_tail(amanda_half_t *half, tvbuff_t *payload);

#endif
