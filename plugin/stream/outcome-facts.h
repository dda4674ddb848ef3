/* stream/outcome-facts.h
 * Tells the outcomes what the streams of a job carry, and how they begin and end
 *
 * All of these are to be called on the first pass. A stream of which the job is not known, or that an unmatched reply
 * announced which nobody can have taken for an answer, is none of theirs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STREAM_OUTCOME_FACTS_H
#define AMANDA_STREAM_OUTCOME_FACTS_H

#include "outcome/stream-facts.h"
#include "stream/dump-model.h"

/* *client: becomes the client whose dump it is; stays as it is where that is not known. */
void amanda_stream_outcome_client(const amanda_dump_t *dump, const char **client);

/* A reply announces the stream. */
void amanda_stream_outcome_announced(const amanda_stream_t *stream);

/* A packet of its connection: SYN, SYN-ACK, refusal. */
void amanda_stream_outcome_syn(const amanda_stream_t *stream, const packet_info *pinfo);
void amanda_stream_outcome_connected(const amanda_stream_t *stream, const packet_info *pinfo);
void amanda_stream_outcome_refused(const amanda_stream_t *stream, const amanda_refuser_t *by, const packet_info *pinfo);

/* Bytes of it may be missing from the capture, and nothing else comes that would tell so. */
void amanda_stream_outcome_gap(const amanda_stream_t *stream);

/* Bytes of it have been counted. */
void amanda_stream_outcome_bytes(const amanda_stream_t *stream, const packet_info *pinfo);

/* A line of MESG or of the control stream; text: in the memory of the packet. */
void amanda_stream_outcome_line(const amanda_stream_t *stream, amanda_line_kind_t kind, const char *text,
                                const packet_info *pinfo);

/* DATA was compared with what was announced of it. */
void amanda_stream_outcome_checked(const amanda_stream_t *data, bool good, uint64_t announced, uint64_t counted,
                                   const packet_info *pinfo);

/* The sender of this direction has ended its side of the stream; all: of all streams of the same reply. by: of a RST; NULL
 * for any other end. */
void amanda_stream_outcome_ended(const amanda_stream_t *stream, bool all, amanda_direction_t direction,
                                 amanda_end_t how, const amanda_refuser_t *by, const packet_info *pinfo);

/* The requester has ended the stream, and acknowledges bytes whose turn has not come; all: all streams of the same reply. */
void amanda_stream_outcome_awaited(const amanda_stream_t *stream, bool all);

/* The control stream of a restore says that only parts of the dump are restored. */
void amanda_stream_outcome_partial(const amanda_stream_t *control);

/* The responder's first packet after the requester has ended its side: RST, FIN, or FRAME for a mere ACK. */
void amanda_stream_outcome_reacted(const amanda_stream_t *stream, amanda_end_t how, const packet_info *pinfo);

#endif
