/* verdict/exchange-table.c
 * Finds exchanges by their keys: requester, responder, HANDLE and SEQ
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/exchange-table.h"

#include "verdict/outstanding.h"

#include <string.h>

/* A HANDLE that is longer goes into the key as its digest, so that the size of a record has a limit. */
#define MAX_HANDLE_KEY 48

/* The exchanges of one requester, one responder and one HANDLE, whatever their SEQ. */
struct amanda_group {
    amanda_asker_t *asker;
    amanda_endpoint_t responder;
    uint32_t job;                   /* see amanda_exchange_table_job() */
    amanda_exchange_t *outstanding; /* at most one is */
    amanda_exchange_t *latest;      /* the one made last; those before it are in table->older */
};

/* Nearly always there is one responder and one exchange, which need no allocations of their own. */
struct amanda_asker {
    amanda_group_t first;
    amanda_exchange_t exchange; /* the first one of the first group */
    uint16_t handle_length;     /* before it was folded */
    uint8_t key_length;
    uint8_t key[]; /* the requester, as far as its address goes, and the HANDLE */
};

#define MAX_ASKER_KEY (sizeof(amanda_endpoint_t) + MAX_HANDLE_KEY)

struct amanda_exchange_table {
    wmem_allocator_t *scope;
    uint32_t exchange_count;
    GHashTable *askers;         /* as many as HANDLEs */
    amanda_asker_t *last_asker; /* the last one found: an exchange's datagrams often come one behind the other */
    wmem_map_t *more_groups;    /* the second and further groups of an asker */
    wmem_map_t *older;          /* the exchanges of a group but for its latest */
    wmem_map_t *early;          /* amanda_early_t, by a digest that nobody can foresee */
    wmem_map_t *texts;          /* each once */
    const char *last_text;      /* the last one found: a program asks each host for the same service */
};

static unsigned hash_asker(const void *key)
{
    const amanda_asker_t *asker = (const amanda_asker_t *)key;

    return amanda_key_hash(asker->key, asker->key_length);
}

static gboolean equal_askers(const void *a, const void *b)
{
    const amanda_asker_t *left = (const amanda_asker_t *)a;
    const amanda_asker_t *right = (const amanda_asker_t *)b;

    return left->key_length == right->key_length && left->handle_length == right->handle_length &&
           memcmp(left->key, right->key, left->key_length) == 0;
}

static unsigned hash_group(const void *key)
{
    const amanda_group_t *group = (const amanda_group_t *)key;

    return amanda_endpoint_hash(&group->responder) ^ (unsigned)((uintptr_t)group->asker >> 4);
}

static gboolean equal_groups(const void *a, const void *b)
{
    const amanda_group_t *left = (const amanda_group_t *)a;
    const amanda_group_t *right = (const amanda_group_t *)b;

    return left->asker == right->asker && memcmp(&left->responder, &right->responder, sizeof left->responder) == 0;
}

static unsigned hash_exchange(const void *key)
{
    const amanda_exchange_t *exchange = (const amanda_exchange_t *)key;
    const uint64_t both[] = {(uint64_t)(uintptr_t)exchange->group, (uint32_t)exchange->seq};

    return amanda_key_hash((const uint8_t *)both, sizeof both);
}

static gboolean equal_exchanges(const void *a, const void *b)
{
    const amanda_exchange_t *left = (const amanda_exchange_t *)a;
    const amanda_exchange_t *right = (const amanda_exchange_t *)b;

    return left->group == right->group && left->seq == right->seq;
}

amanda_exchange_table_t *amanda_exchange_table_new(wmem_allocator_t *scope)
{
    amanda_exchange_table_t *table = wmem_new0(scope, amanda_exchange_table_t);

    table->scope = scope;
    table->askers = amanda_key_set(scope, hash_asker, equal_askers, NULL);
    table->more_groups = wmem_map_new(scope, hash_group, equal_groups);
    table->older = wmem_map_new(scope, hash_exchange, equal_exchanges);
    table->early = wmem_map_new(scope, g_int64_hash, g_int64_equal);
    table->texts = wmem_map_new(scope, wmem_str_hash, g_str_equal);
    return table;
}

/* Whether it has this key, of which length bytes are the requester. So compared, no key need be put together. */
static bool is_asker(const amanda_asker_t *asker, const amanda_endpoint_t *requester, size_t length,
                     const amanda_datagram_t *datagram)
{
    return asker->handle_length == datagram->handle_length && asker->handle_length <= MAX_HANDLE_KEY &&
           asker->key_length == length + asker->handle_length && memcmp(asker->key, requester, length) == 0 &&
           memcmp(asker->key + length, datagram->handle, asker->handle_length) == 0;
}

