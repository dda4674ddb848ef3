/* outcome/rules.h
 * Which outcome an item has: the rules, in the order in which they are asked
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_RULES_H
#define AMANDA_OUTCOME_RULES_H

#include "outcome/jobs.h"

/* A responder waits so long for the connections to the ports that it announced, in nanoseconds (Amanda 2.4 to 3.5). */
#define AMANDA_CONNECT_TIME (INT64_C(30) * 1000 * 1000 * 1000)

/* An item and what is known of the capture when a rule is asked. */
typedef struct {
    const amanda_item_t *item;
    const amanda_job_t *job;
    int64_t now;   /* the last time stamp of the capture so far */
    bool over;     /* nothing follows: asked at the end of the capture */
    bool tcp_seen; /* the capture has TCP at all */
} amanda_case_t;

/* The outcome of an item: the first of the rules that holds. As long as the capture goes on, only what is certain;
 * AMANDA_OUTCOME_NONE if nothing is. At its end there is always one. */
amanda_outcome_t amanda_rules_outcome(const amanda_case_t *c);

/* Whether nothing is known of a job but its request and perhaps a reply of which nobody has said so far that it arrived: then
 * no rule holds of any of its items as long as the capture goes on. */
bool amanda_rules_is_waiting(const amanda_job_t *job);

/* Whether the job is the dump of a disk of which DATA, MESG or INDEX are connected. */
bool amanda_rules_is_connected(const amanda_case_t *c);

/* The stream whose port stayed without a connection; NULL if there is none, or that cannot be told yet. */
const amanda_stream_facts_t *amanda_rules_dead_port(const amanda_case_t *c);

/* The stream that broke off; NULL if none did. */
const amanda_stream_facts_t *amanda_rules_broken_stream(const amanda_case_t *c);

/* The side whose bytes DATA carries: of a dump, the client; of a restore, whoever has the dump. */
amanda_party_t amanda_rules_sender(const amanda_job_t *job);

/* Whether the capture lacks what would tell, so that nothing must be said of it but what was captured. */
bool amanda_rules_cannot_tell(const amanda_case_t *c);

/* Whether the requester had sent its request as often as it does, and waited in vain for an ACK, when the responder
 * acknowledged or answered it. */
bool amanda_rules_had_given_up(const amanda_job_t *job);

/* The time within which this job's requester expects the reply once its request is acknowledged; nanoseconds. */
int64_t amanda_rules_timer(const amanda_job_t *job);

#endif
