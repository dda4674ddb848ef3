/* tcp/tcp.c
 * The TCP ports of Amanda: bsdtcp and ssl on 10080, krb5 and amindexd on 10082, amidxtaped on 10083
 *
 * Which protocol it is, the first bytes decide and not the port: there are two on 10082, other programs use these ports,
 * too, and Amanda can use any.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/tcp.h"

#include <epan/proto_data.h>

#include "stream/data.h"
#include "stream/questions.h"
#include "tcp/connection-payload.h"
#include "tcp/frames.h"
#include "tcp/gss.h"
#include "stream/dump-file-header.h"
#include "stream/index-server.h"
#include "stream/mesg.h"
#include "stream/stream-bytes.h"
#include "stream/dump-summary.h"
#include "stream/tape-server.h"

#include <string.h>

#define TCP_PORTS "10080,10082-10083"
#define TLS_PORTS "10080"
#define TAPE_SERVER_PORT 10083

/* The line by which amindexd begins is shorter. */
#define GREETING_MAX 512

/* So much is kept of a connection whose first bytes do not come. */
#define MAX_UNKNOWN_BYTES 65536
#define MAX_UNKNOWN_SEGMENTS 256

/* Under this key, a packet keeps for as long as it is dissected that it was looked at. */
#define KEY_CONSIDERED 5

/* What the first bytes of a connection are. */
typedef enum { FIRST_FOREIGN, FIRST_TOO_FEW, FIRST_FRAME, FIRST_TLS, FIRST_INDEX_SERVER, FIRST_TAPE_SERVER } first_t;

static int proto_amanda;
static dissector_handle_t tcp_handle;
static dissector_handle_t tls_app_handle;
static dissector_handle_t tls_handle;

/* Whether the bytes begin as text does; *more where they end before that can be told. */
static bool begins_with(tvbuff_t *tvb, const char *text, int length, bool *more)
{
    int present = MIN((int)tvb_captured_length(tvb), length);

    if (tvb_memeql(tvb, 0, (const uint8_t *)text, (size_t)present) != 0)
        return false;
    *more = *more || present < length;
    return present == length;
}

/* tvb: the first bytes, from the requester or to it, of a connection to that port. */
static first_t recognise(tvbuff_t *tvb, uint16_t port, bool to_responder)
{
    static const char security[] = "SECURITY USER ";
    static const char tls[] = "\x16\x03";
    static const char greeting[] = "220 ";
    static const char index_server[] = "AMANDA index server";
    bool more = false;

    if (amanda_frame_is_first(tvb))
        return FIRST_FRAME;
    if (begins_with(tvb, tls, (int)strlen(tls), &more))
        return FIRST_TLS;
    if (begins_with(tvb, security, (int)strlen(security), &more))
        return to_responder && port == TAPE_SERVER_PORT ? FIRST_TAPE_SERVER : FIRST_INDEX_SERVER;
    if (begins_with(tvb, greeting, (int)strlen(greeting), &more)) {
        int length = MIN((int)tvb_captured_length(tvb), GREETING_MAX);

        if (g_strstr_len((const char *)tvb_get_ptr(tvb, 0, length), length, index_server))
            return FIRST_INDEX_SERVER;
        return length == GREETING_MAX || tvb_find_line_end(tvb, 0, length, NULL, TRUE) >= 0 ? FIRST_FOREIGN
                                                                                            : FIRST_TOO_FEW;
    }
    /* No frame is so long that its first byte is anything else. */
    more = more || (tvb_captured_length(tvb) < AMANDA_FRAME_FIRST && tvb_get_bits8(tvb, 0, 8) == 0);
    return more ? FIRST_TOO_FEW : FIRST_FOREIGN;
}

/* Whether the responder sent the first bytes; only amindexd speaks first. */
static amanda_direction_t first_direction(const amanda_connection_t *connection, first_t first, tvbuff_t *tvb,
                                          const packet_info *pinfo)
{
    if (first == FIRST_INDEX_SERVER && tvb_strneql(tvb, 0, "220 ", 4) == 0)
        return AMANDA_TO_REQUESTER;
    if (first == FIRST_FRAME && tvb_captured_length(tvb) > AMANDA_FRAME_HEADER &&
        tvb_get_bits8(tvb, AMANDA_FRAME_HEADER * 8, 8) == 0)
        return AMANDA_TO_RESPONDER;
    /* A capture that begins later: the ports tell. */
    return amanda_connection_direction(connection, pinfo);
}

