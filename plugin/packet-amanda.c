/* packet-amanda.c
 * Routines for the dissection of the Amanda network backup protocol
 *
 * A datagram travels through the parts in this order: header (text/header-line.c, text/security-service.c), exchange
 * (verdict/rules.c, verdict/losses.c, verdict/program-runs.c), what the user sees of it (show/header.c,
 * show/verdict.c, body/body.c, show/losses.c), and then the statistics (statistics/tap.c).
 *
 * Amanda dissector plugin
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "packet-amanda.h"

#include "show/labels.h"
#include "ws-compat.h"

#include <epan/conversation.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <wsutil/to_str.h>

#include <string.h>

#include "text/printable.h"
#include "text/security-service.h"
#include "show/body-text.h"
#include "show/capture.h"
#include "show/common-fields.h"
#include "show/error-meaning.h"
#include "show/generated.h"
#include "show/header.h"
#include "show/icmp-error.h"
#include "show/ipv4.h"
#include "show/losses.h"
#include "show/outcome-facts.h"
#include "show/outcome.h"
#include "show/packet-data.h"
#include "show/quoted.h"
#include "show/verdict.h"
#include "stream/data.h"
#include "stream/dump-file-header.h"
#include "stream/dump-summary.h"
#include "stream/export-objects.h"
#include "stream/index-server.h"
#include "stream/mesg.h"
#include "stream/questions.h"
#include "stream/stream-bytes.h"
#include "stream/stream-contents.h"
#include "stream/streams.h"
#include "stream/tape-server.h"
#include "body/body.h"
#include "body/connect.h"
#include "body/dle-options.h"
#include "body/dle-text.h"
#include "body/dle-xml.h"
#include "body/dle.h"
#include "body/errors.h"
#include "body/estimates.h"
#include "body/features.h"
#include "body/messages.h"
#include "body/options.h"
#include "body/reply-state.h"
#include "body/reply.h"
#include "body/request.h"
#include "body/selfcheck.h"
#include "tcp/announced-ports.h"
#include "tcp/attempts.h"
#include "tcp/connection-payload.h"
#include "tcp/connections.h"
#include "tcp/first-bytes.h"
#include "tcp/follow.h"
#include "tcp/stream-follower.h"
#include "tcp/framed-packets.h"
#include "tcp/framed-streams.h"
#include "tcp/frames.h"
#include "tcp/gss.h"
#include "show/no-frame.h"
#include "tcp/tcp.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"
#include "conversation-filters.h"
#include "ports.h"

static int proto_amanda;
static int ett_amanda = -1;

static dissector_handle_t amanda_handle;

static unsigned pref_timeout;
static ws_bool pref_precedence = true;

/* The bytes of a datagram, and its header. */
typedef struct {
    tvbuff_t *tvb;
    const uint8_t *text; /* all that was captured; NULL where that is nothing */
    int length;
    bool cut; /* not all of it was captured */
    amanda_header_t header;
} received_t;

/* krb4, service: of a REQ, see amanda_datagram_t. */
static const amanda_verdict_record_t *judge(const received_t *received, bool krb4, const char *service,
                                            packet_info *pinfo)
{
    const amanda_capture_t *capture = amanda_capture();
    const amanda_header_t *header = &received->header;
    uint32_t part = amanda_datagram_part(pinfo->curr_layer_num, 0);

    /* What an ICMP error quotes was not sent here and now. */
    if (header->status != AMANDA_HEADER_WHOLE || pinfo->flags.in_error_pkt || !capture->verdicts)
        return NULL;
    if (PINFO_FD_VISITED(pinfo))
        return amanda_verdicts_recall(capture->verdicts, pinfo->num, part);

    const amanda_ipv4_around_t around = amanda_ipv4_around(received->tvb, pinfo);
    const amanda_datagram_t datagram = {
        .frame = pinfo->num,
        .part = part,
        .type = header->type_code,
        .src = &pinfo->src,
        .dst = &pinfo->dst,
        .src_port = (uint16_t)pinfo->srcport,
        .dst_port = (uint16_t)pinfo->destport,
        .arrival = pinfo->abs_ts,
        .handle = received->text + header->handle.offset,
        .handle_length = header->handle.length,
        .seq = header->seq_value,
        .version = header->version_code,
        .krb4 = krb4,
        .service = service,
        .payload = received->text,
        .length = (uint32_t)received->length,
        .wire_length = tvb_reported_length(received->tvb),
        .identification = around.identification,
        .in_fragments = around.in_fragments,
        .first_fragment = pinfo->fragmented,
        /* All of it is named, so that nothing is set twice. */
        .connection = 0,
        .from_requester = false,
        .begun_before = false,
        .one_sided = false,
        .refused_in = 0,
    };

    return amanda_capture_judge(&datagram);
}

