/* verdict/program-runs.c
 * Which exchanges belong to one run of a program of the requester's, such as amdump or amcheck
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/program-runs.h"

#include "verdict/endpoint.h"
#include "verdict/times.h"

#include <string.h>

/* Amanda 2.4 to 3.5 common-src/protocol.c, DROP_DEAD_TIME */
#define QUIET (3600 * AMANDA_SECOND)

/* A process; or, with port 0, the dumps of a host. */
typedef struct {
    amanda_endpoint_t requester;
    uint32_t run;
    int64_t last_time; /* of its last REQ */
} runner_t;

struct amanda_program_runs {
    wmem_allocator_t *scope;
    wmem_map_t *runners;
    uint32_t count;
};

static unsigned hash_runner(const void *key)
{
    return amanda_endpoint_hash(&((const runner_t *)key)->requester);
}

static gboolean equal_runners(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(amanda_endpoint_t)) == 0;
}

amanda_program_runs_t *amanda_program_runs_new(wmem_allocator_t *scope)
{
    amanda_program_runs_t *runs = wmem_new0(scope, amanda_program_runs_t);

    runs->scope = scope;
    runs->runners = wmem_map_new(scope, hash_runner, equal_runners);
    return runs;
}

/* The runner with this key, made if there is none. */
static runner_t *find_runner(amanda_program_runs_t *runs, const address *addr, uint16_t port, bool *made)
{
    const runner_t key = {.requester = amanda_endpoint_of(addr, port)};
    runner_t *runner = (runner_t *)wmem_map_lookup(runs->runners, &key);

    *made = !runner;
    if (!runner) {
        runner = (runner_t *)wmem_memdup(runs->scope, &key, sizeof key);
        wmem_map_insert(runs->runners, runner, runner);
    }
    return runner;
}

void amanda_program_runs_see(amanda_program_runs_t *runs, const amanda_datagram_t *datagram,
                             const amanda_verdict_record_t *record)
{
    amanda_exchange_t *exchange = record->exchange;
    int64_t now = amanda_times_of(&datagram->arrival);

    if (record->type != AMANDA_TYPE_REQ)
        return;

    bool dump = g_strcmp0(exchange->service, "sendbackup") == 0;
    bool made;
    runner_t *runner = find_runner(runs, datagram->src, dump ? 0 : datagram->src_port, &made);

    if (made || (!dump && amanda_times_between(runner->last_time, now) > QUIET))
        runner->run = runs->count++;
    runner->last_time = now;
    if (record->verdict == AMANDA_VERDICT_REQUEST)
        exchange->run = runner->run;
    if (g_strcmp0(exchange->service, "sendsize") == 0)
        find_runner(runs, datagram->src, 0, &made)->run = runner->run;
}
