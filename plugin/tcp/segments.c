/* tcp/segments.c
 * The TCP segment of a packet, as it stands in the packet
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/segments.h"

#include "show/packet-data.h"

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

    int payload = place.offset + (int)(byte_at(place.tvb, place.offset + 12) >> 4) * 4;
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