/* A datagram on its way to the eye: everything that the columns and the protocol's line are made of. */
typedef struct {
    const amanda_header_t *header;
    const amanda_verdict_record_t *record;
    const char *type;
    amanda_text_t handle;
    amanda_body_t body;
} view_t;

static const char *info_text_of(const amanda_body_t *body)
{
    return body->info_text ? wmem_strbuf_get_str(body->info_text) : "";
}

/* What a span says; NULL for an empty one. Nearly always there is nothing in it to be mended. */
static const char *text_of(packet_info *pinfo, tvbuff_t *tvb, const uint8_t *text, amanda_span_t span)
{
    const char *start = (const char *)text + span.offset;

    if (span.length <= 0)
        return NULL;
    if (!amanda_is_printable(start, (size_t)span.length))
        return amanda_span_text(pinfo->pool, tvb, span);

    char *copy = (char *)wmem_alloc(pinfo->pool, (size_t)span.length + 1);

    memcpy(copy, start, (size_t)span.length);
    copy[span.length] = '\0';
    return copy;
}

/* The same of the handle, where it stands. Empty where it is not needed: it is for the columns and the protocol's line. */
static amanda_text_t handle_of(const received_t *received, packet_info *pinfo, const proto_tree *tree)
{
    amanda_span_t span = received->header.handle;
    amanda_text_t handle = {(const char *)received->text + span.offset, (size_t)span.length};

    if (span.length <= 0 || (!pinfo->cinfo && !tree))
        return (amanda_text_t){"", 0};
    return amanda_is_printable(handle.text, handle.length)
               ? handle
               : amanda_text(amanda_span_text(pinfo->pool, received->tvb, span));
}

/* The word behind the version, whether it is a type or not. */
static const char *type_of(const amanda_header_t *header, packet_info *pinfo, tvbuff_t *tvb, const uint8_t *text)
{
    static const char *const names[] = {
        [AMANDA_TYPE_REQ] = "REQ", [AMANDA_TYPE_REP] = "REP", [AMANDA_TYPE_PREP] = "PREP",
        [AMANDA_TYPE_ACK] = "ACK", [AMANDA_TYPE_NAK] = "NAK",
    };

    return header->type_code == AMANDA_TYPE_UNKNOWN ? text_of(pinfo, tvb, text, header->type)
                                                    : names[header->type_code];
}

static const char *flaw_of(const amanda_header_t *header)
{
    if (header->status == AMANDA_HEADER_WHOLE)
        return "";
    return header->status == AMANDA_HEADER_CUT ? " [Header cut short]" : " [Malformed header]";
}

/* The value of SEQ. Nearly always it stands there as it is to be shown. */
static amanda_text_t seq_of(const view_t *view, char digits[sizeof "-2147483648"])
{
    const amanda_header_t *header = view->header;
    const char *sent = (const char *)view->body.text + header->seq.offset;

    /* No number of nine digits is too large for 32 bits, nor is one of ten that begins with 1. */
    if (header->seq_is_number && sent[0] >= '1' && sent[0] <= '9' &&
        (header->seq.length <= 9 || (header->seq.length == 10 && sent[0] == '1')))
        return (amanda_text_t){sent, (size_t)header->seq.length};
    return amanda_text(int_to_str_back(digits + sizeof "-2147483648" - 1, header->seq_value));
}

static void show_columns(const view_t *view)
{
    packet_info *pinfo = view->body.pinfo;
    amanda_text_t texts[11];
    unsigned count = 0;
    char digits[sizeof "-2147483648"] = "";

    if (!pinfo->cinfo)
        return;
    if (view->record)
        texts[count++] = amanda_text(amanda_exchange_mark(view->record, pinfo->pool));
    if (view->type)
        texts[count++] = amanda_text(view->type);
    if (view->body.service) {
        texts[count++] = amanda_text(" ");
        texts[count++] = amanda_text(view->body.service);
    }
    if (!amanda_body_has_no_info(&view->body)) {
        texts[count++] = amanda_text(" ");
        texts[count++] =
            (amanda_text_t){wmem_strbuf_get_str(view->body.info_text), wmem_strbuf_get_len(view->body.info_text)};
    }
    if (view->handle.length > 0) {
        texts[count++] = amanda_text(" handle=");
        texts[count++] = view->handle;
    }
    if (view->header->seq.length > 0) {
        texts[count++] = amanda_text(" seq=");
        texts[count++] = seq_of(view, digits);
    }
    texts[count++] = amanda_text(flaw_of(view->header));
    amanda_info_set(pinfo, texts, count);
    amanda_outcomes_begin_info(pinfo);
}

