/* tcp/segments.h
 * The TCP segment of a packet, as it stands in the packet
 *
 * Without reassembly of segments that are out of order (the default), TCP hands over no segment that it takes for a
 * retransmission or for out of order. But such a segment may be the very one that fills a gap. So it is read from the
 * packet itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_SEGMENTS_H
#define AMANDA_TCP_SEGMENTS_H

#include "ws-compat.h"

#include <epan/packet.h>

enum { AMANDA_TCP_FIN = 1, AMANDA_TCP_SYN = 2, AMANDA_TCP_RST = 4, AMANDA_TCP_ACK = 16 };

typedef struct {
    tvbuff_t *payload; /* NULL where there is none */
    unsigned end;      /* at which byte of the packet it ends; 0 where that is not known */
    uint32_t seq;      /* of the first byte of the payload; not relative to anything */
    uint32_t ack;
    uint8_t flags; /* AMANDA_TCP_... */
    tvbuff_t *packet;
    int ttl_at; /* where its header of IP has the time to live in packet */
} amanda_segment_t;

/* The time to live (IPv6: hop limit) with which a segment came that was read so. */
uint8_t amanda_segment_ttl(const amanda_segment_t *segment);

/* Reads the segment between the endpoints of a packet, the innermost if there are several, but none in front of the one that
 * the packet is through with. Returns false if it is not found: IP had to put it together from fragments. */
bool amanda_segment_read(packet_info *pinfo, amanda_segment_t *segment);

/* At which of its frame's segments a packet is, the same on every pass: of those that TCP hands over one by one, and behind
 * all of these, of those that are followed once TCP is through with the frame. */
uint16_t amanda_segments_place(packet_info *pinfo);

/* Whether what happened at that place had happened when TCP, or who follows, was at the segment where the packet is. */
bool amanda_segments_have_come_to(packet_info *pinfo, uint16_t place);

/* A frame that holds two segments has so many protocols: those of its link, and twice what says which protocol, IP and TCP. */
#define AMANDA_LAYERS_OF_SEVERAL 8

/* TCP hands over no segment without payload, and what is called once for a frame sees the last one of it only. Of a frame that
 * has several, as aggregates of IEEE 802.11 do, this calls function for each segment without payload but the last, with the
 * packet's addresses, ports and place being those of the segment meanwhile; n: which one, from 1. For none, where it is not
 * sure which of the frame's bytes they are. Then the packet is at the last one. */
void amanda_segments_each_bare(packet_info *pinfo, void (*function)(packet_info *pinfo, unsigned n, void *user_data),
                               void *user_data);

#endif
