/* stream/stream-contents.h
 * What the streams carry: lines of text, but for DATA
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_STREAM_CONTENTS_H
#define AMANDA_STREAM_STREAM_CONTENTS_H

#include "stream/unfinished-lines.h"

/* Dissects a piece of any stream. Returns the number of bytes that are done with; what is left begins a line whose end
 * has not come yet. */
int amanda_stream_contents_dissect(amanda_stream_bytes_t *piece);

/* Whether a piece is made of lines, whose ends may come later. */
bool amanda_stream_contents_has_lines(const amanda_stream_bytes_t *piece);

/* Whether these bytes, the first that a responder sends, can be nothing but the beginning of this stream. What has no form of
 * its own is not recognised. */
bool amanda_stream_contents_begin_with(const amanda_stream_t *stream, tvbuff_t *tvb);

/* Whether these bytes, the first of a requester that begins a line of its own, may be of this stream. It tells nothing of a
 * dump that the requester sends. */
bool amanda_stream_contents_may_be_asked_with(const amanda_stream_t *stream, tvbuff_t *tvb);

/* Shows which stream these bytes are of, dissects them, and on the first pass remembers what came of them, whatever goes
 * wrong.
 *
 * unfinished: what is known of their place in the stream; NULL for DATA, which has no lines. shown: any buffer of the
 * packet. */
void amanda_stream_contents_take(amanda_stream_bytes_t *piece, const amanda_unfinished_t *unfinished, tvbuff_t *shown);

/* Shows the Info column and the end of the protocol's line. */
void amanda_stream_contents_show_summary(const amanda_stream_bytes_t *piece, proto_item *protocol);

/* Registers the fields of this part for the protocol. */
void amanda_stream_contents_register(int proto);

#endif
