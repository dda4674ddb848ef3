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
    uint8_t *bytes; /* an IP packet; the caller frees it */
    unsigned length;
    unsigned captured;
    nstime_t time;
    bool tcp;
} packet_t;

/* Begins a capture: no connection is known, and it is 2026. */
void network_start(void);

/* The packet of a record; sequence numbers and times go on from the one before. */
packet_t network_packet(const record_t *record);

#endif
