/* tcp/connection-payload.c
 * The bytes of a connection, as its packets bring them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/connection-payload.h"

#include "show/labels.h"

#include <epan/exceptions.h>
#include <epan/show_exception.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>

#include "show/generated.h"
#include "show/no-frame.h"
#include "show/packet-data.h"
#include "stream/data.h"
#include "stream/export-tap.h"
#include "tcp/frames.h"
#include "tcp/outcome-facts.h"
#include "stream/stream-bytes.h"
#include "stream/stream-contents.h"
#include "stream/streams.h"
#include "stream/unfinished-lines.h"
#include "stream/dump-summary.h"
#include "stream/tape-server.h"
#include "tcp/stream-follower.h"

static int proto_amanda;

static int hf_amanda_stream_dissected_in;

static int ett_amanda_flow = -1;

/* The reply that announced a port does not tell bsd from bsdudp if it announced but one. Its first frame does: it has a
 * handle that was announced. tvb: the first bytes; NULL where they have not come yet. */
static amanda_payload_t decide(const amanda_connection_t *connection, tvbuff_t *tvb)
{
    const amanda_dump_t *dump = connection->stream->dump;

    for (const amanda_stream_t *stream = dump->streams; stream; stream = stream->next) {
        if (stream->number > UINT16_MAX)
            return AMANDA_PAYLOAD_FRAMES;
    }
    if (dump->streams && dump->streams->next)
        return AMANDA_PAYLOAD_RAW;
    if (!tvb)
        return AMANDA_PAYLOAD_UNDECIDED;
    return tvb_captured_length(tvb) >= AMANDA_FRAME_HEADER && tvb_get_ntohl(tvb, 0) <= AMANDA_FRAME_MAX &&
                   amanda_dump_stream(dump, tvb_get_ntohl(tvb, 4))
               ? AMANDA_PAYLOAD_FRAMES
               : AMANDA_PAYLOAD_RAW;
}

static proto_item *add_protocol(const amanda_stream_t *stream, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                const char *what)
{
    const char *name = stream ? amanda_role_name(stream->role) : "Frames";
    proto_item *item;

    amanda_connection_own_columns(pinfo);
    item = amanda_connection_add_item(tree, tvb);
    amanda_label(item, ", %s, %s", name, what);
    amanda_info_add(pinfo, "%s [%s]", name, what);
    if (stream)
        amanda_stream_show(stream, pinfo, tvb, proto_item_add_subtree(item, ett_amanda_flow));
    return item;
}

/* Bytes that have to wait. Where they are dissected only a later pass knows. */
static void show_waiting(const amanda_stream_t *stream, const amanda_reassembly_arrival_t *arrival, tvbuff_t *tvb,
                         packet_info *pinfo, proto_tree *tree)
{
    proto_item *item = add_protocol(stream, tvb, pinfo, tree, "out of order: bytes before these come later");
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_flow);

    if (PINFO_FD_VISITED(pinfo) && arrival->dissected_in)
        amanda_generated_uint(subtree, hf_amanda_stream_dissected_in, tvb, arrival->dissected_in);
}

static void follow_bytes(const amanda_connection_t *connection, amanda_direction_t direction, uint64_t offset, bool gap,
                         tvbuff_t *tvb, packet_info *pinfo)
{
    amanda_stream_follower_take(pinfo, &(amanda_followed_bytes_t){.stream = connection->stream,
                                                                  .direction = direction,
                                                                  .offset = offset,
                                                                  .tvb = tvb,
                                                                  .gap = gap,
                                                                  .alone = true});
}

/* DATA is what it is in any order; but what is remembered of it is remembered in order. */
static void dissect_waiting_data(amanda_connection_t *connection, amanda_direction_t direction, uint64_t offset,
                                 tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    amanda_connection_own_columns(pinfo);

    proto_item *item = amanda_connection_add_item(tree, tvb);
    amanda_stream_bytes_t piece = {
        .pinfo = pinfo,
        .tvb = tvb,
        .tree = proto_item_add_subtree(item, ett_amanda_flow),
        .stream = connection->stream,
        .direction = direction,
        .offset = offset,
    };

    /* On the first pass they are followed in their turn. */
    if (PINFO_FD_VISITED(pinfo))
        follow_bytes(connection, direction, offset, false, tvb, pinfo);
    amanda_stream_show(connection->stream, pinfo, tvb, piece.tree);
    amanda_stream_contents_dissect(&piece);
    amanda_stream_contents_show_summary(&piece, item);
}

/* What waited of DATA has been shown in its own packet. On the first pass, it is counted now. */
static void count_data(amanda_stream_bytes_t *piece, amanda_reassembly_turn_t *turn, proto_tree *tree)
{
    const amanda_stream_t *stream = piece->stream;

    if (piece->fresh) {
        amanda_stream_contents_dissect(piece);
        amanda_unfinished_done(piece, NULL, 0);
        amanda_reassembly_turn_forget(turn);
        amanda_dump_summary_advance(stream, piece->pinfo);
    }
    if (!amanda_data_ends_header(stream, piece->pinfo->num, turn->offset + (uint64_t)turn->length))
        return;

    proto_item *item = add_protocol(stream, piece->tvb, piece->pinfo, tree, "header of the dump file");

    amanda_data_show_header(stream, piece->pinfo, piece->tvb, proto_item_add_subtree(item, ett_amanda_flow));
}

