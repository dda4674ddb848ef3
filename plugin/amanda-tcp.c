/* amanda-tcp.c
 * The TCP ports of Amanda: bsdtcp and ssl on 10080, krb5 and amindexd on 10082, amidxtaped on 10083
 *
 * Which protocol it is, the first bytes decide and not the port: there are two on 10082, other programs use these ports,
 * too, and Amanda can use any.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "amanda-tcp.h"

#include "amanda-connection.h"
#include "amanda-data.h"
#include "amanda-dialogue.h"
#include "amanda-frame.h"
#include "amanda-header-block.h"
#include "amanda-index-server.h"
#include "amanda-mesg.h"
#include "amanda-piece.h"
#include "amanda-story.h"
#include "amanda-tape-server.h"

#include <string.h>

#define TCP_PORTS "10080,10082-10083"
#define TLS_PORTS "10080"
#define TAPE_SERVER_PORT 10083

/* What the first bytes of a connection are. */
typedef enum { FIRST_FOREIGN, FIRST_TOO_FEW, FIRST_FRAME, FIRST_TLS, FIRST_INDEX_SERVER, FIRST_TAPE_SERVER } first_t;

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

static first_t recognise(tvbuff_t *tvb, const packet_info *pinfo)
{
    static const char security[] = "SECURITY USER ";
    static const char tls[] = "\x16\x03";
    static const char greeting[] = "220 ";
    bool more = false;

    if (amanda_frame_is_first(tvb))
        return FIRST_FRAME;
    if (begins_with(tvb, tls, (int)strlen(tls), &more))
        return FIRST_TLS;
    if (begins_with(tvb, security, (int)strlen(security), &more))
        return pinfo->destport == TAPE_SERVER_PORT ? FIRST_TAPE_SERVER : FIRST_INDEX_SERVER;
    if (begins_with(tvb, greeting, (int)strlen(greeting), &more)) {
        if (tvb_find_line_end(tvb, 0, -1, NULL, TRUE) < 0)
            return FIRST_TOO_FEW;
        return strstr((const char *)tvb_get_string_enc(pinfo->pool, tvb, 0, (int)tvb_captured_length(tvb), ENC_ASCII),
                      "AMANDA index server")
                   ? FIRST_INDEX_SERVER
                   : FIRST_FOREIGN;
    }
    /* No frame is so long that its first byte is anything else. */
    more = more || (tvb_captured_length(tvb) < AMANDA_FRAME_FIRST && tvb_get_bits8(tvb, 0, 8) == 0);
    return more ? FIRST_TOO_FEW : FIRST_FOREIGN;
}

/* Whether the responder sent the first bytes; only amindexd speaks first. */
static amanda_direction_t first_direction(first_t first, tvbuff_t *tvb, const packet_info *pinfo)
{
    if (first == FIRST_INDEX_SERVER && tvb_strneql(tvb, 0, "220 ", 4) == 0)
        return AMANDA_TO_REQUESTER;
    if (first == FIRST_FRAME && tvb_get_bits8(tvb, AMANDA_FRAME_HEADER * 8, 8) == 0)
        return AMANDA_TO_RESPONDER;
    /* A capture that begins later: the ports tell. */
    return pinfo->destport == pinfo->match_uint ? AMANDA_TO_RESPONDER : AMANDA_TO_REQUESTER;
}

static amanda_connection_t *begin(first_t first, tvbuff_t *tvb, packet_info *pinfo)
{
    bool tls = first == FIRST_TLS;
    amanda_connection_t *connection =
        amanda_connection_make(pinfo, tls ? tls_handle : tcp_handle, first_direction(first, tvb, pinfo));

    if (first == FIRST_FRAME)
        connection->payload = AMANDA_PAYLOAD_FRAMES;
    if (first == FIRST_INDEX_SERVER || first == FIRST_TAPE_SERVER) {
        connection->payload = AMANDA_PAYLOAD_RAW;
        connection->stream = first == FIRST_INDEX_SERVER
                                 ? amanda_streams_make_direct("amindexd", AMANDA_ROLE_MESG, pinfo)
                                 : amanda_streams_make_direct("amidxtaped", AMANDA_ROLE_CTL, pinfo);
    }
    return connection;
}

