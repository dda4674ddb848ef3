/* body/reply.c
 * The bodies of REP, PREP and NAK
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "body/reply.h"

#include <string.h>

#include <epan/wmem_scopes.h>

#include "body/connect.h"
#include "body/dle-xml.h"
#include "body/estimates.h"
#include "body/messages.h"
#include "body/options.h"
#include "body/reply-state.h"
#include "show/packet-data.h"
#include "verdict/times.h"
#include "text/feature-sets.h"
#include "text/words.h"
#include "body/selfcheck.h"
#include "verdict/endpoint.h"

static int hf_amanda_reply_text;
static int hf_amanda_service_guess;

static expert_field ei_amanda_prep_after_rep;
static expert_field ei_amanda_prep_service;
static expert_field ei_amanda_rep_not_acked;
static expert_field ei_amanda_rep_too_long;
static expert_field ei_amanda_rep_truncated;

/* Items for an OPTIONS line with all features, and bytes of XML that make one item, about. */
#define OPTIONS_ITEMS 200
#define XML_BYTES_PER_ITEM 8

/* Where the first lines do not tell the service, the others will not either. */
#define GUESS_LINES_MAX 8

/* The kind and number under which a packet keeps the record of a reply. */
static amanda_packet_data_t place_of(const amanda_body_t *body, unsigned *n)
{
    *n = body->framed ? amanda_packet_data_next(body->pinfo, AMANDA_PACKET_FRAMED_REPLY) : body->pinfo->curr_layer_num;
    return body->framed ? AMANDA_PACKET_FRAMED_REPLY : AMANDA_PACKET_DATAGRAM_REPLY;
}

/* What is known of the exchange now, on the first pass. */
static amanda_reply_record_t make_reply_record(const amanda_body_t *body)
{
    const amanda_exchange_facts_t *facts = body->facts;
    const amanda_verdict_record_t *verdict = body->record;
    amanda_reply_record_t record = {
        .reported = facts->last_reply_length,
        .service_known = body->service != NULL,
        .req_seen = facts->req_seen,
        .acked = true,
    };

    if (verdict && !verdict->framed && verdict->exchange && verdict->verdict == AMANDA_VERDICT_ANSWER) {
        record.acked =
            verdict->exchange->responder_acked || verdict->exchange->heard || verdict->exchange->heard_before;
        /* The order of the file need not be that of time. */
        record.late = body->type == AMANDA_TYPE_PREP && verdict->exchange->first_rep != 0 &&
                      amanda_times_between(verdict->exchange->rep_time, amanda_times_of(&body->pinfo->abs_ts)) >= 0;
    }
    return record;
}

/* Of the replies that nothing was reported before, all that have the same in their records share one. */
static amanda_reply_record_t *keep_record(const amanda_reply_record_t *record)
{
    static amanda_reply_record_t shared[1 << 4];
    const unsigned which = (unsigned)record->service_known | (unsigned)record->req_seen << 1 |
                           (unsigned)record->acked << 2 | (unsigned)record->late << 3;

    if (record->reported > 0)
        return (amanda_reply_record_t *)amanda_record_memdup(wmem_file_scope(), record, sizeof *record);
    shared[which] = *record;
    return &shared[which];
}

/* The record is made on the first pass, before this packet changes anything, and kept for the later ones: what the
 * capture holds behind this packet must not change what is said of it. Only unusual ones take up memory. */
static amanda_reply_record_t get_reply_record(amanda_body_t *body)
{
    static const amanda_reply_record_t usual = {.service_known = true, .req_seen = true, .acked = true};
    unsigned n;
    const amanda_packet_data_t kind = place_of(body, &n);

    if (!body->facts)
        return (amanda_reply_record_t){.service_known = body->service != NULL, .acked = true};
    if (PINFO_FD_VISITED(body->pinfo)) {
        const amanda_reply_record_t *kept = (const amanda_reply_record_t *)amanda_packet_data_get(body->pinfo, kind, n);

        if (kept)
            return *kept;
        /* What TCP hands over for the first time on a later pass was not usual, but left no record. */
        return body->facts->req_seen ? usual : make_reply_record(body);
    }

    amanda_reply_record_t record = make_reply_record(body);

    if (record.reported != usual.reported || record.service_known != usual.service_known ||
        record.req_seen != usual.req_seen || record.acked != usual.acked || record.late != usual.late)
        amanda_packet_data_keep(body->pinfo, kind, n, keep_record(&record));
    return record;
}

