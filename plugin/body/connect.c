/* body/connect.c
 * The CONNECT, KENCRYPT and RETRY lines of replies
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/connect.h"

#include "show/labels.h"
#include "show/packet-data.h"

#include <string.h>

#include "text/feature-sets.h"
#include "text/words.h"
#include "show/quoted.h"
#include "show/outcome-facts.h"
#include "stream/streams.h"

static int hf_amanda_connect;
static int hf_amanda_connect_handle;
static int hf_amanda_connect_kencrypt;
static int hf_amanda_connect_port;
static int hf_amanda_connect_stream;
static int hf_amanda_connect_unavailable;
static int hf_amanda_retry;
static int hf_amanda_retry_delay;
static int hf_amanda_retry_level;
static int hf_amanda_retry_message;
static int hf_amanda_retry_message_wire;

static int ett_amanda_connect = -1;
static int ett_amanda_connect_stream = -1;
static int ett_amanda_retry = -1;

static expert_field ei_amanda_connect_malformed;
static expert_field ei_amanda_connect_no_listener;
static expert_field ei_amanda_retry_malformed;

/* More than any service has; a malformed line may have any number. */
#define STREAMS_MAX 16

/* Framed streams are numbered downwards from 499999, or from 4999 in 2.5 (Amanda 2.5 to 3.5
 * common-src/security-util.c, sec_tcp_conn_get()). */
#define HANDLE_MAX 499999

typedef struct {
    const char *name;
    bool mandatory; /* the service cannot do without it */
} stream_kind_t;

static const stream_kind_t stream_kinds[] = {
    {"DATA", true}, {"MESG", true}, {"INDEX", false}, {"STATE", false}, {"CTL", true}, {"CMD", false},
};

/* One name and number of a CONNECT line. */
typedef struct {
    amanda_span_t name;
    amanda_span_t number;
    const stream_kind_t *kind; /* NULL for a name that no Amanda uses */
    int64_t value;
    bool is_number;
    bool one_tcp; /* UDP: an earlier one has a port, so that this one's big number may be a handle (bsdudp) */
} stream_t;

static const stream_kind_t *find_kind(const uint8_t *text, amanda_span_t name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stream_kinds); i++) {
        if (amanda_span_starts_with_word(text, name, stream_kinds[i].name))
            return &stream_kinds[i];
    }
    return NULL;
}

/* Over UDP a number is a TCP port. With bsdudp only the first is, and the others are handles in that connection. */
static bool is_handle(const amanda_reply_t *reply, const stream_t *stream)
{
    return reply->body->framed || (stream->one_tcp && stream->value > UINT16_MAX && stream->value <= HANDLE_MAX);
}

static void judge_stream(const amanda_reply_t *reply, const stream_t *stream, proto_item *item)
{
    bool bad_port = stream->value < -1 || (stream->value > UINT16_MAX && !is_handle(reply, stream));

    if (!stream->kind || !stream->is_number || bad_port)
        amanda_expert_add(reply->body->pinfo, item, &ei_amanda_connect_malformed);
    else if (stream->value == 0 || (stream->value == -1 && stream->kind->mandatory))
        amanda_expert_add(reply->body->pinfo, item, &ei_amanda_connect_no_listener);
}

/* STATE and CMD are for those who asked for them. */
static void judge_feature(const amanda_reply_t *reply, const stream_t *stream, proto_item *item)
{
    static const struct {
        const char *service;
        const char *stream;
        unsigned feature;
    } needs[] = {
        {"sendbackup", "STATE", AMANDA_FE_sendbackup_stream_state},
        {"sendbackup", "CMD", AMANDA_FE_sendbackup_stream_cmd},
        {"ambackupd", "STATE", AMANDA_FE_sendbackup_stream_state},
        {"amidxtaped", "STATE", AMANDA_FE_amrecover_stream_state},
        {"restore", "STATE", AMANDA_FE_restore_state_stream},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (stream->kind && strcmp(needs[i].stream, stream->kind->name) == 0 &&
            amanda_reply_is_of(reply, needs[i].service))
            amanda_reply_needs_feature(reply, item, needs[i].feature);
    }
}

