/* tcp/segments.c
 * The TCP segment of a packet, as it stands in the packet
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/segments.h"

#include "show/packet-data.h"

#include <epan/exceptions.h>

#include <string.h>

#define PROTOCOL_TCP 6
#define TCP_HEADER 20

/* Where the source address stands in the header of IP, and how long that is at least. */
#define IPV4_SOURCE 12
#define IPV4_HEADER 20
#define IPV4_TIME_TO_LIVE 8
#define IPV6_SOURCE 8
#define IPV6_HEADER 40
#define IPV6_HOP_LIMIT 7

/* Bytes from the beginning of a packet, or from what it is through with on, among which headers are looked for, those of
 * tunnels included. */
#define SEARCHED 512

/* No frame has more: Wireshark bears 500 protocols in one. */
#define SEGMENTS_MAX 256

/* In the place of a packet: TCP is through with the frame. */
#define FOLLOWED 0x8000U

/* A TCP segment with its header; its end is that of the IP packet, which may have padding behind it. */
typedef struct {
    tvbuff_t *tvb;
    int offset;
    int end;
    int ttl_at;
} place_t;

static unsigned byte_at(tvbuff_t *tvb, int offset)
{
    return tvb_get_bits8(tvb, (unsigned)offset * 8, 8);
}

static bool find_in_ipv4(place_t *place)
{
    tvbuff_t *tvb = place->tvb;
    int start = place->offset;

    if (tvb_captured_length_remaining(tvb, start) < IPV4_HEADER || byte_at(tvb, start) >> 4 != 4 ||
        byte_at(tvb, start + 9) != PROTOCOL_TCP || (tvb_get_ntohs(tvb, start + 6) & 0x3fff) != 0)
        return false;

    int length = tvb_get_ntohs(tvb, start + 2);

    /* With segmentation offload, the length can be 0. */
    place->end = length > 0 ? start + length : (int)tvb_reported_length(tvb);
    place->ttl_at = start + IPV4_TIME_TO_LIVE;
    place->offset = start + (int)(byte_at(tvb, start) & 0xf) * 4;
    return true;
}

static bool find_in_ipv6(place_t *place)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, DESTINATION = 60 };
    tvbuff_t *tvb = place->tvb;
    int start = place->offset;

    if (tvb_captured_length_remaining(tvb, start) < IPV6_HEADER || byte_at(tvb, start) >> 4 != 6)
        return false;

    int length = tvb_get_ntohs(tvb, start + 4);
    unsigned next = byte_at(tvb, start + 6);

    place->end = length > 0 ? start + IPV6_HEADER + length : (int)tvb_reported_length(tvb);
    place->ttl_at = start + IPV6_HOP_LIMIT;
    place->offset = start + IPV6_HEADER;
    while (next == HOP_BY_HOP || next == ROUTING || next == DESTINATION) {
        if (tvb_captured_length_remaining(tvb, place->offset) < 8)
            return false;
        next = byte_at(tvb, place->offset);
        place->offset += (int)(byte_at(tvb, place->offset + 1) + 1) * 8;
    }
    return next == PROTOCOL_TCP;
}

/* Where the payload of the segment would begin. */
static int payload_at(const place_t *place)
{
    return place->offset + (int)(byte_at(place->tvb, place->offset + 12) >> 4) * 4;
}

static bool read_ip(packet_info *pinfo, place_t *place)
{
    bool is_tcp = pinfo->src.type == AT_IPv4 ? find_in_ipv4(place) : find_in_ipv6(place);

    return is_tcp && tvb_captured_length_remaining(place->tvb, place->offset) >= TCP_HEADER &&
           tvb_get_ntohs(place->tvb, place->offset) == pinfo->srcport &&
           tvb_get_ntohs(place->tvb, place->offset + 2) == pinfo->destport;
}

/* The header of IP that has this source address, in front of a TCP header with these ports; its packet does not end before
 * that byte. */
