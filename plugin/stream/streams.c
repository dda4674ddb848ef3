/* stream/streams.c
 * The streams that the CONNECT line of a reply announces
 *
 * Everything is written on the first pass, and shown from what was written. Only where a connection begins and whether
 * it was refused comes after the reply that it is shown in; so a first pass does not show that there.
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/streams.h"

#include "tcp/connections.h"
#include "stream/mesg.h"

#include <string.h>

#define MAX_STREAMS_OF_A_REPLY 16

/* A responder waits 30 seconds for each connection, one after the other. Whoever connects much later means another
 * service, which has got the same port. */
#define SECONDS_UNTIL_CONNECTED 600

/* A reply whose port nobody has connected to by then is flagged. */
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

static wmem_map_t *ports;           /* port_key_t to port_t */
static wmem_map_t *dumps;           /* amanda_exchange_facts_t ** to amanda_dump_t */
static wmem_map_t *unmatched_dumps; /* judgement_key() of the reply to amanda_dump_t */

static uint8_t known_ports[(UINT16_MAX + 1) / 8];
static bool any_watched;
static bool tcp_seen;
static nstime_t latest;

static int hf_amanda_stream_disk;
static int hf_amanda_stream_first_frame;
static int hf_amanda_stream_level;
static int hf_amanda_stream_mistaken_for;
static int hf_amanda_stream_name;
static int hf_amanda_stream_program;
static int hf_amanda_stream_refused_in;
static int hf_amanda_stream_request_in;
static int hf_amanda_stream_service;
static int hf_amanda_stream_setup_frame;
static int hf_amanda_stream_unmatched_reply;

static expert_field ei_amanda_stream_never_opened;
static expert_field ei_amanda_stream_port_refused;

static const value_string role_vals[] = {
    {AMANDA_ROLE_DATA, "DATA"},
    {AMANDA_ROLE_MESG, "MESG"},
    {AMANDA_ROLE_INDEX, "INDEX"},
    {AMANDA_ROLE_STATE, "STATE"},
    {AMANDA_ROLE_CTL, "CTL"},
    {AMANDA_ROLE_CMD, "CMD"},
    {0, NULL},
};

const char *amanda_role_name(amanda_role_t role)
{
    return val_to_str_const(role, role_vals, "stream");
}

