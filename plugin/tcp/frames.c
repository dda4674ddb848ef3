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

#include "show/generated.h"

#include <string.h>

#include "body/body.h"
#include "tcp/framed-connections.h"
#include "tcp/gss.h"
#include "stream/stream-bytes.h"
#include "stream/stream-contents.h"
#include "stream/streams.h"
#include "text/security-service.h"
#include "show/header.h"
#include "show/packet-data.h"
#include "stream/unfinished-lines.h"
#include "stream/dump-summary.h"
#include "tcp/framed-exchanges.h"

/* Where the type of a packet stands in its frame, in bits. */
#define TYPE_BIT (AMANDA_FRAME_HEADER * 8)

#define INFO_GIST_MAX 160

/* What the first pass found out about the bytes of one call. */
typedef struct {
    amanda_progress_t progress;       /* at their beginning */
    const amanda_unfinished_t *slice; /* what there was of a frame that is not whole */
} chunk_t;

/* A frame on its way through the functions that dissect it. */
typedef struct {
    amanda_connection_t *connection;
    tvbuff_t *tvb; /* with the 8 bytes in front; of a stream's frame, any part of it */
    packet_info *pinfo;
    proto_tree *tree;
    proto_item *item;
    uint32_t handle;
    unsigned number; /* counts the frames of the packet from 0 */
    int header;      /* the 8 bytes, or 0 if this part is without them */
    int length;      /* of the payload */
    amanda_direction_t direction;
} frame_t;

static int proto_amanda;

static int hf_amanda_frame_handle;
static int hf_amanda_frame_length;
static int hf_amanda_frame_part;
static int hf_amanda_frame_payload;
static int hf_amanda_frame_rest;
static int hf_amanda_frame_unanswered;

static int ett_amanda_frame = -1;

static expert_field ei_amanda_frame_after_end;
static expert_field ei_amanda_frame_bad_length;
static expert_field ei_amanda_frame_closed_early;
static expert_field ei_amanda_frame_lost;
static expert_field ei_amanda_frame_no_nul;
static expert_field ei_amanda_frame_text;
static expert_field ei_amanda_frame_unknown_handle;

static const amanda_type_t types[] = {AMANDA_TYPE_REQ, AMANDA_TYPE_REP, AMANDA_TYPE_PREP, AMANDA_TYPE_ACK,
                                      AMANDA_TYPE_NAK};

bool amanda_frame_is_first(tvbuff_t *tvb)
{
    if (tvb_captured_length(tvb) < AMANDA_FRAME_HEADER + 1)
        return false;

    uint32_t length = tvb_get_ntohl(tvb, 0);
    int type = tvb_captured_length(tvb) > AMANDA_FRAME_HEADER ? tvb_get_bits8(tvb, TYPE_BIT, 8) : 0xff;

    if (amanda_gss_is_token(tvb_new_subset_remaining(tvb, AMANDA_FRAME_HEADER)))
        return length <= AMANDA_FRAME_MAX;
    if (length < 2 || length > AMANDA_FRAME_MAX || type >= (int)G_N_ELEMENTS(types))
        return false;
    if (types[type] == AMANDA_TYPE_ACK)
        return length == 2;
    if (types[type] == AMANDA_TYPE_REQ)
        return tvb_strneql(tvb, AMANDA_FRAME_HEADER + 1, "SECURITY ", 9) == 0 ||
               tvb_strneql(tvb, AMANDA_FRAME_HEADER + 1, "SERVICE ", 8) == 0;
    return tvb_captured_length(tvb) > AMANDA_FRAME_HEADER + 1 &&
           g_ascii_isprint((char)tvb_get_bits8(tvb, TYPE_BIT + 8, 8));
}

bool amanda_frame_is_header(tvbuff_t *tvb)
{
    return tvb_reported_length(tvb) == AMANDA_FRAME_HEADER && tvb_captured_length(tvb) == AMANDA_FRAME_HEADER &&
           tvb_get_ntohl(tvb, 0) >= 2 && tvb_get_ntohl(tvb, 0) <= AMANDA_FRAME_MAX && tvb_get_ntohl(tvb, 4) > 0 &&
           tvb_get_ntohl(tvb, 4) <= UINT16_MAX;
}

