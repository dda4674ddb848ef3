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

#include "show/common-fields.h"
#include "show/generated.h"
#include "show/labels.h"
#include "show/outcome.h"
#include "show/packet-data.h"
#include "show/verdict.h"
#include "show/capture.h"
#include "stream/outcome-facts.h"
#include "verdict/endpoint.h"

#include <string.h>

static const amanda_stream_ports_t *ports; /* NULL as long as nobody asked for them */

struct amanda_streams {
    GHashTable *dumps;           /* amanda_dump_t, by their facts */
    wmem_map_t *unmatched_dumps; /* the record of a reply to amanda_dump_t */
    uint32_t count;              /* of the streams so far */
};

static int hf_amanda_stream_disk;
static int hf_amanda_stream_first_frame;
static int hf_amanda_stream_index;
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

static unsigned hash_dump(const void *key)
{
    return g_direct_hash(((const amanda_dump_t *)key)->facts);
}

static gboolean equal_dumps(const void *one, const void *other)
{
    return ((const amanda_dump_t *)one)->facts == ((const amanda_dump_t *)other)->facts;
}

amanda_dump_t *amanda_streams_dump(const amanda_exchange_facts_t *facts)
{
    const amanda_dump_t key = {.facts = facts};

    return facts ? (amanda_dump_t *)g_hash_table_lookup(amanda_capture()->streams->dumps, &key) : NULL;
}

/* In a connection with frames, a handle is the stream's whichever request it was for. */
static bool is_unmatched(const amanda_body_t *body)
{
    return body->record && !body->framed && amanda_verdict_record_is_unmatched(body->record);
}

static amanda_dump_t *find_dump(const amanda_body_t *body)
{
    if (is_unmatched(body))
        return (amanda_dump_t *)wmem_map_lookup(amanda_capture()->streams->unmatched_dumps, body->record);
    return amanda_streams_dump(body->facts);
}

/* The service of a reply, in the memory of the capture file; nearly always its exchange has it. NULL where nothing tells. */
static const char *service_of(const amanda_body_t *body, const amanda_exchange_t *exchange)
{
    if (!body->service || (exchange && exchange->service && strcmp(exchange->service, body->service) == 0))
        return body->service ? exchange->service : NULL;
    return wmem_strdup(wmem_file_scope(), body->service);
}

static amanda_dump_t *make_dump(amanda_body_t *body, const char *guess)
{
    amanda_dump_t *dump = amanda_record_new0(wmem_file_scope(), amanda_dump_t);

    dump->facts = body->facts;
    dump->guess = guess;
    dump->reply = body->pinfo->num;
    dump->reply_time = body->pinfo->abs_ts;
    dump->unmatched = is_unmatched(body);
    if (body->record && body->record->exchange)
        dump->exchange = body->record->exchange;
    dump->service = service_of(body, dump->exchange);
    if (dump->exchange)
        dump->request = dump->exchange->first_req;
    if (dump->unmatched) {
        dump->mistaken_for = body->record->of.reply.mistaken_for;
        dump->unasked = body->record->verdict == AMANDA_VERDICT_NO_REQUEST && !dump->mistaken_for;
        wmem_map_insert(amanda_capture()->streams->unmatched_dumps, body->record, dump);
    } else {
        g_hash_table_add(amanda_capture()->streams->dumps, dump);
    }
    return dump;
}

static amanda_stream_t *add_stream(amanda_dump_t *dump, amanda_role_t role, uint32_t number, const packet_info *pinfo)
{
    amanda_stream_t *stream = amanda_dump_add_stream(dump, role, number, pinfo);

    if (stream)
        stream->ordinal = amanda_capture()->streams->count++;
    return stream;
}

uint32_t amanda_streams_count(void)
{
    return amanda_capture()->streams ? amanda_capture()->streams->count : 0;
}

static amanda_stream_t *find_stream(const amanda_dump_t *dump, amanda_role_t role, int64_t number)
{
    amanda_stream_t *stream = dump ? dump->streams : NULL;

    while (stream && (stream->role != role || stream->number != number))
        stream = stream->next;
    return stream;
}

static amanda_stream_t *remember(amanda_body_t *body, const char *guess, amanda_role_t role, int64_t number)
{
    amanda_dump_t *dump = find_dump(body);
    amanda_stream_t *stream = find_stream(dump, role, number);

    /* A reply that is sent again announces nothing new. */
    if (stream || PINFO_FD_VISITED(body->pinfo))
        return stream;
    if (!dump)
        dump = make_dump(body, guess);
    stream = add_stream(dump, role, (uint32_t)number, body->pinfo);
    if (stream)
        amanda_stream_outcome_announced(stream);
    if (stream && !body->framed && number <= UINT16_MAX && ports)
        ports->announced(stream, body->pinfo);
    return stream;
}

amanda_stream_t *amanda_streams_make_direct(const char *service, amanda_role_t role, const packet_info *pinfo)
{
    amanda_dump_t *dump = amanda_record_new0(wmem_file_scope(), amanda_dump_t);
    amanda_stream_t *stream = add_stream(dump, role, 0, pinfo);

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
        stream = add_stream(dump, AMANDA_ROLE_DATA, port, pinfo);
    if (!stream)
        return;
    dump->reply_time = pinfo->abs_ts;
    if (ports)
        ports->announced(stream, pinfo);
}

/* Whether the capture shows that nobody connected to a port. */
static bool was_missed(const amanda_stream_t *stream, const amanda_body_t *body)
{
    return stream->setup_frame == body->pinfo->num && !stream->first_frame && !stream->dump->unmatched &&
           !body->framed && stream->number <= UINT16_MAX && ports && ports->is_missed(stream);
}

