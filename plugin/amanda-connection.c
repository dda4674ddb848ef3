/* amanda-connection.c
 * The TCP connections of Amanda, from the first SYN on
 *
 * TCP calls the dissector of a connection for payload only. But a connection has to be recognised before that, and a
 * SYN that is refused has none. So this is a postdissector, too: it is called for every frame, and returns at once
 * unless a reply announced one of the two ports. What a SYN, RST or FIN means is found out on the first pass, from the
 * completeness that TCP itself keeps of each connection.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "amanda-connection.h"

#include <epan/conversation.h>
#include <epan/proto_data.h>

#include "amanda-frame.h"
#include "amanda-mesg.h"
#include "amanda-piece.h"
#include "amanda-slice.h"
#include "amanda-story.h"

/* Bits of tcp.completeness (Wireshark's packet-tcp.c). */
enum { SAW_SYN = 1, SAW_SYN_ACK = 2, SAW_ACK = 4, SAW_DATA = 8, SAW_FIN = 16, SAW_RST = 32 };

/* What a frame means for its connection. */
enum { EVENT_SYN = 1, EVENT_REFUSED = 2, EVENT_CLOSED = 4 };

/* Under this key, a frame keeps for as long as it is dissected that its payload has been shown. */
#define PAYLOAD_SHOWN 0

/* Under this one, what the first pass found out about bytes from that sequence number on. */
#define KEY_SLICE(seq) (~(seq))

static int proto_amanda;
static dissector_handle_t stream_handle;
static wmem_map_t *events; /* frame number to EVENT_... */

static int hf_amanda_stream_syn;
static int hf_amanda_stream_unfinished;

static int ett_amanda_connection = -1;

static expert_field ei_amanda_stream_refused;
static expert_field ei_amanda_stream_unfinished_line;
static expert_field ei_amanda_stream_unmatched;
static expert_field ei_amanda_stream_unmatched_refused;

amanda_connection_t *amanda_connection_get(packet_info *pinfo)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    return conversation ? (amanda_connection_t *)conversation_get_proto_data(conversation, proto_amanda) : NULL;
}

amanda_connection_t *amanda_connection_make(packet_info *pinfo, dissector_handle_t dissector,
                                            amanda_direction_t direction)
{
    conversation_t *conversation = find_or_create_conversation(pinfo);
    amanda_connection_t *connection = wmem_new0(wmem_file_scope(), amanda_connection_t);
    bool to_responder = direction == AMANDA_TO_RESPONDER;

    connection->first_frame = pinfo->num;
    connection->responder_port = (uint16_t)(to_responder ? pinfo->destport : pinfo->srcport);
    copy_address_wmem(wmem_file_scope(), &connection->responder, to_responder ? &pinfo->dst : &pinfo->src);
    conversation_add_proto_data(conversation, proto_amanda, connection);
    conversation_set_dissector(conversation, dissector);
    return connection;
}

amanda_direction_t amanda_connection_direction(const amanda_connection_t *connection, const packet_info *pinfo)
{
    return pinfo->destport == connection->responder_port && addresses_equal(&pinfo->dst, &connection->responder)
               ? AMANDA_TO_RESPONDER
               : AMANDA_TO_REQUESTER;
}

/* The reply that announced a port does not tell bsd from bsdudp if it announced but one. Its first frame does: it has a
 * handle that was announced. */
static amanda_payload_t decide(const amanda_connection_t *connection, tvbuff_t *tvb)
{
    const amanda_dump_t *dump = connection->stream->dump;

    if (tvb_captured_length(tvb) >= AMANDA_FRAME_HEADER && tvb_get_ntohl(tvb, 0) <= AMANDA_FRAME_MAX &&
        amanda_dump_stream(dump, tvb_get_ntohl(tvb, 4)))
        return AMANDA_PAYLOAD_FRAMES;
    for (const amanda_stream_t *stream = dump->streams; stream; stream = stream->next) {
        if (stream->number > UINT16_MAX)
            return AMANDA_PAYLOAD_FRAMES;
    }
    return AMANDA_PAYLOAD_RAW;
}

