/* verdict/copies.c
 * Remembers the datagrams that came lately, to recognise one that the capture holds more than once
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/copies.h"

#include "verdict/times.h"

#include <string.h>

/* Amanda waits at least 5 seconds before it sends a packet again by itself. */
#define NEAR (2 * AMANDA_SECOND)

/* The whole power of two above it. */
#define SPAN_BITS 31

/* Retransmissions of a packet, in whose chain its own identification is looked for. */
#define HELD_BACK_MAX 16

/* So many are remembered, however long ago they came, for time stamps may go back; and more while they all are near, up
 * to what a capture made for attack may take of memory. Powers of two. */
#define FIRST_ROOM 64
#define USUAL_ROOM 4096
#define MOST_ROOM (1U << 20)

/* One datagram. Those before it in its two chains go by their count, as counted in amanda_copies_t; one that has been
 * forgotten since ends the chain. */
typedef struct {
    uint64_t digest;
    int64_t when;
    uint32_t number;
    uint32_t older_same; /* in a chain by digest */
    uint32_t older_near; /* where it has an identification: in a chain by digest, identification and span of time */
    uint16_t identification;
} original_t;

struct amanda_copies {
    wmem_allocator_t *scope;
    original_t *originals; /* a ring */
    uint32_t *same;        /* the latest of each chain, by their count from 1; 0: none */
    uint32_t *near;
    uint32_t room; /* of all three */
    uint32_t count;
    uint32_t first; /* the count of the oldest that is remembered */
};

static void make_room(amanda_copies_t *copies, uint32_t room)
{
    copies->room = room;
    copies->originals = wmem_alloc_array(copies->scope, original_t, room);
    copies->same = wmem_alloc0_array(copies->scope, uint32_t, room);
    copies->near = wmem_alloc0_array(copies->scope, uint32_t, room);
}

amanda_copies_t *amanda_copies_new(wmem_allocator_t *scope)
{
    amanda_copies_t *copies = wmem_new0(scope, amanda_copies_t);

    copies->scope = scope;
    copies->first = 1;
    make_room(copies, FIRST_ROOM);
    return copies;
}

amanda_copy_key_t amanda_copies_key(const amanda_datagram_t *datagram, const amanda_ends_t *ends)
{
    uint64_t lengths = (uint64_t)datagram->length << 32 | datagram->wire_length;
    uint64_t digest = amanda_key_digest(lengths, (const uint8_t *)ends, sizeof *ends);

    digest = amanda_key_digest(digest, datagram->payload, datagram->length);
    return (amanda_copy_key_t){digest, amanda_times_of(&datagram->arrival), datagram->identification};
}

static original_t *at(const amanda_copies_t *copies, uint32_t count)
{
    return &copies->originals[count & (copies->room - 1)];
}

static bool is_near(const original_t *original, int64_t when)
{
    int64_t between = amanda_times_between(original->when, when);

    return between <= NEAR && between >= -NEAR;
}

/* About 2 seconds of time, counted as time stamps are: the last is followed by the first. */
static uint64_t span_of(int64_t when)
{
    return (uint64_t)when >> SPAN_BITS;
}

static uint32_t *same_chain(const amanda_copies_t *copies, uint64_t digest)
{
    return &copies->same[digest & (copies->room - 1)];
}

static uint32_t *near_chain(const amanda_copies_t *copies, uint64_t digest, uint16_t identification, uint64_t span)
{
    uint64_t rest = (span & (UINT64_MAX >> SPAN_BITS)) | (uint64_t)identification << 48;
    uint64_t hash = amanda_key_digest(digest, (const uint8_t *)&rest, sizeof rest);

    return &copies->near[hash & (copies->room - 1)];
}

/* The latest with the same bytes and identification, and near, of those in one span of time. There are two of them at
 * most, for a third one would be a copy of one of them. So no chain gets long, whatever the time stamps. 0: none. */
static uint32_t find_in_span(const amanda_copies_t *copies, const amanda_copy_key_t *key, uint64_t span)
{
    uint32_t count = *near_chain(copies, key->digest, key->identification, span);

    while (count >= copies->first) {
        const original_t *original = at(copies, count);

        if (original->digest == key->digest && original->identification == key->identification &&
            is_near(original, key->when))
            return count;
        count = original->older_near;
    }
    return 0;
}

static uint32_t find_identified(const amanda_copies_t *copies, const amanda_copy_key_t *key)
{
    uint64_t span = span_of(key->when);
    uint32_t before = find_in_span(copies, key, span - 1);
    uint32_t within = find_in_span(copies, key, span);
    uint32_t after = find_in_span(copies, key, span + 1);

    return MAX(before, MAX(within, after));
}

static uint32_t find_same(const amanda_copies_t *copies, uint64_t digest)
{
    uint32_t count = *same_chain(copies, digest);

    while (count >= copies->first && at(copies, count)->digest != digest)
        count = at(copies, count)->older_same;
    return count >= copies->first ? count : 0;
}

/* The latest with the same bytes and identification, however long ago it came; among the latest few. 0: none. */
static uint32_t find_held_back(const amanda_copies_t *copies, const amanda_copy_key_t *key, uint32_t count)
{
    for (int looked_at = 0; count >= copies->first && looked_at < HELD_BACK_MAX; looked_at++) {
        const original_t *original = at(copies, count);

        if (original->digest == key->digest && original->identification == key->identification)
            return original->number;
        count = original->older_same;
    }
    return 0;
}

uint32_t amanda_copies_find(const amanda_copies_t *copies, const amanda_copy_key_t *key, bool *certain,
                            uint32_t *held_back)
{
    uint32_t found = find_same(copies, key->digest);

    *certain = false;
    *held_back = 0;
    if (!found)
        return 0;

    const original_t *latest = at(copies, found);

    if (key->identification) {
        uint32_t identified = find_identified(copies, key);

        if (identified) {
            *certain = true;
            return at(copies, identified)->number;
        }
        *held_back = find_held_back(copies, key, found);
    }
    if ((key->identification && latest->identification) || !is_near(latest, key->when))
        return 0;
    return latest->number;
}

/* original: the one with this count. */
static void chain(amanda_copies_t *copies, original_t *original, uint32_t count)
{
    uint32_t *same = same_chain(copies, original->digest);

    original->older_same = *same;
    *same = count;
    if (original->identification) {
        uint32_t *near = near_chain(copies, original->digest, original->identification, span_of(original->when));

        original->older_near = *near;
        *near = count;
    }
}

static void grow(amanda_copies_t *copies)
{
    amanda_copies_t old = *copies;

    make_room(copies, 2 * old.room);
    for (uint32_t count = old.first; count <= old.count; count++) {
        original_t *original = at(copies, count);

        *original = *at(&old, count);
        chain(copies, original, count);
    }
    wmem_free(copies->scope, old.originals);
    wmem_free(copies->scope, old.same);
    wmem_free(copies->scope, old.near);
}

void amanda_copies_add(amanda_copies_t *copies, const amanda_copy_key_t *key, uint32_t number)
{
    if (copies->count - copies->first + 1 == copies->room) {
        bool all_near = is_near(at(copies, copies->first), key->when);

        if (copies->room < USUAL_ROOM || (all_near && copies->room < MOST_ROOM))
            grow(copies);
        else
            copies->first++;
    }

    uint32_t count = ++copies->count;

    original_t *original = at(copies, count);

    original->digest = key->digest;
    original->when = key->when;
    original->number = number;
    original->identification = key->identification;
    chain(copies, original, count);
}
