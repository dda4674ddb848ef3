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

#include <epan/prefs.h>
#include <epan/range.h>

#include <string.h>

/* A responder waits 30 seconds for each connection, one after the other. Whoever connects much later means another
 * service, which has got the same port. */
#define SECONDS_UNTIL_CONNECTED 600

/* A port that nobody has connected to by then is missed. */
#define SECONDS_UNTIL_MISSED 30

/* What was announced for one port of one responder to one requester. */
typedef struct {
    amanda_stream_t *matched;   /* the latest by a reply that answers a request */
    amanda_stream_t *unmatched; /* the latest by any other reply */
} port_t;

/* TCP goes over IPv4 and IPv6 only. */
#define MAX_ADDRESS 16

typedef struct {
    uint8_t requester[MAX_ADDRESS];
    uint8_t responder[MAX_ADDRESS];
    uint16_t port;
    uint8_t length; /* of either address */
    uint8_t zero;
} port_key_t;

struct amanda_announced_ports {
    wmem_map_t *announced; /* port_key_t to port_t */
    uint8_t known[(UINT16_MAX + 1) / 8];
    uint8_t own[(UINT16_MAX + 1) / 8]; /* those of Amanda itself */
};

static amanda_announced_ports_t *ports(void)
{
    return amanda_capture()->ports;
}

static unsigned hash_port(const void *key)
{
    return wmem_strong_hash((const uint8_t *)key, sizeof(port_key_t));
}

static gboolean equal_ports(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(port_key_t)) == 0;
}

static bool make_port_key(port_key_t *key, const address *requester, const address *responder, uint16_t port)
{
    if (requester->len != responder->len || requester->len <= 0 || requester->len > MAX_ADDRESS)
        return false;
    memset(key, 0, sizeof *key);
    memcpy(key->requester, requester->data, (size_t)requester->len);
    memcpy(key->responder, responder->data, (size_t)responder->len);
    key->port = port;
    key->length = (uint8_t)requester->len;
    return true;
}

void amanda_announced_ports_watch(uint16_t port)
{
    ports()->known[port / 8] |= (uint8_t)(1 << port % 8);
    amanda_capture()->awake = true;
}

static void announce_port(amanda_stream_t *stream, const packet_info *pinfo)
{
    uint16_t number = (uint16_t)stream->number;
    port_key_t key;
    port_t *port;

    amanda_capture()->latest = pinfo->abs_ts;
    if (!make_port_key(&key, &pinfo->dst, &pinfo->src, number))
        return;
    port = (port_t *)wmem_map_lookup(ports()->announced, &key);
    if (!port) {
        port = wmem_new0(wmem_file_scope(), port_t);
        wmem_map_insert(ports()->announced, wmem_memdup(wmem_file_scope(), &key, sizeof key), port);
    }
    if (stream->dump->unmatched)
        port->unmatched = stream;
    else
        port->matched = stream;
    amanda_announced_ports_watch(number);
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
    port_key_t key;
    const port_t *port;

    if (!make_port_key(&key, requester, responder, port_number))
        return NULL;
    port = (const port_t *)wmem_map_lookup(ports()->announced, &key);
    if (!port)
        return NULL;
    if (waits_for_connection(port->matched, now))
        return port->matched;
    return waits_for_connection(port->unmatched, now) ? port->unmatched : NULL;
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

    made->announced = wmem_map_new(scope, hash_port, equal_ports);
    range_foreach(prefs_get_range_value("amanda", "tcp.port"), add_own_port, made);
    return made;
}

void amanda_announced_ports_register(int proto _U_)
{
    static const amanda_stream_ports_t listener = {announce_port, is_missed};

    amanda_streams_tell_ports(&listener);
}
