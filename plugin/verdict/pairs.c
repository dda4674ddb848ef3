/* verdict/pairs.c
 * Who has sent datagrams to whom, whatever the HANDLE
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/pairs.h"

#include <string.h>

struct amanda_pairs {
    wmem_allocator_t *scope;
    wmem_map_t *pairs;
    wmem_map_t *responders;
    wmem_map_t *reached;            /* hosts to which a responder has sent something */
    amanda_endpoint_t last_reached; /* the last one: most often there is but one */
    amanda_pair_t *last;            /* the last one found: a requester often asks for one thing after another */
};

#define PAIR_KEY_LENGTH offsetof(amanda_pair_t, hash)

static unsigned hash_pair(const void *key)
{
    return ((const amanda_pair_t *)key)->hash;
}

static gboolean equal_pairs(const void *a, const void *b)
{
    return memcmp(a, b, PAIR_KEY_LENGTH) == 0;
}

static unsigned hash_responder(const void *key)
{
    return amanda_endpoint_hash(&((const amanda_responder_t *)key)->endpoint);
}

static gboolean equal_responders(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(amanda_endpoint_t)) == 0;
}

static unsigned hash_host(const void *key)
{
    return amanda_endpoint_hash((const amanda_endpoint_t *)key);
}

static gboolean equal_hosts(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(amanda_endpoint_t)) == 0;
}

amanda_pairs_t *amanda_pairs_new(wmem_allocator_t *scope)
{
    amanda_pairs_t *pairs = wmem_new0(scope, amanda_pairs_t);

    pairs->scope = scope;
    pairs->pairs = wmem_map_new(scope, hash_pair, equal_pairs);
    pairs->responders = wmem_map_new(scope, hash_responder, equal_responders);
    pairs->reached = wmem_map_new(scope, hash_host, equal_hosts);
    return pairs;
}

static amanda_responder_t *find_responder(amanda_pairs_t *pairs, const amanda_endpoint_t *endpoint)
{
    const amanda_responder_t key = {.endpoint = *endpoint};
    amanda_responder_t *responder = (amanda_responder_t *)wmem_map_lookup(pairs->responders, &key);

    if (!responder) {
        responder = (amanda_responder_t *)wmem_memdup(pairs->scope, &key, sizeof key);
        wmem_map_insert(pairs->responders, responder, responder);
    }
    return responder;
}

static amanda_pair_t *find_pair(amanda_pairs_t *pairs, const amanda_endpoint_t *requester,
                                const amanda_endpoint_t *responder, bool make)
{
    amanda_pair_t key = {.requester = *requester, .responder = *responder};

    if (pairs->last && equal_pairs(pairs->last, &key))
        return pairs->last;
    /* One of them counts more, so that a pair and its reverse differ. */
    key.hash = 31 * amanda_endpoint_hash(requester) + amanda_endpoint_hash(responder);

    amanda_pair_t *pair = (amanda_pair_t *)wmem_map_lookup(pairs->pairs, &key);

    if (!pair && make) {
        key.to = find_responder(pairs, responder);
        pair = (amanda_pair_t *)wmem_memdup(pairs->scope, &key, sizeof key);
        wmem_map_insert(pairs->pairs, pair, pair);
    }
    if (pair)
        pairs->last = pair;
    return pair;
}

amanda_pair_t *amanda_pairs_find(amanda_pairs_t *pairs, const amanda_endpoint_t *requester,
                                 const amanda_endpoint_t *responder)
{
    return find_pair(pairs, requester, responder, false);
}

amanda_pair_t *amanda_pairs_make(amanda_pairs_t *pairs, const amanda_endpoint_t *requester,
                                 const amanda_endpoint_t *responder)
{
    return find_pair(pairs, requester, responder, true);
}

const amanda_responder_t *amanda_pairs_responder(const amanda_pairs_t *pairs, const amanda_endpoint_t *responder)
{
    const amanda_responder_t key = {.endpoint = *responder};

    return (const amanda_responder_t *)wmem_map_lookup(pairs->responders, &key);
}

static amanda_endpoint_t host_of(const amanda_endpoint_t *endpoint)
{
    amanda_endpoint_t host = *endpoint;

    host.port = 0;
    return host;
}

void amanda_pairs_reached(amanda_pairs_t *pairs, const amanda_endpoint_t *requester)
{
    const amanda_endpoint_t host = host_of(requester);

    if (equal_hosts(&host, &pairs->last_reached))
        return;
    pairs->last_reached = host;
    if (!wmem_map_contains(pairs->reached, &host)) {
        void *key = wmem_memdup(pairs->scope, &host, sizeof host);

        wmem_map_insert(pairs->reached, key, key);
    }
}

bool amanda_pairs_is_reached(const amanda_pairs_t *pairs, const amanda_endpoint_t *requester)
{
    const amanda_endpoint_t host = host_of(requester);

    return wmem_map_contains(pairs->reached, &host);
}
