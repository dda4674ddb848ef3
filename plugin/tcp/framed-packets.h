/* tcp/framed-packets.h
 * The packets that come in frames: verdict and body
 *
 * There are no sequence numbers, and TCP loses nothing: an exchange is everything with one handle, until the handle is
 * used again. The verdicts know that (verdict/datagram.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_FRAMED_PACKETS_H
#define AMANDA_TCP_FRAMED_PACKETS_H

#include "show/body-text.h"
#include "tcp/framed-connections.h"

/* The type that stands in front of a frame's payload; AMANDA_TYPE_UNKNOWN if that is none. */
amanda_type_t amanda_framed_packet_type(uint8_t byte);

/* Dissects a packet of this type. */
void amanda_framed_packet_dissect(amanda_frame_t *frame, amanda_type_t type);

/* Dissects a frame without payload by which both sides let go of an exchange. Returns whether it is one. */
bool amanda_framed_packet_dissect_end(const amanda_frame_t *frame);

/* The exchange of the first packet in the frames at hand that has one; NULL if none has. */
const amanda_exchange_t *amanda_framed_packets_exchange(packet_info *pinfo);

/* Who is to know of each packet that has a verdict, once it is dissected, on every pass. handle: as text; body_offset:
 * where the body begins in its text. */
typedef void (*amanda_framed_packet_listener_t)(const amanda_body_t *body, const char *handle, int body_offset);

/* Tells a listener of all packets from now on. */
void amanda_framed_packets_tell(amanda_framed_packet_listener_t to_be_told);

/* Registers the expert infos of this part for the protocol. */
void amanda_framed_packets_register(int proto);

#endif
