/* outcome/outcomes.h
 * What became of every job and every disk in it
 *
 * Knows nothing of trees, columns and packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_OUTCOMES_H
#define AMANDA_OUTCOME_OUTCOMES_H

#include "outcome/jobs.h"

/* Makes the state for one capture file. It belongs to the scope and goes with it. */
amanda_outcomes_t *amanda_outcomes_new(wmem_allocator_t *scope, amanda_hosts_t *hosts);

/* Whether it is worth while to look for items that a frame settled: on the first pass, nearly never. */
static inline bool amanda_outcomes_may_be_settled_in(const amanda_outcomes_t *outcomes, uint32_t frame)
{
    return ((const amanda_clock_t *)outcomes)->last_settled >= frame;
}

/* The capture goes on with a TCP segment that is of no connection of Amanda's. Returns true where that is all; else has done
 * nothing, for it settles something: that is for amanda_outcomes_capture_goes_on(). */
static inline bool amanda_outcomes_pass_segment(amanda_outcomes_t *outcomes, amanda_moment_t now)
{
    amanda_clock_t *clock = (amanda_clock_t *)outcomes;

    if (now.when >= clock->due || clock->last_settled >= now.frame)
        return false;
    clock->now = MAX(clock->now, now.when);
    clock->tcp_seen = true;
    return true;
}

/* The items that a frame settled, in no certain order; *count of them. NULL if there are none. Valid until the next
 * fact. */
amanda_item_t *const *amanda_outcomes_settled_in(const amanda_outcomes_t *outcomes, uint32_t frame, unsigned *count);

/* All items that frames have settled, in the order of those; *count of them. As above. */
amanda_item_t *const *amanda_outcomes_settled(const amanda_outcomes_t *outcomes, unsigned *count);

/* How many jobs there are; and the one with this number, counted from 0 in the order of their requests. Those that are
 * dropped have no outcome. */
unsigned amanda_outcomes_job_count(const amanda_outcomes_t *outcomes);
amanda_job_t *amanda_outcomes_job(const amanda_outcomes_t *outcomes, unsigned number);

/* The jobs whose REQ was first sent in a frame: the number of the first, and *count of them. */
unsigned amanda_outcomes_asked_in(const amanda_outcomes_t *outcomes, uint32_t frame, unsigned *count);

/* The outcome of an item as the capture has it: of the frame that settled it, or else what can be said where the
 * capture ends. Texts are in pool, or live as long as the outcomes. */
amanda_settlement_t amanda_outcomes_get(const amanda_outcomes_t *outcomes, const amanda_item_t *item,
                                        wmem_allocator_t *pool);

/* What an administrator does about it; NULL where there is no advice. */
const char *amanda_outcome_remedy(const amanda_item_t *item, const amanda_settlement_t *settlement);

#endif
