/* outcome/jobs.c
 * What is remembered of a job, of each disk in it, and of its streams
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "outcome/jobs.h"

#include "verdict/endpoint.h"

#include <string.h>

/* So many items are searched one by one. */
#define FEW_ITEMS 8

const amanda_stream_course_t amanda_no_course;
const amanda_item_told_t amanda_nothing_told;
const amanda_job_more_t amanda_no_more;

amanda_stream_course_t *amanda_stream_make_course(amanda_stream_facts_t *stream, wmem_allocator_t *scope)
{
    if (!stream->course)
        stream->course = amanda_record_new0(scope, amanda_stream_course_t);
    return stream->course;
}

amanda_item_told_t *amanda_item_make_told(amanda_item_t *item, wmem_allocator_t *scope)
{
    if (!item->told)
        item->told = amanda_record_new0(scope, amanda_item_told_t);
    return item->told;
}

amanda_job_more_t *amanda_job_make_more(amanda_job_t *job, wmem_allocator_t *scope)
{
    if (!job->more)
        job->more = amanda_record_new0(scope, amanda_job_more_t);
    return job->more;
}

const char *amanda_outcome_name(amanda_outcome_t outcome)
{
    static const char *const names[AMANDA_OUTCOMES] = {
        [AMANDA_OUTCOME_REFUSED] = "refused",       [AMANDA_OUTCOME_FAILED] = "failed",
        [AMANDA_OUTCOME_UNANSWERED] = "unanswered", [AMANDA_OUTCOME_NOT_CONNECTED] = "not connected",
        [AMANDA_OUTCOME_UNFINISHED] = "unfinished", [AMANDA_OUTCOME_MISSING] = "missing",
        [AMANDA_OUTCOME_STRANGE] = "strange",       [AMANDA_OUTCOME_SUCCESS] = "success",
        [AMANDA_OUTCOME_UNKNOWN] = "unknown",       [AMANDA_OUTCOME_RUNNING] = "running",
    };

    return outcome < AMANDA_OUTCOMES ? names[outcome] : NULL;
}

const char *amanda_job_what(const amanda_job_t *job)
{
    static const char *const kinds[AMANDA_JOB_KINDS] = {
        [AMANDA_JOB_NOOP] = "noop", [AMANDA_JOB_CHECK] = "check",     [AMANDA_JOB_ESTIMATE] = "estimate",
        [AMANDA_JOB_DUMP] = "dump", [AMANDA_JOB_RESTORE] = "restore", [AMANDA_JOB_CONNECTION] = "connection",
    };

    if (kinds[job->kind])
        return kinds[job->kind];
    return job->service ? job->service : "request";
}

/* Services of the server, which clients ask for (Amanda 2.5.1 to 3.5 recover-src, ambackup). */
static bool is_asked_of_server(const amanda_job_t *job)
{
    static const char *const services[] = {"amindexd", "amidxtaped", "ambackupd", "amdumpd"};

    for (size_t i = 0; job->service && i < G_N_ELEMENTS(services); i++) {
        if (strcmp(job->service, services[i]) == 0)
            return true;
    }
    return false;
}

const amanda_host_t *amanda_job_client_host(const amanda_job_t *job)
{
    return is_asked_of_server(job) ? job->requester : job->responder;
}

const char *amanda_job_client(const amanda_job_t *job)
{
    return job->client ? job->client : amanda_job_client_host(job)->name;
}

const char *amanda_item_levels(const amanda_item_t *item, wmem_allocator_t *pool)
{
    wmem_strbuf_t *text = wmem_strbuf_new(pool, "");

    for (int level = 0; level <= AMANDA_LEVEL_MAX; level++) {
        if (amanda_item_told(item)->asked & UINT64_C(1) << level)
            wmem_strbuf_append_printf(text, "%s%d", wmem_strbuf_get_len(text) > 0 ? ", " : "", level);
    }
    return wmem_strbuf_get_str(text);
}

const char *amanda_item_disk(const amanda_item_t *item)
{
    const amanda_transfer_t *transfer = item->job->transfer;

    return amanda_item_told(item)->disk || !transfer ? amanda_item_told(item)->disk : transfer->disk;
}

static bool is_called(const char *own, const char *name, size_t length)
{
    return own && strncmp(own, name, length) == 0 && own[length] == '\0';
}

amanda_item_t *amanda_job_find(amanda_job_t *job, const char *name, size_t length)
{
    wmem_map_t *by_name = amanda_job_more(job)->by_name;

    if (by_name) {
        char *key = g_strndup(name, length);
        amanda_item_t *found = (amanda_item_t *)wmem_map_lookup(by_name, key);

        g_free(key);
        return found;
    }
    for (amanda_item_t *item = &job->item; item; item = item->next) {
        const amanda_item_told_t *told = amanda_item_told(item);

        if (is_called(told->disk, name, length) || is_called(told->device, name, length))
            return item;
    }
    return NULL;
}

static void index_item(wmem_map_t *by_name, amanda_item_t *item)
{
    const amanda_item_told_t *told = amanda_item_told(item);

    if (told->device && !wmem_map_contains(by_name, told->device))
        wmem_map_insert(by_name, told->device, item);
    /* The disk's name goes first: a device may be called like another disk. */
    wmem_map_insert(by_name, told->disk, item);
}

static amanda_item_t *find_disk(amanda_job_t *job, const char *disk)
{
    amanda_item_t *item = amanda_job_find(job, disk, strlen(disk));
    const char *own = item ? amanda_item_told(item)->disk : NULL;

    return own && strcmp(own, disk) == 0 ? item : NULL;
}

/* Notes an item that was added behind all others, once they are many. */
static void note_item(amanda_job_t *job, wmem_allocator_t *scope, amanda_item_t *item)
{
    amanda_job_more_t *more;
    unsigned count = 0;

    if (!amanda_job_more(job)->by_name) {
        for (const amanda_item_t *each = &job->item; each; each = each->next)
            count++;
        if (count <= FEW_ITEMS)
            return;
    }
    more = amanda_job_make_more(job, scope);
    more->last_item = item;
    if (more->by_name) {
        index_item(more->by_name, item);
        return;
    }
    more->by_name = wmem_map_new(scope, wmem_str_hash, g_str_equal);
    for (amanda_item_t *each = &job->item; each; each = each->next)
        index_item(more->by_name, each);
}

static amanda_item_t *last_item(amanda_job_t *job)
{
    amanda_item_t *item = job->more && job->more->last_item ? job->more->last_item : &job->item;

    while (item->next)
        item = item->next;
    return item;
}

amanda_item_t *amanda_job_add(amanda_job_t *job, wmem_allocator_t *scope, const char *disk, const char *device)
{
    amanda_item_t *item = &job->item;
    amanda_item_told_t *told;

    if (amanda_item_told(item)->disk) {
        item = find_disk(job, disk);
        if (item)
            return item;
        item = amanda_record_new0(scope, amanda_item_t);
        item->job = job;
        last_item(job)->next = item;
    }
    told = amanda_item_make_told(item, scope);
    told->disk = amanda_record_strdup(scope, disk);
    told->device = device && strcmp(device, disk) != 0 ? amanda_record_strdup(scope, device) : NULL;
    note_item(job, scope, item);
    return item;
}

void amanda_job_misses_reply(amanda_job_t *job)
{
    if (!job->rep.frame && !amanda_job_more(job)->nak.frame)
        job->missing = true;
}
