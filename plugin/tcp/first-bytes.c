/* tcp/first-bytes.c
 * What a connection to one of Amanda's ports is: its first bytes decide, and not the port
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/first-bytes.h"

#include "show/capture.h"
#include "show/packet-data.h"
#include "stream/stream-contents.h"
#include "stream/streams.h"
#include "tcp/announced-ports.h"
#include "tcp/connection-payload.h"
#include "tcp/frames.h"
#include "show/no-frame.h"
#include "tcp/outcome-facts.h"

#include <epan/conversation.h>

#include <string.h>

#define TAPE_SERVER_PORT 10083

/* The line by which amindexd begins is shorter. */
#define GREETING_MAX 512

/* So much is kept of a connection whose first bytes do not come. */
#define MAX_UNKNOWN_BYTES 65536
#define MAX_UNKNOWN_SEGMENTS 256

/* Amanda has its streams above the ports that are reserved (Amanda 2.5 to 3.5 unreserved-tcp-port); those below are other
 * services'. */
#define FIRST_UNRESERVED_PORT 1024

/* So much is kept of a connection whose first bytes come late. */
#define MAX_UNDECIDED_SEGMENTS 256

static dissector_handle_t tcp_handle;
static dissector_handle_t tls_handle;

static ws_bool pref_reserved = false;

/* Whether the bytes begin as text does; *more where they end before that can be told. */
static bool begins_with(tvbuff_t *tvb, const char *text, int length, bool *more)
{
    int present = MIN((int)tvb_captured_length(tvb), length);

    if (tvb_memeql(tvb, 0, (const uint8_t *)text, (size_t)present) != 0)
        return false;
    *more = *more || present < length;
    return present == length;
}

/* Whether the bytes begin as the first record of TLS does: a ClientHello or ServerHello (RFC 8446, 5.1 and 4). Among the
 * bytes of a dump that is picked up in its middle, less than that is found again and again. */
static bool begins_with_hello(tvbuff_t *tvb, bool *more)
{
    static const char handshake[] = "\x16\x03";
    enum { VERSION_MINOR = 2, RECORD_LENGTH = 3, MESSAGE = 5, LEAST = 4, MOST = 16384 };

    if (!begins_with(tvb, handshake, (int)strlen(handshake), more))
        return false;
    if (tvb_captured_length(tvb) <= MESSAGE) {
        *more = true;
        return false;
    }

    unsigned message = tvb_get_bits8(tvb, MESSAGE * 8, 8);
    unsigned length = tvb_get_ntohs(tvb, RECORD_LENGTH);

    return tvb_get_bits8(tvb, VERSION_MINOR * 8, 8) <= 4 && length >= LEAST && length <= MOST &&
           (message == 1 || message == 2);
}

/* tvb: the first bytes, from the requester or to it, of a connection to that port. */
static amanda_first_bytes_t recognise(tvbuff_t *tvb, uint16_t port, bool to_responder)
{
    static const char security[] = "SECURITY USER ";
    static const char greeting[] = "220 ";
    static const char index_server[] = "AMANDA index server";
    bool more = false;

    if (amanda_frame_is_first(tvb))
        return AMANDA_FIRST_FRAME;
    if (begins_with_hello(tvb, &more))
        return AMANDA_FIRST_TLS;
    if (begins_with(tvb, security, (int)strlen(security), &more))
        return to_responder && port == TAPE_SERVER_PORT ? AMANDA_FIRST_TAPE_SERVER : AMANDA_FIRST_INDEX_SERVER;
    if (begins_with(tvb, greeting, (int)strlen(greeting), &more)) {
        int length = MIN((int)tvb_captured_length(tvb), GREETING_MAX);
        const char *line = (const char *)tvb_get_ptr(tvb, 0, length);

        if (g_strstr_len(line, length, index_server))
            return AMANDA_FIRST_INDEX_SERVER;
        return length == GREETING_MAX || memchr(line, '\n', (size_t)length) ? AMANDA_FIRST_FOREIGN
                                                                            : AMANDA_FIRST_TOO_FEW;
    }
    /* No frame is so long that its first byte is anything else. */
    more = more || (tvb_captured_length(tvb) < AMANDA_FRAME_FIRST && tvb_get_bits8(tvb, 0, 8) == 0);
    return more ? AMANDA_FIRST_TOO_FEW : AMANDA_FIRST_FOREIGN;
}

