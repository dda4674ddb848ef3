/* outcome/reply-words.c
 * What a reply says of each disk
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/reply-words.h"

#include <string.h>

#include "outcome/state.h"
#include "verdict/endpoint.h"

/* What stands around a name, but is no part of it. */
#define AROUND " \t\r\n'\"()[]{},;:"

/* A longer text than that is hardly the words of a program. */
#define WORDS_MAX 256

/* A word, without the marks that may stand at its ends; those inside it may be its own. */
static amanda_item_t *find_word(amanda_job_t *job, const char *word, size_t length)
{
    amanda_item_t *item = NULL;

    while (length > 0 && strchr(AROUND, *word)) {
        word++;
        length--;
    }
    while (length > 0 && !item) {
        item = amanda_job_find(job, word, length);
        if (!item && !strchr(AROUND ".", word[length - 1]))
            break;
        length--;
    }
    return item;
}

/* What stands between two quotation marks, which may have blanks inside. */
static amanda_item_t *find_quoted(amanda_job_t *job, const char *text)
{
    amanda_item_t *item = NULL;
    int words = 0;

    for (const char *open = strpbrk(text, "'\""); open && !item && words++ < WORDS_MAX;) {
        const char *close = strchr(open + 1, *open);

        if (!close)
            break;
        item = amanda_job_find(job, open + 1, (size_t)(close - open - 1));
        open = strpbrk(close + 1, "'\"");
    }
    return item;
}

amanda_item_t *amanda_reply_words_item(amanda_job_t *job, const char *text)
{
    amanda_item_t *item = amanda_job_find(job, text, strlen(text));
    int words = 0;

    if (!amanda_item_told(&job->item)->disk)
        return NULL;
    if (!item)
        item = find_quoted(job, text);
    while (!item && *text && words++ < WORDS_MAX) {
        size_t length = strcspn(text, " \t\r\n");

        item = find_word(job, text, length);
        text += length;
        text += strspn(text, " \t\r\n");
    }
    return item;
}

/* What is told of the item of that disk, or that the text names; NULL for none. */
static amanda_item_told_t *told_of(const amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk,
                                   const char *text)
{
    amanda_item_t *item = disk ? amanda_job_find(job, disk, strlen(disk)) : amanda_reply_words_item(job, text);
    amanda_item_told_t *told = item ? amanda_item_make_told(item, outcomes->scope) : NULL;

    if (told) {
        told->named = true;
        job->names_items = true;
    }
    return told;
}

static uint64_t level_bit(int level)
{
    return level < 0 ? 0 : UINT64_C(1) << MIN(level, AMANDA_LEVEL_MAX);
}

void amanda_outcomes_reply_error(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, int level,
                                 const char *text)
{
    amanda_item_told_t *told = told_of(outcomes, job, disk, text);
    const char **error = told ? &told->error : &amanda_job_make_more(job, outcomes->scope)->error;

    if (told)
        told->failed |= level_bit(level);
    if (!*error)
        *error = amanda_outcome_keep(outcomes, text);
}

void amanda_outcomes_reply_warning(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, const char *text)
{
    amanda_item_told_t *told = told_of(outcomes, job, disk, text);
    const char **warning = told ? &told->warning : &amanda_job_make_more(job, outcomes->scope)->warning;

    if (!*warning)
        *warning = amanda_outcome_keep(outcomes, text);
}

void amanda_outcomes_reply_ok(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *text)
{
    job->oks = true;
    told_of(outcomes, job, NULL, text);
}

void amanda_outcomes_reply_size(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *disk, int level,
                                int64_t kib)
{
    amanda_item_told_t *told = told_of(outcomes, job, disk, disk ? disk : "");

    if (!told)
        return;
    if (kib < 0) {
        /* Of what is left to the server, the client has none. */
        told->failed |= level_bit(level) & ~told->sized;
        return;
    }
    told->sized |= level_bit(level);
    told->kib += (uint64_t)kib;
}

void amanda_outcomes_reply_retry(amanda_outcomes_t *outcomes, amanda_job_t *job, const char *text)
{
    if (!job->transfer)
        job->transfer = amanda_record_new0(outcomes->scope, amanda_transfer_t);
    if (!job->transfer->retry)
        job->transfer->retry = amanda_outcome_keep(outcomes, text);
}
