/* tcp/frames.c
 * The framed TCP transports: packets and streams in frames of one connection
 *
 * Amanda 2.5 to 3.5 common-src/security-util.c (tcpm_send_token, tcpm_recv_token), packet.h.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/frames.h"

#include "show/labels.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>

#include <string.h>

#include "body/body.h"
#include "tcp/framed-connections.h"
#include "tcp/framed-packets.h"
#include "tcp/framed-streams.h"
#include "tcp/gss.h"
#include "tcp/outcome-facts.h"
#include "show/no-frame.h"
#include "stream/stream-bytes.h"
#include "stream/stream-contents.h"
#include "stream/streams.h"
#include "text/security-service.h"
#include "show/header.h"
#include "show/generated.h"
#include "show/packet-data.h"
#include "stream/unfinished-lines.h"
#include "stream/dump-summary.h"
#include "verdict/endpoint.h"

/* So many streams of one connection amandad has at most at a time, and more. */
#define STREAM_HANDLES 4096

/* Where the type of a packet stands in its frame, in bits. */
#define TYPE_BIT (AMANDA_FRAME_HEADER * 8)

/* What the first pass found out about the bytes of one call. */
typedef struct {
    amanda_progress_t progress;     /* at their beginning */
    amanda_unfinished_t unfinished; /* what there was of a frame that is not whole */
    int skipped;                    /* so many bytes are of frames whose beginning is not known */
    bool told;                      /* that bytes are missing is told here, and not again */
} chunk_t;

/* A walk from frame to frame. */
typedef struct {
    amanda_frame_t frame; /* the one at hand */
    amanda_progress_t progress;
    proto_tree *tree;
    int offset; /* of the next frame */
    bool lost;  /* where that begins is not known */
} walk_t;

/* What a packet keeps of bytes that begin with a frame; of a frame whose stream was announced where the capture has nothing. */
static chunk_t usual_chunk;
static char told_here;
static char told_before;

static int proto_amanda;

static int hf_amanda_frame_handle;
static int hf_amanda_frame_length;
static int hf_amanda_frame_part;
static int hf_amanda_frame_payload;
static int hf_amanda_frame_unanswered;

static int ett_amanda_frame = -1;

static expert_field ei_amanda_frame_closed_early;
static expert_field ei_amanda_frame_lost;
static expert_field ei_amanda_frame_unannounced;
static expert_field ei_amanda_frame_unknown_handle;

static amanda_type_t type_at(tvbuff_t *tvb)
{
    return tvb_captured_length(tvb) > AMANDA_FRAME_HEADER
               ? amanda_framed_packet_type((uint8_t)tvb_get_bits8(tvb, TYPE_BIT, 8))
               : AMANDA_TYPE_UNKNOWN;
}

bool amanda_frame_is_first(tvbuff_t *tvb)
{
    if (tvb_captured_length(tvb) < AMANDA_FRAME_HEADER + 1)
        return false;

    uint32_t length = tvb_get_ntohl(tvb, 0);
    amanda_type_t type = type_at(tvb);

    if (amanda_gss_is_token(tvb_new_subset_remaining(tvb, AMANDA_FRAME_HEADER)))
        return length <= AMANDA_FRAME_MAX;
    if (length < 2 || length > AMANDA_FRAME_MAX || type == AMANDA_TYPE_UNKNOWN)
        return false;
    if (type == AMANDA_TYPE_ACK)
        return length == 2;
    if (type == AMANDA_TYPE_REQ)
        return tvb_strneql(tvb, AMANDA_FRAME_HEADER + 1, "SECURITY ", 9) == 0 ||
               tvb_strneql(tvb, AMANDA_FRAME_HEADER + 1, "SERVICE ", 8) == 0;
    /* The handles of packets are counted from 1. */
    return tvb_captured_length(tvb) > AMANDA_FRAME_HEADER + 1 && tvb_get_ntohl(tvb, 4) <= UINT16_MAX &&
           g_ascii_isprint((char)tvb_get_bits8(tvb, TYPE_BIT + 8, 8));
}

