/* tcp/follow.c
 * Follows the TCP connections of Amanda, from the first SYN on
 *
 * TCP calls the dissector of a connection for payload only, and not for all of that. But a connection has to be
 * recognised before, and a SYN that is refused has none. So this is a postdissector, too: it is called for every frame, and
 * returns at once unless one of the two ports is Amanda's or was announced by a reply. What a SYN or RST
 * means is found out on the first pass, from the completeness that TCP itself keeps of each connection.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/follow.h"

#include "show/labels.h"
#include "show/generated.h"

#include <epan/conversation.h>

#include "show/packet-data.h"
#include "verdict/times.h"
#include "outcome/facts.h"
#include "show/capture.h"
#include "show/icmp-error.h"
#include "show/outcome-facts.h"
#include "show/outcome.h"
#include "stream/dump-summary.h"
#include "stream/export-tap.h"
#include "stream/streams.h"
#include "tcp/announced-ports.h"
#include "tcp/attempts.h"
#include "tcp/connection-payload.h"
#include "tcp/first-bytes.h"
#include "tcp/frames.h"
#include "tcp/framed-connections.h"
#include "tcp/framed-packets.h"
#include "tcp/outcome-facts.h"
#include "tcp/stream-follower.h"
#include "verdict/endpoint.h"

/* What a frame means for its connection. */
enum { EVENT_SYN = 1, EVENT_REFUSED = 2, EVENT_CLOSED = 4 };

/* What a packet means for its connection. */
typedef struct {
    unsigned found; /* EVENT_... */
    bool whole;     /* the responder has ended its side, and the capture has every byte of it */
    amanda_reassembly_turn_t *turns[AMANDA_DIRECTIONS]; /* what is not waited for any longer */
} events_t;

static int proto_amanda;
static dissector_handle_t stream_handle;

static int hf_amanda_stream_syn;

static int ett_amanda_connection = -1;

static expert_field ei_amanda_stream_refused;
static expert_field ei_amanda_stream_unmatched;
static expert_field ei_amanda_stream_unmatched_refused;

/* On the first pass: whether bytes belong to the next connection between the same ports, of which the capture does not hold
 * the begin. */
static bool is_of_next(const amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo)
{
    return !connection->tls && segment->payload &&
           amanda_reassembly_has_ended_elsewhere(&connection->order[amanda_connection_direction(connection, pinfo)],
                                                 segment->seq);
}

static amanda_connection_t *begin_next(const amanda_connection_t *connection, packet_info *pinfo)
{
    amanda_connection_t *next = amanda_connection_make(pinfo, amanda_connection_direction(connection, pinfo));

    next->begun_before = true;
    return next;
}

int amanda_follow_dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct tcpinfo *tcpinfo = (const struct tcpinfo *)data;
    amanda_connection_t *connection = amanda_connection_get(pinfo);
    amanda_segment_t segment;

    if (!amanda_connection_is_known(connection, pinfo) || !tcpinfo || pinfo->flags.in_error_pkt ||
        !amanda_first_bytes_take(connection, tvb, pinfo))
        return 0;
    segment = amanda_connection_payload_given(pinfo, tcpinfo, tvb);
    if (!PINFO_FD_VISITED(pinfo) && is_of_next(connection, &segment, pinfo)) {
        begin_next(connection, pinfo);
        return 0;
    }
    amanda_connection_payload_segment(connection, &segment, pinfo, tree, true);
    amanda_outcomes_begin_info(pinfo);
    return (int)tvb_captured_length(tvb);
}

/* Whether a connection was there before a reply. The order of the file need not be that of time; and with tshark -R, packets
 * that are left out share their number with the next one that is not. */
static bool was_before(const conversation_t *conversation, const amanda_stream_t *stream, packet_info *pinfo)
{
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);

    return conversation->setup_frame <= stream->setup_frame &&
           nstime_cmp(&tcp->ts_first, &stream->dump->reply_time) < 0;
}

/* On the first pass: the connection that begins with this packet, if a reply announced it. again: TCP takes it for the one
 * before. */