/* The bytes of one stream, as they come. */
static void dissect_raw(amanda_connection_t *connection, amanda_direction_t direction, amanda_reassembly_turn_t *turn,
                        tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    amanda_stream_t *stream = connection->stream;
    amanda_half_t *half = &amanda_stream_make_carried(stream)->half[direction];
    const amanda_unfinished_t *unfinished = NULL;
    amanda_stream_bytes_t piece = {
        .pinfo = pinfo,
        .tvb = tvb,
        .stream = stream,
        .direction = direction,
        .offset = turn->offset,
        .first = turn->offset == 0,
        .fresh = !PINFO_FD_VISITED(pinfo),
        .last = turn->last,
    };
    bool lines;

    /* Bytes that are forgotten are followed in the packet that brought them. */
    follow_bytes(connection, direction, turn->offset, turn->gap, !turn->earlier || turn->bytes ? tvb : NULL, pinfo);
    if (piece.fresh)
        amanda_tape_server_find_image(&piece);
    lines = amanda_stream_contents_has_lines(&piece);

    if (turn->gap && piece.fresh)
        half->incomplete = true;
    amanda_export_tap_bytes(&piece);
    if (turn->earlier && !lines) {
        count_data(&piece, turn, tree);
        return;
    }
    if (lines) {
        unfinished = amanda_unfinished_find(pinfo, half, turn->offset, turn->gap);
        if (!unfinished)
            return;
        piece.mid_line = unfinished->mid_line;
        piece.overlong = unfinished->overlong;
        piece.tvb = amanda_unfinished_join(unfinished, tvb, pinfo, "Line in several packets");
    }
    amanda_connection_own_columns(pinfo);

    proto_item *item = amanda_connection_add_item(tree, tvb);

    piece.tree = proto_item_add_subtree(item, ett_amanda_flow);
    amanda_stream_contents_take(&piece, unfinished, tvb);
    if (direction == AMANDA_TO_REQUESTER)
        amanda_dump_summary_show(stream, pinfo, turn->offset + (uint64_t)turn->length, tvb, piece.tree);
    amanda_stream_contents_show_summary(&piece, item);
}

/* What waited for the first bytes of a connection that turns out to be TLS's, which has an order of its own: but what cannot
 * start amandad says so in plain text, and may do so before it has heard anything. */
static void dissect_before_tls(amanda_connection_t *connection, amanda_direction_t direction, tvbuff_t *tvb,
                               packet_info *pinfo, proto_tree *tree)
{
    if (direction != AMANDA_TO_REQUESTER || amanda_no_frame_kind(tvb, 0) != AMANDA_INSTEAD_TEXT)
        return;
    if (!PINFO_FD_VISITED(pinfo)) {
        if (!connection->tls_answered && !connection->plain_from)
            connection->plain_from = pinfo->num;
        amanda_tcp_outcome_instead(connection, direction, AMANDA_INSTEAD_TEXT, tvb, pinfo);
    }
    amanda_no_frame_show(AMANDA_INSTEAD_TEXT, true, pinfo->num > connection->plain_from, tvb, pinfo, tree);
}

/* Bytes whose turn it is. */
static void dissect_turn(amanda_connection_t *connection, amanda_direction_t direction, amanda_reassembly_turn_t *turn,
                         tvbuff_t *bytes, packet_info *pinfo, proto_tree *tree)
{
    if (connection->payload == AMANDA_PAYLOAD_UNDECIDED && connection->stream && !PINFO_FD_VISITED(pinfo))
        connection->payload = decide(connection, bytes);
    if (connection->tls)
        dissect_before_tls(connection, direction, bytes, pinfo, tree);
    else if (connection->payload == AMANDA_PAYLOAD_FRAMES)
        amanda_frames_dissect(connection, direction, bytes, pinfo, tree, turn->gap);
    else if (connection->stream)
        dissect_raw(connection, direction, turn, bytes, pinfo, tree);
}

