/* show/outcome-facts.h
 * Tells the outcomes what packets say: requests, replies, and the lines of both
 *
 * Each of these does something on the first pass only, and for those packets that count.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_OUTCOME_FACTS_H
#define AMANDA_SHOW_OUTCOME_FACTS_H

#include "outcome/facts.h"
#include "show/body-text.h"
#include "verdict/icmp-errors.h"

/* Where and when a packet stands in the capture. Of each time no more than 146 years from 1970, before and after: what lies
 * between two such times, or hours beyond one, is a number of nanoseconds of 64 bits. */
static inline amanda_moment_t amanda_outcome_moment(const packet_info *pinfo)
{
    static const int64_t farthest = INT64_C(1) << 62;

    return (amanda_moment_t){.frame = pinfo->num, .when = CLAMP(amanda_times_of(&pinfo->abs_ts), -farthest, farthest)};
}

/* A packet, before its body is dissected; and after that. from_requester: of an ACK, who sent it. */
void amanda_outcome_facts_begin(const amanda_body_t *body, bool from_requester);
void amanda_outcome_facts_end(const amanda_body_t *body);

/* Between the two, of a NAK that belongs to no job so far: what it says; NULL for nothing. In the memory of the packet. */
const char *amanda_outcome_facts_nak_text(const amanda_body_t *body);

/* An ICMP error in this packet returns the datagram that it quotes to its sender. */
void amanda_outcome_facts_returned(const amanda_icmp_error_t *error, const packet_info *pinfo);

/* The REQ at hand calls its client so. */
void amanda_outcome_facts_client(const amanda_body_t *body, const char *name);

/* The REQ at hand names a disk, with these levels. device: NULL for none. */
void amanda_outcome_facts_disk(const amanda_body_t *body, const char *disk, const char *device, const int *levels,
                               unsigned level_count);

/* Those of the levels whose bits are set in left are estimated by the server: the client need not. */
void amanda_outcome_facts_left_to_server(const amanda_body_t *body, const char *disk, const int *levels,
                                         unsigned level_count, unsigned left);

/* The REP or NAK at hand tells an error, or warns. disk: NULL where it is not said; level: -1 */
void amanda_outcome_facts_trouble(const amanda_body_t *body, bool warning, const char *disk, int level,
                                  const char *text);

/* The REP at hand says that this is in order; a size; that the job is to be tried again. */
void amanda_outcome_facts_ok(const amanda_body_t *body, const char *text);
void amanda_outcome_facts_size(const amanda_body_t *body, const char *disk, int level, int64_t kib);
void amanda_outcome_facts_retry(const amanda_body_t *body, const char *text);

#endif