static amanda_connection_t *begin(packet_info *pinfo, bool again)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    amanda_direction_t direction = AMANDA_TO_RESPONDER;
    amanda_stream_t *stream;
    amanda_connection_t *connection;

    stream = amanda_announced_ports_take(&pinfo->src, &pinfo->dst, (uint16_t)pinfo->destport, &pinfo->abs_ts);
    if (!stream) {
        direction = AMANDA_TO_REQUESTER;
        stream = amanda_announced_ports_take(&pinfo->dst, &pinfo->src, (uint16_t)pinfo->srcport, &pinfo->abs_ts);
    }
    /* What was there before the reply is something else. */
    if (!stream || !conversation || (!again && was_before(conversation, stream, pinfo)))
        return NULL;
    connection = amanda_connection_make(pinfo, direction);
    connection->stream = stream;
    amanda_first_bytes_begin_stream(connection, pinfo, stream_handle);
    stream->first_frame = pinfo->num;
    stream->refused_in = 0;
    return connection;
}

/* On the first pass: whether a connection begins or is refused. */
static unsigned find_attempt(amanda_connection_t *connection, const packet_info *pinfo, unsigned now, unsigned added,
                             bool from_responder)
{
    bool reset = (added & AMANDA_SAW_RST) != 0;

    /* A SYN that the capture holds more than once looks like one that is sent again. */
    if (!from_responder && !reset && connection->syn_frame == pinfo->num &&
        (now & (AMANDA_SAW_SYN | AMANDA_SAW_SYN_ACK | AMANDA_SAW_DATA)) == AMANDA_SAW_SYN &&
        (!(now & AMANDA_SAW_ACK) || now & AMANDA_SAW_RST))
        return EVENT_SYN;
    if (reset && from_responder && !(now & AMANDA_SAW_SYN_ACK) && connection->syn_frame && connection->stream) {
        connection->stream->refused_in = pinfo->num;
        return EVENT_REFUSED;
    }
    return 0;
}

/* On the first pass: what is not waited for any longer, and whether the responder has ended its stream. */
static unsigned find_end(amanda_connection_t *connection, events_t *events, packet_info *pinfo, bool broken)
{
    bool closed = broken;

    for (int i = 0; i < AMANDA_DIRECTIONS; i++) {
        amanda_reassembly_t *order = &connection->order[i];

        if (broken || (!amanda_reassembly_has_ended(order) && amanda_reassembly_is_hopeless(order) && order->saw_fin))
            events->turns[i] = amanda_reassembly_give_up(order, pinfo);
        else if (order->first)
            events->turns[i] = amanda_reassembly_release(order, pinfo);
    }
    closed = closed || amanda_reassembly_has_ended(&connection->order[AMANDA_TO_REQUESTER]);
    if (!closed || connection->closed)
        return 0;
    connection->closed = true;
    return EVENT_CLOSED;
}

/* Whoever closes MESG first, what was not said by then is not heard any more. DATA may go on. What the requester has
 * acknowledged it has heard, though it may come later in the capture than the FIN. */
static bool is_broken_off(const amanda_connection_t *connection, bool reset, bool from_responder)
{
    /* In answer to what is not in the capture, a RST may as well refuse a connection. */
    if (reset && from_responder)
        return (connection->completeness & (AMANDA_SAW_SYN_ACK | AMANDA_SAW_DATA)) != 0;
    if (connection->closed || !connection->stream || connection->stream->role != AMANDA_ROLE_MESG ||
        connection->payload == AMANDA_PAYLOAD_FRAMES)
        return false;
    return reset || (connection->order[AMANDA_TO_RESPONDER].saw_fin &&
                     !amanda_reassembly_is_behind(&connection->order[AMANDA_TO_REQUESTER]));
}

/* On the first pass: what a packet means for its connection. */
static void find_events(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo,
                        events_t *events)
{
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    bool from_responder = direction == AMANDA_TO_REQUESTER;
    unsigned now = tcp->conversation_completeness;
    unsigned added = now & ~(unsigned)connection->completeness;
    bool reset = segment ? (segment->flags & AMANDA_TCP_RST) != 0 : (added & AMANDA_SAW_RST) != 0;

    connection->completeness = (uint8_t)now;
    if (segment) {
        amanda_connection_payload_begin(connection, pinfo);
        if (segment->flags & AMANDA_TCP_SYN)
            amanda_reassembly_begin(&connection->order[direction], pinfo->num, segment->seq);
        if (segment->flags & AMANDA_TCP_ACK)
            amanda_reassembly_acknowledge(&connection->order[AMANDA_DIRECTIONS - 1 - direction], segment->ack);
        if (segment->flags & AMANDA_TCP_FIN)
            amanda_reassembly_finish(&connection->order[direction],
                                     segment->seq + (segment->payload ? tvb_reported_length(segment->payload) : 0));
    }
    events->found = find_attempt(connection, pinfo, now, added, from_responder);
    if (!events->found)
        events->found = find_end(connection, events, pinfo, is_broken_off(connection, reset, from_responder));
    if (!connection->whole && !connection->order[AMANDA_TO_REQUESTER].missed &&
        amanda_reassembly_has_ended(&connection->order[AMANDA_TO_REQUESTER]))
        events->whole = connection->whole = true;
}