static void show_protocol_line(const view_t *view, proto_item *item)
{
    const char *service = view->body.service;
    const char *info_text = info_text_of(&view->body);

    amanda_label(item, "%s%s%s%s%s%s%s%.*s", view->type ? ", " : "", view->type ? view->type : "", service ? " " : "",
                 service ? service : "", *info_text ? " " : "", info_text, view->handle.length > 0 ? ", Handle: " : "",
                 (int)view->handle.length, view->handle.text);
    if (view->header->seq.length > 0)
        amanda_label(item, ", SEQ: %d", view->header->seq_value);
}

static void show_losses_and_tap(const view_t *view, int body_offset)
{
    const amanda_body_t *body = &view->body;
    const amanda_verdict_record_t *record = view->record;
    unsigned count;
    const amanda_loss_t *shown = amanda_losses_recall(amanda_capture()->losses, record->frame, record->part, &count);
    amanda_loss_t between;

    /* What both ends prove need not be inferred. */
    if (PINFO_FD_VISITED(body->pinfo) && amanda_verdicts_have_both_ends(amanda_capture()->verdicts, record)) {
        between =
            (amanda_loss_t){.what = AMANDA_LOST_BETWEEN, .frame = record->frame, .part = record->part, .count = 1};
        shown = &between;
        count = record->has_copy || record->is_copy || record->held_back ? 0 : 1;
    }
    if (count > 0)
        amanda_show_losses(shown, count, body->pinfo, body->tvb, body->tree);
    if (amanda_tap_is_heard())
        amanda_tap_queue(body, amanda_span_text(body->pinfo->pool, body->tvb, view->header->handle),
                         view->header->seq_value, body_offset, shown, count);
}

/* A packet that came in a frame of TCP, of which nothing is lost. */
static void tap_framed_packet(const amanda_body_t *body, const char *handle, int body_offset)
{
    amanda_tap_queue(body, handle, 0, body_offset, NULL, 0);
}

/* error: the one that quotes this; NULL where it is no quote. */
static void show_icmp_error(const view_t *view, const amanda_icmp_error_t *error)
{
    const amanda_body_t *body = &view->body;

    if (error)
        amanda_show_icmp_of(error, body->pinfo, body->tvb, body->tree);
    if (!view->record)
        return;
    error = amanda_icmp_errors_quoting(amanda_capture()->icmp_errors, view->record->frame, view->record->part);
    if (!error)
        return;
    /* On the first pass it stands in front of this packet in the file, and has told nobody so far. */
    if (amanda_icmp_is_refusal((amanda_icmp_kind_t)error->kind))
        amanda_outcome_facts_returned(error, body->pinfo);
    amanda_show_icmp_in(error, body->pinfo, body->tvb, body->tree);
}

/* length: so many bytes were captured. */
static bool is_cut(tvbuff_t *tvb, unsigned length, const packet_info *pinfo)
{
    amanda_icmp_around_t around;

    if (pinfo->flags.in_error_pkt)
        return !amanda_icmp_around(tvb, &around) || around.length > length;
    return tvb_reported_length(tvb) > length || pinfo->fragmented;
}

/* Most trees are made for the eye or for a filter; but some, as that of tshark -q -z expert, have nobody who looks for
 * anything of ours in them, nor of what we call. */
static bool is_looked_at(proto_tree *tree)
{
    if (amanda_dle_xml_is_wanted())
        return true;
    return proto_field_is_referenced(tree, proto_amanda) || proto_field_is_referenced(tree, proto_expert);
}

