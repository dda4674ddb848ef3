/* tcp/outcome-facts.c
 * Tells the outcomes how the TCP connections of Amanda begin and end
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/outcome-facts.h"

#include "tcp/framed-connections.h"
#include "show/capture.h"
#include "show/icmp-error.h"
#include "show/common-fields.h"
#include "show/outcome-facts.h"
#include "stream/outcome-facts.h"

/* How a direction of a connection ends with this segment, if it does. */
static amanda_end_t end_of(const amanda_connection_t *connection, const amanda_segment_t *segment,
                           amanda_direction_t direction, bool of_segment)
{
    const amanda_reassembly_t *order = &connection->order[direction];

    if (connection->told_end[direction])
        return AMANDA_END_NONE;
    if (of_segment && segment->flags & AMANDA_TCP_RST)
        return AMANDA_END_RST;
    if (!order->saw_fin && !(of_segment && segment->flags & AMANDA_TCP_FIN))
        return AMANDA_END_NONE;
    if (connection->tls || connection->closed)
        return AMANDA_END_FIN;
    /* What the responder sent before its FIN is to be known first, and what of it the requester had before its own. Nobody
     * waits for the requester's bytes. */
    if (direction == AMANDA_TO_RESPONDER)
        return amanda_reassembly_is_behind(&connection->order[AMANDA_TO_REQUESTER]) ? AMANDA_END_NONE : AMANDA_END_FIN;
    return amanda_reassembly_has_ended(order) ? AMANDA_END_FIN : AMANDA_END_NONE;
}

static void tell_attempt(const amanda_stream_t *stream, const amanda_segment_t *segment, bool from_responder,
                         const packet_info *pinfo)
{
    if (segment->flags & AMANDA_TCP_SYN && !from_responder)
        amanda_stream_outcome_syn(stream, pinfo);
    else if (stream->refused_in == pinfo->num)
        amanda_stream_outcome_refused(stream, &(amanda_refuser_t){.ttl = amanda_segment_ttl(segment)}, pinfo);
    else if (from_responder && !(segment->flags & AMANDA_TCP_RST))
        amanda_stream_outcome_connected(stream, pinfo);
}

static amanda_end_t reaction_of(const amanda_connection_t *connection, const amanda_segment_t *segment)
{
    if (segment->flags & AMANDA_TCP_RST)
        return AMANDA_END_RST;
    if (amanda_reassembly_lost(&connection->order[AMANDA_TO_REQUESTER], segment->seq))
        return AMANDA_END_HOLE;
    return segment->flags & AMANDA_TCP_FIN ? AMANDA_END_FIN : AMANDA_END_FRAME;
}

amanda_link_ends_t amanda_tcp_outcome_ends(const packet_info *pinfo, bool from_responder)
{
    return (amanda_link_ends_t){
        .requester = from_responder ? &pinfo->dst : &pinfo->src,
        .responder = from_responder ? &pinfo->src : &pinfo->dst,
        .requester_port = (uint16_t)(from_responder ? pinfo->destport : pinfo->srcport),
        .responder_port = (uint16_t)(from_responder ? pinfo->srcport : pinfo->destport),
    };
}

/* One direction of a connection has ended. */
static void tell_end(const amanda_connection_t *connection, amanda_direction_t direction, amanda_end_t how,
                     const amanda_segment_t *segment, const amanda_link_ends_t *ends, const packet_info *pinfo)
{
    const amanda_refuser_t reset = {.ttl = amanda_segment_ttl(segment)};
    const amanda_refuser_t *by = how == AMANDA_END_RST ? &reset : NULL;
    amanda_party_t party = direction == AMANDA_TO_RESPONDER ? AMANDA_PARTY_REQUESTER : AMANDA_PARTY_RESPONDER;

    if (!connection->stream)
        amanda_outcomes_link_ended(amanda_capture()->outcomes, ends, party, how, by, amanda_outcome_moment(pinfo));
    else if (connection->stream->refused_in != pinfo->num)
        amanda_stream_outcome_ended(connection->stream, connection->payload == AMANDA_PAYLOAD_FRAMES, direction, how,
                                    by, pinfo);
}