/* Remembers for the replies behind this one how much of their body it has already. */
static void remember_length(const amanda_reply_t *reply)
{
    amanda_body_t *body = reply->body;

    if (!amanda_body_is_new(body) || !body->facts || body->cut)
        return;
    if (reply->estimates > 0 || body->type == AMANDA_TYPE_PREP) {
        amanda_exchange_facts_t *facts = body->facts;

        facts->last_reply_length = MAX(facts->last_reply_length, (uint32_t)(body->length - reply->start));
    }
}

/* The service that opens just these streams. */
static const char *guess_from_connect(const uint8_t *text, amanda_span_t line)
{
    amanda_span_t stream = amanda_span_behind_word(text, line);
    amanda_span_t second = amanda_span_behind_word(text, amanda_span_behind_word(text, stream));
    amanda_span_t third = amanda_span_behind_word(text, amanda_span_behind_word(text, second));

    if (amanda_span_starts_with_word(text, stream, "CTL")) {
        if (amanda_span_starts_with_word(text, third, "MESG"))
            return "restore";
        return second.length > 0 ? "amidxtaped" : "amdumpd";
    }
    if (amanda_span_starts_with_word(text, stream, "MESG") && second.length == 0)
        return "amindexd";
    return amanda_span_starts_with_word(text, stream, "DATA") ? "sendbackup" : NULL;
}

/* start: where the body begins. */
static const char *guess_from_line(const uint8_t *text, amanda_span_t line, int start, const char *so_far)
{
    if (amanda_span_starts_with_word(text, line, "GOPTIONS"))
        return "ambackupd";
    if (so_far)
        return so_far;
    if (line.length == 1 && text[line.offset] == '[')
        return line.offset == start ? "ambackupd" : "senddiscover";
    if (amanda_span_starts_with_word(text, line, "CONNECT"))
        return guess_from_connect(text, line);
    if (amanda_span_starts_with_word(text, line, "RETRY"))
        return "sendbackup";
    if (amanda_span_starts_with_word(text, line, "OK") || amanda_message_is_line(text, line))
        return "selfcheck";
    return amanda_estimate_is_line(text, line) ? "sendsize" : NULL;
}

/* What service the body is of, where its own words leave no doubt. */
static const char *guess_service(const amanda_body_t *body, int start)
{
    const char *service = body->type == AMANDA_TYPE_PREP ? "sendsize" : NULL;
    int offset = start;

    for (int i = 0; i < GUESS_LINES_MAX && offset < body->length; i++) {
        amanda_span_t line;

        amanda_line(body->text, body->length, offset, &line, &offset);
        service = guess_from_line(body->text, line, start, service);
    }
    return service;
}

/* Whether Amanda's limit of a datagram cut the reply. */
static bool is_cut_by_sender(const amanda_body_t *body)
{
    int length = (int)tvb_reported_length(body->tvb);

    if (body->framed || body->cut)
        return false;
    if (length == AMANDA_DATAGRAM_MAX + 1)
        return body->length == AMANDA_DATAGRAM_MAX;
    return body->length == AMANDA_DATAGRAM_MAX ||
           (body->length == AMANDA_DATAGRAM_MAX_2_3 && body->version <= AMANDA_VERSION(2, 4));
}

/* Whether the reply ends where a line does, or where one may be left unended. */
static bool ends_well(const amanda_reply_t *reply)
{
    const amanda_body_t *body = reply->body;

    if (body->cut || body->type != AMANDA_TYPE_REP || reply->start >= body->length)
        return true;
    return !reply->unfinished && (reply->open_end || body->text[body->length - 1] == '\n');
}

static void judge_reply(const amanda_reply_t *reply, proto_item *item)
{
    const amanda_body_t *body = reply->body;

    if (is_cut_by_sender(body) || !ends_well(reply))
        amanda_expert_add(body->pinfo, item, &ei_amanda_rep_truncated);
    if (body->type == AMANDA_TYPE_NAK && reply->errors == 0)
        amanda_error_refused(body);
    if (!reply->record.acked)
        amanda_expert_add(body->pinfo, item, &ei_amanda_rep_not_acked);
    if (body->type != AMANDA_TYPE_PREP)
        return;
    if (reply->record.late)
        amanda_expert_add(body->pinfo, item, &ei_amanda_prep_after_rep);
    if (!amanda_reply_is_of(reply, "sendsize"))
        amanda_expert_add(body->pinfo, item, &ei_amanda_prep_service);
    else
        amanda_reply_needs_feature(reply, item, AMANDA_FE_partial_estimate);
}