static bool is_text(tvbuff_t *tvb)
{
    for (int i = 0; i < AMANDA_FRAME_HEADER; i++) {
        char byte = (char)tvb_get_bits8(tvb, (unsigned)i * 8, 8);

        if (!g_ascii_isprint(byte) && !g_ascii_isspace(byte))
            return false;
    }
    return true;
}

/* Whether a frame can begin here, once frames were lost. */
static bool is_plausible(const amanda_connection_t *connection, tvbuff_t *tvb)
{
    if (tvb_captured_length(tvb) < AMANDA_FRAME_HEADER || tvb_get_ntohl(tvb, 0) > AMANDA_FRAME_MAX)
        return false;

    uint32_t handle = tvb_get_ntohl(tvb, 4);

    return amanda_framed_stream(connection, handle) ||
           amanda_framed_exchange_find(connection->framed->transactions, handle) || amanda_frame_is_first(tvb);
}

static void show_packet_summary(const frame_t *frame, const amanda_body_t *body)
{
    wmem_strbuf_t *summary = wmem_strbuf_new(frame->pinfo->pool, amanda_type_name(body->type));
    const char *info_text = wmem_strbuf_get_str(body->info_text);

    if (body->service)
        wmem_strbuf_append_printf(summary, " %.*s", amanda_fit(body->service, INFO_GIST_MAX), body->service);
    if (wmem_strbuf_get_len(body->info_text) > 0)
        wmem_strbuf_append_printf(summary, " %.*s", amanda_fit(info_text, INFO_GIST_MAX), info_text);
    wmem_strbuf_append_printf(summary, " handle=%u", frame->handle);
    amanda_append_info(frame->pinfo, wmem_strbuf_get_str(summary));
    proto_item_append_text(frame->item, ", %s", wmem_strbuf_get_str(summary));
}

/* The exchange of a packet, which is remembered on the first pass. NULL only on a later one. */
static amanda_framed_exchange_t *exchange_of_packet(const frame_t *frame, amanda_type_t type, const char *service)
{
    packet_info *pinfo = frame->pinfo;
    amanda_framed_exchange_t *exchange;

    if (PINFO_FD_VISITED(pinfo))
        return (amanda_framed_exchange_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_EXCHANGE, frame->number);
    exchange = amanda_framed_exchange_follow(frame->connection->framed->transactions, frame->handle, type,
                                             frame->direction, service, pinfo);
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_EXCHANGE, frame->number, exchange);
    return exchange;
}

static void dissect_packet(frame_t *frame, amanda_type_t type)
{
    packet_info *pinfo = frame->pinfo;
    tvbuff_t *tvb = tvb_new_subset_remaining(frame->tvb, AMANDA_FRAME_HEADER + 1);
    int length = (int)tvb_captured_length(tvb);
    const uint8_t *text = length > 0 ? tvb_get_ptr(tvb, 0, length) : (const uint8_t *)"";
    int text_length = amanda_text_length(text, length);
    bool cut = text_length == length && tvb_reported_length(tvb) > (unsigned)length;
    amanda_security_service_t security_service;

    amanda_security_service_parse(text, text_length, 0, type, cut, &security_service);

    const char *service = security_service.service.length > 0
                              ? (const char *)tvb_format_text(pinfo->pool, tvb, security_service.service.offset,
                                                              security_service.service.length)
                              : NULL;
    amanda_framed_exchange_t *transaction = exchange_of_packet(frame, type, service);
    amanda_body_t body = {
        .pinfo = pinfo,
        .tvb = tvb,
        .text = text,
        .length = text_length,
        .cut = cut,
        .framed = true,
        .tree = frame->tree,
        .type = type,
        .version = UINT16_MAX,
        .service = service || !transaction || transaction->req_frame > pinfo->num ? service : transaction->service,
        .facts = transaction ? &transaction->facts : NULL,
        .info_text = wmem_strbuf_new(pinfo->pool, ""),
    };

    amanda_show_type(type, frame->tvb, AMANDA_FRAME_HEADER, 1, frame->tree);
    amanda_show_security_service(&security_service, tvb, frame->tree);
    if (!service && body.service)
        amanda_generated_string(frame->tree, hf_amanda_service, tvb, body.service);
    if (transaction)
        amanda_framed_exchange_show(transaction, type, frame->direction, pinfo, tvb, frame->tree);
    amanda_body_dissect(&body, security_service.body);
    if (transaction && !PINFO_FD_VISITED(pinfo))
        amanda_framed_announce(frame->connection, transaction, pinfo);
    if (text_length == length && !cut)
        expert_add_info(pinfo, frame->item, &ei_amanda_frame_no_nul);
    show_packet_summary(frame, &body);
}

