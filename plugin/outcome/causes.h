/* outcome/causes.h
 * Why an item has its outcome
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_CAUSES_H
#define AMANDA_OUTCOME_CAUSES_H

#include "outcome/rules.h"

/* Why an item has this outcome, in one sentence in pool, or NULL where there is nothing to say; *cause: the kind. */
const char *amanda_cause_find(const amanda_case_t *c, amanda_outcome_t outcome, amanda_cause_t *cause,
                              wmem_allocator_t *pool);

/* Who ended a stream first, how, after what silence, and what the other side made of it. For amanda_cause_find(). */
const char *amanda_cause_of_end(const amanda_case_t *c, amanda_cause_t *cause, wmem_allocator_t *pool);

/* "amclient", or its address. In pool, or as old as the job. */
const char *amanda_cause_host(const amanda_host_t *host, wmem_allocator_t *pool);

/* "DATA", "MESG", ...: one of the streams of a transfer. */
const char *amanda_cause_stream(const amanda_transfer_t *transfer, const amanda_stream_facts_t *stream);

#endif
