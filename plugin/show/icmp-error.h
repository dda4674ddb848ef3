/* show/icmp-error.h
 * What an ICMP error says of a datagram that it quotes, shown at both
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_ICMP_ERROR_H
#define AMANDA_SHOW_ICMP_ERROR_H

#include "show/common-fields.h"

#include "verdict/icmp-errors.h"

/* The ICMP error around a quoted datagram. */
typedef struct {
    amanda_icmp_kind_t kind;
    address sender;  /* AT_NONE where the capture does not tell; its bytes are the packet's */
    uint8_t ttl;     /* 0 where the capture does not tell */
    unsigned length; /* of the datagram that is quoted, whatever of it is */
} amanda_icmp_around_t;

/* Registers the fields of this part for the protocol. */
void amanda_show_icmp_error_register(int proto);
void amanda_show_icmp_error_handoff(int proto);

/* Reads the headers around a quoted datagram, tvb; returns false where they are not in the bytes in front of it, as they
 * are in an ICMP error. */
bool amanda_icmp_around(tvbuff_t *tvb, amanda_icmp_around_t *around);

/* A TCP segment or the header of UDP that an ICMP error quotes. The bytes of the addresses are the packet's. */
typedef struct {
    amanda_icmp_around_t around;
    address source;
    address destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint16_t identification; /* of IPv4; 0 where that is not known, or it came in fragments */
} amanda_icmp_quoted_t;

/* Reads the segment between the ports of the packet that an ICMP error in it quotes; returns false if there is none. */
bool amanda_icmp_quotes_tcp(const packet_info *pinfo, amanda_icmp_quoted_t *quoted);

/* On every pass, of every frame, once it is dissected: where an ICMP error quotes the header of UDP and nothing behind it,
 * nobody else sees that. Finds the datagram by its addresses, ports, identification and length, and shows which it was. */
void amanda_icmp_see_header_alone(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* What an ICMP error quotes was not sent here and now; but it tells what became of a datagram that was: on the first pass
 * that is found and remembered. header, text: of the quoted datagram, tvb. Returns NULL where no error is around it. */
const amanda_icmp_error_t *amanda_icmp_error_see(const amanda_header_t *header, const uint8_t *text, tvbuff_t *tvb,
                                                 packet_info *pinfo);

/* Adds to the tree of a quoted datagram which one that was, and what became of it. */
void amanda_show_icmp_of(const amanda_icmp_error_t *error, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* Adds to the tree of a datagram that an ICMP error quotes it, and why. */
void amanda_show_icmp_in(const amanda_icmp_error_t *error, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

#endif