void amanda_tcp_outcome_ttl(amanda_connection_t *connection, const amanda_segment_t *segment, const packet_info *pinfo)
{
    amanda_direction_t sent = amanda_connection_direction(connection, pinfo);

    /* A SYN that the capture holds twice came two ways. */
    if ((connection->told_ttl[sent] && !(segment->flags & AMANDA_TCP_SYN)) || segment->flags & AMANDA_TCP_RST)
        return;
    connection->told_ttl[sent] = true;
    amanda_outcomes_ttl(amanda_capture()->outcomes, &pinfo->src, amanda_segment_ttl(segment), false);
}

/* The requester's ends that wait for what it has acknowledged. */
static void tell_awaited(amanda_connection_t *connection, const amanda_link_ends_t *ends, const packet_info *pinfo)
{
    bool behind = !connection->tls && amanda_reassembly_is_behind(&connection->order[AMANDA_TO_REQUESTER]);

    if (connection->framed && connection->framed->ended && !behind)
        amanda_framed_end_streams(connection, pinfo);
    if (!behind || !connection->order[AMANDA_TO_RESPONDER].saw_fin || connection->told_end[AMANDA_TO_RESPONDER])
        return;
    if (connection->stream)
        amanda_stream_outcome_awaited(connection->stream, connection->payload == AMANDA_PAYLOAD_FRAMES);
    else
        amanda_outcomes_link_awaited(amanda_capture()->outcomes, ends);
}

/* The alert by which this segment breaks off TLS; 0 for none. What is longer than that is encrypted, and what is not in its
 * place may be forged. */
static uint8_t fatal_alert(const amanda_reassembly_t *order, const amanda_segment_t *segment)
{
    static const uint8_t head[] = {21, 3};   /* an alert, of TLS */
    static const uint8_t tail[] = {0, 2, 2}; /* two bytes: fatal, and which one */
    enum { TAIL = 3, ALERT = 6, LENGTH };

    if (!segment->payload || tvb_reported_length(segment->payload) != LENGTH ||
        tvb_captured_length(segment->payload) != LENGTH || tvb_memeql(segment->payload, 0, head, sizeof head) != 0 ||
        tvb_memeql(segment->payload, TAIL, tail, sizeof tail) != 0 ||
        !amanda_reassembly_ends_with(order, segment->seq + LENGTH))
        return 0;
    return tvb_get_bits8(segment->payload, ALERT * 8, 8);
}

static void tell_alert(const amanda_connection_t *connection, const amanda_segment_t *segment,
                       const amanda_link_ends_t *ends, const packet_info *pinfo)
{
    amanda_direction_t sent = amanda_connection_direction(connection, pinfo);
    uint8_t alert = fatal_alert(&connection->order[sent], segment);

    if (alert)
        amanda_outcomes_link_tls_alert(amanda_capture()->outcomes, ends,
                                       sent == AMANDA_TO_REQUESTER ? AMANDA_PARTY_RESPONDER : AMANDA_PARTY_REQUESTER,
                                       alert, amanda_outcome_moment(pinfo));
}

void amanda_tcp_outcome_segment(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo)
{
    amanda_outcomes_t *outcomes = amanda_capture()->outcomes;
    amanda_direction_t sent = amanda_connection_direction(connection, pinfo);
    bool from_responder = sent == AMANDA_TO_REQUESTER;
    const amanda_link_ends_t ends = amanda_tcp_outcome_ends(pinfo, from_responder);

    if (!outcomes || (!connection->stream && !connection->tls && connection->payload != AMANDA_PAYLOAD_FRAMES))
        return;
    amanda_tcp_outcome_ttl(connection, segment, pinfo);
    if (connection->tls)
        tell_alert(connection, segment, &ends, pinfo);
    if (connection->stream)
        tell_attempt(connection->stream, segment, from_responder, pinfo);
    else if (connection->order[AMANDA_TO_REQUESTER].missed)
        amanda_outcomes_link_missing(outcomes, &ends);
    if (from_responder && connection->awaits_reaction) {
        connection->awaits_reaction = false;
        if (connection->stream)
            amanda_stream_outcome_reacted(connection->stream, reaction_of(connection, segment), pinfo);
        else
            amanda_outcomes_link_reacted(outcomes, &ends, reaction_of(connection, segment),
                                         amanda_outcome_moment(pinfo));
    }
    tell_awaited(connection, &ends, pinfo);
    for (int i = 0; i < AMANDA_DIRECTIONS; i++) {
        amanda_direction_t direction = (amanda_direction_t)i;
        amanda_end_t how = end_of(connection, segment, direction, direction == sent);

        if (how == AMANDA_END_NONE)
            continue;
        connection->told_end[direction] = true;
        connection->awaits_reaction = connection->awaits_reaction || direction == AMANDA_TO_RESPONDER;
        tell_end(connection, direction, how, segment, &ends, pinfo);
    }
}

