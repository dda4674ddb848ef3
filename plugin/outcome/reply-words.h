/* outcome/reply-words.h
 * Which disk the words of a reply are about
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

#endif
