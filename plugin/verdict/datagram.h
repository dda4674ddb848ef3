/* verdict/datagram.h
 * What the verdicts are told of a packet
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_DATAGRAM_H
#define AMANDA_VERDICT_DATAGRAM_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/nstime.h>

#include "text/header-line.h"

/* A packet of Amanda, whichever way it came. The pointers need to live during the call only.
 *
 * A packet of a framed TCP connection tells which connection that is, and which end sent it. It has no SEQ (0 here): its
 * exchange is the latest of its connection and HANDLE, and any bytes that tell handles apart will do for that. */
typedef struct {
    uint32_t frame;
    uint32_t part; /* tells several packets in one frame apart: see amanda_datagram_part() */
    amanda_type_t type;
    const address *src;
    const address *dst;
    uint16_t src_port;
    uint16_t dst_port;
    nstime_t arrival; /* since the epoch */
    const uint8_t *handle;
    int handle_length; /* at least 1 */
    int32_t seq;
    uint16_t version;        /* AMANDA_VERSION(); UINT16_MAX where the transport does not say */
    bool krb4;               /* a REQ with SECURITY TICKET */
    const char *service;     /* of a REQ with a whole SERVICE line, else NULL */
    const uint8_t *payload;  /* of UDP: its captured bytes, */
    uint32_t length;         /* how many these are, */
    uint32_t wire_length;    /* and how many were sent */
    uint16_t identification; /* of IPv4; 0: not known, or came in fragments */
    bool first_fragment;     /* no more than that was captured, or put together */
    bool in_fragments;       /* put together from fragments, each of which may be there more than once */
    uint32_t connection;     /* a number of its own for each TCP connection of the capture, from 1; 0: came by UDP */
    bool from_requester;     /* by TCP: the end that opened the connection sent it */
    bool begun_before;       /* by TCP: the capture does not hold the begin of the connection, */
    bool one_sided;          /* or anything that its responder sent so far */
    uint32_t refused_in;     /* a REQ by TCP: the NAK by which its responder had refused the connection; 0: none */
} amanda_datagram_t;

/* The part for the packet that is the n-th, from 0, of those that one call of the dissector in this layer of the frame
 * found. Parts must grow from one packet of a frame to the next; so they do as long as n is below 2^24, which no frame
 * has room for. */
static inline uint32_t amanda_datagram_part(uint8_t layer, uint32_t n)
{
    return (uint32_t)layer << 24 | (n & 0xffffff);
}

#endif