/* Each turn has something to remember, so whatever goes wrong with one, the next one comes. */
void amanda_connection_payload_turns(amanda_connection_t *connection, amanda_direction_t direction,
                                     amanda_reassembly_turn_t *turns, tvbuff_t *tvb, packet_info *pinfo,
                                     proto_tree *tree)
{
    for (amanda_reassembly_turn_t *volatile turn = turns; turn; turn = turn->next) {
        tvbuff_t *volatile bytes = amanda_reassembly_turn_tvb(turn, tvb, pinfo);

        TRY
        {
            dissect_turn(connection, direction, turn, bytes, pinfo, tree);
        }
        CATCH_BOUNDS_AND_DISSECTOR_ERRORS
        {
            show_exception(bytes, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
        }
        ENDTRY;
    }
}

/* The stream that a connection is for; NULL where it is for several. */
static amanda_stream_t *only_stream(const amanda_connection_t *connection, amanda_payload_t payload)
{
    return payload == AMANDA_PAYLOAD_FRAMES ? NULL : connection->stream;
}

static void dissect_waiting(amanda_connection_t *connection, amanda_direction_t direction,
                            amanda_reassembly_arrival_t *arrival, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    amanda_stream_bytes_t piece = {
        .stream = connection->stream,
        .direction = direction,
        .tvb = tvb,
        .pinfo = pinfo,
        .offset = arrival->offset,
    };

    /* A later pass may know more of the payload, but is not to show it here. */
    if (!PINFO_FD_VISITED(pinfo)) {
        if (connection->payload == AMANDA_PAYLOAD_UNDECIDED)
            connection->payload = decide(connection, NULL);
        arrival->kind = connection->payload;
    }
    /* What is no lines is forgotten after its turn on the first pass. */
    if (connection->payload == AMANDA_PAYLOAD_RAW && !amanda_stream_contents_has_lines(&piece))
        amanda_export_tap_bytes(&piece);
    if (arrival->kind == AMANDA_PAYLOAD_RAW && !amanda_stream_contents_has_lines(&piece))
        dissect_waiting_data(connection, direction, arrival->offset, tvb, pinfo, tree);
    else
        show_waiting(only_stream(connection, (amanda_payload_t)arrival->kind), arrival, tvb, pinfo, tree);
}

void amanda_connection_payload_begin(amanda_connection_t *connection, packet_info *pinfo)
{
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);
    amanda_reassembly_t *order = &connection->order[amanda_connection_direction(connection, pinfo)];

    /* The SYNs that TCP has seen are those of the connection before. */
    if (connection->later_in)
        return;
    if (tcp && tcp->conversation_completeness & AMANDA_SAW_SYN && tcp->conversation_completeness & AMANDA_SAW_SYN_ACK)
        amanda_reassembly_begin(order, pinfo->num, tcp->fwd->base_seq + 1);
}

void amanda_connection_payload_segment(amanda_connection_t *connection, const amanda_segment_t *segment,
                                       packet_info *pinfo, proto_tree *tree, bool asked)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_reassembly_t *order = &connection->order[direction];
    uint32_t behind = segment->seq + tvb_reported_length(segment->payload);
    amanda_reassembly_arrival_t *arrival;

    /* What TCP has handed over is found in the packet, too. */
    if (amanda_packet_data_is_done(pinfo, order, behind))
        return;
    amanda_packet_data_done(pinfo, order, behind, segment->end);
    if (PINFO_FD_VISITED(pinfo)) {
        arrival = amanda_reassembly_recall(order, pinfo, segment->seq, segment->payload);
    } else {
        amanda_connection_payload_begin(connection, pinfo);
        if (segment->flags & AMANDA_TCP_ACK)
            amanda_reassembly_acknowledge(&connection->order[AMANDA_DIRECTIONS - 1 - direction], segment->ack);
        if (segment->flags & AMANDA_TCP_FIN)
            amanda_reassembly_finish(order, segment->seq + tvb_reported_length(segment->payload));
        arrival = amanda_reassembly_arrive(order, pinfo, segment->seq, segment->payload);
    }
    amanda_connection_payload_turns(connection, direction, arrival->turns, segment->payload, pinfo, tree);
    if (arrival->held)
        dissect_waiting(connection, direction, arrival, segment->payload, pinfo, tree);
    else if (!arrival->turns && asked)
        add_protocol(only_stream(connection, connection->payload), segment->payload, pinfo, tree,
                     "bytes that came before");
}

/* Whether TCP tells relative sequence numbers. */
static bool is_relative(void)
{
    module_t *tcp = prefs_find_module("tcp");
    pref_t *relative = tcp ? prefs_find_preference(tcp, "relative_sequence_numbers") : NULL;
    pref_t *analyze = tcp ? prefs_find_preference(tcp, "analyze_sequence_numbers") : NULL;

    return relative && analyze && prefs_get_bool_value(relative, pref_current) &&
           prefs_get_bool_value(analyze, pref_current);
}

amanda_segment_t amanda_connection_payload_given(packet_info *pinfo, const struct tcpinfo *tcpinfo, tvbuff_t *tvb)
{
    amanda_segment_t segment;

    if (!tcpinfo->is_reassembled && amanda_segment_read(pinfo, &segment) && segment.payload &&
        tvb_raw_offset(segment.payload) == tvb_raw_offset(tvb))
        return segment;

    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);

    return (amanda_segment_t){
        .payload = tvb,
        .end = tcpinfo->is_reassembled ? 0 : (unsigned)tvb_raw_offset(tvb) + tvb_captured_length(tvb),
        .seq = tcpinfo->seq + (tcp && is_relative() ? tcp->fwd->base_seq : 0),
        .flags = (uint8_t)(tcpinfo->flags & ~AMANDA_TCP_ACK), /* what it acknowledges is not known */
    };
}

void amanda_connection_payload_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_stream_dissected_in,
         {"Dissected in", "amanda.stream.dissected_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The packet with which the bytes before these had come; known once it has been seen", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_flow,
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}