static void dissect_stream(frame_t *frame, amanda_stream_t *stream)
{
    packet_info *pinfo = frame->pinfo;
    amanda_half_t *half = &stream->half[frame->direction];
    const amanda_unfinished_t *slice = amanda_unfinished_find(pinfo, half, half->bytes, false);
    amanda_stream_bytes_t piece = {
        .pinfo = pinfo,
        .tvb = tvb_new_subset_remaining(frame->tvb, frame->header),
        .tree = frame->tree,
        .stream = stream,
        .direction = frame->direction,
        .fresh = !PINFO_FD_VISITED(pinfo),
    };

    if (piece.fresh && !stream->first_frame)
        stream->first_frame = pinfo->num;
    if (piece.fresh)
        amanda_framed_touch(frame->connection, stream, frame->direction);
    amanda_stream_show(stream, pinfo, frame->tvb, frame->tree);
    if (!slice)
        return;
    if (slice->after_end)
        expert_add_info(pinfo, frame->item, &ei_amanda_frame_after_end);
    piece.offset = slice->offset;
    piece.mid_line = slice->mid_line;

    uint64_t position = slice->offset + tvb_reported_length(piece.tvb);

    piece.tvb = amanda_unfinished_join(slice, piece.tvb, pinfo, "Line in several packets");

    int done = amanda_stream_contents_dissect(&piece);

    if (piece.fresh) {
        amanda_unfinished_done(&piece, slice, done);
        amanda_dump_summary_advance(stream, pinfo);
    }
    if (frame->direction == AMANDA_TO_REQUESTER)
        amanda_dump_summary_show(stream, pinfo, position, frame->tvb, frame->tree);
    amanda_stream_contents_show_summary(&piece, frame->item);
}

/* A frame without payload. */
static void dissect_end(frame_t *frame, amanda_stream_t *stream)
{
    packet_info *pinfo = frame->pinfo;
    const char *name = amanda_role_name(stream->role);

    amanda_stream_show(stream, pinfo, frame->tvb, frame->tree);
    proto_item_append_text(frame->item, ", %s: end", name);
    col_append_sep_fstr(pinfo->cinfo, COL_INFO, ", ", "%s: end of stream", name);
    if (!PINFO_FD_VISITED(pinfo))
        stream->half[frame->direction].ended = true;
    if (frame->direction != AMANDA_TO_REQUESTER)
        return;
    if (!PINFO_FD_VISITED(pinfo))
        amanda_dump_summary_closed(stream, pinfo);
    amanda_dump_summary_show_closed(stream, pinfo, frame->tvb, frame->tree);
}

/* Both sides let go of an exchange with a frame without payload, too. */
static bool dissect_exchange_end(const frame_t *frame)
{
    packet_info *pinfo = frame->pinfo;
    amanda_framed_exchange_t *exchange;

    if (frame->length > 0)
        return false;
    if (PINFO_FD_VISITED(pinfo)) {
        exchange =
            (amanda_framed_exchange_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_EXCHANGE, frame->number);
    } else {
        exchange = amanda_framed_exchange_find(frame->connection->framed->transactions, frame->handle);
        if (exchange)
            amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_EXCHANGE, frame->number, exchange);
    }
    if (!exchange)
        return false;
    proto_item_append_text(frame->item, ", end of exchange, handle=%u", frame->handle);
    col_append_sep_fstr(pinfo->cinfo, COL_INFO, ", ", "End of exchange handle=%u", frame->handle);
    return true;
}