/* A datagram whose header was read, whichever way it came. */
static void dissect_datagram(const received_t *received, packet_info *pinfo, proto_tree *tree)
{
    const amanda_header_t *header = &received->header;
    tvbuff_t *tvb = received->tvb;
    const uint8_t *text = received->text;
    int text_length = header->text_length;
    bool cut = received->cut && text_length == received->length;
    amanda_security_service_t security_service;

    if (!is_looked_at(tree))
        tree = NULL;
    if (header->status == AMANDA_HEADER_WHOLE)
        amanda_security_service_parse(text, text_length, header->length, header->type_code, cut, &security_service);
    else
        security_service = (amanda_security_service_t){.body = header->length};

    const char *service = text_of(pinfo, tvb, text, security_service.service);
    const amanda_icmp_error_t *error =
        pinfo->flags.in_error_pkt ? amanda_icmp_error_see(header, text, tvb, pinfo) : NULL;
    const amanda_verdict_record_t *record = judge(received, security_service.krb4, service, pinfo);
    amanda_exchange_t *exchange = record ? record->exchange : NULL;
    proto_item *item = tree ? proto_tree_add_item(tree, proto_amanda, tvb, 0, -1, ENC_NA) : NULL;
    view_t view = {
        .header = header,
        .record = record,
        .type = type_of(header, pinfo, tvb, text),
        .handle = handle_of(received, pinfo, tree),
        .body =
            {
                .pinfo = pinfo,
                .tvb = tvb,
                .text = text,
                .length = text_length,
                .cut = cut,
                .tree = item ? proto_item_add_subtree(item, ett_amanda) : NULL,
                .type = header->type_code,
                .version = header->version_code,
                .service = service,
                .record = record,
                .facts = exchange ? &exchange->facts : NULL,
                /* All of it is named, so that nothing is set twice. */
                .framed = false,
                .peer_features = NULL,
                .info_text = NULL,
                .items = 0,
                .complaints = 0,
            },
    };

    if (!view.body.service && exchange)
        view.body.service = exchange->service;
    if (record)
        amanda_show_exchange(record, security_service.service.length > 0, pinfo, tvb, view.body.tree);
    amanda_show_header(header, pinfo, tvb, view.body.tree);
    amanda_show_security_service(&security_service, tvb, view.body.tree);
    amanda_outcome_facts_begin(&view.body, record && record->notes & AMANDA_NOTE_FROM_REQUESTER);
    amanda_body_dissect(&view.body, security_service.body);
    amanda_outcome_facts_end(&view.body);
    show_columns(&view);
    if (item)
        show_protocol_line(&view, item);
    if (record)
        show_losses_and_tap(&view, security_service.body);
    show_icmp_error(&view, error);
    amanda_generated_tree_is(item, ett_amanda);
}

static amanda_header_status_t receive(tvbuff_t *tvb, const packet_info *pinfo, received_t *received)
{
    received->tvb = tvb;
    received->length = (int)tvb_captured_length(tvb);
    received->text = received->length > 0 ? tvb_get_ptr(tvb, 0, received->length) : NULL;
    received->cut = is_cut(tvb, (unsigned)received->length, pinfo);
    return amanda_header_parse(received->text, received->length, received->cut, &received->header);
}

static int dissect_amanda(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    received_t received;

    if (receive(tvb, pinfo, &received) == AMANDA_HEADER_FOREIGN)
        return 0;
    dissect_datagram(&received, pinfo, tree);
    return received.length;
}

static ws_bool dissect_amanda_heur(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    received_t received;

    /* Every datagram that nobody else wants comes by here. */
    if (tvb_strneql(tvb, 0, "Amanda ", 7) != 0)
        return false;
    receive(tvb, pinfo, &received);
    if (!amanda_header_is_well_formed(&received.header))
        return false;
    if (!PINFO_FD_VISITED(pinfo) && !pinfo->flags.in_error_pkt)
        /* From here on: what came before has been dissected without, and is to stay so on a second pass. */
        conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num, amanda_handle);
    dissect_datagram(&received, pinfo, tree);
    return true;
}

/* The trees that say what it all came to are open, until the user closes them. Wireshark has no room for that before it
 * has registered all of them. */
static void open_trees(void)
{
    static bool opened;

    if (opened)
        return;
    opened = true;
    tree_expanded_set(ett_amanda, true);
    amanda_outcome_open_trees();
}

/* All that is kept of a capture file is made here, and lives as long as the file is open. */
static void init_amanda(void)
{
    wmem_allocator_t *scope = wmem_file_scope();
    amanda_hosts_t *hosts = amanda_hosts_new(scope);
    amanda_verdicts_t *verdicts = amanda_verdicts_new(scope, hosts, pref_timeout);

    *amanda_capture() = (amanda_capture_t){
        .verdicts = verdicts,
        .losses = amanda_losses_new(scope),
        .icmp_errors = amanda_icmp_errors_new(scope),
        .runs = amanda_program_runs_new(scope),
        .hosts = hosts,
        .outcomes = amanda_outcomes_new(scope, hosts),
        .streams = amanda_streams_new(scope),
        .ports = amanda_announced_ports_new(scope),
        .attempts = amanda_attempts_new(scope),
    };
    amanda_capture()->watched_ports = amanda_announced_ports_watched(amanda_capture()->ports);
    amanda_port_set_precedence(pref_precedence);
    open_trees();
}

static void cleanup_amanda(void)
{
    amanda_export_objects_forget();
    *amanda_capture() = (amanda_capture_t){0};
}