void amanda_streams_announce(amanda_body_t *body, proto_tree *tree, const char *guess, const char *name, int64_t number)
{
    amanda_role_t role = amanda_role_of(name);
    amanda_stream_t *stream;

    /* What an ICMP error quotes has no verdict, and announces nothing; nor does a copy, which comes too late. */
    if (amanda_body_is_copy(body) || role == AMANDA_ROLE_NONE || number <= 0 || number > UINT32_MAX ||
        (!body->framed && !body->record) || (!body->facts && !is_unmatched(body)))
        return;
    stream = remember(body, guess, role, number);
    if (!stream || !PINFO_FD_VISITED(body->pinfo))
        return;
    amanda_generated_frame(tree, hf_amanda_stream_first_frame, body->tvb, stream->first_frame);

    proto_item *refused = amanda_generated_frame(tree, hf_amanda_stream_refused_in, body->tvb, stream->refused_in);

    if (refused && !stream->dump->unmatched)
        amanda_expert_add(body->pinfo, refused, &ei_amanda_stream_port_refused);
    if (was_missed(stream, body))
        amanda_expert_add(body->pinfo, proto_tree_get_parent(tree), &ei_amanda_stream_never_opened);
}

/* Whose disk a stream is about: not that of an old reply, but that of the request which the reply was taken to answer. */
static void show_subject(const amanda_dump_t *dump, uint32_t before, tvbuff_t *tvb, proto_tree *tree)
{
    if (dump->unmatched && amanda_outcome_show_victim(dump->mistaken_for, tvb, tree))
        return;
    if (dump->facts)
        amanda_outcome_show_client(dump->facts, tvb, tree);
    amanda_subject_show(tree, tvb, amanda_dump_disk(dump, before), amanda_dump_level(dump, before));
}

const char *amanda_stream_purpose(const amanda_stream_t *stream, packet_info *pinfo)
{
    const char *label = amanda_dump_label(stream->dump, pinfo);
    const char *about = *label ? " about " : "";
    const char *victim = NULL;

    if (!stream->dump->unmatched)
        return *label ? wmem_strdup_printf(pinfo->pool, " %s", label) : "";
    if (stream->dump->mistaken_for)
        victim = amanda_outcome_victim(stream->dump->mistaken_for, pinfo->pool);
    return wmem_strdup_printf(pinfo->pool, "%s%s, to a port of the unmatched reply%s%s", victim ? " for " : "",
                              victim ? victim : "", about, label);
}

/* The old reply's disk is not the one that is hurt. */
static void say_whose(proto_item *item)
{
    amanda_label(item, " (of the unmatched reply)");
}

/* What the exchange that announced the stream was about. */
static void show_origin(const amanda_dump_t *dump, uint32_t before, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_exchange_facts_t *facts = dump->facts;
    int level = amanda_dump_level(dump, before);
    proto_item *disk = amanda_generated_string(tree, hf_amanda_stream_disk, tvb, amanda_dump_disk(dump, before));
    proto_item *number = level >= 0 ? amanda_generated_int(tree, hf_amanda_stream_level, tvb, level) : NULL;
    proto_item *program =
        amanda_generated_string(tree, hf_amanda_stream_program, tvb, amanda_exchange_disks(facts)->program);

    if (dump->unmatched) {
        say_whose(disk);
        say_whose(number);
        say_whose(program);
    }
}

void amanda_stream_show(const amanda_stream_t *stream, const packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree)
{
    const amanda_dump_t *dump = stream->dump;
    uint32_t before = pinfo->num - 1; /* the lines of this packet are yet to be read when it is shown first */

    /* An unmatched reply is of one exchange, and its streams go to another. */
    if (!dump->unmatched)
        amanda_show_exchange_numbers(dump->exchange, tvb, tree);
    show_subject(dump, before, tvb, tree);
    amanda_generated_string(tree, hf_amanda_stream_name, tvb, amanda_role_name(stream->role));
    amanda_generated_uint(tree, hf_amanda_stream_index, tvb, stream->ordinal);
    amanda_generated_string(tree, hf_amanda_stream_service, tvb, dump->service);
    show_origin(dump, before, tvb, tree);
    amanda_generated_frame(tree, hf_amanda_stream_request_in, tvb, dump->request);
    if (dump->unmatched) {
        amanda_generated_frame(tree, hf_amanda_stream_unmatched_reply, tvb, stream->setup_frame);
        amanda_generated_frame(tree, hf_amanda_stream_mistaken_for, tvb, dump->mistaken_for);
    } else {
        amanda_generated_frame(tree, hf_amanda_stream_setup_frame, tvb, stream->setup_frame);
    }
}

void amanda_streams_tell_ports(const amanda_stream_ports_t *listener)
{
    ports = listener;
}

amanda_streams_t *amanda_streams_new(wmem_allocator_t *scope)
{
    amanda_streams_t *streams = wmem_new(scope, amanda_streams_t);

    streams->dumps = amanda_key_set(scope, hash_dump, equal_dumps, NULL);
    streams->unmatched_dumps = wmem_map_new(scope, g_direct_hash, g_direct_equal);
    streams->count = 0;
    return streams;
}

void amanda_streams_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_stream_name,
         {"Stream", "amanda.stream.name", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of the stream in the CONNECT line: DATA, MESG, INDEX, STATE, CTL or CMD", HFILL}},
        {&hf_amanda_stream_index,
         {"Stream index", "amanda.stream.index", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Number of the stream among those of the capture, as Follow takes it", HFILL}},
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
}