static void dissect_unknown(frame_t *frame)
{
    if (frame->length > 0)
        proto_tree_add_item(frame->tree, hf_amanda_frame_payload, frame->tvb, AMANDA_FRAME_HEADER, -1, ENC_NA);
    expert_add_info(frame->pinfo, frame->item, &ei_amanda_frame_unknown_handle);
    col_append_sep_fstr(frame->pinfo->cinfo, COL_INFO, ", ", "Frame of unknown handle %u", frame->handle);
}

/* The stream that the next frame in a packet belongs to; NULL if it is none's. */
static amanda_stream_t *stream_of_frame(frame_t *frame)
{
    packet_info *pinfo = frame->pinfo;
    amanda_stream_t *stream;

    frame->number = amanda_packet_data_next(pinfo, AMANDA_PACKET_FRAME_STREAM);
    if (PINFO_FD_VISITED(pinfo))
        return (amanda_stream_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_STREAM, frame->number);
    stream = amanda_framed_stream(frame->connection, frame->handle);
    if (stream)
        amanda_packet_data_keep(pinfo, AMANDA_PACKET_FRAME_STREAM, frame->number, stream);
    return stream;
}

/* A token by which both sides of krb5 know each other, or what they protect by it. Returns whether it is one. */
static bool dissect_protected(frame_t *frame)
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

/* What stands here is no frame, so where the next one begins is not known. */
static void dissect_no_frame(amanda_connection_t *connection, amanda_direction_t direction, tvbuff_t *tvb,
                             packet_info *pinfo, proto_tree *tree)
{
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, -1, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_frame);
    bool text = is_text(tvb);

    proto_tree_add_item(subtree, hf_amanda_frame_rest, tvb, 0, -1, ENC_NA);
    expert_add_info(pinfo, item, text ? &ei_amanda_frame_text : &ei_amanda_frame_bad_length);
    col_append_sep_str(pinfo->cinfo, COL_INFO, ", ", text ? "Text where a frame is due" : "No frame");
    if (!PINFO_FD_VISITED(pinfo))
        amanda_framed_lose(connection, direction);
}

/* Bytes that cannot be shown as frames. */
static void show_bytes(int hf, const char *name, expert_field *expert, tvbuff_t *tvb, packet_info *pinfo,
                       proto_tree *tree)
{
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, -1, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_frame);

    proto_tree_add_item(subtree, hf, tvb, 0, -1, ENC_NA);
    proto_item_append_text(item, ", %s", name);
    if (expert)
        expert_add_info(pinfo, item, expert);
    col_append_sep_str(pinfo->cinfo, COL_INFO, ", ", name);
}

/* The frame that begins at an offset, or the first part of it. Returns how long that is; 0 if it has to wait for more,
 * and -1 if it is no frame. */