static void register_preferences(void)
{
    module_t *module = prefs_register_protocol(proto_amanda, NULL);

    prefs_register_uint_preference(
        module, "timeout", "Time-out of a request (seconds)",
        "After so many seconds without its REQ sent again a request is no longer outstanding "
        "(0 = never)",
        10, &pref_timeout);
    prefs_register_bool_preference(
        module, "precedence", "Default ports before ports below 1024",
        "Requesters send from ports below 1024, many of which are known for other protocols. "
        "With this, the ports 10080 and 10081 are asked first. Takes effect when a capture "
        "file is opened",
        &pref_precedence);
    amanda_features_register_preferences(module);
    amanda_dle_xml_register_preferences(module);
    amanda_export_objects_register_preferences(module);
    amanda_first_bytes_register_preferences(module);
}

/* All that registers fields, expert infos, statistics or dissectors, in the order in which a packet travels through it. No
 * part registers another. */
static const struct {
    void (*register_part)(int proto);
    void (*handoff)(int proto); /* may be NULL */
} parts[] = {
    {amanda_packet_data_register, NULL},
    {amanda_fields_register, NULL},
    {amanda_show_header_register, NULL},
    {amanda_show_exchange_register, NULL},
    {amanda_show_loss_register, NULL},
    {amanda_show_icmp_error_register, amanda_show_icmp_error_handoff},
    {amanda_outcome_register, NULL},
    {amanda_body_text_register, NULL},
    {amanda_show_quoted_register, NULL},
    {amanda_show_error_meaning_register, NULL},
    {amanda_body_register, NULL},
    {amanda_request_register, NULL},
    {amanda_reply_register, NULL},
    {amanda_reply_state_register, NULL},
    {amanda_options_register, NULL},
    {amanda_features_register, NULL},
    {amanda_dle_register, NULL},
    {amanda_dle_options_register, NULL},
    {amanda_dle_text_register, NULL},
    {amanda_dle_xml_register, amanda_dle_xml_handoff},
    {amanda_connect_register, NULL},
    {amanda_error_register, NULL},
    {amanda_estimate_register, NULL},
    {amanda_message_register, NULL},
    {amanda_selfcheck_register, NULL},
    {amanda_tcp_register, amanda_tcp_handoff},
    {amanda_connection_register, NULL},
    {amanda_announced_ports_register, NULL},
    {amanda_connection_payload_register, NULL},
    {amanda_follow_register, amanda_follow_handoff},
    {amanda_stream_follower_register, NULL},
    {amanda_attempts_register, NULL},
    {amanda_frame_register, NULL},
    {amanda_no_frame_register, NULL},
    {amanda_framed_packets_register, NULL},
    {amanda_framed_streams_register, NULL},
    {amanda_gss_register, amanda_gss_handoff},
    {amanda_streams_register, NULL},
    {amanda_stream_bytes_register, NULL},
    {amanda_stream_contents_register, NULL},
    {amanda_mesg_register, NULL},
    {amanda_dump_summary_register, NULL},
    {amanda_data_register, NULL},
    {amanda_header_block_register, NULL},
    {amanda_export_objects_register, NULL},
    {amanda_questions_register, NULL},
    {amanda_index_server_register, NULL},
    {amanda_tape_server_register, NULL},
    {amanda_tap_register, NULL},
    {amanda_srt_register, NULL},
    {amanda_services_register, NULL},
    {amanda_tree_register, NULL},
    {amanda_exchanges_register, NULL},
    {amanda_outcomes_table_register, NULL},
    {amanda_losses_table_register, NULL},
    {amanda_flow_register, NULL},
    {amanda_menu_register, NULL},
    {amanda_filters_register, NULL},
};

void proto_register_amanda(void)
{
    static int *ett[] = {
        &ett_amanda,
    };

    proto_amanda = proto_register_protocol("Amanda Network Backup Protocol", "Amanda", "amanda");
    proto_register_subtree_array(ett, array_length(ett));
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        parts[i].register_part(proto_amanda);
    register_preferences();
    register_init_routine(init_amanda);
    register_cleanup_routine(cleanup_amanda);
    amanda_framed_packets_tell(tap_framed_packet);
    amanda_handle = register_dissector("amanda", dissect_amanda, proto_amanda);
}

void proto_reg_handoff_amanda(void)
{
    amanda_port_handoff(proto_amanda, amanda_handle, dissect_amanda);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].handoff)
            parts[i].handoff(proto_amanda);
    }
    heur_dissector_add("udp", dissect_amanda_heur, "Amanda over UDP", "amanda_udp", proto_amanda, HEURISTIC_ENABLE);
}