bool amanda_frame_is_header(tvbuff_t *tvb)
{
    int length = (int)tvb_reported_length(tvb);

    if ((length != AMANDA_FRAME_HEADER / 2 && length != AMANDA_FRAME_HEADER) ||
        (int)tvb_captured_length(tvb) != length || tvb_get_ntohl(tvb, 0) < 2 ||
        tvb_get_ntohl(tvb, 0) > AMANDA_FRAME_MAX)
        return false;
    return length < AMANDA_FRAME_HEADER || (tvb_get_ntohl(tvb, 4) > 0 && tvb_get_ntohl(tvb, 4) <= UINT16_MAX);
}

/* Whether a handle is one that amandad gives to streams, counting down (Amanda 2.5 to 3.5 common-src/security-util.c,
 * sec_tcp_conn_get()). */
static bool is_stream_handle(uint32_t handle)
{
    return (handle <= 499999 && handle > 499999 - STREAM_HANDLES) || (handle <= 4999 && handle > 4999 - STREAM_HANDLES);
}

/* Whether a frame can begin at this offset, once frames were lost. */
static bool is_plausible(const amanda_connection_t *connection, tvbuff_t *tvb, int offset)
{
    if (tvb_captured_length_remaining(tvb, offset) < AMANDA_FRAME_HEADER ||
        tvb_get_ntohl(tvb, offset) > AMANDA_FRAME_MAX)
        return false;

    uint32_t handle = tvb_get_ntohl(tvb, offset + 4);

    if (amanda_framed_stream(connection, handle) || is_stream_handle(handle))
        return true;
    return amanda_frame_is_first(tvb_new_subset_remaining(tvb, offset)) ||
           (tvb_get_ntohl(tvb, offset) == 0 && amanda_framed_knows_handle(connection, handle));
}

/* Where the next frame begins that another one can follow; all of the bytes if there is none. */
static int find_frame(const amanda_connection_t *connection, tvbuff_t *tvb)
{
    int length = (int)tvb_captured_length(tvb);

    for (int offset = 0; offset + AMANDA_FRAME_HEADER <= length; offset++) {
        /* No frame is so long that its first byte is anything else. */
        if (tvb_get_bits8(tvb, (unsigned)offset * 8, 8) != 0 || !is_plausible(connection, tvb, offset))
            continue;

        int64_t next = (int64_t)offset + AMANDA_FRAME_HEADER + tvb_get_ntohl(tvb, offset);

        if (next + AMANDA_FRAME_HEADER > length || is_plausible(connection, tvb, (int)next))
            return offset;
    }
    return (int)tvb_reported_length(tvb);
}

/* A stream whose announcement is not in the capture is told of once; where all was captured, it is a fault each time. */
static void dissect_unknown(amanda_frame_t *frame)
{
    packet_info *pinfo = frame->pinfo;
    bool fresh = !PINFO_FD_VISITED(pinfo);

    if (fresh && amanda_framed_lacks_bytes(frame->connection)) {
        amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_LACK, frame->number,
                                amanda_framed_tell_once(frame->connection) ? &told_here : &told_before);
    }

    const void *lack = amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_LACK, frame->number);

    if (tvb_captured_length(frame->tvb) > AMANDA_FRAME_HEADER)
        proto_tree_add_item(frame->tree, hf_amanda_frame_payload, frame->tvb, AMANDA_FRAME_HEADER, -1, ENC_NA);
    if (!lack)
        amanda_expert_add(pinfo, frame->item, &ei_amanda_frame_unknown_handle);
    else if (lack == &told_here)
        amanda_expert_add(pinfo, frame->item, &ei_amanda_frame_unannounced);
    amanda_info_add(pinfo, "Frame of unknown handle %u", frame->handle);
}

/* The stream that a frame belongs to; NULL if it is none's. */
static amanda_stream_t *stream_of_frame(const amanda_frame_t *frame)
{
    packet_info *pinfo = frame->pinfo;
    amanda_stream_t *stream;

    if (PINFO_FD_VISITED(pinfo))
        return (amanda_stream_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_STREAM, frame->number);
    stream = amanda_framed_stream(frame->connection, frame->handle);
    if (stream)
        amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_STREAM, frame->number, stream);
    return stream;
}

