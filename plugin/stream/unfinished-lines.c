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

amanda_unfinished_t amanda_unfinished_next(amanda_half_t *half, uint64_t offset, bool gap)
{
    if (gap) {
        half->incomplete = true;
        half->mid_line = true;
        half->overlong = false;
        half->tail_length = 0;
    }

    const amanda_unfinished_t slice = {
        .offset = offset,
        .prefix = half->tail_length > 0 ? half->tail : NULL,
        .prefix_length = half->tail_length,
        .mid_line = half->mid_line,
        .overlong = half->overlong,
        .gap = gap || half->interrupted,
        .after_end = half->ended,
    };

    half->interrupted = false;
    return slice;
}

const amanda_unfinished_t *amanda_unfinished_find(packet_info *pinfo, amanda_half_t *half, uint64_t offset, bool gap)
{
    const unsigned n = amanda_packet_data_next(pinfo, AMANDA_PACKET_UNFINISHED);
    amanda_unfinished_t *slice;

    if (PINFO_FD_VISITED(pinfo))
        return (const amanda_unfinished_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_UNFINISHED, n);
    slice = wmem_new(wmem_file_scope(), amanda_unfinished_t);
    *slice = amanda_unfinished_next(half, offset, gap);
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
    memcpy(bytes, slice->prefix->bytes, (size_t)slice->prefix_length);
    tvb_memcpy(payload, bytes + slice->prefix_length, 0, (size_t)length);
    joined = tvb_new_child_real_data(payload, bytes, (unsigned)(slice->prefix_length + length),
                                     slice->prefix_length + (int)tvb_reported_length(payload));
    add_new_data_source(pinfo, joined, name);
    return joined;
}

/* Slices know how many bytes they have of a tail, and those stay what they are. What a tail has room for beyond its bytes
 * is given back once there come no more. */
static void begin_tail(amanda_half_t *half)
{
    amanda_tail_t *last = half->tail;

    if (last && last->room > last->length) {
        last->bytes = (uint8_t *)wmem_realloc(wmem_file_scope(), last->bytes, (size_t)last->length);
        last->room = last->length;
    }
    half->tail = wmem_new0(wmem_file_scope(), amanda_tail_t);
}

static void make_room(amanda_tail_t *tail, int length)
{
    if (length > tail->room) {
        tail->room = MAX(2 * length, LEAST_ROOM);
        tail->bytes = (uint8_t *)wmem_realloc(wmem_file_scope(), tail->bytes, (size_t)tail->room);
    }
    tail->length = length;
}

/* What is left begins as the tail before it did, or that is done with. */
void amanda_unfinished_keep_tail(amanda_half_t *half, tvbuff_t *tvb, int done)
{
    int length = MAX((int)tvb_captured_length(tvb) - done, 0);
    bool grows = done == 0 && half->tail_length > 0;
    int kept = grows ? half->tail_length : 0;

    if (length > 0 && !grows)
        begin_tail(half);
    if (length > kept) {
        make_room(half->tail, length);
        tvb_memcpy(tvb, half->tail->bytes + kept, done + kept, (size_t)(length - kept));
    }
    half->tail_length = length;
}

void amanda_unfinished_append_tail(amanda_half_t *half, tvbuff_t *payload)
{
    int more = (int)tvb_captured_length(payload);
    int length = half->tail_length + more;

    if (half->tail_length == 0)
        begin_tail(half);
    make_room(half->tail, length);
    tvb_memcpy(payload, half->tail->bytes + half->tail_length, 0, (size_t)more);
    half->tail_length = length;
}

void amanda_unfinished_done(const amanda_stream_bytes_t *piece, const amanda_unfinished_t *slice, int done)
{
    amanda_half_t *half = &amanda_stream_make_carried(piece->stream)->half[piece->direction];
    bool cut = tvb_captured_length(piece->tvb) < tvb_reported_length(piece->tvb);
    int prefix_length = slice ? slice->prefix_length : 0;

    half->bytes = piece->offset + tvb_reported_length(piece->tvb) - (unsigned)prefix_length;
    half->incomplete = half->incomplete || cut;
    if (!slice)
        return;
    amanda_unfinished_keep_tail(half, piece->tvb, done);
    if (cut)
        half->tail_length = 0;
    /* Of a piece that was cut off, not even the first byte may be there. */
    if (done > 0 || cut)
        half->mid_line =
            cut || (half->tail_length == 0 && tvb_memeql(piece->tvb, done - 1, (const uint8_t *)"\n", 1) != 0);
}