/* The sides of a connection are what its first bytes make them, whichever side it was to. */
static void settle_sides(amanda_connection_t *connection, first_t first, tvbuff_t *tvb, const packet_info *pinfo)
{
    bool from_responder = amanda_connection_direction(connection, pinfo) == AMANDA_TO_REQUESTER;

    if (from_responder == (first_direction(connection, first, tvb, pinfo) == AMANDA_TO_REQUESTER))
        return;

    const amanda_reassembly_t order = connection->order[AMANDA_TO_REQUESTER];

    connection->order[AMANDA_TO_REQUESTER] = connection->order[AMANDA_TO_RESPONDER];
    connection->order[AMANDA_TO_RESPONDER] = order;
    connection->responder_port = (uint16_t)(from_responder ? pinfo->destport : pinfo->srcport);
    copy_address_wmem(wmem_file_scope(), &connection->responder, from_responder ? &pinfo->dst : &pinfo->src);
}

/* Remembers a connection to the port by which it came here. */
static amanda_connection_t *make_by_port(packet_info *pinfo)
{
    return amanda_connection_make(pinfo,
                                  pinfo->destport == pinfo->match_uint ? AMANDA_TO_RESPONDER : AMANDA_TO_REQUESTER);
}

/* Gives a connection the meaning that its first bytes have. */
static void claim(amanda_connection_t *connection, first_t first, tvbuff_t *tvb, packet_info *pinfo)
{
    settle_sides(connection, first, tvb, pinfo);
    connection->tls = first == FIRST_TLS;
    amanda_connection_claim(connection, pinfo, connection->tls ? tls_handle : tcp_handle);
    amanda_streams_watch_port(connection->responder_port);
    if (first == FIRST_FRAME)
        connection->payload = AMANDA_PAYLOAD_FRAMES;
    if (first == FIRST_INDEX_SERVER || first == FIRST_TAPE_SERVER) {
        connection->payload = AMANDA_PAYLOAD_RAW;
        connection->stream = first == FIRST_INDEX_SERVER
                                 ? amanda_streams_make_direct("amindexd", AMANDA_ROLE_MESG, pinfo)
                                 : amanda_streams_make_direct("amidxtaped", AMANDA_ROLE_CTL, pinfo);
    }
}

/* Whether bytes in front of a segment that comes first will not come any more. */
static bool lacks_beginning(const amanda_reassembly_t *order, uint32_t seq)
{
    if (order->first)
        return amanda_reassembly_is_hopeless(order);
    return order->saw_ack && (int32_t)(seq - order->next) > 0 && (int32_t)(order->acked - order->next) > 0;
}

/* A segment that does not tell what the connection is, since others come first. */
static void wait_for_more(amanda_connection_t *connection, amanda_reassembly_t *order, const amanda_segment_t *segment)
{
    amanda_reassembly_wait(order, segment->seq, segment->payload);
    connection->foreign = order->held_bytes > MAX_UNKNOWN_BYTES || order->held_segments > MAX_UNKNOWN_SEGMENTS;
    /* TCP may hand over no segment that comes late. */
    amanda_streams_watch_port(connection->responder_port);
}

/* On the first pass: what the first bytes of a connection are, as far as they are there with this segment. */
static first_t consider(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_reassembly_t *order = &connection->order[direction];
    tvbuff_t *tvb = segment->payload;
    first_t first;

    if (connection->foreign || tvb_captured_length(tvb) == 0)
        return FIRST_FOREIGN;
    amanda_connection_payload_begin(connection, pinfo);

    /* Where the capture began later, or lacks the first bytes, any segment may tell. */
    bool in_order = order->marks && !lacks_beginning(order, segment->seq);

    if (in_order)
        tvb = amanda_reassembly_peek(order, pinfo, segment->seq, segment->payload);
    if (!tvb) {
        wait_for_more(connection, order, segment);
        return FIRST_FOREIGN;
    }
    first = recognise(tvb, connection->responder_port, direction == AMANDA_TO_RESPONDER);
    if (first == FIRST_TLS && !tls_handle)
        first = FIRST_FOREIGN;
    if (first == FIRST_FOREIGN)
        connection->foreign = in_order;
    else if (first != FIRST_TOO_FEW)
        claim(connection, first, tvb, pinfo);
    else if (in_order)
        wait_for_more(connection, order, segment);
    return first;
}

void amanda_tcp_consider_again(amanda_connection_t *connection, packet_info *pinfo)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_segment_t segment;

    if (connection->foreign || !amanda_segment_read(pinfo, &segment))
        return;
    if (segment.payload && !p_get_proto_data(pinfo->pool, pinfo, proto_amanda, KEY_CONSIDERED))
        consider(connection, &segment, pinfo);
    if (segment.flags & AMANDA_TCP_ACK)
        amanda_reassembly_acknowledge(&connection->order[AMANDA_DIRECTIONS - 1 - direction], segment.ack);
}

/* What is a TLS connection, on whatever port, turns out to carry frames. */
static void claim_tls(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo)
{
    settle_sides(connection, FIRST_FRAME, tvb, pinfo);
    connection->tls = true;
    connection->payload = AMANDA_PAYLOAD_FRAMES;
    amanda_connection_claim(connection, pinfo, tls_handle);
}