static void show_number(const amanda_reply_t *reply, const stream_t *stream, proto_tree *tree)
{
    tvbuff_t *tvb = reply->body->tvb;
    int offset = stream->number.offset;
    int length = stream->number.length;

    if (!stream->is_number)
        return;
    if (stream->value < 0)
        proto_tree_add_boolean(tree, hf_amanda_connect_unavailable, tvb, offset, length, true);
    else
        proto_tree_add_uint(tree, is_handle(reply, stream) ? hf_amanda_connect_handle : hf_amanda_connect_port, tvb,
                            offset, length, (uint32_t)stream->value);
}

static void show_stream(const amanda_reply_t *reply, const stream_t *stream, proto_tree *tree)
{
    amanda_body_t *body = reply->body;
    proto_item *item = amanda_add_string(tree, hf_amanda_connect_stream, body->tvb, stream->name);
    proto_tree *subtree = item ? proto_item_add_subtree(item, ett_amanda_connect_stream) : NULL;

    if (item && stream->is_number) {
        if (stream->value == -1)
            amanda_label(item, " (not available)");
        else
            amanda_label(item, " %s %" PRId64, is_handle(reply, stream) ? "handle" : "port", stream->value);
    }
    show_number(reply, stream, subtree);
    judge_stream(reply, stream, item);
    judge_feature(reply, stream, item);
    if (stream->is_number)
        amanda_streams_announce(body, subtree, body->service ? NULL : reply->service,
                                amanda_span_text(body->pinfo->pool, body->tvb, stream->name), stream->value);
}

static void dissect_connect(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;
    proto_item *item = proto_tree_add_item(tree, hf_amanda_connect, body->tvb, line.offset, line.length, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_connect);
    amanda_span_t rest = amanda_span_behind_word(body->text, line);
    bool one_tcp = false;
    unsigned count = 0;

    for (; rest.length > 0 && count < STREAMS_MAX; count++) {
        stream_t stream = {.name = amanda_span_first_word(body->text, rest), .one_tcp = one_tcp};

        rest = amanda_span_behind_word(body->text, rest);
        stream.number = amanda_span_first_word(body->text, rest);
        rest = amanda_span_behind_word(body->text, rest);
        stream.kind = find_kind(body->text, stream.name);
        stream.is_number = amanda_span_integer(body->text, stream.number, &stream.value);
        show_stream(reply, &stream, subtree);
        one_tcp = one_tcp || (stream.is_number && stream.value > 0 && stream.value <= UINT16_MAX);
    }
    if (count == 0 || rest.length > 0)
        amanda_expert_add(body->pinfo, item, &ei_amanda_connect_malformed);
    if (item)
        amanda_label(item, " %s",
                     amanda_span_text(body->pinfo->pool, body->tvb, amanda_span_behind_word(body->text, line)));
    amanda_reply_take(reply, 2 * count);
}

static void show_retry_value(const amanda_body_t *body, proto_tree *tree, int hf, amanda_span_t word)
{
    int64_t value;

    if (amanda_span_integer(body->text, word, &value) && value >= 0)
        proto_tree_add_uint(tree, hf, body->tvb, word.offset, word.length, (uint32_t)value);
    else
        amanda_expert_add(body->pinfo, proto_tree_get_parent(tree), &ei_amanda_retry_malformed);
}

static void dissect_retry(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;
    proto_item *item = proto_tree_add_item(tree, hf_amanda_retry, body->tvb, line.offset, line.length, ENC_NA);
    proto_tree *subtree = proto_item_add_subtree(item, ett_amanda_retry);
    amanda_span_t rest = amanda_span_behind_word(body->text, line);

    if (item)
        amanda_label(item, " %s", amanda_span_text(body->pinfo->pool, body->tvb, rest));
    amanda_outcome_facts_retry(body, amanda_span_text(body->pinfo->pool, body->tvb, rest));
    amanda_reply_needs_feature(reply, item, AMANDA_FE_sendbackup_rep_retry);
    while (rest.length > 0) {
        amanda_span_t key = rest;

        rest = amanda_span_behind_word(body->text, rest);
        if (amanda_span_starts_with_word(body->text, key, "message")) {
            amanda_add_quoted(body, subtree, hf_amanda_retry_message, hf_amanda_retry_message_wire, rest, NULL);
            return; /* it is the last, up to the end of the line */
        }
        if (amanda_span_starts_with_word(body->text, key, "delay")) {
            show_retry_value(body, subtree, hf_amanda_retry_delay, amanda_span_first_word(body->text, rest));
        } else if (amanda_span_starts_with_word(body->text, key, "level")) {
            show_retry_value(body, subtree, hf_amanda_retry_level, amanda_span_first_word(body->text, rest));
        } else {
            amanda_expert_add(body->pinfo, item, &ei_amanda_retry_malformed);
            return;
        }
        rest = amanda_span_behind_word(body->text, rest);
    }
}