static amanda_role_t role_of(const char *name)
{
    for (const value_string *role = role_vals; role->strptr; role++) {
        if (strcmp(role->strptr, name) == 0)
            return (amanda_role_t)role->value;
    }
    return AMANDA_ROLE_NONE;
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

void amanda_streams_watch_port(uint16_t port)
{
    known_ports[port / 8] |= (uint8_t)(1 << port % 8);
    any_watched = true;
    amanda_connection_follow();
}

static void announce_port(amanda_stream_t *stream, const packet_info *pinfo)
{
    uint16_t number = (uint16_t)stream->number;
    port_key_t key;
    port_t *port;

    if (!make_port_key(&key, &pinfo->dst, &pinfo->src, number))
        return;
    port = (port_t *)wmem_map_lookup(ports, &key);
    if (!port) {
        port = wmem_new0(wmem_file_scope(), port_t);
        wmem_map_insert(ports, wmem_memdup(wmem_file_scope(), &key, sizeof key), port);
    }
    if (stream->dump->unmatched)
        port->unmatched = stream;
    else
        port->matched = stream;
    amanda_streams_watch_port(number);
}

bool amanda_streams_port_is_known(uint16_t port)
{
    return (known_ports[port / 8] & 1 << port % 8) != 0;
}

bool amanda_streams_any(void)
{
    return any_watched;
}

void amanda_streams_capture_goes_on(const nstime_t *now, bool tcp)
{
    latest = *now;
    tcp_seen = tcp_seen || tcp;
}

static bool waits_for_connection(const amanda_stream_t *stream, const nstime_t *now)
{
    nstime_t delta;

    if (!stream || (stream->first_frame && !stream->refused_in))
        return false;
    nstime_delta(&delta, now, &stream->dump->reply_time);
    return delta.secs <= SECONDS_UNTIL_CONNECTED;
}

amanda_stream_t *amanda_streams_take_port(const address *requester, const address *responder, uint16_t port_number,
                                          const nstime_t *now)
{
    port_key_t key;
    const port_t *port;

    if (!make_port_key(&key, requester, responder, port_number))
        return NULL;
    port = (const port_t *)wmem_map_lookup(ports, &key);
    if (!port)
        return NULL;
    if (waits_for_connection(port->matched, now))
        return port->matched;
    return waits_for_connection(port->unmatched, now) ? port->unmatched : NULL;
}

amanda_stream_t *amanda_dump_stream(const amanda_dump_t *dump, int64_t number)
{
    amanda_stream_t *stream = dump->streams;

    while (stream && stream->number != number)
        stream = stream->next;
    return stream;
}

amanda_stream_t *amanda_dump_role(const amanda_dump_t *dump, amanda_role_t role)
{
    amanda_stream_t *stream = dump->streams;

    while (stream && stream->role != role)
        stream = stream->next;
    return stream;
}

amanda_dump_t *amanda_streams_dump(amanda_exchange_facts_t **facts)
{
    return facts ? (amanda_dump_t *)wmem_map_lookup(dumps, facts) : NULL;
}

static bool is_unmatched(const amanda_body_t *body)
{
    return body->record && amanda_verdict_record_is_unmatched(body->record);
}

/* Where the verdicts keeps the record may change; its frame and layer do not. */
static void *judgement_key(const amanda_body_t *body)
{
    return GSIZE_TO_POINTER((gsize)body->record->frame << 8 | body->record->layer);
}

static amanda_dump_t *find_dump(const amanda_body_t *body)
{
    if (is_unmatched(body))
        return (amanda_dump_t *)wmem_map_lookup(unmatched_dumps, judgement_key(body));
    return amanda_streams_dump(body->facts);
}

static amanda_dump_t *make_dump(amanda_body_t *body)
{
    amanda_dump_t *dump = wmem_new0(wmem_file_scope(), amanda_dump_t);

    dump->facts = body->facts;
    dump->service = body->service ? wmem_strdup(wmem_file_scope(), body->service) : NULL;
    dump->reply = body->pinfo->num;
    dump->reply_time = body->pinfo->abs_ts;
    dump->unmatched = is_unmatched(body);
    if (body->record && body->record->exchange)
        dump->request = body->record->exchange->first_req;
    if (dump->unmatched) {
        dump->mistaken_for = body->record->of.reply.mistaken_for;
        wmem_map_insert(unmatched_dumps, judgement_key(body), dump);
    } else {
        wmem_map_insert(dumps, body->facts, dump);
    }
    return dump;
}

static amanda_stream_t *make_stream(amanda_dump_t *dump, amanda_role_t role, int64_t number, const packet_info *pinfo)
{
    amanda_stream_t *stream;
    amanda_stream_t **end = &dump->streams;
    int count = 0;

    while (*end) {
        end = &(*end)->next;
        count++;
    }
    if (count >= MAX_STREAMS_OF_A_REPLY)
        return NULL;
    stream = wmem_new0(wmem_file_scope(), amanda_stream_t);
    stream->dump = dump;
    stream->role = role;
    stream->number = number;
    stream->setup_frame = pinfo->num;
    *end = stream;
    return stream;
}

static amanda_stream_t *find_stream(const amanda_dump_t *dump, amanda_role_t role, int64_t number)
{
    amanda_stream_t *stream = dump ? dump->streams : NULL;

    while (stream && (stream->role != role || stream->number != number))
        stream = stream->next;
    return stream;
}

static amanda_stream_t *remember(amanda_body_t *body, amanda_role_t role, int64_t number)
{
    amanda_dump_t *dump = find_dump(body);
    amanda_stream_t *stream = find_stream(dump, role, number);

    /* A reply that is sent again announces nothing new. */
    if (stream || PINFO_FD_VISITED(body->pinfo))
        return stream;
    if (!dump)
        dump = make_dump(body);
    stream = make_stream(dump, role, number, body->pinfo);
    if (stream && !body->framed && number <= UINT16_MAX) {
        announce_port(stream, body->pinfo);
        latest = body->pinfo->abs_ts;
    }
    return stream;
}

amanda_stream_t *amanda_streams_make_direct(const char *service, amanda_role_t role, const packet_info *pinfo)
{
    amanda_dump_t *dump = wmem_new0(wmem_file_scope(), amanda_dump_t);
    amanda_stream_t *stream = make_stream(dump, role, 0, pinfo);

    DISSECTOR_ASSERT(stream); /* a new dump has room */
    dump->service = service;
    stream->first_frame = pinfo->num;
    stream->setup_frame = 0;
    return stream;
}

void amanda_streams_announce_data(amanda_dump_t *dump, uint16_t port, const packet_info *pinfo)
{
    amanda_stream_t *stream = find_stream(dump, AMANDA_ROLE_DATA, port);

    if (!stream)
        stream = make_stream(dump, AMANDA_ROLE_DATA, port, pinfo);
    if (!stream)
        return;
    dump->reply_time = pinfo->abs_ts;
    announce_port(stream, pinfo);
    latest = pinfo->abs_ts;
}

static proto_item *add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
    proto_item *item = frame ? proto_tree_add_uint(tree, hf, tvb, 0, 0, frame) : NULL;

    if (item)
        proto_item_set_generated(item);
    return item;
}