static int dissect_frame(frame_t *frame, amanda_progress_t *progress, tvbuff_t *tvb, int offset, proto_tree *tree)
{
    int available = (int)tvb_reported_length_remaining(tvb, offset);

    if (tvb_captured_length_remaining(tvb, offset) < AMANDA_FRAME_HEADER)
        return 0;
    if (tvb_get_ntohl(tvb, offset) > AMANDA_FRAME_MAX)
        return -1;
    frame->length = (int)tvb_get_ntohl(tvb, offset);
    frame->handle = tvb_get_ntohl(tvb, offset + 4);
    frame->header = AMANDA_FRAME_HEADER;

    amanda_stream_t *stream = stream_of_frame(frame);
    int length = AMANDA_FRAME_HEADER + frame->length;

    if (length > available) {
        if (!stream)
            return 0;
        progress->stream = stream;
        progress->handle = frame->handle;
        progress->remaining = (uint32_t)(length - available);
        length = available;
    }
    frame->tvb = tvb_new_subset_length(tvb, offset, length);
    frame->item = proto_tree_add_item(tree, proto_amanda, frame->tvb, 0, -1, ENC_NA);
    frame->tree = proto_item_add_subtree(frame->item, ett_amanda_frame);
    proto_tree_add_uint(frame->tree, hf_amanda_frame_length, frame->tvb, 0, 4, (uint32_t)frame->length);
    proto_tree_add_uint(frame->tree, hf_amanda_frame_handle, frame->tvb, 4, 4, frame->handle);
    if (stream && frame->length > 0) {
        dissect_stream(frame, stream);
    } else if (stream) {
        dissect_end(frame, stream);
    } else if (!dissect_protected(frame)) {
        uint32_t type = frame->length > 0 && tvb_captured_length(frame->tvb) > AMANDA_FRAME_HEADER
                            ? tvb_get_bits8(frame->tvb, TYPE_BIT, 8)
                            : UINT32_MAX;

        if (type < G_N_ELEMENTS(types))
            dissect_packet(frame, types[type]);
        else if (!dissect_exchange_end(frame))
            dissect_unknown(frame);
    }
    return length;
}

/* A further part of a stream's frame. Returns how long it is. */
static int dissect_part(frame_t *frame, amanda_progress_t *progress, tvbuff_t *tvb, int offset, proto_tree *tree)
{
    int length = MIN((int)progress->remaining, (int)tvb_reported_length_remaining(tvb, offset));

    frame->header = 0;
    frame->handle = progress->handle;
    frame->length = length;
    frame->tvb = tvb_new_subset_length(tvb, offset, length);
    frame->item = proto_tree_add_item(tree, proto_amanda, frame->tvb, 0, -1, ENC_NA);
    frame->tree = proto_item_add_subtree(frame->item, ett_amanda_frame);
    amanda_generated_uint(frame->tree, hf_amanda_frame_handle, frame->tvb, frame->handle);
    dissect_stream(frame, progress->stream);
    progress->remaining -= (uint32_t)length;
    if (!progress->remaining)
        progress->stream = NULL;
    return length;
}

/* Dissects frame after frame. Returns where the next one begins, which is not whole. */
static int walk(frame_t *frame, amanda_progress_t *progress, tvbuff_t *tvb, proto_tree *tree)
{
    int captured = (int)tvb_captured_length(tvb);
    int offset = 0;

    while (offset < captured) {
        int length = progress->stream ? dissect_part(frame, progress, tvb, offset, tree)
                                      : dissect_frame(frame, progress, tvb, offset, tree);

        if (length == 0)
            break;
        if (length < 0) {
            dissect_no_frame(frame->connection, frame->direction, tvb_new_subset_remaining(tvb, offset), frame->pinfo,
                             tree);
            *progress = frame->connection->framed->progress[frame->direction];
            return (int)tvb_reported_length(tvb);
        }
        offset += length;
    }
    return offset;
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
        amanda_framed_lose(connection, direction);

    const amanda_unfinished_t *slice = amanda_unfinished_find(pinfo, &framed->half[direction], 0, false);

    if (PINFO_FD_VISITED(pinfo))
        return (const chunk_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_CHUNK, n);
    progress->lost = progress->lost && !is_plausible(connection, tvb);
    chunk = wmem_new(wmem_file_scope(), chunk_t);
    chunk->progress = *progress;
    chunk->slice = slice;
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_CHUNK, n, chunk);
    return chunk;
}

/* Whether a frame that is not whole yet becomes so with these bytes, or can be told not to be one. */
static bool is_completed(const amanda_unfinished_t *slice, tvbuff_t *tvb)
{
    uint32_t length;

    if (slice->prefix_length < AMANDA_FRAME_HEADER)
        return true;
    memcpy(&length, slice->prefix, sizeof length);
    return slice->prefix_length + (int64_t)tvb_reported_length(tvb) >=
           AMANDA_FRAME_HEADER + (int64_t)GUINT32_FROM_BE(length);
}