/* Bytes that TCP hands over although they came before. */
static void dissect_repeated(const amanda_stream_t *stream, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    proto_item *item;

    amanda_connection_own_columns(pinfo);
    item = proto_tree_add_item(tree, proto_amanda, tvb, 0, -1, ENC_NA);
    proto_item_append_text(item, ", %s, bytes that came before", amanda_role_name(stream->role));
    col_append_fstr(pinfo->cinfo, COL_INFO, "%s [Bytes that came before]", amanda_role_name(stream->role));
    amanda_stream_show(stream, pinfo, tvb, proto_item_add_subtree(item, ett_amanda_connection));
}

/* The bytes of one stream, as they come. */
static void dissect_raw(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                        const struct tcpinfo *tcpinfo)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_stream_t *stream = connection->stream;
    amanda_position_t *position = &connection->position[direction];
    amanda_half_t *half = &stream->half[direction];
    int length = (int)tvb_reported_length(tvb);
    amanda_place_t place = amanda_position_find(position, pinfo, proto_amanda, tcpinfo, length);
    amanda_piece_t piece = {
        .pinfo = pinfo,
        .stream = stream,
        .direction = direction,
        .offset = place.offset,
        .fresh = !PINFO_FD_VISITED(pinfo),
        .last = (tcpinfo->flags & 1) != 0, /* FIN */
    };
    const amanda_slice_t *slice = NULL;

    if (place.skip >= length) {
        dissect_repeated(stream, tvb, pinfo, tree);
        return;
    }
    amanda_connection_own_columns(pinfo);

    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, -1, ENC_NA);

    piece.tree = proto_item_add_subtree(item, ett_amanda_connection);
    piece.tvb = tvb_new_subset_remaining(tvb, MIN(place.skip, (int)tvb_captured_length(tvb)));
    amanda_stream_show(stream, pinfo, tvb, piece.tree);
    if (amanda_piece_has_lines(&piece)) {
        slice = amanda_slice_find(pinfo, proto_amanda, KEY_SLICE(tcpinfo->seq), half, place.offset, place.gap);
        if (!slice)
            return;
        piece.mid_line = slice->mid_line;
        piece.tvb = amanda_slice_join(slice, piece.tvb, pinfo);
    } else if (place.gap && piece.fresh) {
        half->incomplete = true;
    }

    int done = amanda_piece_dissect(&piece);

    if (piece.fresh) {
        amanda_position_done(position, pinfo->num, tcpinfo, length);
        amanda_slice_done(&piece, slice, done);
        amanda_story_advance(stream, pinfo);
    }
    if (direction == AMANDA_TO_REQUESTER)
        amanda_story_show(stream, pinfo, place.offset + (uint64_t)(length - place.skip), tvb, piece.tree);
    amanda_piece_show_summary(&piece, item);
}

void amanda_connection_own_columns(packet_info *pinfo)
{
    if (p_get_proto_data(pinfo->pool, pinfo, proto_amanda, PAYLOAD_SHOWN))
        return;
    p_add_proto_data(pinfo->pool, pinfo, proto_amanda, PAYLOAD_SHOWN, GUINT_TO_POINTER(TRUE));
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "Amanda");
    col_clear(pinfo->cinfo, COL_INFO);
}

int amanda_connection_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct tcpinfo *tcpinfo = (const struct tcpinfo *)data;
    amanda_connection_t *connection = amanda_connection_get(pinfo);

    if (!connection || !connection->stream || !tcpinfo || pinfo->flags.in_error_pkt)
        return 0;
    if (connection->payload == AMANDA_PAYLOAD_UNDECIDED && !PINFO_FD_VISITED(pinfo))
        connection->payload = decide(connection, tvb);
    if (connection->payload == AMANDA_PAYLOAD_FRAMES)
        return amanda_frames_dissect(connection, tvb, pinfo, tree, tcpinfo);
    dissect_raw(connection, tvb, pinfo, tree, tcpinfo);
    return (int)tvb_captured_length(tvb);
}

