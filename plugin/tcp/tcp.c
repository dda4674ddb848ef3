/* tcp/tcp.c
 * The TCP ports of Amanda: bsdtcp and ssl on 10080, krb5 and amindexd on 10082, amidxtaped on 10083
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/tcp.h"

#include "tcp/connection-payload.h"
#include "tcp/first-bytes.h"
#include "tcp/follow.h"
#include "stream/unfinished-lines.h"
#include "show/packet-data.h"
#include "tcp/framed-connections.h"
#include "tcp/frames.h"
#include "show/no-frame.h"
#include "tcp/outcome-facts.h"

#include <string.h>

#define TCP_PORTS "10080,10082-10083"
#define TLS_PORTS "10080"

static int proto_amanda;
static dissector_handle_t tcp_handle;
static dissector_handle_t tls_app_handle;
static dissector_handle_t tls_handle;

/* Remembers a connection to the port by which it came here. */
static amanda_connection_t *make_by_port(packet_info *pinfo)
{
    return amanda_connection_make(pinfo,
                                  pinfo->destport == pinfo->match_uint ? AMANDA_TO_RESPONDER : AMANDA_TO_REQUESTER);
}

/* The number of a record of TLS, from 0, of those of its segment that TLS has asked the caller about. */
static unsigned number_of_record(packet_info *pinfo, amanda_packet_data_t asked)
{
    return amanda_packet_data_next_at(pinfo, asked, amanda_segments_place(pinfo));
}

/* What is a TLS connection, on whatever port, turns out to carry frames. n: from which record of this segment on. */
static void claim_tls(amanda_connection_t *connection, unsigned n, tvbuff_t *tvb, packet_info *pinfo)
{
    connection->claimed_in = pinfo->num;
    connection->claimed_record = n;
    amanda_first_bytes_settle_sides(connection, AMANDA_FIRST_FRAME, tvb, pinfo);
    connection->tls = true;
    connection->payload = AMANDA_PAYLOAD_FRAMES;
    amanda_connection_claim(connection, pinfo, tls_handle);
}

/* Whether record n of a segment carries frames, as far as is known. On a later pass, what came in front of the first one is
 * what it was: of a connection, TLS asks about the same on each pass until one is taken. */
