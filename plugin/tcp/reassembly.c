/* tcp/reassembly.c
 * The bytes of a TCP connection in their order, however its segments come
 *
 * Sequence numbers wrap after 4 GiB, which a dump often exceeds. So every now and then a mark is left: in this frame,
 * this sequence number was at this offset.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/reassembly.h"

#include "show/packet-data.h"

/* Less than half of what makes a sequence number wrap. */
#define MARK_EVERY (1U << 30)

/* More than is on its way in a window. Where nothing tells what the receiver has, what is missing is not waited for
 * any longer. */
#define MAX_HELD_BYTES (16U << 20)
#define MAX_HELD_SEGMENTS 8192

/* What comes so far from where a stream begins, or has ended, is of another. */
#define NEAR_BEGIN 0xffffU
#define BEFORE_END (1U << 24)
#define BEHIND_END 0xffffU

typedef struct {
    uint64_t offset;
    uint32_t frame;
    uint32_t seq;
} mark_t;

typedef struct amanda_held {
    struct amanda_held *next;
    amanda_reassembly_arrival_t *arrival;
    uint8_t *bytes;
    uint32_t seq;
    int captured;
    int length;
} held_t;

static bool is_before(uint32_t one, uint32_t other)
{
    return (int32_t)(one - other) < 0;
}

static void add_mark(amanda_reassembly_t *order, uint32_t frame, uint32_t seq, uint64_t offset)
{
    mark_t mark = {offset, frame, seq};

    wmem_array_append_one(order->marks, mark);
}

void amanda_reassembly_begin(amanda_reassembly_t *order, uint32_t frame, uint32_t seq)
{
    if (order->marks)
        return;
    order->marks = wmem_array_new(wmem_file_scope(), sizeof(mark_t));
    add_mark(order, frame, seq, 0);
    order->next = seq;
}

bool amanda_reassembly_begins_elsewhere(const amanda_reassembly_t *order, uint32_t seq)
{
    /* What was captured first may be a little behind the begin. */
    return order->marks && ((const mark_t *)wmem_array_get_raw(order->marks))->seq - seq > NEAR_BEGIN;
}

bool amanda_reassembly_has_ended_elsewhere(const amanda_reassembly_t *order, uint32_t seq)
{
    /* Where a connection follows soon, Linux begins it no further behind the end of the one before. */
    return order->saw_fin && seq - order->fin > BEHIND_END && order->fin - seq > BEFORE_END;
}

/* The last mark that is not of a later frame; the first one, if all are. end: a mark that is. */
static const mark_t *last_mark_until(const mark_t *begin, const mark_t *end, uint32_t frame)
{
    while (end - begin > 1) {
        const mark_t *middle = begin + (end - begin) / 2;

        if (middle->frame > frame)
            end = middle;
        else
            begin = middle;
    }
    return begin;
}

static uint64_t offset_of(const amanda_reassembly_t *order, uint32_t frame, uint32_t seq)
{
    const mark_t *marks = (const mark_t *)wmem_array_get_raw(order->marks);
    const mark_t *mark = marks + wmem_array_get_count(order->marks) - 1;

    /* On a later pass, marks of later frames are there: the last one that was there in this frame counts. */
    if (mark->frame > frame)
        mark = last_mark_until(marks, mark, frame);

    int64_t offset = (int64_t)mark->offset + (int32_t)(seq - mark->seq);

    return offset > 0 ? (uint64_t)offset : 0;
}

static void advance(amanda_reassembly_t *order, uint32_t frame, uint32_t seq)
{
    const mark_t *mark = (const mark_t *)wmem_array_index(order->marks, wmem_array_get_count(order->marks) - 1);

    order->next = seq;
    if (seq - mark->seq >= MARK_EVERY)
        add_mark(order, frame, seq, mark->offset + (seq - mark->seq));
}

void amanda_reassembly_acknowledge(amanda_reassembly_t *order, uint32_t ack)
{
    /* A SYN or FIN counts as one byte. More than that was received before anything of this direction was captured. */
    if (!order->marks && order->saw_ack && is_before(order->acked + 1, ack))
        order->missed = true;
    if (!order->saw_ack || is_before(order->acked, ack))
        order->acked = ack;
    order->saw_ack = true;
}

void amanda_reassembly_finish(amanda_reassembly_t *order, uint32_t seq)
{
    if (order->saw_fin)
        return;
    order->saw_fin = true;
    order->fin = seq;
}

