/* tcp/reassembly.h
 * The bytes of a TCP connection in their order, however its segments come
 *
 * A segment that is ahead of its turn waits until those before it have come, and is dissected with the packet that brings
 * the last of them. Where the receiver acknowledges bytes that the capture does not have, they are not waited for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_REASSEMBLY_H
#define AMANDA_TCP_REASSEMBLY_H

#include "ws-compat.h"

#include <epan/packet.h>

/* The largest window of TCP (RFC 7323). */
#define AMANDA_MAX_WINDOW (1U << 30)

/* Bytes whose turn it is in a packet. */
typedef struct amanda_reassembly_turn {
    struct amanda_reassembly_turn *next;
    uint64_t offset; /* of the first byte, in the stream */
    uint8_t *bytes;  /* of a segment that came earlier; NULL once they are forgotten */
    int captured;    /* of that segment, so many; the others were cut */
    int length;      /* of that or this packet's segment, without what is skipped */
    int skip;        /* so many bytes at its beginning were seen before */
    bool earlier;    /* the segment came with an earlier packet */
    bool gap;        /* bytes before them are missing */
    bool last;       /* the stream ends behind them */
} amanda_reassembly_turn_t;

/* The bytes of a turn. payload: the segment of this packet, or any other of its buffers where it has none. */
tvbuff_t *amanda_reassembly_turn_tvb(const amanda_reassembly_turn_t *turn, tvbuff_t *payload, packet_info *pinfo);

/* Lets go of bytes that came earlier, and that no later pass will ask for. */
void amanda_reassembly_turn_forget(amanda_reassembly_turn_t *turn);

/* What became of a segment, and what is to be dissected in its packet. */
typedef struct {
    amanda_reassembly_turn_t *turns; /* in order; NULL if there are none */
    uint64_t offset;                 /* of its first byte, in the stream */
    const wmem_array_t *stream;      /* whose segment it is, known by its marks */
    uint32_t seq;                    /* of its first byte */
    uint32_t dissected_in; /* the packet in which its bytes had their turn, if that is a later one; 0 otherwise */
    unsigned kind;         /* for the caller; 0 at first */
    bool held;             /* ahead of its turn */
} amanda_reassembly_arrival_t;

/* One direction of a connection. Written on the first pass only. */
typedef struct {
    wmem_array_t *marks;       /* from which every place in the stream can be told; NULL before the first byte */
    struct amanda_held *first; /* the segments that wait, by sequence number */
    struct amanda_held *latest;
    uint32_t next;  /* the sequence number that is expected */
    uint32_t acked; /* by the receiver */
    uint32_t fin;   /* the sequence number of the FIN */
    unsigned held_segments;
    unsigned held_bytes;
    bool saw_ack;
    bool saw_fin;
    bool missed;    /* bytes before the end are missing */
    bool lacks_end; /* the last bytes before the end are, and no turn tells of that */
} amanda_reassembly_t;

/* Tells where a stream begins. To be called before its first byte; where it is not, the first byte that comes begins it. */
void amanda_reassembly_begin(amanda_reassembly_t *order, uint32_t frame, uint32_t seq);

/* Notes on the first pass that the receiver has everything before this sequence number. */
void amanda_reassembly_acknowledge(amanda_reassembly_t *order, uint32_t ack);

/* Notes on the first pass that the stream ends before this sequence number. */
void amanda_reassembly_finish(amanda_reassembly_t *order, uint32_t seq);

/* On the first pass: a segment has come; finds out what is to be dissected now.
 *
 * payload: its bytes, which are copied if they have to wait. What came of it is kept with the
 * packet for the later passes, unless it was as usual. */
amanda_reassembly_arrival_t *amanda_reassembly_arrive(amanda_reassembly_t *order, packet_info *pinfo, uint32_t seq,
                                                      tvbuff_t *payload);

/* The same on a later pass. In the memory of the packet, or of the file. */
amanda_reassembly_arrival_t *amanda_reassembly_recall(const amanda_reassembly_t *order, packet_info *pinfo,
                                                      uint32_t seq, tvbuff_t *payload);

/* On the first pass: has a segment wait, whatever its turn. To be called after amanda_reassembly_begin(). */
void amanda_reassembly_wait(amanda_reassembly_t *order, uint32_t seq, tvbuff_t *payload);

/* On the first pass: all bytes from the expected one on that wait, together with a segment. In the memory of the packet.
 * NULL if the segment is not among the bytes that follow each other. */
tvbuff_t *amanda_reassembly_peek(const amanda_reassembly_t *order, packet_info *pinfo, uint32_t seq, tvbuff_t *payload);

/* On the first pass: what waits though its turn has come: amanda_reassembly_wait() had it do so. NULL if nothing does. */
amanda_reassembly_turn_t *amanda_reassembly_release(amanda_reassembly_t *order, const packet_info *pinfo);

/* On the first pass: what still waits, since nothing that is missing will come any more. NULL if nothing waits. */
amanda_reassembly_turn_t *amanda_reassembly_give_up(amanda_reassembly_t *order, const packet_info *pinfo);

/* On the first pass: notes the bytes of a segment that somebody else puts in order, as TLS does. payload: NULL for none. What
 * no window reaches is forged. */
void amanda_reassembly_pass(amanda_reassembly_t *order, uint32_t seq, const tvbuff_t *payload);

/* Whether the receiver has something that the capture is missing before the segments that wait or before the end. */
bool amanda_reassembly_is_hopeless(const amanda_reassembly_t *order);

/* Whether the receiver has acknowledged bytes whose turn has not come: they come later in the capture, or not at all. */
bool amanda_reassembly_is_behind(const amanda_reassembly_t *order);

/* Whether nothing is missing, and what ends before this sequence number is the last that has come: what a stranger sends is
 * elsewhere. */
bool amanda_reassembly_ends_with(const amanda_reassembly_t *order, uint32_t seq);

/* Whether a segment with this sequence number shows that its sender has sent bytes that the receiver has not got: it has
 * acknowledged nothing behind them. */
bool amanda_reassembly_lost(const amanda_reassembly_t *order, uint32_t seq);

/* Whether a RST or FIN with this sequence number is one that the receiver takes: it is expected, or within this window of what
 * the receiver has acknowledged. */
bool amanda_reassembly_is_acceptable(const amanda_reassembly_t *order, uint32_t seq, uint32_t window);

/* Whether a stream that begins with this sequence number, or bytes with it, are those of another connection: they are far from
 * where this one begins, or from where it has ended. */
bool amanda_reassembly_begins_elsewhere(const amanda_reassembly_t *order, uint32_t seq);
bool amanda_reassembly_has_ended_elsewhere(const amanda_reassembly_t *order, uint32_t seq);

/* Whether the stream has ended, and all of its bytes had their turn. */
bool amanda_reassembly_has_ended(const amanda_reassembly_t *order);

#endif