/* A token by which both sides of krb5 know each other, or what they protect by it. Returns whether it is one. */
static bool dissect_protected(amanda_frame_t *frame)
{
    tvbuff_t *payload = tvb_new_subset_remaining(frame->tvb, AMANDA_FRAME_HEADER);
    amanda_connection_t *connection = frame->connection;
    bool token = amanda_gss_is_token(payload);

    if (token && !connection->framed->gss_frame && !PINFO_FD_VISITED(frame->pinfo))
        connection->framed->gss_frame = frame->pinfo->num;
    if (!token && (!connection->framed->gss_frame || !amanda_gss_is_protected(payload)))
        return false;
    amanda_gss_dissect(payload, token, frame->pinfo, frame->tree, frame->item);
    return true;
}

/* Bytes that cannot be shown as frames. */
static void show_bytes(int hf, const char *name, expert_field *expert, tvbuff_t *tvb, packet_info *pinfo,
                       proto_tree *tree)
{
    proto_item *item = amanda_connection_add_item(tree, tvb);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_frame);

    if (tvb_captured_length(tvb) > 0)
        proto_tree_add_item(subtree, hf, tvb, 0, -1, ENC_NA);
    amanda_label(item, ", %s", name);
    if (expert)
        amanda_expert_add(pinfo, item, expert);
    amanda_info_add(pinfo, "%s", name);
}

/* What stands at the offset is no frame, so where the next one begins is not known. Where the capture lacks bytes, that
 * is no wonder. */
static void dissect_no_frame(walk_t *walk, tvbuff_t *tvb, amanda_instead_t kind)
{
    packet_info *pinfo = walk->frame.pinfo;
    const amanda_connection_t *connection = walk->frame.connection;

    walk->lost = true;
    walk->offset += (int)tvb_reported_length(tvb);
    if (!PINFO_FD_VISITED(pinfo) && (connection->begun_before || connection->framed->lost[walk->frame.direction]))
        amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_LACK, walk->frame.number, &told_before);
    if (amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_LACK, walk->frame.number)) {
        show_bytes(hf_amanda_frame_rest, "part of a frame", NULL, tvb, pinfo, walk->tree);
        return;
    }
    walk->progress.instead = (uint8_t)kind;
    if (!PINFO_FD_VISITED(pinfo) && !connection->stream)
        amanda_tcp_outcome_instead(connection, walk->frame.direction, kind, tvb, pinfo);
    amanda_no_frame_show(kind, false, false, tvb, pinfo, walk->tree);
}

static void add_frame_item(walk_t *walk, int length)
{
    amanda_frame_t *frame = &walk->frame;

    frame->item = amanda_connection_add_item(walk->tree, frame->tvb);
    frame->tree = proto_item_add_subtree(frame->item, ett_amanda_frame);
    if (frame->header) {
        proto_tree_add_uint(frame->tree, hf_amanda_frame_length, frame->tvb, 0, 4, (uint32_t)length);
        proto_tree_add_uint(frame->tree, hf_amanda_frame_handle, frame->tvb, 4, 4, frame->handle);
    } else {
        proto_item_set_generated(
            proto_tree_add_uint(frame->tree, hf_amanda_frame_handle, frame->tvb, 0, 0, frame->handle));
    }
}

static void dissect_payload(amanda_frame_t *frame, amanda_stream_t *stream)
{
    amanda_type_t type = type_at(frame->tvb);

    if (stream && frame->length > 0)
        amanda_framed_stream_dissect(frame, stream);
    else if (stream)
        amanda_framed_stream_dissect_end(frame, stream);
    else if (dissect_protected(frame))
        return;
    else if (frame->length > 0 && type != AMANDA_TYPE_UNKNOWN)
        amanda_framed_packet_dissect(frame, type);
    else if (!amanda_framed_packet_dissect_end(frame))
        dissect_unknown(frame);
}

/* The frame that begins at the offset, or the first part of it, of which the walk is past before anything is shown. Returns
 * false if it has to wait for more. */
