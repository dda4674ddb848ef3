/* show/packet-data.c
 * What the first pass keeps with a packet for the later ones, and how often something came up in a packet
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "show/packet-data.h"

#include <epan/proto_data.h>

#include <string.h>

/* The kind stands in the high byte of a key, and 0 is none of them. The first of a kind has a key of its own, and is all that
 * nearly every packet has. */
#define KEY(kind) (((uint32_t)(kind) + 1) << 24)
#define KEY_OWN(kind, n) (KEY(kind) | ((uint32_t)(n) + 1))

/* Where the numbers are those of layers, it is one of these, and not the first. */
#define LAYERS_WITH_KEYS 16

/* The counters of a packet, in its own memory. */
#define KEY_COUNTERS KEY(AMANDA_PACKET_KINDS)

/* Where the numbers are those of a place, the counter has the place in its high bits. */
#define PLACE_SHIFT 16

/* So many expert infos a packet may have. Datagrams in frames and pieces of objects, of which a packet tells 2,000 each, wait
 * in the same queue. */
#define EXPERT_INFOS_MAX 900

/* All that a packet keeps of one kind, but for what has a key of its own. */
typedef struct {
    void **items; /* by their numbers */
    unsigned count;
    unsigned room;
} kept_t;

/* In the memory of the packet. */
typedef struct {
    unsigned next[AMANDA_PACKET_KINDS];
    const void *stream;
    uint32_t seq;
    unsigned end;
} counters_t;

static int proto_amanda;

static expert_field ei_amanda_more_infos;

static kept_t *find(packet_info *pinfo, amanda_packet_data_t kind)
{
    return (kept_t *)p_get_proto_data(wmem_file_scope(), pinfo, proto_amanda, KEY(kind));
}

static bool has_own_key(amanda_packet_data_t kind, unsigned n)
{
    return n == 0 || (kind == AMANDA_PACKET_DATAGRAM_REPLY && n < LAYERS_WITH_KEYS);
}

static void *find_own(packet_info *pinfo, amanda_packet_data_t kind, unsigned n)
{
    return p_get_proto_data(wmem_file_scope(), pinfo, proto_amanda, KEY_OWN(kind, n));
}

static void make_room(kept_t *kept, unsigned count)
{
    unsigned room = kept->room;
    void **items;

    while (room < count)
        room *= 2;
    if (room == kept->room && kept->items)
        return;
    items = (void **)wmem_alloc0(wmem_file_scope(), room * sizeof *items);
    if (kept->items) {
        memcpy(items, kept->items, kept->count * sizeof *items);
        wmem_free(wmem_file_scope(), kept->items);
    }
    kept->items = items;
    kept->room = room;
}

static void keep_own(packet_info *pinfo, amanda_packet_data_t kind, unsigned n, void *data)
{
    if (find_own(pinfo, kind, n))
        p_remove_proto_data(wmem_file_scope(), pinfo, proto_amanda, KEY_OWN(kind, n));
    p_add_proto_data(wmem_file_scope(), pinfo, proto_amanda, KEY_OWN(kind, n), data);
}

void amanda_packet_data_keep(packet_info *pinfo, amanda_packet_data_t kind, unsigned n, void *data)
{
    kept_t *kept;

    if (has_own_key(kind, n)) {
        keep_own(pinfo, kind, n, data);
        return;
    }
    kept = find(pinfo, kind);
    if (!kept) {
        kept = wmem_new0(wmem_file_scope(), kept_t);
        kept->room = 2;
        p_add_proto_data(wmem_file_scope(), pinfo, proto_amanda, KEY(kind), kept);
    }
    make_room(kept, n + 1);
    kept->items[n] = data;
    kept->count = MAX(kept->count, n + 1);
}

unsigned amanda_packet_data_kept(packet_info *pinfo, amanda_packet_data_t kind)
{
    const kept_t *kept = find(pinfo, kind);

    if (kept)
        return kept->count;
    return find_own(pinfo, kind, 0) ? 1 : 0;
}

void *amanda_packet_data_get(packet_info *pinfo, amanda_packet_data_t kind, unsigned n)
{
    const kept_t *kept;

    if (has_own_key(kind, n))
        return find_own(pinfo, kind, n);
    kept = find(pinfo, kind);
    return kept && n < kept->count ? kept->items[n] : NULL;
}

static counters_t *find_counters(packet_info *pinfo)
{
    return (counters_t *)p_get_proto_data(pinfo->pool, pinfo, proto_amanda, KEY_COUNTERS);
}

static counters_t *counters_of(packet_info *pinfo)
{
    counters_t *counters = find_counters(pinfo);

    if (!counters) {
        counters = wmem_new0(pinfo->pool, counters_t);
        p_add_proto_data(pinfo->pool, pinfo, proto_amanda, KEY_COUNTERS, counters);
    }
    return counters;
}

unsigned amanda_packet_data_next(packet_info *pinfo, amanda_packet_data_t kind)
{
    return counters_of(pinfo)->next[kind]++;
}

unsigned amanda_packet_data_next_at(packet_info *pinfo, amanda_packet_data_t kind, unsigned place)
{
    unsigned *next = &counters_of(pinfo)->next[kind];

    if (*next >> PLACE_SHIFT != place)
        *next = place << PLACE_SHIFT;
    return (*next)++ & ((1U << PLACE_SHIFT) - 1);
}

unsigned amanda_packet_data_count(packet_info *pinfo, amanda_packet_data_t kind)
{
    const counters_t *counters = find_counters(pinfo);

    return counters ? counters->next[kind] : 0;
}

void amanda_packet_data_done(packet_info *pinfo, const void *stream, uint32_t seq, unsigned end)
{
    counters_t *counters = counters_of(pinfo);

    counters->stream = stream;
    counters->seq = seq;
    counters->end = end;
}

bool amanda_packet_data_is_done(packet_info *pinfo, const void *stream, uint32_t seq)
{
    const counters_t *counters = find_counters(pinfo);

    return counters && counters->stream == stream && counters->seq == seq;
}

unsigned amanda_packet_data_done_until(packet_info *pinfo)
{
    const counters_t *counters = find_counters(pinfo);

    return counters ? counters->end : 0;
}

bool amanda_expert_has_room(packet_info *pinfo, proto_item *item)
{
    unsigned n = amanda_packet_data_next(pinfo, AMANDA_PACKET_EXPERT_INFO);

    if (n == EXPERT_INFOS_MAX)
        expert_add_info(pinfo, item, &ei_amanda_more_infos);
    return n < EXPERT_INFOS_MAX;
}

void amanda_expert_add(packet_info *pinfo, proto_item *item, expert_field *expert)
{
    if (amanda_expert_has_room(pinfo, item))
        expert_add_info(pinfo, item, expert);
}

void amanda_packet_data_register(int proto)
{
    static ei_register_info ei[] = {
        {&ei_amanda_more_infos,
         {"amanda.more_infos", PI_UNDECODED, PI_NOTE, "More expert infos than are told of one packet", EXPFILL}},
    };

    proto_amanda = proto;
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
