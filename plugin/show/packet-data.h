/* show/packet-data.h
 * What the first pass keeps with a packet for the later ones, and how often something came up in a packet: expert infos
 * are limited by that
 *
 * A packet may hold many datagrams, and a segment thousands of frames. So what is kept is numbered by its kind, and found
 * by its number however many there are. No part of the plugin keeps anything with a packet but by way of this one, so
 * that no two of them take each other's for their own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_PACKET_DATA_H
#define AMANDA_SHOW_PACKET_DATA_H

#include "ws-compat.h"

#include <epan/expert.h>
#include <epan/packet.h>

typedef enum {
    AMANDA_PACKET_DATAGRAM_REPLY, /* body/reply.c: what was known when the reply came, by the datagram's layer */
    AMANDA_PACKET_FRAMED_REPLY,   /* the same, of the n-th reply in frames */
    AMANDA_PACKET_LINE_LINK,      /* stream/questions.c: the n-th question or answer */
    AMANDA_PACKET_UNFINISHED,     /* stream/unfinished-lines.c: the n-th bytes of a stream or of frames */
    AMANDA_PACKET_ARRIVAL,        /* tcp/reassembly.c: what came of the n-th segment that was not as usual */
    AMANDA_PACKET_EVENTS,         /* tcp/follow.c: what the packet means for its connection */
    AMANDA_PACKET_REFUSED,        /* tcp/follow.c: the packet refuses a connection to a port of Amanda */
    AMANDA_PACKET_CHUNK,          /* tcp/frames.c: the n-th bytes with frames */
    AMANDA_PACKET_FRAME_STREAM,   /* tcp/frames.c: the stream of the n-th frame */
    AMANDA_PACKET_FRAME_PACKET,   /* tcp/framed-packets.c: what became of the packet in the n-th frame */
    AMANDA_PACKET_FRAME_LACK,     /* tcp/frames.c: whether bytes that the capture lacks explain the n-th frame */
    AMANDA_PACKET_TOLD,           /* tcp/framed-packets.c: counted only */
    AMANDA_PACKET_COLUMNS,        /* tcp/connections.c: counted only */
    AMANDA_PACKET_TLS_APP,        /* tcp/tcp.c: counted only, at each segment */
    AMANDA_PACKET_TLS_HEUR,       /* tcp/tcp.c: counted only, at each segment */
    AMANDA_PACKET_CONSIDERED,     /* tcp/first-bytes.c: counted only */
    AMANDA_PACKET_SEGMENT,        /* tcp/segments.c: counted only */
    AMANDA_PACKET_EXPORTED,       /* stream/export-tap.c: counted only */
    AMANDA_PACKET_EXPERT_INFO,    /* show/packet-data.c: counted only */
    AMANDA_PACKET_KINDS
} amanda_packet_data_t;

/* Keeps data with the packet as number n of its kind, for as long as the capture file is open. To be called on the first
 * pass, and with numbers that grow. data: in the memory of the capture file. */
void amanda_packet_data_keep(packet_info *pinfo, amanda_packet_data_t kind, unsigned n, void *data);

/* How many numbers of this kind the packet has something under, or skipped before one that it has. Not of those that are
 * numbered by their layers. */
unsigned amanda_packet_data_kept(packet_info *pinfo, amanda_packet_data_t kind);

/* What was kept so; NULL if nothing was. */
void *amanda_packet_data_get(packet_info *pinfo, amanda_packet_data_t kind, unsigned n);

/* The number of the next one of its kind in the packet, from 0 on: the same on every pass, if the same comes up. */
unsigned amanda_packet_data_next(packet_info *pinfo, amanda_packet_data_t kind);

/* The same of what comes up at one place of the packet, of which the next begins once the one before is done. Of a kind of
 * which all numbers are given so. place: less than 65,536. */
unsigned amanda_packet_data_next_at(packet_info *pinfo, amanda_packet_data_t kind, unsigned place);

/* How many numbers were given so far since the packet began to be dissected. */
unsigned amanda_packet_data_count(packet_info *pinfo, amanda_packet_data_t kind);

/* Notes, as long as this packet is dissected, that it is through with a segment of a stream, which ends before that
 * sequence number, and at that byte of the packet (0: not known). Only the latest is remembered. */
void amanda_packet_data_done(packet_info *pinfo, const void *stream, uint32_t seq, unsigned end);

/* Whether that is the latest. */
bool amanda_packet_data_is_done(packet_info *pinfo, const void *stream, uint32_t seq);

/* At which byte of the packet the latest ends; 0 where that is not known, or there is none. */
unsigned amanda_packet_data_done_until(packet_info *pinfo);

/* Adds an expert info to an item, as expert_add_info() does, if amanda_expert_has_room(). */
void amanda_expert_add(packet_info *pinfo, proto_item *item, expert_field *expert);

/* Whether one more expert info may be added in this packet; asking counts as adding it. Wireshark queues 5,000 of what
 * listeners are told of a packet, and complains of each beyond that. Where this one is the first too many, the item gets an
 * expert info that says so instead. */
bool amanda_expert_has_room(packet_info *pinfo, proto_item *item);

/* Tells which protocol to keep everything under. To be called once. */
void amanda_packet_data_register(int proto);

#endif