void amanda_frames_dissect(amanda_connection_t *connection, amanda_direction_t direction, tvbuff_t *tvb,
                           packet_info *pinfo, proto_tree *tree, bool gap)
{
    const chunk_t *chunk = find_chunk(connection, direction, tvb, pinfo, gap);
    frame_t frame = {.connection = connection, .pinfo = pinfo, .direction = direction};
    bool fresh = !PINFO_FD_VISITED(pinfo);
    bool cut = tvb_captured_length(tvb) < tvb_reported_length(tvb);

    if (!chunk)
        return;
    amanda_connection_own_columns(pinfo);
    if (chunk->progress.lost) {
        show_bytes(hf_amanda_frame_rest, "part of a frame", &ei_amanda_frame_lost, tvb, pinfo, tree);
        return;
    }
    if (!is_completed(chunk->slice, tvb)) {
        show_bytes(hf_amanda_frame_part, "part of a packet that goes on", NULL, tvb, pinfo, tree);
        if (fresh)
            amanda_unfinished_append_tail(&connection->framed->half[direction], tvb);
        if (fresh && cut)
            amanda_framed_lose(connection, direction);
        return;
    }

    tvbuff_t *joined = amanda_unfinished_join(chunk->slice, tvb, pinfo, "Frame in several packets");
    amanda_progress_t progress = chunk->progress;
    int end = walk(&frame, &progress, joined, tree);
    int done = MIN(end, (int)tvb_captured_length(joined));

    if (done < (int)tvb_captured_length(joined))
        show_bytes(hf_amanda_frame_part, "part of a packet that goes on", NULL, tvb_new_subset_remaining(joined, done),
                   pinfo, tree);
    if (!fresh)
        return;
    amanda_unfinished_keep_tail(&connection->framed->half[direction], joined, done);
    connection->framed->progress[direction] = progress;
    /* What was cut of a stream's frame is counted all the same. */
    if (cut && end < (int)tvb_reported_length(joined))
        amanda_framed_lose(connection, direction);
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
        expert_add_info(pinfo, item, &ei_amanda_frame_closed_early);
    }
    if (count > 0)
        col_append_str(pinfo->cinfo, COL_INFO, " [Amanda: closed before a request had its answer]");
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
        {&hf_amanda_frame_rest,
         {"Bytes outside of any frame", "amanda.frame.rest", FT_BYTES, BASE_NONE, NULL, 0x0,
          "Bytes that belong to no frame whose beginning is known", HFILL}},
        {&hf_amanda_frame_unanswered,
         {"Without an answer", "amanda.frame.unanswered", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST),
          0x0, "A REQ that had no REP or NAK when the connection was closed", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_frame,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_frame_after_end,
         {"amanda.frame.after_end", PI_SEQUENCE, PI_WARN, "The stream goes on although its end was told", EXPFILL}},
        {&ei_amanda_frame_closed_early,
         {"amanda.frame.closed_early", PI_SEQUENCE, PI_ERROR,
          "The connection was closed before a request had its answer", EXPFILL}},
        {&ei_amanda_frame_bad_length,
         {"amanda.frame.bad_length", PI_MALFORMED, PI_ERROR, "No Amanda frame: it would be longer than 4 MiB",
          EXPFILL}},
        {&ei_amanda_frame_text,
         {"amanda.frame.text", PI_MALFORMED, PI_ERROR,
          "No Amanda frame, but text, as ssh and rsh print where they cannot start amandad", EXPFILL}},
        {&ei_amanda_frame_lost,
         {"amanda.frame.lost", PI_SEQUENCE, PI_NOTE,
          "Bytes before this were not captured: it is not known where the next frame begins", EXPFILL}},
        {&ei_amanda_frame_no_nul,
         {"amanda.frame.no_nul", PI_PROTOCOL, PI_NOTE,
          "No NUL byte at the end: a NAK of a responder that did not accept the connection", EXPFILL}},
        {&ei_amanda_frame_unknown_handle,
         {"amanda.frame.unknown_handle", PI_SEQUENCE, PI_WARN,
          "Neither a packet nor a stream that a reply in this capture announced", EXPFILL}},
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
