/* verdict/verdict-record.c
 * What the first pass found out about each datagram, kept for the passes that come later
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "verdict/verdict-record.h"

#include "text/header-line.h"

/* Records come in blocks that never move, so that a record may be pointed to, and little room is left over. */
#define BLOCK 256

struct amanda_verdict_records {
    wmem_allocator_t *scope;
    wmem_array_t *kept;               /* the blocks */
    amanda_verdict_record_t **blocks; /* where they stand by now: asked for again and again */
    uint32_t count;
};

uint32_t amanda_verdict_record_ack_in(const amanda_verdict_record_t *record)
{
    bool has_one = record->exchange && record->type != AMANDA_TYPE_ACK && !record->is_copy;

    return has_one && !(record->notes & AMANDA_NOTE_AWAITS_ACK) ? record->other.ack_in : 0;
}

bool amanda_verdict_record_is_unmatched(const amanda_verdict_record_t *record)
{
    return record->verdict >= AMANDA_VERDICT_STALE;
}

amanda_verdict_records_t *amanda_verdict_records_new(wmem_allocator_t *scope)
{
    amanda_verdict_records_t *records = wmem_new0(scope, amanda_verdict_records_t);

    records->scope = scope;
    records->kept = wmem_array_new(scope, sizeof(amanda_verdict_record_t *));
    return records;
}

/* The record with this number, counted from 0. */
static amanda_verdict_record_t *at(const amanda_verdict_records_t *records, uint32_t number)
{
    return &records->blocks[number / BLOCK][number % BLOCK];
}

static void add_block(amanda_verdict_records_t *records)
{
    amanda_verdict_record_t *block = wmem_alloc_array(records->scope, amanda_verdict_record_t, BLOCK);

    wmem_array_append_one(records->kept, block);
    records->blocks = (amanda_verdict_record_t **)wmem_array_get_raw(records->kept);
}

amanda_verdict_record_t *amanda_verdict_records_add(amanda_verdict_records_t *records,
                                                    const amanda_verdict_record_t *record)
{
    if (records->count % BLOCK == 0)
        add_block(records);

    amanda_verdict_record_t *added = at(records, records->count++);

    *added = *record;
    return added;
}

uint32_t amanda_verdict_records_count(const amanda_verdict_records_t *records)
{
    return records->count;
}

amanda_verdict_record_t *amanda_verdict_records_at(const amanda_verdict_records_t *records, uint32_t number)
{
    return at(records, number - 1);
}

const amanda_verdict_record_t *amanda_verdict_records_find(const amanda_verdict_records_t *records, uint32_t frame,
                                                           uint32_t part)
{
    uint32_t low = 0;
    uint32_t high = records->count;

    /* The last record of that number: with a read filter, tshark gives a frame that it rejects, and the next one, the
     * same number. */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const amanda_verdict_record_t *record = at(records, middle);

        if (record->frame < frame || (record->frame == frame && record->part <= part))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;

    const amanda_verdict_record_t *found = at(records, low - 1);

    return found->frame == frame && found->part == part ? found : NULL;
}

/* They hold each other as a chain of numbers, from 1, through ack_in. */
void amanda_verdict_records_await(amanda_verdict_records_t *records, uint32_t *awaiting)
{
    amanda_verdict_record_t *record = at(records, records->count - 1);

    record->notes |= AMANDA_NOTE_AWAITS_ACK;
    record->other.ack_in = *awaiting;
    *awaiting = records->count;
}

void amanda_verdict_records_acked(amanda_verdict_records_t *records, uint32_t *awaiting, uint32_t frame)
{
    while (*awaiting != 0) {
        amanda_verdict_record_t *record = at(records, *awaiting - 1);

        *awaiting = record->other.ack_in;
        record->other.ack_in = frame;
        record->notes &= ~(unsigned)AMANDA_NOTE_AWAITS_ACK;
    }
}

bool amanda_verdict_records_have_stray(const amanda_verdict_records_t *records)
{
    for (uint32_t i = 0; i < records->count; i++) {
        if (!at(records, i)->exchange)
            return true;
    }
    return false;
}

void amanda_verdict_record_make_copy(amanda_verdict_record_t *record, amanda_verdict_record_t *original, bool guessed)
{
    original->has_copy = true;
    record->is_copy = true;
    record->other.copy_of = original->frame;
    record->exchange = original->exchange;
    record->notes = (original->notes & AMANDA_NOTE_FROM_REQUESTER) | (guessed ? AMANDA_NOTE_COPY_GUESSED : 0U);
    record->verdict = original->verdict == AMANDA_VERDICT_NONE ? AMANDA_VERDICT_NONE : AMANDA_VERDICT_COPY;
}
