/* show/outcome.h
 * Shows what became of jobs and disks
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_SHOW_OUTCOME_H
#define AMANDA_SHOW_OUTCOME_H

#include <epan/packet.h>

#include "outcome/outcomes.h"
#include "verdict/exchange-facts.h"

/* Shows what the frame at hand settles; and on a later pass, what became of the items whose REQ it is the first
 * transmission of. To be called once for each frame, after all facts of the frame have been told. tree: may be NULL. */
void amanda_outcomes_show(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* Puts what the frame at hand settles, as far as that is known by now and a failure is among it, in front of the Info column.
 * The dissector of a packet does so; all else amanda_outcomes_show() does. */
void amanda_outcomes_begin_info(packet_info *pinfo);

/* Shows on a later pass what became of a job, in lines that have no fields: of many disks those first that failed, and how
 * many there are more. whose: how each of them begins, before the number of the REQ's frame. Nothing without a tree or job. */
void amanda_outcome_show_job(amanda_job_t *job, const char *whose, packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree);

/* The same of what was asked in another frame. Nothing where that was nothing, or more than one request. */
void amanda_outcome_show_request(uint32_t frame, const char *whose, packet_info *pinfo, tvbuff_t *tvb,
                                 proto_tree *tree);

/* Shows the client that an exchange is about; nothing where none is known. facts: of that exchange, or NULL. */
void amanda_outcome_show_client(const amanda_exchange_facts_t *facts, tvbuff_t *tvb, proto_tree *tree);

/* Shows whose dump is lost where its requester took an old reply for the answer, and went to the ports of that. frame: the
 * request that the reply could be taken to answer, or 0. Returns whether there is such a dump. */
bool amanda_outcome_show_victim(uint32_t frame, tvbuff_t *tvb, proto_tree *tree);

/* Its disk and level in a few words, in pool; NULL where there is no such dump, or it names no disk. */
const char *amanda_outcome_victim(uint32_t frame, wmem_allocator_t *pool);

/* The client of a job, for the eye: its name, or else its address. In pool, or as old as the job. */
const char *amanda_outcome_client(const amanda_job_t *job, wmem_allocator_t *pool);

/* What all failures of one cause have in common, in a few words. */
const char *amanda_outcome_cause_text(amanda_cause_t cause);

/* Has the trees of outcomes open until the user closes them. To be called once all protocols are registered. */
void amanda_outcome_open_trees(void);

/* Registers the fields and expert infos of this part for the protocol. */
void amanda_outcome_register(int proto);

#endif