/* Whether the responder sent the first bytes; only amindexd speaks first. */
static amanda_direction_t first_direction(const amanda_connection_t *connection, amanda_first_bytes_t first,
                                          tvbuff_t *tvb, const packet_info *pinfo)
{
    if (first == AMANDA_FIRST_INDEX_SERVER && tvb_strneql(tvb, 0, "220 ", 4) == 0)
        return AMANDA_TO_REQUESTER;
    if (first == AMANDA_FIRST_FRAME && tvb_captured_length(tvb) > AMANDA_FRAME_HEADER &&
        tvb_get_bits8(tvb, AMANDA_FRAME_HEADER * 8, 8) == 0)
        return AMANDA_TO_RESPONDER;
    /* A capture that begins later: the ports tell. */
    return amanda_connection_direction(connection, pinfo);
}

void amanda_first_bytes_settle_sides(amanda_connection_t *connection, amanda_first_bytes_t first, tvbuff_t *tvb,
                                     const packet_info *pinfo)
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

/* Gives a connection the meaning that its first bytes have. */
static void claim(amanda_connection_t *connection, amanda_first_bytes_t first, tvbuff_t *tvb, packet_info *pinfo)
{
    amanda_first_bytes_settle_sides(connection, first, tvb, pinfo);
    connection->tls = first == AMANDA_FIRST_TLS;
    amanda_capture()->tcp_begun_before |= connection->begun_before;
    if (connection->tls)
        amanda_tcp_outcome_tls(connection, pinfo);
    /* TLS gets the rest as soon as the responder answers with TLS, too. */
    amanda_connection_claim(connection, pinfo, tcp_handle);
    amanda_announced_ports_watch(connection->responder_port);
    if (first == AMANDA_FIRST_FRAME)
        connection->payload = AMANDA_PAYLOAD_FRAMES;
    if (first == AMANDA_FIRST_INDEX_SERVER || first == AMANDA_FIRST_TAPE_SERVER) {
        connection->payload = AMANDA_PAYLOAD_RAW;
        connection->stream = first == AMANDA_FIRST_INDEX_SERVER
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

/* The bytes behind frames that end an exchange, with which a connection that is picked up may begin; NULL if there are none. */
static tvbuff_t *behind_ends(tvbuff_t *tvb)
{
    int offset = 0;

    while (tvb_captured_length_remaining(tvb, offset) >= AMANDA_FRAME_HEADER && tvb_get_ntohl(tvb, offset) == 0 &&
           tvb_get_ntohl(tvb, offset + 4) <= UINT16_MAX)
        offset += AMANDA_FRAME_HEADER;
    if (offset == 0)
        return tvb;
    return tvb_captured_length_remaining(tvb, offset) > 0 ? tvb_new_subset_remaining(tvb, offset) : NULL;
}

/* A segment that does not tell what the connection is, since others come first. */
static void wait_for_more(amanda_connection_t *connection, amanda_reassembly_t *order, const amanda_segment_t *segment)
{
    amanda_reassembly_wait(order, segment->seq, segment->payload);
    connection->foreign = order->held_bytes > MAX_UNKNOWN_BYTES || order->held_segments > MAX_UNKNOWN_SEGMENTS;
    /* TCP may hand over no segment that comes late. */
    amanda_announced_ports_watch(connection->responder_port);
}

amanda_first_bytes_t amanda_first_bytes_consider(amanda_connection_t *connection, const amanda_segment_t *segment,
                                                 packet_info *pinfo)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_reassembly_t *order = &connection->order[direction];
    tvbuff_t *tvb = segment->payload;
    amanda_first_bytes_t first;

    amanda_packet_data_next(pinfo, AMANDA_PACKET_CONSIDERED);
    if (connection->foreign || tvb_captured_length(tvb) == 0)
        return AMANDA_FIRST_FOREIGN;
    amanda_connection_payload_begin(connection, pinfo);

    /* Where the capture began later, or lacks the first bytes, any segment may tell. */
    bool in_order = order->marks && !lacks_beginning(order, segment->seq);

    tvb = in_order ? amanda_reassembly_peek(order, pinfo, segment->seq, segment->payload) : behind_ends(tvb);
    if (!tvb) {
        if (in_order)
            wait_for_more(connection, order, segment);
        return AMANDA_FIRST_FOREIGN;
    }
    first = recognise(tvb, connection->responder_port, direction == AMANDA_TO_RESPONDER);
    if (first == AMANDA_FIRST_TLS && !tls_handle)
        first = AMANDA_FIRST_FOREIGN;

    /* What cannot start amandad may say so before the request has come. */
    bool waits = first == AMANDA_FIRST_TOO_FEW || (first == AMANDA_FIRST_FOREIGN && direction == AMANDA_TO_REQUESTER &&
                                                   amanda_no_frame_kind(tvb, 0) == AMANDA_INSTEAD_TEXT);

    if (in_order && waits)
        wait_for_more(connection, order, segment);
    else if (first == AMANDA_FIRST_FOREIGN)
        connection->foreign = in_order;
    else if (first != AMANDA_FIRST_TOO_FEW)
        claim(connection, first, tvb, pinfo);
    return first;
}

void amanda_first_bytes_consider_again(amanda_connection_t *connection, packet_info *pinfo)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_segment_t segment;

    if (connection->foreign || !amanda_segment_read(pinfo, &segment))
        return;
    if (segment.payload && amanda_packet_data_count(pinfo, AMANDA_PACKET_CONSIDERED) == 0)
        amanda_first_bytes_consider(connection, &segment, pinfo);
    if (segment.flags & AMANDA_TCP_ACK)
        amanda_reassembly_acknowledge(&connection->order[AMANDA_DIRECTIONS - 1 - direction], segment.ack);
}