/* On the first pass: the connection that begins with this packet, if a reply announced it. */
static amanda_connection_t *begin(packet_info *pinfo)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    amanda_direction_t direction = AMANDA_TO_RESPONDER;
    amanda_stream_t *stream;
    amanda_connection_t *connection;

    stream = amanda_streams_take_port(&pinfo->src, &pinfo->dst, (uint16_t)pinfo->destport, &pinfo->abs_ts);
    if (!stream) {
        direction = AMANDA_TO_REQUESTER;
        stream = amanda_streams_take_port(&pinfo->dst, &pinfo->src, (uint16_t)pinfo->srcport, &pinfo->abs_ts);
    }
    /* What was there before the reply is something else. */
    if (!stream || !conversation || conversation->setup_frame <= stream->setup_frame)
        return NULL;
    connection = amanda_connection_make(pinfo, stream_handle, direction);
    connection->stream = stream;
    stream->first_frame = pinfo->num;
    stream->refused_in = 0;
    return connection;
}

/* On the first pass: what a packet means for its connection. */
static unsigned find_events(amanda_connection_t *connection, packet_info *pinfo)
{
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);
    bool from_responder = amanda_connection_direction(connection, pinfo) == AMANDA_TO_REQUESTER;
    unsigned now = tcp->conversation_completeness;
    unsigned added = now & ~(unsigned)connection->completeness;
    bool reset = (added & SAW_RST) != 0;
    unsigned found = 0;

    connection->completeness = (uint8_t)now;
    if (!from_responder && !reset && (now & (SAW_SYN | SAW_SYN_ACK | SAW_DATA)) == SAW_SYN &&
        (!(now & SAW_ACK) || now & SAW_RST)) {
        connection->syn_frame = pinfo->num;
        return EVENT_SYN;
    }
    if (reset && from_responder && !(now & SAW_SYN_ACK) && connection->syn_frame) {
        connection->stream->refused_in = pinfo->num;
        found = EVENT_REFUSED;
    } else if (added & (SAW_FIN | SAW_RST) && (from_responder || connection->stream->role == AMANDA_ROLE_MESG)) {
        /* Whoever closes MESG first, what was not said by then is not heard any more. DATA may go on. */
        found = EVENT_CLOSED;
        if (connection->payload != AMANDA_PAYLOAD_FRAMES)
            amanda_story_closed(connection->stream, pinfo);
    }
    return found;
}

static unsigned events_of(amanda_connection_t *connection, packet_info *pinfo)
{
    if (PINFO_FD_VISITED(pinfo))
        return GPOINTER_TO_UINT(wmem_map_lookup(events, GUINT_TO_POINTER(pinfo->num)));

    unsigned found = find_events(connection, pinfo);

    if (found)
        wmem_map_insert(events, GUINT_TO_POINTER(pinfo->num), GUINT_TO_POINTER(found));
    return found;
}

static void show_attempt(const amanda_connection_t *connection, unsigned found, packet_info *pinfo, tvbuff_t *tvb,
                         proto_tree *tree, proto_item *item)
{
    const amanda_stream_t *stream = connection->stream;
    bool unmatched = stream->dump->unmatched;

    if (found & EVENT_SYN && unmatched) {
        expert_add_info(pinfo, item, &ei_amanda_stream_unmatched);
        col_append_fstr(pinfo->cinfo, COL_INFO, " [Amanda %s: port of the unmatched reply %u]",
                        amanda_role_name(stream->role), stream->setup_frame);
    }
    if (found & EVENT_REFUSED) {
        proto_item_set_generated(proto_tree_add_uint(tree, hf_amanda_stream_syn, tvb, 0, 0, connection->syn_frame));
        expert_add_info(pinfo, item, unmatched ? &ei_amanda_stream_unmatched_refused : &ei_amanda_stream_refused);
        col_append_fstr(pinfo->cinfo, COL_INFO, " [Amanda %s: refused, announced in %u]",
                        amanda_role_name(stream->role), stream->setup_frame);
    }
}

