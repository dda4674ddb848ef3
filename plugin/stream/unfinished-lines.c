/* stream/unfinished-lines.c
 * Lines that begin in one packet and end in another
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/unfinished-lines.h"

#include "show/packet-data.h"

#include <string.h>

#define LEAST_ROOM 256

const amanda_unfinished_t *amanda_unfinished_find(packet_info *pinfo, amanda_half_t *half, uint64_t offset, bool gap)
{
    const unsigned n = amanda_packet_data_next(pinfo, AMANDA_PACKET_UNFINISHED);
    amanda_unfinished_t *slice;

    if (PINFO_FD_VISITED(pinfo))
        return (const amanda_unfinished_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_UNFINISHED, n);
    if (gap) {
        half->incomplete = true;
        half->mid_line = true;
        half->tail_length = 0;
    }
    slice = wmem_new0(wmem_file_scope(), amanda_unfinished_t);
    slice->offset = offset;
    slice->prefix = half->tail;
    slice->prefix_length = half->tail_length;
    slice->mid_line = half->mid_line;
    slice->gap = gap || half->interrupted;
    slice->after_end = half->ended;
    half->interrupted = false;
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_UNFINISHED, n, slice);
    return slice;
}

tvbuff_t *amanda_unfinished_join(const amanda_unfinished_t *slice, tvbuff_t *payload, packet_info *pinfo,
                                 const char *name)
{
    int length = (int)tvb_captured_length(payload);
    uint8_t *bytes;
    tvbuff_t *joined;

    if (slice->prefix_length == 0)
        return payload;
    bytes = (uint8_t *)wmem_alloc(pinfo->pool, (size_t)slice->prefix_length + (size_t)length);
    memcpy(bytes, slice->prefix, (size_t)slice->prefix_length);
    tvb_memcpy(payload, bytes + slice->prefix_length, 0, (size_t)length);
    joined = tvb_new_child_real_data(payload, bytes, (unsigned)(slice->prefix_length + length),
                                     slice->prefix_length + (int)tvb_reported_length(payload));
    add_new_data_source(pinfo, joined, name);
    return joined;
}

/* What is left begins as the tail before it did, or that is done with. Slices point to what they had of it, so those
 * bytes stay where they are. */
void amanda_unfinished_keep_tail(amanda_half_t *half, tvbuff_t *tvb, int done)
{
    int length = MAX((int)tvb_captured_length(tvb) - done, 0);
    bool grows = done == 0 && half->tail_length > 0;
    int kept = grows ? half->tail_length : 0;

    if (length > 0 && (!grows || length > half->tail_room)) {
        half->tail_room = MAX(2 * length, LEAST_ROOM);
        half->tail = (uint8_t *)wmem_alloc(wmem_file_scope(), (size_t)half->tail_room);
        kept = 0;
    }
    if (length > kept)
        tvb_memcpy(tvb, half->tail + kept, done + kept, (size_t)(length - kept));
    half->tail_length = length;
}

void amanda_unfinished_append_tail(amanda_half_t *half, tvbuff_t *payload)
{
    int more = (int)tvb_captured_length(payload);
    int length = half->tail_length + more;

    if (length > half->tail_room) {
        uint8_t *room = (uint8_t *)wmem_alloc(wmem_file_scope(), 2 * (size_t)length);

        if (half->tail_length > 0)
            memcpy(room, half->tail, (size_t)half->tail_length);
        half->tail = room;
        half->tail_room = 2 * length;
    }
    tvb_memcpy(payload, half->tail + half->tail_length, 0, (size_t)more);
    half->tail_length = length;
}

void amanda_unfinished_done(const amanda_stream_bytes_t *piece, const amanda_unfinished_t *slice, int done)
{
    amanda_half_t *half = &piece->stream->half[piece->direction];
    bool cut = tvb_captured_length(piece->tvb) < tvb_reported_length(piece->tvb);
    int prefix_length = slice ? slice->prefix_length : 0;

    half->bytes = piece->offset + tvb_reported_length(piece->tvb) - (unsigned)prefix_length;
    half->incomplete = half->incomplete || cut;
    if (!slice)
        return;
    amanda_unfinished_keep_tail(half, piece->tvb, done);
    if (cut)
        half->tail_length = 0;
    if (done > 0)
        half->mid_line =
            cut || (half->tail_length == 0 && tvb_memeql(piece->tvb, done - 1, (const uint8_t *)"\n", 1) != 0);
}
