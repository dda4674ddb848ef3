/* outcome/went-on.c
 * When a requester goes on to something else, so that what it had asked for is over
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/went-on.h"

#include <string.h>

#include "outcome/state.h"

static void go_on(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
{
    if (!job || !job->open || amanda_job_more(job)->went_on.frame)
        return;
    amanda_job_make_more(job, outcomes->scope)->went_on = at;
    amanda_job_settle(outcomes, job, at);
}

static void by_dumper(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_moment_t at)
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
    if (dumper) {
        go_on(outcomes, dumper->last, at);
    } else {
        dumper = (amanda_dumper_t *)wmem_memdup(outcomes->scope, &key, sizeof key);
        g_hash_table_add(outcomes->dumpers, dumper);
    }
    dumper->last = job;
}

void amanda_went_on_by_socket(amanda_outcomes_t *outcomes, amanda_job_t *job, amanda_job_t **last_of_group,
                              amanda_moment_t at)
{
    if (last_of_group) {
        go_on(outcomes, *last_of_group, at);
        *last_of_group = job;
    }
    by_dumper(outcomes, job, at);
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

    if (last) {
        go_on(outcomes, *last, at);
    } else {
        last = wmem_new(outcomes->scope, amanda_job_t *);
        wmem_map_insert(outcomes->disks, wmem_strdup(outcomes->scope, key), last);
    }
    g_free(key);
    *last = job;
}
