/* verdict/endpoint.c
 * Addresses and ports as keys
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/endpoint.h"

#include <wsutil/wmem/wmem.h>

#include <string.h>

size_t amanda_endpoint_fold(uint8_t *key, size_t room, const uint8_t *bytes, size_t length)
{
    if (length <= room) {
        memcpy(key, bytes, length);
        return length;
    }

    uint8_t digest[32];
    gsize digest_length = sizeof digest;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(checksum, bytes, (gssize)length);
    g_checksum_get_digest(checksum, digest, &digest_length);
    g_checksum_free(checksum);
    length = MIN(room, digest_length);
    memcpy(key, digest, length);
    return length;
}

amanda_endpoint_t amanda_endpoint_of(const address *addr, uint16_t port)
{
    amanda_endpoint_t endpoint = {.address_type = (uint8_t)addr->type, .port = port};

    endpoint.address_length = (uint8_t)MIN(addr->len, UINT8_MAX);
    if (addr->len == 4) /* nearly always; the compiler copies so many bytes without a call */
        memcpy(endpoint.address, addr->data, 4);
    else
        amanda_endpoint_fold(endpoint.address, sizeof endpoint.address, (const uint8_t *)addr->data, (size_t)addr->len);
    return endpoint;
}

size_t amanda_endpoint_length(const amanda_endpoint_t *endpoint)
{
    return offsetof(amanda_endpoint_t, address) + MIN(endpoint->address_length, AMANDA_ADDRESS_KEY);
}

unsigned amanda_endpoint_hash(const amanda_endpoint_t *endpoint)
{
    return wmem_strong_hash((const uint8_t *)endpoint, amanda_endpoint_length(endpoint));
}
