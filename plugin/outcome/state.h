/* outcome/state.h
 * What the files of this folder share
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_STATE_H
#define AMANDA_OUTCOME_STATE_H

#include "verdict/times.h"
#include "outcome/jobs.h"

/* Two hosts and ports; zero what is not used, and the padding. */
typedef struct {
    const amanda_host_t *requester;
    const amanda_host_t *responder;
    uint16_t requester_port;
    uint16_t responder_port;
} amanda_link_key_t;

/* Who asks for dumps. */
typedef struct {
    amanda_link_key_t key; /* a host and port; of TCP, both ends */
    amanda_job_t *last;    /* the dump that was asked for last from there, */
    int32_t seq;           /* and its SEQ */
} amanda_dumper_t;

struct amanda_outcomes {
    amanda_clock_t clock; /* must be first */
    wmem_allocator_t *scope;
    wmem_array_t *jobs;    /* amanda_job_t *, blocks of them, in the order of their requests, */
    unsigned job_count;    /* so many */
    wmem_array_t *settled; /* amanda_item_t *, in the order of the frames that settled them */
    amanda_hosts_t *hosts;
    GHashTable *dumpers;      /* amanda_dumper_t */
    wmem_map_t *disks;        /* client and disk to the last dump that was asked of it */
    wmem_map_t *links;        /* amanda_link_key_t to struct amanda_link */
    wmem_map_t *attempts;     /* amanda_link_key_t without ports to the last connection without a REQ */
    wmem_array_t *connecting; /* amanda_job_t *: those whose reply was acknowledged, in that order */
    unsigned connected;       /* so many of them have had their time */
};

/* A text that lives as long as the outcomes. A long one is shortened: the first part says what matters. */
const char *amanda_outcome_keep(const amanda_outcomes_t *outcomes, const char *text);

/* Puts blanks in the place of control characters. */
void amanda_outcome_one_line(char *text);

/* Makes a job, and puts it in its place in the order of requests. */
amanda_job_t *amanda_job_make(amanda_outcomes_t *outcomes, amanda_host_t *requester, amanda_host_t *responder,
                              amanda_job_kind_t kind, amanda_moment_t at);

/* Gives every item of a job its outcome that is certain with what is known in this frame. */
void amanda_job_settle(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

#endif