static void dissect_options(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    amanda_options_dissect(reply->body, tree, line);
    amanda_reply_take(reply, OPTIONS_ITEMS);
}

/* A line that says itself what it is. */
static void dissect_line(amanda_reply_t *reply, amanda_answers_t *answers, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;
    amanda_trouble_t trouble;
    amanda_span_t words;

    /* An error line, the one with the most items. */
    amanda_reply_take(reply, line.length > 0 ? 5 : 1);
    if (line.length == 0)
        return;
    if (amanda_error_is_line(body->text, line, &trouble, &words) || body->type == AMANDA_TYPE_NAK)
        amanda_reply_count(reply, amanda_error_line(body, tree, line, words, trouble));
    else if (amanda_options_is_line(body->text, line))
        dissect_options(reply, tree, line);
    else if (amanda_connect_dissect(reply, tree, line) || amanda_selfcheck_dissect(reply, tree, line))
        return;
    else if ((!reply->service || amanda_reply_is_of(reply, "sendsize")) && amanda_estimate_is_line(body->text, line))
        amanda_estimate_dissect(reply, answers, tree, line);
    else
        amanda_add_string(tree, hf_amanda_reply_text, body->tvb, line);
}

/* What is no line: messages, and disk list entries. Returns offset if there is none of these. */
static int dissect_block(amanda_reply_t *reply, proto_tree *tree, amanda_span_t line)
{
    amanda_body_t *body = reply->body;

    if (body->type == AMANDA_TYPE_NAK)
        return line.offset;
    if (line.length > 0 && body->text[line.offset] == '<') {
        int end = amanda_dle_xml_list(body, tree, line.offset, body->length, NULL);

        amanda_reply_take(reply, (unsigned)(end - line.offset) / XML_BYTES_PER_ITEM);
        reply->open_end = end >= body->length; /* ambackupd sends no line feed behind them */
        return end;
    }
    if (amanda_message_is_line(body->text, line)) {
        if (amanda_reply_is_of(reply, "selfcheck"))
            amanda_reply_needs_feature(reply, proto_tree_get_parent(tree), AMANDA_FE_selfcheck_message);
        return amanda_message_dissect(reply, tree, line.offset);
    }
    return line.offset;
}

static void dissect_lines(amanda_reply_t *reply, amanda_answers_t *answers, proto_tree *tree)
{
    amanda_body_t *body = reply->body;
    bool whole = !body->cut && body->type != AMANDA_TYPE_PREP && !is_cut_by_sender(body);
    int offset = reply->start;

    while (offset < body->length) {
        amanda_span_t line;
        int next;
        bool ended = amanda_line(body->text, body->length, offset, &line, &next);

        if (!amanda_reply_take(reply, 0)) {
            proto_tree_add_expert(tree, body->pinfo, &ei_amanda_rep_too_long, body->tvb, offset, body->length - offset);
            return;
        }
        offset = dissect_block(reply, tree, line);
        if (offset > line.offset)
            continue;
        /* Half a line may say something else than all of it. */
        if (ended || whole)
            dissect_line(reply, answers, tree, line);
        else
            amanda_body_show_lines(body, tree, line.offset, next);
        offset = next;
    }
}

/* counts: made where there is something to count. */
static void add_count(wmem_strbuf_t **counts, wmem_allocator_t *pool, unsigned count, const char *one, const char *many)
{
    if (count == 0)
        return;
    if (!*counts)
        *counts = wmem_strbuf_new(pool, "");
    wmem_strbuf_append_printf(*counts, "%s%u %s", wmem_strbuf_get_len(*counts) > 0 ? ", " : "", count,
                              count == 1 ? one : many);
}

/* What the reply is about, where its request named one disk: the ports of its streams tell nobody. */
static void name_disk(const amanda_reply_t *reply, wmem_strbuf_t *info_text)
{
    const amanda_asked_disks_t *disks = amanda_exchange_disks(reply->record.req_seen ? reply->body->facts : NULL);

    if (!disks->disk || disks->count != 1)
        return;
    wmem_strbuf_append(info_text, disks->disk);
    if (disks->level >= 0)
        wmem_strbuf_append_printf(info_text, " level %d", disks->level);
    wmem_strbuf_append(info_text, ", ");
}