static bool search(packet_info *pinfo, place_t *place, const uint8_t *bytes, int length, unsigned until)
{
    const uint8_t *source = (const uint8_t *)pinfo->src.data;
    int before = pinfo->src.type == AT_IPv4 ? IPV4_SOURCE : IPV6_SOURCE;
    int end = MIN(length, (int)until + SEARCHED) - pinfo->src.len;

    for (int at = before; at <= end; at++) {
        if (bytes[at] != source[0] || memcmp(bytes + at, source, (size_t)pinfo->src.len) != 0)
            continue;
        place->offset = at - before;
        if (read_ip(pinfo, place) && MIN(place->end, length) >= (int)until)
            return true;
    }
    return false;
}

/* IPv4's dissector leaves its addresses where they are in the packet, so they tell where its header is; IPv6's copies
 * them. */
static bool find(packet_info *pinfo, place_t *place)
{
    bool ipv4 = pinfo->src.type == AT_IPv4;
    uintptr_t where = (uintptr_t)pinfo->src.data;
    unsigned until = ipv4 ? 0 : amanda_packet_data_done_until(pinfo);

    if (!ipv4 && pinfo->src.type != AT_IPv6)
        return false;
    for (const GSList *source = pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        int length = (int)tvb_captured_length(tvb);
        const uint8_t *bytes = length > 0 ? tvb_get_ptr(tvb, 0, length) : NULL;
        uintptr_t start = (uintptr_t)bytes;
        unsigned before = ipv4 ? IPV4_SOURCE : IPV6_SOURCE;

        place->tvb = tvb;
        if (bytes && where >= start + before && where < start + (unsigned)length) {
            place->offset = (int)(where - start - before);
            return read_ip(pinfo, place);
        }
        if (bytes && search(pinfo, place, bytes, length, until))
            return true;
    }
    return false;
}

uint8_t amanda_segment_ttl(const amanda_segment_t *segment)
{
    return segment->packet ? (uint8_t)byte_at(segment->packet, segment->ttl_at) : 0;
}

bool amanda_segment_read(packet_info *pinfo, amanda_segment_t *segment)
{
    place_t place;

    if (!find(pinfo, &place))
        return false;

    int payload = payload_at(&place);
    int captured = MIN((int)tvb_captured_length(place.tvb), place.end) - payload;

    segment->packet = place.tvb;
    segment->ttl_at = place.ttl_at;
    segment->seq = tvb_get_ntohl(place.tvb, place.offset + 4);
    segment->ack = tvb_get_ntohl(place.tvb, place.offset + 8);
    segment->flags = (uint8_t)byte_at(place.tvb, place.offset + 13);
    /* The first byte of a SYN's payload stands behind the SYN. */
    if (segment->flags & AMANDA_TCP_SYN)
        segment->seq++;
    segment->payload = place.end > payload && captured >= 0
                           ? tvb_new_subset_length_caplen(place.tvb, payload, captured, place.end - payload)
                           : NULL;
    segment->end = segment->payload ? (unsigned)(payload + captured) : 0;
    return true;
}

/* What the frame has of a packet that its bytes tell of. */
typedef struct {
    place_t place;
    const uint8_t *source;
    const uint8_t *destination;
    int address_length;
} packet_t;

/* How many segments TCP has found in this frame so far: while it is at one of them, which one that is, from 1. */
static unsigned count_segments(const packet_info *pinfo)
{
    const int tcp = proto_get_id_by_filter_name("tcp");
    unsigned count = 0;

    for (wmem_list_frame_t *layer = wmem_list_head(pinfo->layers); layer; layer = wmem_list_frame_next(layer))
        count += GPOINTER_TO_INT(wmem_list_frame_data(layer)) == tcp;
    return count;
}

/* On the way through the segments of a frame that TCP is through with: the packet is at that one. */
static void go_to(packet_info *pinfo, unsigned n)
{
    while (amanda_packet_data_count(pinfo, AMANDA_PACKET_SEGMENT) < n)
        amanda_packet_data_next(pinfo, AMANDA_PACKET_SEGMENT);
}

uint16_t amanda_segments_place(packet_info *pinfo)
{
    unsigned followed = amanda_packet_data_count(pinfo, AMANDA_PACKET_SEGMENT);

    return (uint16_t)(followed ? FOLLOWED | followed : count_segments(pinfo));
}

