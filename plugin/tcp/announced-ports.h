/* tcp/announced-ports.h
 * The TCP ports at which responders expect the connections of their streams
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TCP_ANNOUNCED_PORTS_H
#define AMANDA_TCP_ANNOUNCED_PORTS_H

#include "stream/dump-model.h"

/* The ports of a capture file. */
typedef struct amanda_announced_ports amanda_announced_ports_t;

/* None was announced yet. All that it will need is taken from scope. */
amanda_announced_ports_t *amanda_announced_ports_new(wmem_allocator_t *scope);

/* Has all packets looked at that come from this TCP port or go there. */
void amanda_announced_ports_watch(uint16_t port);

/* A bit for each port: whether it is watched. */
const uint8_t *amanda_announced_ports_watched(const amanda_announced_ports_t *made);

/* Whether one of the two ports of a TCP packet is watched; asked of every packet, and right but for some false alarms. */
static inline bool amanda_announced_ports_has_either(const uint8_t *watched, const packet_info *pinfo)
{
    uint16_t src = (uint16_t)pinfo->srcport;
    uint16_t dst = (uint16_t)pinfo->destport;

    return (watched[src / 8] >> src % 8 | watched[dst / 8] >> dst % 8) & 1;
}

/* Whether it is one that Amanda itself listens on: one of the preference amanda.tcp.port. */
bool amanda_announced_ports_is_own(uint16_t port);

/* The stream that a new connection from requester to a port of responder at this time belongs to; NULL if none was
 * announced there that still waits for its connection. A reply that was announced for a request goes first. */
amanda_stream_t *amanda_announced_ports_take(const address *requester, const address *responder, uint16_t port,
                                             const nstime_t *now);

/* Listens to what replies announce. */
void amanda_announced_ports_register(int proto);

#endif
