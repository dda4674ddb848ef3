/* network.h
 * The packets of a session, as a capture has them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_FUZZ_NETWORK_H
#define AMANDA_FUZZ_NETWORK_H

#include "session.h"

#include <wsutil/nstime.h>

#include <stdbool.h>

typedef struct {
    uint8_t *bytes; /* a frame; the caller frees it */
    unsigned length;
    unsigned captured;
    nstime_t time;
    bool tcp; /* there is a segment of TCP in it */
} packet_t;

typedef enum { NETWORK_RAW_IP, NETWORK_ETHERNET, NETWORK_IEEE_802_11 } network_link_t;

/* What the frames of a session are. */
network_link_t network_link(const session_t *session);

/* The frames of a session, at most as many as it has records; returns how many. Sequence numbers and times go on from
 * record to record, and it is 2026. */
unsigned network_frames(const session_t *session, packet_t *frames);

#endif
