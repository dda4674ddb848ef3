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

/* There are many of them, and each stays where it is. */
static amanda_job_t *new_job(amanda_outcomes_t *outcomes)
{
    static const unsigned at_once = 64;

    if (outcomes->room_left == 0) {
        outcomes->room = wmem_alloc_array(outcomes->scope, amanda_job_t, at_once);
        outcomes->room_left = at_once;
    }
    outcomes->room_left--;
    memset(outcomes->room, 0, sizeof *outcomes->room);
    return outcomes->room++;
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
    wmem_array_append_one(outcomes->jobs, job);
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

/* The first of the elements that are not before a frame. */
static unsigned search(wmem_array_t *array, uint32_t (*frame_of)(const void *element), uint32_t frame)
{
    unsigned low = 0;
    unsigned high = wmem_array_get_count(array);

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (frame_of(*(void **)wmem_array_index(array, middle)) < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Those elements of an array that belong to a frame. */
static void *const *find(wmem_array_t *array, uint32_t (*frame_of)(const void *element), uint32_t frame,
                         unsigned *count)
{
    unsigned length = wmem_array_get_count(array);

    *count = 0;
    /* On the first pass, most frames come behind the last one. */
    if (length == 0 || frame_of(*(void **)wmem_array_index(array, length - 1)) < frame)
        return NULL;

    unsigned first = search(array, frame_of, frame);

    *count = search(array, frame_of, frame + 1) - first;
    return *count > 0 ? (void *const *)wmem_array_index(array, first) : NULL;
}

static uint32_t settled_frame(const void *item)
{
    return ((const amanda_item_t *)item)->settled.at.frame;
}

static uint32_t asked_frame(const void *job)
{
    return ((const amanda_job_t *)job)->req.frame;
}

amanda_item_t *const *amanda_outcomes_settled_in(const amanda_outcomes_t *outcomes, uint32_t frame, unsigned *count)
{
    return (amanda_item_t *const *)find(outcomes->settled, settled_frame, frame, count);
}

amanda_item_t *const *amanda_outcomes_settled(const amanda_outcomes_t *outcomes, unsigned *count)
{
    *count = wmem_array_get_count(outcomes->settled);
    return *count > 0 ? (amanda_item_t *const *)wmem_array_index(outcomes->settled, 0) : NULL;
}

amanda_job_t *const *amanda_outcomes_asked_in(const amanda_outcomes_t *outcomes, uint32_t frame, unsigned *count)
{
    return (amanda_job_t *const *)find(outcomes->jobs, asked_frame, frame, count);
}

amanda_job_t *const *amanda_outcomes_jobs(const amanda_outcomes_t *outcomes, unsigned *count)
{
    *count = wmem_array_get_count(outcomes->jobs);
    return *count > 0 ? (amanda_job_t *const *)wmem_array_index(outcomes->jobs, 0) : NULL;
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