bool amanda_connect_dissect(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;

    if (amanda_span_starts_with_word(body->text, line, "CONNECT")) {
        dissect_connect(reply, tree, line);
    } else if (amanda_span_starts_with_word(body->text, line, "RETRY")) {
        dissect_retry(reply, tree, line);
    } else if (amanda_span_starts_with_word(body->text, line, "KENCRYPT")) {
        proto_tree_add_boolean(tree, hf_amanda_connect_kencrypt, body->tvb, line.offset, line.length, true);
        return true;
    } else {
        return false;
    }
    if (reply->headline.length == 0)
        reply->headline = line;
    return true;
}

void amanda_connect_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_connect,
         {"Connect", "amanda.connect", FT_NONE, BASE_NONE, NULL, 0x0,
          "The CONNECT line: the streams that the responder opens, and where", HFILL}},
        {&hf_amanda_connect_stream,
         {"Stream", "amanda.connect.stream", FT_STRING, BASE_NONE, NULL, 0x0,
          "Name of a stream: DATA, MESG, INDEX, STATE, CTL or CMD", HFILL}},
        {&hf_amanda_connect_port,
         {"Port", "amanda.connect.port", FT_UINT32, BASE_DEC, NULL, 0x0,
          "TCP port of the responder on which it waits for this stream's connection", HFILL}},
        {&hf_amanda_connect_handle,
         {"Handle", "amanda.connect.handle", FT_UINT32, BASE_DEC, NULL, 0x0,
          "Handle of this stream's frames in the TCP connection", HFILL}},
        {&hf_amanda_connect_unavailable,
         {"Not available", "amanda.connect.unavailable", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
          "The stream does not exist (-1 in place of its number); normal for INDEX when no index is wanted", HFILL}},
        {&hf_amanda_connect_kencrypt,
         {"Encryption by Kerberos", "amanda.connect.kencrypt", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
          "The streams are encrypted by Kerberos (KENCRYPT, a mark that amandad normally keeps to itself)", HFILL}},
        {&hf_amanda_retry,
         {"Retry", "amanda.retry", FT_NONE, BASE_NONE, NULL, 0x0,
          "The RETRY line: the dump cannot be made now, but later or at another level", HFILL}},
        {&hf_amanda_retry_delay,
         {"Delay", "amanda.retry.delay", FT_UINT32, BASE_DEC, NULL, 0x0, "Seconds to wait before the next try", HFILL}},
        {&hf_amanda_retry_level,
         {"Level", "amanda.retry.level", FT_UINT32, BASE_DEC, NULL, 0x0, "Dump level of the next try", HFILL}},
        {&hf_amanda_retry_message,
         {"Message", "amanda.retry.message", FT_STRING, BASE_NONE, NULL, 0x0, "Why the dump is to be tried again",
          HFILL}},
        {&hf_amanda_retry_message_wire,
         {"As sent", "amanda.retry.message.wire", FT_STRING, BASE_NONE, NULL, 0x0,
          "The message as it was sent, with quotes and escapes", HFILL}},
    };
    static int *ett[] = {
        &ett_amanda_connect,
        &ett_amanda_connect_stream,
        &ett_amanda_retry,
    };
    static ei_register_info ei[] = {
        {&ei_amanda_connect_malformed,
         {"amanda.connect.malformed", PI_MALFORMED, PI_ERROR,
          "Malformed CONNECT line: a stream's number is missing or out of range, or its name is unknown", EXPFILL}},
        {&ei_amanda_connect_no_listener,
         {"amanda.connect.no_listener", PI_RESPONSE_CODE, PI_ERROR,
          "The responder could not open a stream that the service cannot do without", EXPFILL}},
        {&ei_amanda_retry_malformed,
         {"amanda.retry.malformed", PI_MALFORMED, PI_WARN, "Malformed RETRY line", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