static bool dissect_frame(walk_t *walk, tvbuff_t *tvb)
{
    amanda_frame_t *frame = &walk->frame;
    int offset = walk->offset;
    int available = (int)tvb_reported_length_remaining(tvb, offset);

    amanda_instead_t kind = amanda_no_frame_kind(tvb, offset);

    if (kind == AMANDA_INSTEAD_NOTHING && tvb_captured_length_remaining(tvb, offset) < AMANDA_FRAME_HEADER)
        return false;
    frame->number = amanda_packet_data_next(frame->pinfo, AMANDA_PACKET_FRAME_STREAM);
    if (kind != AMANDA_INSTEAD_NOTHING) {
        dissect_no_frame(walk, tvb_new_subset_remaining(tvb, offset), kind);
        return true;
    }
    frame->length = (int)tvb_get_ntohl(tvb, offset);
    frame->handle = tvb_get_ntohl(tvb, offset + 4);
    frame->header = AMANDA_FRAME_HEADER;

    amanda_stream_t *stream = stream_of_frame(frame);
    int length = AMANDA_FRAME_HEADER + frame->length;

    /* Without its first byte it is not known whether it is a packet, such as the answer that is waited for. */
    if (!stream && frame->length > 0 && tvb_captured_length_remaining(tvb, offset) == AMANDA_FRAME_HEADER)
        return false;
    if (length > available) {
        if (!stream)
            return false;
        walk->progress.stream = stream;
        walk->progress.handle = frame->handle;
        walk->progress.remaining = (uint32_t)(length - available);
        length = available;
    }
    frame->tvb = tvb_new_subset_length(tvb, offset, length);
    walk->offset += length;
    add_frame_item(walk, frame->length);
    dissect_payload(frame, stream);
    return true;
}

/* A further part of a stream's frame. */
static void dissect_part(walk_t *walk, tvbuff_t *tvb)
{
    amanda_frame_t *frame = &walk->frame;
    amanda_stream_t *stream = walk->progress.stream;
    int length = MIN((int)walk->progress.remaining, (int)tvb_reported_length_remaining(tvb, walk->offset));

    frame->header = 0;
    frame->handle = walk->progress.handle;
    frame->length = length;
    frame->tvb = tvb_new_subset_length(tvb, walk->offset, length);
    walk->offset += length;
    walk->progress.remaining -= (uint32_t)length;
    if (!walk->progress.remaining)
        walk->progress.stream = NULL;
    add_frame_item(walk, length);
    amanda_framed_stream_dissect(frame, stream);
}

/* Dissects frame after frame, up to one that is not whole. */
static void walk_frames(walk_t *walk, tvbuff_t *tvb)
{
    int captured = (int)tvb_captured_length(tvb);

    while (walk->offset < captured) {
        if (walk->progress.stream)
            dissect_part(walk, tvb);
        else if (!dissect_frame(walk, tvb))
            break;
    }
}

/* The same, whatever goes wrong: each frame has something to remember. */
static void walk_all_frames(walk_t *walk, tvbuff_t *tvb)
{
    volatile bool finished = false;

    while (!finished) {
        const int before = walk->offset;

        TRY
        {
            walk_frames(walk, tvb);
            finished = true;
        }
        CATCH_BOUNDS_AND_DISSECTOR_ERRORS
        {
            show_exception(tvb, walk->frame.pinfo, walk->tree, EXCEPT_CODE, GET_MESSAGE);
            if (EXCEPT_CODE == DissectorError)
                walk->tree = NULL; /* it may have no more room */
            finished = walk->offset == before;
        }
        ENDTRY;
    }
}

/* Whether bytes begin with a frame, as they nearly always do. */
static bool is_usual(const chunk_t *chunk)
{
    return !chunk->progress.stream && !chunk->progress.lost && !chunk->progress.instead &&
           chunk->unfinished.prefix_length == 0 && chunk->skipped == 0 && !chunk->told;
}