static events_t *events_of(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo,
                           unsigned n)
{
    events_t found = {0};
    events_t *kept;

    if (PINFO_FD_VISITED(pinfo)) {
        kept = (events_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_EVENTS, n);
        return kept ? kept : wmem_new0(pinfo->pool, events_t);
    }
    find_events(connection, segment, pinfo, &found);
    if (!found.found && !found.whole && !found.turns[AMANDA_TO_REQUESTER] && !found.turns[AMANDA_TO_RESPONDER])
        return wmem_new0(pinfo->pool, events_t);
    kept = (events_t *)amanda_record_memdup(wmem_file_scope(), &found, sizeof found);
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_EVENTS, n, kept);
    return kept;
}

static void show_attempt(const amanda_connection_t *connection, unsigned found, packet_info *pinfo, tvbuff_t *tvb,
                         proto_tree *tree, proto_item *item)
{
    const amanda_stream_t *stream = connection->stream;
    bool unmatched = stream->dump->unmatched;

    if (found & EVENT_SYN && unmatched && !stream->dump->unasked) {
        amanda_expert_add(pinfo, item, &ei_amanda_stream_unmatched);
        amanda_info_begin(pinfo, "[Amanda %s: port of the unmatched reply %u] ", amanda_role_name(stream->role),
                          stream->setup_frame);
    }
    if (found & EVENT_REFUSED) {
        amanda_generated_uint(tree, hf_amanda_stream_syn, tvb, connection->syn_frame);
        amanda_expert_add(pinfo, item, unmatched ? &ei_amanda_stream_unmatched_refused : &ei_amanda_stream_refused);
        amanda_info_begin(pinfo, "[Amanda %s: refused, announced in %u] ", amanda_role_name(stream->role),
                          stream->setup_frame);
    }
}

/* A connection with frames that ends, if there is anything to tell of that. */
static void show_end_of_frames(const amanda_connection_t *connection, packet_info *pinfo, tvbuff_t *tvb,
                               proto_tree *tree)
{
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);

    proto_item_set_generated(item);
    amanda_label(item, ", end of a connection with frames");
    amanda_frames_show_closed(connection, pinfo, tvb, proto_item_add_subtree(item, ett_amanda_connection));
}

static void show_connection(amanda_connection_t *connection, unsigned found, packet_info *pinfo, tvbuff_t *tvb,
                            proto_tree *tree)
{
    const amanda_stream_t *stream = connection->stream;
    bool framed = connection->payload == AMANDA_PAYLOAD_FRAMES;
    proto_item *item = proto_tree_add_item(tree, proto_amanda, tvb, 0, 0, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_connection);

    proto_item_set_generated(item);
    if (item)
        amanda_label(item, ", connection of %s%s", framed ? "all streams" : amanda_role_name(stream->role),
                     amanda_stream_purpose(stream, pinfo));
    /* The payload's item has what it is of. */
    if (!amanda_connection_owns_columns(pinfo))
        amanda_stream_show(stream, pinfo, tvb, subtree);
    show_attempt(connection, found, pinfo, tvb, subtree, item);
    if (found & EVENT_CLOSED && framed)
        amanda_frames_show_closed(connection, pinfo, tvb, subtree);
    else if (found & EVENT_CLOSED)
        amanda_dump_summary_show_closed(stream, pinfo, tvb, subtree);
}

/* On the first pass: the responder has ended its side. Returns whether there is anything to tell. */
static bool close_connection(amanda_connection_t *connection, packet_info *pinfo)
{
    if (connection->payload == AMANDA_PAYLOAD_FRAMES)
        return amanda_framed_close(connection, pinfo);
    if (!connection->stream || connection->watched)
        return false;
    amanda_dump_summary_closed(connection->stream, pinfo);
    return true;
}

