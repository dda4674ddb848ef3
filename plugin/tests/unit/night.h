/* night.h
 * A night of backups for the tests of the outcomes: facts in few words
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_TEST_NIGHT_H
#define AMANDA_TEST_NIGHT_H

#include "expect.h"

#include "outcome/facts.h"
#include "outcome/links.h"
#include "outcome/outcomes.h"
#include "outcome/stream-facts.h"

extern amanda_outcomes_t *night;

/* Frames come one by one, a tenth of a second apart. */
amanda_moment_t next_frame(void);
void let_pass(int seconds);

/* The next frame is the one behind this, and a tenth of a second behind that time; in nanoseconds since the epoch. */
void begin_behind(uint32_t frame, int64_t when);

/* A REQ of a service by the n-th socket of the server; the disks are separated by blanks, with levels 0 and 1 each. */
amanda_job_t *ask(const char *service, unsigned socket, const char *disks);

/* As that, over TCP, where a connection was opened before. */
amanda_job_t *ask_framed(const char *service, unsigned socket, const char *disks);
amanda_link_ends_t link_ends(unsigned socket);

void answer(amanda_job_t *job);     /* an ACK of the responder, the REP, the ACK of the requester */
void only_reply(amanda_job_t *job); /* just the REP */
void announce(amanda_job_t *job);   /* DATA, MESG and INDEX; before the reply */
void connect_all(amanda_job_t *job);
void tell(amanda_job_t *job, amanda_line_kind_t kind, const char *text);
void send_data(amanda_job_t *job, uint64_t bytes);
void end_stream(amanda_job_t *job, amanda_stream_role_t role, amanda_party_t side, amanda_end_t how);
void whole_dump(amanda_job_t *job); /* from the REP to the end of all streams */

/* The outcome of the disk, or of the job, by the frames so far; "" as long as none has settled it. */
const char *outcome_so_far(amanda_job_t *job, const char *disk);

/* The same if the capture ends here. */
const char *outcome_at_end(amanda_job_t *job, const char *disk);
const char *why_at_end(amanda_job_t *job, const char *disk);
amanda_cause_t cause_at_end(amanda_job_t *job, const char *disk);

/* Another night, in a test that goes through several; what was told of the one before is gone. */
void start_night(void);

/* Runs tests, each with a new night. */
int run_nights(int argc, char **argv, const unit_test_t *tests, size_t count);

#endif
