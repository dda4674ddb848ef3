/* show/capture.h
 * All that is kept of the capture file that is open
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_CAPTURE_H
#define AMANDA_SHOW_CAPTURE_H

#include "verdict/icmp-errors.h"
#include "verdict/losses.h"
#include "verdict/program-runs.h"
#include "verdict/hosts.h"
#include "verdict/rules.h"
#include "outcome/outcomes.h"

/* In the memory of the capture file. packet-amanda.c makes each of them when a file is opened, and forgets them when it
 * is closed; NULL in between. */
typedef struct {
    amanda_verdicts_t *verdicts;
    amanda_losses_t *losses;
    amanda_icmp_errors_t *icmp_errors;
    amanda_program_runs_t *runs;
    amanda_hosts_t *hosts;
    amanda_outcomes_t *outcomes;
    struct amanda_streams *streams;       /* see stream/streams.h */
    struct amanda_announced_ports *ports; /* see tcp/announced-ports.h */
    const uint8_t *watched_ports;         /* of these: a bit for each port */
    struct amanda_attempts *attempts;     /* see tcp/attempts.h */
    /* Whether anything was asked of Amanda in this capture, or a port of it is to be looked at: where nothing was, other
     * traffic is to cost next to nothing. */
    bool awake;
    nstime_t latest;       /* the time of the last packet since anything was asked of Amanda; */
    bool tcp_seen;         /* whether there was TCP since then */
    bool tcp_begun_before; /* whether it has connections of Amanda that began before it */
} amanda_capture_t;

/* What is kept of the file that is open; never NULL. A packet asks for it again and again, so that it takes no call. */
extern amanda_capture_t amanda_open_capture;

static inline amanda_capture_t *amanda_capture(void)
{
    return &amanda_open_capture;
}

/* Judges a packet, and tells all that follows from its verdict. To be called on the first pass, once for each packet that
 * has a verdict, in capture order. Returns what amanda_verdicts_judge() does. */
const amanda_verdict_record_t *amanda_capture_judge(const amanda_datagram_t *datagram);

#endif