/* What is known of the bytes of a call before they are looked at: found out on the first pass, and kept for the others. */
static const chunk_t *find_chunk(amanda_connection_t *connection, amanda_direction_t direction, tvbuff_t *tvb,
                                 packet_info *pinfo, bool gap)
{
    struct amanda_framed *framed = amanda_framed_of(connection);
    const unsigned n = amanda_packet_data_next(pinfo, AMANDA_PACKET_CHUNK);
    amanda_progress_t *progress = &framed->progress[direction];
    chunk_t *chunk;

    if (!PINFO_FD_VISITED(pinfo) && gap)
        amanda_framed_lose(connection, direction, true);

    if (PINFO_FD_VISITED(pinfo))
        return (const chunk_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_CHUNK, n);

    chunk_t found = {.unfinished = amanda_unfinished_next(&framed->half[direction], 0, false)};

    if (progress->lost) {
        found.skipped = find_frame(connection, tvb);
        found.told = found.skipped > 0 && !progress->instead && amanda_framed_tell_once(connection);
        progress->lost = found.skipped >= (int)tvb_captured_length(tvb);
    }
    found.progress = *progress;
    chunk = is_usual(&found) ? &usual_chunk : (chunk_t *)amanda_record_memdup(wmem_file_scope(), &found, sizeof found);
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_CHUNK, n, chunk);
    return chunk;
}

/* Whether a frame that is not whole yet becomes so with these bytes, or can be told not to be one. */
static bool is_completed(const amanda_unfinished_t *unfinished, tvbuff_t *tvb)
{
    uint32_t length;

    if (unfinished->prefix_length < AMANDA_FRAME_HEADER)
        return true;
    memcpy(&length, unfinished->prefix->bytes, sizeof length);
    return unfinished->prefix_length + (int64_t)tvb_reported_length(tvb) >=
           AMANDA_FRAME_HEADER + (int64_t)GUINT32_FROM_BE(length);
}

/* On the first pass: what the next bytes of this direction begin with. */
static void remember(const walk_t *walk, tvbuff_t *tvb)
{
    amanda_connection_t *connection = walk->frame.connection;
    amanda_direction_t direction = walk->frame.direction;
    bool cut = tvb_captured_length(tvb) < tvb_reported_length(tvb);

    amanda_unfinished_keep_tail(&connection->framed->half[direction], tvb,
                                MIN(walk->offset, (int)tvb_captured_length(tvb)));
    connection->framed->progress[direction] = walk->progress;
    /* A reply may have announced streams where it was cut. */
    connection->framed->lost[direction] = connection->framed->lost[direction] || cut;
    /* What was cut of a stream's frame is counted all the same. */
    if (cut && walk->offset < (int)tvb_reported_length(tvb))
        amanda_framed_lose(connection, direction, true);
    else if (walk->lost)
        amanda_framed_lose(connection, direction, false);
    if (walk->lost)
        connection->framed->progress[direction].instead = walk->progress.instead;
}

void amanda_frames_dissect(amanda_connection_t *connection, amanda_direction_t direction, tvbuff_t *tvb,
                           packet_info *pinfo, proto_tree *tree, bool gap)
{
    const chunk_t *chunk = find_chunk(connection, direction, tvb, pinfo, gap);
    bool fresh = !PINFO_FD_VISITED(pinfo);
    bool cut = tvb_captured_length(tvb) < tvb_reported_length(tvb);

    if (!chunk)
        return;
    amanda_connection_own_columns(pinfo);
    if (chunk->progress.instead == AMANDA_INSTEAD_TEXT && fresh && !connection->stream)
        amanda_tcp_outcome_instead(connection, direction, AMANDA_INSTEAD_TEXT,
                                   tvb_new_subset_length(tvb, 0, chunk->skipped), pinfo);
    if (chunk->progress.instead == AMANDA_INSTEAD_TEXT && chunk->skipped > 0)
        amanda_no_frame_show(AMANDA_INSTEAD_TEXT, false, true, tvb_new_subset_length(tvb, 0, chunk->skipped), pinfo,
                             tree);
    else if (chunk->progress.lost || chunk->skipped > 0)
        show_bytes(hf_amanda_frame_rest, "part of a frame", chunk->told ? &ei_amanda_frame_lost : NULL,
                   tvb_new_subset_length(tvb, 0, chunk->skipped), pinfo, tree);
    if (chunk->progress.lost)
        return;
    if (chunk->skipped > 0)
        tvb = tvb_new_subset_remaining(tvb, chunk->skipped);
    if (!is_completed(&chunk->unfinished, tvb)) {
        if (fresh)
            amanda_unfinished_append_tail(&connection->framed->half[direction], tvb);
        if (fresh && cut)
            amanda_framed_lose(connection, direction, true);
        show_bytes(hf_amanda_frame_part, "part of a packet that goes on", NULL, tvb, pinfo, tree);
        return;
    }

    tvbuff_t *joined = amanda_unfinished_join(&chunk->unfinished, tvb, pinfo, "Frame in several packets");
    walk_t *walk = wmem_new0(pinfo->pool, walk_t);

    walk->frame = (amanda_frame_t){.connection = connection, .pinfo = pinfo, .direction = direction};
    walk->progress = chunk->progress;
    walk->progress.instead = AMANDA_INSTEAD_NOTHING;
    walk->tree = tree;
    walk_all_frames(walk, joined);
    if (fresh)
        remember(walk, joined);
    if (walk->offset < (int)tvb_captured_length(joined))
        show_bytes(hf_amanda_frame_part, "part of a packet that goes on", NULL,
                   tvb_new_subset_remaining(joined, walk->offset), pinfo, tree);
}

