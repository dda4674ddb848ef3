/* tcp/claims.c
 * Whose the connection to an announced port is
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/claims.h"

#include "stream/stream-contents.h"
#include "tcp/connection-payload.h"

#include <epan/conversation.h>

#include <string.h>

/* Amanda has its streams above the ports that are reserved (Amanda 2.5 to 3.5 unreserved-tcp-port); those below are other
 * services'. */
#define FIRST_UNRESERVED_PORT 1024

/* So much is kept of a connection whose first bytes come late. */
#define MAX_UNDECIDED_SEGMENTS 256

static ws_bool pref_reserved = FALSE;

/* Whether a dissector of another protocol has the port. */
static bool is_of_others(uint16_t port)
{
    dissector_handle_t handle = dissector_get_uint_handle(find_dissector_table("tcp.port"), port);

    return handle && dissector_handle_get_protocol_index(handle) != proto_get_id_by_filter_name("amanda");
}

void amanda_claims_begin(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector)
{
    const amanda_stream_t *stream = connection->stream;

    connection->first_frame = pinfo->num;
    connection->watched = (stream->number < FIRST_UNRESERVED_PORT && !pref_reserved) || stream->dump->unmatched;
    connection->undecided = stream->number >= FIRST_UNRESERVED_PORT || pref_reserved;
    if (!connection->watched)
        amanda_connection_claim(connection, pinfo, dissector);
}

/* Whether a requester may send the first byte. It does where it restores; a dump comes unasked (Amanda 2.3 to 3.5
 * client-src/sendbackup.c). */
static bool may_speak_first(const amanda_stream_t *stream)
{
    const char *service = stream->dump->service;

    return (service && strcmp(service, "sendbackup") != 0) || stream->role > AMANDA_ROLE_STATE;
}

bool amanda_claims_takes(amanda_connection_t *connection, packet_info *pinfo)
{
    if (connection->undecided && !connection->watched && !PINFO_FD_VISITED(pinfo)) {
        connection->undecided = false;
        connection->watched = is_of_others(connection->responder_port) &&
                              amanda_connection_direction(connection, pinfo) == AMANDA_TO_RESPONDER &&
                              !may_speak_first(connection->stream);
    }
    return !connection->watched && pinfo->num >= connection->claimed_in;
}

/* Which protocol has the payload of this packet, which a postdissector looks at; that of TCP where it was not handed to
 * anybody, since it comes too early or twice. */
static int taker(const packet_info *pinfo)
{
    const wmem_list_frame_t *own = wmem_list_tail(pinfo->layers);
    const wmem_list_frame_t *before = own ? wmem_list_frame_prev(own) : NULL;

    return before ? GPOINTER_TO_INT(wmem_list_frame_data(before)) : -1;
}

static void claim(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector)
{
    connection->watched = connection->undecided = false;
    connection->claimed_in = pinfo->num;
    /* A later pass is to show what came before as this one has. */
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num + 1, dissector);
}

void amanda_claims_consider(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo,
                            dissector_handle_t dissector)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_reassembly_t *order = &connection->order[direction];

    if (!connection->undecided || !connection->watched || !segment->payload ||
        tvb_reported_length(segment->payload) == 0)
        return;
    amanda_connection_payload_begin(connection, pinfo);
    if (taker(pinfo) == proto_get_id_by_filter_name("data") && !is_of_others(connection->responder_port)) {
        claim(connection, pinfo, dissector);
    } else if (direction == AMANDA_TO_REQUESTER &&
               amanda_stream_contents_begin_with(connection->stream, segment->payload)) {
        claim(connection, pinfo, dissector);
    } else if (taker(pinfo) != proto_get_id_by_filter_name("tcp") || !order->marks ||
               order->held_segments >= MAX_UNDECIDED_SEGMENTS) {
        connection->undecided = false;
    } else {
        amanda_reassembly_wait(order, segment->seq, segment->payload);
    }
}

void amanda_claims_register_preferences(module_t *module)
{
    prefs_register_bool_preference(module, "reserved_ports", "Streams at reserved TCP ports",
                                   "Whether replies can have streams at TCP ports below 1024, too. By default a "
                                   "connection to such a port is left to the protocol that has it",
                                   &pref_reserved);
}
