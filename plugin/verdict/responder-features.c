/* verdict/responder-features.c
 * What responders said of themselves, for the requests that come later; and features strings, each kept once
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/responder-features.h"

#include "verdict/endpoint.h"

#include "text/feature-sets.h"

struct amanda_responders {
    wmem_allocator_t *scope;
    wmem_map_t *features; /* address to features string */
    wmem_map_t *strings;  /* the features strings that no release sends, each to itself */
};

static guint hash_address(gconstpointer key)
{
    const address *addr = (const address *)key;

    return amanda_key_hash((const uint8_t *)addr->data, (size_t)MAX(addr->len, 0));
}

static gboolean same_address(gconstpointer a, gconstpointer b)
{
    return addresses_equal((const address *)a, (const address *)b);
}

amanda_responders_t *amanda_responders_new(wmem_allocator_t *scope)
{
    amanda_responders_t *responders = wmem_new(scope, amanda_responders_t);

    responders->scope = scope;
    responders->features = wmem_map_new(scope, hash_address, same_address);
    responders->strings = wmem_map_new(scope, wmem_str_hash, g_str_equal);
    return responders;
}

const char *amanda_responders_keep_features(amanda_responders_t *responders, const char *hex, size_t length)
{
    const amanda_feature_release_t *release = amanda_features_release(hex, length);

    if (release)
        return release->hex;

    char *copy = g_strndup(hex, length);
    const char *kept = (const char *)wmem_map_lookup(responders->strings, copy);

    if (!kept) {
        kept = wmem_strdup(responders->scope, copy);
        wmem_map_insert(responders->strings, kept, (void *)kept);
    }
    g_free(copy);
    return kept;
}

void amanda_responders_set_features(amanda_responders_t *responders, const address *responder, const char *features)
{
    /* Equal strings are one. */
    if (amanda_responders_features(responders, responder) == features)
        return;

    address *key = wmem_new(responders->scope, address);

    copy_address_wmem(responders->scope, key, responder);
    wmem_map_insert(responders->features, key, (void *)features);
}

const char *amanda_responders_features(const amanda_responders_t *responders, const address *responder)
{
    return (const char *)wmem_map_lookup(responders->features, responder);
}