bool amanda_reassembly_is_hopeless(const amanda_reassembly_t *order)
{
    if (order->first && !is_before(order->next, order->first->seq))
        return false;
    if (order->first)
        return (order->saw_ack && !is_before(order->acked, order->first->seq)) || order->held_bytes > MAX_HELD_BYTES ||
               order->held_segments > MAX_HELD_SEGMENTS || (order->saw_fin && !order->saw_ack);
    return order->saw_fin && (!order->saw_ack || !is_before(order->acked, order->fin));
}

bool amanda_reassembly_is_behind(const amanda_reassembly_t *order)
{
    uint32_t end = order->saw_fin && is_before(order->fin, order->acked) ? order->fin : order->acked;

    return order->marks && order->saw_ack && is_before(order->next, end);
}

void amanda_reassembly_pass(amanda_reassembly_t *order, uint32_t seq, const tvbuff_t *payload)
{
    uint32_t end = seq + (payload ? (uint32_t)tvb_reported_length(payload) : 0);

    if (!order->marks || !is_before(order->next, end) || end - order->next >= AMANDA_MAX_WINDOW)
        return;
    order->missed = order->missed || is_before(order->next, seq);
    order->next = end;
}

bool amanda_reassembly_ends_with(const amanda_reassembly_t *order, uint32_t seq)
{
    return order->marks && !order->missed && order->next == seq;
}

bool amanda_reassembly_lost(const amanda_reassembly_t *order, uint32_t seq)
{
    if (!order->marks || !order->saw_ack || order->saw_fin || order->missed || is_before(order->next, order->acked))
        return false;
    return is_before(order->acked, seq) && seq - order->acked < AMANDA_MAX_WINDOW;
}

bool amanda_reassembly_is_acceptable(const amanda_reassembly_t *order, uint32_t seq, uint32_t window)
{
    /* The capture may lack what the receiver has. */
    uint32_t lacking = order->saw_ack && is_before(order->next, order->acked) ? order->acked - order->next : 0;

    return !order->marks || seq - order->next < lacking + window;
}

bool amanda_reassembly_has_ended(const amanda_reassembly_t *order)
{
    return order->saw_fin && !order->first && (!order->marks || !is_before(order->next, order->fin));
}

static amanda_reassembly_turn_t **add_turn(amanda_reassembly_t *order, amanda_reassembly_turn_t **end,
                                           const packet_info *pinfo, uint32_t seq, int length, const held_t *held)
{
    amanda_reassembly_turn_t *turn = wmem_new0(wmem_file_scope(), amanda_reassembly_turn_t);

    turn->gap = is_before(order->next, seq);
    turn->skip = turn->gap ? 0 : (int)(order->next - seq);
    turn->offset = offset_of(order, pinfo->num, seq + (uint32_t)turn->skip);
    turn->length = length - turn->skip;
    if (held) {
        turn->earlier = true;
        turn->bytes = held->bytes;
        turn->captured = held->captured;
    }
    order->missed = order->missed || turn->gap;
    advance(order, pinfo->num, seq + (uint32_t)length);
    turn->last = order->saw_fin && order->next == order->fin;
    *end = turn;
    return &turn->next;
}

/* Takes the segments whose turn it is; over a gap, if there is one before the first. */
static amanda_reassembly_turn_t **take_held(amanda_reassembly_t *order, amanda_reassembly_turn_t **end,
                                            const packet_info *pinfo, bool over_gap)
{
    while (order->first && (over_gap || !is_before(order->next, order->first->seq))) {
        const held_t *held = order->first;

        if (is_before(order->next, held->seq + (uint32_t)held->length))
            end = add_turn(order, end, pinfo, held->seq, held->length, held);
        else
            wmem_free(wmem_file_scope(), held->bytes);
        held->arrival->dissected_in = pinfo->num;
        order->held_bytes -= (unsigned)held->captured;
        order->held_segments--;
        order->first = held->next;
        over_gap = false;
    }
    if (!order->first)
        order->latest = NULL;
    return end;
}

