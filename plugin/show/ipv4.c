/* show/ipv4.c
 * What the IPv4 header around a datagram says, which its dissector is not told
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/ipv4.h"

#include <epan/ipproto.h>

#include <string.h>

#define UDP_HEADER 8

/* RFC 791 */
enum {
    SHORTEST_HEADER = 20,
    LONGEST_HEADER = 60,
    TOTAL_LENGTH = 2,
    IDENTIFICATION = 4,
    FRAGMENT = 6,
    TIME_TO_LIVE = 8,
    PROTOCOL = 9,
    SOURCE = 12,
    DESTINATION = 16
};
/* RFC 8200 */
enum { IPV6_HEADER = 40, IPV6_NEXT = 6, IPV6_HOP_LIMIT = 7, IPV6_SOURCE = 8 };

#define FRAGMENT_MASK 0x3fff /* more of them, and the offset */

/* Whether an IPv4 header of this length begins here, with a UDP header behind it. */
static bool is_header(const uint8_t *header, int length, const packet_info *pinfo)
{
    return header[0] == (0x40 | length / 4) && header[PROTOCOL] == IP_PROTO_UDP &&
           memcmp(header + SOURCE, pinfo->src.data, 4) == 0 && memcmp(header + DESTINATION, pinfo->dst.data, 4) == 0 &&
           amanda_ntoh16(header + TOTAL_LENGTH) >= length + UDP_HEADER &&
           amanda_ntoh16(header + length) == pinfo->srcport && amanda_ntoh16(header + length + 2) == pinfo->destport;
}

/* The IPv4 header right before a UDP header in the same bytes, where that begins; NULL if there is none. */
static const uint8_t *ipv4_header(tvbuff_t *payload, int udp, const packet_info *pinfo)
{
    if (pinfo->src.type != AT_IPv4 || pinfo->dst.type != AT_IPv4 || udp < SHORTEST_HEADER)
        return NULL;

    int room = MIN(udp, LONGEST_HEADER);
    const uint8_t *end = tvb_get_ptr(tvb_get_ds_tvb(payload), udp - room, room + UDP_HEADER) + room;

    for (int length = SHORTEST_HEADER; length <= room; length += 4) {
        if (is_header(end - length, length, pinfo))
            return end - length;
    }
    return NULL;
}

amanda_ipv4_around_t amanda_ipv4_around(tvbuff_t *payload, const packet_info *pinfo)
{
    int udp = tvb_raw_offset(payload) - UDP_HEADER;
    const uint8_t *header = ipv4_header(payload, udp, pinfo);
    bool whole = header && !(amanda_ntoh16(header + FRAGMENT) & FRAGMENT_MASK);

    return (amanda_ipv4_around_t){
        .identification = whole ? amanda_ntoh16(header + IDENTIFICATION) : 0,
        .in_fragments = udp == 0,
    };
}

/* The IPv6 header in the same place, where nothing stands between. */
static const uint8_t *ipv6_header(tvbuff_t *payload, const packet_info *pinfo)
{
    tvbuff_t *source = tvb_get_ds_tvb(payload);
    int udp = tvb_raw_offset(payload) - UDP_HEADER;
    const uint8_t *header;

    if (pinfo->src.type != AT_IPv6 || !source || udp < IPV6_HEADER)
        return NULL;
    header = tvb_get_ptr(source, udp - IPV6_HEADER, IPV6_HEADER);
    return header[0] >> 4 == 6 && header[IPV6_NEXT] == IP_PROTO_UDP &&
                   memcmp(header + IPV6_SOURCE, pinfo->src.data, 16) == 0
               ? header
               : NULL;
}

uint8_t amanda_time_to_live(tvbuff_t *payload, const packet_info *pinfo)
{
    const uint8_t *header = ipv4_header(payload, tvb_raw_offset(payload) - UDP_HEADER, pinfo);

    if (header)
        return header[TIME_TO_LIVE];
    header = ipv6_header(payload, pinfo);
    return header ? header[IPV6_HOP_LIMIT] : 0;
}
