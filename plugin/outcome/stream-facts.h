/* outcome/stream-facts.h
 * What the outcomes are told of the streams of a job
 *
 * As outcome/facts.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_STREAM_FACTS_H
#define AMANDA_OUTCOME_STREAM_FACTS_H

#include "outcome/refusals.h"

/* A reply announces a stream. number: TCP port, or handle; 0 is none. unmatched: the reply answers another
 * request, but could be taken for the answer to this one. */
void amanda_outcomes_announced(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                               uint32_t number, bool unmatched);

/* by, here and below: what refuses or resets it; NULL for any other end. */

/* The SYN to a stream's port, each time that it is sent; its SYN-ACK, or anything else that shows both sides; its RST
 * or ICMP error. */
void amanda_outcomes_stream_syn(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                amanda_moment_t at);
void amanda_outcomes_stream_connected(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                      amanda_moment_t at);
void amanda_outcomes_stream_refused(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                    const amanda_refuser_t *by, amanda_moment_t at);

/* So many bytes of the side that sends have come in all. */
void amanda_outcomes_stream_bytes(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                  uint64_t bytes, amanda_moment_t at);

/* Bytes of it are not in the capture. */
void amanda_outcomes_stream_missing(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role);

/* The requester has ended the stream, or all streams of the job, and acknowledges bytes of the responder that have not
 * been told: how that ends they will show, if they come. */
void amanda_outcomes_stream_awaited(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role);
void amanda_outcomes_streams_awaited(amanda_outcomes_t *outcomes, amanda_job_t *job);

/* One side ends the stream: once all that it sent before has been told. */
void amanda_outcomes_stream_ended(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_stream_role_t role,
                                  amanda_party_t side, amanda_end_t how, const amanda_refuser_t *by,
                                  amanda_moment_t at);

/* The same of all streams of a job at once: those that share a connection. */
void amanda_outcomes_streams_ended(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_party_t side,
                                   amanda_end_t how, const amanda_refuser_t *by, amanda_moment_t at);

/* The responder's first packet after the requester has ended streams: RST, FIN, or FRAME for a mere ACK. */
void amanda_outcomes_streams_reacted(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_end_t how,
                                     amanda_moment_t at);

/* What the lines of MESG say. text: without brackets, where it has them. */
typedef enum {
    AMANDA_LINE_ERROR,
    AMANDA_LINE_RETRY,
    AMANDA_LINE_STRANGE, /* ? text */
    AMANDA_LINE_ODD,     /* any other that makes a dump strange */
    AMANDA_LINE_SIZE,
    AMANDA_LINE_INFO_END,
    AMANDA_LINE_END,
    AMANDA_LINE_DISK, /* sendbackup: start; text: the disk */
} amanda_line_kind_t;

void amanda_outcomes_line(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_line_kind_t kind, const char *text,
                          amanda_moment_t at);

/* The number of bytes, or the CRC too, of DATA was compared with what was announced. */
void amanda_outcomes_checked(amanda_outcomes_t *outcomes, amanda_job_t *job, bool good, uint64_t announced,
                             uint64_t counted, amanda_moment_t at);

/* Only parts of the dump are restored. */
void amanda_outcomes_partial_restore(amanda_outcomes_t *outcomes, amanda_job_t *job);

#endif