static void hold(amanda_reassembly_t *order, amanda_reassembly_arrival_t *arrival, tvbuff_t *payload)
{
    held_t *held = wmem_new0(wmem_file_scope(), held_t);
    held_t **place = &order->first;

    held->arrival = arrival;
    held->seq = arrival->seq;
    held->captured = (int)tvb_captured_length(payload);
    held->length = (int)tvb_reported_length(payload);
    held->bytes = (uint8_t *)tvb_memdup(wmem_file_scope(), payload, 0, (size_t)held->captured);
    if (order->latest && !is_before(held->seq, order->latest->seq))
        place = &order->latest->next;
    while (*place && !is_before(held->seq, (*place)->seq))
        place = &(*place)->next;
    held->next = *place;
    *place = held;
    if (!held->next)
        order->latest = held;
    order->held_bytes += (unsigned)held->captured;
    order->held_segments++;
    arrival->held = true;
}

void amanda_reassembly_wait(amanda_reassembly_t *order, uint32_t seq, tvbuff_t *payload)
{
    amanda_reassembly_arrival_t *arrival = wmem_new0(wmem_file_scope(), amanda_reassembly_arrival_t);

    arrival->seq = seq;
    hold(order, arrival, payload);
}

/* Appends what is new of some bytes. Returns whether they follow what there is. */
static bool append(GByteArray *all, uint32_t first, uint32_t seq, const uint8_t *bytes, int captured)
{
    uint32_t end = first + all->len;

    if (is_before(end, seq))
        return false;
    if (is_before(end, seq + (uint32_t)captured))
        g_byte_array_append(all, bytes + (end - seq), (unsigned)captured - (end - seq));
    return true;
}

tvbuff_t *amanda_reassembly_peek(const amanda_reassembly_t *order, packet_info *pinfo, uint32_t seq, tvbuff_t *payload)
{
    int captured = (int)tvb_captured_length(payload);
    const held_t *held = order->first;
    GByteArray *all;
    tvbuff_t *tvb = NULL;

    if (!held && seq == order->next)
        return payload;
    all = g_byte_array_new();
    while (held && is_before(held->seq, seq) && append(all, order->next, held->seq, held->bytes, held->captured))
        held = held->next;
    if (append(all, order->next, seq, captured > 0 ? tvb_get_ptr(payload, 0, captured) : NULL, captured)) {
        while (held && append(all, order->next, held->seq, held->bytes, held->captured))
            held = held->next;
        if (all->len > 0)
            tvb = tvb_new_child_real_data(payload, (const uint8_t *)wmem_memdup(pinfo->pool, all->data, all->len),
                                          all->len, (int)all->len);
    }
    g_byte_array_free(all, true);
    return tvb;
}

tvbuff_t *amanda_reassembly_turn_tvb(const amanda_reassembly_turn_t *turn, tvbuff_t *payload, packet_info *pinfo)
{
    tvbuff_t *tvb;

    if (!turn->earlier && turn->skip <= (int)tvb_captured_length(payload))
        return tvb_new_subset_remaining(payload, turn->skip);
    /* Nothing of what is new was captured. */
    if (!turn->earlier)
        return tvb_new_child_real_data(payload, (const uint8_t *)"", 0, turn->length);

    int captured = turn->bytes ? MAX(turn->captured - turn->skip, 0) : 0;

    /* A data source is looked at as long as its packet is; these bytes may be let go of before. */
    tvb = tvb_new_child_real_data(
        payload,
        captured ? (const uint8_t *)wmem_memdup(pinfo->pool, turn->bytes + turn->skip, (size_t)captured)
                 : (const uint8_t *)"",
        (unsigned)captured, turn->length);
    if (captured)
        add_new_data_source(pinfo, tvb, "Segment that came earlier");
    return tvb;
}

void amanda_reassembly_turn_forget(amanda_reassembly_turn_t *turn)
{
    if (turn->bytes)
        wmem_free(wmem_file_scope(), turn->bytes);
    turn->bytes = NULL;
}

/* The usual case: what is expected comes, and nothing else waits. Nothing needs to be kept of that. */
static amanda_reassembly_arrival_t *arrive_as_expected(amanda_reassembly_t *order, packet_info *pinfo, uint32_t seq,
                                                       int length)
{
    amanda_reassembly_arrival_t *arrival = wmem_new0(pinfo->pool, amanda_reassembly_arrival_t);

    arrival->seq = seq;
    arrival->turns = wmem_new0(pinfo->pool, amanda_reassembly_turn_t);
    arrival->turns->length = length;
    arrival->offset = arrival->turns->offset = offset_of(order, pinfo->num, seq);
    advance(order, pinfo->num, seq + (uint32_t)length);
    return arrival;
}

