/* tcp/connections.h
 * The TCP connections of Amanda: what is known of each
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_CONNECTIONS_H
#define AMANDA_TCP_CONNECTIONS_H

#include "tcp/reassembly.h"
#include "tcp/segments.h"
#include "stream/dump-model.h"

typedef enum {
    AMANDA_PAYLOAD_UNDECIDED,
    AMANDA_PAYLOAD_RAW,   /* the bytes of one stream */
    AMANDA_PAYLOAD_FRAMES /* packets and streams in frames */
} amanda_payload_t;

/* Bits of tcp.completeness (Wireshark's packet-tcp.c). */
enum { AMANDA_SAW_SYN = 1, AMANDA_SAW_SYN_ACK = 2, AMANDA_SAW_ACK = 4, AMANDA_SAW_DATA = 8, AMANDA_SAW_RST = 32 };

/* No frame yet; later than all frames. */
#define AMANDA_NOT_KNOWN UINT32_MAX

/* Written on the first pass only. */
typedef struct amanda_connection {
    amanda_stream_t *stream;      /* whose port it goes to; NULL where no reply announced the port */
    struct amanda_framed *framed; /* see tcp/frames.h; NULL until there is a frame */
    amanda_payload_t payload;
    uint32_t first_frame; /* from which on it is known to be Amanda's; AMANDA_NOT_KNOWN */
    uint16_t first_place; /* and from where in that frame on, see tcp/segments.h */
    uint32_t syn_frame;   /* the first SYN before any answer; 0 if there was none */
    uint16_t responder_port;
    uint8_t completeness;             /* tcp.completeness, as of the last frame */
    bool closed;                      /* by the responder */
    bool whole;                       /* the responder has ended its side, and no byte of it is missing */
    bool awaits_reaction;             /* of the responder, since the requester has ended a stream */
    bool told_end[AMANDA_DIRECTIONS]; /* the outcomes were told that it ended */
    bool told_ttl[AMANDA_DIRECTIONS]; /* the outcomes were told the time to live of one of its packets */
    bool tls;                         /* the payload is what TLS deciphers; TLS has an order of its own */
    bool tls_answered;                /* and the responder has sent some, too */
    uint32_t plain_from;              /* the first frame in which it sent something else instead; 0: none */
    bool foreign;                     /* known not to be Amanda's */
    bool begun_before;                /* the capture does not hold its begin */
    bool syn_again;                   /* its SYN was sent again */
    bool answered;                    /* anything but a SYN of the requester was seen */
    bool watched;                     /* its port may be another protocol's: nothing of it is dissected */
    bool undecided;                   /* and that may end with its first bytes */
    uint32_t claimed_in;     /* where it did, and from which frame on its payload is Amanda's; 0: from its beginning */
    unsigned claimed_record; /* with TLS: from which record of the segment at first_place on, from 0 */
    bool others;             /* the outcomes were told that it carries no exchanges */
    bool accepted;           /* its SYN was answered by a SYN */
    bool spoken;             /* one of the two sides has sent a byte */
    bool hung_up;            /* the responder has ended it, and nobody has sent a byte */
    nstime_t syn_time;
    struct amanda_connection *next_attempt; /* see tcp/attempts.c */
    uint32_t later_in;                      /* of such a later one: that frame; else 0 */
    uint16_t later_place;                   /* and where in it, see tcp/segments.h */
    struct amanda_connection *before;       /* of such a later one: what was the connection until then */
    wmem_tree_t *later; /* of the first one: what TCP takes for the same connection, by first frame; mostly NULL */
    address responder;
    amanda_reassembly_t order[AMANDA_DIRECTIONS];
} amanda_connection_t;

/* The connection that a packet belongs to; NULL if nothing is known of it. */
amanda_connection_t *amanda_connection_get(packet_info *pinfo);

/* On the first pass: whether no other connection has begun between the same ports since. */
bool amanda_connection_is_latest(const amanda_connection_t *connection, packet_info *pinfo);

/* The connection between these two ends as of a frame; NULL if nothing is known of it. */
amanda_connection_t *amanda_connection_find(uint32_t frame, const address *one, uint16_t one_port, const address *other,
                                            uint16_t other_port);

/* Whether that connection is known to be Amanda's in this packet; it may be NULL. */
bool amanda_connection_is_known(const amanda_connection_t *connection, packet_info *pinfo);

/* Remembers the packet's connection, which is not known to be Amanda's yet. To be called on the first pass, and once, or
 * where the packet begins another connection between the same ports that TCP does not tell from the one before.
 * direction: whether the packet goes to the side that was connected to, or comes from there. */
amanda_connection_t *amanda_connection_make(packet_info *pinfo, amanda_direction_t direction);

/* Makes a connection known as Amanda's from this packet on. On the first pass. */
void amanda_connection_know(amanda_connection_t *connection, packet_info *pinfo);

/* The same, with dissector for all that follows. On the first pass. */
void amanda_connection_claim(amanda_connection_t *connection, packet_info *pinfo, dissector_handle_t dissector);

/* Gives what follows this packet in its connection to another dissector. On the first pass. */
void amanda_connection_hand_over(packet_info *pinfo, dissector_handle_t dissector);

/* Which way a packet goes in its connection. */
amanda_direction_t amanda_connection_direction(const amanda_connection_t *connection, const packet_info *pinfo);

/* How far ahead of what the receiver of this packet has got one may be that it takes: the largest window that it can have
 * announced with the scale of its SYN (RFC 7323 2.2); any window where the capture lacks that. On the first pass. */
uint32_t amanda_connection_window(packet_info *pinfo);

/* Adds the protocol's item for what was captured of tvb, be that nothing. */
proto_item *amanda_connection_add_item(proto_tree *tree, tvbuff_t *tvb);

/* Makes the columns Amanda's, once for each packet; to be called before anything is shown of its payload. */
void amanda_connection_own_columns(packet_info *pinfo);

/* Whether that was done in this packet, so that its payload is shown. */
bool amanda_connection_owns_columns(packet_info *pinfo);

/* Tells which protocol to keep what belongs to a connection or packet under. To be called once. */
void amanda_connection_register(int proto);

#endif
