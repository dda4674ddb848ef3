/* tcp/announced-ports.c
 * The TCP ports at which responders expect the connections of their streams
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tcp/announced-ports.h"

#include "show/capture.h"
#include "stream/streams.h"
#include "verdict/endpoint.h"

#include <epan/prefs.h>
#include <epan/range.h>

/* A responder waits 30 seconds for each connection, one after the other. Whoever connects much later means another
 * service, which has got the same port. */
#define SECONDS_UNTIL_CONNECTED 600

/* A port that nobody has connected to by then is missed. */
#define SECONDS_UNTIL_MISSED 30

struct amanda_announced_ports {
    GHashTable *matched; /* amanda_stream_t: the latest for each port that a reply announced which answers a request, */
    GHashTable *unmatched; /* and any other reply */
    uint8_t known[(UINT16_MAX + 1) / 8];
    uint8_t own[(UINT16_MAX + 1) / 8]; /* those of Amanda itself */
};

static amanda_announced_ports_t *ports(void)
{
    return amanda_capture()->ports;
}

static unsigned hash_port(const void *key)
{
    const amanda_stream_t *stream = (const amanda_stream_t *)key;
    const uint64_t parts[] = {(uintptr_t)stream->requester, (uintptr_t)stream->responder, stream->number};

    return amanda_key_hash((const uint8_t *)parts, sizeof parts);
}

static gboolean equal_ports(const void *one, const void *other)
{
    const amanda_stream_t *left = (const amanda_stream_t *)one;
    const amanda_stream_t *right = (const amanda_stream_t *)other;

    return left->requester == right->requester && left->responder == right->responder && left->number == right->number;
}

void amanda_announced_ports_watch(uint16_t port)
{
    ports()->known[port / 8] |= (uint8_t)(1 << port % 8);
    amanda_capture()->awake = true;
}

static void announce_port(amanda_stream_t *stream, const packet_info *pinfo)
{
    amanda_hosts_t *hosts = amanda_capture()->hosts;
    GHashTable *set = stream->dump->unmatched ? ports()->unmatched : ports()->matched;

    amanda_capture()->latest = pinfo->abs_ts;
    /* Its key is not to change while it is in the set. */
    if (stream->requester && g_hash_table_lookup(set, stream) == stream)
        g_hash_table_remove(set, stream);
    stream->requester = amanda_hosts_of(hosts, &pinfo->dst);
    stream->responder = amanda_hosts_of(hosts, &pinfo->src);
    g_hash_table_add(set, stream);
    amanda_announced_ports_watch((uint16_t)stream->number);
}

const uint8_t *amanda_announced_ports_watched(const amanda_announced_ports_t *made)
{
    return made->known;
}

static bool waits_for_connection(const amanda_stream_t *stream, const nstime_t *now)
{
    nstime_t delta;

    if (!stream || (stream->first_frame && !stream->refused_in))
        return false;
    nstime_delta(&delta, now, &stream->dump->reply_time);
    return delta.secs <= SECONDS_UNTIL_CONNECTED;
}

amanda_stream_t *amanda_announced_ports_take(const address *requester, const address *responder, uint16_t port_number,
                                             const nstime_t *now)
{
    const amanda_hosts_t *hosts = amanda_capture()->hosts;
    const amanda_stream_t key = {
        .requester = amanda_hosts_find(hosts, requester),
        .responder = amanda_hosts_find(hosts, responder),
        .number = port_number,
    };
    amanda_stream_t *stream;

    if (!key.requester || !key.responder)
        return NULL;
    stream = (amanda_stream_t *)g_hash_table_lookup(ports()->matched, &key);
    if (waits_for_connection(stream, now))
        return stream;
    stream = (amanda_stream_t *)g_hash_table_lookup(ports()->unmatched, &key);
    return waits_for_connection(stream, now) ? stream : NULL;
}

/* Whether the capture shows that nobody connected to a port. */
static bool is_missed(const amanda_stream_t *stream)
{
    nstime_t delta;

    if (!amanda_capture()->tcp_seen)
        return false;
    nstime_delta(&delta, &amanda_capture()->latest, &stream->dump->reply_time);
    return delta.secs >= SECONDS_UNTIL_MISSED;
}

static void add_own_port(uint32_t port, void *user_data)
{
    amanda_announced_ports_t *made = (amanda_announced_ports_t *)user_data;

    if (port <= UINT16_MAX) {
        made->own[port / 8] |= (uint8_t)(1 << port % 8);
        made->known[port / 8] |= (uint8_t)(1 << port % 8);
    }
}

bool amanda_announced_ports_is_own(uint16_t port)
{
    return (ports()->own[port / 8] & 1 << port % 8) != 0;
}

amanda_announced_ports_t *amanda_announced_ports_new(wmem_allocator_t *scope)
{
    amanda_announced_ports_t *made = wmem_new0(scope, amanda_announced_ports_t);

    made->matched = amanda_key_set(scope, hash_port, equal_ports, NULL);
    made->unmatched = amanda_key_set(scope, hash_port, equal_ports, NULL);
    range_foreach(prefs_get_range_value("amanda", "tcp.port"), add_own_port, made);
    return made;
}

void amanda_announced_ports_register(int proto _U_)
{
    static const amanda_stream_ports_t listener = {announce_port, is_missed};

    amanda_streams_tell_ports(&listener);
}