typedef struct {
    packet_info *pinfo;
    tvbuff_t *tvb;
    proto_tree *tree;
} place_t;

static void show_closed_stream(amanda_stream_t *stream, void *user_data)
{
    const place_t *place = (const place_t *)user_data;

    amanda_dump_summary_show_closed(stream, place->pinfo, place->tvb, place->tree);
}

void amanda_frames_show_closed(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                               proto_tree *tree)
{
    const struct amanda_framed *framed = connection->framed;
    unsigned count = framed && framed->unanswered ? wmem_array_get_count(framed->unanswered) : 0;

    for (unsigned i = 0; i < count; i++) {
        uint32_t request = *(const uint32_t *)wmem_array_index(framed->unanswered, i);
        proto_item *item = proto_tree_add_uint(tree, hf_amanda_frame_unanswered, tvb, 0, 0, request);

        proto_item_set_generated(item);
        amanda_expert_add(pinfo, item, &ei_amanda_frame_closed_early);
    }
    if (count > 0)
        amanda_info_begin(pinfo, "[Amanda: closed before a request had its answer] ");
    amanda_framed_each_stream(connection, show_closed_stream, &(place_t){pinfo, tvb, tree});
}

void amanda_frame_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_frame_length,
         {"Frame length", "amanda.frame.length", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Bytes behind the handle; 0 ends a stream", HFILL}},
        {&hf_amanda_frame_handle,
         {"Frame handle", "amanda.frame.handle", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of the exchange or of the stream in its connection", HFILL}},
        {&hf_amanda_frame_payload,
         {"Payload", "amanda.frame.payload", FT_BYTES, BASE_NONE, NULL, 0x0, "What the frame carries", HFILL}},
        {&hf_amanda_frame_part,
         {"Part of a packet", "amanda.frame.part", FT_BYTES, BASE_NONE, NULL, 0x0,
          "Part of a frame whose end comes later, where it is shown whole", HFILL}},
        {&hf_amanda_frame_unanswered,
         {"Without an answer", "amanda.frame.unanswered", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST),
          0x0, "A REQ that had no REP or NAK when the connection was closed", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_frame,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_frame_closed_early,
         {"amanda.frame.closed_early", PI_SEQUENCE, PI_ERROR,
          "The connection was closed before a request had its answer", EXPFILL}},
        {&ei_amanda_frame_lost,
         {"amanda.frame.lost", PI_SEQUENCE, PI_NOTE,
          "Bytes before this were not captured: it is not known where the next frame begins", EXPFILL}},
        {&ei_amanda_frame_unannounced,
         {"amanda.frame.unannounced", PI_SEQUENCE, PI_NOTE,
          "A stream whose announcement is not in the capture: what it carries is not known", EXPFILL}},
        {&ei_amanda_frame_unknown_handle,
         {"amanda.frame.unknown_handle", PI_SEQUENCE, PI_WARN,
          "Neither a packet nor a stream that a reply in this capture announced", EXPFILL}},
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
