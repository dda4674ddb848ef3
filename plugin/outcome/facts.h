/* outcome/facts.h
 * What the outcomes are told: one function for each kind of event
 *
 * To be called on the first pass, in capture order, once for each event; copies made on the way are no events. Texts need
 * to live during the call only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_FACTS_H
#define AMANDA_OUTCOME_FACTS_H

#include "outcome/outcomes.h"
#include "outcome/refusals.h"
#include "outcome/reply-words.h"

/* A REQ that opens an exchange. */
typedef struct {
    const char *service;
    /* Where the number of the last job of this requester, responder and handle is kept, counted from 1, or 0 for none; NULL
     * where that is not known. Lives as long as the outcomes. */
    uint32_t *last_of_group;
    amanda_host_t *requester;
    amanda_host_t *responder;
    uint16_t requester_port;
    uint16_t responder_port;
    int32_t seq; /* 0 by TCP */
    bool framed;
    bool cut; /* the capture does not hold all of it */
    amanda_moment_t at;
} amanda_request_fact_t;

/* A job begins. Returns it. */
amanda_job_t *amanda_outcomes_request(amanda_outcomes_t *outcomes, const amanda_request_fact_t *fact);

/* The REQ calls its client so. */
void amanda_outcomes_client(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *name);

/* The REQ names a disk, with these levels. device: NULL for none. */
void amanda_outcomes_disk(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, const char *device,
                          const int *levels, unsigned level_count);

/* The client need not estimate this level of the disk: the server does. */
void amanda_outcomes_left_to_server(amanda_job_t *job, const char *disk, int level);

/* All that the REQ names has been told. */
void amanda_outcomes_request_read(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

/* The same REQ again. */
void amanda_outcomes_request_again(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

/* The responder acknowledges the REQ; or sends a PREP. */
void amanda_outcomes_request_acked(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);
void amanda_outcomes_partial(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

/* The answering REP. cut: the capture does not hold all of it. */
void amanda_outcomes_reply(amanda_outcomes_t *outcomes, amanda_job_t *job, bool cut, amanda_moment_t at);

/* The same REP again. */
void amanda_outcomes_reply_again(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at);

/* The requester acknowledges the reply. no_reply: none that the capture has; stale: it is an old one of another
 * request that it has taken for the answer. */
void amanda_outcomes_reply_acked(amanda_outcomes_t *outcomes, amanda_job_t *job, bool no_reply, bool stale,
                                 amanda_moment_t at);

/* The requester connects to what an old reply of another request of the same HANDLE announced, so that is what it has
 * acknowledged. Returns false where it has acknowledged nothing, or a reply that was seen. */
bool amanda_outcomes_took_waiting_reply(amanda_job_t *job);

/* A NAK that ends the exchange. text: its error, NULL for none. */
void amanda_outcomes_nak(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *text, amanda_moment_t at);

/* An ICMP error quotes a packet of this job: one of the responder, or a REQ. by: the error; NULL where nothing is known of
 * it. */
void amanda_outcomes_returned(amanda_outcomes_t *outcomes, amanda_job_t *job, bool of_responder,
                              const amanda_refuser_t *by, amanda_moment_t at);

/* Nothing of this job can be read any more, or not from here on: encrypted; or bytes of the responder are missing. */
void amanda_outcomes_unreadable(amanda_outcomes_t *outcomes, amanda_job_t *job);
void amanda_outcomes_reply_missing(amanda_outcomes_t *outcomes, amanda_job_t *job);

/* The capture goes on with this frame; tcp: a TCP segment. To be called before anything else is told of the frame. */
void amanda_outcomes_capture_goes_on(amanda_outcomes_t *outcomes, amanda_moment_t now, bool tcp);

/* The frame in which the REQ of the item that a stale reply is taken for was first sent, to its job. NULL if there is
 * none, or where the frame has several requests: the number does not tell which. */
amanda_job_t *amanda_outcomes_job_of_request(amanda_outcomes_t *outcomes, uint32_t frame);

#endif
