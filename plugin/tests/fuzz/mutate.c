/* mutate.c
 * Changes to a session that leave it one: libFuzzer's own within a payload, and those of a network and of its hosts
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "session.h"

#include <string.h>

/* A payload may grow to this; what is longer comes from the seeds alone. */
#define PAYLOAD_MAX 8192

/* Called by libFuzzer, and its own. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t max_size, unsigned seed);

/* The payloads of two sessions, and what was mutated of them. */
static uint8_t bytes[2][1 << 17];
static uint8_t mutated[PAYLOAD_MAX];
static session_t session;
static session_t partner;
static unsigned state;

static unsigned below(unsigned limit)
{
    state = state * 1664525u + 1013904223u;
    return limit > 0 ? (state >> 8) % limit : 0;
}

static record_t *any(session_t *of)
{
    return &of->records[below(of->count)];
}

static void insert(unsigned at, const record_t *record)
{
    record_t copy = *record;

    if (session.count == RECORDS_MAX)
        return;
    memmove(&session.records[at + 1], &session.records[at], (session.count - at) * sizeof(record_t));
    session.records[at] = copy;
    session.count++;
}

static void mutate_payload(record_t *record)
{
    size_t length = record->length < PAYLOAD_MAX ? record->length : PAYLOAD_MAX;

    if (length > 0)
        memcpy(mutated, record->payload, length);
    record->length = (uint16_t)LLVMFuzzerMutate(mutated, length, PAYLOAD_MAX);
    record->payload = mutated;
}

/* A piece of one payload in the place of one of another: a handle, a SEQ, a line, anything. */
static void splice(record_t *record, const record_t *from)
{
    unsigned head = below(record->length + 1u);
    unsigned lost = below(record->length - head + 1u);
    unsigned start = below(from->length + 1u);
    unsigned taken = below(from->length - start + 1u);
    unsigned tail = record->length - head - lost;

    if (head + taken + tail > PAYLOAD_MAX || !record->payload || !from->payload)
        return;
    memcpy(mutated, record->payload, head);
    memcpy(mutated + head, from->payload + start, taken);
    memcpy(mutated + head + taken, record->payload + head + lost, tail);
    record->payload = mutated;
    record->length = (uint16_t)(head + taken + tail);
}

/* TCP cuts where it likes. */
static void split(unsigned at)
{
    record_t second = session.records[at];
    unsigned first = below(second.length + 1u);

    if (session.count == RECORDS_MAX)
        return;
    session.records[at].length = (uint16_t)first;
    second.payload += first;
    second.length = (uint16_t)(second.length - first);
    insert(at + 1, &second);
}

static void swap(record_t *one, record_t *other)
{
    record_t kept = *one;

    *one = *other;
    *other = kept;
}

static void turn_round(record_t *record)
{
    uint8_t port[2] = {record->header[2], record->header[3]};

    record->header[1] = (uint8_t)(record->header[1] << 4 | record->header[1] >> 4);
    memcpy(record->header + 2, record->header + 4, 2);
    memcpy(record->header + 4, port, 2);
}

static void mutate_session(void)
{
    unsigned at = below(session.count);
    record_t *record = &session.records[at];

    switch (below(17)) {
    case 16:
        session.options |= SESSION_AGGREGATES;
        record->header[0] ^= RECORD_JOINED;
        break;
    case 0:
        record->header[below(8)] = (uint8_t)below(256);
        break;
    case 1:
        record->header[below(8)] ^= (uint8_t)(1u << below(8));
        break;
    case 2:
        insert(below(session.count + 1), record);
        break;
    case 3:
        memmove(record, record + 1, (--session.count - at) * sizeof(record_t));
        break;
    case 4:
        swap(record, any(&session));
        break;
    case 5:
        split(at);
        break;
    case 6:
        turn_round(record);
        break;
    case 7:
        memcpy(record->header + 1, any(&session)->header + 1, 5);
        break;
    case 8:
        session.options ^= (uint16_t)(1u << below(SESSION_BITS));
        break;
    case 9:
    case 10:
        splice(record, any(&session));
        break;
    default:
        mutate_payload(record);
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    state = seed;
    if (size > sizeof bytes[0] || below(32) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    memcpy(bytes[0], data, size);
    session_read(&session, bytes[0], size);
    if (session.count == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    mutate_session();
    return session_write(&session, data, max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other, size_t other_size,
                                 uint8_t *out, size_t max_size, unsigned seed)
{
    state = seed;
    if (size > sizeof bytes[0] || other_size > sizeof bytes[1])
        return 0;
    memcpy(bytes[0], data, size);
    memcpy(bytes[1], other, other_size);
    session_read(&session, bytes[0], size);
    session_read(&partner, bytes[1], other_size);
    if (session.count == 0 || partner.count == 0)
        return 0;
    if (below(2) == 0) {
        splice(any(&session), any(&partner));
    } else {
        unsigned from = below(partner.count);
        unsigned count = 1 + below(partner.count - from);

        for (unsigned i = 0, at = below(session.count + 1); i < count; i++, at += 1 + below(2) * (at < session.count))
            insert(at < session.count ? at : session.count, &partner.records[from + i]);
    }
    return session_write(&session, out, max_size);
}