/* NULL where there is nothing to be counted. */
static const char *counts_of(const amanda_reply_t *reply)
{
    wmem_allocator_t *pool = reply->body->pinfo->pool;
    wmem_strbuf_t *counts = NULL;

    add_count(&counts, pool, reply->estimates, "estimate", "estimates");
    add_count(&counts, pool, reply->failed, "failed", "failed");
    add_count(&counts, pool, reply->oks, "OK", "OK");
    add_count(&counts, pool, reply->messages, "message", "messages");
    add_count(&counts, pool, reply->missing, "missing", "missing");
    add_count(&counts, pool, reply->warnings, "warning", "warnings");
    add_count(&counts, pool, reply->errors, "error", "errors");
    return counts ? wmem_strbuf_get_str(counts) : NULL;
}

/* What stands in Info: an error's words before all else. */
static void sum_up(const amanda_reply_t *reply)
{
    amanda_body_t *body = reply->body;
    wmem_allocator_t *pool = body->pinfo->pool;
    bool only_errors = reply->estimates + reply->oks + reply->messages + reply->missing == 0 && reply->errors > 0;

    if (!amanda_body_has_no_info(body))
        return;
    if (reply->headline.length > 0 && reply->errors == 0) {
        name_disk(reply, amanda_body_info(body));
        wmem_strbuf_append(amanda_body_info(body), amanda_span_text(pool, body->tvb, reply->headline));
    } else if (body->type == AMANDA_TYPE_NAK && reply->error.explanation) {
        wmem_strbuf_append(amanda_body_info(body), reply->error.explanation->reason);
    } else if (reply->errors > 0) {
        wmem_strbuf_append_printf(amanda_body_info(body), "%s%s", body->type == AMANDA_TYPE_NAK ? "" : "ERROR ",
                                  reply->error.text);
        if (!only_errors)
            wmem_strbuf_append_printf(amanda_body_info(body), " (%s)", counts_of(reply));
    } else {
        const char *counts = counts_of(reply);

        if (counts)
            wmem_strbuf_append(amanda_body_info(body), counts);
    }
}

void amanda_reply_dissect(amanda_body_t *body, proto_tree *tree, int offset)
{
    amanda_reply_t reply = {
        .body = body,
        .record = get_reply_record(body),
        .start = offset,
    };
    amanda_answers_t answers = {0};

    if (reply.record.service_known)
        reply.service = body->service;
    if (!reply.service && body->type != AMANDA_TYPE_NAK) {
        reply.service = guess_service(body, offset);
        if (reply.service)
            proto_item_set_generated(
                proto_tree_add_string(tree, hf_amanda_service_guess, body->tvb, offset, 0, reply.service));
    }
    dissect_lines(&reply, &answers, tree);
    if (body->type == AMANDA_TYPE_REP && !body->cut) {
        amanda_estimate_show_failed(&reply, &answers);
        amanda_estimate_show_missing(&reply, &answers, tree);
    }
    judge_reply(&reply, proto_tree_get_parent(tree));
    remember_length(&reply);
    sum_up(&reply);
}

void amanda_reply_register(int proto)
{
    static hf_register_info hf[] = {
        {&hf_amanda_reply_text,
         {"Text", "amanda.reply.text", FT_STRING, BASE_NONE, NULL, 0x0,
          "A line in the words of the program that answers, outside of any form", HFILL}},
        {&hf_amanda_service_guess,
         {"Service, by the reply", "amanda.service.guess", FT_STRING, BASE_NONE, NULL, 0x0,
          "Service that such a reply comes from; where the capture does not hold the request", HFILL}},
    };
    static ei_register_info ei[] = {
        {&ei_amanda_prep_after_rep,
         {"amanda.prep.after_rep", PI_SEQUENCE, PI_WARN, "Partial reply behind the final one", EXPFILL}},
        {&ei_amanda_prep_service,
         {"amanda.prep.service", PI_PROTOCOL, PI_WARN, "Partial reply of another service than sendsize", EXPFILL}},
        {&ei_amanda_rep_not_acked,
         {"amanda.rep.not_acked", PI_SEQUENCE, PI_NOTE,
          "The reply comes before the responder's ACK of the request, which was lost or is late", EXPFILL}},
        {&ei_amanda_rep_too_long,
         {"amanda.rep.too_long", PI_UNDECODED, PI_NOTE, "The reply is too long: the rest of it is not shown in detail",
          EXPFILL}},
        {&ei_amanda_rep_truncated,
         {"amanda.rep.truncated", PI_PROTOCOL, PI_ERROR, "The reply is truncated: the end of it is lost", EXPFILL}},
    };

    proto_register_field_array(proto, hf, array_length(hf));
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