static int dissect_known(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                         void *data)
{
    if (connection->stream)
        return amanda_connection_dissect(tvb, pinfo, tree, data);
    if (connection->payload != AMANDA_PAYLOAD_FRAMES) {
        int length;

        /* Each dissector on the way takes one off; TLS is to be called as if by TCP. */
        pinfo->can_desegment = pinfo->saved_can_desegment;
        length = call_dissector_only(tls_handle, tvb, pinfo, tree, data);

        /* TLS returns 0 where all it does is to ask for more, too. */
        return length == 0 && pinfo->desegment_len ? (int)tvb_captured_length(tvb) : length;
    }
    return amanda_frames_dissect(connection, tvb, pinfo, tree, (const struct tcpinfo *)data);
}

/* What TLS has deciphered. */
static int dissect_tls_app(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    amanda_connection_t *connection = amanda_connection_get(pinfo);

    if (!connection || connection->payload != AMANDA_PAYLOAD_FRAMES) {
        if (PINFO_FD_VISITED(pinfo) || !amanda_frame_is_first(tvb))
            return 0;
        if (!connection)
            connection = amanda_connection_make(pinfo, tls_handle, first_direction(FIRST_FRAME, tvb, pinfo));
        connection->payload = AMANDA_PAYLOAD_FRAMES;
    }
    return amanda_frames_dissect(connection, tvb, pinfo, tree, NULL);
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

/* What TCP has for Amanda's ports. */
static int dissect_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    amanda_connection_t *connection = amanda_connection_get(pinfo);
    first_t first;

    /* TLS looks for a port's dissector with TCP, too. */
    if (proto_is_frame_protocol(pinfo->layers, "tls"))
        return dissect_tls_app(tvb, pinfo, tree, NULL);
    if (!data || pinfo->flags.in_error_pkt || tvb_captured_length(tvb) == 0)
        return 0;
    if (connection)
        return dissect_known(connection, tvb, pinfo, tree, data);
    first = recognise(tvb, pinfo);
    if (first == FIRST_TOO_FEW && pinfo->can_desegment) {
        pinfo->desegment_offset = 0;
        pinfo->desegment_len = DESEGMENT_ONE_MORE_SEGMENT;
        return (int)tvb_captured_length(tvb);
    }
    if (first == FIRST_FOREIGN || first == FIRST_TOO_FEW || (first == FIRST_TLS && !tls_handle) ||
        PINFO_FD_VISITED(pinfo))
        return 0;
    return dissect_known(begin(first, tvb, pinfo), tvb, pinfo, tree, data);
}

void amanda_tcp_register(int proto)
{
    amanda_streams_register(proto);
    amanda_connection_register(proto);
    amanda_piece_register(proto);
    amanda_mesg_register(proto);
    amanda_story_register(proto);
    amanda_data_register(proto);
    amanda_header_block_register(proto);
    amanda_dialogue_register(proto);
    amanda_index_server_register(proto);
    amanda_tape_server_register(proto);
    amanda_frame_register(proto);
    tcp_handle = register_dissector("amanda.tcp", dissect_tcp, proto);
    tls_app_handle = register_dissector("amanda.tls", dissect_tls_app, proto);
}

void amanda_tcp_handoff(int proto)
{
    tls_handle = find_dissector_add_dependency("tls", proto);
    dissector_add_uint_range_with_preference("tcp.port", TCP_PORTS, tcp_handle);
    dissector_add_uint_range_with_preference("tls.port", TLS_PORTS, tls_app_handle);
    heur_dissector_add("tls", dissect_tls_heur, "Amanda over TLS", "amanda_tls", proto, HEURISTIC_ENABLE);
}
