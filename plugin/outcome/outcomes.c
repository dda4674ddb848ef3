/* outcome/outcomes.c
 * What became of every job and every disk in it
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/outcomes.h"

#include <string.h>

#include "outcome/causes.h"
#include "outcome/rules.h"
#include "outcome/state.h"
#include "verdict/endpoint.h"

/* So much is kept of a text. */
#define TEXT_MAX 400

/* There are many jobs, so they are made so many at a time. */
#define JOBS_AT_ONCE 64

static unsigned hash_key(const void *key)
{
    return amanda_key_hash((const uint8_t *)key, sizeof(amanda_link_key_t));
}

static gboolean equal_keys(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(amanda_link_key_t)) == 0;
}

amanda_outcomes_t *amanda_outcomes_new(wmem_allocator_t *scope, amanda_hosts_t *hosts)
{
    amanda_outcomes_t *outcomes = wmem_new0(scope, amanda_outcomes_t);

    outcomes->scope = scope;
    outcomes->jobs = wmem_array_new(scope, sizeof(amanda_job_t *));
    outcomes->settled = wmem_array_new(scope, sizeof(amanda_item_t *));
    outcomes->connecting = wmem_array_new(scope, sizeof(amanda_job_t *));
    outcomes->clock.now = INT64_MIN;
    outcomes->clock.due = INT64_MAX;
    outcomes->hosts = hosts;
    outcomes->dumpers = amanda_key_set(scope, hash_key, equal_keys, NULL);
    outcomes->disks = wmem_map_new(scope, wmem_str_hash, g_str_equal);
    outcomes->links = wmem_map_new(scope, hash_key, equal_keys);
    outcomes->attempts = wmem_map_new(scope, hash_key, equal_keys);
    return outcomes;
}

void amanda_outcome_one_line(char *text)
{
    for (; *text; text++) {
        if (g_ascii_iscntrl(*text))
            *text = ' ';
    }
}