amanda_reassembly_arrival_t *amanda_reassembly_arrive(amanda_reassembly_t *order, packet_info *pinfo, uint32_t seq,
                                                      tvbuff_t *payload)
{
    uint32_t behind = seq + (uint32_t)tvb_reported_length(payload);
    bool begins = !order->marks;

    if (!begins && !order->first && seq == order->next && !order->saw_fin)
        return arrive_as_expected(order, pinfo, seq, (int)(behind - seq));
    amanda_reassembly_begin(order, pinfo->num, seq);

    amanda_reassembly_arrival_t *arrival = wmem_new0(wmem_file_scope(), amanda_reassembly_arrival_t);
    amanda_reassembly_turn_t **end = &arrival->turns;

    arrival->seq = seq;
    end = take_held(order, end, pinfo, false);
    if (order->first && is_before(order->next, seq) && amanda_reassembly_is_hopeless(order))
        end = take_held(order, end, pinfo, true);
    arrival->offset = offset_of(order, pinfo->num, seq);
    if (is_before(order->next, seq)) {
        hold(order, arrival, payload);
        if (amanda_reassembly_is_hopeless(order))
            end = take_held(order, end, pinfo, true);
    } else if (is_before(order->next, behind)) {
        end = add_turn(order, end, pinfo, seq, (int)(behind - seq), NULL);
        /* What came before the first byte was not captured. */
        arrival->turns->gap = arrival->turns->gap || begins;
        order->missed = order->missed || begins;
    }
    take_held(order, end, pinfo, false);
    arrival->stream = order->marks;
    amanda_packet_data_keep(pinfo, AMANDA_PACKET_ARRIVAL, amanda_packet_data_next(pinfo, AMANDA_PACKET_ARRIVAL),
                            arrival);
    return arrival;
}

/* What was kept of a segment; NULL if nothing was. The packet's segments come in the same order on every pass. */
static amanda_reassembly_arrival_t *find_kept(const amanda_reassembly_t *order, packet_info *pinfo, uint32_t seq)
{
    unsigned begin = amanda_packet_data_count(pinfo, AMANDA_PACKET_ARRIVAL);
    unsigned count = amanda_packet_data_kept(pinfo, AMANDA_PACKET_ARRIVAL);

    for (unsigned n = begin; n < count; n++) {
        amanda_reassembly_arrival_t *kept =
            (amanda_reassembly_arrival_t *)amanda_packet_data_get(pinfo, AMANDA_PACKET_ARRIVAL, n);

        if (kept->stream != order->marks || kept->seq != seq)
            continue;
        while (amanda_packet_data_next(pinfo, AMANDA_PACKET_ARRIVAL) < n)
            ;
        return kept;
    }
    return NULL;
}

amanda_reassembly_arrival_t *amanda_reassembly_recall(const amanda_reassembly_t *order, packet_info *pinfo,
                                                      uint32_t seq, tvbuff_t *payload)
{
    amanda_reassembly_arrival_t *arrival = find_kept(order, pinfo, seq);

    if (arrival)
        return arrival;
    arrival = wmem_new0(pinfo->pool, amanda_reassembly_arrival_t);
    arrival->seq = seq;
    if (!order->marks)
        return arrival;
    arrival->turns = wmem_new0(pinfo->pool, amanda_reassembly_turn_t);
    arrival->turns->length = (int)tvb_reported_length(payload);
    arrival->offset = arrival->turns->offset = offset_of(order, pinfo->num, seq);
    return arrival;
}

amanda_reassembly_turn_t *amanda_reassembly_release(amanda_reassembly_t *order, const packet_info *pinfo)
{
    amanda_reassembly_turn_t *turns = NULL;

    take_held(order, &turns, pinfo, false);
    return turns;
}

amanda_reassembly_turn_t *amanda_reassembly_give_up(amanda_reassembly_t *order, const packet_info *pinfo)
{
    amanda_reassembly_turn_t *turns = NULL;
    amanda_reassembly_turn_t **end = &turns;

    while (order->first)
        end = take_held(order, end, pinfo, true);
    if (order->marks && order->saw_fin && is_before(order->next, order->fin)) {
        order->missed = order->lacks_end = true;
        order->next = order->fin;
    }
    return turns;
}