/* On the first pass: bytes before the end of a stream that are not in the capture. Frames have their own gaps, but for the
 * last. */
static void note_missing(amanda_connection_t *connection)
{
    amanda_reassembly_t *order = &connection->order[AMANDA_TO_REQUESTER];

    if (!order->missed)
        return;
    if (connection->payload == AMANDA_PAYLOAD_FRAMES && order->lacks_end && !connection->tls)
        amanda_framed_lose_end(connection);
    else if (connection->payload != AMANDA_PAYLOAD_FRAMES && connection->stream)
        amanda_stream_make_carried(connection->stream)->half[AMANDA_TO_REQUESTER].incomplete = true;
    order->lacks_end = false;
}

/* On the first pass: the connection of a segment. Where the capture has the responder's side alone, a SYN-ACK is all that
 * tells a connection from the one before between the same ports. */
static amanda_connection_t *connection_of(amanda_connection_t *connection, const amanda_segment_t *segment,
                                          packet_info *pinfo)
{
    amanda_connection_t *next;

    if (is_of_next(connection, segment, pinfo)) {
        next = begin_next(connection, pinfo);
        amanda_first_bytes_consider_again(next, pinfo);
        return next;
    }
    if ((segment->flags & (AMANDA_TCP_SYN | AMANDA_TCP_ACK)) != (AMANDA_TCP_SYN | AMANDA_TCP_ACK) || connection->tls)
        return connection;

    /* Not looked up before, which takes longer than all of this. */
    const struct tcp_analysis *tcp = get_tcp_conversation_data(NULL, pinfo);

    if (tcp->conversation_completeness & AMANDA_SAW_SYN ||
        !amanda_reassembly_begins_elsewhere(&connection->order[amanda_connection_direction(connection, pinfo)],
                                            segment->seq))
        return connection;
    next = begin(pinfo, true);
    if (!next)
        next = amanda_connection_make(pinfo, AMANDA_TO_REQUESTER);
    amanda_reassembly_begin(&next->order[AMANDA_TO_REQUESTER], pinfo->num, segment->seq);
    return next;
}

/* Whether the receiver takes the RST or FIN of a segment. Of a dump, the capture may lack more than a window. */
static bool is_acceptable(const amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo)
{
    const amanda_stream_t *stream = connection->stream;
    amanda_direction_t direction = amanda_connection_direction(connection, pinfo);
    amanda_direction_t dumps_go =
        stream && amanda_dump_is_of(stream->dump, "restore") ? AMANDA_TO_RESPONDER : AMANDA_TO_REQUESTER;
    bool has_dump = !stream || stream->role == AMANDA_ROLE_DATA || stream->role == AMANDA_ROLE_CTL;

    return amanda_reassembly_is_acceptable(&connection->order[direction], segment->seq,
                                           has_dump && direction == dumps_go ? AMANDA_MAX_WINDOW
                                                                             : amanda_connection_window(pinfo));
}

/* On the first pass, before the bytes of a segment have their turn. What is forged or late ends nothing. */
static void see_segment(amanda_connection_t *connection, amanda_segment_t *segment, packet_info *pinfo)
{
    if (segment->flags & (AMANDA_TCP_RST | AMANDA_TCP_FIN) && !is_acceptable(connection, segment, pinfo))
        segment->flags &= (uint8_t) ~(AMANDA_TCP_RST | AMANDA_TCP_FIN);
    if (connection->undecided)
        amanda_first_bytes_consider_stream(connection, segment, pinfo, stream_handle);
    if (connection->tls) {
        /* The first segment may have bytes, which are not to be missed later. */
        amanda_connection_payload_begin(connection, pinfo);
        amanda_reassembly_pass(&connection->order[amanda_connection_direction(connection, pinfo)], segment->seq,
                               segment->payload);
    }
}

