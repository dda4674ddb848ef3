/* outcome/went-on.c
 * When a requester goes on to something else, so that what it had asked for is over
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/went-on.h"

#include <string.h>

#include "outcome/outcomes.h"
#include "outcome/state.h"
#include "verdict/endpoint.h"

static void go_on(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    if (!job || !job->open || amanda_job_more(job)->went_on.frame)
        return;
    amanda_job_make_more(job, outcomes->scope)->went_on = at;
    amanda_job_settle(outcomes, job, at);
}

/* Whether a request may be the one before, captured on both sides of a router that translates addresses: as close as the copies
 * of one packet, and with another host. */
static bool may_be_same(const amanda_job_t *job, const amanda_job_t *next)
{
    static const int64_t near = 2 * AMANDA_SECOND;
    int64_t between = amanda_times_between(amanda_job_last_req(job).when, next->req.when);

    return (job->requester != next->requester || job->responder != next->responder) && between <= near &&
           between >= -near;
}

/* From all that is the same request as this one, too; once, or many requests would look at many. */
static void go_on_from_each(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    while (job) {
        amanda_job_t *same = amanda_job_more(job)->elsewhere;

        if (same)
            job->more->elsewhere = NULL;
        go_on(outcomes, job, at);
        job = same;
    }
}

static void by_dumper(amanda_outcomes_t *outcomes, amanda_job_t *job, int32_t seq, amanda_moment_t at)
{
    amanda_dumper_t key;
    amanda_dumper_t *dumper;

    if (job->kind != AMANDA_JOB_DUMP)
        return;
    memset(&key, 0, sizeof key);
    key.key.requester = job->requester;
    key.key.requester_port = job->requester_port;
    /* A port may have a TCP connection to each of several hosts at a time. */
    if (job->framed) {
        key.key.responder = job->responder;
        key.key.responder_port = job->responder_port;
    }
    dumper = (amanda_dumper_t *)g_hash_table_lookup(outcomes->dumpers, &key);
    if (dumper && dumper->seq == seq && may_be_same(dumper->last, job)) {
        amanda_job_make_more(job, outcomes->scope)->elsewhere = dumper->last;
    } else if (dumper) {
        go_on_from_each(outcomes, dumper->last, at);
    } else {
        dumper = (amanda_dumper_t *)amanda_record_memdup(outcomes->scope, &key, sizeof key);
        g_hash_table_add(outcomes->dumpers, dumper);
    }
    dumper->last = job;
    dumper->seq = seq;
}

void amanda_went_on_by_socket(amanda_outcomes_t *outcomes, amanda_job_t *job, uint32_t *last_of_group, int32_t seq,
                              amanda_moment_t at)
{
    if (last_of_group) {
        if (*last_of_group)
            go_on(outcomes, amanda_outcomes_job(outcomes, *last_of_group - 1), at);
        *last_of_group = amanda_outcomes_job_count(outcomes);
    }
    by_dumper(outcomes, job, seq, at);
}

void amanda_went_on_by_disk(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    const char *client =
        job->kind == AMANDA_JOB_DUMP && amanda_item_told(&job->item)->disk ? amanda_job_client(job) : NULL;

    if (!client)
        return;

    /* No name of a host has a line end. */
    char *key = g_strconcat(client, "\n", amanda_item_told(&job->item)->disk, NULL);
    amanda_job_t **last = (amanda_job_t **)wmem_map_lookup(outcomes->disks, key);

    if (last && may_be_same(*last, job)) {
        amanda_job_make_more(job, outcomes->scope)->elsewhere = *last;
    } else if (last) {
        go_on_from_each(outcomes, *last, at);
    } else {
        last = wmem_new(outcomes->scope, amanda_job_t *);
        wmem_map_insert(outcomes->disks, wmem_strdup(outcomes->scope, key), last);
    }
    g_free(key);
    *last = job;
}
