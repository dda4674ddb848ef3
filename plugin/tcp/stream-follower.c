/* tcp/stream-follower.c
 * Follow, as Wireshark calls it: the bytes of one stream of Amanda, also where several share one connection
 *
 * Each stream of the capture has a number of its own (amanda.stream.index), which is what is asked for. A packet may have
 * bytes of several streams, so the filter alone does not tell which of them to take.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/stream-follower.h"

#include <epan/addr_resolv.h>
#include <epan/follow.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include <stdio.h>

#include "show/packet-data.h"
#include "stream/streams.h"

#define TAP_NAME "amanda_follow"

/* The filter of one stream; tshark keeps it with the listener. */
#define INDEX_FILTER "amanda.stream.index == "

/* So many segments may wait for one that comes late (tcp/reassembly.c); others may be among them. */
#define LATE_MAX 16384

/* No stream in particular: all that the packets have. */
#define EVERY_STREAM UINT_MAX

static int follow_tap = -1;

/* The stream whose filter was asked for last. Wireshark's window asks for the filter and follows it at once. */
static unsigned requested = EVERY_STREAM;

/* Bytes that wait for the end of their packet's dissection. */
typedef struct {
    amanda_followed_bytes_t of;
    const uint8_t *bytes; /* a copy: those that came with an earlier packet may be let go before */
    unsigned captured;
    bool cut; /* there were more */
} queued_t;

void amanda_stream_follower_take(packet_info *pinfo, const amanda_followed_bytes_t *bytes)
{
    queued_t *queued;

    if (!have_tap_listener(follow_tap))
        return;
    queued = wmem_new0(pinfo->pool, queued_t);
    queued->of = *bytes;
    if (bytes->tvb) {
        queued->captured = tvb_captured_length(bytes->tvb);
        queued->cut = queued->captured < tvb_reported_length(bytes->tvb);
        if (queued->captured > 0)
            queued->bytes = (const uint8_t *)tvb_memdup(pinfo->pool, bytes->tvb, 0, queued->captured);
    }
    tap_queue_packet(follow_tap, pinfo, queued);
}

const amanda_stream_t *amanda_stream_follower_stream(const amanda_connection_t *connection, packet_info *pinfo)
{
    const amanda_stream_t *stream =
        connection && connection->payload != AMANDA_PAYLOAD_FRAMES ? connection->stream : NULL;
    unsigned count = amanda_packet_data_kept(pinfo, AMANDA_PACKET_FRAME_STREAM);

    for (unsigned n = 0; !stream && n < count; n++)
        stream = (const amanda_stream_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_FRAME_STREAM, n);
    return stream;
}

static char *filter_of_index(unsigned ordinal, unsigned sub_stream _U_)
{
    requested = ordinal;
    return g_strdup_printf(INDEX_FILTER "%u", ordinal);
}

static char *filter_of_packet(epan_dissect_t *edt _U_, packet_info *pinfo, unsigned *ordinal, unsigned *sub_stream)
{
    const amanda_connection_t *connection = pinfo->ptype == PT_TCP ? amanda_connection_get(pinfo) : NULL;
    const amanda_stream_t *stream = amanda_stream_follower_stream(connection, pinfo);

    /* sharkd shows the number, also where there is no filter. */
    *ordinal = stream ? stream->ordinal : 0;
    *sub_stream = 0;
    if (!stream)
        return NULL;
    return filter_of_index(stream->ordinal, 0);
}

static char *filter_of_addresses(address *one, address *other, int one_port, int other_port)
{
    const char *name = one->type == AT_IPv6 ? "ipv6" : "ip";
    char *one_text = address_to_str(NULL, one);
    char *other_text = address_to_str(NULL, other);
    char *filter = g_strdup_printf(
        "amanda and ((%s.src eq %s and tcp.srcport eq %d and %s.dst eq %s and tcp.dstport eq "
        "%d) or (%s.src eq %s and tcp.srcport eq %d and %s.dst eq %s and tcp.dstport eq %d))",
        name, one_text, one_port, name, other_text, other_port, name, other_text, other_port, name, one_text, one_port);

    wmem_free(NULL, one_text);
    wmem_free(NULL, other_text);
    requested = EVERY_STREAM;
    return filter;
}