/* A packet of one of Amanda's connections, once TCP is through with it. n: see follow_segment(). */
static void follow(amanda_connection_t *connection, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned n)
{
    amanda_segment_t read;
    const amanda_segment_t *segment = amanda_segment_read(pinfo, &read) ? &read : NULL;

    if (segment && !PINFO_FD_VISITED(pinfo)) {
        connection = connection_of(connection, segment, pinfo);
        if (!amanda_connection_is_known(connection, pinfo))
            return;
        see_segment(connection, &read, pinfo);
    }
    if (segment && segment->payload && !connection->tls && amanda_first_bytes_take(connection, segment->payload, pinfo))
        amanda_connection_payload_segment(connection, segment, pinfo, tree, false);

    events_t *events = events_of(connection, segment, pinfo, n);

    for (int i = 0; i < AMANDA_DIRECTIONS; i++)
        amanda_connection_payload_turns(connection, (amanda_direction_t)i, events->turns[i], tvb, pinfo, tree);
    if (segment && !PINFO_FD_VISITED(pinfo)) {
        note_missing(connection);
        /* The outcomes know the two ends, between which the next connection may have begun further on in this frame. */
        if (n == 0 || amanda_connection_is_latest(connection, pinfo))
            amanda_tcp_outcome_segment(connection, segment, pinfo);
    }
    if (events->found & EVENT_CLOSED && !PINFO_FD_VISITED(pinfo) && !close_connection(connection, pinfo))
        events->found &= ~(unsigned)EVENT_CLOSED;
    if (connection->stream && connection->payload != AMANDA_PAYLOAD_FRAMES && events->whole)
        amanda_export_tap_end(connection->stream, AMANDA_TO_REQUESTER, pinfo);
    if (connection->stream && (events->found || !amanda_connection_owns_columns(pinfo)))
        show_connection(connection, events->found, pinfo, tvb, tree);
    else if (events->found & EVENT_CLOSED)
        show_end_of_frames(connection, pinfo, tvb, tree);
}

/* On the first pass: the connection of a packet, as far as it is of interest; NULL if it is not. */
static amanda_connection_t *find_out(amanda_connection_t *connection, packet_info *pinfo, unsigned n)
{
    amanda_segment_t segment;

    if (!connection)
        connection = begin(pinfo, false);
    /* Nearly always, nothing is left to be found out. */
    if (connection && amanda_connection_is_known(connection, pinfo) && connection->answered &&
        (connection->others || !connection->stream || connection->stream->setup_frame))
        return connection;
    if (!amanda_segment_read(pinfo, &segment))
        return connection;
    if (!connection)
        connection = amanda_attempts_begin(pinfo, &segment);
    if (!connection)
        return NULL;
    amanda_capture()->awake = true;
    if (!amanda_connection_is_known(connection, pinfo))
        amanda_first_bytes_consider_again(connection, pinfo);
    if (amanda_attempts_see(connection, &segment, pinfo))
        amanda_packet_data_keep(pinfo, AMANDA_PACKET_REFUSED, n, connection);
    return connection;
}

/* A segment of which a connection of Amanda may have to know. n: which one of its frame, for what is kept of it; 0: the last,
 * and nearly always only one. Returns how much of the frame is Amanda's. */
static int follow_segment(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, unsigned n)
{
    amanda_connection_t *connection;

    /* What an ICMP error quotes is no packet of a connection. */
    if (proto_is_frame_protocol(pinfo->layers, "icmp") || proto_is_frame_protocol(pinfo->layers, "icmpv6")) {
        if (!PINFO_FD_VISITED(pinfo))
            amanda_tcp_outcome_icmp(pinfo);
        return 0;
    }
    connection = amanda_connection_get(pinfo);
    if (!PINFO_FD_VISITED(pinfo))
        connection = find_out(connection, pinfo, n);
    if (!connection)
        return 0;
    if (amanda_packet_data_get(pinfo, AMANDA_PACKET_REFUSED, n))
        amanda_attempts_show_refused(connection, pinfo, tvb, tree);
    if (PINFO_FD_VISITED(pinfo))
        amanda_attempts_show_unanswered(connection, pinfo, tvb, tree);
    if (!amanda_connection_is_known(connection, pinfo))
        return 0;
    follow(connection, tvb, pinfo, tree, n);
    return (int)tvb_captured_length(tvb);
}

typedef struct {
    tvbuff_t *tvb;
    proto_tree *tree;
    int length; /* how much of the frame is Amanda's */
} frame_t;

static void follow_if_watched(frame_t *frame, packet_info *pinfo, unsigned n)
{
    int length;

    if (!amanda_announced_ports_has_either(amanda_capture()->watched_ports, pinfo))
        return;
    length = follow_segment(frame->tvb, pinfo, frame->tree, n);
    frame->length = MAX(frame->length, length);
}

/* A segment without payload in front of the last one of its frame. */
static void follow_bare(packet_info *pinfo, unsigned n, void *user_data)
{
    follow_if_watched((frame_t *)user_data, pinfo, n);
}

