/* show/ipv4.h
 * What the IPv4 header around a datagram says, which its dissector is not told
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_IPV4_H
#define AMANDA_SHOW_IPV4_H

#include "ws-compat.h"

#include <epan/packet.h>

/* What stands before a UDP payload in its bytes. */
typedef struct {
    /* Of the IPv4 packet. 0: not known, which it is too for a packet that came in fragments, by IPv6, or whose IPv4 header does
     * not stand right before the UDP header, in the same bytes. */
    uint16_t identification;
    bool in_fragments; /* nothing but the UDP header: put together from fragments of IP */
} amanda_ipv4_around_t;

/* What is around the UDP payload of this packet. */
amanda_ipv4_around_t amanda_ipv4_around(tvbuff_t *payload, const packet_info *pinfo);

/* The time to live (IPv6: hop limit) with which the packet came whose UDP payload this is. 0 where it is not known, as
 * above. */
uint8_t amanda_time_to_live(tvbuff_t *payload, const packet_info *pinfo);

#endif