void amanda_connection_show_closed(const amanda_stream_t *stream, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_half_t *half = &stream->half[AMANDA_TO_REQUESTER];

    if (stream->closed_in != pinfo->num)
        return;
    if (half->has_unfinished) {
        proto_item *item = proto_tree_add_string(tree, hf_amanda_stream_unfinished, tvb, 0, 0, half->unfinished);

        proto_item_set_generated(item);
        expert_add_info(pinfo, item, &ei_amanda_stream_unfinished_line);
    }
    amanda_story_show(stream, pinfo, AMANDA_AT_CLOSE, tvb, tree);
}

static void show_connection(amanda_connection_t *connection, unsigned found, packet_info *pinfo, tvbuff_t *tvb,
                            proto_tree *tree)
{
    const amanda_stream_t *stream = connection->stream;
    const char *label = amanda_dump_label(stream->dump, pinfo);
    bool framed = connection->payload == AMANDA_PAYLOAD_FRAMES;
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_connection);

    proto_item_set_generated(item);
    proto_item_append_text(item, ", connection of %s%s%s", framed ? "all streams" : amanda_role_name(stream->role),
                           *label ? " " : "", label);
    amanda_stream_show(stream, pinfo, tvb, subtree);
    show_attempt(connection, found, pinfo, tvb, subtree, item);
    if (found & EVENT_CLOSED && !framed)
        amanda_connection_show_closed(stream, pinfo, tvb, subtree);
}

/* Called for every frame once it is dissected. */
static int follow_connections(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    amanda_connection_t *connection;

    if (!amanda_streams_any())
        return 0;
    if (!PINFO_FD_VISITED(pinfo))
        amanda_streams_capture_goes_on(&pinfo->abs_ts, pinfo->ptype == PT_TCP);
    if (pinfo->ptype != PT_TCP || (!amanda_streams_port_is_known((uint16_t)pinfo->destport) &&
                                   !amanda_streams_port_is_known((uint16_t)pinfo->srcport)))
        return 0;
    /* What an ICMP error quotes is no packet of a connection. */
    if (proto_is_frame_protocol(pinfo->layers, "icmp") || proto_is_frame_protocol(pinfo->layers, "icmpv6"))
        return 0;
    connection = amanda_connection_get(pinfo);
    if (!connection && !PINFO_FD_VISITED(pinfo))
        connection = begin(pinfo);
    if (!connection || !connection->stream || pinfo->num < connection->first_frame)
        return 0;

    unsigned found = events_of(connection, pinfo);

    if (found || !p_get_proto_data(pinfo->pool, pinfo, proto_amanda, PAYLOAD_SHOWN))
        show_connection(connection, found, pinfo, tvb, tree);
    return (int)tvb_captured_length(tvb);
}

void amanda_connection_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_stream_syn,
         {"Refuses", "amanda.stream.syn", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The SYN that is refused", HFILL}},
        {&hf_amanda_stream_unfinished,
         {"Unfinished line", "amanda.stream.unfinished", FT_STRING, BASE_NONE, NULL, 0x0,
          "The beginning of the last line, whose end was never sent", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_connection,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_stream_unmatched,
         {"amanda.stream.unmatched", PI_SEQUENCE, PI_WARN,
          "Connection to a port that only an unmatched reply announced", EXPFILL}},
        {&ei_amanda_stream_unmatched_refused,
         {"amanda.stream.unmatched_refused", PI_SEQUENCE, PI_WARN,
          "Nobody listens on the port that an unmatched reply announced", EXPFILL}},
        {&ei_amanda_stream_refused,
         {"amanda.stream.refused", PI_SEQUENCE, PI_ERROR, "Nobody listens on the port that the reply announced",
          EXPFILL}},
        {&ei_amanda_stream_unfinished_line,
         {"amanda.stream.unfinished_line", PI_SEQUENCE, PI_WARN, "The stream ended inside a line", EXPFILL}},
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
    events = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    stream_handle = register_dissector("amanda.stream", amanda_connection_dissect, proto);
    register_postdissector(create_dissector_handle(follow_connections, proto));
}