/* Whether the capture shows that nobody connected to a port. */
static bool was_missed(const amanda_stream_t *stream, const amanda_body_t *body)
{
    nstime_t delta;

    if (stream->first_frame || stream->dump->unmatched || body->framed || stream->number > UINT16_MAX || !tcp_seen)
        return false;
    nstime_delta(&delta, &latest, &stream->dump->reply_time);
    return delta.secs >= SECONDS_UNTIL_MISSED;
}

void amanda_streams_announce(amanda_body_t *body, proto_tree *tree, const char *name, int64_t number)
{
    amanda_role_t role = role_of(name);
    amanda_stream_t *stream;

    /* What an ICMP error quotes has no verdict, and announces nothing. */
    if (role == AMANDA_ROLE_NONE || number <= 0 || number > UINT32_MAX || (!body->framed && !body->record) ||
        (!body->facts && !is_unmatched(body)))
        return;
    stream = remember(body, role, number);
    if (!stream || !PINFO_FD_VISITED(body->pinfo))
        return;
    add_frame(tree, hf_amanda_stream_first_frame, body->tvb, stream->first_frame);

    proto_item *refused = add_frame(tree, hf_amanda_stream_refused_in, body->tvb, stream->refused_in);

    if (refused && !stream->dump->unmatched)
        expert_add_info(body->pinfo, refused, &ei_amanda_stream_port_refused);
    if (was_missed(stream, body))
        expert_add_info(body->pinfo, proto_tree_get_parent(tree), &ei_amanda_stream_never_opened);
}

/* What the first line of MESG said, if it was said up to this frame: a later pass must not know more. */
static const amanda_result_t *known_result(const amanda_dump_t *dump, uint32_t frame)
{
    return dump->result && dump->result->disk && dump->result->start_frame <= frame ? dump->result : NULL;
}

const char *amanda_dump_disk(const amanda_dump_t *dump, uint32_t frame)
{
    const amanda_exchange_facts_t *facts = dump->facts ? *dump->facts : NULL;
    const amanda_result_t *result = known_result(dump, frame);

    if (facts && facts->disk)
        return facts->disk;
    return result ? result->disk : NULL;
}

int amanda_dump_level(const amanda_dump_t *dump, uint32_t frame)
{
    const amanda_exchange_facts_t *facts = dump->facts ? *dump->facts : NULL;
    const amanda_result_t *result = known_result(dump, frame);

    if (facts && facts->level >= 0)
        return facts->level;
    return result ? result->level : -1;
}

const char *amanda_dump_label(const amanda_dump_t *dump, packet_info *pinfo)
{
    const char *disk = amanda_dump_disk(dump, pinfo->num);
    int level = amanda_dump_level(dump, pinfo->num);

    if (!disk)
        return "";
    return level >= 0 ? wmem_strdup_printf(pinfo->pool, "%s level %d", disk, level) : disk;
}

static void add_string(proto_tree *tree, int hf, tvbuff_t *tvb, const char *value)
{
    if (value)
        proto_item_set_generated(proto_tree_add_string(tree, hf, tvb, 0, 0, value));
}

