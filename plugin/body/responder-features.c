/* body/responder-features.c
 * What responders said of themselves, for the requests that come later
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/responder-features.h"

#include <epan/wmem_scopes.h>
#include <string.h>

static wmem_map_t *features_of; /* address -> features string, of this capture file */

static guint hash_address(gconstpointer key)
{
    return add_address_to_hash(0, (const address *)key);
}

static gboolean same_address(gconstpointer a, gconstpointer b)
{
    return addresses_equal((const address *)a, (const address *)b);
}

void amanda_responder_features_remember(const address *responder, const char *features)
{
    const char *known = amanda_responder_features_of(responder);

    if (known && strcmp(known, features) == 0)
        return;

    address *key = wmem_new(wmem_file_scope(), address);

    copy_address_wmem(wmem_file_scope(), key, responder);
    wmem_map_insert(features_of, key, (void *)features);
}

const char *amanda_responder_features_of(const address *responder)
{
    return (const char *)wmem_map_lookup(features_of, responder);
}

void amanda_responder_features_register(void)
{
    features_of = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_address, same_address);
}