/* The connection of a segment that an ICMP error quotes, if it goes to the responder and nothing came back so far. */
static amanda_connection_t *refused_connection(const amanda_icmp_quoted_t *quoted, const packet_info *pinfo)
{
    amanda_connection_t *connection = amanda_connection_find(pinfo->num, &quoted->source, quoted->source_port,
                                                             &quoted->destination, quoted->destination_port);

    return connection && connection->syn_frame && !connection->answered &&
                   connection->responder_port == quoted->destination_port &&
                   addresses_equal(&connection->responder, &quoted->destination)
               ? connection
               : NULL;
}

void amanda_tcp_outcome_icmp(packet_info *pinfo)
{
    amanda_icmp_quoted_t quoted;
    amanda_connection_t *connection;

    if (!amanda_icmp_quotes_tcp(pinfo, &quoted) || !amanda_icmp_is_refusal(quoted.around.kind))
        return;
    connection = refused_connection(&quoted, pinfo);
    if (!connection)
        return;

    const amanda_refuser_t by = {
        .sender = quoted.around.sender.type == AT_NONE ? NULL : &quoted.around.sender,
        .kind = (uint8_t)quoted.around.kind,
        .ttl = quoted.around.ttl,
        .icmp = true,
    };
    const amanda_link_ends_t ends = {
        .requester = &quoted.source,
        .responder = &quoted.destination,
        .requester_port = quoted.source_port,
        .responder_port = quoted.destination_port,
    };

    if (!connection->stream) {
        amanda_outcomes_link_refused(amanda_capture()->outcomes, &ends, &by, amanda_outcome_moment(pinfo));
        return;
    }
    connection->stream->refused_in = pinfo->num;
    amanda_stream_outcome_refused(connection->stream, &by, pinfo);
}

/* The two ends of a connection, whichever of them has sent the packet at hand. */
static amanda_link_ends_t ends_of(const amanda_connection_t *connection, const packet_info *pinfo)
{
    return amanda_tcp_outcome_ends(pinfo, amanda_connection_direction(connection, pinfo) == AMANDA_TO_REQUESTER);
}

void amanda_tcp_outcome_tls(const amanda_connection_t *connection, const packet_info *pinfo)
{
    const amanda_link_ends_t ends = ends_of(connection, pinfo);

    amanda_outcomes_link_tls(amanda_capture()->outcomes, &ends);
}

void amanda_tcp_outcome_encrypted(const amanda_connection_t *connection, const packet_info *pinfo)
{
    const amanda_link_ends_t ends = ends_of(connection, pinfo);

    amanda_outcomes_link_unreadable(amanda_capture()->outcomes, &ends);
}

void amanda_tcp_outcome_early_nak(const amanda_connection_t *connection, const char *text, const packet_info *pinfo)
{
    const amanda_link_ends_t ends = ends_of(connection, pinfo);

    amanda_outcomes_link_nak(amanda_capture()->outcomes, &ends, text, amanda_outcome_moment(pinfo));
}

void amanda_tcp_outcome_auth_differs(const amanda_connection_t *connection, const packet_info *pinfo)
{
    const amanda_link_ends_t ends = ends_of(connection, pinfo);

    amanda_outcomes_link_auth_differs(amanda_capture()->outcomes, &ends);
}

void amanda_tcp_outcome_instead(const amanda_connection_t *connection, amanda_direction_t direction,
                                amanda_instead_t kind, tvbuff_t *tvb, const packet_info *pinfo)
{
    const amanda_link_ends_t ends = ends_of(connection, pinfo);
    const amanda_span_t span = {0, (int)tvb_captured_length(tvb)};

    if (kind == AMANDA_INSTEAD_TLS)
        amanda_tcp_outcome_auth_differs(connection, pinfo);
    else if (kind == AMANDA_INSTEAD_TEXT && direction == AMANDA_TO_REQUESTER)
        amanda_outcomes_link_said(amanda_capture()->outcomes, &ends, amanda_span_text(pinfo->pool, tvb, span));
}