void amanda_stream_show(const amanda_stream_t *stream, const packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_dump_t *dump = stream->dump;
    const amanda_exchange_facts_t *facts = dump->facts ? *dump->facts : NULL;
    uint32_t before = pinfo->num - 1; /* the lines of this packet are yet to be read when it is shown first */
    int level = amanda_dump_level(dump, before);

    add_string(tree, hf_amanda_stream_name, tvb, amanda_role_name(stream->role));
    add_string(tree, hf_amanda_stream_service, tvb, dump->service);
    add_string(tree, hf_amanda_stream_disk, tvb, amanda_dump_disk(dump, before));
    if (level >= 0)
        proto_item_set_generated(proto_tree_add_int(tree, hf_amanda_stream_level, tvb, 0, 0, level));
    if (facts)
        add_string(tree, hf_amanda_stream_program, tvb, facts->program);
    add_frame(tree, hf_amanda_stream_request_in, tvb, dump->request);
    if (dump->unmatched) {
        add_frame(tree, hf_amanda_stream_unmatched_reply, tvb, stream->setup_frame);
        add_frame(tree, hf_amanda_stream_mistaken_for, tvb, dump->mistaken_for);
    } else {
        add_frame(tree, hf_amanda_stream_setup_frame, tvb, stream->setup_frame);
    }
}

static void init_streams(void)
{
    memset(known_ports, 0, sizeof known_ports);
    any_watched = false;
    tcp_seen = false;
}

static wmem_map_t *new_map(GHashFunc hash, GEqualFunc equal)
{
    return wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash, equal);
}

void amanda_streams_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_stream_name,
         {"Stream", "amanda.stream.name", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of the stream in the CONNECT line: DATA, MESG, INDEX, STATE, CTL or CMD", HFILL}},
        {&hf_amanda_stream_service,
         {"Service", "amanda.stream.service", FT_STRING, BASE_NONE, NULL, 0x0, "Service that uses the stream", HFILL}},
        {&hf_amanda_stream_disk,
         {"Disk", "amanda.stream.disk", FT_STRING, BASE_NONE, NULL, 0x0, "Disk whose dump the stream belongs to",
          HFILL}},
        {&hf_amanda_stream_level,
         {"Level", "amanda.stream.level", FT_INT32, BASE_DEC, NULL, 0x0, "Level of the dump that the stream belongs to",
          HFILL}},
        {&hf_amanda_stream_program,
         {"Program", "amanda.stream.program", FT_STRING, BASE_NONE, NULL, 0x0,
          "Program or application that makes the dump", HFILL}},
        {&hf_amanda_stream_request_in,
         {"Asked for in", "amanda.stream.request_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0,
          "The REQ of the exchange whose reply announced the stream", HFILL}},
        {&hf_amanda_stream_setup_frame,
         {"Announced in", "amanda.stream.setup_frame", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The reply that announced the stream", HFILL}},
        {&hf_amanda_stream_unmatched_reply,
         {"Announced by the unmatched reply in", "amanda.stream.unmatched_reply", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The reply that announced the port, though it answers no outstanding request", HFILL}},
        {&hf_amanda_stream_mistaken_for,
         {"Taken for the answer to", "amanda.stream.mistaken_for", FT_FRAMENUM, BASE_NONE,
          FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0x0, "The REQ that the unmatched reply could be taken to answer", HFILL}},
        {&hf_amanda_stream_first_frame,
         {"First frame of the connection", "amanda.stream.first_frame", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "Where the connection or the stream begins; known once it has been seen", HFILL}},
        {&hf_amanda_stream_refused_in,
         {"Refused in", "amanda.stream.refused_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
          "The RST that refused the connection; known once it has been seen", HFILL}},
    };
    static ei_register_info ei[] = {
        {&ei_amanda_stream_never_opened,
         {"amanda.stream.never_opened", PI_SEQUENCE, PI_WARN,
          "Nobody connected to this port within 30 seconds, though the capture goes on", EXPFILL}},
        {&ei_amanda_stream_port_refused,
         {"amanda.stream.port_refused", PI_SEQUENCE, PI_ERROR, "The connection to this port was refused", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
    ports = new_map(hash_port, equal_ports);
    dumps = new_map(g_direct_hash, g_direct_equal);
    unmatched_dumps = new_map(g_direct_hash, g_direct_equal);
    register_init_routine(init_streams);
}
