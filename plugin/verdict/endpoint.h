/* verdict/endpoint.h
 * Addresses and ports as keys, and the memory of the records that are found by them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef AMANDA_VERDICT_ENDPOINT_H
#define AMANDA_VERDICT_ENDPOINT_H

#include "ws-compat.h"

#include <epan/address.h>
#include <wsutil/wmem/wmem.h>

#include <string.h>

#define AMANDA_ADDRESS_KEY 16

/* An address and port as bytes that can be compared and hashed as they are; see amanda_endpoint_of(). */
typedef struct {
    uint8_t address_type;
    uint8_t address_length;
    uint16_t port;
    uint8_t address[AMANDA_ADDRESS_KEY];
} amanda_endpoint_t;

/* Copies bytes into a key that has room for so many, or, where they are more, their SHA-256 digest as far as it goes.
 * Returns how many bytes of the key are taken. */
size_t amanda_endpoint_fold(uint8_t *key, size_t room, const uint8_t *bytes, size_t length);

/* The key of an address and port. An address of more than AMANDA_ADDRESS_KEY bytes goes into it as a digest. */
static inline amanda_endpoint_t amanda_endpoint_of(const address *addr, uint16_t port)
{
    amanda_endpoint_t endpoint = {.address_type = (uint8_t)addr->type, .port = port};

    endpoint.address_length = (uint8_t)MIN(addr->len, UINT8_MAX);
    if (addr->len == 4) /* nearly always; the compiler copies so many bytes without a call */
        memcpy(endpoint.address, addr->data, 4);
    else
        amanda_endpoint_fold(endpoint.address, sizeof endpoint.address, (const uint8_t *)addr->data, (size_t)addr->len);
    return endpoint;
}

/* Where a packet comes from and goes to. */
typedef struct {
    amanda_endpoint_t src;
    amanda_endpoint_t dst;
} amanda_ends_t;

/* Bytes that an endpoint's key takes up, without what its address does not fill. */
size_t amanda_endpoint_length(const amanda_endpoint_t *endpoint);

/* A digest of bytes behind others, whose digest is start, or some number: 64 bits that depend on all of both and on what
 * this process keeps secret, so that nobody can make bytes that have the same one. It does not live beyond the process. */
uint64_t amanda_key_digest(uint64_t start, const uint8_t *bytes, size_t length);

/* A hash of the bytes of a key, which nobody can foresee, for a fraction of what wmem_strong_hash() takes. */
unsigned amanda_key_hash(const uint8_t *bytes, size_t length);

/* A hash of an endpoint, which nobody can foresee. */
unsigned amanda_endpoint_hash(const amanda_endpoint_t *endpoint);

/* A set of records, each its own key, which goes with the scope. It takes a third of the memory of a wmem_map_t. release: called for
 * each record that leaves it; NULL where they are the scope's. */
GHashTable *amanda_key_set(wmem_allocator_t *scope, GHashFunc hash, GEqualFunc equal, GDestroyNotify release);

/* Memory of so many bytes, all 0, for as long as scope lasts; never to be freed or resized. Small ones stand one behind the
 * other in blocks, so that none takes the 16 to 31 bytes which wmem_alloc() needs for each beside what is asked for. */
void *amanda_record_alloc0(wmem_allocator_t *scope, size_t size);

/* The same for one of a type. */
#define amanda_record_new0(scope, type) ((type *)amanda_record_alloc0((scope), sizeof(type)))

/* A copy of so many bytes, and one of a text, in such memory. */
void *amanda_record_memdup(wmem_allocator_t *scope, const void *bytes, size_t size);
char *amanda_record_strdup(wmem_allocator_t *scope, const char *text);

#endif