static bool has_tls_frames(const amanda_connection_t *connection, unsigned n, packet_info *pinfo)
{
    uint16_t place;

    if (!connection || connection->payload != AMANDA_PAYLOAD_FRAMES || pinfo->num < connection->claimed_in)
        return false;
    if (pinfo->num > connection->claimed_in)
        return true;
    place = amanda_segments_place(pinfo);
    return place == connection->first_place ? n >= connection->claimed_record : place > connection->first_place;
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

/* Whether a responder of whom TLS is expected sends something else: it runs with another auth, or not at all. */
static bool is_plain(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo)
{
    if (amanda_connection_direction(connection, pinfo) == AMANDA_TO_RESPONDER)
        return false;
    if (!PINFO_FD_VISITED(pinfo) && !connection->tls_answered && !connection->plain_from) {
        amanda_instead_t kind = amanda_no_frame_kind(tvb, 0);
        bool tls = kind == AMANDA_INSTEAD_TLS || (kind == AMANDA_INSTEAD_NOTHING && tvb_get_bits8(tvb, 0, 8) != 0);

        connection->tls_answered = tls;
        if (tls) {
            amanda_tcp_outcome_encrypted(connection, pinfo);
            amanda_connection_hand_over(pinfo, tls_handle);
        } else {
            connection->plain_from = pinfo->num;
        }
    }
    return connection->plain_from && pinfo->num >= connection->plain_from;
}

/* What stands where TLS is due. */
static int dissect_plain(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    amanda_instead_t kind = amanda_no_frame_kind(tvb, 0);

    amanda_connection_own_columns(pinfo);
    if (kind == AMANDA_INSTEAD_NOTHING) {
        if (!PINFO_FD_VISITED(pinfo))
            amanda_tcp_outcome_auth_differs(connection, pinfo);
        amanda_no_frame_show_not_tls(tvb, pinfo, tree);
        amanda_frames_dissect(connection, AMANDA_TO_REQUESTER, tvb, pinfo, tree, false);
    } else {
        if (!PINFO_FD_VISITED(pinfo))
            amanda_tcp_outcome_instead(connection, AMANDA_TO_REQUESTER, kind, tvb, pinfo);
        amanda_no_frame_show(kind, true, pinfo->num > connection->plain_from, tvb, pinfo, tree);
    }
    return (int)tvb_captured_length(tvb);
}

static int dissect_known(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                         void *data)
{
    if (!connection->tls)
        return amanda_follow_dissect(tvb, pinfo, tree, data);
    return is_plain(connection, tvb, pinfo) ? dissect_plain(connection, tvb, pinfo, tree)
                                            : dissect_tls(tvb, pinfo, tree, data);
}

/* What TLS has deciphered. */
static int dissect_tls_app(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    amanda_connection_t *connection = amanda_connection_get(pinfo);
    const unsigned n = number_of_record(pinfo, AMANDA_PACKET_TLS_APP);

    if (!has_tls_frames(connection, n, pinfo)) {
        if (PINFO_FD_VISITED(pinfo) || (!amanda_frame_is_first(tvb) && !amanda_frame_is_header(tvb)))
            return 0;
        if (!connection)
            connection = make_by_port(pinfo);
        /* These very bytes may have been kept when TLS asked whether they begin with a request. */
        if (connection->framed)
            connection->framed->half[AMANDA_TO_RESPONDER].tail_length = 0;
        claim_tls(connection, n, tvb, pinfo);
    }
    amanda_frames_dissect(connection, amanda_connection_direction(connection, pinfo), tvb, pinfo, tree, false);
    return (int)tvb_captured_length(tvb);
}

/* On the first pass: bytes of what may be a connection of Amanda, and what was kept of it. In the memory of the packet. */
static tvbuff_t *join_kept(const amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo)
{
    const amanda_half_t *half = &connection->framed->half[AMANDA_TO_RESPONDER];
    int more = (int)tvb_captured_length(tvb);
    int length = half->tail_length + more;
    uint8_t *bytes = (uint8_t *)wmem_alloc(pinfo->pool, (size_t)length);

    if (half->tail_length > 0)
        memcpy(bytes, half->tail->bytes, (size_t)half->tail_length);
    tvb_memcpy(tvb, bytes + half->tail_length, 0, (size_t)more);
    return tvb_new_child_real_data(tvb, bytes, (unsigned)length, length);
}

static bool is_req(tvbuff_t *tvb)
{
    return amanda_frame_is_first(tvb) && tvb_get_bits8(tvb, AMANDA_FRAME_HEADER * 8, 8) == 0;
}

/* On the first pass: whether a TLS connection on any port begins with a request. Length and handle in front of it may have
 * records of their own, which are kept until it comes. */
static bool begins_with_req(tvbuff_t *tvb, packet_info *pinfo)
{
    amanda_connection_t *connection = amanda_connection_get(pinfo);

    if (!connection || !connection->framed) {
        if (is_req(tvb))
            return true;
        if (!amanda_frame_is_header(tvb))
            return false;
        connection = connection ? connection : amanda_connection_make(pinfo, AMANDA_TO_RESPONDER);
        amanda_framed_of(connection);
    }
    if (amanda_connection_direction(connection, pinfo) != AMANDA_TO_RESPONDER)
        return false;

    tvbuff_t *joined = join_kept(connection, tvb, pinfo);
    amanda_half_t *half = &connection->framed->half[AMANDA_TO_RESPONDER];

    if (is_req(joined))
        return true;
    if (amanda_frame_is_header(joined))
        amanda_unfinished_append_tail(half, tvb);
    else
        half->tail_length = 0;
    return false;
}

/* TLS asks these before it looks at the port; a request is enough to know Amanda by, on any port. */
static ws_bool dissect_tls_heur(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    amanda_connection_t *connection = amanda_connection_get(pinfo);
    const unsigned n = number_of_record(pinfo, AMANDA_PACKET_TLS_HEUR);

    if (!has_tls_frames(connection, n, pinfo)) {
        if (PINFO_FD_VISITED(pinfo) || !begins_with_req(tvb, pinfo))
            return false;
        connection = connection ? connection : amanda_connection_get(pinfo);
        if (!connection)
            connection = make_by_port(pinfo);
        claim_tls(connection, n, tvb, pinfo);
    }
    amanda_frames_dissect(connection, amanda_connection_direction(connection, pinfo), tvb, pinfo, tree, false);
    return true;
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
    switch (amanda_first_bytes_consider(connection, &segment, pinfo)) {
    case AMANDA_FIRST_TOO_FEW:
        return ask_for_more(tvb, pinfo);
    case AMANDA_FIRST_FOREIGN:
        return 0;
    default:
        return dissect_known(connection, tvb, pinfo, tree, data);
    }
}

void amanda_tcp_register(int proto)
{
    proto_amanda = proto;
    tcp_handle = register_dissector("amanda.tcp", dissect_tcp, proto);
    tls_app_handle = register_dissector("amanda.tls", dissect_tls_app, proto);
}

void amanda_tcp_handoff(int proto)
{
    tls_handle = find_dissector_add_dependency("tls", proto);
    amanda_first_bytes_handoff(tcp_handle, tls_handle);
    dissector_add_uint_range_with_preference("tcp.port", TCP_PORTS, tcp_handle);
    dissector_add_uint_range_with_preference("tls.port", TLS_PORTS, tls_app_handle);
    heur_dissector_add("tls", dissect_tls_heur, "Amanda over TLS", "amanda_tls", proto, HEURISTIC_ENABLE);
}
