/* outcome/links.h
 * TCP connections to Amanda's own port: which jobs they carry, and those that carry none
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_LINKS_H
#define AMANDA_OUTCOME_LINKS_H

#include "outcome/refusals.h"

/* Two hosts and ports. */
typedef struct {
    const address *requester;
    const address *responder;
    uint16_t requester_port;
    uint16_t responder_port;
} amanda_link_ends_t;

/* The rest of these are facts, as in outcome/facts.h. */

/* A SYN to Amanda's port. again: it is one of an attempt whose SYN was seen before. */
void amanda_outcomes_link_syn(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, bool again,
                              amanda_moment_t at);

/* The SYN was answered by a SYN-ACK. */
void amanda_outcomes_link_opened(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_moment_t at);

/* What it carries are no exchanges: it goes to a service directly, or is of another program. */
void amanda_outcomes_link_of_others(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* A RST in answer to the SYN, or an ICMP error that quotes it. */
void amanda_outcomes_link_refused(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends,
                                  const amanda_refuser_t *by, amanda_moment_t at);

/* One side ends the connection: FIN or RST. by: of the RST; NULL for a FIN. */
void amanda_outcomes_link_ended(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_party_t side,
                                amanda_end_t how, const amanda_refuser_t *by, amanda_moment_t at);

/* The responder ends a connection on which nothing has been asked so far; the requester may still do so. */
void amanda_outcomes_link_hung_up(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* The requester ends the connection, and acknowledges bytes of the responder that have not been told. */
void amanda_outcomes_link_awaited(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* The other side's first packet after that: RST, FIN, or FRAME for a mere ACK. */
void amanda_outcomes_link_reacted(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_end_t how,
                                  amanda_moment_t at);

/* A NAK before any REQ: the responder does not accept the connection. text: what it says, NULL for nothing. */
void amanda_outcomes_link_nak(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, const char *text,
                              amanda_moment_t at);

/* The responder says this, and it is nothing of Amanda's protocol: a program that cannot start amandad, or another one. The
 * first line of it counts, which may come in several calls. */
void amanda_outcomes_link_said(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, const char *text);

/* The requester begins with TLS. */
void amanda_outcomes_link_tls(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* A side breaks off TLS, before anything could be asked, with this alert (RFC 8446 6). */
void amanda_outcomes_link_tls_alert(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends, amanda_party_t side,
                                    uint8_t alert, amanda_moment_t at);

/* One side uses TLS, and the other one does not. */
void amanda_outcomes_link_auth_differs(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* What it carries cannot be read: it is encrypted. */
void amanda_outcomes_link_unreadable(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* Bytes of the responder are not in the capture. */
void amanda_outcomes_link_missing(amanda_outcomes_t *outcomes, const amanda_link_ends_t *ends);

/* The rest is for the other files of this folder. */

/* A REQ has come by the connection of its two ends. */
void amanda_link_has_request(amanda_outcomes_t *outcomes, amanda_job_t *job);

/* A reply of this job has announced streams, which the connection itself carries. */
void amanda_link_carries_streams(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

#endif