void amanda_first_bytes_handoff(dissector_handle_t tcp, dissector_handle_t tls)
{
    tcp_handle = tcp;
    tls_handle = tls;
}

/* Whether a dissector of another protocol has the port. */
static bool is_of_others(uint16_t port)
{
    dissector_handle_t handle = dissector_get_uint_handle(find_dissector_table("tcp.port"), port);

    return handle && dissector_handle_get_protocol_index(handle) != proto_get_id_by_filter_name("amanda");
}

void amanda_first_bytes_begin_stream(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector)
{
    const amanda_stream_t *stream = connection->stream;

    amanda_connection_know(connection, pinfo);
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

bool amanda_first_bytes_take(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo)
{
    const amanda_stream_t *stream = connection->stream;

    if (connection->undecided && !connection->watched && !PINFO_FD_VISITED(pinfo)) {
        connection->undecided = false;
        connection->watched = is_of_others(connection->responder_port) &&
                              amanda_connection_direction(connection, pinfo) == AMANDA_TO_RESPONDER &&
                              !(may_speak_first(stream) && amanda_stream_contents_may_be_asked_with(stream, tvb));
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

static void claim_stream(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector)
{
    connection->watched = connection->undecided = false;
    connection->claimed_in = pinfo->num;
    /* A later pass is to show what came before as this one has. */
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num + 1, dissector);
}

void amanda_first_bytes_consider_stream(amanda_connection_t *connection, const amanda_segment_t *segment,
                                        packet_info *pinfo, dissector_handle_t dissector)
{
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_reassembly_t *order = &connection->order[direction];

    if (!connection->undecided || !connection->watched || !segment->payload ||
        tvb_reported_length(segment->payload) == 0)
        return;
    amanda_connection_payload_begin(connection, pinfo);
    if ((taker(pinfo) == proto_get_id_by_filter_name("data") && !is_of_others(connection->responder_port)) ||
        (direction == AMANDA_TO_REQUESTER && amanda_stream_contents_begin_with(connection->stream, segment->payload))) {
        claim_stream(connection, pinfo, dissector);
    } else if (taker(pinfo) != proto_get_id_by_filter_name("tcp") || !order->marks ||
               order->held_segments >= MAX_UNDECIDED_SEGMENTS) {
        connection->undecided = false;
    } else {
        amanda_reassembly_wait(order, segment->seq, segment->payload);
    }
}

void amanda_first_bytes_register_preferences(module_t *module)
{
    prefs_register_bool_preference(module, "reserved_ports", "Streams at reserved TCP ports",
                                   "Whether replies can have streams at TCP ports below 1024, too. By default a "
                                   "connection to such a port is left to the protocol that has it",
                                   &pref_reserved);
}
