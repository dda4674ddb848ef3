/* tcp/connections.c
 * The TCP connections of Amanda: what is known of each
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/connections.h"

#include "show/labels.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#include "show/packet-data.h"
#include "tcp/segments.h"
#include "verdict/endpoint.h"

static int proto_amanda;

/* What is known of a conversation as of a frame. */
static amanda_connection_t *connection_of(const conversation_t *conversation, uint32_t frame)
{
    amanda_connection_t *first =
        conversation ? (amanda_connection_t *)conversation_get_proto_data(conversation, proto_amanda) : NULL;
    amanda_connection_t *later =
        first && first->later ? (amanda_connection_t *)wmem_tree_lookup32_le(first->later, frame) : NULL;

    return later ? later : first;
}

/* A later pass is to find what the first one did, also where a connection began behind a segment of the same frame. */
static amanda_connection_t *as_of_segment(amanda_connection_t *connection, packet_info *pinfo)
{
    while (connection->later_in == pinfo->num && !amanda_segments_have_come_to(pinfo, connection->later_place))
        connection = connection->before;
    return connection;
}

amanda_connection_t *amanda_connection_get(packet_info *pinfo)
{
    amanda_connection_t *connection = connection_of(find_conversation_pinfo(pinfo, 0), pinfo->num);

    return connection && connection->later_in == pinfo->num ? as_of_segment(connection, pinfo) : connection;
}

bool amanda_connection_is_latest(const amanda_connection_t *connection, packet_info *pinfo)
{
    return connection_of(find_conversation_pinfo(pinfo, 0), pinfo->num) == connection;
}

amanda_connection_t *amanda_connection_find(uint32_t frame, const address *one, uint16_t one_port, const address *other,
                                            uint16_t other_port)
{
    const conversation_t *conversation =
        find_conversation(frame, one, other, conversation_pt_to_conversation_type(PT_TCP), one_port, other_port, 0);

    return connection_of(conversation, frame);
}

bool amanda_connection_is_known(const amanda_connection_t *connection, packet_info *pinfo)
{
    if (!connection)
        return false;
    return pinfo->num == connection->first_frame ? amanda_segments_have_come_to(pinfo, connection->first_place)
                                                 : pinfo->num > connection->first_frame;
}

amanda_connection_t *amanda_connection_make(packet_info *pinfo, amanda_direction_t direction)
{
    conversation_t *conversation = find_or_create_conversation(pinfo);
    amanda_connection_t *first = (amanda_connection_t *)conversation_get_proto_data(conversation, proto_amanda);
    amanda_connection_t *connection = amanda_record_new0(wmem_file_scope(), amanda_connection_t);
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);
    bool to_responder = direction == AMANDA_TO_RESPONDER;

    connection->first_frame = AMANDA_NOT_KNOWN;
    connection->begun_before = !tcp || !(tcp->conversation_completeness & AMANDA_SAW_SYN);
    connection->responder_port = (uint16_t)(to_responder ? pinfo->destport : pinfo->srcport);
    copy_address_wmem(wmem_file_scope(), &connection->responder, to_responder ? &pinfo->dst : &pinfo->src);
    if (!first) {
        conversation_add_proto_data(conversation, proto_amanda, connection);
        return connection;
    }
    if (!first->later)
        first->later = wmem_tree_new(wmem_file_scope());
    connection->before = connection_of(conversation, pinfo->num);
    connection->later_in = pinfo->num;
    connection->later_place = amanda_segments_place(pinfo);
    wmem_tree_insert32(first->later, pinfo->num, connection);
    return connection;
}

void amanda_connection_know(amanda_connection_t *connection, packet_info *pinfo)
{
    connection->first_frame = pinfo->num;
    connection->first_place = amanda_segments_place(pinfo);
}

void amanda_connection_claim(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector)
{
    amanda_connection_know(connection, pinfo);
    conversation_set_dissector(find_or_create_conversation(pinfo), dissector);
}

void amanda_connection_hand_over(packet_info *pinfo, dissector_handle_t dissector)
{
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num + 1, dissector);
}

amanda_direction_t amanda_connection_direction(const amanda_connection_t *connection, const packet_info *pinfo)
{
    return pinfo->destport == connection->responder_port && addresses_equal(&pinfo->dst, &connection->responder)
               ? AMANDA_TO_RESPONDER
               : AMANDA_TO_REQUESTER;
}

uint32_t amanda_connection_window(packet_info *pinfo)
{
    enum { UNKNOWN = -1, MOST = 14 }; /* of the scale; it is less than UNKNOWN where windows are not scaled */
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);
    int scale = tcp && tcp->rev ? tcp->rev->win_scale : UNKNOWN;

    return (uint32_t)UINT16_MAX << (scale == UNKNOWN ? MOST : CLAMP(scale, 0, MOST));
}

proto_item *amanda_connection_add_item(proto_tree *tree, tvbuff_t *tvb)
{
    return proto_tree_add_item(tree, proto_amanda, tvb, 0, (int)tvb_captured_length(tvb), ENC_NA);
}

bool amanda_connection_owns_columns(packet_info *pinfo)
{
    return amanda_packet_data_count(pinfo, AMANDA_PACKET_COLUMNS) > 0;
}

void amanda_connection_own_columns(packet_info *pinfo)
{
    if (amanda_packet_data_next(pinfo, AMANDA_PACKET_COLUMNS) > 0)
        return;
    amanda_info_clear(pinfo);
}

void amanda_connection_register(int proto)
{
    proto_amanda = proto;
}
