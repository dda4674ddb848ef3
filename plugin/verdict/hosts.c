/* verdict/hosts.c
 * What is known of each host of a capture, for the packets that come later; and features strings, each kept once
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/hosts.h"

#include <string.h>

#include "text/feature-sets.h"
#include "verdict/endpoint.h"

struct amanda_hosts {
    wmem_allocator_t *scope;
    GHashTable *hosts;
    wmem_map_t *strings; /* the features strings that no release sends, each to itself */
};

static unsigned hash_of(const address *addr)
{
    return amanda_key_hash((const uint8_t *)addr->data, (size_t)MAX(addr->len, 0));
}

static unsigned hash_host(const void *key)
{
    return ((const amanda_host_t *)key)->hash;
}

static gboolean equal_hosts(const void *a, const void *b)
{
    const amanda_host_t *left = (const amanda_host_t *)a;
    const amanda_host_t *right = (const amanda_host_t *)b;

    return left->hash == right->hash && addresses_equal(&left->addr, &right->addr);
}

amanda_hosts_t *amanda_hosts_new(wmem_allocator_t *scope)
{
    amanda_hosts_t *hosts = wmem_new(scope, amanda_hosts_t);

    hosts->scope = scope;
    hosts->hosts = amanda_key_set(scope, hash_host, equal_hosts, NULL);
    hosts->strings = wmem_map_new(scope, wmem_str_hash, g_str_equal);
    return hosts;
}

static amanda_host_t *find(const amanda_hosts_t *hosts, const address *addr, unsigned hash)
{
    const amanda_host_t key = {.addr = *addr, .hash = hash};

    return (amanda_host_t *)g_hash_table_lookup(hosts->hosts, &key);
}

amanda_host_t *amanda_hosts_find(const amanda_hosts_t *hosts, const address *addr)
{
    return find(hosts, addr, hash_of(addr));
}

amanda_host_t *amanda_hosts_of(amanda_hosts_t *hosts, const address *addr)
{
    unsigned hash = hash_of(addr);
    amanda_host_t *host = find(hosts, addr, hash);

    if (!host) {
        size_t length = (size_t)MAX(addr->len, 0);

        /* The bytes of the address stand behind it. */
        host = (amanda_host_t *)amanda_record_alloc0(hosts->scope, sizeof *host + length);
        if (length > 0)
            memcpy(host + 1, addr->data, length);
        set_address(&host->addr, addr->type, addr->len, length > 0 ? host + 1 : NULL);
        host->hash = hash;
        g_hash_table_add(hosts->hosts, host);
    }
    return host;
}

const char *amanda_hosts_keep_features(amanda_hosts_t *hosts, const char *hex, size_t length)
{
    const amanda_feature_release_t *release = amanda_features_release(hex, length);

    if (release)
        return release->hex;

    char *copy = g_strndup(hex, length);
    const char *kept = (const char *)wmem_map_lookup(hosts->strings, copy);

    if (!kept) {
        kept = wmem_strdup(hosts->scope, copy);
        wmem_map_insert(hosts->strings, kept, (void *)kept);
    }
    g_free(copy);
    return kept;
}
