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

/* What stands for a port where all processes of a host are one. */
enum { PORT_OF_DUMPS = 0, PORT_OF_CONNECTIONS = 1 };

/* A process; or the dumps of a host, or what it asks by TCP. */
typedef struct {
    amanda_endpoint_t requester;
    uint32_t run;
    int64_t last_time; /* of its last REQ */
} runner_t;

/* What a host has asked another one for by TCP. */
typedef struct {
    amanda_endpoint_t requester;
    amanda_endpoint_t responder;
    const char *service;
    uint32_t run; /* in which it did so last */
} asked_t;

#define ASKED_KEY_LENGTH offsetof(asked_t, run)

struct amanda_program_runs {
    wmem_allocator_t *scope;
    GHashTable *runners;
    wmem_map_t *asked;
    runner_t *last; /* the last one found: a program asks one host after another */
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

static unsigned hash_asked(const void *key)
{
    return amanda_key_hash((const uint8_t *)key, ASKED_KEY_LENGTH);
}

static gboolean equal_asked(const void *a, const void *b)
{
    return memcmp(a, b, ASKED_KEY_LENGTH) == 0;
}

amanda_program_runs_t *amanda_program_runs_new(wmem_allocator_t *scope)
{
    amanda_program_runs_t *runs = wmem_new0(scope, amanda_program_runs_t);

    runs->scope = scope;
    runs->runners = amanda_key_set(scope, hash_runner, equal_runners, NULL);
    runs->asked = wmem_map_new(scope, hash_asked, equal_asked);
    return runs;
}

/* The runner with this key, made if there is none. */
static runner_t *find_runner(amanda_program_runs_t *runs, const address *addr, uint16_t port, bool *made)
{
    const runner_t key = {.requester = amanda_endpoint_of(addr, port)};

    *made = false;
    if (runs->last && equal_runners(runs->last, &key))
        return runs->last;

    runner_t *runner = (runner_t *)g_hash_table_lookup(runs->runners, &key);

    *made = !runner;
    if (!runner) {
        runner = (runner_t *)amanda_record_memdup(runs->scope, &key, sizeof key);
        g_hash_table_add(runs->runners, runner);
    }
    runs->last = runner;
    return runner;
}

/* Whether each program asks a host for this only once. */
static bool is_asked_once(const char *service)
{
    static const char *const services[] = {"noop", "selfcheck", "sendsize"};

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        if (g_strcmp0(service, services[i]) == 0)
            return true;
    }
    return false;
}

/* What the host has asked for so far; service: as the exchange has it, of which there is one of each. */
static asked_t *find_asked(amanda_program_runs_t *runs, const amanda_datagram_t *datagram, const char *service)
{
    asked_t key;

    memset(&key, 0, sizeof key); /* with what the compiler leaves between the parts */
    key.requester = amanda_endpoint_of(datagram->src, 0);
    key.responder = amanda_endpoint_of(datagram->dst, 0);
    key.service = service;
    key.run = UINT32_MAX;

    asked_t *asked = (asked_t *)wmem_map_lookup(runs->asked, &key);

    if (!asked) {
        asked = (asked_t *)amanda_record_memdup(runs->scope, &key, sizeof key);
        wmem_map_insert(runs->asked, asked, asked);
    }
    return asked;
}

void amanda_program_runs_see(amanda_program_runs_t *runs, const amanda_datagram_t *datagram,
                             const amanda_verdict_record_t *record)
{
    if (record->type != AMANDA_TYPE_REQ || record->is_copy)
        return;

    amanda_exchange_t *exchange = record->exchange;
    int64_t now = amanda_times_of(&datagram->arrival);
    bool dump = g_strcmp0(exchange->service, "sendbackup") == 0;
    bool opens = record->verdict == AMANDA_VERDICT_REQUEST;
    bool made;
    uint16_t port = datagram->connection ? PORT_OF_CONNECTIONS : datagram->src_port;
    runner_t *runner = find_runner(runs, datagram->src, dump ? PORT_OF_DUMPS : port, &made);
    asked_t *asked = datagram->connection && opens && is_asked_once(exchange->service)
                         ? find_asked(runs, datagram, exchange->service)
                         : NULL;

    if (made || (!dump && amanda_times_between(runner->last_time, now) > QUIET) || (asked && asked->run == runner->run))
        runner->run = runs->count++;
    if (asked)
        asked->run = runner->run;
    runner->last_time = now;
    if (opens)
        exchange->run = runner->run;
    if (g_strcmp0(exchange->service, "sendsize") == 0)
        find_runner(runs, datagram->src, PORT_OF_DUMPS, &made)->run = runner->run;
}
