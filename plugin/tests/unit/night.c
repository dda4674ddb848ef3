/* night.c
 * A night of backups for the tests of the outcomes: facts in few words
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "night.h"

#include <string.h>

amanda_outcomes_t *night;

static wmem_allocator_t *scope;
static amanda_hosts_t *hosts;
static uint32_t last_of_group[UINT8_MAX];
static amanda_moment_t now;
static const uint8_t server_bytes[] = {192, 0, 2, 1};
static const uint8_t client_bytes[] = {192, 0, 2, 2};
static address server = ADDRESS_INIT(AT_IPv4, 4, server_bytes);
static address client = ADDRESS_INIT(AT_IPv4, 4, client_bytes);

void let_pass(int seconds)
{
    now.when += seconds * INT64_C(1000000000);
    amanda_outcomes_capture_goes_on(night, now, false);
}

void begin_behind(uint32_t frame, int64_t when)
{
    now = (amanda_moment_t){.frame = frame, .when = when};
}

amanda_moment_t next_frame(void)
{
    now.frame++;
    now.when += 100000000;
    amanda_outcomes_capture_goes_on(night, now, true);
    return now;
}

amanda_link_ends_t link_ends(unsigned socket)
{
    return (amanda_link_ends_t){&server, &client, (uint16_t)(700 + socket), 10080};
}

static amanda_job_t *ask_somehow(const char *service, unsigned socket, const char *disks, bool framed)
{
    static const int levels[] = {0, 1};
    amanda_moment_t at = next_frame();
    amanda_request_fact_t fact = {
        .service = service,
        .last_of_group = framed ? NULL : &last_of_group[socket % G_N_ELEMENTS(last_of_group)],
        .requester = amanda_hosts_of(hosts, &server),
        .responder = amanda_hosts_of(hosts, &client),
        .requester_port = (uint16_t)(700 + socket),
        .responder_port = 10080,
        .framed = framed,
        .at = at,
    };
    amanda_job_t *job = amanda_outcomes_request(night, &fact);
    char **words = g_strsplit(disks, " ", -1);

    amanda_outcomes_client(night, job, "amclient");
    for (char **word = words; *word && **word; word++)
        amanda_outcomes_disk(night, job, *word, NULL, levels, 2);
    g_strfreev(words);
    amanda_outcomes_request_read(night, job, at);
    return job;
}

amanda_job_t *ask(const char *service, unsigned socket, const char *disks)
{
    return ask_somehow(service, socket, disks, false);
}

amanda_job_t *ask_framed(const char *service, unsigned socket, const char *disks)
{
    return ask_somehow(service, socket, disks, true);
}

void only_reply(amanda_job_t *job)
{
    amanda_outcomes_reply(night, job, false, next_frame());
}

void answer(amanda_job_t *job)
{
    amanda_outcomes_request_acked(night, job, next_frame());
    only_reply(job);
    amanda_outcomes_reply_acked(night, job, false, false, next_frame());
}

void announce(amanda_job_t *job)
{
    amanda_outcomes_announced(night, job, AMANDA_STREAM_DATA, 50000, false);
    amanda_outcomes_announced(night, job, AMANDA_STREAM_MESG, 50001, false);
    amanda_outcomes_announced(night, job, AMANDA_STREAM_INDEX, 50002, false);
}

void connect_all(amanda_job_t *job)
{
    for (int role = AMANDA_STREAM_DATA; role <= AMANDA_STREAM_INDEX; role++) {
        amanda_outcomes_stream_syn(night, job, (amanda_stream_role_t)role, next_frame());
        amanda_outcomes_stream_connected(night, job, (amanda_stream_role_t)role, next_frame());
    }
}

void tell(amanda_job_t *job, amanda_line_kind_t kind, const char *text)
{
    amanda_outcomes_line(night, job, kind, text, next_frame());
    amanda_outcomes_stream_bytes(night, job, AMANDA_STREAM_MESG, 1, now);
}

void send_data(amanda_job_t *job, uint64_t bytes)
{
    amanda_outcomes_stream_bytes(night, job, AMANDA_STREAM_DATA, bytes, next_frame());
}

void end_stream(amanda_job_t *job, amanda_stream_role_t role, amanda_party_t side, amanda_end_t how)
{
    amanda_outcomes_stream_ended(night, job, role, side, how, NULL, next_frame());
}

void whole_dump(amanda_job_t *job)
{
    announce(job);
    answer(job);
    connect_all(job);
    tell(job, AMANDA_LINE_INFO_END, "");
    send_data(job, 10240);
    tell(job, AMANDA_LINE_SIZE, "10");
    tell(job, AMANDA_LINE_END, "");
    end_stream(job, AMANDA_STREAM_DATA, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    end_stream(job, AMANDA_STREAM_INDEX, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
    end_stream(job, AMANDA_STREAM_MESG, AMANDA_PARTY_RESPONDER, AMANDA_END_FIN);
}

static const amanda_item_t *item_of(amanda_job_t *job, const char *disk)
{
    const amanda_item_t *item = disk ? amanda_job_find(job, disk, strlen(disk)) : &job->item;

    g_assert_nonnull(item);
    return item;
}

const char *outcome_so_far(amanda_job_t *job, const char *disk)
{
    const amanda_item_t *item = item_of(job, disk);

    return amanda_item_is_settled(item) ? amanda_outcome_name(item->settled.outcome) : "";
}

static amanda_settlement_t at_end(amanda_job_t *job, const char *disk)
{
    return amanda_outcomes_get(night, item_of(job, disk), scope);
}

const char *outcome_at_end(amanda_job_t *job, const char *disk)
{
    return amanda_outcome_name(at_end(job, disk).outcome);
}

const char *why_at_end(amanda_job_t *job, const char *disk)
{
    return at_end(job, disk).why;
}

amanda_cause_t cause_at_end(amanda_job_t *job, const char *disk)
{
    return at_end(job, disk).cause;
}

void start_night(void)
{
    if (scope)
        wmem_destroy_allocator(scope);
    scope = wmem_allocator_new(WMEM_ALLOCATOR_STRICT);
    hosts = amanda_hosts_new(scope);
    memset(last_of_group, 0, sizeof last_of_group);
    night = amanda_outcomes_new(scope, hosts);
    now = (amanda_moment_t){.when = INT64_C(1000000000)};
}

static void run_one(gconstpointer function)
{
    start_night();
    ((const unit_test_t *)function)->function();
    wmem_destroy_allocator(scope);
    scope = NULL;
}

int run_nights(int argc, char **argv, const unit_test_t *tests, size_t count)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    wmem_init();
    for (size_t i = 0; i < count; i++)
        g_test_add_data_func(tests[i].path, &tests[i], run_one);
    result = g_test_run();
    wmem_cleanup();
    return result;
}
