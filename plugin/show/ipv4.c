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
    PROTOCOL = 9,
    SOURCE = 12,
    DESTINATION = 16
};
#define FRAGMENT_MASK 0x3fff /* more of them, and the offset */

/* Whether an IPv4 header of this length begins here, with a UDP header behind it. */
static bool is_header(const uint8_t *header, int length, const packet_info *pinfo)
{
    return header[0] == (0x40 | length / 4) && header[PROTOCOL] == IP_PROTO_UDP &&
           memcmp(header + SOURCE, pinfo->src.data, 4) == 0 && memcmp(header + DESTINATION, pinfo->dst.data, 4) == 0 &&
           amanda_ntoh16(header + TOTAL_LENGTH) >= length + UDP_HEADER &&
           amanda_ntoh16(header + length) == pinfo->srcport && amanda_ntoh16(header + length + 2) == pinfo->destport;
}

bool amanda_is_reassembled(tvbuff_t *payload)
{
    return tvb_raw_offset(payload) == UDP_HEADER;
}

uint16_t amanda_ipv4_identification(tvbuff_t *payload, const packet_info *pinfo)
{
    tvbuff_t *source = tvb_get_ds_tvb(payload);
    int udp = tvb_raw_offset(payload) - UDP_HEADER;

    if (pinfo->src.type != AT_IPv4 || pinfo->dst.type != AT_IPv4 || !source || udp < SHORTEST_HEADER)
        return 0;

    int room = MIN(udp, LONGEST_HEADER);
    const uint8_t *end = tvb_get_ptr(source, udp - room, room + UDP_HEADER) + room;

    for (int length = SHORTEST_HEADER; length <= room; length += 4) {
        const uint8_t *header = end - length;

        if (is_header(header, length, pinfo))
            return amanda_ntoh16(header + FRAGMENT) & FRAGMENT_MASK ? 0 : amanda_ntoh16(header + IDENTIFICATION);
    }
    return 0;
}
