/* outcome/refusals.h
 * Who refuses a connection or resets it, or returns a datagram: the host itself, or something between
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_REFUSALS_H
#define AMANDA_OUTCOME_REFUSALS_H

#include "outcome/jobs.h"

/* Where a RST or an ICMP error comes from, as far as the capture tells. */
typedef struct {
    const address *sender; /* of an ICMP error; NULL where it is not known, and of a RST, which has the host's own */
    uint8_t kind;          /* of an ICMP error: amanda_icmp_kind_t */
    uint8_t ttl;           /* with which it came; 0 where that is not known */
    bool icmp;
} amanda_refuser_t;

/* A fact, as in outcome/facts.h: a packet that this host sent, copies too, has come with this time to live. Nothing where
 * that is 0. */
void amanda_outcomes_ttl(amanda_outcomes_t *outcomes, const address *addr, uint8_t ttl, bool udp);

/* The same where the host is known. */
void amanda_host_saw_ttl(amanda_host_t *host, uint8_t ttl, bool udp);

/* What is kept of a refusal, with what is known so far of the host in whose name it comes. NULL for NULL. */
const amanda_refusal_t *amanda_refusal_keep(const amanda_outcomes_t *outcomes, const amanda_host_t *host,
                                            const amanda_refuser_t *by);

/* Whether it comes from something between the hosts; false for NULL. */
bool amanda_refusal_is_foreign(const amanda_refusal_t *refusal);

/* Whether it is an ICMP error of somebody who knows no way to the host; false for NULL. */
bool amanda_refusal_has_no_way(const amanda_refusal_t *refusal);

/* Whether it is an ICMP error that says that a firewall or router does not let it through; false for NULL. */
bool amanda_refusal_is_prohibition(const amanda_refusal_t *refusal);

/* "RST", "RST with a time to live of 254, where the host's other packets have 64", "ICMP prohibited from 192.0.2.254". In
 * pool. "refused" for NULL. */
const char *amanda_refusal_text(const amanda_refusal_t *refusal, wmem_allocator_t *pool);

/* An address as text, in pool. */
const char *amanda_refusal_address(const address *addr, wmem_allocator_t *pool);

#endif