static amanda_asker_t *find_asker(amanda_exchange_table_t *table, const amanda_endpoint_t *requester,
                                  const amanda_datagram_t *datagram, bool make)
{
    union {
        amanda_asker_t asker;
        uint8_t room[sizeof(amanda_asker_t) + MAX_ASKER_KEY];
    } key;
    size_t length = amanda_endpoint_length(requester);

    if (table->last_asker && is_asker(table->last_asker, requester, length, datagram))
        return table->last_asker;
    memcpy(key.asker.key, requester, length);
    length +=
        amanda_endpoint_fold(key.asker.key + length, MAX_HANDLE_KEY, datagram->handle, (size_t)datagram->handle_length);
    key.asker.key_length = (uint8_t)length;
    key.asker.handle_length = (uint16_t)MIN(datagram->handle_length, UINT16_MAX);

    amanda_asker_t *asker = (amanda_asker_t *)g_hash_table_lookup(table->askers, &key.asker);

    if (!asker && make) {
        asker = (amanda_asker_t *)amanda_record_alloc0(table->scope, sizeof(amanda_asker_t) + length);
        asker->handle_length = key.asker.handle_length;
        asker->key_length = key.asker.key_length;
        memcpy(asker->key, key.asker.key, length);
        g_hash_table_add(table->askers, asker);
    }
    if (asker)
        table->last_asker = asker;
    return asker;
}

/* Of all responders, once a second one has a part in it; else NULL. */
static amanda_outstanding_t *outstanding_of(const amanda_asker_t *asker)
{
    return amanda_exchange_more(&asker->exchange)->outstanding;
}

static void gather_outstanding(const amanda_exchange_table_t *table, amanda_asker_t *asker)
{
    if (outstanding_of(asker))
        return;

    amanda_outstanding_t *outstanding = amanda_outstanding_new(table->scope);

    amanda_exchange_make_more(&asker->exchange, table->scope)->outstanding = outstanding;
    if (asker->first.outstanding)
        amanda_outstanding_add(outstanding, asker->first.outstanding);
}

static amanda_group_t *find_group(amanda_exchange_table_t *table, amanda_asker_t *asker,
                                  const amanda_endpoint_t *responder, bool make)
{
    amanda_group_t key = {.asker = asker, .responder = *responder};
    amanda_group_t *group = &asker->first;

    if (!group->asker) {
        if (!make)
            return NULL;
        *group = key;
        return group;
    }
    if (memcmp(&group->responder, responder, sizeof *responder) == 0)
        return group;
    group = (amanda_group_t *)wmem_map_lookup(table->more_groups, &key);
    if (!group && make) {
        group = (amanda_group_t *)wmem_memdup(table->scope, &key, sizeof key);
        wmem_map_insert(table->more_groups, group, group);
        gather_outstanding(table, asker);
    }
    return group;
}

static amanda_exchange_t *find_exchange(const amanda_exchange_table_t *table, const amanda_group_t *group,
                                        const amanda_datagram_t *datagram)
{
    if (!group->latest)
        return NULL;
    if (datagram->connection || group->latest->seq == datagram->seq)
        return group->latest;
    if (group->outstanding && group->outstanding->seq == datagram->seq)
        return group->outstanding;

    const amanda_exchange_t key = {.group = (amanda_group_t *)group, .seq = datagram->seq};

    return (amanda_exchange_t *)wmem_map_lookup(table->older, &key);
}

amanda_ends_t amanda_exchange_table_ends(const amanda_datagram_t *datagram)
{
    if (!datagram->connection)
        return (amanda_ends_t){
            .src = amanda_endpoint_of(datagram->src, datagram->src_port),
            .dst = amanda_endpoint_of(datagram->dst, datagram->dst_port),
        };

    amanda_endpoint_t key = {.address_type = UINT8_MAX, .address_length = sizeof datagram->connection};

    memcpy(key.address, &datagram->connection, sizeof datagram->connection);
    return (amanda_ends_t){.src = key, .dst = key};
}