static int follow_segments(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    frame_t frame = {.tvb = tvb, .tree = tree};

    amanda_segments_each_bare(pinfo, follow_bare, &frame);
    follow_if_watched(&frame, pinfo, 0);
    return frame.length;
}

/* The exchange of a stream of this packet; NULL if there is none. */
static const amanda_exchange_t *exchange_of_stream(const amanda_connection_t *connection, packet_info *pinfo)
{
    const amanda_stream_t *stream = amanda_stream_follower_stream(connection, pinfo);

    return stream && !stream->dump->unmatched ? stream->dump->exchange : NULL;
}

const amanda_exchange_t *amanda_follow_exchange(packet_info *pinfo, bool *forth)
{
    const amanda_connection_t *connection = pinfo->ptype == PT_TCP ? amanda_connection_get(pinfo) : NULL;
    const amanda_exchange_t *exchange;

    if (!amanda_connection_is_known(connection, pinfo))
        return NULL;
    *forth = amanda_connection_direction(connection, pinfo) == AMANDA_TO_RESPONDER;
    exchange = amanda_framed_packets_exchange(pinfo);
    return exchange ? exchange : exchange_of_stream(connection, pinfo);
}

/* Whether a frame may hold several segments: the packet has the addresses and ports of the last one. */
static inline bool may_hold_several(const packet_info *pinfo)
{
    return wmem_list_count(pinfo->layers) >= AMANDA_LAYERS_OF_SEVERAL;
}

/* Whether a frame has nothing to do with Amanda, and settles nothing. So nearly all of other traffic ends here. */
static inline bool is_foreign(amanda_capture_t *capture, const packet_info *pinfo)
{
    bool tcp = pinfo->ptype == PT_TCP;

    if ((!capture->awake && !tcp) || !capture->ports)
        return true;
    if (!tcp || amanda_announced_ports_has_either(capture->watched_ports, pinfo) || may_hold_several(pinfo))
        return false;
    if (!capture->awake)
        return true;
    if (PINFO_FD_VISITED(pinfo) || !amanda_outcomes_pass_segment(capture->outcomes, amanda_outcome_moment(pinfo)))
        return false;
    capture->latest = pinfo->abs_ts;
    capture->tcp_seen = true;
    return true;
}

/* Not part of the next function, which is to need no room of its own. */
static int G_GNUC_NO_INLINE look_closer(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    amanda_capture_t *capture = amanda_capture();
    bool tcp = pinfo->ptype == PT_TCP;
    int length = 0;

    if (capture->awake && !PINFO_FD_VISITED(pinfo)) {
        capture->latest = pinfo->abs_ts;
        capture->tcp_seen = capture->tcp_seen || tcp;
        amanda_outcomes_capture_goes_on(capture->outcomes, amanda_outcome_moment(pinfo), tcp);
    }
    /* Since Wireshark 4.4 a packet with an ICMP error has no ports. */
    if (pinfo->ptype == PT_NONE && !PINFO_FD_VISITED(pinfo))
        amanda_tcp_outcome_icmp(pinfo);
    if (pinfo->ptype == PT_NONE || pinfo->ptype == PT_UDP)
        amanda_icmp_see_header_alone(pinfo, tvb, tree);
    else if (tcp && may_hold_several(pinfo))
        length = follow_segments(tvb, pinfo, tree);
    else if (tcp && amanda_announced_ports_has_either(capture->watched_ports, pinfo))
        length = follow_segment(tvb, pinfo, tree, 0);
    /* On the first pass, nearly no frame settles anything. */
    if (capture->awake && (PINFO_FD_VISITED(pinfo) || amanda_outcomes_may_be_settled_in(capture->outcomes, pinfo->num)))
        amanda_outcomes_show(pinfo, tvb, tree);
    return length;
}

/* Called for every frame once it is dissected. */
static int follow_connections(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    return is_foreign(amanda_capture(), pinfo) ? 0 : look_closer(tvb, pinfo, tree);
}

void amanda_follow_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_stream_syn,
         {"Refuses", "amanda.stream.syn", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The SYN that is refused", HFILL}},
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
    };

    proto_amanda = proto;
    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
    stream_handle = register_dissector("amanda.stream", amanda_follow_dissect, proto);
}

void amanda_follow_handoff(int proto)
{
    register_postdissector(create_dissector_handle(follow_connections, proto));
}
