/* tcp/framed-streams.c
 * The bytes of streams that come in frames
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/framed-streams.h"

#include "show/labels.h"
#include "show/packet-data.h"
#include "stream/dump-summary.h"
#include "stream/export-tap.h"
#include "stream/outcome-facts.h"
#include "stream/stream-contents.h"
#include "stream/streams.h"
#include "stream/unfinished-lines.h"
#include "tcp/stream-follower.h"

static expert_field ei_amanda_frame_after_end;

void amanda_framed_stream_dissect(amanda_frame_t *frame, amanda_stream_t *stream)
{
    packet_info *pinfo = frame->pinfo;
    amanda_half_t *half = &amanda_stream_make_carried(stream)->half[frame->direction];
    const amanda_unfinished_t *unfinished = amanda_unfinished_find(pinfo, half, half->bytes, false);
    amanda_stream_bytes_t piece = {
        .pinfo = pinfo,
        .tvb = tvb_new_subset_remaining(frame->tvb, frame->header),
        .tree = frame->tree,
        .stream = stream,
        .direction = frame->direction,
        .fresh = !PINFO_FD_VISITED(pinfo),
    };

    if (!unfinished)
        return;
    if (piece.fresh) {
        stream->first_frame = stream->first_frame ? stream->first_frame : pinfo->num;
        amanda_framed_touch(frame->connection, stream, frame->direction);
    }
    amanda_stream_follower_take(pinfo, &(amanda_followed_bytes_t){.stream = stream,
                                                                  .direction = frame->direction,
                                                                  .offset = unfinished->offset,
                                                                  .tvb = piece.tvb,
                                                                  .gap = unfinished->gap});
    piece.offset = unfinished->offset;
    piece.mid_line = unfinished->mid_line;
    piece.overlong = unfinished->overlong;

    amanda_export_tap_bytes(&piece);

    const uint64_t position = unfinished->offset + tvb_reported_length(piece.tvb);

    piece.tvb = amanda_unfinished_join(unfinished, piece.tvb, pinfo, "Line in several packets");
    amanda_stream_contents_take(&piece, unfinished, frame->tvb);
    if (unfinished->after_end)
        amanda_expert_add(pinfo, frame->item, &ei_amanda_frame_after_end);
    if (frame->direction == AMANDA_TO_REQUESTER)
        amanda_dump_summary_show(stream, pinfo, position, frame->tvb, frame->tree);
    amanda_stream_contents_show_summary(&piece, frame->item);
}

/* Whoever closes MESG first, what was not said by then is not heard any more. */
static bool closes(const amanda_stream_t *stream, amanda_direction_t direction)
{
    return direction == AMANDA_TO_REQUESTER || stream->role == AMANDA_ROLE_MESG;
}

static void end_stream(amanda_connection_t *connection, amanda_stream_t *stream, amanda_direction_t direction,
                       const packet_info *pinfo)
{
    if (closes(stream, direction))
        amanda_dump_summary_closed(stream, pinfo);
    amanda_stream_outcome_ended(stream, false, direction, AMANDA_END_FRAME, NULL, pinfo);
    connection->awaits_reaction = connection->awaits_reaction || direction == AMANDA_TO_RESPONDER;
}

void amanda_framed_stream_dissect_end(amanda_frame_t *frame, amanda_stream_t *stream)
{
    packet_info *pinfo = frame->pinfo;
    amanda_connection_t *connection = frame->connection;
    const char *name = amanda_role_name(stream->role);

    if (!PINFO_FD_VISITED(pinfo)) {
        amanda_stream_make_carried(stream)->half[frame->direction].ended = true;
        if (frame->direction == AMANDA_TO_RESPONDER && !connection->tls &&
            amanda_reassembly_is_behind(&connection->order[AMANDA_TO_REQUESTER]))
            amanda_framed_end_later(connection, stream);
        else
            end_stream(connection, stream, frame->direction, pinfo);
    }
    amanda_export_tap_end(stream, frame->direction, pinfo);
    amanda_stream_show(stream, pinfo, frame->tvb, frame->tree);
    amanda_label(frame->item, ", %s: end", name);
    amanda_info_add(pinfo, "%s: end of stream", name);
    if (closes(stream, frame->direction))
        amanda_dump_summary_show_closed(stream, pinfo, frame->tvb, frame->tree);
}

void amanda_framed_streams_register(int proto)
{
    static ei_register_info ei[] = {
        {&ei_amanda_frame_after_end,
         {"amanda.frame.after_end", PI_SEQUENCE, PI_WARN, "The stream goes on although its end was told", EXPFILL}},
    };

    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
