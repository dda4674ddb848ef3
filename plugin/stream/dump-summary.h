/* stream/dump-summary.h
 * A dump from its request to its end: what the streams together tell
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_DUMP_SUMMARY_H
#define AMANDA_STREAM_DUMP_SUMMARY_H

#include "stream/dump-model.h"

/* Compares what MESG said of DATA with what was seen of it, if both are there by now. To be called on the first pass,
 * when either may have become complete in this frame. position: see amanda_result_t. */
void amanda_dump_summary_check(const amanda_dump_t *dump, const packet_info *pinfo, uint64_t position);

/* Shows the outcome of that check if it was made here. item: what it is about. */
void amanda_dump_summary_show_check(const amanda_dump_t *dump, packet_info *pinfo, uint64_t position, tvbuff_t *tvb,
                                    proto_tree *tree, proto_item *item);

/* Remembers what is known of a dump if bytes of this stream complete it in this frame. To be called on the first pass,
 * once the bytes are counted. */
void amanda_dump_summary_advance(const amanda_stream_t *stream, const packet_info *pinfo);

/* Remembers that a stream was closed by the responder in this frame. To be called on the first pass. */
void amanda_dump_summary_closed(amanda_stream_t *stream, const packet_info *pinfo);

/* Shows everything about a dump if its MESG ends here; and the outcome of the check, if it could be made here in DATA.
 *
 * stream: the one at hand; position: how many bytes of it have come with those at hand, or AMANDA_AT_CLOSE. */
void amanda_dump_summary_show(const amanda_stream_t *stream, packet_info *pinfo, uint64_t position, tvbuff_t *tvb,
                              proto_tree *tree);

/* Shows what is left over if the responder ended a stream in this frame: an unfinished line, and the dump's summary. */
void amanda_dump_summary_show_closed(const amanda_stream_t *stream, packet_info *pinfo, tvbuff_t *tvb,
                                     proto_tree *tree);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_dump_summary_register(int proto);

#endif
