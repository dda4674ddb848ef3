/* tcp/outcome-facts.h
 * Tells the outcomes how the TCP connections of Amanda begin and end
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_OUTCOME_FACTS_H
#define AMANDA_TCP_OUTCOME_FACTS_H

#include "outcome/links.h"
#include "show/no-frame.h"
#include "tcp/connections.h"
#include "tcp/segments.h"

/* A segment of a connection, once its payload has been dissected. To be called on the first pass, in capture order. */
void amanda_tcp_outcome_segment(amanda_connection_t *connection, const amanda_segment_t *segment, packet_info *pinfo);

/* Tells the outcomes how far the sender of a segment is, if they were not told by this connection. On the first pass. */
void amanda_tcp_outcome_ttl(amanda_connection_t *connection, const amanda_segment_t *segment, const packet_info *pinfo);

/* On the first pass: an ICMP error that quotes a segment to a port of Amanda, and so may refuse its connection. */
void amanda_tcp_outcome_icmp(packet_info *pinfo);

/* The two ends of a packet's connection. */
amanda_link_ends_t amanda_tcp_outcome_ends(const packet_info *pinfo, bool from_responder);

/* On the first pass: a connection begins as TLS does. */
void amanda_tcp_outcome_tls(const amanda_connection_t *connection, const packet_info *pinfo);

/* On the first pass: the responder answers with TLS. As long as TLS deciphers no REQ, nobody knows what is asked. */
void amanda_tcp_outcome_encrypted(const amanda_connection_t *connection, const packet_info *pinfo);

/* On the first pass: a NAK before any REQ of its connection, in these words; NULL for none. */
void amanda_tcp_outcome_early_nak(const amanda_connection_t *connection, const char *text, const packet_info *pinfo);

/* On the first pass: these bytes of one direction stand where a frame or TLS is due; text may go on in what comes next. */
void amanda_tcp_outcome_instead(const amanda_connection_t *connection, amanda_direction_t direction,
                                amanda_instead_t kind, tvbuff_t *tvb, const packet_info *pinfo);

/* On the first pass: one side has sent TLS, and the other one uses none. */
void amanda_tcp_outcome_auth_differs(const amanda_connection_t *connection, const packet_info *pinfo);

#endif
