/* verdict/endpoint.c
 * Addresses and ports as keys, and the memory of the records that are found by them
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/endpoint.h"

#include <string.h>

#ifdef __has_feature
#define AMANDA_SANITIZED __has_feature(address_sanitizer)
#elif defined __SANITIZE_ADDRESS__
#define AMANDA_SANITIZED 1
#else
#define AMANDA_SANITIZED 0
#endif

static ws_bool destroy(wmem_allocator_t *scope _U_, wmem_cb_event_t event _U_, void *data)
{
    g_hash_table_destroy((GHashTable *)data);
    return false;
}

GHashTable *amanda_key_set(wmem_allocator_t *scope, GHashFunc hash, GEqualFunc equal, GDestroyNotify release)
{
    GHashTable *set = g_hash_table_new_full(hash, equal, release, NULL);

    wmem_register_callback(scope, destroy, set);
    return set;
}

#define BLOCK_BYTES 16000
#define RECORD_BYTES_MAX 500

/* What is left of the latest block, and whose it is; NULL: there is none. */
static struct {
    wmem_allocator_t *scope;
    uint8_t *bytes;
    size_t left;
} latest;

/* cppcheck-suppress constParameter; its type is that of a callback */
static ws_bool forget_latest(wmem_allocator_t *scope, wmem_cb_event_t event _U_, void *data _U_)
{
    if (latest.scope == scope)
        latest.scope = NULL;
    return false;
}

static void G_GNUC_NO_INLINE make_block(wmem_allocator_t *scope)
{
    latest.bytes = (uint8_t *)wmem_alloc(scope, BLOCK_BYTES);
    latest.left = BLOCK_BYTES;
    if (latest.scope == scope)
        return;
    latest.scope = scope;
    wmem_register_callback(scope, forget_latest, NULL);
}

void *amanda_record_alloc0(wmem_allocator_t *scope, size_t size)
{
    size_t taken = (size + 7) / 8 * 8;
    uint8_t *record;

    /* Sanitizers see what goes beyond an allocation. */
    if (AMANDA_SANITIZED || taken > RECORD_BYTES_MAX)
        return wmem_alloc0(scope, size);
    if (scope != latest.scope || taken > latest.left)
        make_block(scope);
    record = latest.bytes;
    latest.bytes += taken;
    latest.left -= taken;
    /* To clear one at a time takes less than to clear a block. */
    return memset(record, 0, taken);
}

void *amanda_record_memdup(wmem_allocator_t *scope, const void *bytes, size_t size)
{
    return memcpy(amanda_record_alloc0(scope, size), bytes, size);
}

char *amanda_record_strdup(wmem_allocator_t *scope, const char *text)
{
    return (char *)amanda_record_memdup(scope, text, strlen(text) + 1);
}

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

size_t amanda_endpoint_length(const amanda_endpoint_t *endpoint)
{
    return offsetof(amanda_endpoint_t, address) + MIN(endpoint->address_length, AMANDA_ADDRESS_KEY);
}

/* The two halves of a product of 64 bits each, one upon the other. */
static uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 product_t;
    product_t product = (product_t)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
    uint64_t middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    uint64_t other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);

    return (other << 32 | (low & UINT32_MAX)) ^ ((a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32));
#endif
}

static uint64_t read_word(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint32_t read_half(const uint8_t *bytes)
{
    uint32_t half;

    memcpy(&half, bytes, sizeof half);
    return half;
}

/* The last bytes, up to 16, as two words. They may overlap: how many bytes there are is in the digest already. */
static inline void read_rest(const uint8_t *bytes, size_t length, uint64_t rest[2])
{
    rest[0] = rest[1] = 0;
    if (length >= 8) {
        rest[0] = read_word(bytes);
        rest[1] = read_word(bytes + length - 8);
    } else if (length >= 4) {
        rest[0] = (uint64_t)read_half(bytes) << 32 | read_half(bytes + length - 4);
    } else {
        for (size_t i = 0; i < length; i++)
            rest[0] = rest[0] << 8 | bytes[i];
    }
}

/* What nobody outside of this process knows; all of it is other than 0 once the last of it is. */
static uint64_t secret[2];

static void G_GNUC_NO_INLINE make_secret(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(secret); i++) {
        while (!secret[i])
            secret[i] = (uint64_t)g_random_int() << 32 | g_random_int();
    }
}

uint64_t amanda_key_digest(uint64_t start, const uint8_t *bytes, size_t length)
{
    uint64_t digest, rest[2];

    if (!secret[1])
        make_secret();
    digest = start ^ secret[1] ^ length << 56;
    for (; length > 16; bytes += 16, length -= 16)
        digest = fold(read_word(bytes) ^ secret[0], read_word(bytes + 8) ^ digest);
    read_rest(bytes, length, rest);
    return fold(rest[0] ^ secret[0], rest[1] ^ digest);
}

unsigned amanda_key_hash(const uint8_t *bytes, size_t length)
{
    return (unsigned)amanda_key_digest(0, bytes, length);
}

unsigned amanda_endpoint_hash(const amanda_endpoint_t *endpoint)
{
    return amanda_key_hash((const uint8_t *)endpoint, amanda_endpoint_length(endpoint));
}
