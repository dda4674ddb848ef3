/* outcome/reply-words.h
 * What the words of a reply tell, and which disk they are about
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_OUTCOME_REPLY_WORDS_H
#define AMANDA_OUTCOME_REPLY_WORDS_H

#include "outcome/jobs.h"

/* The item of a job that a text names by its disk or device, in quotes, brackets or between blanks; NULL if it names
 * none. Selfcheck says "OK /srv/d1", "amclient: Could not access /srv/d9 (/dev/sdb1): No such file or directory" and
 * the like (Amanda 2.4 to 3.5 client-src/selfcheck.c). */
amanda_item_t *amanda_reply_words_item(amanda_job_t *job, const char *text);

/* What the answering REP says, before amanda_outcomes_reply() itself. An error or warning is of the disk that the text
 * names, if it names one; disk: where that is known from elsewhere, else NULL. kib: of an estimate; below 0: there is
 * none. level: -1 where none is said. */
void amanda_outcomes_reply_error(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, int level,
                                 const char *text);
void amanda_outcomes_reply_warning(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, const char *text);
void amanda_outcomes_reply_ok(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *text);
void amanda_outcomes_reply_size(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, int level,
                                int64_t kib);
void amanda_outcomes_reply_retry(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *text);

#endif
