/* verdict/pairs.c
 * Who has sent datagrams to whom, whatever the HANDLE
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/pairs.h"

#include "verdict/endpoint.h"

#include <string.h>

struct amanda_pairs {
    wmem_allocator_t *scope;
    amanda_hosts_t *hosts;
    GHashTable *pairs;      /* but for the first one of each responder */
    wmem_map_t *responders; /* further_t, of hosts with more than one port that was asked */
    amanda_pair_t *last;    /* the last one found: a requester often asks for one thing after another */
};

/* Another port of a host than its first. */
typedef struct {
    const amanda_host_t *host;
    amanda_responder_t responder;
} further_t;

static unsigned hash_pair(const void *key)
{
    const amanda_pair_t *pair = (const amanda_pair_t *)key;
    const uint64_t parts[] = {(uintptr_t)pair->requester, (uintptr_t)pair->to, pair->requester_port};

    return amanda_key_hash((const uint8_t *)parts, sizeof parts);
}

static gboolean equal_pairs(const void *a, const void *b)
{
    const amanda_pair_t *left = (const amanda_pair_t *)a;
    const amanda_pair_t *right = (const amanda_pair_t *)b;

    return left->requester == right->requester && left->to == right->to &&
           left->requester_port == right->requester_port;
}

static unsigned hash_further(const void *key)
{
    const further_t *further = (const further_t *)key;
    const uint64_t parts[] = {(uintptr_t)further->host, further->responder.port};

    return amanda_key_hash((const uint8_t *)parts, sizeof parts);
}

static gboolean equal_further(const void *a, const void *b)
{
    const further_t *left = (const further_t *)a;
    const further_t *right = (const further_t *)b;

    return left->host == right->host && left->responder.port == right->responder.port;
}

amanda_pairs_t *amanda_pairs_new(wmem_allocator_t *scope, amanda_hosts_t *hosts)
{
    amanda_pairs_t *pairs = wmem_new0(scope, amanda_pairs_t);

    pairs->scope = scope;
    pairs->hosts = hosts;
    pairs->pairs = amanda_key_set(scope, hash_pair, equal_pairs, NULL);
    pairs->responders = wmem_map_new(scope, hash_further, equal_further);
    return pairs;
}

static amanda_responder_t *find_responder(const amanda_pairs_t *pairs, amanda_host_t *host, uint16_t port)
{
    const further_t key = {.host = host, .responder = {.port = port}};
    further_t *further;

    if (!host->responder.used)
        return NULL;
    if (host->responder.port == port)
        return &host->responder;
    further = (further_t *)wmem_map_lookup(pairs->responders, &key);
    return further ? &further->responder : NULL;
}

static amanda_responder_t *make_responder(const amanda_pairs_t *pairs, amanda_host_t *host, uint16_t port)
{
    const further_t key = {.host = host, .responder = {.port = port, .used = true}};
    amanda_responder_t *responder = find_responder(pairs, host, port);
    further_t *further;

    if (responder)
        return responder;
    if (!host->responder.used) {
        host->responder = key.responder;
        return &host->responder;
    }
    further = (further_t *)amanda_record_memdup(pairs->scope, &key, sizeof key);
    wmem_map_insert(pairs->responders, further, further);
    return &further->responder;
}

static amanda_pair_t *find(amanda_pairs_t *pairs, const amanda_pair_t *key)
{
    amanda_pair_t *pair = key->to->first;

    if (pair && !equal_pairs(pair, key))
        pair = (amanda_pair_t *)g_hash_table_lookup(pairs->pairs, key);
    if (pair)
        pairs->last = pair;
    return pair;
}

static bool is_last(const amanda_pairs_t *pairs, const address *requester, uint16_t requester_port,
                    const address *responder, uint16_t responder_port)
{
    const amanda_pair_t *last = pairs->last;

    return last && last->requester_port == requester_port && last->to->port == responder_port &&
           addresses_equal(&last->requester->addr, requester) && addresses_equal(&last->responder->addr, responder);
}

amanda_pair_t *amanda_pairs_find_of_reply(amanda_pairs_t *pairs, const amanda_datagram_t *datagram)
{
    if (is_last(pairs, datagram->dst, datagram->dst_port, datagram->src, datagram->src_port))
        return pairs->last;

    amanda_pair_t key = {
        .requester = amanda_hosts_find(pairs->hosts, datagram->dst),
        .responder = amanda_hosts_find(pairs->hosts, datagram->src),
        .requester_port = datagram->dst_port,
    };

    key.to = key.responder ? find_responder(pairs, key.responder, datagram->src_port) : NULL;
    return key.requester && key.to ? find(pairs, &key) : NULL;
}

/* A requester often asks one host after another. */
static amanda_host_t *requester_of(const amanda_pairs_t *pairs, const address *addr)
{
    amanda_host_t *last = pairs->last ? pairs->last->requester : NULL;

    return last && addresses_equal(&last->addr, addr) ? last : amanda_hosts_of(pairs->hosts, addr);
}

amanda_pair_t *amanda_pairs_make(amanda_pairs_t *pairs, const amanda_datagram_t *datagram)
{
    if (is_last(pairs, datagram->src, datagram->src_port, datagram->dst, datagram->dst_port))
        return pairs->last;

    amanda_pair_t key = {
        .requester = requester_of(pairs, datagram->src),
        .responder = amanda_hosts_of(pairs->hosts, datagram->dst),
        .requester_port = datagram->src_port,
    };

    key.to = make_responder(pairs, key.responder, datagram->dst_port);

    amanda_pair_t *pair = find(pairs, &key);

    if (!pair) {
        pair = (amanda_pair_t *)amanda_record_memdup(pairs->scope, &key, sizeof key);
        if (key.to->first)
            g_hash_table_add(pairs->pairs, pair);
        else
            key.to->first = pair;
        pairs->last = pair;
    }
    return pair;
}

const amanda_responder_t *amanda_pairs_sender(const amanda_pairs_t *pairs, const amanda_datagram_t *datagram)
{
    amanda_host_t *host = amanda_hosts_find(pairs->hosts, datagram->src);

    return host ? find_responder(pairs, host, datagram->src_port) : NULL;
}
