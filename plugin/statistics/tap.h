/* statistics/tap.h
 * What statistics are told of each datagram
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_STATISTICS_TAP_H
#define AMANDA_STATISTICS_TAP_H

#include "show/body-text.h"
#include "verdict/losses.h"

/* One for each datagram that the verdicts has judged, on every pass. It lives as long as the packet's memory. */
typedef struct {
    amanda_verdict_record_t record; /* a copy */
    const amanda_loss_t *losses;    /* that it shows */
    unsigned loss_count;
    address requester;
    address responder;
    uint16_t requester_port;
    uint16_t responder_port;
    const char *service; /* of the datagram or its exchange; NULL if nothing tells */
    const char *handle;
    int32_t seq;
    uint16_t version;
    const char *reason; /* of a NAK: the kind of its error text, one of few; else NULL */
} amanda_tap_t;

/* Registers the tap. */
void amanda_tap_register(int proto);

/* Whether there are any statistics. */
bool amanda_tap_is_heard(void);

/* Tells the statistics, if there are any, of a packet that has a record.
 *
 * handle, seq: of its header; body_offset: where its body begins. losses: what it shows, loss_count of them. */
void amanda_tap_queue(const amanda_body_t *body, const char *handle, int32_t seq, int body_offset,
                      const amanda_loss_t *losses, unsigned loss_count);

#endif