static unsigned followed_index(const follow_info_t *info)
{
    unsigned ordinal;

    if (!info->filter_out_filter)
        return requested;
    return sscanf(info->filter_out_filter, INDEX_FILTER "%u", &ordinal) == 1 ? ordinal : EVERY_STREAM;
}

static void set_ends(follow_info_t *info, const packet_info *pinfo, bool forth)
{
    if (info->client_port)
        return;
    info->client_port = forth ? pinfo->srcport : pinfo->destport;
    info->server_port = forth ? pinfo->destport : pinfo->srcport;
    copy_address(&info->client_ip, forth ? &pinfo->src : &pinfo->dst);
    copy_address(&info->server_ip, forth ? &pinfo->dst : &pinfo->src);
}

/* Where a record goes that comes late, on a later pass, on which bytes of DATA stand where their packet does: in front of
 * those of its side that come behind it. What the other side says stands where it is. payload: what came so far, the last
 * one first. */
static GList *late_place(GList *payload, const follow_record_t *record)
{
    GList *place = payload;
    int looked_at = 0;

    for (GList *at = payload; at && looked_at++ < LATE_MAX; at = at->next) {
        const follow_record_t *other = (const follow_record_t *)at->data;

        if (other->is_server != record->is_server)
            continue;
        /* No stream goes back by 2 GiB. */
        if ((int32_t)(other->seq - record->seq) <= 0)
            break;
        place = at->next;
    }
    return place;
}

/* Puts a record in its place. */
static void insert(follow_info_t *info, follow_record_t *record, bool in_any_order)
{
    uint32_t *latest = &info->seq[record->is_server];
    bool late = in_any_order && (int32_t)(record->seq - *latest) < 0;

    info->payload =
        g_list_insert_before(info->payload, late ? late_place(info->payload, record) : info->payload, record);
    if (!late)
        *latest = record->seq;
    info->bytes_written[record->is_server] += record->data->len;
}

static void add(follow_info_t *info, const packet_info *pinfo, const amanda_followed_bytes_t *bytes, uint64_t offset,
                const void *data, unsigned length)
{
    follow_record_t *record = g_new0(follow_record_t, 1);

    record->is_server = bytes->direction == AMANDA_TO_REQUESTER;
    record->packet_num = pinfo->num;
    record->abs_ts = pinfo->abs_ts;
    record->seq = (uint32_t)offset;
    record->data = g_byte_array_new();
    g_byte_array_append(record->data, (const uint8_t *)data, length);
    insert(info, record, bytes->alone);
}

static tap_packet_status follow_packet(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *queued,
                                       tap_flags_t flags _U_)
{
    static const char missing[] = "[bytes missing in capture file]";

    follow_info_t *info = (follow_info_t *)tapdata;
    const queued_t *packet = (const queued_t *)queued;
    const amanda_followed_bytes_t *bytes = &packet->of;
    unsigned ordinal = followed_index(info);

    if (ordinal != EVERY_STREAM && ordinal != bytes->stream->ordinal)
        return TAP_PACKET_DONT_REDRAW;
    set_ends(info, pinfo, bytes->direction == AMANDA_TO_RESPONDER);
    /* The bytes behind the gap may be there already. */
    if (bytes->gap)
        add(info, pinfo, bytes, bytes->offset - 1, missing, sizeof missing - 1);
    if (packet->captured > 0)
        add(info, pinfo, bytes, bytes->offset, packet->bytes, packet->captured);
    if (packet->cut)
        add(info, pinfo, bytes, bytes->offset + packet->captured, missing, sizeof missing - 1);
    return TAP_PACKET_DONT_REDRAW;
}

void amanda_stream_follower_register(int proto)
{
    follow_tap = register_tap(TAP_NAME);
    AMANDA_REGISTER_FOLLOWER(proto, TAP_NAME, filter_of_packet, filter_of_index, filter_of_addresses,
                             tcp_port_to_display, follow_packet, amanda_streams_count);
}
