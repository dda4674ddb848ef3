/* verdict/datagram.h
 * What the verdicts are told of a datagram
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_DATAGRAM_H
#define AMANDA_VERDICT_DATAGRAM_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/nstime.h>

#include "text/header-line.h"

/* The pointers need to live during the call only. */
typedef struct {
    uint32_t frame;
    uint32_t part; /* tells several datagrams in one frame apart; grows from one to the next */
    amanda_type_t type;
    const address *src;
    const address *dst;
    uint16_t src_port;
    uint16_t dst_port;
    nstime_t arrival; /* since the epoch */
    const uint8_t *handle;
    int handle_length; /* at least 1 */
    int32_t seq;
    uint16_t version;    /* AMANDA_VERSION() */
    bool krb4;           /* a REQ with SECURITY TICKET */
    const char *service; /* of a REQ with a whole SERVICE line, else NULL */
} amanda_datagram_t;

#endif
