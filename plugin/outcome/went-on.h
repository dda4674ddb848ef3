/* outcome/went-on.h
 * When a requester goes on to something else, so that what it had asked for is over
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_WENT_ON_H
#define AMANDA_OUTCOME_WENT_ON_H

#include "outcome/jobs.h"

/* A new job, the last that was made: its requester has gone on from the last open one of the same group, and, as a dumper
 * makes one dump at a time, from the last dump that it had asked for by the same socket. Settles those. last_of_group,
 * seq: see amanda_request_fact_t. */
void amanda_went_on_by_socket(amanda_outcomes_t *outcomes, amanda_job_t *job, uint32_t *last_of_group, int32_t seq,
                              amanda_moment_t at);

/* A dump that knows its client and disk by now: whoever asked for a dump of them before has given that up. */
void amanda_went_on_by_disk(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

#endif