static int dissect_tls(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    int length;

    /* Each dissector on the way takes one off; TLS is to be called as if by TCP. */
    pinfo->can_desegment = pinfo->saved_can_desegment;
    length = call_dissector_only(tls_handle, tvb, pinfo, tree, data);

    /* TLS returns 0 where all it does is to ask for more, too. */
    return length == 0 && pinfo->desegment_len ? (int)tvb_captured_length(tvb) : length;
}

static int dissect_known(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                         void *data)
{
    return connection->tls ? dissect_tls(tvb, pinfo, tree, data) : amanda_connection_dissect(tvb, pinfo, tree, data);
}

/* What TLS has deciphered. */
static int dissect_tls_app(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    amanda_connection_t *connection = amanda_connection_get(pinfo);

    if (!connection || connection->payload != AMANDA_PAYLOAD_FRAMES) {
        if (PINFO_FD_VISITED(pinfo) || (!amanda_frame_is_first(tvb) && !amanda_frame_is_header(tvb)))
            return 0;
        if (!connection)
            connection = make_by_port(pinfo);
        claim_tls(connection, tvb, pinfo);
    }
    amanda_frames_dissect(connection, amanda_connection_direction(connection, pinfo), tvb, pinfo, tree, false);
    return (int)tvb_captured_length(tvb);
}

/* TLS asks these before it looks at the port; a request is enough to know Amanda by, on any port. */
static ws_bool dissect_tls_heur(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const amanda_connection_t *connection = amanda_connection_get(pinfo);

    if ((!connection || connection->payload != AMANDA_PAYLOAD_FRAMES) &&
        (!amanda_frame_is_first(tvb) || tvb_get_bits8(tvb, AMANDA_FRAME_HEADER * 8, 8) != 0))
        return FALSE;
    return dissect_tls_app(tvb, pinfo, tree, data) > 0;
}

/* Keeps TCP from asking others what the first bytes are, as long as they are too few to tell. */
static int ask_for_more(tvbuff_t *tvb, packet_info *pinfo)
{
    if (!pinfo->can_desegment)
        return 0;
    pinfo->desegment_offset = 0;
    pinfo->desegment_len = DESEGMENT_ONE_MORE_SEGMENT;
    return (int)tvb_captured_length(tvb);
}

/* What TCP has for Amanda's ports. */
static int dissect_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct tcpinfo *tcpinfo = (const struct tcpinfo *)data;
    amanda_connection_t *connection = amanda_connection_get(pinfo);
    amanda_segment_t segment;

    /* TLS looks for a port's dissector with TCP, too. */
    if (proto_is_frame_protocol(pinfo->layers, "tls"))
        return dissect_tls_app(tvb, pinfo, tree, NULL);
    if (!tcpinfo || pinfo->flags.in_error_pkt || tvb_captured_length(tvb) == 0)
        return 0;
    if (amanda_connection_is_known(connection, pinfo))
        return dissect_known(connection, tvb, pinfo, tree, data);
    /* On a later pass, TCP remembers who asked for more. */
    if (PINFO_FD_VISITED(pinfo))
        return 0;
    if (!connection)
        connection = make_by_port(pinfo);
    if (connection->foreign)
        return 0;
    segment = amanda_connection_payload_given(pinfo, tcpinfo, tvb);
    p_add_proto_data(pinfo->pool, pinfo, proto_amanda, KEY_CONSIDERED, GUINT_TO_POINTER(TRUE));
    switch (consider(connection, &segment, pinfo)) {
    case FIRST_TOO_FEW:
        return ask_for_more(tvb, pinfo);
    case FIRST_FOREIGN:
        return 0;
    default:
        return dissect_known(connection, tvb, pinfo, tree, data);
    }
}

void amanda_tcp_register(int proto)
{
    proto_amanda = proto;
    amanda_streams_register(proto);
    amanda_connection_register(proto);
    amanda_stream_bytes_register(proto);
    amanda_mesg_register(proto);
    amanda_dump_summary_register(proto);
    amanda_data_register(proto);
    amanda_header_block_register(proto);
    amanda_questions_register(proto);
    amanda_index_server_register(proto);
    amanda_tape_server_register(proto);
    amanda_frame_register(proto);
    amanda_gss_register(proto);
    tcp_handle = register_dissector("amanda.tcp", dissect_tcp, proto);
    tls_app_handle = register_dissector("amanda.tls", dissect_tls_app, proto);
}

void amanda_tcp_handoff(int proto)
{
    tls_handle = find_dissector_add_dependency("tls", proto);
    amanda_gss_handoff(proto);
    dissector_add_uint_range_with_preference("tcp.port", TCP_PORTS, tcp_handle);
    dissector_add_uint_range_with_preference("tls.port", TLS_PORTS, tls_app_handle);
    heur_dissector_add("tls", dissect_tls_heur, "Amanda over TLS", "amanda_tls", proto, HEURISTIC_ENABLE);
}