const char *amanda_outcome_keep(const amanda_outcomes_t *outcomes, const char *text)
{
    size_t length;
    char *kept;

    if (!text)
        return NULL;
    while (g_ascii_isspace(*text))
        text++;
    length = strlen(text);
    if (length <= TEXT_MAX) {
        kept = wmem_strdup(outcomes->scope, text);
        amanda_outcome_one_line(kept);
        return kept;
    }
    for (length = TEXT_MAX; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
        length--;
    kept = (char *)wmem_alloc(outcomes->scope, length + sizeof "…");
    memcpy(kept, text, length);
    memcpy(kept + length, "…", sizeof "…");
    amanda_outcome_one_line(kept);
    return kept;
}

unsigned amanda_outcomes_job_count(const amanda_outcomes_t *outcomes)
{
    return outcomes->job_count;
}

amanda_job_t *amanda_outcomes_job(const amanda_outcomes_t *outcomes, unsigned number)
{
    amanda_job_t *const *blocks = (amanda_job_t *const *)wmem_array_get_raw(outcomes->jobs);

    return &blocks[number / JOBS_AT_ONCE][number % JOBS_AT_ONCE];
}

/* Each stays where it is. */
static amanda_job_t *new_job(amanda_outcomes_t *outcomes)
{
    if (outcomes->job_count % JOBS_AT_ONCE == 0) {
        amanda_job_t *block = wmem_alloc_array(outcomes->scope, amanda_job_t, JOBS_AT_ONCE);

        wmem_array_append_one(outcomes->jobs, block);
    }

    amanda_job_t *job = amanda_outcomes_job(outcomes, outcomes->job_count++);

    memset(job, 0, sizeof *job);
    return job;
}

amanda_job_t *amanda_job_make(amanda_outcomes_t *outcomes, amanda_host_t *requester, amanda_host_t *responder,
                              amanda_job_kind_t kind, amanda_moment_t at)
{
    amanda_job_t *job = new_job(outcomes);

    job->item.job = job;
    job->requester = requester;
    job->responder = responder;
    job->kind = kind;
    job->req = at;
    job->open = true;
    return job;
}

static amanda_case_t case_of(const amanda_outcomes_t *outcomes, const amanda_item_t *item, int64_t now, bool over)
{
    return (amanda_case_t){
        .item = item, .job = item->job, .now = now, .over = over, .tcp_seen = outcomes->clock.tcp_seen};
}

static amanda_settlement_t settlement_of(const amanda_outcomes_t *outcomes, const amanda_case_t *c,
                                         amanda_outcome_t outcome, amanda_moment_t at)
{
    amanda_cause_t cause;
    const char *why = amanda_cause_find(c, outcome, &cause, outcomes->scope);

    return (amanda_settlement_t){.at = at, .why = why, .outcome = outcome, .cause = cause};
}

void amanda_job_settle(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    bool open = false;

    if (!job->open || job->dropped || amanda_rules_is_waiting(job))
        return;
    for (amanda_item_t *item = &job->item; item; item = item->next) {
        const amanda_case_t c = case_of(outcomes, item, at.when, false);
        amanda_outcome_t outcome = amanda_item_is_settled(item) ? AMANDA_OUTCOME_NONE : amanda_rules_outcome(&c);

        if (outcome != AMANDA_OUTCOME_NONE) {
            item->settled = settlement_of(outcomes, &c, outcome, at);
            wmem_array_append_one(outcomes->settled, item);
            outcomes->clock.last_settled = at.frame;
        }
        open = open || !amanda_item_is_settled(item);
    }
    job->open = open;
}

/* The frame that belongs to the thing with this number, of things in the order of their frames. */
typedef uint32_t frame_of_t(const amanda_outcomes_t *outcomes, unsigned number);

/* The first of the things, of which there are so many, that is not before a frame. */
static unsigned search(const amanda_outcomes_t *outcomes, frame_of_t *frame_of, unsigned length, uint32_t frame)
{
    unsigned low = 0;
    unsigned high = length;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (frame_of(outcomes, middle) < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Those that belong to a frame: the number of the first, and how many. */
static unsigned find(const amanda_outcomes_t *outcomes, frame_of_t *frame_of, unsigned length, uint32_t frame,
                     unsigned *count)
{
    *count = 0;
    /* On the first pass, most frames come behind the last one. */
    if (length == 0 || frame_of(outcomes, length - 1) < frame)
        return 0;

    unsigned first = search(outcomes, frame_of, length, frame);

    *count = (frame < UINT32_MAX ? search(outcomes, frame_of, length, frame + 1) : length) - first;
    return first;
}

static uint32_t settled_frame(const amanda_outcomes_t *outcomes, unsigned number)
{
    return (*(const amanda_item_t *const *)wmem_array_index(outcomes->settled, number))->settled.at.frame;
}

static uint32_t asked_frame(const amanda_outcomes_t *outcomes, unsigned number)
{
    return amanda_outcomes_job(outcomes, number)->req.frame;
}

amanda_item_t *const *amanda_outcomes_settled_in(const amanda_outcomes_t *outcomes, uint32_t frame, unsigned *count)
{
    unsigned first = find(outcomes, settled_frame, wmem_array_get_count(outcomes->settled), frame, count);

    return *count > 0 ? (amanda_item_t *const *)wmem_array_index(outcomes->settled, first) : NULL;
}

amanda_item_t *const *amanda_outcomes_settled(const amanda_outcomes_t *outcomes, unsigned *count)
{
    *count = wmem_array_get_count(outcomes->settled);
    return *count > 0 ? (amanda_item_t *const *)wmem_array_index(outcomes->settled, 0) : NULL;
}

unsigned amanda_outcomes_asked_in(const amanda_outcomes_t *outcomes, uint32_t frame, unsigned *count)
{
    return find(outcomes, asked_frame, outcomes->job_count, frame, count);
}

amanda_settlement_t amanda_outcomes_get(const amanda_outcomes_t *outcomes, const amanda_item_t *item,
                                        wmem_allocator_t *pool)
{
    const amanda_case_t c = case_of(outcomes, item, outcomes->clock.now, true);
    amanda_settlement_t settlement = item->settled;
    amanda_cause_t cause;

    if (amanda_item_is_settled(item) && settlement.outcome != AMANDA_OUTCOME_UNFINISHED)
        return settlement;
    if (!amanda_item_is_settled(item))
        settlement.outcome = amanda_rules_outcome(&c);
    /* How the other side took the end of a stream shows only after the frame that settled it. */
    settlement.why = amanda_cause_find(&c, settlement.outcome, &cause, pool);
    settlement.cause = cause;
    return settlement;
}