static amanda_place_t find_place(amanda_exchange_table_t *table, const amanda_datagram_t *datagram,
                                 const amanda_endpoint_t *requester, const amanda_endpoint_t *responder, bool make)
{
    amanda_place_t place = {.asker = find_asker(table, requester, datagram, make)};

    if (place.asker)
        place.group = find_group(table, place.asker, responder, make);
    if (place.group)
        place.exchange = find_exchange(table, place.group, datagram);
    return place;
}

amanda_place_t amanda_exchange_table_find(amanda_exchange_table_t *table, const amanda_datagram_t *datagram,
                                          const amanda_ends_t *ends, bool from_requester)
{
    return find_place(table, datagram, from_requester ? &ends->src : &ends->dst,
                      from_requester ? &ends->dst : &ends->src, false);
}

amanda_place_t amanda_exchange_table_place(amanda_exchange_table_t *table, const amanda_datagram_t *req,
                                           const amanda_ends_t *ends)
{
    return find_place(table, req, &ends->src, &ends->dst, true);
}

amanda_exchange_t *amanda_exchange_table_add(amanda_exchange_table_t *table, amanda_group_t *group,
                                             const amanda_datagram_t *req)
{
    amanda_asker_t *asker = group->asker;
    amanda_exchange_t *exchange = asker->exchange.group ? wmem_new0(table->scope, amanda_exchange_t) : &asker->exchange;

    exchange->group = group;
    exchange->seq = req->seq;
    exchange->number = table->exchange_count++;
    /* Nobody asks for the older ones of a connection. */
    if (group->latest && !req->connection)
        wmem_map_insert(table->older, group->latest, group->latest);
    group->latest = exchange;
    return exchange;
}

amanda_exchange_t *amanda_exchange_table_outstanding(const amanda_group_t *group)
{
    return group->outstanding;
}

void amanda_exchange_table_open(amanda_exchange_t *exchange)
{
    amanda_group_t *group = exchange->group;

    group->outstanding = exchange;
    if (outstanding_of(group->asker))
        amanda_outstanding_add(outstanding_of(group->asker), exchange);
}

void amanda_exchange_table_close(amanda_exchange_t *exchange)
{
    amanda_group_t *group = exchange->group;

    group->outstanding = NULL;
    if (outstanding_of(group->asker))
        amanda_outstanding_remove(outstanding_of(group->asker), exchange);
}

amanda_early_t *amanda_exchange_table_early(const amanda_exchange_table_t *table, const amanda_datagram_t *datagram,
                                            const amanda_ends_t *ends, bool make)
{
    amanda_early_t *early;
    uint64_t key;

    if (!make && wmem_map_size(table->early) == 0)
        return NULL;
    key = amanda_key_digest((uint32_t)datagram->seq, (const uint8_t *)ends, sizeof *ends);
    key = amanda_key_digest(key, datagram->handle, (size_t)datagram->handle_length);
    early = (amanda_early_t *)wmem_map_lookup(table->early, &key);
    if (!early && make) {
        early = wmem_new0(table->scope, amanda_early_t);
        early->key = key;
        wmem_map_insert(table->early, &early->key, early);
    }
    return early;
}

uint32_t *amanda_exchange_table_job(const amanda_exchange_t *exchange)
{
    return &exchange->group->job;
}

/* Where nothing at all is outstanding, no set is needed to know that. */
static bool has_outstanding(const amanda_exchange_table_t *table, amanda_asker_t *asker)
{
    if (!outstanding_of(asker) && !asker->first.outstanding)
        return false;
    gather_outstanding(table, asker);
    return true;
}

amanda_exchange_t *amanda_exchange_table_same_seq(const amanda_exchange_table_t *table, amanda_asker_t *asker,
                                                  int32_t seq)
{
    return has_outstanding(table, asker) ? amanda_outstanding_same_seq(outstanding_of(asker), seq) : NULL;
}

amanda_exchange_t *amanda_exchange_table_other_seq(const amanda_exchange_table_t *table, amanda_asker_t *asker,
                                                   int32_t seq)
{
    return has_outstanding(table, asker) ? amanda_outstanding_other_seq(outstanding_of(asker), seq) : NULL;
}

const char *amanda_exchange_table_intern(amanda_exchange_table_t *table, const char *text)
{
    if (table->last_text && strcmp(table->last_text, text) == 0)
        return table->last_text;

    const char *known = (const char *)wmem_map_lookup(table->texts, text);

    if (!known) {
        char *copy = wmem_strdup(table->scope, text);

        wmem_map_insert(table->texts, copy, copy);
        known = copy;
    }
    table->last_text = known;
    return known;
}