bool amanda_segments_have_come_to(packet_info *pinfo, uint16_t place)
{
    unsigned now = amanda_segments_place(pinfo);

    /* What was found out while a segment was followed, TCP's dissectors did not know yet. */
    return (now & FOLLOWED) >= (place & FOLLOWED) && (now & ~FOLLOWED) >= (place & ~FOLLOWED);
}

/* Whether a whole packet of IP with a segment of TCP begins there. */
static bool read_packet(packet_t *packet, tvbuff_t *tvb, const uint8_t *bytes, int at)
{
    bool ipv4 = bytes[at] >> 4 == 4;

    packet->place = (place_t){.tvb = tvb, .offset = at};
    if (!(ipv4 ? find_in_ipv4(&packet->place) : find_in_ipv6(&packet->place)) ||
        packet->place.offset < at + IPV4_HEADER)
        return false;
    packet->address_length = ipv4 ? 4 : 16;
    packet->source = bytes + at + (ipv4 ? IPV4_SOURCE : IPV6_SOURCE);
    packet->destination = packet->source + packet->address_length;
    return packet->place.offset + TCP_HEADER <= (int)tvb_captured_length(tvb) &&
           payload_at(&packet->place) >= packet->place.offset + TCP_HEADER &&
           payload_at(&packet->place) <= packet->place.end && packet->place.end <= (int)tvb_reported_length(tvb);
}

/* The packets of a frame one behind the other, each beginning behind the one before. */
static unsigned find_packets(packet_info *pinfo, packet_t packets[SEGMENTS_MAX])
{
    unsigned count = 0;

    for (const GSList *source = pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        int length = (int)tvb_captured_length(tvb);
        const uint8_t *bytes = length > 0 ? tvb_get_ptr(tvb, 0, length) : NULL;

        for (int at = 0; at < length && count < SEGMENTS_MAX;) {
            if (read_packet(&packets[count], tvb, bytes, at))
                at = packets[count++].place.end;
            else
                at++;
        }
    }
    return count;
}

static bool is_bare(const packet_t *packet)
{
    return payload_at(&packet->place) == packet->place.end;
}

static void enter(packet_info *pinfo, const packet_t *packet)
{
    int type = packet->address_length == 4 ? AT_IPv4 : AT_IPv6;

    set_address(&pinfo->src, type, packet->address_length, packet->source);
    set_address(&pinfo->dst, type, packet->address_length, packet->destination);
    pinfo->srcport = tvb_get_ntohs(packet->place.tvb, packet->place.offset);
    pinfo->destport = tvb_get_ntohs(packet->place.tvb, packet->place.offset + 2);
    pinfo->ptype = PT_TCP;
}

/* Calls function for those that are to be told of; whatever it throws, the packet has its own addresses and ports again. */
static void call_for_bare(packet_info *pinfo, const packet_t *packets, unsigned count,
                          void (*function)(packet_info *pinfo, unsigned n, void *user_data), void *user_data)
{
    const packet_info saved = *pinfo;

    TRY
    {
        for (unsigned n = 0; n + 1 < count; n++) {
            if (!is_bare(&packets[n]))
                continue;
            enter(pinfo, &packets[n]);
            go_to(pinfo, n + 1);
            function(pinfo, n + 1, user_data);
        }
    }
    FINALLY
    {
        pinfo->src = saved.src;
        pinfo->dst = saved.dst;
        pinfo->srcport = saved.srcport;
        pinfo->destport = saved.destport;
        pinfo->ptype = saved.ptype;
    }
    ENDTRY;
}

void amanda_segments_each_bare(packet_info *pinfo, void (*function)(packet_info *pinfo, unsigned n, void *user_data),
                               void *user_data)
{
    unsigned count;
    packet_t *packets;

    count = count_segments(pinfo);
    if (count < 2)
        return;
    packets = wmem_alloc_array(pinfo->pool, packet_t, SEGMENTS_MAX);
    if (find_packets(pinfo, packets) == count)
        call_for_bare(pinfo, packets, count, function, user_data);
    go_to(pinfo, count);
}
